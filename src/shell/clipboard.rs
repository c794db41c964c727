//! The clipboard over SSH: OSC 52, through tmux or GNU screen where one of them is in between.
//! Nothing acknowledges it, so the notice says "sent", never "copied".

use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::Sender;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::app::msg::Msg;
use crate::shell::keeper::written;
use crate::shell::start::spawn;

/// The most bytes sent. Terminals cut longer sequences without a word; nothing is sent then.
pub const MAX_BYTES: usize = 74_994;

/// How a text gets to the clipboard.
#[derive(Debug)]
pub enum Way {
    /// By these bytes for the terminal; and that, in words.
    Terminal(Vec<u8>, &'static str),
    /// tmux loads it itself: it drops a program's OSC 52 by default.
    Tmux,
}

/// How a text gets to the clipboard from here; `None` where it is too long.
pub fn way(text: &str) -> Option<Way> {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if text.len() > MAX_BYTES {
        return None;
    }
    if set("TMUX") {
        return Some(Way::Tmux);
    }
    let sequence = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
    Some(match set("STY") {
        true => Way::Terminal(screen(&sequence), "sent to the clipboard (OSC 52 through screen)"),
        false => Way::Terminal(sequence.into_bytes(), "sent to the clipboard (OSC 52)"),
    })
}

/// Lets tmux load a text, on a thread of its own, and says how that went.
/// `what` it is goes with what else is offered.
pub fn through_tmux(
    text: String,
    (what, offer): (&'static str, String),
    msgs: Sender<Msg>,
) -> anyhow::Result<()> {
    spawn("clipboard", move || {
        let said = match tmux(&text) {
            Ok(()) => format!("{what} sent to the clipboard (tmux) · {offer}"),
            Err(why) => format!("{what} was not sent: tmux load-buffer: {why} · {offer}"),
        };
        // The screen may have gone first.
        msgs.send(Msg::Notice(said)).ok();
    })?;
    Ok(())
}

/// Writes what was copied into a file of the current folder, on a thread of its own, and says where.
pub fn to_file(text: String, what: &'static str, msgs: Sender<Msg>) -> anyhow::Result<()> {
    spawn("copy", move || {
        let name = if text.starts_with('{') { "trailtop-copy.json" } else { "trailtop-copy.txt" };
        let said = match written(Path::new("."), name, text.as_bytes()) {
            Ok(name) => format!("{what} written to {name}"),
            Err(why) => format!("{what} was not written: {why}"),
        };
        // The screen may have gone first.
        msgs.send(Msg::Notice(said)).ok();
    })?;
    Ok(())
}

fn tmux(text: &str) -> io::Result<()> {
    let mut child = Command::new("tmux")
        .args(["load-buffer", "-w", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    // Waited for even where it takes no more, so that no dead process is left behind.
    let written = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(text.as_bytes()));
    match child.wait()?.success() {
        true => written,
        false => Err(io::Error::other("it failed")),
    }
}

/// GNU screen passes a sequence on in pieces of less than 768 bytes.
fn screen(sequence: &str) -> Vec<u8> {
    let pieces = sequence.as_bytes().chunks(700);
    pieces.flat_map(|piece| [b"\x1bP", piece, b"\x1b\\"].concat()).collect()
}
