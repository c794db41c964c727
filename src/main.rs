//! The binary.

use std::process::ExitCode;

use clap::Parser;
use trailtop::app::state::Options;
use trailtop::shell::{look, resolve, run, start};

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
    let screen = cli.dashboard.screen;
    let wishes = look::Wishes {
        color: cli.dashboard.reading.color,
        ascii: screen.ascii,
        theme: screen.theme.as_deref(),
    };
    let look = look::look(wishes, |name| std::env::var(name).ok()).unwrap();
    let options = Options {
        filter: String::new(),
        sources: words,
        aliases: opened.aliases(),
        theme: look.theme,
        colors: look.colors,
        glyphs: look.glyphs,
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
