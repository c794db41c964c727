//! The binary: reads what was typed and runs it.

use std::process::ExitCode;

use clap::CommandFactory as _;
use trailtop::cli::{self, Cli, Verb};
use trailtop::command::keymap;
use trailtop::query::{help, library};
use trailtop::shell::headless;

fn main() -> ExitCode {
    let typed = match cli::parse(std::env::args_os()) {
        Ok(typed) => typed,
        Err(error) => {
            // A closed pipe behind `--help` is no failure worth a word.
            error.print().ok();
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    match typed.command {
        Some(Verb::Query(query)) => headless::run_query(&query),
        Some(Verb::Fields) => headless::print(&help::help(&library::builtin())),
        Some(Verb::Keys) => headless::print(&keymap::table()),
        Some(Verb::Themes) => headless::print(&themes()),
        Some(Verb::Completions { shell }) => headless::print(&completions(shell)),
        Some(Verb::Man) => headless::print(&man()),
        Some(Verb::Demo(_)) | None => {
            headless::tell(&"the dashboard is not built yet");
            ExitCode::from(2)
        }
    }
}

fn themes() -> String {
    String::new()
}

fn completions(shell: clap_complete::Shell) -> String {
    let mut out = vec![];
    clap_complete::generate(shell, &mut Cli::command(), "trailtop", &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn man() -> String {
    let mut out = vec![];
    let page = clap_mangen::Man::new(Cli::command());
    page.render(&mut out).expect("a Vec takes everything");
    String::from_utf8_lossy(&out).into_owned()
}
