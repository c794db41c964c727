//! The terminal: entered once, left clean whatever happens.
//!
//! Everything goes through one buffered writer and each frame is wrapped in a synchronized update,
//! because over SSH bytes and tearing are what one sees.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, bail};
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use ratatui::crossterm::style::force_color_output;
use ratatui::crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode, size,
};
use ratatui::crossterm::{cursor, queue};
use ratatui::layout::{Position, Rect};
use ratatui::{Terminal, TerminalOptions, Viewport};

/// Room for one frame, so that a frame is one write.
const FRAME_BYTES: usize = 64 * 1024;

/// Whether the terminal is ours at the moment: whoever leaves first restores it.
static ENTERED: AtomicBool = AtomicBool::new(false);

/// The screen.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
}

impl Screen {
    /// Enters the alternate screen in raw mode; from here on a panic, too, leaves it first.
    pub fn enter() -> anyhow::Result<Self> {
        if !io::stdout().is_terminal() {
            bail!("standard output is not a terminal; `trailtop query FILTER SOURCE…` prints rows");
        }
        if std::env::var("TERM").is_ok_and(|term| term == "dumb") {
            bail!("TERM=dumb cannot show a screen; `trailtop query FILTER SOURCE…` prints rows");
        }
        // crossterm's own NO_COLOR would take the selection away with the colours; the mono theme
        // has none and keeps reverse, bold and underline.
        force_color_output(true);
        restore_on_panic();
        take_over().context("the terminal cannot be set up")?;
        let backend = CrosstermBackend::new(BufWriter::with_capacity(FRAME_BYTES, io::stdout()));
        let viewport = Viewport::Fixed(area());
        let terminal = Terminal::with_options(backend, TerminalOptions { viewport })
            .inspect_err(|_| restore())
            .context("the terminal cannot be set up")?;
        Ok(Self { terminal })
    }

    /// Draws one frame.
    pub fn draw(&mut self, paint: impl FnOnce(&mut Buffer) -> Option<Position>) -> io::Result<()> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| {
            let position = paint(frame.buffer_mut());
            if let Some(position) = position {
                frame.set_cursor_position(position);
            }
        })?;
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        io::Write::flush(self.terminal.backend_mut())
    }

    /// Takes on the size of the terminal and forgets what was drawn.
    pub fn resize(&mut self) -> io::Result<Rect> {
        let area = area();
        self.terminal.resize(area)?;
        Ok(area)
    }

    /// Leaves to the shell as Ctrl-Z does, and comes back on `fg`.
    pub fn suspend(&mut self) -> io::Result<Rect> {
        restore();
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        take_over()?;
        self.resize()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// The size of the terminal; where it says 0 x 0, `$COLUMNS` x `$LINES`, else 80 x 24.
pub fn area() -> Rect {
    let said = size().unwrap_or((0, 0));
    let variable = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let (width, height) = match said {
        (0, _) | (_, 0) => (variable("COLUMNS").unwrap_or(80), variable("LINES").unwrap_or(24)),
        said => said,
    };
    Rect::new(0, 0, width, height)
}

fn take_over() -> io::Result<()> {
    enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    let mut out = io::stdout();
    queue!(out, EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
    out.flush()
}

/// Gives the terminal back as it was. Safe to call from any thread and more than once.
pub fn restore() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    // A terminal that is gone cannot be restored; then there is nobody left to see it.
    queue!(out, EndSynchronizedUpdate, DisableBracketedPaste, cursor::Show, LeaveAlternateScreen)
        .ok();
    out.flush().ok();
    disable_raw_mode().ok();
}

/// The panic message and its place are printed after the terminal is restored, not over the screen.
fn restore_on_panic() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        restore();
        before(info);
    }));
}
