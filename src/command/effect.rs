//! What the world must do: the only way the app reaches anything outside itself.

use crate::export::timeline::Export;
use crate::insight::lens::Lens;
use crate::notebook::book::Change;
use crate::notebook::learned::Lesson;
use crate::notebook::mutes::Mute;
use crate::notebook::standing;
use crate::query::question::{Folding, Question, ValuesWanted};
use crate::source::tape::hand::Wish;
use crate::store::segment::RowId;

/// A wish that the shell carries out.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Ask search for other rows.
    Search(Question),
    /// Ask search for values to complete with.
    Values(ValuesWanted),
    /// Ask search for other reckonings of the rows it shows.
    Lens(Lens),
    /// Ask search for other lines of the same rows.
    Fold(Folding),
    /// Mark or unmark a row.
    Mark(RowId, bool),
    /// Keep a change of the notebook beyond this run.
    Keep(Change),
    /// Keep what was learned to be noise, or forgotten.
    Learn(standing::Change<Lesson>),
    /// Keep what is muted, or heard again.
    Mute(standing::Change<Mute>),
    /// Make somebody look: ring, or whatever the terminal does instead. One line, safe to show.
    Notify(String),
    /// Read the files of rules again.
    ReloadRules,
    /// Forget what an actor or account is known to do, or all of them.
    Forget(Option<String>),
    /// Write an export into the current folder.
    Export(Box<Export>),
    /// Put text on the clipboard; the second says what it is, for the notice.
    Copy(String, &'static str),
    /// Write what was copied last into a file in the current folder.
    CopyToFile,
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Look at the trails now: a record says that one of them was touched.
    LookAtTrails,
    /// Move a recording that is played.
    Play(Wish),
    /// Mark the events of these accounts and ids whenever they come.
    Expect(Vec<(String, String)>),
    /// Record what comes in to a file of this name, or of one that is made up.
    Record(Option<String>),
    /// End the recording.
    EndRecording,
    /// Leave.
    Quit,
    /// Suspend to the shell.
    Suspend,
}
