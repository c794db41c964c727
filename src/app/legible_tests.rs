//! Screens that say everything once and leave nothing blank: times of other years, names with the
//! date of an API, records without a name, and words that are too long for their line.

use crate::app::script::{Script, now};
use crate::event::time::Millis;

/// An API call of eve's at a time, with some members of its own.
fn call(at: &str, (service, event): (&str, &str), more: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.08","eventTime":"{at}","eventID":"id-{at}-{}","eventName":"{event}","eventSource":"{service}.amazonaws.com","awsRegion":"us-east-1","recipientAccountId":"111122223333","sourceIPAddress":"203.0.113.7"{more},"userIdentity":{{"type":"IAMUser","userName":"eve","accessKeyId":"AKIAIOSFODNN7EXAMPLE","arn":"arn:aws:iam::111122223333:user/eve","accountId":"111122223333"}}}}"#,
        event.len()
    )
}

const DELETE: (&str, &str) = ("cloudtrail", "DeleteTrail");

/// A trail that was deleted in another year, and something of this one.
fn years(width: u16, height: u16) -> Script {
    let mut script = Script::watching(width, height);
    let name = r#","requestParameters":{"name":"arn:aws:cloudtrail:us-east-1:111122223333:trail/stratus-red-team-trail-qfsvooxqj"}"#;
    script.arrive(&[
        call("2021-07-10T12:08:04Z", DELETE, name),
        call("2023-02-01T08:30:00Z", ("iam", "ListUsers"), ""),
        call("2026-03-01T11:59:00Z", ("iam", "ListRoles"), ""),
    ]);
    script
}

#[test]
fn a_time_of_another_year_keeps_its_clock() {
    for (width, height) in [(80, 24), (120, 35), (200, 50)] {
        let mut script = years(width, height);
        let strip = script.text().lines().nth(2).unwrap().to_owned();
        assert!(strip.contains("CRIT 2021-07-10 12:08 DeleteTrail"), "{strip}");
        let list = script.keys("!").text();
        assert!(width < 100 || list.contains("CRIT 2021-07-10 12:08  Trail stopped"), "{list}");
        assert!(list.contains("WHEN      2021-07-10 12:08:04, 1 event · eve"), "{list}");
    }
}

#[test]
fn the_axis_of_years_says_the_years() {
    let text = years(120, 35).text();
    let axis = text.lines().find(|line| line.starts_with(" 2021-")).expect("an axis").to_owned();
    for year in ["2023", "2024", "2025", "2026"] {
        assert!(axis.contains(&format!("  {year} ")), "{axis}");
    }
    assert!(axis.trim_end().ends_with("2026-03-08"), "{axis}");
    let flat = years(80, 24).text();
    assert!(flat.contains("2021 → 2026"), "{flat}");
    // Less than a year: months, and the year where it begins.
    let mut script = Script::new(120, 35);
    let months = ["2025-08-20T00:00:00Z", "2026-02-27T00:00:00Z"];
    script.arrive(&months.map(|at| call(at, ("iam", "ListUsers"), "")));
    let text = script.text();
    assert!(text.contains(" 2025-11 ") && text.contains(" 2026 "), "{text}");
}

#[test]
fn neighbours_of_other_days_stand_below_their_day() {
    let mut script = years(200, 50);
    let text = script.keys("k").text();
    let beside: Vec<&str> =
        text.lines().filter_map(|line| Some(line.rsplit_once('│')?.1)).collect();
    let at = |words: &str| beside.iter().position(|line| line.contains(words));
    let (day, row) = (at("── Wed 2023-02-01 ──"), at("08:30:00 · ListUsers"));
    assert!(day.is_some() && row == day.map(|day| day + 1), "{text}");
}

#[test]
fn the_strip_names_the_target_wherever_that_can_be() {
    for (width, target) in [(80, "by eve on …"), (100, "by eve on "), (120, "by eve on …")] {
        let text = years(width, 35).text();
        let strip = text.lines().nth(2).unwrap();
        let is_told = strip.contains(target) && strip.contains("qfsvooxqj ");
        assert!(is_told && strip.contains("STILL OFF"), "{width}: {text}");
        assert!(strip.contains("! all"), "{width}: {strip}");
    }
}

#[test]
fn dates_of_an_api_are_left_out_where_names_are_read() {
    let function = r#","requestParameters":{"functionName":"payments"}"#;
    let calls = ["GetFunction20150331", "GetFunction20150331v2"]
        .map(|event| call("2026-03-01T11:59:00Z", ("lambda", event), function));
    let mut script = Script::new(120, 35);
    script.arrive(&calls);
    let screens = ["k", "T", "Esc S", "Esc K", "Esc L", "Esc p"];
    for keys in screens {
        let text = script.keys(keys).text();
        assert!(text.contains("GetFunction") && !text.contains("20150331"), "{keys}: {text}");
    }
    // Both spellings are one event, and lead to both rows.
    let text = script.keys("Esc").text();
    assert!(text.contains("│█████ GetFunction       2"), "{text}");
    assert_eq!(script.keys("p e").app.asked.filter, "event:=GetFunction");
    assert_eq!(script.app.view.len(), 2);
    // The record is as it came.
    let raw = script.keys("Enter J").text().replace('\n', "");
    assert!(raw.contains(r#""eventName":"GetFunction20150331""#), "{raw}");
}

#[test]
fn a_record_without_a_name_leaves_no_blank() {
    let time = now() - Millis::seconds(60);
    let record = format!(
        r#"{{"eventVersion":"1.08","eventName":"","eventTime":"{time}","userIdentity":{{"type":"IAMUser","userName":"eve"}}}}"#
    );
    let mut script = Script::new(120, 35);
    script.arrive(&[record]);
    let text = script.text();
    assert!(text.contains("── 11:59:00 ? ──"), "{text}");
    assert!(text.contains("DID     ? ·") && text.contains(" id ?"), "{text}");
    let text = script.keys("L").text();
    assert!(text.contains("WHO REALLY DID ? 11:59:00"), "{text}");
    let text = script.keys("Esc K").text();
    assert!(text.contains("the record has no eventName"), "{text}");
    let mut small = Script::new(80, 24);
    small.arrive(&[format!(
        r#"{{"eventVersion":"1.08","eventName":"","eventTime":"{time}","userIdentity":{{"type":"IAMUser","userName":"eve"}}}}"#
    )]);
    let text = small.text();
    assert!(text.contains(" eve · ? ok · ? · ?"), "{text}");
}

#[test]
fn who_really_did_it_is_told_to_the_end() {
    for (width, height) in [(80, 24), (100, 30), (120, 35)] {
        let mut script = years(width, height);
        let text = script.keys("g L").text();
        assert!(text.contains("All steps proven."), "{width}: {text}");
        let keys = text.lines().find(|line| line.contains("Tab tree")).expect("keys").to_owned();
        assert!(!keys.contains('…') || keys.contains("key …"), "{width}: {keys}");
        assert!(keys.trim_end().ends_with(" │") || width > 112, "{width}: {keys}");
        assert!(width < 120 || keys.contains("y copy   esc"), "{width}: {keys}");
    }
}

#[test]
fn a_tiny_terminal_shows_what_matters() {
    let mut script = years(40, 10);
    let strip = script.text().lines().nth(2).unwrap().to_owned();
    assert!(strip.contains("DeleteTrail eve") && strip.contains("STILL OFF"), "{strip}");
    let text = script.keys("g").text();
    let hold = text.lines().find(|line| line.contains("below")).expect("a line of what is below");
    assert!(hold.starts_with(' ') && !hold.contains("HOL"), "{text}");
    // Of a chain that has no room, the end is the answer.
    let text = script.keys("L").text();
    assert!(text.contains("So: eve did it"), "{text}");
    let denied = r#","errorCode":"AccessDenied""#;
    script.arrive(&[call("2026-03-01T11:59:30Z", ("iam", "CreateUser"), denied)]);
    let text = script.keys("Esc D").text();
    assert!(text.contains("iam:CreateUser"), "{text}");
}

#[test]
fn what_was_asked_stands_at_the_top_of_the_tree() {
    let mut script = years(80, 24);
    let text = script.keys("g Enter").text();
    let at = |words: &str| text.lines().position(|line| line.contains(words));
    let (asked, version) = (at("▾ requestParameters"), at("  eventVersion"));
    assert!(asked.is_some() && asked < version, "{text}");
    // The record as it came keeps its order.
    let raw = script.keys("J").text();
    assert!(raw.find("eventVersion") < raw.find("requestParameters"), "{raw}");
}

#[test]
fn a_pivot_that_a_row_has_no_value_for_says_so() {
    let mut script = years(80, 24);
    let text = script.keys("g p s").text();
    assert!(text.contains("this event has no session to go by"), "{text}");
    assert!(text.contains("SHOW ALL WITH THE SAME"), "{text}");
}

#[test]
fn who_made_a_trail_blind_is_told_to_the_end() {
    for width in [80, 120] {
        let text = years(width, 35).keys("s").text();
        assert!(text.contains("DeleteTrail by eve"), "{width}: {text}");
    }
}

#[test]
fn nothing_to_choose_offers_no_choice() {
    let mut script = years(120, 35);
    let text = script.keys("G B").text();
    assert!(text.contains("no write that worked"), "{text}");
    assert!(!text.contains("shows it in the stream") && text.contains("q leaves"), "{text}");
}

#[test]
fn a_view_that_hides_the_rows_does_nothing_to_one_of_them() {
    for view in ["s", "~", "?"] {
        let mut script = years(120, 35);
        let text = script.keys(view).keys("m").text();
        assert!(text.contains("m (mark) works in the stream"), "{view}: {text}");
        for key in ["v", "c"] {
            let text = script.keys(key).text();
            assert!(text.contains(" works in the stream"), "{view} {key}: {text}");
        }
        assert!(script.app.notebook.is_empty(), "{view}");
    }
}
