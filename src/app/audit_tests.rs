//! What triggers did, as it is seen.

use insta::assert_snapshot;

use crate::app::msg::Msg;
use crate::app::script::{Script, now};
use crate::event::time::Millis;
use crate::store::hits::Severity;
use crate::store::segment::RowId;
use crate::trigger::audit::{End, Entry, Outcome, Said, What};
use crate::trigger::firing::{Subject, Why};
use crate::ui::paint::paint;

/// Something of every kind.
fn fired(script: &mut Script) {
    let subject = |at: u64| Subject {
        rule: "trail-stopped".into(),
        severity: Severity::High,
        alert: at,
        row: RowId(at),
        event: format!("00000000-0000-0000-0000-00000000000{at}").into(),
        words: format!(
            "HIGH Trail stopped or deleted · alice · StopLogging trail-{at} · SUCCEEDED"
        )
        .into(),
    };
    let ended = |at: u64, end: End, words: &str| {
        let outcome = Outcome {
            end,
            words: words.into(),
            took: Millis(140),
            tries: if end == End::TimedOut { 4 } else { 1 },
            out: Said::of(b"paged the one on call\n", 22),
            err: Said::of(b"warning: \x1b[2Jold ticket\n", 24),
        };
        What::Ended(at, subject(at), Box::new(outcome))
    };
    let whats = [
        ("page", What::Started(1, subject(1))),
        ("page", What::Started(2, subject(2))),
        ("chat", What::Started(3, subject(3))),
        ("page", ended(1, End::Failed, "exit status 3")),
        ("chat", ended(3, End::TimedOut, "no whole answer within 10 s")),
        ("page", What::Started(4, subject(4))),
        ("page", ended(4, End::Ok, "exit status 0")),
        ("a-name-that-is-long", What::Lost(Why::Rate, 99_980)),
    ];
    for (at, (trigger, what)) in (0..).zip(whats) {
        let at = now() + Millis(at * 1000);
        script.tell(Msg::Fired(Box::new(Entry { at, trigger: trigger.into(), what })));
    }
}

#[test]
fn what_triggers_did() {
    let mut script = Script::demo(120, 35, 400);
    fired(&mut script);
    assert!(script.text().contains("trigger a-name-that-is-long dropped 99,980 firings"));
    script.keys("! Tab j");
    assert_snapshot!(paint(&script.draw()));
    script.keys("j j j");
    let text = script.text();
    assert!(text.contains("exit status 3") && text.contains("paged the one on call"), "{text}");
    assert!(text.contains("RULE      high trail-stopped"), "{text}");
    // One layer at a time.
    script.keys("q");
    assert!(script.text().contains("wait for somebody"), "{}", script.text());
}

#[test]
fn what_triggers_did_80x24() {
    let mut script = Script::demo(80, 24, 400);
    fired(&mut script);
    assert_snapshot!(paint(&script.keys("! Tab").draw()));
}

#[test]
fn where_nothing_is_set_up_it_is_said_how() {
    let mut script = Script::demo(80, 24, 400);
    let text = script.keys("! Tab").text();
    assert!(text.contains("No trigger is set up"), "{text}");
    assert!(text.contains("trailtop config --default"), "{text}");
}
