//! The keys of a recording: one that is made, and one that is played.

use crate::app::layers::{close, relayout};
use crate::app::state::{App, Layer};
use crate::app::update::elsewhere;
use crate::command::action::Action;
use crate::command::effect::Effect;
use crate::engine::view::{Ledger, View};
use crate::event::time::Millis;
use crate::pane::compare::Compare;
use crate::pane::moment::{MomentLine, Typed};
use crate::source::tape::hand::{Motion, Position, Wish};
use crate::source::tape::recorder::Stage;
use crate::ui::format;

/// What a recording is played on to, step by step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awaits {
    what: What,
    /// The steps that were made before the last one that was wished.
    steps: u64,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// A row, beyond so many.
    Row(u64),
    /// An alert of this number or a later one.
    Alert(u64),
}

/// Whether a recording is played.
pub(crate) fn is_played(app: &App) -> bool {
    position(app).is_some()
}

fn position(app: &App) -> Option<Position> {
    app.latest.ledger.hand
}

/// What a key of the tape does.
#[expect(clippy::wildcard_enum_match_arm, reason = "of all actions these alone are of the tape")]
pub(crate) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let Some(at) = position(app) else {
        elsewhere(app, action);
        return vec![];
    };
    app.awaits = None;
    let wish = match action {
        Action::Pause => Wish::Pause,
        Action::Faster => Wish::Faster,
        Action::Slower => Wish::Slower,
        Action::SkipBack => Wish::Skip(Millis::minutes(-1)),
        Action::SkipOn => Wish::Skip(Millis::minutes(1)),
        Action::LeapBack => Wish::Skip(Millis::minutes(-10)),
        Action::LeapOn => Wish::Skip(Millis::minutes(10)),
        Action::Step | Action::GoToAlert if at.motion == Motion::Ended => {
            app.tell("the recording ends here: {back-1m} goes back, {pause} begins again");
            return vec![];
        }
        Action::Step => awaiting(app, What::Row(app.latest.ledger.tally.kept), at),
        Action::GoToAlert => awaiting(app, What::Alert(next_alert(&app.latest.ledger)), at),
        _ => {
            app.layers.push(Layer::Moment(MomentLine::of(at)));
            relayout(app);
            return vec![];
        }
    };
    vec![Effect::Play(wish)]
}

fn awaiting(app: &mut App, what: What, at: Position) -> Wish {
    app.awaits = Some(Awaits { what, steps: at.steps });
    Wish::Step
}

/// The number that the next alert will have.
fn next_alert(ledger: &Ledger) -> u64 {
    ledger.alerts.list.iter().map(|alert| alert.number + 1).max().unwrap_or(0)
}

/// What the line of a moment led to.
pub(crate) fn typed(app: &mut App, typed: Typed) -> Vec<Effect> {
    match typed {
        Typed::Nothing => {}
        Typed::Leave => close(app),
        Typed::Wrong(text) => app.say(format!(
            "{text:?} is no time: write 12:03, 12:03:11, 2023-07-10T12:00:00Z, or 15m from the \
             beginning"
        )),
        Typed::Go(to) => {
            close(app);
            return vec![Effect::Play(Wish::Seek(to))];
        }
    }
    vec![]
}

/// Follows what a view says of the tape: one that was begun anew has none of the rows that were here,
/// and what is waited for may have come.
pub(crate) fn follow(app: &mut App, view: &View) -> Vec<Effect> {
    let Some(at) = view.ledger.hand else { return vec![] };
    if position(app).is_some_and(|before| before.runs != at.runs) {
        // What is about a row goes with it.
        app.layers.retain(|layer| {
            !matches!(
                layer,
                Layer::Menu(_)
                    | Layer::Lineage(_)
                    | Layer::Before(_)
                    | Layer::Compare
                    | Layer::Explain
                    | Layer::Note(_)
            )
        });
        app.marked.clear();
        (app.origin, app.awaited, app.held) = (None, None, None);
        app.compare = Compare::default();
        relayout(app);
    }
    let Some(Awaits { what, steps }) = app.awaits else { return vec![] };
    let has_ended = at.motion == Motion::Ended;
    if at.steps == steps && !has_ended {
        return vec![];
    }
    let has_come = match what {
        What::Row(kept) => view.ledger.tally.kept > kept,
        What::Alert(number) => next_alert(&view.ledger) > number,
    };
    if !has_come && !has_ended {
        // Nothing new, as what had come by another way, or nothing to be told of.
        return vec![Effect::Play(awaiting(app, what, at))];
    }
    app.awaits = None;
    if let What::Alert(_) = what {
        app.say(match has_come {
            true => format!("an alert fires at {}", format::clock(at.at, &app.zone)),
            false => "no further alert fires in this recording".to_owned(),
        });
    }
    vec![]
}

/// Begins a recording, or ends the one that runs.
pub(crate) fn record(app: &mut App, name: Option<String>) -> Vec<Effect> {
    match (&app.recording, is_played(app)) {
        (Some(_), _) => vec![Effect::EndRecording],
        (None, true) => {
            app.say("this is a recording already".into());
            vec![]
        }
        (None, false) => vec![Effect::Record(name)],
    }
}

/// Says how far a recording has come with what was here before it.
pub(crate) fn records(app: &mut App, told: &Stage, file: &str) {
    let count = format::count;
    match told {
        // Where it has come to is worth a line of the screen, and none of the log.
        Stage::Writes { rows, of, left } => {
            app.notice = Some(format!(
                "{} of {} earlier rows are in {file} · about {} more · :record ends it as it is",
                count(*rows),
                count(*of),
                format::duration(*left),
            ));
        }
        Stage::Live { rows, of } if rows == of => app.say(format!(
            "{} earlier rows, and what comes in from now on, are recorded to {file} · :record ends it",
            count(*rows)
        )),
        // That it has ended is said next.
        Stage::Live { rows, of } => app.say(format!(
            "{} of {} earlier rows are in {file}: nobody waited for the rest",
            count(*rows),
            count(*of)
        )),
        Stage::Ended(..) => {}
    }
}
