//! Tells the program what it was built from and for: `trailtop --version --verbose`. Nothing of it is
//! needed: without git, or outside a checkout, the commit is not known.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=assets/packaging/build.rs");
    println!("cargo:rerun-if-env-changed=TRAILTOP_COMMIT");
    let profile = env::var("PROFILE").unwrap_or_default();
    let target = env::var("TARGET").unwrap_or_default();
    let compiler = said(Command::new(env::var("RUSTC").unwrap_or_default()).arg("--version"));
    // Whoever develops is not to wait for another build after each commit.
    let commit = env::var("TRAILTOP_COMMIT").ok();
    let commit = commit.or_else(|| (profile == "release").then(commit_of_checkout).flatten());
    let facts = [
        ("COMMIT", commit),
        ("PROFILE", Some(profile)),
        ("TARGET", Some(target)),
        ("COMPILER", compiler),
    ];
    for (name, fact) in facts {
        println!("cargo:rustc-env=BUILT_{name}={}", fact.unwrap_or_default());
    }
}

/// The commit that the sources are of; with `+` where they were changed since.
fn commit_of_checkout() -> Option<String> {
    let here = env::var("CARGO_MANIFEST_DIR").ok()?;
    // As crates are packed.
    if let Ok(info) = fs::read_to_string(Path::new(&here).join(".cargo_vcs_info.json")) {
        let (_, rest) = info.split_once("\"sha1\"")?;
        return rest.split('"').nth(1).map(|commit| commit.chars().take(12).collect());
    }
    let git = |args: &[&str]| said(Command::new("git").args(["-C", &here]).args(args));
    let top = git(&["rev-parse", "--show-toplevel"])?;
    // Sources may lie in the checkout of something else.
    if fs::canonicalize(top).ok()? != fs::canonicalize(&here).ok()? {
        return None;
    }
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo:rerun-if-changed={}", Path::new(&here).join(log).display());
    }
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let is_changed = git(&["status", "--porcelain"]).is_some_and(|changes| !changes.is_empty());
    Some(if is_changed { commit + "+" } else { commit })
}

/// What a program says in a line; `None` where it is not there or fails.
fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
