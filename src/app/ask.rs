//! What the user asked for, turned into a question for search.

use std::sync::Arc;

use crate::app::state::App;
use crate::engine::view::View;
use crate::event::time::Timestamp;
use crate::notebook::learned::Learned;
use crate::pane::contract::{Asked, Change, Verbs, WINDOWS};
use crate::query::ast::{Item, Name, Tree};
use crate::query::diagnostic::Diagnostic;
use crate::query::parse::parse;
use crate::query::plan::{Context, Plan};
use crate::query::preset::Presets;
use crate::query::question::{Order, Question};

impl Default for Asked {
    fn default() -> Self {
        Self {
            filter: String::new(),
            window: WINDOWS.len() - 1,
            verbs: Verbs::All,
            denied: false,
            quiet: false,
            order: Order::Time,
        }
    }
}

/// What a filter may name, and what is noise.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The presets.
    pub presets: &'a Presets,
    /// What was learned to be noise.
    pub learned: &'a Learned,
    /// The moment that is asked at, and the names of accounts.
    pub context: Context<'a>,
}

/// The question for what was asked; the diagnostics of its filter where that is not valid.
pub fn question(asked: &Asked, id: u64, known: Known<'_>) -> Result<Question, Vec<Diagnostic>> {
    let Known { presets, learned, context } = known;
    let mut trees: Vec<Tree> = vec![parse(&asked.filter, presets)?];
    for text in chips(asked) {
        trees.push(parse(text, presets)?);
    }
    let plan = Plan::compile(&Tree::and(trees), context);
    let noise = match asked.quiet {
        true => {
            Some(Arc::new(Plan::compile(&parse(&learned.noise(context.now), presets)?, context)))
        }
        false => None,
    };
    let window = WINDOWS[asked.window].0;
    Ok(Question { id, plan: Arc::new(plan), noise, window, order: asked.order })
}

/// The chips as filter texts.
fn chips(asked: &Asked) -> Vec<&'static str> {
    let verbs = match asked.verbs {
        Verbs::All => None,
        Verbs::Writes => Some("verb:W"),
        Verbs::Danger => Some("verb:D"),
    };
    verbs.into_iter().chain(asked.denied.then_some("@denied")).collect()
}

/// The plans of other filters in the place of the one that was asked.
pub fn instead(asked: &Asked, filters: &[String], known: Known<'_>) -> Vec<Arc<Plan>> {
    let plan = |filter: &String| {
        let other = Asked { filter: filter.clone(), quiet: false, ..asked.clone() };
        question(&other, 0, known).ok().map(|question| question.plan)
    };
    // A row is offered only terms that are valid.
    filters.iter().map_while(plan).collect()
}

/// The parts that narrow the rows, each with the plan of all the others: what comes back without it.
/// `verbs` is the key that changes which calls are shown.
pub fn without(
    asked: &Asked,
    (presets, context): (&Presets, Context<'_>),
    verbs: &str,
) -> Vec<(String, Arc<Plan>)> {
    let Ok(filter) = parse(&asked.filter, presets) else { return vec![] };
    let terms = if let Tree::And(terms) = filter { terms } else { vec![filter] };
    let narrows = terms.into_iter().filter(|term| *term != Tree::Everything);
    let mut parts: Vec<(String, Tree)> = narrows.map(|term| (term.to_string(), term)).collect();
    for text in chips(asked) {
        let key = if text.starts_with('@') { String::new() } else { format!(" ({verbs})") };
        parts.extend(parse(text, presets).map(|tree| (format!("{text}{key}"), tree)));
    }
    let others = |left_out: usize| {
        let others = parts.iter().enumerate().filter(|(at, _)| *at != left_out);
        Tree::and(others.map(|(_, (_, tree))| tree.clone()))
    };
    let plan = |at| Arc::new(Plan::compile(&others(at), context));
    parts.iter().enumerate().map(|(at, (term, _))| (term.clone(), plan(at))).collect()
}

/// A filter kept to a range of event times, `[from, to)`, which takes the place of the ranges that
/// are there.
pub fn between(filter: &str, presets: &Presets, (from, to): (Timestamp, Timestamp)) -> String {
    let term = format!("time:{from}..{to}");
    let is_range = |tree: &Tree| {
        matches!(tree, Tree::Term(Name::Key(key), items)
            if key.row().name == "time" && items.iter().all(|it| matches!(it, Item::Range(..))))
    };
    match parse(filter, presets) {
        Ok(tree) if is_range(&tree) => term,
        // Only then is the text written anew: it stays as it was typed otherwise.
        Ok(Tree::And(terms)) if terms.iter().any(is_range) => {
            let kept = Tree::and(terms.into_iter().filter(|term| !is_range(term)));
            changed(&kept.to_string(), Change::Add, &term)
        }
        _ => changed(filter, Change::Add, &term),
    }
}

/// Everything that was asked as one filter text, for the command line that gives the same rows.
/// `noise` is what is hidden as such.
pub fn as_filter(asked: &Asked, noise: &str) -> String {
    let noise = asked.quiet.then(|| match noise {
        "@noise" => "-@noise".to_owned(),
        noise => format!("-({noise})"),
    });
    let filter = match asked.filter.as_str() {
        "" => None,
        filter if filter.contains(" OR ") => Some(format!("({filter})")),
        filter => Some(filter.to_owned()),
    };
    let chips = chips(asked).into_iter().map(str::to_owned).chain(noise);
    filter.into_iter().chain(chips).collect::<Vec<_>>().join(" ")
}

/// A filter changed by a term.
pub fn changed(filter: &str, change: Change, term: &str) -> String {
    let kept = match filter {
        filter if filter.contains(" OR ") => format!("({filter})"),
        filter => filter.to_owned(),
    };
    match change {
        Change::Replace => term.to_owned(),
        Change::Add => format!("{kept} {term}").trim().to_owned(),
        Change::Exclude => format!("{kept} -{term}").trim().to_owned(),
    }
}

/// Takes in what is newly called by a name: sources and accounts. Says whether accounts are, which
/// filters may ask for.
pub(crate) fn learn_names(app: &mut App, view: &View) -> bool {
    for (source, name) in &view.ledger.added {
        if app.names.len() <= source.0 {
            app.names.resize(source.0 + 1, String::new());
        }
        app.names[source.0].clone_from(name);
    }
    let known = &mut app.options.aliases;
    let before = known.len();
    for (account, name) in &view.ledger.aliases {
        if !known.iter().any(|(id, _)| id == account) {
            known.push((account.clone(), name.clone()));
        }
    }
    known.len() > before
}
