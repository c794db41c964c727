//! Which pane has the keys, and what becomes of its answers.

use crate::app::ask;
use crate::app::folding;
use crate::app::history::{go_to, step};
use crate::app::layers::{close, open, open_values, relayout};
use crate::app::notes;
use crate::app::state::{App, Focus, Layer};
use crate::app::update::{elsewhere, global, load_details};
use crate::command::action::{Action, In};
use crate::command::effect::Effect;
use crate::pane::before::Before;
use crate::pane::contract::{Asked, Change, Ctx, Reply};
use crate::pane::lineage::Lineage;
use crate::pane::stream::Stream;

/// Does what an action asks: the pane with the focus first, then the app.
pub(crate) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    let reply = focused(app, action);
    route(app, reply, Some(action))
}

/// The pane that has the keys goes first.
fn focused(app: &mut App, action: Action) -> Reply {
    match app.layers.last() {
        None => base(app, action),
        Some(Layer::Details) => app.lend(
            |app| &mut app.details,
            app.layout.details,
            |details, ctx| details.act(action, ctx),
        ),
        Some(Layer::Help) => {
            app.lend(|app| &mut app.help, app.layout.body, |help, ctx| help.act(action, ctx))
        }
        Some(Layer::Explain) => app.lend(
            |app| &mut app.explain,
            app.layout.body,
            |explain, ctx| explain.act(action, ctx),
        ),
        Some(Layer::Compare) => app.lend(
            |app| &mut app.compare,
            app.layout.body,
            |compare, ctx| compare.act(action, ctx),
        ),
        Some(Layer::Sources) => app.lend(
            |app| &mut app.sources,
            app.layout.body,
            |sources, ctx| sources.act(action, ctx),
        ),
        Some(Layer::Top) => {
            app.lend(|app| &mut app.top, app.layout.body, |top, ctx| top.act(action, ctx))
        }
        Some(Layer::Denied) => {
            app.lend(|app| &mut app.denied, app.layout.body, |denied, ctx| denied.act(action, ctx))
        }
        Some(Layer::Sessions) => app.lend(
            |app| &mut app.sessions,
            app.layout.body,
            |sessions, ctx| sessions.act(action, ctx),
        ),
        Some(Layer::Alerts) => {
            let reply = app.lend(
                |app| &mut app.alerts,
                app.layout.body,
                |alerts, ctx| alerts.act(action, ctx),
            );
            relayout(app);
            reply
        }
        Some(Layer::Audit) => {
            app.lend(|app| &mut app.audit, app.layout.body, |audit, ctx| audit.act(action, ctx))
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
            app.lend(|app| &mut app.notes, app.layout.body, |notes, ctx| notes.act(action, ctx))
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
        Focus::Stream => in_stream(app, |stream, ctx| stream.act(action, ctx)),
        Focus::Counts => app.lend(
            |app| &mut app.counts,
            app.layout.counts,
            |counts, ctx| counts.act(action, ctx),
        ),
        Focus::Timeline => app.lend(
            |app| &mut app.timeline,
            app.layout.timeline,
            |timeline, ctx| timeline.act(action, ctx),
        ),
    }
}

/// Lets the stream do something; once it has left the newest row, what comes in is counted from there.
pub(crate) fn in_stream<R>(app: &mut App, act: impl FnOnce(&mut Stream, &Ctx<'_>) -> R) -> R {
    let followed = app.stream.follows();
    let done = app.lend(|app| &mut app.stream, app.layout.stream, act);
    if followed && !app.stream.follows() {
        app.held = Some(app.latest.len());
    }
    load_details(app);
    done
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
                    || matches!(
                        layer,
                        Layer::Before(_)
                            | Layer::Notebook
                            | Layer::Audit
                            | Layer::Sources
                            | Layer::Log
                            | Layer::Help
                    )
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
