//! The binary.

use std::process::ExitCode;

use clap::Parser;
use trailtop::app::state::Options;
use trailtop::shell::{resolve, run, start};
use trailtop::ui::{Glyphs, Theme};

fn main() -> ExitCode {
    let cli = trailtop::cli::Cli::parse();
    let words =
        if cli.dashboard.sources.is_empty() { vec!["demo:".into()] } else { cli.dashboard.sources };
    let clock = resolve::clock(cli.dashboard.reading.now.as_deref()).unwrap();
    let opened = match start::Opened::of(&words) {
        Ok(o) => o,
        Err(e) => {
            eprintln!("{e:#}");
            return ExitCode::from(2);
        }
    };
    let options = Options {
        filter: String::new(),
        sources: words,
        aliases: opened.aliases(),
        theme: Theme::load("dark").unwrap(),
        colors: trailtop::ui::theme::Colors::Indexed,
        glyphs: Glyphs::UNICODE,
        local: jiff::tz::TimeZone::system(),
        presets: trailtop::query::library::builtin(),
        now: clock.now(),
    };
    let reading =
        start::Reading { follow: cli.dashboard.reading.follow, max_object: 1 << 30, clock };
    match run::run(run::Setup { opened, reading, memory: 1 << 30 }, options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e:#}");
            ExitCode::FAILURE
        }
    }
}
