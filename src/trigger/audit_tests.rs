use super::*;
use crate::store::hits::Severity;
use crate::store::segment::RowId;

fn subject() -> Subject {
    Subject {
        rule: "trail-stopped".into(),
        severity: Severity::High,
        alert: 7,
        row: RowId(1),
        event: "e1".into(),
        words: "HIGH Trail stopped \\u202e".into(),
    }
}

fn ended(end: End) -> What {
    let outcome = Outcome {
        end,
        words: "exit status 3".into(),
        took: Millis(124),
        tries: 1,
        out: Said::of(b"said \x1b[2J\n\n", 12),
        err: Said::of(&[b'x'; KEPT * 2], 99_999),
    };
    What::Ended(4, subject(), Box::new(outcome))
}

fn entry(what: What) -> Entry {
    Entry { at: Timestamp::parse("2026-03-01T12:00:00Z").unwrap(), trigger: "page".into(), what }
}

#[test]
fn a_line_is_json_that_steers_nothing() {
    let started = entry(What::Started(4, subject())).line();
    assert_eq!(
        started,
        "{\"at\":\"2026-03-01T12:00:00Z\",\"trigger\":\"page\",\"what\":\"started\",\"firing\":4,\"alert\":7,\"rule\":\"trail-stopped\",\"severity\":\"high\",\"event\":\"e1\",\"about\":\"HIGH Trail stopped \\\\u202e\"}\n"
    );
    let line = entry(ended(End::Failed)).line();
    let it: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&it["what"], &it["detail"]), (&"failed".into(), &"exit status 3".into()));
    assert_eq!((&it["took_ms"], &it["tries"]), (&124.into(), &1.into()));
    assert_eq!((&it["out"], &it["out_bytes"]), (&"said \u{1b}[2J".into(), &12.into()));
    assert_eq!(it["err"].as_str().unwrap().len(), KEPT);
    assert_eq!(it["err_bytes"], 99_999);
    assert!(!line.trim_end().contains(|c: char| c.is_control()), "{line}");
    let lost = entry(What::Lost(Why::Rate, 12)).line();
    assert_eq!(
        lost,
        "{\"at\":\"2026-03-01T12:00:00Z\",\"trigger\":\"page\",\"what\":\"dropped\",\"dropped\":12,\"detail\":\"over the rate of the trigger\"}\n"
    );
}

#[test]
fn what_went_wrong_is_told_and_all_is_counted() {
    let cases = [
        (What::Started(4, subject()), None),
        (ended(End::Ok), None),
        (ended(End::Failed), Some("trigger page failed: exit status 3 (HIGH Trail")),
        (ended(End::TimedOut), Some("trigger page timed out: ")),
        (ended(End::Stopped), Some("trigger page stopped: ")),
        (What::Lost(Why::Queue, 1), Some("trigger page dropped 1 firing: too many")),
        (What::Lost(Why::Rate, 2), Some("trigger page dropped 2 firings: over")),
    ];
    let mut totals = Triggered::default();
    for (what, expected) in cases {
        let entry = entry(what);
        count(&mut totals, &entry);
        let told = entry.trouble();
        assert_eq!(told.is_some(), expected.is_some(), "{told:?}");
        assert!(told.unwrap_or_default().starts_with(expected.unwrap_or_default()));
    }
    let expected = Triggered { fired: 1, ok: 1, failed: 1, timed_out: 1, stopped: 1, dropped: 3 };
    assert_eq!(totals, expected);
}
