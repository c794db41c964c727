//! The clipboard over SSH: OSC 52, through tmux or GNU screen where one of them is in between.
//! Nothing acknowledges it, so the notice says "sent", never "copied".

use std::io::{self, Write};
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The most bytes sent. Terminals cut longer sequences without a word; nothing is sent then.
pub const MAX_BYTES: usize = 74_994;

/// How a text was sent, in words; or why not.
pub fn send(text: &str) -> Result<&'static str, String> {
    if text.len() > MAX_BYTES {
        return Err(format!(
            "{} bytes are too many for a terminal's clipboard ({MAX_BYTES} at most); `trailtop query 'id:…'` writes them to a file",
            text.len()
        ));
    }
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if set("TMUX") {
        // tmux drops a program's OSC 52 by default, but passes on what it loads itself.
        return tmux(text)
            .map(|()| "sent to the clipboard (tmux)")
            .map_err(|why| format!("tmux load-buffer: {why}"));
    }
    let sequence = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
    let mut out = io::stdout();
    let written = match set("STY") {
        true => screen(&mut out, &sequence),
        false => out.write_all(sequence.as_bytes()),
    };
    written.and_then(|()| out.flush()).map_err(|why| why.to_string())?;
    Ok("sent to the clipboard (OSC 52)")
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
fn screen(out: &mut impl Write, sequence: &str) -> io::Result<()> {
    for piece in sequence.as_bytes().chunks(700) {
        out.write_all(b"\x1bP")?;
        out.write_all(piece)?;
        out.write_all(b"\x1b\\")?;
    }
    Ok(())
}
