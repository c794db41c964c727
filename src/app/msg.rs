//! What happened.

use crate::command::chord::Chord;
use crate::command::pointer::Pointer;
use crate::engine::search::News;
use crate::event::time::Timestamp;
use crate::source::tape::recorder::Stage;
use crate::trigger::audit::Entry;

/// Everything that can wake the program.
#[derive(Debug)]
pub enum Msg {
    /// A key was pressed.
    Chord(Chord),
    /// The mouse was used.
    Pointer(Pointer),
    /// Text was pasted.
    Paste(String),
    /// It is this time now: what says how long ago something was is told anew.
    Tick(Timestamp),
    /// The terminal has another size.
    Resized,
    /// The screen is this large now.
    Size(ratatui::layout::Rect),
    /// Search has an answer.
    News(News),
    /// Somebody has something to say.
    Notice(String),
    /// A recording runs from now on, to the file of this name.
    Recording(String),
    /// How far the recording to the file of this name has come with what was here before it.
    Records(Stage, String),
    /// The recording has ended; what there is to say of it.
    Recorded(String),
    /// A trigger did something.
    Fired(Box<Entry>),
    /// The system asks to suspend.
    Suspend,
    /// Somebody had stopped us, and we go on.
    Continued,
    /// The terminal has taken what it was sent.
    Written,
    /// Whether somebody looks, as far as the terminal knows.
    Seen(bool),
    /// The terminal is gone.
    Lost,
}
