//! The screen, from the state alone: same state, same cells.
//!
//! ```text
//! trailtop  SOURCES · ZONE                    complete to ~12:00 · newest 12:08 · FOLLOW  ?
//! / FILTER                                             all · 48 of 1,638 · noise hides 277
//!  all     ▂▃▁▃▃▂▁▁▁▁▁ ▁▂▂▂▂ ▁▅▂▄▅▃▁▁▁  ▁ ▁▂▂▁▂▁   ▁▁ ▁▂▁▂▁▂▁▂▂▃▁▂▁▁▁  ▁▁▂▂▁▁█▅  peak 451/10s
//! ── STREAM by event time ────────────────────────────────────────────┬── COUNTS of 48 ─────
//!  12:00:08 ~ PutEventSelectors   bert-jan   …ctes-trail-qyxyekjbtk ok│█████ bert-jan    46
//! ── 12:00:08 PutEventSelectors ──────────────────────────────────────┴─────────────────────
//!  WHO      bert-jan · IAM user · long-term key …8Q4X20BJ
//!  ↵ details  p pivot  / filter                                                   ? all keys
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::app::state::{App, Focus, Layer, Pick};
use crate::app::{empty, lens};
use crate::command::action::{Action, In};
use crate::pane::contract::{Ctx, Live, Times};
use crate::pane::footer::{self, Says};
use crate::pane::prompt::Prompt;
use crate::pane::{alert_lines, around, chips, choosing, counts, row, starting, status};
use crate::query::question::Order;
use crate::ui::glyphs::Joint;
use crate::ui::theme::Role;
use crate::ui::{bars, format, popup, text};

/// Draws everything; gives the place of the text cursor where one is shown.
pub fn draw(app: &App, buf: &mut Buffer) -> Option<Position> {
    text::fill(buf, app.screen, app.theme().style(Role::Text));
    let layout = &app.layout;
    status::draw(buf, &app.ctx(layout.status, false));
    let body = app.ctx(layout.body, true);
    let mut cursor = match app.body_view() {
        Some(Layer::Denied) => {
            app.denied.draw(buf, &body);
            None
        }
        Some(Layer::Sessions) => {
            app.sessions.draw(buf, &body);
            None
        }
        Some(Layer::Alerts) => {
            alert_lines::draw(&app.alerts, buf, &body);
            None
        }
        Some(_) => {
            app.top.draw(buf, &body);
            None
        }
        None => draw_base(app, buf),
    };
    alert_lines::draw_strip(&app.alerts, buf, &app.ctx(layout.alert, false));
    let filter = app.ctx(layout.filter, false);
    if !matches!(app.layers.last(), Some(Layer::Prompt)) {
        Prompt::draw_closed(buf, &filter);
    }
    match app.layers.last() {
        None
        | Some(Layer::Details | Layer::Top | Layer::Denied | Layer::Sessions | Layer::Alerts) => {}
        Some(Layer::Prompt) => cursor = draw_prompt(app, buf),
        Some(Layer::Menu(menu)) => {
            menu.draw(buf, &app.ctx(layout.body, true), lens::instead(app));
        }
        Some(Layer::Columns(choosing)) => {
            choosing.draw(buf, &app.ctx(layout.body, true), layout.stream.width);
        }
        Some(Layer::Lineage(lineage)) => lineage.draw(buf, &app.ctx(layout.body, true)),
        Some(Layer::Before(before)) => before.draw(buf, &body),
        Some(Layer::Pick(pick)) => cursor = draw_pick(app, buf, pick),
        Some(Layer::Explain) => app.explain.draw(buf, &app.ctx(layout.body, true)),
        Some(Layer::Compare) => over(app, buf, |buf, ctx| app.compare.draw(buf, ctx)),
        Some(Layer::Help) => over(app, buf, |buf, ctx| app.help.draw(buf, ctx)),
        Some(Layer::Sources) => over(app, buf, |buf, ctx| app.sources.draw(buf, ctx)),
        Some(Layer::Audit) => over(app, buf, |buf, ctx| app.audit.draw(buf, ctx)),
        Some(Layer::Notebook) => over(app, buf, |buf, ctx| app.notes.draw(buf, ctx)),
        Some(Layer::Note(line)) => cursor = line.draw(buf, &app.ctx(layout.body, true)),
        Some(Layer::Moment(line)) => cursor = line.draw(buf, &app.ctx(app.layout.body, true)),
        Some(Layer::Log) => over(app, buf, |buf, ctx| app.log.draw(buf, ctx)),
    }
    draw_footer(app, buf);
    cursor
}

/// Where the panes are that may be some seconds behind the rows, while those are followed and nobody
/// works in another pane. Each of them says what it is of, so none of them is ever wrong.
pub fn sides(app: &App) -> Vec<Rect> {
    let follows = app.layers.is_empty() && app.live() == Live::Follow;
    if !follows || !app.has_focus(Focus::Stream) || app.view.is_empty() {
        return vec![];
    }
    let at = &app.layout;
    vec![at.timeline, at.title, at.counts_title, at.counts, at.details_title, at.details]
}

/// The panes that are always there: timeline, rows, counts, details.
fn draw_base(app: &App, buf: &mut Buffer) -> Option<Position> {
    let layout = &app.layout;
    let body = app.ctx(layout.body, false);
    if starting::is_shown(&body) {
        starting::draw(buf, &body);
        return None;
    }
    if layout.has_timeline() {
        app.timeline.draw(buf, &app.ctx(layout.timeline, app.has_focus(Focus::Timeline)));
    }
    draw_title(app, buf);
    let stream = app.ctx(stream_area(app), app.has_focus(Focus::Stream));
    if app.view.is_empty() {
        empty::draw(app, buf, &stream);
    } else {
        app.stream.draw(buf, &stream);
    }
    if layout.has_counts() {
        app.counts.draw(buf, &app.ctx(layout.counts, app.has_focus(Focus::Counts)));
    }
    draw_details_title(app, buf);
    if !layout.around.is_empty() {
        around::draw(app.stream.selected(), buf, &app.ctx(layout.around, false));
    }
    if app.is_details_open() {
        let focused = matches!(app.layers.last(), Some(Layer::Details));
        return app.details.draw(buf, &app.ctx(layout.details, focused));
    }
    let strip = app.ctx(layout.details, false);
    match app.has_focus(Focus::Timeline) && layout.timeline.height == 1 && strip.area.height == 1 {
        // One line above has no room for what is under its cursor.
        true => app.timeline.draw_under(buf, &strip),
        false => app.details.draw_strip(buf, &strip),
    }
    None
}

/// The filter line while it is edited: below it what each term hides, then what could come next.
fn draw_prompt(app: &App, buf: &mut Buffer) -> Option<Position> {
    let body = app.ctx(app.layout.body, true);
    let chips = lens::chips(app);
    let taken = chips::height(&chips, &body).min(body.area.height);
    chips::draw(buf, &body, &chips);
    let area = body.area;
    let below = Rect { y: area.y + taken, height: area.height - taken, ..area };
    app.prompt.draw_open(buf, &app.ctx(app.layout.filter, false), below)
}

/// Where the rows are: a short list makes way for what the open prompt shows below it.
fn stream_area(app: &App) -> Rect {
    let area = app.layout.stream;
    if !matches!(app.layers.last(), Some(Layer::Prompt)) {
        return area;
    }
    let body = app.ctx(app.layout.body, true);
    let chips = chips::height(&lens::chips(app), &body);
    let taken = app.layout.body.y + chips + app.prompt.lines_below(&body);
    let shift = taken.saturating_sub(area.y);
    match app.view.len() <= usize::from(area.height.saturating_sub(shift)) {
        true => Rect { y: area.y + shift, height: area.height.saturating_sub(shift), ..area },
        false => area,
    }
}

/// A view that takes the whole body.
fn over(app: &App, buf: &mut Buffer, draw: impl FnOnce(&mut Buffer, &Ctx<'_>)) {
    text::fill(buf, app.layout.body, app.theme().style(Role::Text));
    draw(buf, &app.ctx(app.layout.body, true));
}

fn draw_title(app: &App, buf: &mut Buffer) {
    let counts_title = counts::title(&app.ctx(app.layout.counts, false));
    let focus_of = |pane| if app.has_focus(pane) { Role::TitleFocused } else { Role::Title };
    let beside = app.ctx(app.layout.counts_title, false);
    if !beside.area.is_empty() {
        let look = (beside.style(Role::Divider), beside.glyphs);
        bars::vertical(buf, beside.area, look);
        let line = text::row(beside.area.x + 1, beside.area.y, beside.area.width - 1);
        text::put(buf, line, &counts_title, beside.style(focus_of(Focus::Counts)));
    }
    let ctx = app.ctx(app.layout.title, false);
    if ctx.area.is_empty() {
        return;
    }
    let title = match (app.asked.order, app.origin.is_some()) {
        (Order::Time, false) if app.times == Times::Ago => "STREAM by event time, how long ago",
        (Order::Arrival, false) if app.times == Times::Ago => {
            "STREAM as it arrived, how long ago it was"
        }
        (_, true) if app.asked.filter.is_empty() => "AROUND IT everything, unfiltered",
        (_, true) => "AROUND IT",
        (Order::Time, false) => "STREAM by event time",
        (Order::Arrival, false) => "STREAM as it arrived",
    };
    let title = bars::Title { x: 0, text: title, style: ctx.style(focus_of(Focus::Stream)) };
    let mut titles = vec![title];
    let mut joints = vec![];
    if app.layout.has_counts() {
        let x = app.layout.counts.x - ctx.area.x;
        if x == 0 {
            titles.clear();
        }
        joints.push((x, Joint::Down));
        let style = ctx.style(focus_of(Focus::Counts));
        titles.push(bars::Title { x: x + 1, text: &counts_title, style });
    }
    bars::divider(buf, ctx.area, &titles, &joints, (ctx.style(Role::Divider), ctx.glyphs));
}

fn draw_details_title(app: &App, buf: &mut Buffer) {
    let ctx = app.ctx(app.layout.details_title, false);
    if ctx.area.is_empty() {
        return;
    }
    let row = app.stream.selected().and_then(|id| app.view.snapshot.row(id));
    let words =
        row.map(|row| format!("{} {}", format::clock(row.time(), ctx.zone), row::event(row)));
    let focus = if matches!(app.layers.last(), Some(Layer::Details)) {
        Role::TitleFocused
    } else {
        Role::Title
    };
    let mut words = words.unwrap_or_else(|| "DETAILS".into());
    if let Some(run) = app.stream.run(&app.view).filter(|_| !app.is_details_open()) {
        let last = format::clock(run.last.time, ctx.zone);
        let (many, keys) = (format::count(u64::from(run.rows)), ctx.spell("{details} unfolds"));
        words = format!("{words} · one of {many} until {last}, folded: {keys}");
    }
    let title = bars::Title { x: 0, text: &words, style: ctx.style(focus) };
    let ends = app.layout.counts.bottom() == ctx.area.y && app.layout.has_counts();
    let mut joints: Vec<_> =
        ends.then(|| (app.layout.counts.x - ctx.area.x, Joint::Up)).into_iter().collect();
    let beside = around::title(app.stream.selected(), &ctx);
    let mut titles = vec![title];
    if !app.layout.around.is_empty() {
        let x = app.layout.around.x - ctx.area.x;
        joints.insert(0, (x, Joint::Down));
        titles.push(bars::Title { x: x + 1, text: &beside, style: ctx.style(Role::Title) });
    }
    let look = (ctx.style(Role::Divider), ctx.glyphs);
    bars::divider(buf, ctx.area, &titles, &joints, look);
}

fn draw_pick(app: &App, buf: &mut Buffer, pick: &Pick) -> Option<Position> {
    let ctx = app.ctx(app.layout.body, true);
    let height = (pick.choices.len() as u16 + 3).min(ctx.area.height.saturating_sub(2).max(3));
    let area = popup::centered(ctx.area, 90, height);
    let styles = (ctx.style(Role::Popup), ctx.style(Role::Title));
    let inside = popup::frame(buf, area, pick.title, styles, ctx.glyphs);
    pick.picker.draw(buf, inside, ctx.theme, ctx.glyphs)
}

/// The keys of the stream while it follows.
const STREAM: &[Action] = &[
    Action::Details,
    Action::Pivot,
    Action::Lineage,
    Action::Prompt,
    Action::Denied,
    Action::FoldAll,
    Action::Top,
    Action::Sources,
];

/// The keys of the stream in a replay.
const REPLAY: &[Action] = &[
    Action::Pause,
    Action::Step,
    Action::Slower,
    Action::Faster,
    Action::SkipBack,
    Action::SkipOn,
    Action::GoTo,
    Action::Details,
];

/// The keys of the stream while the cursor is held.
const HELD: &[Action] = &[
    Action::Details,
    Action::Pivot,
    Action::Lineage,
    Action::Context,
    Action::Prompt,
    Action::Denied,
    Action::Follow,
    Action::Sources,
];

/// The keys of the details.
const DETAILS: &[Action] = &[
    Action::Close,
    Action::Include,
    Action::Exclude,
    Action::FindInPane,
    Action::FoldAll,
    Action::Raw,
    Action::Explain,
    Action::Zoom,
    Action::CopyEvent,
];

/// The keys of two events side by side.
const COMPARE: &[Action] =
    &[Action::Close, Action::Next, Action::PageDown, Action::FoldAll, Action::Prompt];

/// The keys of the counts, with what they do there.
const COUNTS: &[(Action, &str)] = &[
    (Action::Details, "only these"),
    (Action::Exclude, "without them"),
    (Action::Pivot, "all of them"),
    (Action::FindInPane, "find a value"),
    (Action::Larger, "wider"),
    (Action::FocusNext, "next pane"),
    (Action::Counts, "hide"),
];

/// The keys while nothing came in yet, with what they do then.
const STARTING: &[(Action, &str)] = &[
    (Action::Sources, "sources"),
    (Action::Prompt, "filter"),
    (Action::Palette, "commands"),
    (Action::Quit, "leave"),
];

/// The keys of the timeline.
const TIMELINE: &[(Action, &str)] = &[
    (Action::Left, "earlier"),
    (Action::Right, "later"),
    (Action::Compare, "brush"),
    (Action::Details, "only this time"),
    (Action::Exclude, "without it"),
    (Action::Larger, "taller"),
    (Action::FocusNext, "next pane"),
    (Action::Timeline, "hide"),
];

/// The keys of the top view.
const TOP: &[(Action, &str)] = &[
    (Action::Details, "show events"),
    (Action::Exclude, "hide"),
    (Action::Order, "sort by next"),
    (Action::Right, "rank another key"),
    (Action::FocusNext, "next cell"),
    (Action::Prompt, "filter"),
    (Action::Close, "back"),
];

/// The keys of the denied lens.
const DENIED: &[(Action, &str)] = &[
    (Action::Details, "its events"),
    (Action::Before, "what changed before"),
    (Action::Lineage, "who really"),
    (Action::Exclude, "hide"),
    (Action::Order, "sort by next"),
    (Action::CopyText, "copy as text"),
    (Action::Close, "back"),
];

/// The keys of the sessions.
const SESSIONS: &[(Action, &str)] = &[
    (Action::Details, "its events"),
    (Action::Lineage, "who really"),
    (Action::Before, "what changed before"),
    (Action::Pivot, "pivot"),
    (Action::Mark, "mark"),
    (Action::Order, "sort by next"),
    (Action::Close, "back"),
];

/// The keys of the alerts.
const ALERTS: &[(Action, &str)] = &[
    (Action::Details, "its events"),
    (Action::Acknowledge, "acknowledge"),
    (Action::Mute, "mute"),
    (Action::Before, "what changed before"),
    (Action::Lineage, "who really"),
    (Action::Pivot, "all of the rule"),
    (Action::FocusNext, "what triggers did"),
    (Action::Close, "back"),
];

/// The keys of what triggers did.
const AUDIT: &[(Action, &str)] =
    &[(Action::Next, "older"), (Action::Details, "its event"), (Action::Close, "back")];

/// The keys of the help.
const HELP: &[(Action, &str)] = &[
    (Action::Next, "down"),
    (Action::PageDown, "page down"),
    (Action::Palette, "find one by its name"),
    (Action::Close, "close"),
];

/// The keys of the notebook.
const NOTEBOOK: &[(&str, &str)] = &[
    ("Enter", "show it"),
    ("e", "note"),
    ("d", "take away"),
    ("y", "copy as a timeline"),
    (":", "export"),
    ("q", "back"),
];

/// The keys that matter where one is.
fn draw_footer(app: &App, buf: &mut Buffer) {
    let ctx = app.ctx(app.layout.footer, true);
    if ctx.area.is_empty() {
        return;
    }
    if let Some(notice) = &app.notice {
        return footer::draw(buf, &ctx, Says::Notice(notice));
    }
    if let Some((first, mut next)) = app.keymap.pending() {
        // What works in the denied lens works nowhere else, and the other way round.
        let is_denied = matches!(app.layers.last(), Some(Layer::Denied));
        next.retain(|(_, action)| {
            let place = action.row().place;
            place == In::Anywhere || (place == In::Denied) == is_denied
        });
        return footer::draw(buf, &ctx, Says::Pending(&first, &next));
    }
    let says = match app.layers.last() {
        None if app.view.ledger.hand.is_some() && app.focus() == Focus::Stream => {
            Says::Keys(REPLAY)
        }
        None if starting::is_shown(&ctx) => Says::Named(STARTING),
        None if app.focus() == Focus::Counts => Says::Named(COUNTS),
        None if app.focus() == Focus::Timeline => Says::Named(TIMELINE),
        Some(Layer::Top) => Says::Named(TOP),
        Some(Layer::Denied) => Says::Named(DENIED),
        Some(Layer::Sessions) => Says::Named(SESSIONS),
        Some(Layer::Alerts) => Says::Named(ALERTS),
        Some(Layer::Audit) => Says::Named(AUDIT),
        None if matches!(ctx.live, Live::Hold(_) | Live::Paused(_)) => Says::Keys(HELD),
        None => Says::Keys(STREAM),
        Some(Layer::Details) if app.details.is_finding() => {
            Says::Mode(&[("Enter", "find"), ("Esc", "leave")])
        }
        Some(Layer::Details) => Says::Keys(DETAILS),
        Some(Layer::Prompt) => Says::Mode(&[
            ("Enter", "apply"),
            ("Tab", "complete"),
            ("↑↓", "choose or recall"),
            ("Esc", "restore"),
        ]),
        Some(Layer::Lineage(_)) => Says::Mode(&[
            ("Enter", "all of it"),
            ("s", "this session"),
            ("k", "this key"),
            ("Tab", "its tree"),
            ("y", "copy"),
            ("Esc", "leave"),
        ]),
        Some(Layer::Compare) => Says::Keys(COMPARE),
        Some(Layer::Explain) => {
            Says::Keys(&[Action::Close, Action::Next, Action::Lineage, Action::Context])
        }
        Some(Layer::Before(_)) => {
            Says::Named(&[(Action::Details, "show it in the stream"), (Action::Close, "back")])
        }
        Some(Layer::Notebook) => Says::Mode(NOTEBOOK),
        Some(Layer::Note(_)) => Says::Mode(&[("Enter", "keep it"), ("Esc", "leave")]),
        Some(Layer::Moment(_)) => Says::Mode(&[("Enter", "go there"), ("Esc", "leave")]),
        Some(Layer::Columns(_)) => Says::Mode(choosing::KEYS),
        Some(Layer::Menu(_)) => Says::Mode(&[("letter", "choose"), ("Esc", "leave")]),
        Some(Layer::Pick(_)) => Says::Mode(&[
            ("type", "to find"),
            ("↑↓", "choose"),
            ("Enter", "do it"),
            ("Esc", "leave"),
        ]),
        Some(Layer::Help) => Says::Named(HELP),
        Some(Layer::Sources | Layer::Log) => {
            Says::Keys(&[Action::Close, Action::Next, Action::PageDown, Action::Prompt])
        }
    };
    footer::draw(buf, &ctx, says);
}
