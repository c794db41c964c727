//! Running the real binary on files that a test writes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long a test waits for something that must come: never the measure of anything.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

/// A folder for one test, gone when it ends.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
}

/// What a run left behind.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// The lines of standard output.
    pub(crate) fn lines(&self) -> Vec<&str> {
        self.out.lines().collect()
    }

    /// The last line of standard error, the one of `--stats`.
    pub(crate) fn stats(&self) -> serde_json::Value {
        let line = self.err.lines().last().unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|_| panic!("no line of stats: {}", self.err))
    }
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A file with this content; gives its path.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The binary, to be run in the folder.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trailtop"));
        command.args(args).current_dir(self.folder.path()).env("TMPDIR", self.folder.path());
        // Whoever runs the tests may have a configuration.
        command.env("XDG_CONFIG_HOME", self.path("config")).env_remove("TRAILTOP_CONFIG");
        command
    }

    /// Runs it to its end, with nothing on standard input.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        ran(self.command(args).stdin(Stdio::null()))
    }

    /// Runs it to its end with this on standard input.
    pub(crate) fn run_fed(&self, args: &[&str], input: &[u8]) -> Ran {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A program that refuses its arguments does not read.
        child.stdin.take().unwrap().write_all(input).ok();
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

pub(crate) fn ran(command: &mut Command) -> Ran {
    let output = command.output().expect("the binary");
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A run that goes on while the test watches its standard output line by line.
pub(crate) struct Running {
    pub(crate) child: Child,
    lines: mpsc::Receiver<String>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let out = child.stdout.take().unwrap();
        Self { child, lines: lines_of(out) }
    }

    /// The next line, once it comes.
    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(DEADLINE).expect("a line of output before the deadline")
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &id]).status();
        assert!(sent.unwrap().success());
    }

    /// Its exit status, once it has ended, and the lines nobody has read.
    pub(crate) fn end(mut self) -> (i32, Vec<String>) {
        drop(self.child.stdin.take());
        let left = self.lines.iter().collect();
        (self.child.wait().unwrap().code().unwrap_or(-1), left)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Ended already, or a test that failed: either way nobody waits for it.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What a program writes, line by line.
pub(crate) fn lines_of(out: ChildStdout) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::Builder::new()
        .name("lines".to_owned())
        .spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        })
        .unwrap();
    receiver
}

/// The real data, where this machine has it (`TRAILTOP_DATA` says where else); says so where not.
pub(crate) fn shared_data() -> Option<PathBuf> {
    let usual = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let data = std::env::var_os("TRAILTOP_DATA").map_or_else(usual, PathBuf::from);
    if data.join("counts.tsv").exists() {
        return Some(data);
    }
    println!("skipped: no ../shared/data here");
    None
}

/// Whether an independent oracle can be asked; says so where it cannot.
pub(crate) fn has_python() -> bool {
    let found = Command::new("python3").arg("--version").output().is_ok_and(|o| o.status.success());
    if !found {
        println!("skipped: no python3 here");
    }
    found
}
