//! The palette: actions, views, presets, keys of filters, themes and contexts, found by their
//! letters; and the keys of every list to choose from.

use crate::app::history::step;
use crate::app::layers::{close, open};
use crate::app::muting;
use crate::app::noise;
use crate::app::notes;
use crate::app::route::{act, route};
use crate::app::state::{App, Chosen, Layer, Pick};
use crate::app::tape;
use crate::app::themes::{preview, take_theme};
use crate::app::update::prompt;
use crate::command::action::{ACTIONS, Action};
use crate::command::chord::{Chord, Key};
use crate::command::effect::Effect;
use crate::notebook::standing::Change;
use crate::pane::contract::{self, Reply};
use crate::pane::steps::edit_of;
use crate::query::help;
use crate::ui::list::Step;
use crate::ui::picker::Choice;

/// The title of the list of all commands.
const COMMANDS: &str = "COMMANDS";

/// Opens everything that has a name: what can be done first, then what can be shown.
pub(crate) fn open_palette(app: &mut App) {
    let mut picks = vec![];
    let mut choices = vec![];
    let mut offer = |label: String, detail: &str, note: &str, chosen: Chosen| {
        picks.push(Choice { label, detail: detail.to_owned(), note: note.to_owned() });
        choices.push(chosen);
    };
    for row in ACTIONS.iter().filter(|row| row.action != Action::Palette) {
        let key = app.keymap.keys(row.action).first().map_or("", String::as_str);
        offer(row.name.to_owned(), row.help, key, Chosen::Act(row.action));
    }
    for preset in app.options.presets.iter() {
        let name = format!("@{}", preset.name);
        offer(name.clone(), &preset.doc, "preset", Chosen::Filter(name));
    }
    for key in help::keys() {
        offer(format!("{}:", key.name), &key.doc, "field", Chosen::Key(key.name));
    }
    for name in app.options.themes.names() {
        let about = app.options.themes.about(name).unwrap_or_default();
        offer(format!("theme {name}"), &about, "theme", Chosen::Theme(name.to_owned()));
    }
    for (name, reads) in &app.options.contexts {
        let line = format!("trailtop @{name}");
        let detail = format!("another run, copied as `{line}`: {reads}");
        offer(format!("context {name}"), &detail, "context", Chosen::Copy(line));
    }
    let pick = Pick::new(COMMANDS, picks, choices);
    open(app, Layer::Pick(Box::new(pick)));
}

/// Opens the filter line with a key to be given a value.
fn type_key(app: &mut App, key: &str) -> Vec<Effect> {
    let mut effects = act(app, Action::Prompt);
    effects.extend(prompt(app, |prompt| prompt.paste(format!("{key}:"))));
    effects
}

/// A command that goes on behind its name.
enum Command {
    Note(String),
    Record(String),
}

impl Command {
    fn typed(pick: &Pick) -> Option<Self> {
        let typed = pick.picker.pattern().trim_start();
        let (name, rest) = typed.split_once(' ').filter(|_| pick.title == COMMANDS)?;
        match (name, rest.trim()) {
            ("note", text) => Some(Self::Note(text.to_owned())),
            ("record", file) if !file.is_empty() => Some(Self::Record(file.to_owned())),
            _ => None,
        }
    }

    fn follow(self, app: &mut App) -> Vec<Effect> {
        match self {
            Self::Note(text) => notes::on_selected(app, Some(text)),
            Self::Record(file) => tape::record(app, Some(file)),
        }
    }
}

/// Keys of a list to choose from.
pub(crate) fn pick(app: &mut App, chord: Chord) -> Vec<Effect> {
    let height = app.layout.body.height.saturating_sub(6).max(1);
    let Some(Layer::Pick(pick)) = app.layers.last_mut() else { return vec![] };
    match (chord.key, chord.ctrl) {
        (Key::Esc, _) => close(app),
        (Key::Down, _) | (Key::Char('n'), true) => pick.picker.step(Step::Down(1), height),
        (Key::Up, _) | (Key::Char('p'), true) => pick.picker.step(Step::Up(1), height),
        (Key::PageDown, _) => pick.picker.step(Step::PageDown, height),
        (Key::PageUp, _) => pick.picker.step(Step::PageUp, height),
        (Key::Enter, _) => {
            if let Some(command) = Command::typed(pick) {
                close(app);
                return command.follow(app);
            }
            let chosen = pick.chosen().cloned();
            close(app);
            return match chosen {
                Some(Chosen::Act(action)) => act(app, action),
                Some(Chosen::Filter(filter)) => step(app, |asked| asked.filter = filter),
                Some(Chosen::Term(term)) => {
                    route(app, Reply::Filter(contract::Change::Add, term), None)
                }
                Some(Chosen::Learn(lesson)) => noise::take(app, Change::Learn(lesson)),
                Some(Chosen::Forget(filter)) => noise::take(app, Change::Forget(filter)),
                Some(Chosen::Mute(mute)) => muting::take(app, Change::Learn(mute)),
                Some(Chosen::Unmute(key)) => muting::take(app, Change::Forget(key)),
                Some(Chosen::AcknowledgeRule(rule)) => muting::acknowledge(app, &rule),
                Some(Chosen::Key(key)) => type_key(app, key),
                Some(Chosen::Theme(name)) => {
                    take_theme(app, name);
                    vec![]
                }
                Some(Chosen::Copy(line)) => vec![Effect::Copy(line, "the command line")],
                None => vec![],
            };
        }
        _ => {
            if let Some(edit) = edit_of(chord) {
                pick.picker.edit(edit);
            }
        }
    }
    preview(app);
    vec![]
}
