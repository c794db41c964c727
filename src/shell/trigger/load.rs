//! The triggers that were asked for, and `trailtop triggers`: whether they are right, and whether
//! they work.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use crate::cli;
use crate::clock::Clock;
use crate::config::settle::Shelf;
use crate::detect::rule::Rules;
use crate::export::safe;
use crate::shell::headless::{self, tell};
use crate::shell::trigger::runner::{self, Heard, Runner};
use crate::shell::{rulebook, start};
use crate::trigger::audit::{End, Outcome, What};
use crate::trigger::definition::{Does, Names, Triggers};
use crate::trigger::firing::Wish;
use crate::trigger::sample;
use crate::ui::format;

/// A trigger failed, or cannot work.
const FAILED: u8 = 1;
/// Wrong usage.
const USAGE: u8 = 2;
/// What is said where there are none.
const NONE: &str = "the configuration has no [[trigger]]: `trailtop config --default` shows one";

/// The triggers that `query` fires; `None` where it was not asked to.
pub fn asked(
    typed: &cli::Firing,
    follow: bool,
    shelf: &Shelf,
) -> Result<Option<Arc<Triggers>>, String> {
    if !typed.triggers {
        let needs = "--trigger-on-backfill goes with --triggers".to_owned();
        return if typed.trigger_on_backfill { Err(needs) } else { Ok(None) };
    }
    if !follow && !typed.trigger_on_backfill {
        return Err("nothing is received live without --follow: triggers would never fire \
                    (--trigger-on-backfill fires them for what is read)"
            .to_owned());
    }
    let (mut triggers, left) = of(shelf);
    if !left.is_empty() {
        return Err(left.join("\n"));
    }
    if triggers.is_empty() {
        return Err(NONE.to_owned());
    }
    (triggers.on_backfill, triggers.on_demo) = (typed.trigger_on_backfill, true);
    Ok(Some(Arc::new(triggers)))
}

/// The triggers that the dashboard fires: those that there are, unless it was asked not to. Those
/// that cannot work are left out, and it is told why: a screen is needed most when all is not well.
pub fn configured(
    screen: &cli::Screen,
    shelf: &Shelf,
    rules: &Rules,
) -> (Option<Arc<Triggers>>, Vec<String>) {
    if screen.no_triggers {
        return (None, vec![]);
    }
    let (mut triggers, left) = of(shelf);
    let mut told: Vec<String> = left.iter().map(|why| format!("left out: {why}")).collect();
    if triggers.is_empty() {
        if screen.firing.triggers && told.is_empty() {
            told.push(NONE.to_owned());
        }
        return (None, told);
    }
    told.extend(warnings(&triggers, rules));
    let typed = &screen.firing;
    (triggers.on_backfill, triggers.on_demo) = (typed.trigger_on_backfill, typed.triggers);
    (Some(Arc::new(triggers)), told)
}

/// The triggers of the configuration, and why any are left out.
fn of(shelf: &Shelf) -> (Triggers, Vec<String>) {
    let names = Names { presets: &shelf.presets, accounts: &shelf.accounts };
    Triggers::of(&shelf.triggers, names, &|name| std::env::var(name).ok())
}

/// Tells what is to be known of triggers that work all the same.
pub fn warn(triggers: Option<&Triggers>, rules: &Rules) {
    for warning in triggers.iter().flat_map(|all| warnings(all, rules)) {
        tell(&warning);
    }
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

/// `trailtop triggers …`
pub fn run_triggers(typed: &cli::Triggers, shelf: &Shelf) -> ExitCode {
    let done = match typed {
        cli::Triggers::Check(typed) => check(typed, shelf),
        cli::Triggers::Test(typed) => test(typed, shelf),
    };
    done.unwrap_or_else(|why| {
        tell(&why);
        ExitCode::from(USAGE)
    })
}

fn check(typed: &cli::TriggersCheck, shelf: &Shelf) -> Result<ExitCode, String> {
    let (triggers, left) = of(shelf);
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
    for why in &left {
        writeln!(text, "wrong: {}", safe::shown(why)).ok();
    }
    let all = format::counted((triggers.all.len() + left.len()) as u64, "trigger", "triggers");
    writeln!(text, "{all}, {} wrong", left.len()).ok();
    let printed = headless::print(&text);
    Ok(if left.is_empty() { printed } else { ExitCode::from(FAILED) })
}

fn test(typed: &cli::TriggersTest, shelf: &Shelf) -> Result<ExitCode, String> {
    let (triggers, left) = of(shelf);
    for why in &left {
        tell(why);
    }
    if triggers.is_empty() {
        return Err(NONE.to_owned());
    }
    let triggers = Arc::new(triggers);
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
    let is_well = totals.ok == chosen.len() as u64 && left.is_empty();
    Ok(if is_well { printed } else { ExitCode::from(FAILED) })
}

/// `page: ok: exit status 0 (1 try, 12 ms)`, and what was written.
fn result(text: &mut String, trigger: &str, outcome: &Outcome) {
    let Outcome { end, words, took, tries, out, err } = outcome;
    let tries = format::counted(u64::from(*tries), "try", "tries");
    let end = if *end == End::Ok { "ok" } else { end.word() };
    writeln!(text, "{trigger}: {end}: {} ({tries}, {} ms)", safe::shown(words), took.0).ok();
    for said in [out, err] {
        for line in said.head.lines() {
            writeln!(text, "  {}", safe::shown(line)).ok();
        }
    }
}
