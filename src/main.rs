//! The binary: reads what was typed and runs it.

use std::process::ExitCode;

use clap::CommandFactory as _;
use trailtop::cli::{self, Cli, Verb};
use trailtop::command::keymap;
use trailtop::query::{help, library};
use trailtop::shell::{dashboard, headless};
use trailtop::ui::Theme;

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
        None => dashboard::run_dashboard(&typed.dashboard),
        Some(Verb::Demo(demo)) => dashboard::run_demo(&demo),
        Some(Verb::Query(query)) => headless::run_query(&query),
        Some(Verb::Fields) => headless::print(&help::help(&library::builtin())),
        Some(Verb::Keys) => headless::print(&keymap::table()),
        Some(Verb::Themes) => headless::print(&themes()),
        Some(Verb::Completions { shell }) => headless::print(&completions(shell)),
        Some(Verb::Man) => headless::print(&man()),
    }
}

fn themes() -> String {
    Theme::names().map(|name| format!("{name}\n")).collect()
}

fn completions(shell: clap_complete::Shell) -> String {
    let mut out = vec![];
    clap_complete::generate(shell, &mut Cli::command(), "trailtop", &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// The manual page: the commands as clap knows them, then the tables of keys and filters.
fn man() -> String {
    let mut out = vec![];
    clap_mangen::Man::new(Cli::command()).render(&mut out).expect("a Vec takes everything");
    let mut page = String::from_utf8_lossy(&out).into_owned();
    for (title, text) in [("KEYS", keymap::table()), ("FILTERS", help::help(&library::builtin()))] {
        page.extend([".SH ", title, "\n.nf\n"]);
        for line in text.lines() {
            // A line that begins with a dot or a quote would be a request to troff.
            page.push_str("\\&");
            page.push_str(&line.replace('\\', "\\e"));
            page.push('\n');
        }
        page.push_str(".fi\n");
    }
    page
}
