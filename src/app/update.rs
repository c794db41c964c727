//! What each message does to the state: one total function, and the wishes it leaves behind.

use std::sync::Arc;

use crate::app::ages;
use crate::app::ask;
use crate::app::bell;
use crate::app::copy;
use crate::app::habits;
use crate::app::history::{self, ask_again, context, refilter, step, travel};
use crate::app::layers::{
    choose, close, look_at, open, open_before, open_columns, open_explain, open_lineage, open_menu,
    open_presets, relayout, toggle_counts, toggle_timeline,
};
use crate::app::lens;
use crate::app::mouse;
use crate::app::msg::Msg;
use crate::app::muting;
use crate::app::nearest;
use crate::app::noise;
use crate::app::notes;
use crate::app::palette::{open_palette, pick};
use crate::app::reading;
use crate::app::resize;
use crate::app::route::{act, next_focus, route};
use crate::app::session;
use crate::app::state::{App, Focus, Layer};
use crate::app::tape;
use crate::app::themes::{open_themes, preview};
use crate::command::action::{Action, In};
use crate::command::chord::{Chord, Key};
use crate::command::effect::Effect;
use crate::command::keymap::Press;
use crate::engine::search::News;
use crate::engine::view::View;
use crate::export::timeline::Form;
use crate::pane::alerts::Alerts;
use crate::pane::contract::{Asked, Change, Reply, Verbs, WINDOWS};
use crate::pane::prompt::Typed;
use crate::query::question::{Asker, Order, Question, ValuesWanted};
use crate::ui::input::Edit;

/// Takes a message in.
pub fn update(app: &mut App, msg: Msg) -> Vec<Effect> {
    let mut effects = take(app, msg);
    reading::follow(app);
    history::follow(app);
    // Whatever has changed on the screen, what is reckoned for it follows.
    effects.extend(lens::ask(app));
    effects.extend(notes::follow(app));
    muting::follow(app);
    effects
}

fn take(app: &mut App, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Chord(chord) => {
            (app.notice, app.grip) = (None, None);
            press(app, chord)
        }
        Msg::Paste(text) => paste(app, text),
        Msg::Tick(now) => {
            app.ticked = now;
            vec![]
        }
        Msg::Pointer(pointer) => mouse::take(app, pointer),
        Msg::Size(screen) => {
            session::resize(app, screen);
            relayout(app);
            vec![]
        }
        Msg::News(News::View(view)) => accept(app, view),
        Msg::News(News::Values(asker, id, values)) => {
            match asker {
                Asker::Prompt => app.prompt.values(id, &values),
                Asker::Nearest => nearest::take(app, id, &values),
            }
            vec![]
        }
        Msg::News(News::Insight(insight)) => {
            lens::accept(app, insight);
            vec![]
        }
        Msg::Notice(said) => habits::heard(app, said),
        Msg::Recording(file) => {
            app.say(format!(
                "what is here and what comes in is recorded to {file} · :record ends it"
            ));
            app.recording = Some(file);
            vec![]
        }
        Msg::Records(told, file) => {
            tape::records(app, &told, &file);
            vec![]
        }
        Msg::Recorded(said) => {
            app.recording = None;
            app.say(said);
            vec![]
        }
        Msg::Fired(entry) => {
            if let Some(trouble) = entry.trouble() {
                app.say(trouble);
            }
            app.audit.add(*entry);
            vec![]
        }
        Msg::Suspend => vec![Effect::Suspend],
        // The shell asks for the new size itself and answers with `Size`; when to draw is its own.
        Msg::Resized | Msg::Continued | Msg::Written | Msg::Seen(_) => vec![],
        Msg::Lost => vec![Effect::Quit],
    }
}

/// The question that the program starts with.
pub fn first_question(app: &mut App) -> Question {
    app.question = 1;
    let asked = ask::question(&app.asked, 1, app.known());
    asked.unwrap_or_else(|_| {
        app.asked.filter.clear();
        ask::question(&app.asked, 1, app.known()).expect("an empty filter is valid")
    })
}

fn press(app: &mut App, chord: Chord) -> Vec<Effect> {
    if chord.alt && !app.keymap.knows(chord) {
        // Esc and a key that arrive together, as over a slow link, look like Alt and the key; by
        // itself no action is bound to Alt.
        let mut effects = press(app, Chord::plain(Key::Esc));
        effects.extend(press(app, Chord { alt: false, ..chord }));
        return effects;
    }
    let quits = chord == Chord::ctrl(Key::Char('c'));
    match app.layers.last_mut() {
        Some(Layer::Prompt) => return prompt(app, |prompt| prompt.press(chord)),
        Some(Layer::Menu(menu)) if !quits => {
            let reply = menu.press(chord);
            return route(app, reply, None);
        }
        Some(Layer::Columns(choosing)) if !quits => {
            let columns = app.columns.of_mut(choosing.table);
            let reply = choosing.press(chord, columns, app.layout.stream.width);
            return route(app, reply, None);
        }
        Some(Layer::Lineage(lineage)) if !quits => {
            let mut lineage = *lineage;
            let reply = lineage.press(chord, &app.ctx(app.layout.body, true));
            if let Some(Layer::Lineage(open)) = app.layers.last_mut() {
                *open = lineage;
            }
            return route(app, reply, None);
        }
        Some(Layer::Pick(_)) if !quits => return pick(app, chord),
        Some(Layer::Note(line)) if !quits => {
            let written = line.press(chord);
            return notes::written(app, written);
        }
        Some(Layer::Moment(line)) if !quits => {
            let typed = line.press(chord);
            return tape::typed(app, typed);
        }
        Some(Layer::Notebook) if !quits => {
            let reply = app.notes.press(chord, &app.ctx(app.layout.body, true));
            if !matches!(reply, Reply::Ignored) {
                return route(app, reply, None);
            }
        }
        Some(Layer::Details) if app.details.is_finding() && !quits => {
            let reply = app.lend(
                |app| &mut app.details,
                app.layout.details,
                |details, ctx| details.press(chord, ctx),
            );
            return route(app, reply, None);
        }
        _ => {}
    }
    match app.keymap.press(chord) {
        Press::Action(action) => act(app, action),
        Press::Pending => vec![],
        Press::Unbound => {
            let help = app.keymap.spell("{help} shows all keys");
            app.say(format!("{chord} is not bound · {help}"));
            vec![]
        }
    }
}

fn paste(app: &mut App, text: String) -> Vec<Effect> {
    match app.layers.last_mut() {
        Some(Layer::Prompt) => return prompt(app, |prompt| prompt.paste(text)),
        Some(Layer::Note(line)) => line.paste(text),
        Some(Layer::Moment(line)) => line.paste(text),
        Some(Layer::Pick(pick)) => {
            pick.picker.edit(Edit::Paste(text));
            preview(app);
        }
        Some(Layer::Details) if app.details.is_finding() => app.details.paste(text),
        _ => app.tell("pasted text goes into a line that is typed: {filter} opens one"),
    }
    vec![]
}

/// Lets the filter line work on a key or a paste and does what it leads to.
pub(crate) fn prompt(
    app: &mut App,
    work: impl FnOnce(&mut crate::pane::prompt::Prompt) -> (Typed, Option<ValuesWanted>),
) -> Vec<Effect> {
    let (typed, wanted) = work(&mut app.prompt);
    let wanted = wanted.map(|wanted| values_among(app, wanted));
    let mut effects = vec![];
    match typed {
        Typed::Nothing => {}
        Typed::Filter(filter) => effects.extend(refilter(app, filter)),
        Typed::Apply(filter) | Typed::Restore(filter) => {
            app.layers.pop();
            effects.extend(refilter(app, filter));
        }
    }
    // Values that are counted over the rows shown are asked for after those rows.
    effects.extend(wanted.map(Effect::Values));
    effects
}

/// Counts the values among the rows of all terms but the one that is typed: those rows are as
/// they will be before it, whatever half of it has been typed.
fn values_among(app: &App, wanted: ValuesWanted) -> ValuesWanted {
    let asked = Asked { filter: wanted.rest.clone(), ..app.asked.clone() };
    let among = ask::question(&asked, wanted.id, app.known()).ok();
    ValuesWanted { among, ..wanted }
}

/// What the app does itself.
#[expect(clippy::too_many_lines, reason = "one arm an action: a table, not a story")]
pub(crate) fn global(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Quit => return vec![Effect::Quit],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Close => {
            if app.layers.is_empty() && app.focus() != Focus::Stream {
                (app.focus, app.zoom) = (Focus::Stream, false);
                relayout(app);
            } else if app.layers.is_empty() {
                return root_close(app);
            } else {
                close(app);
            }
        }
        Action::Prompt => {
            app.layers.retain(|layer| matches!(layer, Layer::Details) || layer.has_body());
            let wanted = app.prompt.open(&app.asked.filter);
            app.layers.push(Layer::Prompt);
            let wanted = wanted.map(|wanted| values_among(app, wanted));
            return wanted.map(Effect::Values).into_iter().collect();
        }
        Action::Details => match app.near.take().filter(|_| app.view.is_empty()) {
            Some(near) => return step(app, |asked| asked.filter = near.filter),
            None => open(app, Layer::Details),
        },
        Action::Help => open(app, Layer::Help),
        Action::Sources => open(app, Layer::Sources),
        Action::Log => open(app, Layer::Log),
        Action::Notebook => open(app, Layer::Notebook),
        Action::Note => return notes::on_selected(app, None),
        Action::ExportTimeline => return notes::export(app, Form::Timeline),
        Action::ExportJson => return notes::export(app, Form::Json),
        Action::ExportCsv => return notes::export(app, Form::Csv),
        Action::ExportNdjson => return notes::export(app, Form::Ndjson),
        Action::Palette => open_palette(app),
        Action::Presets => open_presets(app),
        Action::Lineage => open_lineage(app),
        Action::Explain => open_explain(app),
        Action::Columns => open_columns(app),
        Action::Compare => choose(app),
        Action::Pivot => open_menu(app, Change::Replace),
        Action::Include => open_menu(app, Change::Add),
        Action::Exclude => open_menu(app, Change::Exclude),
        Action::Pause if tape::is_played(app) => return tape::act(app, action),
        Action::Pause => pause(app),
        Action::Step
        | Action::Faster
        | Action::Slower
        | Action::SkipBack
        | Action::SkipOn
        | Action::LeapBack
        | Action::LeapOn
        | Action::GoTo
        | Action::GoToAlert => return tape::act(app, action),
        Action::Record => return tape::record(app, None),
        Action::Follow | Action::Last => {
            app.paused = false;
            app.view = Arc::clone(&app.latest);
            lens::show(app, Arc::clone(&app.latest_insight));
            app.layers.clear();
            app.focus = Focus::Stream;
            relayout(app);
            return act(app, Action::Last);
        }
        Action::FocusNext => next_focus(app, true),
        Action::FocusPrevious => next_focus(app, false),
        Action::Larger => resize::by_key(app, true),
        Action::Smaller => resize::by_key(app, false),
        Action::AroundWider => resize::around(app, true),
        Action::AroundNarrower => resize::around(app, false),
        Action::UsualSizes => resize::reset(app),
        Action::Counts => toggle_counts(app),
        Action::Timeline => toggle_timeline(app),
        Action::Top => open(app, Layer::Top),
        Action::Denied => open(app, Layer::Denied),
        Action::Sessions => open(app, Layer::Sessions),
        Action::Alerts => open(app, Layer::Alerts),
        Action::Audit => open(app, Layer::Audit),
        Action::NextAlert | Action::Acknowledge => {
            let does = if action == Action::NextAlert { Alerts::next } else { Alerts::acknowledge };
            let reply = app.lend(|app| &mut app.alerts, app.layout.body, does);
            relayout(app);
            return route(app, reply, None);
        }
        Action::Before => open_before(app),
        Action::Zoom => {
            app.zoom = !app.zoom;
            if app.zoom && !app.is_details_open() && app.focus() != Focus::Counts {
                open(app, Layer::Details);
            }
            relayout(app);
        }
        Action::Window(window) => {
            return step(app, |asked| asked.window = usize::from(window).min(WINDOWS.len() - 1));
        }
        Action::Order => {
            return step(app, |asked| {
                asked.order = if asked.order == Order::Time { Order::Arrival } else { Order::Time };
            });
        }
        Action::Verbs => {
            return step(app, |asked| {
                asked.verbs = match asked.verbs {
                    Verbs::All => Verbs::Writes,
                    Verbs::Writes => Verbs::Danger,
                    Verbs::Danger => Verbs::All,
                };
            });
        }
        Action::Errors => return look_at(app, "@errors", false),
        Action::SignIns => return look_at(app, "@login", false),
        Action::Changes => return look_at(app, "@writes err:none", true),
        Action::DeniedOnly => return step(app, |asked| asked.denied = !asked.denied),
        Action::Learn => noise::offer(app),
        Action::Learned => noise::list(app),
        Action::Mute => muting::offer(app),
        Action::Muted => muting::list(app),
        Action::Noise => return step(app, |asked| asked.quiet = !asked.quiet),
        Action::ClearFilter => {
            return step(app, |asked| {
                *asked = Asked {
                    window: asked.window,
                    quiet: asked.quiet,
                    order: asked.order,
                    ..Asked::default()
                };
            });
        }
        Action::Back => return travel(app, false),
        Action::Forward => return travel(app, true),
        Action::Context => return context(app),
        Action::Zone => ages::next(app),
        Action::Ago => ages::toggle(app),
        Action::Theme => open_themes(app),
        Action::ReloadRules => return vec![Effect::ReloadRules],
        Action::Baseline => app.say(habits::told(app)),
        Action::ForgetActor => return habits::forget_actor(app),
        Action::ForgetAll => return vec![Effect::Forget(None)],
        Action::Mouse => return mouse::toggle(app),
        Action::CopyFile => return vec![Effect::CopyToFile],
        Action::Mark => {
            let reply = app.lend(
                |app| &mut app.stream,
                app.layout.stream,
                |stream, ctx| stream.act(Action::Mark, ctx),
            );
            return route(app, reply, None);
        }
        Action::CopyCommand => {
            let known = app.known();
            let noise = known.learned.noise(app.now());
            let text = copy::command(&app.asked, &noise, &app.options.sources);
            return vec![Effect::Copy(text, "the command line")];
        }
        Action::CopyEvent
        | Action::CopyId
        | Action::CopyActor
        | Action::CopyTarget
        | Action::CopyKey
        | Action::CopyLink => {
            return copy::copy_row(app, action);
        }
        Action::Next
        | Action::Previous
        | Action::First
        | Action::PageDown
        | Action::PageUp
        | Action::Left
        | Action::Right
        | Action::Header
        | Action::FindInPane
        | Action::Highlight
        | Action::NextHit
        | Action::PreviousHit
        | Action::NextError
        | Action::PreviousError
        | Action::NextMark
        | Action::PreviousMark
        | Action::Wrap
        | Action::Raw
        | Action::Reveal
        | Action::FoldAll
        | Action::CopyText => elsewhere(app, action),
    }
    vec![]
}

/// A key that does nothing here says where it works.
pub(crate) fn elsewhere(app: &mut App, action: Action) {
    let row = action.row();
    if row.place != In::Anywhere {
        let (name, place) = (row.name, row.place.words());
        app.tell(&match app.keymap.keys(action) {
            [] => format!("{name} works {place}"),
            _ => format!("{{{name}}} ({name}) works {place}"),
        });
    }
}

/// Esc at the root closes nothing and clears nothing; `q` leaves. Both come here as one action, so
/// the key decides.
fn root_close(app: &mut App) -> Vec<Effect> {
    if app.origin.is_some() {
        return context(app);
    }
    match app.keymap.last() {
        Some(Chord { key: Key::Esc, .. }) => {
            let closes = app.keymap.keys(Action::Close).iter().find(|key| *key != "Esc");
            let leaves = closes.map_or("{quit} leaves".to_owned(), |key| format!("{key} leaves"));
            let clears =
                if app.asked.filter.is_empty() { "" } else { " · {clear} clears the filter" };
            app.tell(&format!("nothing is open · {leaves}{clears}"));
            vec![]
        }
        _ => vec![Effect::Quit],
    }
}

/// Takes an answer of search; answers to old questions fall on the floor.
fn accept(app: &mut App, view: Arc<View>) -> Vec<Effect> {
    if view.question != app.question {
        return vec![];
    }
    let are_named = ask::learn_names(app, &view);
    habits::tell_judged(app, &view);
    let is_touched = app.latest.ledger.holes.len() != view.ledger.holes.len();
    let mut effects: Vec<Effect> = is_touched.then_some(Effect::LookAtTrails).into_iter().collect();
    // A pause holds the list of one question: the first whole answer to another one is shown, and
    // stands still from then on.
    let is_same = (app.view.question, app.view.folding) == (view.question, view.folding);
    let is_frozen = app.paused && is_same && !app.view.partial;
    if app.latest.question != view.question || app.latest.partial {
        // Another list has another length; what comes in is counted from here.
        app.held = app.held.map(|_| view.len());
    }
    effects.extend(tape::follow(app, &view));
    app.latest = Arc::clone(&view);
    notes::tell_evicted(app);
    if is_frozen {
        // The rows stand still, their bytes do not: what was evicted is drawn as such.
        let mut frozen = (*app.view).clone();
        frozen.snapshot = view.snapshot.clone();
        frozen.ledger = Arc::clone(&view.ledger);
        app.view = Arc::new(frozen);
    } else {
        app.view = view;
    }
    muting::renew(app);
    effects.extend(bell::ring(app));
    if !is_frozen {
        reading::settle(app);
    }
    if let Some(row) = app.awaited
        && (!app.view.partial || app.view.holds(row, app.asked.order))
    {
        app.awaited = None;
        select(app, row);
    }
    load_details(app);
    if are_named {
        effects.extend(ask_again(app));
    }
    // Asked once for each question that found nothing.
    let is_new = app.looked != app.question;
    if !app.view.is_empty() || app.view.partial || !is_new {
        return effects;
    }
    app.looked = app.question;
    app.near = None;
    effects.extend(nearest::wanted(app).map(Effect::Values));
    effects
}

pub(crate) fn select(app: &mut App, row: crate::store::segment::RowId) {
    let height = app.stream_height();
    app.stream.select(&app.view, row, app.asked.order, height);
    app.held = Some(app.latest.len());
    load_details(app);
}

pub(crate) fn load_details(app: &mut App) {
    let selected = app.stream.selected();
    app.lend(
        |app| &mut app.details,
        app.layout.details,
        |details, ctx| {
            details.load(selected.and_then(|id| ctx.view.snapshot.row(id)), ctx);
        },
    );
}

fn pause(app: &mut App) {
    app.paused = !app.paused;
    if !app.paused {
        app.view = Arc::clone(&app.latest);
        reading::settle(app);
        load_details(app);
        lens::show(app, Arc::clone(&app.latest_insight));
    }
}

#[cfg(test)]
#[path = "update_tests.rs"]
mod tests;
