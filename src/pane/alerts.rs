//! Alerts: what waits for somebody, on the strip and in the view of all of them; what was acknowledged
//! and what is muted. What is drawn of them is in `alert_lines` and `alert_why`.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use ratatui::layout::Rect;

use crate::command::action::Action;
use crate::detect::alert::Alert;
use crate::detect::why::{self, Why};
use crate::event::field::Column;
use crate::insight::denied::Moment;
use crate::notebook::mutes::Mute;
use crate::pane::alert_why;
use crate::pane::contract::{Ctx, Pointed, Reply};
use crate::pane::steps::step_of;
use crate::query::literal;
use crate::store::hits::Severity;
use crate::store::segment::RowId;
use crate::store::snapshot::RowRef;
use crate::ui::list::{Step, Viewport};

/// From this severity on an alert comes to the strip; what tampers with the recording always does.
const STRIP: Severity = Severity::Medium;
/// What is said where there is nothing to go to.
const NONE_WAITS: &str = "no alert waits · {alerts} shows all of them";

/// What was acknowledged, and the place in the view.
#[derive(Debug, Default)]
pub struct Alerts {
    pub(crate) view: Viewport,
    /// The highest severity that each alert was acknowledged with: one that grows worse comes back.
    acknowledged: HashMap<u64, Severity>,
    /// The numbers of the alerts that `a` went to in this round.
    visited: BTreeSet<u64>,
    /// The number of the alert under the cursor, once somebody has moved it.
    pinned: Option<u64>,
    /// Whether the view shows what is muted, too.
    shows_muted: bool,
    /// The alerts of the view, in its order, each with whether it is muted.
    pub(crate) list: Vec<(Arc<Alert>, bool)>,
    /// Those that wait for somebody; what tampers with the recording comes first.
    pub(crate) waiting: Vec<Arc<Alert>>,
    muted: usize,
    /// What the alert under the cursor is made of: its number, how many events it had then.
    pub(crate) why: Option<(u64, u64, Why)>,
}

impl Alerts {
    /// Sorts the alerts anew: called when there are others, or others are muted or acknowledged.
    pub fn renew(&mut self, ctx: &Ctx<'_>) {
        let all = &ctx.view.ledger.alerts.list;
        if self.acknowledged.len() > all.len() {
            let known: std::collections::HashSet<u64> = all.iter().map(|it| it.number).collect();
            self.acknowledged.retain(|number, _| known.contains(number));
        }
        let mut mutes: HashMap<&str, Vec<&Mute>> = HashMap::new();
        for mute in ctx.mutes.at(ctx.now) {
            mutes.entry(&mute.rule).or_default().push(mute);
        }
        let is_muted = |alert: &Alert| {
            let of_rule = mutes.get(&*alert.card.named.id);
            of_rule.is_some_and(|of| of.iter().any(|mute| mute.is_about(&alert.heard())))
        };
        self.list.clear();
        self.waiting.clear();
        self.muted = 0;
        for alert in all {
            let is_muted = is_muted(alert);
            self.muted += usize::from(is_muted);
            if !is_muted && self.is_open(alert) {
                self.waiting.push(Arc::clone(alert));
            }
            if !is_muted || self.shows_muted {
                self.list.push((Arc::clone(alert), is_muted));
            }
        }
        self.waiting.sort_by_key(|alert| !alert.is_tamper);
        let pinned = self
            .pinned
            .and_then(|number| self.list.iter().position(|(alert, _)| alert.number == number));
        self.view.cursor = pinned.unwrap_or(match self.pinned {
            Some(_) => self.view.cursor.min(self.list.len().saturating_sub(1)),
            None => 0,
        });
    }

    /// Reckons what the alert under the cursor is made of, where that is not known yet.
    pub fn follow(&mut self, ctx: &Ctx<'_>) {
        let Some(alert) = self.selected() else {
            self.why = None;
            return;
        };
        let is_known =
            |(number, count, _): &(u64, u64, Why)| (*number, *count) == (alert.number, alert.count);
        if !self.why.as_ref().is_some_and(is_known) {
            let alerts = &ctx.view.ledger.alerts;
            let why = why::of_alert(&alerts.rules, alert, &ctx.view.snapshot);
            self.why = Some((alert.number, alert.count, why));
        }
    }

    /// The alert under the cursor.
    pub fn selected(&self) -> Option<&Arc<Alert>> {
        self.list.get(self.view.cursor).map(|(alert, _)| alert)
    }

    /// The alert that the strip shows.
    pub fn foremost(&self) -> Option<&Arc<Alert>> {
        self.waiting.first()
    }

    /// How many alerts are muted.
    pub fn muted(&self) -> usize {
        self.muted
    }

    /// Whether those are listed too.
    pub fn lists_muted(&self) -> bool {
        self.shows_muted
    }

    /// Whether an alert waits for somebody, unless it is muted.
    pub(crate) fn is_open(&self, alert: &Alert) -> bool {
        let known = self.acknowledged.get(&alert.number);
        (alert.severity >= STRIP || alert.is_tamper)
            && known.is_none_or(|known| *known < alert.severity)
    }

    /// Whether the strip has something to say.
    pub fn has_strip(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The foremost alert that nobody went to yet in this round, so that one that came meanwhile is not
    /// passed over: its newest event that is still there.
    pub fn next(&mut self, ctx: &Ctx<'_>) -> Reply {
        let next = self.waiting.iter().find(|it| !self.visited.contains(&it.number)).cloned();
        let Some(alert) = next.or_else(|| {
            self.visited.clear();
            self.foremost().cloned()
        }) else {
            return Reply::Say(ctx.spell(NONE_WAITS));
        };
        self.visited.insert(alert.number);
        let newest = newest(&alert, ctx);
        match newest {
            Some(row) => Reply::Goto(row),
            None => Reply::Say("the events of this alert have left the buffer".into()),
        }
    }

    /// Acknowledges the alert that the strip shows.
    pub fn acknowledge(&mut self, ctx: &Ctx<'_>) -> Reply {
        let Some(alert) = self.foremost().map(Arc::clone) else {
            return Reply::Say(ctx.spell(NONE_WAITS));
        };
        self.acknowledged.insert(alert.number, alert.severity);
        self.renew(ctx);
        Reply::Say(format!("acknowledged: {}", alert.card.named.title))
    }

    /// Acknowledges every alert of a rule; gives how many waited.
    pub fn acknowledge_rule(&mut self, rule: &str, ctx: &Ctx<'_>) -> usize {
        let of_rule = |alert: &&Arc<Alert>| *alert.card.named.id == *rule;
        let done: Vec<(u64, Severity)> =
            self.waiting.iter().filter(of_rule).map(|it| (it.number, it.severity)).collect();
        self.acknowledged.extend(done.iter().copied());
        self.renew(ctx);
        done.len()
    }

    /// What an action asks of the view.
    pub fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Reply {
        let selected = self.selected().map(Arc::clone);
        let gone = || Reply::Say("its events have left the buffer".into());
        let step = match (action, &selected) {
            _ if let Some(step) = step_of(action) => step,
            (Action::Alerts, _) => return Reply::Close,
            (Action::FocusNext, _) => return Reply::Ask(Action::Audit),
            (Action::Noise, _) => return self.show_muted(ctx),
            (
                Action::Details
                | Action::Acknowledge
                | Action::Pivot
                | Action::Include
                | Action::Lineage
                | Action::Before,
                None,
            ) => return Reply::Done,
            (Action::Details, Some(alert)) => return members(alert, ctx),
            (Action::Acknowledge, Some(alert)) => {
                self.acknowledged.insert(alert.number, alert.severity);
                Step::Down(1)
            }
            (Action::Pivot | Action::Include, Some(alert)) => {
                let term = format!("rule:{}", literal::quote(&alert.card.named.id));
                return Reply::Show(vec![term]);
            }
            (Action::Lineage, Some(alert)) => {
                return newest(alert, ctx).map_or_else(gone, Reply::Lineage);
            }
            (Action::Before, Some(alert)) => {
                let first = rows(alert, ctx).min_by_key(|row| (row.time(), row.id()));
                let moment = |row: RowRef<'_>| Moment { until: row.id(), since: None };
                return first.map_or_else(gone, |row| Reply::Before(moment(row)));
            }
            _ => return Reply::Ignored,
        };
        let height = alert_why::heights(self, ctx).0;
        self.view.step(step, self.list.len(), height);
        self.pinned = self.selected().map(|alert| alert.number);
        self.renew(ctx);
        self.follow(ctx);
        Reply::Done
    }

    /// Selects the alert at this line of the screen, where there is one.
    pub fn point(&mut self, y: u16, ctx: &Ctx<'_>) -> Pointed {
        let (height, all) = (alert_why::heights(self, ctx).0, self.list.len());
        let area = Rect { y: ctx.area.y + 1, height, ..ctx.area };
        let mut list = self.view;
        list.settle(all, height);
        let Some(at) = list.row_at(y, area, all) else { return Pointed::Nothing };
        self.view.step(Step::To(at), all, height);
        self.pinned = self.selected().map(|alert| alert.number);
        self.renew(ctx);
        self.follow(ctx);
        Pointed::at(at == list.cursor)
    }

    fn show_muted(&mut self, ctx: &Ctx<'_>) -> Reply {
        self.shows_muted = !self.shows_muted;
        self.renew(ctx);
        self.follow(ctx);
        Reply::Say(match (self.shows_muted, self.muted) {
            (_, 0) => "no alert is muted".into(),
            (true, n) => format!("{n} muted alerts are listed too"),
            (false, n) => format!("{n} muted alerts are not listed"),
        })
    }
}

/// The events of an alert that are still in the buffer.
pub(crate) fn rows<'v>(
    alert: &'v Alert,
    ctx: &Ctx<'v>,
) -> impl Iterator<Item = RowRef<'v>> + use<'v> {
    let snapshot = &ctx.view.snapshot;
    alert.rows.iter().filter_map(|id| snapshot.row(*id))
}

/// The newest event of an alert that is still in the buffer.
pub(crate) fn newest(alert: &Alert, ctx: &Ctx<'_>) -> Option<RowId> {
    rows(alert, ctx).max_by_key(|row| (row.time(), row.id())).map(RowRef::id)
}

/// Shows the events of an alert, and nothing else: by their ids.
fn members(alert: &Alert, ctx: &Ctx<'_>) -> Reply {
    let ids: Vec<&str> =
        rows(alert, ctx).map(|row| row.text(Column::Id)).filter(|id| !id.is_empty()).collect();
    if ids.is_empty() {
        let why = "its events have left the buffer, or have no ids · {pivot} shows all of its rule";
        return Reply::Say(ctx.spell(why));
    }
    let ids: Vec<String> = ids.into_iter().map(literal::quote).collect();
    let missing = alert.count.saturating_sub(ids.len() as u64);
    let said = (missing > 0).then(|| {
        let shows = ctx.spell("{pivot} in {alerts} shows all");
        format!("the newest {} of its {} events · {shows}", ids.len(), alert.count)
    });
    Reply::Only(format!("id:{}", ids.join(",")), said)
}
