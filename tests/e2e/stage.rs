//! The stage: the real program in a real terminal, one at a time, with a deadline on every wait and
//! the screen in every failure.

use std::fs;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
#[expect(
    clippy::disallowed_types,
    reason = "the tests of this binary take turns on two cores"
)]
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::termios::{LocalModes, tcgetattr};
use termlens::{Key, Screen, Terminal, TerminalBuilder};
use trailtop::clock::Clock;

/// The program.
pub(crate) const TRAILTOP: &str = env!("CARGO_BIN_EXE_trailtop");
/// How long anything may take on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);
/// A small demo that is read to its end, at a fixed time.
pub(crate) const DEMO: &[&str] = &["demo:seed=7,events=300", "--now", "2026-11-22T12:00:00Z"];

#[expect(clippy::disallowed_types, reason = "the tests of this binary take turns on two cores")]
static TURN: Mutex<()> = Mutex::new(());

/// Somebody's turn on the stage.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long nothing is written between two frames.
const QUIET: Duration = Duration::from_millis(60);
/// How often a screen may be as wanted only in passing.
const TRIES: usize = 100;

/// A program on the stage. It is killed when this is dropped.
pub(crate) struct Stage {
    terminal: Terminal,
    _turn: MutexGuard<'static, ()>,
}

impl Deref for Stage {
    type Target = Terminal;
    fn deref(&self) -> &Terminal {
        &self.terminal
    }
}

impl DerefMut for Stage {
    fn deref_mut(&mut self) -> &mut Terminal {
        &mut self.terminal
    }
}

/// A home that nobody else has, below the folder of builds: what one test leaves is not for the next.
fn home() -> String {
    let home = tempfile::TempDir::with_prefix_in("home-", env!("CARGO_TARGET_TMPDIR")).unwrap();
    home.keep().to_str().unwrap().to_owned()
}

/// A terminal of 120 x 35 with a clean environment.
pub(crate) fn terminal() -> TerminalBuilder {
    Terminal::builder()
        .size(120, 35)
        .env_clear()
        .env("TERM", "xterm-256color")
        .env("LANG", "C.UTF-8")
        .env("HOME", home())
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .timeout(DEADLINE)
}

/// Starts trailtop with these arguments.
pub(crate) fn start(args: &[&str]) -> Stage {
    start_in(terminal(), args)
}

/// Starts trailtop in this terminal.
pub(crate) fn start_in(terminal: TerminalBuilder, args: &[&str]) -> Stage {
    spawn(terminal.args(args), TRAILTOP)
}

/// Starts the demo and waits until all of it was read.
pub(crate) fn demo() -> Stage {
    let mut stage = start(DEMO);
    stage.see("268 of 300");
    stage
}

/// Starts a program when it is its turn.
pub(crate) fn spawn(terminal: TerminalBuilder, program: &str) -> Stage {
    let turn = turn();
    Stage { terminal: terminal.spawn(program).unwrap(), _turn: turn }
}

impl Stage {
    /// Waits until the screen says this.
    #[track_caller]
    pub(crate) fn see(&mut self, text: &str) -> Screen {
        self.wait(&format!("{text:?} to be seen"), |screen| screen.contains(text))
    }

    /// Waits until the screen no longer says this.
    #[track_caller]
    pub(crate) fn see_no(&mut self, text: &str) -> Screen {
        self.wait(&format!("{text:?} to go"), |screen| !screen.contains(text))
    }

    /// Waits until the screen is as wanted, and shows it when it never is.
    #[track_caller]
    pub(crate) fn wait(&mut self, what: &str, mut is: impl FnMut(&Screen) -> bool) -> Screen {
        for _ in 0..TRIES {
            if let Err(why) = self.terminal.wait_until(&mut is) {
                panic!("waited for {what}; {why}");
            }
            // The screen may have been read in the middle of a frame: it counts once no frame is
            // open and nothing more comes. A program that has ended has nothing to finish.
            self.terminal.wait_idle(QUIET).ok();
            let screen = self.terminal.screen();
            if is(&screen) {
                return screen;
            }
        }
        panic!("{what} came and went {TRIES} times");
    }

    /// Presses keys one after the other.
    #[track_caller]
    pub(crate) fn press(&mut self, keys: &str) {
        for c in keys.chars() {
            self.key(Key::Char(c));
        }
    }

    /// Presses one key.
    #[track_caller]
    pub(crate) fn key(&mut self, key: Key) {
        self.terminal.send(key).unwrap();
    }

    /// Waits for the end, and checks that the terminal was given back clean.
    #[track_caller]
    pub(crate) fn ends(&mut self, code: u32) -> Screen {
        let status = self.terminal.wait_exit().unwrap();
        let screen = self.terminal.screen();
        assert_eq!(status.code(), Some(code), "{status}\n{screen}");
        is_clean(&screen);
        screen
    }

    /// The terminal's device, as the program has it. To be asked while it runs.
    pub(crate) fn device(&self) -> PathBuf {
        fs::read_link(format!("/proc/{}/fd/1", self.terminal.pid().unwrap())).unwrap()
    }
}

/// Whether the terminal at this device is in raw mode.
pub(crate) fn is_raw(device: &Path) -> bool {
    let flags = OFlags::RDWR | OFlags::NOCTTY;
    let tty = rustix::fs::open(device, flags, Mode::empty()).unwrap();
    let modes = tcgetattr(&tty).unwrap().local_modes;
    !modes.intersects(LocalModes::ICANON | LocalModes::ECHO)
}

/// Checks that nothing of the program is left in the terminal.
#[track_caller]
pub(crate) fn is_clean(screen: &Screen) {
    assert!(!screen.alternate_screen(), "the alternate screen was not left:\n{screen}");
    assert!(!screen.bracketed_paste(), "bracketed paste was left on:\n{screen}");
    assert!(!screen.focus_events(), "focus events were left on:\n{screen}");
    assert_eq!(screen.mouse_mode(), termlens::MouseMode::None, "the mouse was kept:\n{screen}");
    assert!(screen.cursor_visible(), "the cursor was left hidden:\n{screen}");
    assert_eq!(screen.title(), "", "a title was set");
}

/// The state of a process as the system says it, `T` for stopped; `None` when it is gone.
pub(crate) fn state(pid: u32) -> Option<char> {
    fields(pid)?.first()?.chars().next()
}

/// The processor time a process has used, in ticks.
pub(crate) fn ticks(pid: u32) -> Option<u64> {
    let fields = fields(pid)?;
    Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
}

fn fields(pid: u32) -> Option<Vec<String>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

/// Whether a thread of the program waits for room in the terminal's queue, and goes on to wait.
pub(crate) fn is_stuck(pid: u32) -> bool {
    (0..20).all(|_| {
        thread::sleep(Duration::from_millis(5));
        writes(pid)
    })
}

/// Whether a thread of the program is writing to its terminal.
fn writes(pid: u32) -> bool {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let told = |task: &Path, file: &str| fs::read_to_string(task.join(file)).unwrap_or_default();
    tasks.flatten().map(|task| task.path()).any(|task| {
        told(&task, "wchan") == "n_tty_write" || told(&task, "syscall").starts_with("1 0x1 ")
    })
}

/// Looks again and again until it is so; gives whether it became so before the deadline.
pub(crate) fn becomes(mut is: impl FnMut() -> bool) -> bool {
    let begun = Clock::instant();
    while begun.elapsed() < DEADLINE {
        if is() {
            return true;
        }
        thread::sleep(Duration::from_millis(10));
    }
    false
}

/// One record, named by its event.
pub(crate) fn record(event: &str, time: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::123456789012:user/alice","accountId":"123456789012","userName":"alice"}},"eventTime":"{time}","eventSource":"s3.amazonaws.com","eventName":"{event}","awsRegion":"eu-west-1","sourceIPAddress":"203.0.113.7","userAgent":"aws-cli/2.15","requestParameters":{{"bucketName":"logs-{event}"}},"responseElements":null,"requestID":"r-{event}","eventID":"id-{event}","eventType":"AwsApiCall","recipientAccountId":"123456789012"}}"#
    )
}
