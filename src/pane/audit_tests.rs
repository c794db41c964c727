use super::*;
use crate::event::time::Millis;
use crate::store::hits::Severity;
use crate::store::segment::RowId;
use crate::trigger::audit::Said;

fn entry(what: What) -> Entry {
    Entry { at: Timestamp(0), trigger: "page".into(), what }
}

fn subject(row: u64) -> Subject {
    Subject {
        rule: "r".into(),
        severity: Severity::High,
        alert: row,
        row: RowId(row),
        event: "e".into(),
        words: format!("HIGH {row}").into(),
    }
}

fn ended(number: u64) -> What {
    let (out, err) = (Said::default(), Said::default());
    let words = "exit status 0".to_owned();
    let outcome = Outcome { end: End::Ok, words, took: Millis(5), tries: 1, out, err };
    What::Ended(number, subject(number), Box::new(outcome))
}

#[test]
fn the_end_of_a_firing_takes_the_place_of_its_start() {
    let mut audit = Audit::default();
    for number in 1..=3 {
        audit.add(entry(What::Started(number, subject(number))));
    }
    audit.add(entry(ended(2)));
    audit.add(entry(What::Lost(Why::Rate, 9)));
    let shown = |line: &Line| match &line.is {
        Is::Firing(number, _, outcome) => format!("{number} {}", outcome.is_some()),
        Is::Lost(_, count) => format!("lost {count}"),
    };
    let lines: Vec<String> = audit.lines.iter().map(shown).collect();
    assert_eq!(lines, ["lost 9", "3 false", "2 true", "1 false"]);
    assert_eq!(audit.title(), "TRIGGERS 3 fired · 9 dropped");
}

#[test]
fn what_is_kept_is_bounded_and_the_cursor_stays_on_its_line() {
    let mut audit = Audit::default();
    for number in 0..KEPT as u64 + 10 {
        audit.add(entry(What::Started(number, subject(number))));
        if number == 5 {
            audit.view.cursor = 2;
        }
    }
    assert_eq!(audit.lines.len(), KEPT);
    let at = audit.view.cursor;
    assert!(at == KEPT - 1 || matches!(audit.lines[at].is, Is::Firing(3, ..)), "{at}");
    // Something that ended after it was forgotten is shown all the same.
    audit.add(entry(ended(0)));
    assert!(matches!(audit.lines[0].is, Is::Firing(0, _, Some(_))));
}
