//! What is to be reckoned beside the rows: asked for whenever what is on the screen changes, and the
//! chips made of the answers.

use std::sync::Arc;

use crate::app::ask;
use crate::app::state::{App, Layer};
use crate::command::action::Action;
use crate::command::effect::Effect;
use crate::insight::denied::{Moment, Sort};
use crate::insight::lens::{Insight, Lens};
use crate::insight::sessions::SessionsWanted;
use crate::insight::top::TopWanted;
use crate::pane::chips::Chip;
use crate::pane::contract::{Asked, WINDOWS};
use crate::pane::{prompt, timeline};
use crate::store::segment::RowId;

/// The most terms whose costs are counted: each is one more question over every row.
const CHIPS: usize = 12;

/// The reckonings that were asked for last.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    id: u64,
    what: What,
    /// The terms whose costs are counted, in the order of [`Lens::without`].
    terms: Vec<String>,
}

/// What the screen shows of reckonings.
#[derive(Debug, Clone, Default, PartialEq)]
struct What {
    counts: bool,
    cells: u16,
    top: Option<TopWanted>,
    denied: Option<Sort>,
    sessions: Option<SessionsWanted>,
    before: Option<Moment>,
    family: Option<RowId>,
    around: Option<RowId>,
    /// Whether the chatter is counted by who makes it.
    noise: bool,
    instead: Instead,
}

/// What is counted beside the rows that are shown.
#[derive(Debug, Clone, Default, PartialEq)]
enum Instead {
    /// Nothing.
    #[default]
    Nothing,
    /// The rows without each part of what was asked.
    Chips(Asked),
    /// The rows of these filters.
    Menu(Asked, Vec<String>),
}

impl What {
    fn of(app: &App) -> Self {
        let shows = |of: fn(&Layer) -> bool| app.layers.iter().any(of);
        let is_top = shows(|layer| matches!(layer, Layer::Top));
        let is_denied = shows(|layer| matches!(layer, Layer::Denied));
        let is_sessions = shows(|layer| matches!(layer, Layer::Sessions));
        let popup = app.layers.iter().find_map(|layer| {
            if let Layer::Before(before) = layer { Some(before.moment()) } else { None }
        });
        let lineage = app.layers.iter().find_map(|layer| {
            if let Layer::Lineage(lineage) = layer { Some(lineage.row()) } else { None }
        });
        // The counts go on while their values are looked through.
        let cells = if app.layout.has_timeline() { timeline::cells(app.screen.width) } else { 0 };
        Self {
            counts: app.layout.has_counts(),
            cells,
            top: is_top.then(|| app.top.wanted()),
            denied: is_denied.then(|| app.denied.wanted()),
            sessions: is_sessions.then(|| app.sessions.wanted()),
            family: lineage,
            around: app.around(),
            before: popup.or_else(|| app.denied.moment().filter(|_| is_denied)),
            noise: app.asked.quiet && app.screen.width >= prompt::WIDE,
            instead: match app.layers.last() {
                Some(Layer::Prompt) => Instead::Chips(app.asked.clone()),
                Some(Layer::Menu(menu)) => {
                    let filter = &app.asked.filter;
                    let terms = menu.terms();
                    let filters = terms.map(|(change, term)| ask::changed(filter, change, term));
                    Instead::Menu(app.asked.clone(), filters.collect())
                }
                _ => Instead::Nothing,
            },
        }
    }
}

/// The wish for other reckonings, where the screen shows others than those asked for.
pub(crate) fn ask(app: &mut App) -> Option<Effect> {
    let what = What::of(app);
    if what == app.wanted.what {
        return None;
    }
    let known = app.known();
    let (terms, without) = match &what.instead {
        Instead::Nothing => (vec![], vec![]),
        Instead::Chips(asked) => {
            ask::without(asked, (known.presets, known.context), app.keymap.key(Action::Verbs))
                .into_iter()
                .take(CHIPS)
                .unzip()
        }
        Instead::Menu(asked, filters) => (vec![], ask::instead(asked, filters, known)),
    };
    app.wanted = Wanted { id: app.wanted.id + 1, what, terms };
    let What { counts, cells, top, denied, sessions, before, family, around, noise, .. } =
        app.wanted.what.clone();
    let id = app.wanted.id;
    Some(Effect::Lens(Lens {
        id,
        counts,
        cells,
        top,
        denied,
        sessions,
        before,
        noise,
        family,
        around,
        without,
    }))
}

/// Takes reckonings. A pause holds those of one question and lens.
pub(crate) fn accept(app: &mut App, insight: Arc<Insight>) {
    let is_same = app.insight.question == insight.question && app.insight.lens == insight.lens;
    app.latest_insight = Arc::clone(&insight);
    if !(app.paused && is_same) {
        show(app, insight);
    }
}

/// Shows reckonings.
pub(crate) fn show(app: &mut App, insight: Arc<Insight>) {
    app.insight = insight;
    app.top.accept(&app.insight);
    app.denied.accept(&app.insight);
    app.sessions.accept(&app.insight);
}

/// How many rows each line of the menu leads to, as far as is known.
pub(crate) fn instead(app: &App) -> &[usize] {
    let insight = &app.insight;
    match insight.question == app.question && insight.lens == app.wanted.id {
        true => &insight.without,
        false => &[],
    }
}

/// What each part of what was asked hides: the terms, the window, the noise.
pub(crate) fn chips(app: &App) -> Vec<Chip> {
    let (insight, view) = (&app.insight, &app.view);
    let is_answer = insight.question == app.question && insight.lens == app.wanted.id;
    let mut chips: Vec<Chip> = vec![];
    for (at, term) in app.wanted.terms.iter().enumerate() {
        let rows = insight.without.get(at).filter(|_| is_answer);
        let hides = rows.map(|rows| rows.saturating_sub(insight.rows) as u64);
        chips.push(Chip { term: term.clone(), hides });
    }
    let is_whole = view.question == app.question && !view.partial;
    let known = |hides: usize| Some(hides as u64).filter(|_| is_whole);
    if WINDOWS[app.asked.window].0.is_some() {
        let outside = view.snapshot.len().saturating_sub(view.in_window);
        chips.push(Chip { term: WINDOWS[app.asked.window].1.into(), hides: known(outside) });
    }
    if app.asked.quiet {
        chips.push(Chip { term: app.keymap.spell("noise ({noise})"), hides: known(view.hidden) });
    }
    chips
}
