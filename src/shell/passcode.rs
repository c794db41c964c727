//! Asks for the code of an MFA device before anything else is on the terminal.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};

use anyhow::{Context, bail};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::runtime::Runtime;

use crate::aws::mfa::{self, Wanted};
use crate::aws::session::Login;

/// The terminal, whatever standard input is.
const TERMINAL: &str = "/dev/tty";
/// How often a code may be mistyped.
const TRIES: usize = 3;

/// The login with the credentials of its role, where that wants a code; else as it was.
pub fn with_code(login: Login, runtime: &Runtime) -> anyhow::Result<Login> {
    let Some(wanted) = runtime.block_on(mfa::wanted(&login)) else { return Ok(login) };
    let code = code(&wanted)?;
    let keys = runtime.block_on(mfa::assume(&login, &wanted, &code))?;
    Ok(Login { keys: Some(keys), ..login })
}

/// A code, as it was typed without being shown.
fn code(wanted: &Wanted) -> anyhow::Result<String> {
    let Wanted { profile, serial, .. } = wanted;
    let missing = || {
        format!(
            "profile {profile} wants a code of {serial}, and there is no terminal to type it on: \
             start trailtop on one, or give the profile a credential_process (`aws configure \
             export-credentials --format process`, aws-vault)"
        )
    };
    let mut terminal =
        OpenOptions::new().read(true).write(true).open(TERMINAL).with_context(missing)?;
    for _ in 0..TRIES {
        write!(terminal, "MFA code of {serial} for profile {profile}: ")?;
        terminal.flush()?;
        let typed = hidden(&mut terminal).with_context(missing)?;
        writeln!(terminal)?;
        match typed {
            None => bail!("no code was typed for profile {profile}: nothing was started"),
            Some(code) if mfa::is_code(&code) => return Ok(code),
            Some(_) => writeln!(terminal, "A code is six digits.")?,
        }
    }
    bail!("profile {profile} wants a code of six digits: nothing was started")
}

/// A terminal that shows nothing of what is typed, until this is dropped.
struct Hidden {
    terminal: File,
    before: Termios,
}

impl Hidden {
    fn of(terminal: &File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut modes = before.clone();
        // Signals too: Ctrl-C would leave a terminal behind that shows nothing.
        modes.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        tcsetattr(terminal, OptionalActions::Flush, &modes)?;
        Ok(Self { terminal: terminal.try_clone()?, before })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // The terminal may have gone, and then nobody sees it.
        tcsetattr(&self.terminal, OptionalActions::Flush, &self.before).ok();
    }
}

/// A line that is not shown; `None` for Ctrl-C, Ctrl-D and Esc.
fn hidden(terminal: &mut File) -> io::Result<Option<String>> {
    let _hidden = Hidden::of(terminal)?;
    let mut line = String::new();
    let mut byte = [0u8];
    loop {
        if terminal.read(&mut byte)? == 0 {
            return Ok(None);
        }
        match byte[0] {
            b'\r' | b'\n' => return Ok(Some(line.trim().to_owned())),
            0x03 | 0x04 | 0x1b => return Ok(None),
            0x08 | 0x7f => drop(line.pop()),
            // More than a code has is refused as a whole, and need not be kept.
            other if line.len() < 64 => line.push(char::from(other)),
            _ => {}
        }
    }
}
