//! THE adapter to the Sigma library: texts to documents, documents to something that runs. What a
//! document says as a whole is settled in `load`, what its windows add up to in `groups`.

use std::fmt;
use std::ops::Range;

use rsigma_eval::{CompiledRule, Engine, evaluate_rule, explain_rule};
use rsigma_parser::{
    CorrelationRule, Detection, FilterRule, FilterRuleTarget, Modifier, SigmaRule, SigmaValue,
};

use crate::detect::access::Access;
use crate::detect::gate::{self, Gate};
use crate::detect::trace;
use crate::query::reason::Reason;

/// The longest text that is read as rules.
const MAX_BYTES: usize = 1 << 20;
/// The most brackets that may be open, those in texts included.
const MAX_OPEN: usize = 500;
/// The most blanks and marks of lists that a line may begin with.
const MAX_INDENT: usize = 200;

/// One document of a file of rules.
#[derive(Debug)]
pub struct Document {
    /// Its first line, counted from 1.
    pub line: usize,
    /// What it is.
    pub kind: Kind,
    /// What is odd about it without making it useless.
    pub warnings: Vec<Wrong>,
}

/// What a document is.
#[derive(Debug)]
pub enum Kind {
    /// What one event has to be.
    Detection(Box<SigmaRule>),
    /// What events have to add up to.
    Correlation(Box<CorrelationRule>),
    /// What is taken out of other rules.
    Filter(Box<FilterRule>),
    /// It could not be read. The text is there to tell whose it would be.
    Unreadable(String, Wrong),
    /// YAML, but no rule.
    Other,
}

/// What is wrong, and where in the file, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// Why, as a sentence without a full stop.
    pub what: String,
}

/// Reads a file of rules, document by document: one that is broken costs no other.
pub fn read(text: &str) -> Vec<Document> {
    if let Some(wrong) = too_much(text) {
        return vec![Document {
            line: 1,
            kind: Kind::Unreadable(String::new(), wrong),
            warnings: vec![],
        }];
    }
    // The `action` of older files reaches over documents.
    let is_one = text.lines().any(|line| line.starts_with("action:"));
    let parts = if is_one { std::iter::once(0..text.len()).collect() } else { documents(text) };
    let mut read = vec![];
    for part in parts {
        let line = 1 + text[..part.start].matches('\n').count();
        read.extend(document(&text[part], line));
    }
    read
}

/// What would take a reader of YAML too long.
fn too_much(text: &str) -> Option<Wrong> {
    if text.len() > MAX_BYTES {
        let what = format!("{} bytes are more than a file of rules may have", text.len());
        return Some(Wrong { line: 1, column: 1, what });
    }
    let mut open = 0usize;
    for (number, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start_matches([' ', '\t', '-', '?', ':']).len();
        for (column, byte) in line.bytes().enumerate() {
            match byte {
                b'[' | b'{' => open += 1,
                b']' | b'}' => open = open.saturating_sub(1),
                _ => {}
            }
            if open > MAX_OPEN || indent > MAX_INDENT {
                let what = "it is nested too deeply for a rule".to_owned();
                return Some(Wrong { line: number + 1, column: column + 1, what });
            }
        }
    }
    None
}

/// Where the documents of a file are.
fn documents(text: &str) -> Vec<Range<usize>> {
    let mut found = vec![];
    let (mut from, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "---" {
            found.push(from..at);
            from = at + line.len();
        }
        at += line.len();
    }
    found.push(from..text.len());
    found.retain(|range| {
        let mut lines = text[range.clone()].lines();
        lines.any(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
    });
    found
}

fn document(text: &str, line: usize) -> Vec<Document> {
    let has = |key: &str| text.lines().any(|line| line.starts_with(key));
    if !(has("detection:") || has("correlation:") || has("filter:")) {
        let is_broken = has("logsource:") && has("title:");
        if !is_broken {
            return vec![Document { line, kind: Kind::Other, warnings: vec![] }];
        }
    }
    let (read, errors) = match rsigma_parser::parse_sigma_yaml(text) {
        Ok(read) => {
            let errors = read.errors.clone();
            (Some(read), errors)
        }
        Err(error) => (None, vec![error.to_string()]),
    };
    let mut wrong: Vec<Wrong> = errors.iter().map(|error| placed(error, text, line)).collect();
    let mut found: Vec<Document> = vec![];
    if let Some(read) = read {
        let detections = read.rules.into_iter().map(|rule| Kind::Detection(Box::new(rule)));
        let correlations =
            read.correlations.into_iter().map(|rule| Kind::Correlation(Box::new(rule)));
        let filters = read.filters.into_iter().map(|rule| Kind::Filter(Box::new(rule)));
        let kinds = detections.chain(correlations).chain(filters);
        found.extend(kinds.map(|kind| Document { line, kind, warnings: vec![] }));
    }
    if let Some(first) = found.first_mut() {
        first.warnings = wrong;
    } else {
        let nothing = || Wrong { line, column: 1, what: "it holds no rule".to_owned() };
        let wrong = if wrong.is_empty() { nothing() } else { wrong.remove(0) };
        let kind = Kind::Unreadable(text.to_owned(), wrong);
        found.push(Document { line, kind, warnings: vec![] });
    }
    found
}

/// Finds the place that an error of the library speaks of; `first` is the line the text begins at.
fn placed(error: &str, text: &str, first: usize) -> Wrong {
    let number_after = |word: &str| -> Option<usize> {
        let rest = &error[error.find(word)? + word.len()..];
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    let what = plain(error);
    if let (Some(line), Some(column)) = (number_after(" line "), number_after(" column ")) {
        return Wrong { line: first + line.saturating_sub(1), column, what };
    }
    let at = |line: usize, column: usize| Wrong { line: first + line, column, what: what.clone() };
    // A place within a condition is one within its value.
    if error.contains("ondition") {
        let begins = |line: &&str| line.trim_start().starts_with("condition:");
        if let Some((number, line)) = text.lines().enumerate().find(|(_, line)| begins(line)) {
            let value = line.find("condition:").map_or(0, |at| at + "condition:".len());
            let blanks = line[value..].len() - line[value..].trim_start().len();
            let inside = number_after("at 1:").unwrap_or(1);
            return at(number, value + blanks + inside);
        }
    }
    let quoted = error.split(['\'', '`', '"']).nth(1).filter(|word| !word.is_empty());
    let found = quoted.and_then(|word| {
        let mut lines = text.lines().enumerate();
        lines.find_map(|(number, line)| Some((number, line.find(word)? + 1)))
    });
    let (line, column) = found.unwrap_or((0, 1));
    at(line, column)
}

/// The sentence of an error without what stands elsewhere: its place, and pictures of several lines.
fn plain(error: &str) -> String {
    if error.contains("expected EOI") && error.contains("and_op") {
        return "the condition goes on where it should end; an aggregation (`| count() by …`) is \
                written as a rule of its own with `correlation: type: event_count`"
            .to_owned();
    }
    let lines: Vec<&str> = error.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines.last().copied().unwrap_or(error);
    let text = if lines.len() > 1 { last.trim_start_matches("= ") } else { error };
    text.to_owned()
}

/// What a detection asks for, as far as it matters to us.
#[derive(Debug, Default)]
pub struct Asks {
    /// The fields it names.
    pub fields: Vec<String>,
    /// Whether a value stands for others that somebody has to name.
    pub expands: bool,
    /// Whether a list of values holds `null`, which Sigma does not allow.
    pub null_in_list: bool,
    /// How large its regular expressions are once they are made ready, about: what is repeated so many
    /// times is there so many times.
    pub expressions: usize,
}

/// Looks through a detection.
pub fn asks(rule: &SigmaRule) -> Asks {
    let mut asks = Asks::default();
    rule.detection.named.values().for_each(|detection| look(detection, &mut asks));
    asks
}

fn look(detection: &Detection, asks: &mut Asks) {
    match detection {
        Detection::AllOf(items) => {
            for item in items {
                asks.fields.extend(item.field.name.clone());
                asks.expands |= item.field.modifiers.contains(&Modifier::Expand);
                if item.field.modifiers.contains(&Modifier::Re) {
                    let size = |value: &SigmaValue| match value {
                        SigmaValue::String(text) => unrolled(&text.original),
                        _ => 0,
                    };
                    let all = item.values.iter().map(size);
                    asks.expressions = all.fold(asks.expressions, usize::saturating_add);
                }
                let has_null = item.values.iter().any(|value| matches!(value, SigmaValue::Null));
                asks.null_in_list |= has_null && item.values.len() > 1;
            }
        }
        Detection::AnyOf(inner) | Detection::And(inner) => {
            for detection in inner {
                look(detection, asks);
            }
        }
        Detection::Keywords(_) => {}
        Detection::ArrayMatch { field, body, .. } => {
            asks.fields.push(field.clone());
            look(body, asks);
        }
        Detection::Conditional { named, .. } => {
            for detection in named.values() {
                look(detection, asks);
            }
        }
    }
}

/// How long a regular expression is with its counted repetitions written out, at most.
fn unrolled(text: &str) -> usize {
    let counts = text.split('{').skip(1).filter_map(|rest| {
        let inside = rest.split('}').next()?;
        inside.split(',').filter_map(|number| number.trim().parse::<usize>().ok()).max()
    });
    counts.fold(text.len(), |size, count| size.saturating_mul(count.max(1)))
}

/// Detections made ready to run.
pub struct Matcher {
    engine: Engine,
    /// The rules of the engine by their numbers there.
    gate: Gate,
    /// The places under which callers know them.
    places: Vec<usize>,
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Matcher of {} rules", self.engine.rule_count())
    }
}

impl Matcher {
    /// Compiles detections, and takes out of them what filters say. Gives the places of those that
    /// cannot be run, with why. Filters name rules by their places.
    pub fn compile(
        mut rules: Vec<SigmaRule>,
        filters: &[(FilterRule, Option<Vec<usize>>)],
    ) -> (Self, Vec<(usize, String)>) {
        for (place, rule) in rules.iter_mut().enumerate() {
            // What it says of itself is on its card; here it is copied with every match.
            rule.id = Some(place.to_string());
            rule.title = String::new();
            rule.tags.clear();
            rule.custom_attributes.clear();
        }
        let mut engine = Engine::new();
        let errors = engine.add_rules(&rules);
        let mut wrong: Vec<(usize, String)> =
            errors.into_iter().map(|(place, error)| (place, error.to_string())).collect();
        for (filter, places) in filters {
            let mut filter = filter.clone();
            filter.rules = match places {
                Some(places) => {
                    let places = places.iter().map(ToString::to_string);
                    FilterRuleTarget::Specific(places.collect())
                }
                None => FilterRuleTarget::Any,
            };
            if let Err(error) = engine.apply_filter(&filter) {
                wrong.push((usize::MAX, error.to_string()));
            }
        }
        let place = |rule: &CompiledRule| rule.id.as_deref().and_then(|id| id.parse().ok());
        let places: Vec<usize> =
            engine.rules().iter().map(|rule| place(rule).unwrap_or(usize::MAX)).collect();
        let mut gate = Gate::default();
        for (at, rule) in places.iter().map(|place| rules.get(*place)).enumerate() {
            // Filters only narrow what a rule is about.
            if let Some(rule) = rule {
                gate.add(at, gate::names(rule));
            }
        }
        (Self { engine, gate, places }, wrong)
    }

    /// Calls `visit` with the place of every detection that a record meets.
    pub fn each(&self, record: &Access<'_>, mut visit: impl FnMut(usize)) {
        let rules = self.engine.rules();
        let mut meets = |at: usize| {
            if rules.get(at).is_some_and(|rule| evaluate_rule(rule, record).is_some()) {
                visit(self.places[at]);
            }
        };
        match record.name() {
            Some(name) => self.gate.pass(&name).for_each(meets),
            // Sigma looks into lists too.
            None => (0..rules.len()).for_each(&mut meets),
        }
    }

    /// Why a record meets the detection at a place: what of it holds. For one record that somebody
    /// looks at.
    pub fn why(&self, at: usize, record: &Access<'_>) -> Vec<Reason> {
        let place = self.places.iter().position(|place| *place == at);
        let rule = place.and_then(|place| self.engine.rules().get(place));
        rule.map(|rule| trace::reasons(&explain_rule(rule, record))).unwrap_or_default()
    }
}

#[cfg(test)]
impl Matcher {
    /// The places of the detections that a record meets, as the library finds them by itself.
    pub(crate) fn each_without_gate(&self, record: &Access<'_>) -> Vec<usize> {
        let results = self.engine.evaluate(record);
        let place = |id: Option<&str>| id.and_then(|id| id.parse().ok());
        let mut met: Vec<usize> =
            results.iter().filter_map(|it| place(it.header.rule_id.as_deref())).collect();
        met.sort_unstable();
        met.dedup();
        met
    }
}

#[cfg(test)]
#[path = "sigma_tests.rs"]
mod tests;
