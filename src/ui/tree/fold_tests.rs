//! The tree folds, finds, masks and survives.

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::*;
use crate::ui::glyphs::Glyphs;
use crate::ui::paint::paint;
use crate::ui::theme::Theme;

const RECORD: &str = r#"{
  "eventName": "PutUserPolicy",
  "readOnly": false,
  "requestParameters": {
    "userName": "mallory1",
    "policyDocument": "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\"}]}",
    "tags": [{"key": "aws:x.y", "value": null}, 7],
    "empty": {}
  },
  "responseElements": {
    "credentials": {"accessKeyId": "ASIA1", "sessionToken": "FwoGZXIvYXdz"},
    "encoded": "%7B%22Version%22%3A%222012-10-17%22%7D"
  }
}"#;

fn tree(budget: usize) -> Tree {
    Tree::new(RECORD, &[], budget, Secrets::Hidden)
}

/// What is drawn, without styles.
fn drawn(tree: &Tree, width: u16, height: u16) -> String {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    tree.draw(&mut buf, area, &Theme::mono(), (Glyphs::UNICODE, false));
    let painted = paint(&buf);
    let text = painted.split("== styles").next().unwrap_or_default();
    text.trim_end().to_owned()
}

fn go(tree: &mut Tree, line: usize) {
    tree.step(Step::To(line), 50);
}

#[test]
fn folded_it_shows_the_outermost_members() {
    assert_eq!(
        drawn(&tree(0), 72, 9),
        concat!(
            "  eventName          \"PutUserPolicy\"\n",
            "  readOnly           false\n",
            "▸ requestParameters  {4} userName, policyDocument, tags, empty\n",
            "▸ responseElements   {2} credentials, encoded",
        )
    );
}

#[test]
fn unfolded_it_looks_like_this() {
    let mut tree = tree(0);
    tree.unfold_all();
    insta::assert_snapshot!(drawn(&tree, 72, 40));
}

#[test]
fn the_budget_unfolds_the_outer_levels_first() {
    for (budget, lines) in [(0, 4), (5, 4), (8, 8), (10, 10), (13, 13), (100, 21)] {
        assert_eq!(tree(budget).len(), lines, "{budget}");
    }
}

#[test]
fn folding_goes_back_and_keeps_the_cursor() {
    let mut tree = tree(0);
    go(&mut tree, 2);
    assert!(tree.unfold() && !tree.unfold());
    assert_eq!(tree.len(), 8);
    go(&mut tree, 4);
    assert!(tree.toggle());
    go(&mut tree, 5);
    assert_eq!(tree.path().as_deref(), Some("requestParameters.policyDocument.Statement"));
    assert!(tree.fold() && tree.view().cursor == 4, "a closed line folds what it stands in");
    assert!(tree.fold() && tree.view().cursor == 2);
    assert_eq!(tree.len(), 4);
    assert!(!tree.fold());
    go(&mut tree, 0);
    assert!(!tree.unfold(), "a scalar has nothing to unfold");
    go(&mut tree, 3);
    tree.unfold_all();
    assert_eq!(tree.path().as_deref(), Some("responseElements"), "the cursor stays on its line");
    go(&mut tree, 15);
    tree.fold_all();
    assert_eq!((tree.len(), tree.path().as_deref()), (4, Some("responseElements")));
}

#[test]
fn paths_and_values_are_those_of_the_filter_language() {
    let mut tree = tree(100);
    let mut seen = vec![];
    for line in 0..tree.len() {
        go(&mut tree, line);
        let value = tree.scalar().map(Cow::into_owned);
        seen.push((tree.path().unwrap_or_default(), value));
    }
    for (path, value) in [
        ("readOnly", Some("false")),
        ("requestParameters.userName", Some("mallory1")),
        ("requestParameters.policyDocument.Statement.Action", Some("*")),
        ("requestParameters.tags.key", Some("aws:x.y")),
        ("requestParameters.tags.value", None),
        ("requestParameters.tags", Some("7")),
        ("requestParameters.empty", None),
        ("responseElements.credentials.sessionToken", None),
        ("responseElements.encoded.Version", Some("2012-10-17")),
    ] {
        assert!(seen.contains(&(path.to_owned(), value.map(str::to_owned))), "{path}: {seen:?}");
    }
    assert_eq!(quoted("a.b"), "\"a.b\"");
    assert_eq!(quoted("aws:x"), "\"aws:x\"");
}

#[test]
fn secrets_are_neither_shown_nor_told_nor_found() {
    let mut hidden = tree(100);
    assert!(!drawn(&hidden, 100, 40).contains("FwoG"));
    assert!(drawn(&hidden, 100, 40).contains("•••• (hidden by trailtop)"));
    assert_eq!(hidden.search("FwoG"), 0);
    for line in 0..hidden.len() {
        go(&mut hidden, line);
        assert!(!hidden.scalar().unwrap_or_default().contains("FwoG"));
    }
    let shown = Tree::new(RECORD, &[], 100, Secrets::Shown);
    assert!(drawn(&shown, 100, 40).contains("FwoG"));
}

#[test]
fn a_search_unfolds_what_holds_it_and_nothing_else() {
    let mut tree = tree(0);
    assert_eq!(tree.search("ALLOW"), 1);
    assert_eq!(tree.len(), 12);
    assert!(tree.next_hit(true, 20));
    assert_eq!(tree.path().unwrap(), "requestParameters.policyDocument.Statement.Effect");
    assert!(tree.next_hit(true, 20), "around the end to the same");
    assert_eq!(tree.search("user"), 2);
    let mut paths = vec![];
    go(&mut tree, usize::MAX);
    for forward in [true, true, false] {
        assert!(tree.next_hit(forward, 20));
        paths.push(tree.path().unwrap());
    }
    assert_eq!(paths, ["eventName", "requestParameters.userName", "eventName"]);
    assert_eq!(tree.search("2012-10"), 1, "inside a URL-encoded string");
    assert_eq!(tree.search(""), 0);
    assert!(!tree.next_hit(true, 20));
    let mut escaped = Tree::new(r#"{"a":{"b":"x\u002dy"}}"#, &[], 0, Secrets::Hidden);
    assert_eq!(escaped.search("x-y"), 1);
}

#[test]
fn long_strings_are_folded_with_their_size_and_unfold_in_parts() {
    let long = format!("#!/bin/sh\\n{}", "0123456789".repeat(40));
    let mut tree = Tree::new(format!(r#"{{"userData":"{long}"}}"#), &[], 100, Secrets::Hidden);
    assert_eq!(drawn(&tree, 40, 3), "▸ userData  #!/bin/sh⏎012345678… (410 B)");
    assert!(tree.unfold());
    assert_eq!(tree.len(), 8);
    assert!(drawn(&tree, 90, 9).contains("    #!/bin/sh⏎\n    0123"));
    go(&mut tree, 3);
    assert_eq!(tree.path().as_deref(), Some("userData"));
    assert_eq!(tree.scalar().unwrap().len(), 410);
    assert!(tree.fold());
    assert_eq!(tree.len(), 1);
}

#[test]
fn a_hostile_megabyte_is_unfolded_in_pieces() {
    let flat = format!("[{}0]", "0,".repeat(200_000));
    let mut tree = Tree::new(flat, &[], 100, Secrets::Hidden);
    assert_eq!(tree.len(), 1001);
    go(&mut tree, 1000);
    assert!(drawn(&tree, 40, 3).ends_with("… 199,001 more"));
    assert!(tree.unfold());
    assert_eq!(tree.len(), 2001);
    tree.search("0");
    assert!(tree.len() <= MAX_LINES + 1001);

    let deep = "[".repeat(150_000) + &"]".repeat(150_000);
    let mut tree = Tree::new(deep, &[], 100, Secrets::Hidden);
    assert_eq!(tree.len(), FIRST_LEVELS + 1);
    tree.unfold_all();
    assert!(tree.len() <= MAX_DEPTH + 1);
    go(&mut tree, usize::MAX);
    assert!(drawn(&tree, 200, 3).ends_with("nested too deep to follow"));

    let long = format!("\"{}\"", "\u{301}x".repeat(150_000));
    let mut tree = Tree::new(long, &[], 100, Secrets::Hidden);
    assert!(tree.unfold());
    assert_eq!(tree.len(), 1002);
    drawn(&tree, 80, 50);

    let names: Vec<String> = (0..50_000).map(|n| format!("\"k{n}\":{{\"a\":{n}}}")).collect();
    let mut tree = Tree::new(format!("{{{}}}", names.join(",")), &[], 100, Secrets::Hidden);
    tree.unfold_all();
    assert!(tree.len() <= MAX_LINES + 1001);
    assert!(tree.search("49999") <= 1);
}

#[test]
fn what_is_no_object_is_one_line() {
    for (text, line) in [
        ("\"x\"", "  \"x\""),
        ("12", "  12"),
        ("", ""),
        ("{}", "  {}"),
        ("{\"a\":", "  {\"a\":"),
        ("[1,", "  [0]  1"),
    ] {
        assert_eq!(drawn(&Tree::new(text, &[], 9, Secrets::Hidden), 20, 2), line, "{text}");
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that finds no data must say so")]
fn every_real_record_is_drawn_whole() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/wrappers");
    let Ok(kinds) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: {} is not here", folder.display());
        return;
    };
    let files = kinds.flatten().filter_map(|kind| std::fs::read_dir(kind.path()).ok()).flatten();
    for path in files.flatten().map(|entry| entry.path()) {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let mut tree = Tree::new(text, &[], 200, Secrets::Hidden);
        tree.unfold_all();
        tree.search("eventName");
        for height in [0, 1, 40] {
            drawn(&tree, 100, height);
            tree.next_hit(true, height);
        }
    }
}

/// The files with this ending below a folder.
fn files_below(folder: &std::path::Path, ending: &str, found: &mut Vec<std::path::PathBuf>) {
    for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()) {
        if path.is_dir() {
            files_below(&path, ending, found);
        } else if path.extension().is_some_and(|own| own == ending) {
            found.push(path);
        }
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that finds no data must say so")]
fn no_session_token_of_real_records_is_drawn_or_copied() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/s3");
    let mut files = vec![];
    files_below(&folder, "gz", &mut files);
    if files.is_empty() {
        eprintln!("skipped: {} is not here", folder.display());
        return;
    }
    let mut tokens = 0;
    for path in files {
        let file = std::fs::File::open(&path).expect("a file that was listed");
        let mut text = String::new();
        let mut packed = flate2::read::GzDecoder::new(file);
        if std::io::Read::read_to_string(&mut packed, &mut text).is_err() {
            continue;
        }
        for record in Json::of(&text).get("Records").into_iter().flat_map(Json::items) {
            let token = record.at(&["responseElements", "credentials", "sessionToken"]);
            let Some(token) = token.and_then(Json::scalar).filter(|token| token.len() > 20) else {
                continue;
            };
            tokens += 1;
            let mut tree = Tree::new(record.text(), &[], 0, Secrets::Hidden);
            tree.unfold_all();
            let seen = drawn(&tree, 300, 300);
            assert!(!seen.contains(&token[..20]) && seen.contains("hidden by trailtop"));
            go(&mut tree, 0);
            while tree.view().cursor + 1 < tree.len() {
                assert!(!tree.scalar().unwrap_or_default().contains(&*token), "{seen}");
                tree.step(Step::Down(1), 50);
            }
        }
    }
    assert!(tokens > 0, "the data has session tokens");
}

proptest! {
    #[test]
    fn no_text_and_no_size_breaks_it(
        text in r#"([\[\]{},:]|"[a\\]{0,3}"|"k"|-?[0-9]|true|null|"\{\\"a\\":1\}"|"%7B%22a%22:1%7D"| ){0,40}"#,
        moves in prop::collection::vec((0usize..9, 0usize..12), 0..20),
        width in 0u16..30,
    ) {
        let mut tree = Tree::new(text, &[], 10, Secrets::Hidden);
        for (what, n) in moves {
            match what {
                0 => _ = tree.unfold(),
                1 => _ = tree.fold(),
                2 => _ = tree.toggle(),
                3 => tree.fold_all(),
                4 => tree.unfold_all(),
                5 => _ = tree.search("a"),
                6 => _ = tree.next_hit(n > 5, 3),
                _ => tree.step(Step::To(n), 4),
            }
            prop_assert!(tree.is_empty() || tree.view().cursor < tree.len());
            let _ = (tree.path(), tree.scalar().map(drop));
            drawn(&tree, width, n as u16);
        }
        tree.fold_all();
        prop_assert!(tree.lines.iter().all(|line| line.depth == 0 && !line.open));
    }
}
