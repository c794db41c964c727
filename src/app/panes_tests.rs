//! The panes of reckonings: counts, timeline, top and chips, as scripts of keys and as screens.

use insta::assert_snapshot;

use crate::app::script::{Script, now};
use crate::app::state::{Focus, Layer};
use crate::event::field::Column;
use crate::event::name;
use crate::event::time::Millis;
use crate::insight::counts::FACETS;
use crate::insight::top::RANKS;
use crate::pane::columns::Table;
use crate::pane::term::term;
use crate::ui::paint::paint;

/// A record that was written so many seconds ago, with some fields of its own.
fn record(n: i64, name: &str, user: &str, more: &str) -> String {
    let time = now() - Millis::seconds(n);
    format!(
        r#"{{"eventVersion":"1.08","eventTime":"{time}","eventID":"id-{n}-{name}-{user}","eventName":"{name}","eventSource":"iam.amazonaws.com","awsRegion":"us-east-1"{more},"userIdentity":{{"type":"IAMUser","userName":"{user}"}}}}"#
    )
}

fn demo(width: u16, height: u16) -> Script {
    Script::demo(width, height, 900)
}

#[test]
fn counts_120x35() {
    assert_snapshot!(paint(&demo(120, 35).keys("Tab j j - j").draw()));
}

#[test]
fn counts_80x24() {
    assert_snapshot!(paint(&demo(80, 24).keys("b Tab j j j j j").draw()));
}

#[test]
fn counts_alone_200x50() {
    assert_snapshot!(paint(&demo(200, 50).keys("Tab G f").draw()));
}

#[test]
fn a_value_is_found_120x35() {
    assert_snapshot!(paint(&demo(120, 35).keys("Tab Ctrl-f").types("depl").draw()));
}

#[test]
fn columns_120x35() {
    assert_snapshot!(paint(&demo(120, 35).keys("C j j j l l J").draw()));
}

#[test]
fn columns_are_chosen_moved_and_sized_and_come_back_by_themselves() {
    let mut script = demo(120, 35);
    let by_width = script.keys("H").text();
    assert!(by_width.contains("RESULT"), "{by_width}");
    // The result goes, who really did it comes, and it moves before the actor.
    script.keys("C j j j j j Space");
    let at = |script: &Script, title: &str| script.text().find(title);
    assert!(at(&script, "RESULT").is_none());
    script.keys("j j j j j j Space K K Esc");
    let (actor, root) = (at(&script, "ACTOR"), at(&script, "WHO REALLY"));
    assert!(root.is_some() && root < actor, "{}", script.text());
    assert!(script.app.session().columns.contains("root"), "{}", script.app.session().columns);
    script.keys("C r Esc");
    assert_eq!(script.text(), by_width);
}

#[test]
fn each_table_has_columns_of_its_own() {
    for (key, gone, moved, up, table) in [
        ("T", "EVENTS", "WRITES", "K", Table::Top),
        ("D", "TIMES", "ACTION", "K", Table::Denied),
        ("S", "HOW IT BEGAN", "EVENTS", "j K K", Table::Sessions),
    ] {
        let mut script = demo(120, 35);
        let stream = script.keys("H").text();
        script.keys(key);
        let by_itself = script.text();
        assert!(by_itself.contains(gone), "{by_itself}");
        // The second column goes, and one behind it comes first.
        script.keys("C j Space");
        let chosen = script.app.columns.of(table).to_string();
        script.keys(up);
        assert!(script.text().contains(&format!("COLUMNS of {} chosen", table.name())));
        script.keys("Esc");
        let text = script.text();
        assert!(!text.lines().any(|line| line.starts_with("   ") && line.contains(gone)), "{text}");
        let heads = text.lines().find(|line| line.contains(moved)).unwrap_or_default();
        assert!(heads.trim_start().starts_with(moved), "{chosen}: {text}");
        // Others are as they were; it is left for the next run, and `r` brings it back.
        let left = script.app.session();
        assert_eq!(left.columns_of.keys().collect::<Vec<_>>(), [table.name()]);
        assert_eq!(left.columns(), script.app.columns);
        let written = toml::to_string(&left).unwrap();
        assert_eq!(toml::from_str::<crate::app::session::Session>(&written), Ok(left));
        script.keys("C r Esc");
        assert_eq!(script.text(), by_itself);
        script.keys("Esc");
        assert_eq!(script.text(), stream);
    }
    let mut script = demo(120, 35);
    script.keys("s C");
    assert!(
        script.text().contains("C (columns) works in the stream, T, D and S"),
        "{}",
        script.text()
    );
}

#[test]
fn no_width_and_no_choice_of_columns_is_too_much() {
    for (width, height) in [(1, 1), (20, 5), (80, 24), (300, 80)] {
        let mut script = Script::demo(width, height, 50);
        script.keys("C");
        for _ in 0..40 {
            script.keys("Space l l l j");
        }
        script.keys("K K J < < 0 Esc");
        script.draw();
    }
}

#[test]
fn brush_120x35() {
    let mut script = demo(120, 35);
    script.keys(":").types("denied-only").keys("Enter");
    assert_snapshot!(paint(&script.keys("Tab Tab g l l l l v l l l l l").draw()));
}

#[test]
fn brush_80x24() {
    assert_snapshot!(paint(&demo(80, 24).keys("W W Tab h h h v h h").draw()));
}

#[test]
fn top_120x35() {
    assert_snapshot!(paint(&demo(120, 35).keys("T j j Tab Tab").draw()));
}

#[test]
fn top_80x24() {
    assert_snapshot!(paint(&demo(80, 24).keys("X T → → o o").draw()));
}

#[test]
fn top_200x50() {
    assert_snapshot!(paint(&demo(200, 50).keys("T → → → →").draw()));
}

#[test]
fn chips_80x24() {
    let mut script = demo(80, 24);
    script.keys("3 X W /").types("event:Put* -region:us-east-1 tool:console,aws-cli");
    assert_snapshot!(paint(&script.draw()));
}

#[test]
fn reckonings_of_other_rows_are_never_drawn_as_if_they_were_of_these() {
    let mut script = demo(120, 35);
    script.keys("Tab");
    script.is_slow = true;
    script.keys("P").types("@denied").keys("Enter");
    let text = script.text();
    assert!(text.contains("COUNTS …") && !text.contains("COUNTS of"), "{text}");
    assert!(!text.contains("peak "), "{text}");
    script.keys("/").types("verb:W");
    assert!(script.text().contains("[verb:W] …"), "{}", script.text());
    script.keys("Enter T");
    assert!(script.text().contains("ranking actors"), "{}", script.text());
    script.is_slow = false;
    script.reckon();
    assert!(!script.text().contains('…') || !script.text().contains("ranking"));
}

#[test]
fn a_brush_becomes_the_time_filter_and_the_next_takes_its_place() {
    let mut script = demo(120, 35);
    let total = script.app.view.len();
    script.keys("Tab Tab");
    assert_eq!(script.app.focus(), Focus::Timeline);
    script.keys("g l l l v l l l l v l l Enter");
    let line = script.app.insight.timeline.clone().expect("a timeline");
    let begin = |step: i64| line.start + Millis(line.step.0 * step);
    let filter = script.app.asked.filter.clone();
    assert_eq!(filter, format!("time:{}..{}", begin(3), begin(8)), "what was ended stays");
    let within = |at| at >= begin(3) && at < begin(8);
    assert!(script.app.view.len() < total && !script.app.view.is_empty());
    assert!(script.app.view.entries.iter().all(|entry| within(entry.time)));
    let shown: u64 = line.all[3..8].iter().sum();
    assert_eq!(script.app.view.len() as u64, shown, "as many as were brushed");
    script.keys("g Enter");
    assert_eq!(script.app.asked.filter, format!("time:{}..{}", begin(0), begin(1)));
    script.keys("/").types("verb:R").keys("Enter g l Enter");
    assert_eq!(script.app.asked.filter, format!("verb:R time:{}..{}", begin(1), begin(2)));
    script.keys("v l Esc");
    assert_eq!(script.app.focus(), Focus::Timeline, "Esc drops the brush first");
    script.keys("Esc");
    assert_eq!(script.app.focus(), Focus::Stream);
}

/// Names that the filter language would take for something else.
const ODD: [&str; 12] = [
    "none",
    "*",
    "a b",
    "a,b",
    "x\\\"y",
    "(group)",
    "=exact",
    "~letters",
    "/regex/",
    "1..2",
    "-a:b",
    "Ünï 日本",
];

#[test]
fn every_value_that_is_counted_is_a_filter_for_exactly_its_rows() {
    for (at, facet) in FACETS.iter().enumerate() {
        let mut script = Script::demo(120, 35, 300);
        let odd: Vec<String> = ODD
            .iter()
            .map(|name| {
                let more = format!(r#","userAgent":"{name}","errorCode":"{name}","recipientAccountId":"{name}","sourceIPAddress":"{name}","requestParameters":{{"userName":"{name}"}}"#);
                record(5, name, name, &more)
            })
            .collect();
        script.arrive(&odd);
        let total = script.app.view.len();
        let counts = script.app.insight.counts.clone().expect("counts");
        assert!(!counts.facets[at].values.is_empty());
        let column = facet.column;
        for (value, rows) in &counts.facets[at].values {
            script.app.asked.filter.clear();
            script.keys("/").types(&term(column, value)).keys("Enter");
            let view = &script.app.view;
            // An event name without its date means those with one too.
            let counted = |text| if column == Column::Event { name::plain(text) } else { text };
            let rows_of = (0..view.len()).filter_map(|at| view.row(at));
            let texts: Vec<&str> = rows_of.map(|row| counted(row.text(column))).collect();
            let filter = &script.app.asked.filter;
            assert_eq!(texts.len() as u64, *rows, "{filter}");
            assert!(texts.iter().all(|text| *text == &**value), "{filter}");
            script.keys("\\");
            assert_eq!(script.app.view.len(), total);
        }
    }
}

#[test]
fn enter_includes_minus_excludes_and_the_absent_value_is_none() {
    let mut script = Script::new(120, 35);
    let rows: Vec<String> =
        (0..10).map(|n| record(n, "GetUser", if n < 7 { "alice" } else { "bob" }, "")).collect();
    script.arrive(&rows);
    script.keys("Tab Enter");
    assert_eq!((script.app.asked.filter.as_str(), script.app.view.len()), ("actor:=alice", 7));
    script.keys("[ -");
    assert_eq!((script.app.asked.filter.as_str(), script.app.view.len()), ("-actor:=alice", 3));
    script.keys("[ j p");
    assert_eq!((script.app.asked.filter.as_str(), script.app.view.len()), ("actor:=bob", 3));
    script.keys("\\ Ctrl-f").types("ali").keys("Enter");
    assert_eq!(script.app.asked.filter, "actor:=alice");
    assert!(script.app.layers.is_empty());
    // The last line of the tools: none of these records names one.
    script.keys("\\ Esc");
    let tool = FACETS.iter().position(|facet| facet.column == Column::Tool).expect("a facet");
    let counts = script.app.insight.counts.clone().expect("counts");
    assert_eq!(counts.facets[tool].values.len(), usize::from(counts.facets[tool].absent == 0));
}

#[test]
fn what_is_absent_can_be_asked_for() {
    let mut script = Script::new(120, 35);
    let failed = r#","errorCode":"NoSuchEntity""#;
    script.arrive(&[
        record(1, "GetUser", "alice", failed),
        record(2, "GetRole", "alice", ""),
        record(3, "GetRole", "bob", ""),
    ]);
    script.keys("Tab Ctrl-f Esc g");
    for _ in 0..30 {
        script.keys("j");
        if script.app.asked.filter.is_empty() && script.text().contains("(none)") {
            script.keys("Enter");
            if script.app.asked.filter == "err:none" {
                break;
            }
            script.keys("\\");
        }
    }
    assert_eq!((script.app.asked.filter.as_str(), script.app.view.len()), ("err:none", 2));
}

#[test]
fn the_cursor_of_the_counts_stays_on_its_value() {
    let mut script = Script::new(120, 35);
    let of = |user: &str, from: i64, n: i64| -> Vec<String> {
        (from..from + n).map(|n| record(n, "GetUser", user, "")).collect()
    };
    script.arrive(&[of("alice", 0, 3), of("bob", 10, 2)].concat());
    script.keys("Tab j");
    for (at, user) in ["carol", "dave", "erin", "frank", "grace"].into_iter().enumerate() {
        script.arrive(&of(user, 100 * (at as i64 + 1), 9));
    }
    script.keys("Enter");
    assert_eq!(script.app.asked.filter, "actor:=bob", "overtaken by five, still under the cursor");
}

#[test]
fn the_cursor_of_top_stays_on_its_value() {
    let mut script = Script::new(120, 35);
    let of = |user: &str, from: i64, n: i64| -> Vec<String> {
        (from..from + n).map(|n| record(n, "GetUser", user, "")).collect()
    };
    script.arrive(&[of("alice", 0, 3), of("bob", 10, 2)].concat());
    script.keys("T");
    // The first value is the cursor's from the first sight on, without any key.
    script.arrive(&of("carol", 100, 9));
    let first = |script: &Script| {
        script.app.insight.top.as_ref().map(|top| top.rows[0].value.to_string()).unwrap()
    };
    assert_eq!(first(&script), "carol");
    let detail = script.app.insight.top.as_ref().unwrap().detail.clone().unwrap();
    assert_eq!(&*detail.value, "alice");
    script.keys("j");
    script.arrive(&of("dave", 200, 20));
    script.keys("Enter");
    assert_eq!(script.app.asked.filter, "actor:=bob");
    assert!(script.app.layers.is_empty() && script.app.view.len() == 2);
}

#[test]
fn every_row_and_cell_of_top_is_a_filter_with_as_many_rows() {
    for (by, rank) in RANKS.iter().enumerate() {
        let mut script = demo(200, 50);
        script.keys("T");
        for _ in 0..by {
            script.keys("→");
        }
        let top = script.app.insight.top.clone().expect("a ranking");
        assert_eq!(top.by, by);
        for (down, row) in top.rows.iter().take(6).enumerate() {
            let counts = [row.events, row.writes, row.danger, row.denied];
            for (tabs, rows) in counts.into_iter().enumerate() {
                script.app.asked.filter.clear();
                script.keys("/ Enter g");
                (0..tabs).for_each(|_| _ = script.keys("Tab"));
                (0..down).for_each(|_| _ = script.keys("j"));
                script.keys("Enter");
                let shown = script.app.view.len() as u64;
                let filter = script.app.asked.filter.clone();
                let is_plain = rank.column != Column::Event && rank.column != Column::Actor;
                assert!(shown >= rows && (!is_plain || shown == rows), "{filter}: {shown} {rows}");
                script.keys("T");
                (0..tabs).for_each(|_| _ = script.keys("S-Tab"));
                script.keys("\\");
            }
        }
    }
}

#[test]
fn top_sorts_hides_and_goes_back() {
    let mut script = demo(120, 35);
    script.keys("T o");
    assert!(script.text().contains("actors by events"));
    script.keys("→");
    assert!(script.text().contains("events by events"), "{}", script.text());
    let first = script.app.insight.top.as_ref().unwrap().rows[0].value.clone();
    script.keys("-");
    assert_eq!(script.app.asked.filter, format!("-event:={first}"));
    assert!(matches!(script.app.layers.last(), Some(Layer::Top)), "one goes on hiding");
    script.keys("m");
    assert!(script.text().contains("m (mark) works"), "no row is marked that is out of sight");
    script.keys("Esc");
    assert!(script.app.layers.is_empty());
}

#[test]
fn panes_are_remembered_and_say_where_there_is_no_room() {
    let mut script = demo(120, 35);
    assert!(script.app.layout.has_counts() && script.app.layout.has_timeline());
    script.keys("b i");
    assert!(!script.app.layout.has_counts() && !script.app.layout.has_timeline());
    script.tell(crate::app::msg::Msg::Size(ratatui::layout::Rect::new(0, 0, 200, 50)));
    assert!(!script.app.layout.has_counts() && !script.app.layout.has_timeline());
    script.keys("b");
    script.tell(crate::app::msg::Msg::Size(ratatui::layout::Rect::new(0, 0, 80, 24)));
    assert!(script.app.layout.has_counts());
    script.tell(crate::app::msg::Msg::Size(ratatui::layout::Rect::new(0, 0, 40, 24)));
    script.keys("b b");
    assert!(script.text().contains("no room for the"), "{}", script.text());
    script.keys("w");
    assert!(script.text().contains("works in details"), "{}", script.text());
}

#[test]
fn a_pause_holds_the_reckonings_of_one_question() {
    let mut script = demo(120, 35);
    script.keys("Space");
    script.arrive(&[record(0, "GetUser", "zed", "")]);
    assert!(script.text().contains("COUNTS of 900"));
    script.keys("Space");
    assert!(script.text().contains("COUNTS of 901"));
    script.keys("Space W");
    assert!(!script.text().contains("COUNTS of 901"), "another question is answered");
}

#[test]
fn chips_say_what_each_term_hides() {
    let mut script = Script::new(120, 35);
    script.arrive(&[
        record(1, "GetUser", "alice", ""),
        record(2, "CreateUser", "alice", ""),
        record(3, "CreateUser", "bob", ""),
        record(4000, "CreateUser", "alice", ""),
    ]);
    script.keys("3 W /").types("user:alice");
    let text = script.text();
    assert!(text.contains("[user:alice] 1  [verb:W (W)] 1  [last 1h] 1"), "{text}");
    assert!(text.contains("1 of 4"), "{text}");
    script.keys("Esc");
    assert!(!script.text().contains("hides"), "only while the filter is edited");
}

/// A record of a trail's own account, minutes before now.
fn recorded(id: &str, minutes: i64, event: &str, more: &str) -> String {
    let time = now() - Millis::minutes(minutes);
    format!(
        r#"{{"eventVersion":"1.11","eventTime":"{time}","eventID":"{id}","eventName":"{event}","eventSource":"cloudtrail.amazonaws.com","awsRegion":"us-east-1","recipientAccountId":"999900001111","managementEvent":true,"userIdentity":{{"type":"IAMUser","userName":"mallory","arn":"arn:aws:iam::999900001111:user/mallory"}},"requestParameters":{{"name":"org-trail"}}{more}}}"#
    )
}

#[test]
fn a_stopped_trail_is_blind_until_something_else_records() {
    let mut script = Script::demo(120, 35, 0);
    script.arrive(&[
        recorded("a", 30, "DescribeTrails", ""),
        recorded("b", 12, "StopLogging", r#","errorCode":"AccessDenied""#),
    ]);
    assert!(!script.text().contains("BLIND"), "{}", script.text());
    script.arrive(&[recorded("c", 10, "StopLogging", "")]);
    let text = script.text();
    assert!(text.contains("! BLIND since") && text.contains("StopLogging by mallory"), "{text}");
    let sources = script.keys("s").text();
    assert!(sources.contains("without any event: StopLogging by mallory"), "{sources}");
    // Another trail goes on recording.
    script.arrive(&[recorded("d", 5, "ListTrails", "")]);
    assert!(!script.keys("q").text().contains("BLIND since"), "{}", script.text());
}

#[test]
fn what_a_key_did_around_an_event_stands_beside_it_200x50() {
    let mut script = Script::new(200, 50);
    let of = |user: &str| format!(r#","userAgent":"{user}-cli""#);
    let rows: Vec<String> = (0..60)
        .map(|n| {
            let user = if n % 3 == 0 { "mallory" } else { "alice" };
            record(600 - n * 10, &format!("Call{n:02}"), user, &of(user))
        })
        .collect();
    script.arrive(&rows);
    // Rows run past: nothing is looked for that is gone in a moment.
    assert!(script.text().contains("it stands still, and they are shown"), "{}", script.text());
    script.keys("/").types("event:Call30").keys("Enter k");
    let text = script.text();
    let beside: Vec<&str> =
        text.lines().filter_map(|line| Some(line.rsplit_once('│')?.1)).collect();
    let has = |name: &str| beside.iter().any(|line| line.contains(name));
    // Whatever the filter shows: what mallory did before and after, and nothing of alice.
    assert!(has(">11:55:00 · Call30") || has("Call30"), "{text}");
    assert!(has("Call27") && has("Call33") && !has("Call31"), "{text}");
    assert!(text.contains("AROUND IT same actor, all events"), "{text}");
    assert!(!demo(170, 50).keys("k").text().contains("AROUND IT"));
}
