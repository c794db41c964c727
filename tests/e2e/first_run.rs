//! The first run on AWS: what is found out stands on the screen until there are rows, and nothing
//! waits for it.

use std::sync::mpsc;

use termlens::{Key, TerminalBuilder};
use trailtop::clock::Clock;

use super::stage::{Stage, start_in, terminal};
use crate::aws::account::{ALL, Account, May};
use crate::aws::standin::{Answer, Call, serve};

/// A stand-in on a thread of its own, for as long as this is held.
struct Aws {
    url: String,
    _stop: tokio::sync::oneshot::Sender<()>,
}

fn aws(answer: impl FnMut(&Call) -> Answer + Send + 'static) -> Aws {
    let (tell, url) = mpsc::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    std::thread::Builder::new()
        .name("aws".into())
        .spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tell.send(serve(answer).await).unwrap();
                stopped.await.ok();
            });
        })
        .unwrap();
    Aws { url: url.recv().unwrap(), _stop: stop }
}

fn account(may: May) -> Aws {
    aws(move |call| Account::default().answer(call, may, Clock::System.now()))
}

fn shell() -> TerminalBuilder {
    terminal().env("AWS_EC2_METADATA_DISABLED", "true")
}

fn logged_in(aws: &Aws) -> TerminalBuilder {
    shell()
        .env("AWS_ENDPOINT_URL", &aws.url)
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_REGION", "us-east-1")
}

fn leave(mut stage: Stage) {
    stage.press("q");
    stage.ends(0);
}

#[test]
fn what_can_be_seen_is_chosen_and_read() {
    let aws = account(ALL);
    let mut stage = start_in(logged_in(&aws), &[]);
    stage.see("RunInstances");
    stage.see("3 of 3");
    stage.press("s");
    stage.see("s3://corp-logs/AWSLogs/111122223333");
    stage.see("corp-trail records");
    stage.see("oncall 111122223333");
    stage.see("production");
    stage.press("s");
    leave(stage);
}

#[test]
fn what_cannot_be_read_stands_there_with_what_mends_it() {
    let aws = account(May(&["Describe", "Get"]));
    let mut stage = start_in(logged_in(&aws), &[]);
    for words in [
        "STARTING",
        "oncall 111122223333",
        "corp-trail: logging, s3://corp-logs, all regions",
        "s3:ListBucket is not allowed",
        "trailtop doctor --policy",
        "cloudtrail:LookupEvents is not allowed",
        "add them with --region all",
    ] {
        stage.see(words);
    }
    stage.press("s");
    stage.see("am I seeing everything?");
    stage.see("s3:ListBucket is not allowed");
    stage.press("s");
    leave(stage);
}

#[test]
fn the_screen_does_not_wait_for_an_answer() {
    // Nobody ever answers here.
    let deaf = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", deaf.local_addr().unwrap());
    let terminal = shell().env("AWS_ENDPOINT_URL", &url).env("AWS_REGION", "us-east-1");
    let terminal = terminal.env("AWS_ACCESS_KEY_ID", "A").env("AWS_SECRET_ACCESS_KEY", "secret");
    let mut stage = start_in(terminal, &[]);
    stage.see("STARTING");
    stage.see("who am I");
    leave(stage);
}

#[test]
fn without_credentials_it_says_what_to_do() {
    let mut stage = start_in(shell(), &[]);
    stage.see("no AWS credentials were found");
    stage.see("trailtop demo");
    stage.see("nobody is logged in");
    leave(stage);
}

#[test]
fn a_code_is_typed_unseen_and_the_role_reads() {
    let aws = aws(|call| match call.key() {
        "ASIAASSUMED" => Account::default().answer(call, ALL, Clock::System.now()),
        other => Answer::error("AccessDeniedException", other),
    });
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    std::fs::write(
        home.path().join(".aws/config"),
        "[profile base]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = secret\n\
         [profile prod]\nsource_profile = base\nrole_arn = arn:aws:iam::111122223333:role/ro\n\
         mfa_serial = arn:aws:iam::111122223333:mfa/oncall\nregion = us-east-1\n",
    )
    .unwrap();
    let terminal =
        shell().env("AWS_ENDPOINT_URL", &aws.url).env("HOME", home.path().to_str().unwrap());
    let mut stage = start_in(terminal, &["--profile", "prod"]);
    stage.see("MFA code of arn:aws:iam::111122223333:mfa/oncall for profile prod:");
    stage.press("12345");
    stage.key(Key::Enter);
    let screen = stage.see("A code is six digits.");
    assert!(!screen.contains("12345"), "the code is shown\n{screen}");
    stage.press("123456");
    stage.key(Key::Enter);
    stage.see("RunInstances");
    leave(stage);
}
