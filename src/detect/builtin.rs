//! A rule of ours, read from its TOML: a condition in the filter language, or steps of such, and
//! what may have to come together; what it says of itself; and events it is tested with.

use std::sync::Arc;

use serde::Deserialize;

use crate::detect::rule::{Card, Feed, Fires, Origin, Rules, Shared, Signal};
use crate::detect::window::{Gather, Window};
use crate::event::field::From;
use crate::event::time::{Millis, Timestamp};
use crate::query::ast::{Name, Tree};
use crate::query::library;
use crate::query::parse;
use crate::query::plan::{self, Context, Plan};
use crate::query::preset::Presets;
use crate::store::hits::{Named, Severity};

/// Who wrote our rules, and their licence.
const AUTHOR: &str = "trailtop";
const LICENCE: &str = "MIT OR Apache-2.0";

/// A file of one rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// One line.
    pub title: String,
    /// In the words of the `sev` key.
    pub severity: String,
    /// Techniques of ATT&CK.
    pub techniques: Vec<String>,
    /// Which events; empty where there are steps.
    #[serde(default)]
    pub filter: String,
    /// What has to come together, if one event is not enough.
    pub within: Option<String>,
    /// Keys and paths that groups are made by.
    #[serde(default)]
    pub by: Vec<String>,
    /// At least so many events, or distinct values.
    pub at_least: Option<u64>,
    /// The key or path that is counted distinct.
    pub distinct: Option<String>,
    /// What has to follow one another.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// Whether a failed try matters as much, because failures are what is asked for.
    #[serde(default)]
    pub failures: bool,
    /// Whether a trail has to need what was touched: its bucket, its key, its log group or its topic.
    #[serde(default)]
    pub of_trail: bool,
    /// Why it matters.
    pub why: String,
    /// What to look at next.
    pub look: String,
    /// What sets it off without harm.
    pub false_positives: String,
    /// Stories that have to set it off.
    #[serde(default)]
    pub fires: Vec<toml::Table>,
    /// Stories that must not.
    #[serde(default)]
    pub quiet: Vec<toml::Table>,
}

/// One step of a sequence.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Which events.
    pub filter: String,
    /// How many of them; one where it is not said.
    pub at_least: Option<u64>,
}

/// Reads a file; the error is a sentence with its place.
pub fn read(text: &str) -> Result<File, String> {
    toml::from_str(text).map_err(|error| error.to_string())
}

/// Adds the rule of a file, which is called `name`.
pub fn add(rules: &mut Rules, name: &str, file: &File) -> Result<(), String> {
    let presets = library::builtin();
    let card = rules.cards.len() as u16;
    let severity = Severity::of(&file.severity)
        .ok_or_else(|| format!("`{}` is no severity", file.severity))?;
    let window = window(file)?;
    let texts: Vec<&str> = match &*file.steps {
        [] => vec![&file.filter],
        steps => steps.iter().map(|step| &*step.filter).collect(),
    };
    let steps = texts.iter().map(|text| tree(text, &presets)).collect::<Result<Vec<_>, _>>()?;
    let filters = texts.iter().zip(&steps).map(|(text, tree)| plan(text, tree));
    let filters = filters.collect::<Result<Vec<_>, String>>()?;
    let by = file.by.iter().map(|text| shared(text)).collect::<Result<Vec<Shared>, String>>()?;
    let distinct = file.distinct.as_deref().map(shared).transpose()?;
    for (step, (filter, firsts)) in filters.into_iter().enumerate() {
        if window.is_some() && !firsts.is_empty() {
            return Err("`new:` goes with one event, not with what comes together".to_owned());
        }
        if file.of_trail && (window.is_some() || !firsts.is_empty()) {
            return Err("`of_trail` goes with one event, and without `new:`".to_owned());
        }
        let of_trail = file.of_trail;
        let signal = if window.is_none() {
            Signal { card: Some(card), feeds: vec![], firsts, of_trail }
        } else {
            let (window, step) = (rules.windows.len() as u16, step as u16);
            let feed = Feed { window, step, by: by.clone(), distinct: distinct.clone() };
            Signal { card: None, feeds: vec![feed], firsts, of_trail }
        };
        rules.add_filter(filter, signal);
    }
    rules.windows.extend(window.map(|window| Fires { card, window }));
    rules.cards.push(Arc::new(Card {
        named: Arc::new(Named::new(name, &file.title, AUTHOR, LICENCE)),
        severity,
        origin: Origin::Builtin,
        author: AUTHOR.to_owned(),
        licence: LICENCE.to_owned(),
        techniques: file.techniques.clone(),
        why: file.why.clone(),
        look: file.look.clone(),
        false_positives: file.false_positives.clone(),
        lowers: !file.failures,
        is_silent: false,
        is_tamper: file.of_trail,
        steps,
    }));
    Ok(())
}

fn window(file: &File) -> Result<Option<Window>, String> {
    let Some(within) = &file.within else {
        let is_one = file.steps.is_empty() && file.at_least.is_none() && file.distinct.is_none();
        return if is_one { Ok(None) } else { Err("`within` is missing".to_owned()) };
    };
    let span = Millis::parse(within).ok_or_else(|| format!("`{within}` is no length of time"))?;
    let least = file.at_least.unwrap_or(1);
    let gather = match (&*file.steps, &file.distinct) {
        ([], Some(_)) => Gather::Distinct(least),
        ([], None) => Gather::Count(least),
        (steps, _) => Gather::Sequence(steps.iter().map(|it| it.at_least.unwrap_or(1)).collect()),
    };
    Ok(Some(Window { span, gather }))
}

fn tree(filter: &str, presets: &Presets) -> Result<Tree, String> {
    if filter.is_empty() {
        return Err("`filter` is missing".to_owned());
    }
    let wrong = |wrong: Vec<crate::query::diagnostic::Diagnostic>| {
        let lines: Vec<String> = wrong.iter().map(|wrong| wrong.render(filter)).collect();
        lines.join("\n")
    };
    parse::parse(filter, presets).map_err(wrong)
}

/// A condition, and what it wants to be seen first.
fn plan(filter: &str, tree: &Tree) -> Result<(Plan, Vec<u8>), String> {
    let (tree, firsts) = firsts_apart(tree.clone());
    // No day is meant by `time:HH:MM` in a rule: those keys are refused below.
    let plan = Plan::compile(&tree, Context { now: Timestamp(0), names: &[] });
    if plan.reads_news() {
        return Err(format!("`new:` stands beside the other terms of a rule: `{filter}`"));
    }
    if plan.reads_side() || plan.reads_now() {
        return Err(format!("`{filter}` asks for what is not known when an event comes in"));
    }
    Ok((plan, firsts))
}

/// Takes the terms `new:…` out of a filter that wants all of its terms: what is left can be told of
/// an event alone.
fn firsts_apart(tree: Tree) -> (Tree, Vec<u8>) {
    let Tree::And(terms) = tree else { return (tree, vec![]) };
    let mut firsts = vec![];
    let rest = terms.into_iter().filter(|term| match term {
        Tree::Term(name @ Name::Key(key), items) if key.row().from == From::New => {
            let (any_of, none) = plan::firsts(name, items);
            firsts.extend((!none).then_some(any_of));
            none
        }
        _ => true,
    });
    (Tree::And(rest.collect()), firsts)
}

fn shared(text: &str) -> Result<Shared, String> {
    parse::name(text).map(Shared::Name).map_err(|wrong| wrong.line())
}

#[cfg(test)]
#[path = "builtin_tests.rs"]
mod tests;
