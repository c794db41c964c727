//! The triggers that were asked for, and `trailtop triggers`: whether they are right, and whether
//! they work.

use std::fmt::Write as _;
use std::fs;
use std::process::ExitCode;
use std::sync::Arc;

use crate::cli;
use crate::clock::Clock;
use crate::detect::rule::Rules;
use crate::export::safe;
use crate::query::library;
use crate::shell::headless::{self, tell};
use crate::shell::trigger::runner::{self, Heard, Runner};
use crate::shell::{rulebook, start};
use crate::trigger::audit::{End, Outcome, What};
use crate::trigger::definition::{self, Does, Triggers};
use crate::trigger::firing::Wish;
use crate::trigger::sample;

/// A trigger failed.
const FAILED: u8 = 1;
/// A trigger is wrong, or the file is not there.
const USAGE: u8 = 2;
/// The largest file that is read as triggers.
const MAX_FILE: u64 = 1 << 20;

/// The triggers that a run fires; `None` where none were asked for.
pub fn wanted(typed: &cli::Firing, follow: bool) -> Result<Option<Arc<Triggers>>, String> {
    let Some(path) = &typed.triggers else { return Ok(None) };
    if !follow && !typed.trigger_on_backfill {
        return Err("nothing is received live without --follow: triggers would never fire \
                    (--trigger-on-backfill fires them for what is read)"
            .to_owned());
    }
    let mut triggers = read(path)?;
    (triggers.on_backfill, triggers.on_demo) = (typed.trigger_on_backfill, true);
    Ok(Some(Arc::new(triggers)))
}

/// What is to be known of triggers that work all the same.
pub fn warnings(triggers: &Triggers, rules: &Rules) -> Vec<String> {
    let mut warnings = vec![];
    for trigger in &triggers.all {
        let is_known = |id: &str| {
            let names = rules.cards.iter().filter(|card| !card.is_silent).map(|card| &card.named);
            id == "*"
                || names.into_iter().any(|known| {
                    known.id.eq_ignore_ascii_case(id) || known.title.eq_ignore_ascii_case(id)
                })
        };
        for id in trigger.when.rules.iter().filter(|id| !is_known(id)) {
            warnings
                .push(format!("trigger {}: no rule that is loaded is called {id:?}", trigger.name));
        }
        if let Does::Post(post) = &trigger.does
            && post.is_open()
        {
            let shown = post.shown();
            warnings.push(format!("trigger {}: {shown} is not encrypted", trigger.name));
        }
    }
    warnings
}

/// Reads a file of triggers.
fn read(path: &str) -> Result<Triggers, String> {
    let wrong = |why: String| format!("cannot read the triggers in {path}: {why}");
    let size = fs::metadata(path).map_err(|error| wrong(error.to_string()))?.len();
    if size > MAX_FILE {
        return Err(wrong(format!("{size} bytes are more than any file of triggers has")));
    }
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let written = definition::read(&text).map_err(wrong)?;
    let env = |name: &str| std::env::var(name).ok();
    Triggers::of(&written, &library::builtin(), &env).map_err(|all| wrong(all.join("\n")))
}

/// `trailtop triggers …`
pub fn run_triggers(typed: &cli::Triggers) -> ExitCode {
    let done = match typed {
        cli::Triggers::Check(typed) => check(typed),
        cli::Triggers::Test(typed) => test(typed),
    };
    done.unwrap_or_else(|why| {
        tell(&why);
        ExitCode::from(USAGE)
    })
}

fn named(path: Option<&str>) -> Result<Triggers, String> {
    let path = path.ok_or("no triggers: --triggers FILE names a file of [[trigger]] tables")?;
    read(path)
}

fn check(typed: &cli::TriggersCheck) -> Result<ExitCode, String> {
    let triggers = named(typed.triggers.as_deref())?;
    let rules = rulebook::load(&typed.detection)?;
    let mut text = String::new();
    for trigger in &triggers.all {
        let (when, does) = (trigger.when.words(), trigger.does.shown());
        let verb = if matches!(trigger.does, Does::Run(_)) { "runs" } else { "posts to" };
        let line = format!("{}: {when}: {verb} {does}", trigger.name);
        writeln!(text, "{}", safe::shown(&line)).ok();
    }
    for warning in warnings(&triggers, &rules) {
        writeln!(text, "warning: {}", safe::shown(&warning)).ok();
    }
    writeln!(text, "{} triggers", triggers.all.len()).ok();
    Ok(headless::print(&text))
}

fn test(typed: &cli::TriggersTest) -> Result<ExitCode, String> {
    let triggers = Arc::new(named(typed.triggers.as_deref())?);
    let chosen = match &*typed.names {
        [] => (0..triggers.all.len()).collect(),
        names => {
            let known = |name: &String| {
                triggers.named(name).ok_or_else(|| format!("there is no trigger {name:?}"))
            };
            names.iter().map(known).collect::<Result<Vec<usize>, String>>()?
        }
    };
    let clock = Clock::System;
    let runtime = start::runtime().map_err(|error| format!("{error:#}"))?;
    let (said, results) = std::sync::mpsc::channel();
    let told = move |heard: Heard| match heard {
        Heard::Trouble(why) => tell(&why),
        // Nobody may listen any more.
        Heard::Entry(entry) => drop(said.send(entry)),
    };
    let started = Runner::start(runtime.handle(), Arc::clone(&triggers), clock, Box::new(told));
    let (mut runner, wishes) = started.map_err(|error| format!("{error:#}"))?;
    let run = runner::name(clock);
    for firing in sample::firings(&triggers, &chosen, (&run, clock.now())) {
        wishes.send(Wish::Fire(Box::new(firing))).map_err(|_| "nobody fires".to_owned())?;
    }
    drop(wishes);
    let totals = runtime.block_on(runner.finish());
    let mut text = String::new();
    for entry in results.try_iter() {
        if let What::Ended(_, _, outcome) = &entry.what {
            result(&mut text, &entry.trigger, outcome);
        }
    }
    let printed = headless::print(&text);
    let is_well = totals.ok == chosen.len() as u64;
    Ok(if is_well { printed } else { ExitCode::from(FAILED) })
}

/// `page: ok: exit status 0 (1 try, 12 ms)`, and what was written.
fn result(text: &mut String, trigger: &str, outcome: &Outcome) {
    let Outcome { end, words, took, tries, out, err } = outcome;
    let tries = if *tries == 1 { "1 try".to_owned() } else { format!("{tries} tries") };
    let end = if *end == End::Ok { "ok" } else { end.word() };
    writeln!(text, "{trigger}: {end}: {} ({tries}, {} ms)", safe::shown(words), took.0).ok();
    for said in [out, err] {
        for line in said.head.lines() {
            writeln!(text, "  {}", safe::shown(line)).ok();
        }
    }
}
