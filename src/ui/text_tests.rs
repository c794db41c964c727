//! No text reaches the terminal unsafe or too wide.

use proptest::prelude::*;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::style::Color;

use super::*;

#[test]
fn dangerous_characters_become_signs() {
    for (text, shown) in [
        ("plain, with ~ and {}", "plain, with ~ and {}"),
        ("é 日本 \u{1f600}", "é 日本 \u{1f600}"),
        ("admin\u{1b}[8m", "admin␛[8m"),
        ("a\tb\nc\rd", "a⇥b⏎c␍d"),
        ("\0\u{7}\u{7f}", "␀␇␡"),
        ("\u{9b}31m \u{85}", "<U+009B>31m <U+0085>"),
        ("\u{202e}gpj.exe\u{2066}", "<U+202E>gpj.exe<U+2066>"),
        ("ad\u{200b}min\u{feff}", "ad<U+200B>min<U+FEFF>"),
        ("\u{2028}\u{2029}", "<U+2028><U+2029>"),
        ("tag\u{e0041}\u{e007f}", "tag<U+E0041><U+E007F>"),
        ("\u{2764}\u{fe0f}", "\u{2764}\u{fe0f}"),
        ("\u{2764}\u{fe0f}\u{fe0f}", "\u{2764}\u{fe0f}<U+FE0F>"),
        ("a\u{fe0f}", "a<U+FE0F>"),
        ("\u{301}e\u{301}", "<U+0301>e\u{301}"),
        ("soft\u{ad}hyphen", "soft<U+00AD>hyphen"),
    ] {
        assert_eq!(sanitize(text), shown, "{text:?}");
        assert_eq!(is_clean(text), text == shown, "{text:?}");
    }
    let flood = format!("z{}y", "\u{301}".repeat(100));
    assert_eq!(sanitize(&flood), format!("z{}<+92 marks>y", "\u{301}".repeat(8)));
}

#[test]
fn cuts_keep_what_tells_names_apart() {
    let glyphs = Glyphs::UNICODE;
    assert_eq!(glyphs.cut_right("PutBucketLifecycle", 16), "PutBucketLifecy…");
    assert_eq!(
        glyphs.cut_left("stratus-red-team-ctes-trail-qyxyekjbtk", 22),
        "…ctes-trail-qyxyekjbtk"
    );
    assert_eq!(glyphs.cut_right("exact", 5), "exact");
    assert_eq!(glyphs.cut_left("exact", 5), "exact");
    assert_eq!(glyphs.cut_right("日本語", 4), "日…", "a wide character is never halved");
    assert_eq!(glyphs.cut_left("日本語", 4), "…語");
    assert_eq!(Glyphs::ASCII.cut_right("abcdef", 4), "abc~");
    assert_eq!(glyphs.cut_right("ab", 0), "");
    assert_eq!(glyphs.pad("日本語", 6), "日本語");
    assert_eq!(glyphs.pad("日本語", 4), "日… ");
    assert_eq!(glyphs.pad_left("48", 5), "   48");
}

#[test]
fn a_grapheme_without_end_is_cut_too() {
    for count in [32_768, 50_000] {
        let jamo = "\u{1100}".repeat(count);
        assert_eq!(width(&jamo), 2 * count);
    }
    let jamo = "\u{1100}".repeat(32_768);
    assert_eq!(width(&Glyphs::UNICODE.cut_right(&jamo, 9)), 9);
    let mut buf = Buffer::empty(Rect::new(0, 0, 9, 1));
    assert_eq!(put(&mut buf, row(0, 0, 9), &jamo, Style::new()), 9);
    assert_eq!(buf[(0, 0)].symbol(), "\u{1100}");
}

#[test]
fn long_texts_break_at_blanks() {
    // A blank that carries a mark is no place to break: the mark would lose its base.
    for cells in 1..6 {
        for line in wrap(" 0 \u{301}\u{e0000} b \u{301}c", cells, 9, Glyphs::UNICODE) {
            assert!(is_clean(&line), "{cells}: {line:?}");
        }
    }
    let glyphs = Glyphs::UNICODE;
    let text = "the trail records no\nmanagement events   from here on";
    assert_eq!(
        wrap(text, 12, 9, glyphs),
        ["the trail", "records no", "management", "events", "from here on"]
    );
    assert_eq!(wrap(text, 12, 2, glyphs), ["the trail", "records no…"]);
    assert_eq!(wrap("abcdefgh", 3, 9, glyphs), ["abc", "def", "gh"]);
    assert_eq!(wrap("日本", 1, 9, glyphs), ["日", "本"], "a character is never lost");
    assert_eq!(wrap("a\n\nb", 5, 9, glyphs), ["a", "", "b"]);
    assert_eq!(wrap("", 5, 9, glyphs), [""]);
    assert_eq!(wrap("abc", 0, 9, glyphs), [""; 0]);
}

#[test]
fn what_joins_nothing_is_shown_by_a_sign() {
    // A vowel of decomposed Hangul belongs to its consonant, and to nothing else.
    assert!(is_clean("\u{1100}\u{1161}\u{11a8} e\u{301}"));
    for text in ["a\u{d7b0}o", "a\u{11d46} b", "\u{301}a"] {
        for (cluster, _) in clusters(&sanitize(text)) {
            assert!(is_clean(cluster), "{text:?}: {cluster:?}");
        }
    }
}

#[test]
fn a_sign_does_not_look_like_its_text() {
    let mut buf = Buffer::empty(Rect::new(0, 0, 20, 1));
    put(&mut buf, row(0, 0, 20), "<U+202E>\u{202e}", Style::new());
    let underlined: Vec<bool> =
        (0..16).map(|x| buf[(x, 0)].modifier.contains(Modifier::UNDERLINED)).collect();
    assert_eq!(underlined, [[false; 8], [true; 8]].concat());
}

#[test]
fn put_stays_in_its_row_and_in_the_buffer() {
    for (width, height) in [(0, 0), (1, 1), (1, 9), (7, 3)] {
        let area = Rect::new(2, 3, width, height);
        let mut buf = Buffer::empty(area);
        for x in 0..12 {
            for y in 0..14 {
                put(&mut buf, row(x, y, 5), "日本語 text", Style::new());
                put(&mut buf, row(x, y, u16::MAX), "日本語 text", Style::new());
                put_right(&mut buf, row(x, y, 4), "日本語", Style::new(), Glyphs::UNICODE);
                fill(&mut buf, Rect::new(x, y, 99, 99), Style::new());
            }
        }
    }
    let mut buf = Buffer::empty(Rect::new(0, 0, 6, 1));
    assert_eq!(put(&mut buf, row(1, 0, 3), "abcdef", Style::new()), 4);
    assert_eq!(buf, Buffer::with_lines([" abc  "]));
    let parts = [("a", Style::new()), ("bcd", Style::new().bold()), ("e", Style::new())];
    assert_eq!(put_all(&mut buf, row(0, 0, 3), &parts), 3);
    assert_eq!(buf[(1, 0)].modifier, Modifier::BOLD);
    assert_eq!(buf[(3, 0)].symbol(), "c", "beyond the row nothing was drawn");
}

#[test]
fn what_is_drawn_over_half_a_wide_character_is_seen() {
    let area = Rect::new(0, 0, 6, 1);
    let mut buf = Buffer::empty(area);
    put(&mut buf, area, "日本語", Style::new());
    put(&mut buf, row(3, 0, 1), "│", Style::new());
    assert_eq!(buf, Buffer::with_lines(["日 │語"]));
    fill(&mut buf, row(1, 0, 2), Style::new());
    assert_eq!(buf, Buffer::with_lines(["   │語"]));
}

#[test]
fn what_does_not_fit_ends_with_a_sign_and_keeps_its_own() {
    let drawn = |text: &str, cells: u16| {
        let mut buf = Buffer::empty(row(0, 0, 10));
        put_cut(&mut buf, row(0, 0, cells), text, Style::new(), Glyphs::UNICODE);
        let underlined = buf.content.iter().filter(|c| c.modifier.contains(Modifier::UNDERLINED));
        let count = underlined.count();
        (crate::ui::paint::paint(&buf).lines().next().unwrap_or_default().to_owned(), count)
    };
    assert_eq!(drawn("exact", 5), ("exact".into(), 0));
    assert_eq!(drawn("exactly", 5), ("exac…".into(), 0));
    assert_eq!(drawn("a\u{1b}bcdef", 5), ("a␛bc…".into(), 1));
    assert_eq!(drawn("x", 0), (String::new(), 0));
}

/// What a terminal would be sent for a frame.
fn bytes_of(buf: &Buffer) -> String {
    let mut out = Vec::new();
    let blank = Buffer::empty(buf.area);
    let mut backend = CrosstermBackend::new(&mut out);
    backend.draw(blank.diff(buf).into_iter()).expect("writing into memory");
    String::from_utf8(out).expect("text")
}

/// Splits what was sent into the text and the escape sequences that are not cursor moves.
fn split_sequences(sent: &str) -> (String, Vec<String>) {
    let (mut text, mut sequences) = (String::new(), vec![]);
    let mut chars = sent.chars();
    while let Some(character) = chars.next() {
        if character != '\u{1b}' {
            text.push(character);
            continue;
        }
        let sequence: String = {
            let mut done = false;
            let part = chars.by_ref().take_while(|c| {
                let was = done;
                done = c.is_ascii_alphabetic();
                !was && !done
            });
            part.collect()
        };
        sequences.push(sequence);
    }
    (text, sequences)
}

/// Text made of what attackers like, mixed with ordinary and wide characters.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        "[ -~]{1,5}",
        prop::sample::select(vec![
            "\u{1b}]0;pwned\u{7}",
            "\u{1b}[2J",
            "\u{9b}31m",
            "\r\n\t",
            "\u{202e}",
            "\u{200d}",
            "\u{fe0f}",
            "\u{301}",
            "\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}\u{30a}",
            "\u{e0041}",
            "日本",
            "ｶﾞ",
            "\u{1100}\u{1100}\u{1161}",
            "\u{1f468}\u{200d}\u{1f469}",
            "\u{1f1e9}\u{1f1ea}",
            "\u{600}\u{600}1",
            "लखनऊ",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn what_was_made_safe_is_safe_and_stays_as_it_is(text in hostile()) {
        let safe = sanitize(&text).into_owned();
        prop_assert!(!safe.chars().any(|c| kind(c) == Kind::Invisible), "{safe:?}");
        prop_assert_eq!(&*sanitize(&safe), &safe);
        if is_clean(&text) {
            prop_assert_eq!(&safe, &text);
        }
    }

    #[test]
    fn no_cut_is_wider_than_asked(text in hostile(), cells in 0usize..24) {
        let glyphs = Glyphs::UNICODE;
        for cut in [glyphs.cut_right(&text, cells), glyphs.cut_left(&text, cells)] {
            prop_assert!(width(&cut) <= cells, "{cut:?}");
            prop_assert!(is_clean(&cut));
            if width(&text) <= cells {
                prop_assert_eq!(cut, sanitize(&text));
            }
        }
        for line in wrap(&text, cells, 4, glyphs) {
            prop_assert!(is_clean(&line) && width(&line) <= cells.max(2), "{line:?}");
        }
        prop_assert_eq!(width(&glyphs.pad(&text, cells)), cells);
        prop_assert_eq!(width(&glyphs.pad_left(&text, cells)), cells);
    }

    #[test]
    fn the_terminal_gets_only_the_sequences_of_the_same_frame_with_x(
        text in hostile(), x in 0u16..30, cells in 0u16..30,
    ) {
        let area = Rect::new(0, 0, 24, 1);
        let style = Style::new().fg(Color::Red);
        let mut buf = Buffer::empty(area);
        let end = put(&mut buf, row(x, 0, cells), &text, style);
        prop_assert!(end <= x.max(24).min(x.saturating_add(cells)));
        let mut twin = buf.clone();
        for cell in &mut twin.content {
            cell.set_symbol("x");
        }
        let (drawn, sequences) = split_sequences(&bytes_of(&buf));
        let (_, expected) = split_sequences(&bytes_of(&twin));
        prop_assert!(!drawn.chars().any(|c| kind(c) == Kind::Invisible), "{drawn:?}");
        let own = |sequence: &String| {
            sequence.starts_with('[')
                && sequence[1..].bytes().all(|b| b.is_ascii_digit() || b == b';')
        };
        prop_assert!(sequences.iter().all(own), "{sequences:?}");
        // Wide characters need more cursor moves, which are all of the form row;column.
        let moves = |s: &&String| !(s.contains(';') && !s.contains("38;") && !s.contains("48;"));
        let styles = |all: &[String]| all.iter().filter(moves).cloned().collect::<Vec<_>>();
        let (got, mut of_x) = (styles(&sequences), styles(&expected));
        of_x.retain(|s| got.contains(s));
        prop_assert!(got.iter().all(|s| of_x.contains(s)), "{got:?} {expected:?}");
    }
}
