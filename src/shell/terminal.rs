//! The terminal: entered once, left clean whatever happens.
//!
//! What is drawn goes through `wire`, by a thread of its own: a terminal that takes nothing holds up
//! nobody.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, IsTerminal, Write};
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange, EnableMouseCapture,
};
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
};
use ratatui::crossterm::{Command, cursor, queue};
use ratatui::layout::{Position, Rect};
use rustix::io::Errno;
use rustix::process::{Signal, kill_current_process_group};

use crate::clock::Clock;
use crate::shell::jobs;
use crate::shell::trigger::groups;
use crate::shell::wire::{Calm, Fps, Pace, Wire, Writer};

/// The largest screen that is drawn; a terminal that claims more is not believed.
const LARGEST: (u16, u16) = (1000, 1000);
/// The most bytes beside the frames that wait for a terminal which takes none.
const ASIDE: usize = 128 * 1024;
/// How long a terminal that takes no bytes may hold up the end of the program.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long everything else may take to end then: sources are told, the notebook is written.
const FAREWELL: Duration = Duration::from_secs(6);
/// What a frame that was cut off may have left behind.
const UNDO: &[u8] = b"\x1b[?2026l\x1b[r\x1b[m";
/// How often a program that was continued in the background looks whether it is in front again.
const LOOK: Duration = Duration::from_millis(50);
/// The exit status after a panic, as Rust's own.
const PANICKED: i32 = 101;
/// The exit status when the terminal is gone: 128 + SIGHUP.
pub const HUNG_UP: i32 = 129;

/// Whether the terminal is ours at the moment: whoever leaves first restores it.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// What is known of a frame before it is drawn.
#[derive(Debug, Default)]
pub struct Scene {
    /// Whether somebody waits for it.
    pub is_urgent: bool,
    /// The panes that may be some seconds behind, unless it is urgent.
    pub sides: Vec<Rect>,
    /// How many rows there are.
    pub rows: usize,
}

/// The screen.
#[derive(Debug)]
pub struct Screen {
    area: Rect,
    wire: Wire,
    /// What is drawn into; its cells are those of an older frame.
    canvas: Buffer,
    writer: Writer,
    pace: Pace,
    calm: Calm,
    /// How many rows there were in the last frame.
    rows: usize,
    /// What goes out beside the frames, as soon as the terminal takes it.
    aside: Vec<u8>,
    has_mouse: bool,
}

impl Screen {
    /// Enters the alternate screen in raw mode; from here on a panic, too, leaves it first. `wake`
    /// is called whenever the terminal has taken what it was sent.
    pub fn enter(fps: Fps, wake: impl Fn() + Send + 'static) -> anyhow::Result<Self> {
        if !io::stdout().is_terminal() {
            bail!("standard output is not a terminal; `trailtop query FILTER SOURCE…` prints rows");
        }
        if std::env::var("TERM").is_ok_and(|term| term == "dumb") {
            bail!("TERM=dumb cannot show a screen; `trailtop query FILTER SOURCE…` prints rows");
        }
        std::panic::set_hook(Box::new(|info| leave(PANICKED, || report(info))));
        take_over().context("the terminal cannot be set up")?;
        let writer = Writer::start(wake)
            .inspect_err(|_| restore())
            .context("the terminal cannot be written")?;
        let area = area();
        Ok(Self {
            area,
            wire: Wire::new(area),
            canvas: Buffer::empty(area),
            writer,
            pace: Pace::new(fps),
            calm: Calm::default(),
            rows: 0,
            aside: vec![],
            has_mouse: false,
        })
    }

    /// How long the next frame has to wait, where something changed: because of a key, or of what
    /// arrived. `None` where nothing is to be drawn, and as long as the terminal has not taken the
    /// last one. Where the terminal is gone, this does not return.
    pub fn wait(&mut self, is_urgent: Option<bool>) -> io::Result<Option<Duration>> {
        match self.writer.look() {
            Ok(took) => took.into_iter().for_each(|took| self.pace.wrote(took)),
            Err(why) if why.raw_os_error() == Some(Errno::IO.raw_os_error()) => hung_up(),
            Err(why) => return Err(why),
        }
        if !self.writer.is_busy() && !self.aside.is_empty() {
            self.writer.send(std::mem::take(&mut self.aside));
        }
        let now = Clock::instant();
        let least = if is_urgent.is_some() { Some(Duration::ZERO) } else { self.calm.wait(now) };
        let wait = least.map(|least| self.pace.wait(is_urgent == Some(true), now).max(least));
        Ok(wait.filter(|_| !self.writer.is_busy()))
    }

    /// Draws one frame and sends what it changes. To be called when there is nothing to wait for.
    pub fn draw(&mut self, scene: Scene, paint: impl FnOnce(&mut Buffer) -> Option<Position>) {
        if self.canvas.area == self.area {
            self.canvas.reset();
        } else {
            self.canvas = Buffer::empty(self.area);
        }
        let cursor = paint(&mut self.canvas);
        let now = Clock::instant();
        let may_wait = !scene.is_urgent && self.pace.is_dear(now);
        self.calm.hold(scene.sides, may_wait, (self.wire.shown(), &mut self.canvas), now);
        let frame = self.wire.frame(&mut self.canvas, cursor);
        let came = scene.rows.saturating_sub(self.rows);
        self.rows = scene.rows;
        self.pace.drew(frame.len(), came, now);
        if !frame.is_empty() {
            self.writer.send(frame);
        }
    }

    /// Sends something that draws nothing, once the terminal takes it. Where too much waits for that
    /// already, it gives way.
    pub fn send(&mut self, bytes: &[u8]) {
        if self.aside.len() > ASIDE {
            self.aside.clear();
        }
        self.aside.extend_from_slice(bytes);
    }

    /// The terminal says whether somebody looks.
    pub fn is_seen(&mut self, is_seen: bool) {
        self.pace.is_seen(is_seen);
    }

    /// Takes the mouse, or leaves it to the terminal for selecting and copying.
    pub fn mouse(&mut self, on: bool) {
        self.has_mouse = on;
        match on {
            true => self.send(&ansi(EnableMouseCapture)),
            false => self.send(&ansi(DisableMouseCapture)),
        }
    }

    /// Takes on the size of the terminal and forgets what was drawn.
    pub fn resize(&mut self) -> Rect {
        self.area = area();
        self.wire.forget();
        self.area
    }

    /// Leaves to the shell as Ctrl-Z does, and comes back on `fg`; `None` where no shell would
    /// ever say `fg`.
    pub fn suspend(&mut self) -> io::Result<Option<Rect>> {
        if !jobs::has_shell() {
            return Ok(None);
        }
        self.writer.settle(PATIENCE);
        restore();
        // The whole group, as the terminal's own Ctrl-Z would: a shell gets the prompt back only
        // when every program of the pipeline has stopped.
        kill_current_process_group(Signal::STOP)?;
        await_foreground()?;
        take_over()?;
        if self.has_mouse {
            self.mouse(true);
        }
        Ok(Some(self.resize()))
    }

    /// Takes the terminal again after somebody else stopped and continued the program: the shell
    /// has set the modes of the terminal to its own meanwhile.
    pub fn retake(&mut self) -> io::Result<Rect> {
        await_foreground()?;
        disable_raw_mode()?;
        enable_raw_mode()?;
        Ok(self.resize())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if self.writer.settle(PATIENCE) {
            return restore();
        }
        // The terminal takes nothing. What is to be kept is kept meanwhile; then the program ends,
        // by this thread if whatever it has to say gets stuck as well.
        disable_raw_mode().ok();
        thread::Builder::new().name("farewell".into()).spawn(restore).ok();
        end_after(FAREWELL, 0);
    }
}

/// The size of the terminal; where it says 0 x 0, `$COLUMNS` x `$LINES`, else 80 x 24.
pub fn area() -> Rect {
    let variable = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let (width, height) = measured(size().unwrap_or((0, 0)), variable);
    Rect::new(0, 0, width, height)
}

fn measured(said: (u16, u16), variable: impl Fn(&str) -> Option<u16>) -> (u16, u16) {
    let of = |name, usual| variable(name).filter(|size| *size > 0).unwrap_or(usual);
    let (width, height) = match said {
        (0, _) | (_, 0) => (of("COLUMNS", 80), of("LINES", 24)),
        said => said,
    };
    (width.min(LARGEST.0), height.min(LARGEST.1))
}

fn take_over() -> io::Result<()> {
    enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    let mut out = io::stdout();
    queue!(out, EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange, cursor::Hide)?;
    out.flush()
}

/// What a command of the terminal library writes.
fn ansi(command: impl Command) -> Vec<u8> {
    let mut text = String::new();
    // Writing into a text cannot fail.
    let _ = command.write_ansi(&mut text);
    text.into_bytes()
}

/// Gives the terminal back as it was. Safe to call from any thread and more than once.
pub fn restore() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    // First, because it needs no room in the terminal's queue: it works where nobody reads.
    disable_raw_mode().ok();
    let mut out = io::stdout().lock();
    // A terminal that is gone cannot be restored; then there is nobody left to see it. A frame may
    // have been cut off anywhere: its update is ended, and the region it scrolled, and its ink.
    out.write_all(UNDO).ok();
    queue!(out, DisableMouseCapture, DisableFocusChange, DisableBracketedPaste, cursor::Show).ok();
    queue!(out, LeaveAlternateScreen).ok();
    out.flush().ok();
}

/// Gives the terminal back, says something on it and ends the program, from any thread. Standard
/// output is held to the end, so that no other thread draws over what was given back.
pub fn leave(code: i32, say: impl FnOnce()) -> ! {
    groups::kill_all();
    // A terminal that is stalled takes neither frames nor farewells; it must not keep the program
    // from ending. Without this thread the program still ends when the terminal moves again.
    end_after(PATIENCE, code);
    disable_raw_mode().ok();
    let _held = io::stdout().lock();
    restore();
    say();
    groups::kill_all();
    std::process::exit(code)
}

/// Ends the program after a while, whatever else it is stuck in then.
fn end_after(patience: Duration, code: i32) {
    let wait = move || {
        thread::sleep(patience);
        groups::kill_all();
        std::process::exit(code)
    };
    thread::Builder::new().name("patience".into()).spawn(wait).ok();
}

/// Ends the program because the terminal is gone.
pub fn hung_up() -> ! {
    leave(HUNG_UP, || {})
}

/// Waits until the program is in the foreground of its terminal. Touching the terminal from the
/// background would stop it once more, and with it the thread that answers to signals.
fn await_foreground() -> io::Result<()> {
    while jobs::in_background()? {
        thread::sleep(LOOK);
    }
    Ok(())
}

/// Says what panicked and where. Whatever thread it was, the program ends with it: half a program
/// would show a stream that stands still and looks as if nothing happened.
fn report(info: &PanicHookInfo<'_>) {
    let thread = thread::current();
    let name = thread.name().unwrap_or("unnamed").to_owned();
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let what = printable(info.payload_as_str().unwrap_or("no message"));
    let mut err = io::stderr().lock();
    writeln!(
        err,
        "trailtop ended: a bug in its {name} thread, at {place}:\n{what}\nPlease report it with these lines."
    )
    .ok();
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        writeln!(err, "{trace}").ok();
    }
}

/// A panic may quote the text it stumbled over, and that text is an attacker's.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '"' | '\'' | '\\' => out.push(c),
            c => out.extend(c.escape_debug()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_without_a_size_gets_one_and_none_is_too_large() {
        let set = |name: &str| match name {
            "COLUMNS" => Some(132),
            _ => Some(43),
        };
        let zero = |_: &str| Some(0);
        assert_eq!(measured((0, 0), set), (132, 43));
        assert_eq!(measured((80, 0), set), (132, 43));
        assert_eq!(measured((0, 0), |_| None), (80, 24));
        assert_eq!(measured((0, 0), zero), (80, 24));
        assert_eq!(measured((1, 1), set), (1, 1));
        assert_eq!(measured((u16::MAX, u16::MAX), set), LARGEST);
    }

    #[test]
    fn a_panic_message_carries_no_escapes() {
        let said = printable("inside 'é' of `a\x1b]0;owned\x07\u{202e}`\nnext \"line\"");
        assert_eq!(said, "inside 'é' of `a\\u{1b}]0;owned\\u{7}\\u{202e}`\nnext \"line\"");
    }
}
