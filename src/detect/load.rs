//! Texts to rules: ours from the shelf, Sigma rules from files of the user's. What cannot be loaded
//! is named with its place, and costs no other rule.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use rsigma_parser::{
    ConditionOperator, CorrelationCondition, CorrelationRule, CorrelationType, FilterRuleTarget,
    Level, LogSource, SigmaRule, WindowMode,
};

use crate::detect::builtin;
use crate::detect::rule::{Card, Feed, Fires, Origin, Rules, Shared, Signal};
use crate::detect::shelf;
use crate::detect::sigma::{self, Asks, Kind, Matcher, Wrong};
use crate::detect::window::{Gather, Window};
use crate::event::time::Millis;
use crate::store::hits::{Named, Severity};

/// How large all regular expressions may be together, with their repetitions written out: a letter of
/// them takes some hundred bytes.
const MAX_EXPRESSIONS: usize = 1 << 20;

/// A file of Sigma rules.
#[derive(Debug, Clone)]
pub struct File {
    /// Its path, for messages.
    pub place: String,
    /// What is in it.
    pub text: String,
}

/// Something to say of a place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// `path:line:column`.
    pub place: String,
    /// A sentence.
    pub what: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// What became of the rules that were read.
#[derive(Debug, Clone, Default)]
pub struct Books {
    /// How many are ready to run.
    pub loaded: usize,
    /// Those that are not, and why.
    pub failed: Vec<Note>,
    /// How many are for other products and services.
    pub not_ours: usize,
    /// What is odd about rules that are loaded.
    pub warnings: Vec<Note>,
    /// What is worth knowing without being odd.
    pub notes: Vec<Note>,
}

impl fmt::Display for Books {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (failed, warnings) = (self.failed.len(), self.warnings.len());
        let all = self.loaded + failed + self.not_ours;
        write!(
            f,
            "{all} rules: {} loaded, {failed} failed, {} not ours, {warnings} warnings",
            self.loaded, self.not_ours
        )
    }
}

/// Loads rules: those of the shelf if they are wanted, and those of files.
pub fn load(with_ours: bool, files: &[File]) -> (Rules, Books) {
    let mut loading = Loading::default();
    if with_ours {
        for (name, text) in shelf::RULES {
            let file = builtin::read(text);
            match file.and_then(|file| builtin::add(&mut loading.rules, name, &file)) {
                Ok(()) => loading.books.loaded += 1,
                Err(what) => loading.fail(name, what),
            }
        }
    }
    for file in files {
        loading.take(file);
    }
    loading.finish()
}

/// A detection on its way.
struct Waiting {
    rule: SigmaRule,
    place: String,
    asks: Asks,
}

/// Rules in the making.
#[derive(Default)]
struct Loading {
    rules: Rules,
    books: Books,
    detections: Vec<Waiting>,
    correlations: Vec<(CorrelationRule, String)>,
    filters: Vec<(rsigma_parser::FilterRule, String)>,
    /// Ids, names and titles of rules that are not ours.
    strangers: HashSet<String>,
    /// How large the regular expressions so far are.
    expressions: usize,
}

/// What a correlation may call a detection by.
#[derive(Default)]
struct Names {
    by_id: HashMap<String, usize>,
    by_title: HashMap<String, usize>,
}

impl Loading {
    fn fail(&mut self, place: &str, what: impl Into<String>) {
        self.books.failed.push(Note { place: place.to_owned(), what: what.into() });
    }

    fn warn(&mut self, place: &str, what: impl Into<String>) {
        self.books.warnings.push(Note { place: place.to_owned(), what: what.into() });
    }

    fn take(&mut self, file: &File) {
        let at = |wrong: &Wrong| format!("{}:{}:{}", file.place, wrong.line, wrong.column);
        for document in sigma::read(&file.text) {
            let place = format!("{}:{}:1", file.place, document.line);
            match document.kind {
                Kind::Other => continue,
                Kind::Unreadable(text, _) if is_strangers(&text) => self.books.not_ours += 1,
                Kind::Unreadable(_, wrong) => self.fail(&at(&wrong), wrong.what),
                Kind::Detection(rule) if !is_ours(&rule.logsource) => {
                    self.books.not_ours += 1;
                    self.strangers.extend(rule.id.into_iter().chain(rule.name).chain([rule.title]));
                    continue;
                }
                Kind::Detection(rule) => {
                    let asks = sigma::asks(&rule);
                    let expressions = self.expressions.saturating_add(asks.expressions);
                    if expressions > MAX_EXPRESSIONS {
                        let what =
                            "its regular expressions are too large, or those of all rules are";
                        self.fail(&place, what);
                        continue;
                    }
                    self.expressions = expressions;
                    self.detections.push(Waiting { rule: *rule, place, asks });
                }
                Kind::Correlation(rule) => self.correlations.push((*rule, place)),
                Kind::Filter(rule) => match &rule.logsource {
                    Some(source) if !is_ours(source) => self.books.not_ours += 1,
                    _ => self.filters.push((*rule, place)),
                },
            }
            for wrong in document.warnings {
                self.warn(&at(&wrong), wrong.what);
            }
        }
    }

    fn finish(mut self) -> (Rules, Books) {
        let detections = std::mem::take(&mut self.detections);
        let names = self.names(&detections);
        let filters = self.targets(&names);
        let rules = detections.iter().map(|it| it.rule.clone()).collect();
        let (matcher, wrong) = Matcher::compile(rules, &filters);
        let mut signals = vec![Signal::default(); detections.len()];
        let mut is_wrong = vec![false; detections.len()];
        for (place, what) in wrong {
            match detections.get(place) {
                Some(it) => {
                    is_wrong[place] = true;
                    self.fail(&it.place, what);
                }
                None => self.fail("a filter", what),
            }
        }
        let mut silent = vec![false; detections.len()];
        for (rule, place) in std::mem::take(&mut self.correlations) {
            let bases = self.bases(&rule, &place, &names);
            if let Some(bases) = bases {
                self.correlate(&rule, &place, &bases, (&mut signals, &is_wrong, &mut silent));
            }
        }
        for (at, it) in detections.iter().enumerate() {
            if is_wrong[at] {
                continue;
            }
            self.remark(it);
            signals[at].card = (!silent[at]).then(|| self.card(&it.rule, it, silent[at]));
            if silent[at] {
                self.card(&it.rule, it, true);
            }
            self.books.loaded += 1;
        }
        if !detections.is_empty() {
            self.rules.sigma = Some((matcher, signals));
        }
        (self.rules, self.books)
    }

    fn names(&mut self, detections: &[Waiting]) -> Names {
        let mut names = Names::default();
        for (at, it) in detections.iter().enumerate() {
            for name in it.rule.id.iter().chain(&it.rule.name) {
                if let Some(other) = names.by_id.insert(name.clone(), at) {
                    let other = &detections[other];
                    let what = format!("the id {name} is also that of {}", other.place);
                    self.books.notes.push(Note { place: it.place.clone(), what });
                }
            }
            names.by_title.insert(it.rule.title.clone(), at);
        }
        names
    }

    fn targets(&mut self, names: &Names) -> Vec<(rsigma_parser::FilterRule, Option<Vec<usize>>)> {
        let mut filters = vec![];
        for (filter, place) in std::mem::take(&mut self.filters) {
            let targets = match &filter.rules {
                FilterRuleTarget::Any => None,
                FilterRuleTarget::Specific(wanted) => {
                    let find = |name: &String| names.by_id.get(name).or(names.by_title.get(name));
                    let found: Vec<usize> = wanted.iter().filter_map(find).copied().collect();
                    if found.is_empty() {
                        self.fail(&place, "the filter names no rule that is here");
                        continue;
                    }
                    Some(found)
                }
            };
            self.books.loaded += 1;
            filters.push((filter, targets));
        }
        filters
    }

    /// The detections that a correlation is made of; `None` where it is told why there are none.
    fn bases(&mut self, rule: &CorrelationRule, place: &str, names: &Names) -> Option<Vec<usize>> {
        let mut bases = vec![];
        let mut by_title = vec![];
        for name in &rule.rules {
            match (names.by_id.get(name), names.by_title.get(name)) {
                (Some(at), _) => bases.push(*at),
                (None, Some(at)) => {
                    bases.push(*at);
                    by_title.push(format!("`{name}`"));
                }
                (None, None) if rule.rules.iter().all(|name| self.strangers.contains(name)) => {
                    self.books.not_ours += 1;
                    return None;
                }
                (None, None) => {
                    self.fail(place, format!("there is no rule `{name}` to correlate"));
                    return None;
                }
            }
        }
        if !by_title.is_empty() {
            let names = by_title.join(", ");
            self.warn(place, format!("{names}: a title; Sigma names rules by `id` or `name`"));
        }
        Some(bases)
    }

    fn correlate(
        &mut self,
        rule: &CorrelationRule,
        place: &str,
        bases: &[usize],
        (signals, is_wrong, silent): (&mut [Signal], &[bool], &mut [bool]),
    ) {
        if bases.iter().any(|base| is_wrong[*base]) {
            return self.fail(place, "a rule that it is made of cannot be run");
        }
        let (window, distinct) = match window(rule) {
            Ok(window) => window,
            Err(what) => return self.fail(place, what),
        };
        let field = |name: &String, base: &String| {
            let alias = rule.aliases.iter().find(|alias| alias.alias == *name);
            let field = alias.and_then(|alias| alias.mapping.get(base)).unwrap_or(name);
            Shared::Field(field.clone())
        };
        for (step, (base, name)) in bases.iter().zip(&rule.rules).enumerate() {
            signals[*base].feeds.push(Feed {
                window: self.rules.windows.len() as u16,
                step: step as u16,
                by: rule.group_by.iter().map(|by| field(by, name)).collect(),
                distinct: distinct.as_ref().map(|distinct| field(distinct, name)),
            });
            silent[*base] |= !rule.generate;
        }
        let card = self.rules.cards.len() as u16;
        self.rules.windows.push(Fires { card, window });
        let author = rule.author.clone().unwrap_or_default();
        let licence = rule.license.clone().unwrap_or_else(|| licence(place));
        self.rules.cards.push(Arc::new(Card {
            named: named(rule.id.as_ref(), &rule.title, (&author, &licence)),
            severity: severity(rule.level),
            origin: Origin::Sigma,
            author,
            licence,
            techniques: techniques(&rule.tags),
            why: rule.description.clone().unwrap_or_default(),
            look: rule.references.join(" "),
            false_positives: rule.falsepositives.join("; "),
            lowers: false,
            is_silent: false,
            is_tamper: false,
            steps: vec![],
        }));
        self.books.loaded += 1;
    }

    /// Tells what is odd about a detection that runs.
    fn remark(&mut self, it: &Waiting) {
        if it.asks.expands {
            self.warn(&it.place, "`expand` asks for values that nobody names here: it cannot fire");
        }
        if it.asks.null_in_list {
            self.warn(&it.place, "`null` in a list of values is not allowed in Sigma");
        }
    }

    fn card(&mut self, rule: &SigmaRule, it: &Waiting, is_silent: bool) -> u16 {
        let tells_failures = ["errorCode", "errorMessage", "responseElements.ConsoleLogin"];
        let author = rule.author.clone().unwrap_or_default();
        let licence = rule.license.clone().unwrap_or_else(|| licence(&it.place));
        let lowers = !it.asks.fields.iter().any(|field| tells_failures.contains(&&**field));
        self.rules.cards.push(Arc::new(Card {
            named: named(rule.id.as_ref(), &rule.title, (&author, &licence)),
            severity: severity(rule.level),
            origin: Origin::Sigma,
            author,
            licence,
            techniques: techniques(&rule.tags),
            why: rule.description.clone().unwrap_or_default(),
            look: rule.references.join(" "),
            false_positives: rule.falsepositives.join("; "),
            lowers,
            is_silent,
            is_tamper: false,
            steps: vec![],
        }));
        (self.rules.cards.len() - 1) as u16
    }
}

/// Whether events of CloudTrail are meant.
fn is_ours(source: &LogSource) -> bool {
    let is =
        |word: Option<&String>, ours: &str| word.is_none_or(|word| word.eq_ignore_ascii_case(ours));
    let says = source.product.is_some() || source.service.is_some();
    says && source.category.is_none()
        && is(source.product.as_ref(), "aws")
        && is(source.service.as_ref(), "cloudtrail")
}

/// Whether a text that cannot be read would be a rule for something else.
fn is_strangers(text: &str) -> bool {
    let says = |key: &str| {
        let value = text.lines().find_map(|line| line.trim_start().strip_prefix(key));
        value.map(|value| value.trim().trim_matches(['"', '\'']))
    };
    let other = |key: &str, ours: &str| says(key).is_some_and(|it| !it.eq_ignore_ascii_case(ours));
    other("product:", "aws") || other("service:", "cloudtrail")
}

/// What has to come together for a correlation, and the field that is counted distinct.
fn window(rule: &CorrelationRule) -> Result<(Window, Option<String>), String> {
    if rule.window != WindowMode::Sliding {
        return Err(format!("windows are sliding here, not {}", rule.window.as_str()));
    }
    let span = Millis(i64::try_from(rule.timespan.seconds).unwrap_or(i64::MAX / 1000) * 1000);
    let every = rule.rules.len() as u64;
    let (least, field) = match &rule.condition {
        CorrelationCondition::Extended(_) => {
            return Err("a condition over rules is not known here: name them in `rules`".into());
        }
        CorrelationCondition::Threshold { predicates, field, .. } => (least(predicates)?, field),
    };
    let gather = match rule.correlation_type {
        CorrelationType::EventCount => Gather::Count(least.unwrap_or(1)),
        CorrelationType::ValueCount => Gather::Distinct(least.unwrap_or(1)),
        CorrelationType::Temporal => Gather::Together(least.unwrap_or(every)),
        CorrelationType::TemporalOrdered => {
            Gather::Sequence(vec![1; rule.rules.len()].into_boxed_slice())
        }
        other => return Err(format!("correlations of type {} are not known here", other.as_str())),
    };
    let distinct = match (&gather, field.as_deref()) {
        (Gather::Distinct(_), Some([field])) => Some(field.clone()),
        (Gather::Distinct(_), _) => return Err("value_count counts one `field`".into()),
        _ => None,
    };
    Ok((Window { span, gather }, distinct))
}

/// The least number that meets a threshold. Of events that still come in, nobody can say that they
/// will stay below a number.
fn least(predicates: &[(ConditionOperator, u64)]) -> Result<Option<u64>, String> {
    let mut least = None;
    for (operator, number) in predicates {
        let at = match operator {
            ConditionOperator::Gte => *number,
            ConditionOperator::Gt => number.saturating_add(1),
            ConditionOperator::Lt
            | ConditionOperator::Lte
            | ConditionOperator::Eq
            | ConditionOperator::Neq => {
                return Err("a threshold is `gte` or `gt`: events still come in, so nobody can \
                            say that there are no more"
                    .into());
            }
        };
        least = least.max(Some(at.max(1)));
    }
    Ok(least)
}

fn named(id: Option<&String>, title: &str, by: (&str, &str)) -> Arc<Named> {
    Arc::new(Named::new(id.map_or(title, |id| id), title, by.0, by.1))
}

/// What public sets say of their rules once for all.
fn licence(_place: &str) -> String {
    "Detection Rule License (DRL) 1.1, or as its author says".to_owned()
}

fn severity(level: Option<Level>) -> Severity {
    level.and_then(|level| Severity::of(level.as_str())).unwrap_or(Severity::Medium)
}

/// `attack.t1562.008` is T1562.008.
fn techniques(tags: &[String]) -> Vec<String> {
    let of = |tag: &String| {
        let name = tag.strip_prefix("attack.")?;
        let is_one = name.starts_with('t') && name[1..].starts_with(|c: char| c.is_ascii_digit());
        is_one.then(|| name.to_ascii_uppercase())
    };
    tags.iter().filter_map(of).collect()
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
