//! Where the independent programs are, and a conversation with them.
//!
//! They are looked for in the folder that `PEERS_OF_TESTS` names, where a missing one is a failure; else
//! in `target/peers`, else in the PATH, and a test that finds none says so on stderr and passes.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;

use base64::Engine as _;
use serde_json::{Value, json};

use crate::run::{Bench, DEADLINE, Ran, lines_of, ran};

/// The folder of one of our scripts.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(name)
}

/// Says that a test was left out, where it is seen even when the test passes.
fn left_out(test: &str, missing: &str) {
    writeln!(std::io::stderr(), "left out: {test}: no {missing} here (see .ci/run)").ok();
}

/// A program in a folder of a virtual environment, or in the PATH.
fn program(name: &str) -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("PEERS_OF_TESTS") {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join("bin").join(name);
        assert!(path.exists(), "{} is missing, and PEERS_OF_TESTS promised it", path.display());
        return Some(path);
    }
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/bin").join(name);
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let usual = std::env::split_paths(&paths).map(|folder| folder.join(name));
    std::iter::once(installed).chain(usual).find(|path| path.exists())
}

/// A python that has moto and boto3, for this test.
pub(crate) fn python(test: &str) -> Option<PathBuf> {
    let has_moto = |python: &PathBuf| {
        let output = Command::new(python).args(["-c", "import moto.server, boto3"]).output();
        output.is_ok_and(|output| output.status.success())
    };
    let python = program("python3").filter(has_moto);
    if python.is_none() {
        assert!(std::env::var_os("PEERS_OF_TESTS").is_none(), "no moto in PEERS_OF_TESTS");
        left_out(test, "moto and boto3");
    }
    python
}

/// The aws command line, for this test.
pub(crate) fn aws(test: &str) -> Option<PathBuf> {
    found("aws", test)
}

/// The S3 server over a folder, for this test.
pub(crate) fn s3s_fs(test: &str) -> Option<PathBuf> {
    found("s3s-fs", test)
}

fn found(name: &str, test: &str) -> Option<PathBuf> {
    let path = program(name);
    if path.is_none() {
        left_out(test, name);
    }
    path
}

/// Credentials and nothing else of this machine's.
pub(crate) fn alone<'a>(command: &'a mut Command, url: &str, home: &Path) -> &'a mut Command {
    for name in ["AWS_PROFILE", "AWS_REGION", "AWS_SESSION_TOKEN", "XDG_STATE_HOME"] {
        command.env_remove(name);
    }
    command.env("AWS_ENDPOINT_URL", url).env("HOME", home).stdin(Stdio::null());
    command.env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "secret");
    command.env("AWS_DEFAULT_REGION", "us-east-1").env("AWS_EC2_METADATA_DISABLED", "true")
}

/// A server of moto, and boto3 to fill it. Both end with this.
pub(crate) struct Moto {
    child: Child,
    asks: ChildStdin,
    answers: mpsc::Receiver<String>,
    /// Where it is reached.
    pub(crate) url: String,
}

impl Moto {
    /// Starts one, if it is there.
    pub(crate) fn start(test: &str) -> Option<Self> {
        let mut child = Command::new(python(test)?)
            .arg(script("bridge.py"))
            // Small pages, so that every listing has several.
            .env("MOTO_S3_DEFAULT_MAX_KEYS", "7")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let asks = child.stdin.take().unwrap();
        let answers = lines_of(child.stdout.take().unwrap());
        let url = answers.recv_timeout(DEADLINE).expect("the address of moto");
        Some(Self { child, asks, answers, url })
    }

    /// Makes a call by boto3.
    pub(crate) fn ask(&mut self, service: &str, call: &str, with: &Value) -> Value {
        let said = self.ask_at(None, service, call, with);
        assert!(said["error"].is_null(), "{service} {call}: {said}");
        said
    }

    /// Makes a call by boto3 to another server; an error is an answer.
    pub(crate) fn ask_at(
        &mut self,
        url: Option<&str>,
        service: &str,
        call: &str,
        with: &Value,
    ) -> Value {
        let mut asked = json!({"service": service, "call": call, "with": with});
        if let Some(url) = url {
            asked["url"] = url.into();
        }
        writeln!(self.asks, "{asked}").unwrap();
        let said = self.answers.recv_timeout(DEADLINE).expect("an answer of boto3");
        serde_json::from_str(&said).unwrap()
    }

    /// Puts an object.
    pub(crate) fn put(&mut self, bucket: &str, key: &str, body: &[u8]) {
        let body = base64::engine::general_purpose::STANDARD.encode(body);
        self.ask("s3", "put_object", &json!({"Bucket": bucket, "Key": key, "Body64": body}));
    }

    /// Runs the program against it.
    pub(crate) fn run(&self, bench: &Bench, args: &[&str]) -> Ran {
        ran(alone(&mut bench.command(args), &self.url, &bench.path("home")))
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // It ends with its input too, should this never run.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
