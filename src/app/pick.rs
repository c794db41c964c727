//! The keys of a list to choose from, and what choosing does.

use crate::app::history::step;
use crate::app::layers::{COMMANDS, close};
use crate::app::noise;
use crate::app::notes;
use crate::app::route::{act, route};
use crate::app::state::{App, Chosen, Layer};
use crate::app::tape;
use crate::command::chord::{Chord, Key};
use crate::command::effect::Effect;
use crate::pane::contract::{Change, Reply};
use crate::ui::input::Edit;
use crate::ui::list::Step;

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
        (Key::Backspace, _) => pick.picker.edit(Edit::Backspace),
        (Key::Char('u'), true) => pick.picker.edit(Edit::ClearLeft),
        (Key::Char(c), false) => pick.picker.edit(Edit::Insert(c)),
        (Key::Enter, _) => {
            let typed = pick.picker.pattern().trim_start().split_once(' ');
            let typed = typed.filter(|_| pick.title == COMMANDS);
            let typed = typed.map(|(word, text)| (word.to_owned(), text.trim().to_owned()));
            match typed.as_ref().map(|(word, text)| (&**word, text.clone())) {
                Some(("note", text)) => {
                    close(app);
                    return notes::on_selected(app, Some(text));
                }
                Some(("record", name)) if !name.is_empty() => {
                    close(app);
                    return tape::record(app, Some(name));
                }
                _ => {}
            }
            let chosen = pick.picker.selected().and_then(|at| pick.choices.get(at).cloned());
            close(app);
            return match chosen {
                Some(Chosen::Act(action)) => act(app, action),
                Some(Chosen::Filter(filter)) => step(app, |asked| asked.filter = filter),
                Some(Chosen::Term(term)) => route(app, Reply::Filter(Change::Add, term), None),
                Some(Chosen::Learn(lesson)) => noise::take(app, noise::Change::Learn(lesson)),
                Some(Chosen::Forget(filter)) => noise::take(app, noise::Change::Forget(filter)),
                None => vec![],
            };
        }
        _ => {}
    }
    vec![]
}
