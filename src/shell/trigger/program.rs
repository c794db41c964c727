//! Runs the program of a trigger: no shell, a cleared environment, the alert on its standard input, a
//! process group of its own, and an end.

use std::env;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, waitid};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::shell::trigger::groups::{self, Group};
use crate::trigger::audit::{End, KEPT, Said};
use crate::trigger::firing::Subject;

/// What a program may write before its output is closed.
const MOST_OUTPUT: u64 = 1 << 20;
/// How long a program has between being asked to end and being ended.
const GRACE: Duration = Duration::from_secs(1);
/// How long is waited for what a program wrote last, once it has ended.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// What a program keeps of our environment.
const KEPT_VARIABLES: [&str; 3] = ["PATH", "HOME", "LANG"];
/// The longest value of a variable that an event decides about.
const MAX_VALUE: usize = 200;

/// How a program ended.
#[derive(Debug)]
pub struct Ran {
    /// How.
    pub end: End,
    /// In words.
    pub words: String,
    /// What it wrote.
    pub out: Said,
    /// What it complained of.
    pub err: Said,
}

impl Ran {
    fn failed(words: String) -> Self {
        Self { end: End::Failed, words, out: Said::default(), err: Said::default() }
    }
}

/// What was heard of a pipe.
#[derive(Debug, Default)]
struct Heard {
    head: Vec<u8>,
    bytes: u64,
}

/// Runs a program to its end, to the end of its time, or until `stop` says so.
pub async fn run(
    argv: &[String],
    (subject, payload): (&Subject, &[u8]),
    time: Duration,
    mut stop: watch::Receiver<bool>,
) -> Ran {
    let Some((program, arguments)) = argv.split_first() else {
        return Ran::failed("there is no program".to_owned());
    };
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(environment(subject));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0).kill_on_drop(true);
    if groups::is_ending() {
        return Ran::failed("trailtop ends".to_owned());
    }
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Ran::failed(format!("cannot be started: {error}")),
    };
    let pid = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    // Dropped before the child is: what is left of the group ends while its number is still ours.
    let Some((pid, group)) = pid.and_then(|pid| Some((pid, Group::of(pid)?))) else {
        child.kill().await.ok();
        return Ran::failed("too many programs run, or trailtop ends".to_owned());
    };
    let (mut out, mut err) = (Heard::default(), Heard::default());
    let end = {
        let stdin = child.stdin.take();
        let feed = async move {
            if let Some(mut stdin) = stdin {
                // A program need not read.
                stdin.write_all(payload).await.ok();
            }
        };
        let heard = (hear(child.stdout.take(), &mut out), hear(child.stderr.take(), &mut err));
        let talk = async { tokio::join!(feed, heard.0, heard.1) };
        tokio::pin!(talk);
        let mut has_talked = false;
        let ends = exited(pid);
        let late = sleep(time);
        tokio::pin!(ends, late);
        let end = loop {
            tokio::select! {
                ended = &mut ends => break ended.map_or(End::Failed, |()| End::Ok),
                () = &mut late => break End::TimedOut,
                _ = stop.wait_for(|stop| *stop) => break End::Stopped,
                _ = &mut talk, if !has_talked => has_talked = true,
            }
        };
        if end != End::Ok {
            group.signal(Signal::TERM);
            timeout(GRACE, &mut ends).await.ok();
        }
        // What it started and left behind ends with it, and with that the pipes.
        drop(group);
        if !has_talked {
            timeout(LAST_WORDS, talk).await.ok();
        }
        end
    };
    let status = child.wait().await;
    let (end, words) = said(end, status, time);
    let is_cut = out.bytes.max(err.bytes) > MOST_OUTPUT;
    let words = if is_cut { format!("{words}; it wrote too much and was cut off") } else { words };
    let [out, err] = [out, err].map(|heard| Said::of(&heard.head, heard.bytes));
    Ran { end, words, out, err }
}

/// How it ended, in words.
fn said(end: End, status: io::Result<ExitStatus>, time: Duration) -> (End, String) {
    match (end, status) {
        (End::TimedOut, _) => (end, format!("killed after {} s", time.as_secs())),
        (End::Stopped, _) => (end, "killed because trailtop ended".to_owned()),
        (_, Err(error)) => (End::Failed, format!("nobody knows how it ended: {error}")),
        (_, Ok(status)) => {
            let end = if status.success() { End::Ok } else { End::Failed };
            let words = match (status.code(), status.signal()) {
                (Some(code), _) => format!("exit status {code}"),
                (None, Some(signal)) => format!("killed by signal {signal}"),
                (None, None) => "no exit status".to_owned(),
            };
            (end, words)
        }
    }
}

/// All that a program finds in its environment.
fn environment(subject: &Subject) -> Vec<(&'static str, std::ffi::OsString)> {
    let kept = KEPT_VARIABLES.iter().filter_map(|name| Some((*name, env::var_os(name)?)));
    let alert = subject.alert.to_string();
    let of_ours = [
        ("TRAILTOP_RULE_ID", plain(&subject.rule)),
        ("TRAILTOP_SEVERITY", plain(subject.severity.word())),
        ("TRAILTOP_EVENT_ID", plain(&subject.event)),
        ("TRAILTOP_ALERT", plain(&alert)),
    ];
    kept.chain(of_ours.map(|(name, value)| (name, value.into()))).collect()
}

/// A value that no program can stumble over: an event decides about it.
fn plain(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/@ ".contains(c);
    value.chars().take(MAX_VALUE).map(|c| if is_plain(c) { c } else { '_' }).collect()
}

/// Reads what somebody writes until it ends or is too much; then the pipe is closed.
async fn hear(pipe: Option<impl AsyncRead + Unpin>, heard: &mut Heard) {
    let Some(mut pipe) = pipe else { return };
    let mut room = vec![0; 8 << 10];
    while let Ok(read @ 1..) = pipe.read(&mut room).await {
        heard.bytes += read as u64;
        let wanted = KEPT.saturating_sub(heard.head.len()).min(read);
        heard.head.extend_from_slice(&room[..wanted]);
        if heard.bytes > MOST_OUTPUT {
            return;
        }
    }
}

/// Waits until a program has ended, and leaves it to be reaped.
async fn exited(pid: Pid) -> io::Result<()> {
    let mut changes = signal(SignalKind::child())?;
    let how = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    loop {
        match waitid(WaitId::Pid(pid), how) {
            Ok(Some(_)) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
            Ok(None) => drop(changes.recv().await),
        }
    }
}
