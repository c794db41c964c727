//! Which pane has the keys, and what becomes of its answers.

use crate::app::ask;
use crate::app::folding;
use crate::app::history::{go_to, step};
use crate::app::layers::{close, open, open_values, relayout};
use crate::app::notes;
use crate::app::state::{App, Focus, Layer};
use crate::app::update::{elsewhere, global, load_details, select};
use crate::command::action::{Action, In};
use crate::command::effect::Effect;
use crate::pane::before::Before;
use crate::pane::contract::{Asked, Change, Reply};
use crate::pane::lineage::Lineage;

/// Does what an action asks: the pane with the focus first, then the app.
pub(crate) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let reply = focused(app, action);
    route(app, reply, Some(action))
}

/// The pane that has the keys goes first.
fn focused(app: &mut App, action: Action) -> Reply {
    match app.layers.last() {
        None => base(app, action),
        Some(Layer::Details) => {
            let mut details = std::mem::take(&mut app.details);
            let reply = details.act(action, &app.ctx(app.layout.details, true));
            app.details = details;
            reply
        }
        Some(Layer::Help) => {
            let mut help = std::mem::take(&mut app.help);
            let reply = help.act(action, &app.ctx(app.layout.body, true));
            app.help = help;
            reply
        }
        Some(Layer::Explain) => {
            let mut explain = std::mem::take(&mut app.explain);
            let reply = explain.act(action, &app.ctx(app.layout.body, true));
            app.explain = explain;
            reply
        }
        Some(Layer::Compare) => {
            let mut compare = std::mem::take(&mut app.compare);
            let reply = compare.act(action, &app.ctx(app.layout.body, true));
            app.compare = compare;
            reply
        }
        Some(Layer::Sources) => {
            let mut sources = std::mem::take(&mut app.sources);
            let reply = sources.act(action, &app.ctx(app.layout.body, true));
            app.sources = sources;
            reply
        }
        Some(Layer::Top) => {
            let mut top = std::mem::take(&mut app.top);
            let reply = top.act(action, &app.ctx(app.layout.body, true));
            app.top = top;
            reply
        }
        Some(Layer::Denied) => {
            let mut denied = std::mem::take(&mut app.denied);
            let reply = denied.act(action, &app.ctx(app.layout.body, true));
            app.denied = denied;
            reply
        }
        Some(Layer::Sessions) => {
            let mut sessions = std::mem::take(&mut app.sessions);
            let reply = sessions.act(action, &app.ctx(app.layout.body, true));
            app.sessions = sessions;
            reply
        }
        Some(Layer::Alerts) => {
            let mut alerts = std::mem::take(&mut app.alerts);
            let reply = alerts.act(action, &app.ctx(app.layout.body, true));
            app.alerts = alerts;
            relayout(app);
            reply
        }
        Some(Layer::Audit) => {
            let mut audit = std::mem::take(&mut app.audit);
            let reply = audit.act(action, &app.ctx(app.layout.body, true));
            app.audit = audit;
            reply
        }
        Some(Layer::Before(before)) => {
            let mut before = before.clone();
            let reply = before.act(action, &app.ctx(app.layout.body, true));
            if let Some(Layer::Before(open)) = app.layers.last_mut() {
                *open = before;
            }
            reply
        }
        Some(Layer::Notebook) => {
            let mut notes = std::mem::take(&mut app.notes);
            let reply = notes.act(action, &app.ctx(app.layout.body, true));
            app.notes = notes;
            reply
        }
        Some(Layer::Log) if action == Action::Log => Reply::Close,
        Some(
            Layer::Log
            | Layer::Prompt
            | Layer::Note(_)
            | Layer::Moment(_)
            | Layer::Menu(_)
            | Layer::Columns(_)
            | Layer::Lineage(_)
            | Layer::Pick(_),
        ) => Reply::Ignored,
    }
}

/// The panes that are always there.
pub(crate) fn base(app: &mut App, action: Action) -> Reply {
    match app.focus() {
        Focus::Stream => {
            let mut stream = std::mem::take(&mut app.stream);
            let was_following = stream.follows();
            let reply = stream.act(action, &app.ctx(app.layout.stream, true));
            app.stream = stream;
            if was_following && !app.stream.follows() {
                app.held = Some(app.latest.len());
            }
            load_details(app);
            reply
        }
        Focus::Counts => {
            let mut counts = std::mem::take(&mut app.counts);
            let reply = counts.act(action, &app.ctx(app.layout.counts, true));
            app.counts = counts;
            reply
        }
        Focus::Timeline => {
            let mut timeline = std::mem::take(&mut app.timeline);
            let reply = timeline.act(action, &app.ctx(app.layout.timeline, true));
            app.timeline = timeline;
            reply
        }
    }
}

/// What a pane asked for.
pub(crate) fn route(app: &mut App, reply: Reply, action: Option<Action>) -> Vec<Effect> {
    match reply {
        Reply::Ignored => {
            let Some(action) = action else { return vec![] };
            // The rows are out of sight below such a view: nothing is to happen to one of them.
            let is_of_rows = matches!(action.row().place, In::Event | In::Stream);
            let hides_rows = |layer: &Layer| {
                layer.has_body()
                    || matches!(layer, Layer::Before(_) | Layer::Notebook | Layer::Audit)
            };
            if app.layers.last().is_some_and(hides_rows) && is_of_rows {
                elsewhere(app, action);
                return vec![];
            }
            return global(app, action);
        }
        Reply::Done => {}
        Reply::Ask(action) => {
            if matches!(app.layers.last(), Some(Layer::Menu(_))) {
                app.layers.pop();
            }
            return act(app, action);
        }
        Reply::Filter(change, term) => {
            // Whoever asks what somebody did wants what was forwarded for it too.
            let hides_noise = !matches!(app.layers.last(), Some(Layer::Lineage(_)));
            if matches!(app.layers.last(), Some(Layer::Menu(_) | Layer::Lineage(_))) {
                app.layers.pop();
            }
            let filter = ask::changed(&app.asked.filter, change, &term);
            return step(app, |asked| {
                asked.filter = filter;
                asked.quiet &= hides_noise;
            });
        }
        Reply::Show(terms) => {
            // What these tell of includes the noise: it is shown with it.
            let hides_noise =
                !matches!(app.body_view(), Some(Layer::Denied | Layer::Sessions | Layer::Alerts));
            app.layers.retain(|layer| !layer.has_body());
            app.focus = Focus::Stream;
            relayout(app);
            let add = |filter: String, term: &String| ask::changed(&filter, Change::Add, term);
            let filter = terms.iter().fold(app.asked.filter.clone(), add);
            return step(app, |asked| {
                asked.filter = filter;
                asked.quiet &= hides_noise;
            });
        }
        Reply::Only(term, said) => {
            app.layers.clear();
            app.focus = Focus::Stream;
            relayout(app);
            if let Some(said) = said {
                app.say(said);
            }
            let order = app.asked.order;
            return step(app, |asked| *asked = Asked { filter: term, order, ..Asked::default() });
        }
        Reply::Between(from, to) => {
            let filter = ask::between(&app.asked.filter, &app.options.presets, (from, to));
            return step(app, |asked| asked.filter = filter);
        }
        Reply::Values(facet) => open_values(app, facet),
        Reply::Select(row) => select(app, row),
        Reply::Goto(row) => return go_to(app, row),
        Reply::FoldNext => return folding::next(app),
        Reply::Unfold(row) => return folding::unfold(app, row),
        Reply::Lineage(row) => open(app, Layer::Lineage(Lineage::of(row))),
        Reply::Before(moment) => {
            // Over the lens that it belongs to.
            app.layers.push(Layer::Before(Before::of(moment)));
        }
        Reply::Mark(row, on) => return notes::mark(app, row, on),
        Reply::Unmark(key) => return notes::unmark(app, &key),
        Reply::Note(key) => notes::open(app, key),
        Reply::Find(key) => return notes::find(app, &key),
        Reply::Say(said) => app.say(said),
        Reply::Do(effect) => return vec![effect],
        Reply::Close => close(app),
    }
    vec![]
}

/// Gives the focus to the next pane that is shown, or to the one before; the details are the last.
pub(crate) fn next_focus(app: &mut App, forward: bool) {
    let counts = app.layout.has_counts().then_some(Focus::Counts);
    let timeline = app.layout.has_timeline().then_some(Focus::Timeline);
    let panes: Vec<Focus> = [Some(Focus::Stream), counts, timeline].into_iter().flatten().collect();
    if app.is_details_open() {
        app.layers.retain(|layer| !matches!(layer, Layer::Details));
        app.zoom = false;
        relayout(app);
        app.focus = if forward { Focus::Stream } else { panes[panes.len() - 1] };
        return;
    }
    app.zoom = false;
    let at = panes.iter().position(|pane| *pane == app.focus()).unwrap_or_default();
    let next = if forward { Some(at + 1) } else { at.checked_sub(1) };
    match next.and_then(|at| panes.get(at)) {
        Some(pane) => app.focus = *pane,
        None => open(app, Layer::Details),
    }
    relayout(app);
}
