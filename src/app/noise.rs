//! What is noise, learned from a row: what to hide and for how long is chosen from a list; what was
//! learned is listed, and can be forgotten.

use crate::app::history::ask_again;
use crate::app::layers::open;
use crate::app::state::{App, Chosen, Layer, Pick};
use crate::command::effect::Effect;
use crate::event::field::Column;
use crate::event::time::Millis;
use crate::notebook::learned::Lesson;
use crate::notebook::standing::Change;
use crate::pane::term::term;
use crate::store::snapshot::RowRef;
use crate::ui::format;
use crate::ui::picker::Choice;

/// What is the same of all that is learned at once, and how it is said.
const SCOPES: [(&[Column], &str); 4] = [
    (
        &[Column::Service, Column::Event, Column::Actor, Column::Tool, Column::Account],
        "{event} by {actor} with {tool}, in this account",
    ),
    (
        &[Column::Service, Column::Event, Column::Actor, Column::Account],
        "{event} by {actor}, in this account",
    ),
    (&[Column::Service, Column::Event, Column::Actor], "{event} by {actor}, in every account"),
    (
        &[Column::Service, Column::Event, Column::Tool, Column::Account],
        "{event} with {tool} by anybody, in this account",
    ),
];

/// For how long.
const TERMS: [(Millis, &str); 3] = [
    (Millis::hours(8), "8 hours"),
    (Millis::hours(24 * 7), "7 days"),
    (Millis::hours(24 * 90), "90 days"),
];

/// Offers what the selected row could be an example of.
pub(crate) fn offer(app: &mut App) {
    let row = app.stream.selected().and_then(|id| app.view.snapshot.row(id));
    let Some(row) = row else { return app.say("no event is selected".into()) };
    if row.text(Column::Verb) == "D" || !matches!(row.text(Column::Result), "ok" | "none") {
        let why = "dangerous writes and calls that failed are never noise";
        return app.say(why.into());
    }
    let now = app.now();
    let (mut picks, mut choices) = (vec![], vec![]);
    for (columns, words) in SCOPES {
        // What the row does not say would match whatever says nothing.
        if columns.iter().any(|column| row.text(*column).is_empty()) {
            continue;
        }
        let terms = columns.iter().map(|column| term(*column, row.text(*column)));
        let filter = terms.collect::<Vec<_>>().join(" ");
        for (lasts, said) in TERMS {
            picks.push(Choice {
                label: in_words(words, row),
                detail: format!("for {said}"),
                note: String::new(),
            });
            choices.push(Chosen::Learn(Lesson::new(filter.clone(), now + lasts)));
        }
    }
    if picks.is_empty() {
        return app.say("this row does not say who called: nothing can be learned of it".into());
    }
    let title = "THIS IS NOISE: what worked of";
    open(app, Layer::Pick(Box::new(Pick::new(title, picks, choices))));
}

fn in_words(words: &str, row: RowRef<'_>) -> String {
    let cut = |column| row.text(column).chars().take(40).collect::<String>();
    words
        .replace("{event}", &cut(Column::Event))
        .replace("{tool}", &cut(Column::Tool))
        .replace("{actor}", &cut(Column::Actor))
}

/// Lists what was learned.
pub(crate) fn list(app: &mut App) {
    let now = app.now();
    let (mut picks, mut choices) = (vec![], vec![]);
    for lesson in app.options.learned.at(now) {
        let until = crate::event::time::Timestamp::parse(&lesson.until).unwrap_or(now);
        picks.push(Choice {
            label: lesson.filter.clone(),
            detail: format!("until {}", format::stamp(until, &app.zone)),
            note: String::new(),
        });
        choices.push(Chosen::Forget(lesson.filter.clone()));
    }
    if picks.is_empty() {
        return app.tell("no noise was learned: on a row, {pivot} x teaches some");
    }
    let title = "LEARNED NOISE: Enter forgets";
    open(app, Layer::Pick(Box::new(Pick::new(title, picks, choices))));
}

/// Learns or forgets, and asks for the rows anew.
pub(crate) fn take(app: &mut App, change: Change<Lesson>) -> Vec<Effect> {
    if let Err(why) = app.options.learned.take(&change) {
        app.say(why);
        return vec![];
    }
    if let Change::Learn(lesson) = &change {
        app.asked.quiet = true;
        let until = lesson.until.get(..16).unwrap_or(&lesson.until).replace('T', " ");
        let keys = app.keymap.spell("{noise} shows it · {noise-learned} forgets it");
        app.say(format!("noise until {until} · {keys}"));
    } else {
        app.say("forgotten: it is shown again".to_owned());
    }
    let mut effects = ask_again(app);
    effects.push(Effect::Learn(change));
    effects
}
