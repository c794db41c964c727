//! Alerts that are muted for a while: which ones and for how long is chosen from a list, and so is what
//! is heard again. What is muted is counted wherever alerts are.

use crate::app::layers::{open, relayout};
use crate::app::state::{App, Chosen, Layer, Pick};
use crate::command::effect::Effect;
use crate::detect::alert::Alert;
use crate::event::target::is_named;
use crate::event::time::{Millis, Timestamp};
use crate::notebook::mutes::Mute;
use crate::notebook::standing::{Change, Lasting as _};
use crate::pane::alerts::Alerts;
use crate::ui::format;
use crate::ui::picker::Choice;

/// For how long; none is for ever.
const TERMS: [(Option<Millis>, &str); 4] = [
    (Some(Millis::hours(1)), "1 hour"),
    (Some(Millis::hours(8)), "8 hours"),
    (Some(Millis::hours(24 * 7)), "7 days"),
    (None, "ever"),
];
/// The most characters of a name in the list.
const CUT: usize = 40;

/// Offers what alerts like the selected one, or the one on the strip, have in common.
pub(crate) fn offer(app: &mut App) {
    let is_view = matches!(app.body_view(), Some(Layer::Alerts));
    let selected = if is_view { app.alerts.selected() } else { app.alerts.foremost() };
    let Some(alert) = selected.cloned() else {
        app.tell("no alert waits: {alerts} lists all of them, {muted} what is muted");
        return;
    };
    let now = app.now();
    let (mut picks, mut choices) = (vec![], vec![]);
    for (mute, words) in scopes(&alert) {
        // Whoever blinds the recording must be heard of again.
        let terms = TERMS.iter().filter(|(lasts, _)| lasts.is_some() || !alert.is_tamper);
        for (lasts, said) in terms {
            picks.push(Choice {
                label: format!("mute {words}"),
                detail: format!("for {said}"),
                note: String::new(),
            });
            let until = lasts.map(|lasts| (now + lasts).to_string());
            choices.push(Chosen::Mute(Mute { until, ..mute.clone() }));
        }
    }
    picks.push(Choice {
        label: format!("acknowledge every alert of {}", cut(&alert.card.named.id)),
        detail: String::new(),
        note: String::new(),
    });
    choices.push(Chosen::AcknowledgeRule(alert.card.named.id.to_string()));
    let title = match alert.is_tamper {
        true => "MUTE, never for ever: it is about the recording itself",
        false => "MUTE what is no worse than this alert:",
    };
    open(app, Layer::Pick(Box::new(Pick::new(title, picks, choices))));
}

/// What may be muted with an alert, the least first, and how it is said. What the alert does not say
/// cannot be muted by.
fn scopes(alert: &Alert) -> Vec<(Mute, String)> {
    let it = alert.heard();
    let rule = Mute {
        rule: it.rule.to_owned(),
        actor: String::new(),
        target: String::new(),
        account: String::new(),
        up_to: it.severity.word().to_owned(),
        until: None,
    };
    let (id, actor) = (cut(it.rule), it.actor.to_owned());
    let (target, account) = (it.target.unwrap_or_default().to_owned(), it.account.to_owned());
    let by_actor = Mute { actor: actor.clone(), ..rule.clone() };
    let on_target = Mute { target: target.clone(), ..rule.clone() };
    let in_account = Mute { account: account.clone(), ..rule.clone() };
    [
        (!actor.is_empty(), by_actor, format!("{id} by {}", cut(&actor))),
        (is_named(&target), on_target, format!("{id} on {}", cut(&target))),
        (!account.is_empty(), in_account, format!("{id} in account {}", cut(&account))),
        (true, rule, format!("{id}, whoever does it")),
    ]
    .into_iter()
    .filter(|(is_said, ..)| *is_said)
    .map(|(_, mute, words)| (mute, words))
    .collect()
}

fn cut(text: &str) -> String {
    text.chars().take(CUT).collect()
}

/// Lists what is muted, and how many alerts each of it silences.
pub(crate) fn list(app: &mut App) {
    let now = app.now();
    let alerts = &app.latest.ledger.alerts.list;
    let (mut picks, mut choices) = (vec![], vec![]);
    for mute in app.options.mutes.at(now) {
        let silenced = alerts.iter().filter(|alert| mute.is_about(&alert.heard())).count();
        let until = mute.until.as_deref().and_then(Timestamp::parse);
        picks.push(Choice {
            label: mute.words(),
            detail: until.map_or_else(
                || "for ever".to_owned(),
                |until| format!("until {}", format::stamp(until, &app.zone)),
            ),
            note: format::count(silenced as u64),
        });
        choices.push(Chosen::Unmute(mute.key()));
    }
    if picks.is_empty() {
        app.tell("nothing is muted: {mute} mutes alerts like the one that is selected");
        return;
    }
    let title = "MUTED: Enter unmutes";
    open(app, Layer::Pick(Box::new(Pick::new(title, picks, choices))));
}

/// Mutes or unmutes.
pub(crate) fn take(app: &mut App, change: Change<Mute>) -> Vec<Effect> {
    if let Err(why) = app.options.mutes.take(&change) {
        app.say(why);
        return vec![];
    }
    renew(app);
    let muted = app.alerts.muted() as u64;
    app.say(match &change {
        Change::Learn(mute) => {
            let until = mute.until.as_deref().and_then(Timestamp::parse);
            let until = until.map_or_else(
                || "for ever".to_owned(),
                |until| format!("until {}", format::stamp(until, &app.zone)),
            );
            let are = format::counted(muted, "alert is", "alerts are");
            format!("muted {until}: {} · {are} · : muted unmutes", mute.words())
        }
        Change::Forget(_) => {
            let are = format::counted(muted, "alert still is", "alerts still are");
            format!("unmuted: {are} muted")
        }
    });
    vec![Effect::Mute(change)]
}

/// Acknowledges every alert of a rule.
pub(crate) fn acknowledge(app: &mut App, rule: &str) -> Vec<Effect> {
    let done = app.lend(
        |app| &mut app.alerts,
        app.layout.body,
        |alerts, ctx| alerts.acknowledge_rule(rule, ctx),
    );
    relayout(app);
    let alerts = format::counted(done as u64, "alert", "alerts");
    app.say(format!("{alerts} of {rule} acknowledged"));
    vec![]
}

/// Sorts the alerts anew: there are others, or others are muted.
pub(crate) fn renew(app: &mut App) {
    app.lend(|app| &mut app.alerts, app.layout.body, Alerts::renew);
    if app.alerts.has_strip() == app.layout.alert.is_empty() {
        relayout(app);
    }
}

/// Reckons why the selected alert fired, while somebody looks at it.
pub(crate) fn follow(app: &mut App) {
    if !matches!(app.body_view(), Some(Layer::Alerts)) {
        return;
    }
    app.lend(|app| &mut app.alerts, app.layout.body, Alerts::follow);
}
