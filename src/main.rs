//! The binary: reads what was typed and runs it.

use std::process::ExitCode;

use trailtop::cli::{self, Verb};
use trailtop::shell::{cases, dashboard, doctor, headless, record, rulebook, texts};

fn main() -> ExitCode {
    if cli::asks_what_was_built(std::env::args_os()) {
        return headless::print(&texts::built());
    }
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
        Some(Verb::Record(record)) => record::run_record(&record),
        Some(Verb::Replay(replay)) => dashboard::run_replay(&replay),
        Some(Verb::Query(query)) => headless::run_query(&query),
        Some(Verb::Doctor(doctor)) => doctor::run_doctor(&doctor),
        Some(Verb::Rules(rules)) => rulebook::run_rules(&rules),
        Some(Verb::Cases) => cases::run_cases(),
        Some(Verb::Fields) => headless::print(&texts::fields()),
        Some(Verb::Keys) => headless::print(&texts::keys()),
        Some(Verb::Themes) => headless::print(&texts::themes()),
        Some(Verb::Completions { shell }) => headless::print(&texts::completions(shell)),
        Some(Verb::Man) => headless::print(&texts::man()),
    }
}
