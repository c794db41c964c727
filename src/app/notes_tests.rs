use crate::app::script::{Script, now};
use crate::command::chord::{Chord, Key};
use crate::command::effect::Effect;
use crate::export::timeline::Form;
use crate::notebook::book::Change;

fn enter(script: &mut Script) {
    script.press(Chord::plain(Key::Enter));
}

fn kept(script: &mut Script) -> Vec<Change> {
    let wishes = std::mem::take(&mut script.wishes);
    let kept = wishes.into_iter().filter_map(|wish| match wish {
        Effect::Keep(change) => Some(change),
        Effect::Copy(..)
        | Effect::EndRecording
        | Effect::Expect(_)
        | Effect::CopyToFile
        | Effect::Mouse(_)
        | Effect::Export(_)
        | Effect::Fold(_)
        | Effect::Forget(_)
        | Effect::Learn(_)
        | Effect::Lens(_)
        | Effect::LookAtTrails
        | Effect::Mark(..)
        | Effect::Play(_)
        | Effect::Mute(_)
        | Effect::Notify(_)
        | Effect::Quit
        | Effect::ReloadRules
        | Effect::Record(_)
        | Effect::Search(_)
        | Effect::Suspend
        | Effect::Values(_) => None,
    });
    kept.collect()
}

#[test]
fn marks_and_notes_are_in_the_notebook_and_are_kept() {
    let mut script = Script::demo(120, 35, 300);
    script.keys("k m k k");
    script.keys("\"").types("made by the #attacker?");
    enter(&mut script);
    assert_eq!(script.app.notebook.entries().len(), 2, "a note marks");
    let changes = kept(&mut script);
    assert!(
        matches!(&changes[..], [Change::Mark(_), Change::Mark(_), Change::Note { text, .. }]
            if text == "made by the #attacker?"),
        "{changes:?}"
    );
    script.keys("'");
    let text = script.text();
    assert!(text.contains("NOTEBOOK 2 marked, 1 with a note"), "{text}");
    assert!(text.contains("made by the #attacker?"), "{text}");
    let noted = script.app.notebook.entries().iter().position(|it| !it.note.is_empty()).unwrap();
    script.keys("g");
    for _ in 0..noted {
        script.keys("j");
    }
    script.keys("e").types("!");
    enter(&mut script);
    assert_eq!(script.app.notebook.entries()[noted].note, "made by the #attacker?!");
    let key = script.app.notebook.entries()[noted].key.clone();
    script.keys("d");
    assert!(script.app.notebook.find(&key).is_none() && script.app.notebook.entries().len() == 1);
    let changes = kept(&mut script);
    assert!(matches!(&changes[..], [Change::Note { .. }, Change::Unmark(gone)] if *gone == key));
    script.keys("q /").types("mark:yes");
    enter(&mut script);
    assert_eq!(script.app.view.len(), 1, "the row has lost its mark too");
    assert!(matches!(&kept(&mut script)[..], [Change::Filter(text)] if text == "mark:yes"));
}

#[test]
fn enter_selects_the_event_even_where_the_filter_hides_it() {
    let mut script = Script::demo(120, 35, 300);
    script.keys("g j j m");
    let row = script.app.stream.selected().unwrap();
    script.keys("G '");
    enter(&mut script);
    assert_eq!(script.app.stream.selected(), Some(row));
    script.keys("/").types("event:Nothing");
    enter(&mut script);
    script.keys("'");
    enter(&mut script);
    assert_eq!(script.app.stream.selected(), Some(row), "{}", script.text());
    script.keys("c");
    assert_eq!(script.app.asked.filter, "event:Nothing", "c goes back to the filter");
}

#[test]
fn the_palette_takes_a_note_and_exports() {
    let mut script = Script::demo(120, 35, 300);
    script.keys("k :").types("note seen before");
    enter(&mut script);
    assert_eq!(script.app.notebook.entries()[0].note, "seen before");
    script.keys(":").types("export timeline");
    enter(&mut script);
    let Some(Effect::Export(export)) = script.wishes.pop() else { panic!("{:?}", script.wishes) };
    assert_eq!(
        (export.form, export.file_name().as_str()),
        (Form::Timeline, "trailtop-test-timeline.md")
    );
    let (bytes, events) = export.made();
    let text = String::from_utf8(bytes).unwrap();
    assert!(events == 1 && text.contains("seen before"), "{text}");
    for word in ["read from: demo:seed=7", "filter: none", "on desk at 2026", "1 event at"] {
        assert!(text.contains(word), "{word} is not in\n{text}");
    }
}

#[test]
fn nothing_marked_exports_the_rows() {
    let mut script = Script::demo(80, 24, 300);
    let shown = script.app.view.len();
    script.keys(":").types("export ndjson");
    enter(&mut script);
    let Some(Effect::Export(export)) = script.wishes.pop() else { panic!("{:?}", script.wishes) };
    let (bytes, events) = export.made();
    let lines = String::from_utf8(bytes).unwrap().lines().count();
    assert_eq!((events, lines), (shown, shown));
    script.keys("'");
    assert!(script.text().contains("Nothing is marked yet"));
}

#[test]
fn a_marked_event_that_leaves_the_buffer_is_told() {
    let mut script = Script::new(120, 35);
    script.intake = crate::engine::intake::Intake::new(400_000);
    let record = |n: usize| {
        let padding: Vec<usize> = (0..40).map(|at| (n * 7919 + at) * 2_654_435_761).collect();
        format!(
            r#"{{"eventVersion":"1.08","eventTime":"{}","eventID":"id-{n}","eventName":"CreateUser","eventSource":"iam.amazonaws.com","userIdentity":{{"type":"IAMUser","userName":"{padding:?}"}}}}"#,
            now()
        )
    };
    script.arrive(&(0..50).map(record).collect::<Vec<_>>());
    script.keys("g m j m");
    assert_eq!(script.app.notebook.entries().len(), 2);
    for n in 1..60 {
        if script.app.view.snapshot.evicted() > 0 {
            break;
        }
        script.arrive(&(n * 100..n * 100 + 100).map(record).collect::<Vec<_>>());
    }
    let text = script.text();
    assert!(
        text.contains("2 marked events have left the buffer: the notebook (') has their copies"),
        "{text}"
    );
    script.keys("'");
    assert!(script.text().contains("NOTEBOOK 2 marked"));
}
