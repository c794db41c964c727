//! The input thread: the terminal's events become messages.

use std::sync::mpsc::Sender;
use std::thread;

use ratatui::crossterm::event::{
    self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent,
    MouseEventKind,
};

use crate::app::msg::Msg;
use crate::command::chord::{Chord, Key};
use crate::command::pointer::{Deed, Pointer};

/// Starts reading the terminal.
pub fn listen(msgs: Sender<Msg>) -> std::io::Result<()> {
    thread::Builder::new().name("input".into()).spawn(move || {
        loop {
            let msg = match event::read() {
                Ok(Event::Key(key)) if key.kind != KeyEventKind::Release => {
                    chord(key).map(Msg::Chord)
                }
                Ok(Event::Paste(text)) => Some(Msg::Paste(text)),
                Ok(Event::Mouse(event)) => pointer(event).map(Msg::Pointer),
                Ok(Event::FocusGained) => Some(Msg::Seen(true)),
                Ok(Event::FocusLost) => Some(Msg::Seen(false)),
                // Other sizes are learnt from the signal.
                Ok(_) => None,
                // The terminal is gone; there is nothing left to listen to.
                Err(_) => Some(Msg::Lost),
            };
            let lost = matches!(msg, Some(Msg::Lost));
            if msg.is_some_and(|msg| msgs.send(msg).is_err()) || lost {
                return;
            }
        }
    })?;
    Ok(())
}

/// Keys of the terminal library by ours.
const KEYS: [(KeyCode, Key); 14] = [
    (KeyCode::Enter, Key::Enter),
    (KeyCode::Esc, Key::Esc),
    (KeyCode::Tab, Key::Tab),
    (KeyCode::BackTab, Key::BackTab),
    (KeyCode::Backspace, Key::Backspace),
    (KeyCode::Delete, Key::Delete),
    (KeyCode::Up, Key::Up),
    (KeyCode::Down, Key::Down),
    (KeyCode::Left, Key::Left),
    (KeyCode::Right, Key::Right),
    (KeyCode::Home, Key::Home),
    (KeyCode::End, Key::End),
    (KeyCode::PageUp, Key::PageUp),
    (KeyCode::PageDown, Key::PageDown),
];

fn chord(event: KeyEvent) -> Option<Chord> {
    let key = match event.code {
        KeyCode::Char(c) => Key::Char(c),
        code => KEYS.iter().find(|(theirs, _)| *theirs == code)?.1,
    };
    let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
    let alt = event.modifiers.contains(KeyModifiers::ALT);
    Some(Chord { key, ctrl, alt })
}

/// What the mouse did, where it means anything to us.
fn pointer(event: MouseEvent) -> Option<Pointer> {
    let deed = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => Deed::Press,
        MouseEventKind::Drag(MouseButton::Left) => Deed::Drag,
        MouseEventKind::Up(MouseButton::Left) => Deed::Release,
        MouseEventKind::ScrollUp => Deed::WheelUp,
        MouseEventKind::ScrollDown => Deed::WheelDown,
        MouseEventKind::Down(_)
        | MouseEventKind::Drag(_)
        | MouseEventKind::Up(_)
        | MouseEventKind::Moved
        | MouseEventKind::ScrollLeft
        | MouseEventKind::ScrollRight => return None,
    };
    Some(Pointer { deed, x: event.column, y: event.row })
}
