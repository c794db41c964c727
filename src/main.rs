//! The binary: reads what was typed and runs it.

use std::process::ExitCode;

use trailtop::cli::{self, Verb};
use trailtop::shell::trigger::load;
use trailtop::shell::{
    cases, configured, dashboard, doctor, habits, headless, record, rulebook, texts, themes,
};

fn main() -> ExitCode {
    if cli::asks_what_was_built(std::env::args_os()) {
        return headless::print(&texts::built());
    }
    let mut typed = match cli::parse(std::env::args_os()) {
        Ok(typed) => typed,
        Err(error) => {
            // A closed pipe behind `--help` is no failure worth a word.
            error.print().ok();
            return ExitCode::from(error.exit_code() as u8);
        }
    };
    // What is generated for everybody is the same for everybody.
    match typed.command {
        Some(Verb::Cases) => return cases::run_cases(),
        Some(Verb::Baseline(baseline)) => return habits::run_baseline(&baseline),
        Some(Verb::Themes { name }) => return themes::run_themes(name.as_deref(), &typed.place),
        Some(Verb::Completions { shell }) => return headless::print(&texts::completions(shell)),
        Some(Verb::Man) => return headless::print(&texts::man()),
        _ => {}
    }
    let settled = match configured::configure(&mut typed) {
        Ok(settled) => settled,
        Err(ended) => return ended,
    };
    let shelf = &settled.shelf;
    match typed.command {
        Some(Verb::Demo(demo)) => dashboard::run_demo(&demo, settled),
        Some(Verb::Record(record)) => record::run_record(&record),
        Some(Verb::Replay(replay)) => dashboard::run_replay(&replay, settled),
        Some(Verb::Query(query)) => headless::run_query(&query, shelf),
        Some(Verb::Doctor(doctor)) => doctor::run_doctor(&doctor),
        Some(Verb::Rules(rules)) => rulebook::run_rules(&rules, shelf),
        Some(Verb::Triggers(triggers)) => load::run_triggers(&triggers, shelf),
        Some(Verb::Fields) => headless::print(&texts::fields(&shelf.presets)),
        Some(Verb::Keys) => headless::print(&texts::keys(&shelf.keymap)),
        _ => dashboard::run_dashboard(&typed.dashboard, settled),
    }
}
