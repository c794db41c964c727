//! What everybody is known to do: told, and forgotten; and what other rules have judged again.

use crate::app::state::App;
use crate::command::effect::Effect;
use crate::detect::sight::Sight;
use crate::engine::view::View;
use crate::ui::format;

/// Of how many it is known what they do.
pub(crate) fn told(app: &App) -> String {
    let known = app.latest.ledger.known;
    let gone = match known.forgotten {
        0 => String::new(),
        n => format!(", {} made room", format::count(n)),
    };
    format!(
        "{} actors and accounts are known ({}{gone}) · `trailtop baseline` lists them",
        format::count(known.subjects as u64),
        format::bytes(known.bytes as u64),
    )
}

/// Forgets what the actor of the selected event is known to do.
pub(crate) fn forget_actor(app: &mut App) -> Vec<Effect> {
    let row = app.stream.selected().and_then(|id| app.view.snapshot.row(id));
    let Some(row) = row else {
        app.say("no event is selected".into());
        return vec![];
    };
    match &*Sight::of_row(row.part, row.row).subjects[0] {
        "" => {
            app.say("nobody learns what services and strangers do".into());
            vec![]
        }
        actor => vec![Effect::Forget(Some(actor.to_owned()))],
    }
}

/// Says so when other rules have judged everything that is here.
pub(crate) fn tell_judged(app: &mut App, view: &View) {
    let (before, now) = (&app.latest.ledger.alerts, &view.ledger.alerts);
    if before.judged.by != now.judged.by {
        let rows = format::counted(now.judged.rows, "event", "events");
        let alerts = format::counted(now.list.len() as u64, "alert", "alerts");
        let rules = format::counted(now.rules.loud() as u64, "rule has", "rules have");
        app.say(format!("{rules} judged {rows} again: {alerts}"));
    }
}

/// Tells what somebody had to say.
pub(crate) fn heard(app: &mut App, said: String) -> Vec<Effect> {
    app.say(said);
    vec![]
}
