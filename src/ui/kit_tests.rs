//! The whole kit on one screen, of any size and full of hostile text: nothing but printable text
//! may reach a cell, and no size may break it.

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::ui::bars::{Title, divider, divider_end, sparkline, vertical};
use crate::ui::glyphs::{Glyphs, Joint};
use crate::ui::input::Input;
use crate::ui::list::Viewport;
use crate::ui::paint::paint;
use crate::ui::picker::{Choice, Picker};
use crate::ui::popup::{centered, frame};
use crate::ui::svg::svg;
use crate::ui::table::{Column, Fit, cell, headings, places};
use crate::ui::text::{fill, is_clean, put, row};
use crate::ui::theme::{Role, Theme};
use crate::ui::tree::{Secrets, Tree};

/// Draws one of everything, every text of it the given one.
fn screen(area: Rect, text: &str, theme: &Theme, glyphs: Glyphs) -> Buffer {
    let mut buf = Buffer::empty(area);
    let half = area.height / 2;
    let look = (theme.style(Role::Divider), glyphs);
    fill(&mut buf, area, theme.style(Role::Text));
    put(&mut buf, area, text, theme.style(Role::Header));
    let line_two = row(area.x, area.y.saturating_add(1), area.width);
    let titles = [
        Title { x: 0, text, style: theme.style(Role::Title) },
        Title { x: 20, text: "COUNTS", style: theme.style(Role::TitleFocused) },
    ];
    divider(&mut buf, line_two, &titles, &[(19, Joint::Down)], look);
    divider_end(&mut buf, line_two, text, theme.style(Role::Dim), glyphs);
    vertical(&mut buf, Rect { x: area.x.saturating_add(19), width: 1, ..area }, look);
    sparkline(&mut buf, line_two, &[3, 0, 9], 0, (theme.style(Role::Bar), glyphs));

    let columns = [
        Column { title: "EVENT", least: 4, most: 12, rank: 2, fit: Fit::Begin },
        Column { title: text, least: 4, most: 30, rank: 1, fit: Fit::Tail },
        Column { title: "TIMES", least: 3, most: 5, rank: 3, fit: Fit::Right },
    ];
    let body = Rect { y: area.y.saturating_add(2), height: half, ..area }.intersection(area);
    let places = places(&columns, body.width);
    headings(&mut buf, body, &columns, &places, look);
    Viewport { cursor: 3, top: 2 }.draw(&mut buf, body, 9, |buf, line, number| {
        let role = if number == 3 { Role::Selection } else { Role::Text };
        for place in &places {
            let fit = (*place, columns[place.column].fit);
            cell(buf, line, fit, text, (theme.style(role), glyphs));
        }
    });

    let json = format!("{{\"k\":{},\"o\":{{\"a\":[1,null]}}}}", serde_json::Value::from(text));
    let mut tree = Tree::new(json, &[], 50, Secrets::Hidden);
    tree.search(text);
    let below = Rect { y: area.y + half, height: area.height - half, ..area };
    tree.draw(&mut buf, below, theme, (glyphs, true));

    let inside = centered(area, 40, 6);
    let styles = (theme.style(Role::Popup), theme.style(Role::Title));
    let inside = frame(&mut buf, inside, text, styles, glyphs);
    let choice = Choice { label: text.into(), detail: text.into(), note: text.into() };
    let picker = Picker::new(vec![choice, Choice::default()]);
    picker.draw(&mut buf, inside, theme, glyphs);
    let last = row(area.x, area.bottom().saturating_sub(1), area.width);
    Input::new(text).draw(&mut buf, last, theme.style(Role::Input), &[]);
    buf
}

#[test]
fn one_of_everything_looks_like_this() {
    let text = "ad\u{202e}min\u{1b}[2J 日本 e\u{301}";
    for (name, width, height) in [("dark", 60, 16), ("mono", 60, 16), ("mono", 24, 7)] {
        let theme = Theme::load(name).unwrap();
        let glyphs = if name == "mono" { Glyphs::ASCII } else { Glyphs::UNICODE };
        let buf = screen(Rect::new(0, 0, width, height), text, &theme, glyphs);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), paint(&buf));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_on_any_screen_is_safe(
        text in prop_oneof![
            any::<String>(),
            r"[\x00-\x1f\x7f-\x9f\u{200b}-\u{200f}\u{202a}-\u{202e}日a\u{301}\u{1100}]{0,30}",
        ],
        (x, y, width, height) in (0u16..3, 0u16..3, 0u16..70, 0u16..16),
        name in prop::sample::select(crate::ui::themes::built_in().collect::<Vec<_>>()),
    ) {
        let theme = Theme::load(name).unwrap();
        for glyphs in [Glyphs::UNICODE, Glyphs::ASCII] {
            let buf = screen(Rect::new(x, y, width, height), &text, &theme, glyphs);
            for cell in &buf.content {
                prop_assert!(is_clean(cell.symbol()), "{:?}", cell.symbol());
            }
            prop_assert!(svg(&buf).ends_with("</svg>\n"));
        }
    }
}
