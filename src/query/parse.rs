//! Filter text to tree. Total: a text gives a tree, or says everything that is wrong with it.

use std::ops::Range;
use std::sync::Arc;

use crate::event::field::{FIELDS, TOP_LEVEL};
use crate::query::ast::{self, Item, Key, Name, Order, Tree};
use crate::query::diagnostic::Diagnostic;
use crate::query::literal;
use crate::query::number::Number;
use crate::query::predicate;
use crate::query::preset::Presets;
use crate::query::token::{self, Head, Lexeme, Raw, Token};

/// How deep groups may nest: far beyond what is meant, far within the stack.
const MAX_DEPTH: usize = 64;

/// Reads a filter. The empty text is [`Tree::Everything`]. The error lists everything that is
/// wrong, by place, and is never empty.
pub fn parse(text: &str, presets: &Presets) -> Result<Tree, Vec<Diagnostic>> {
    let (tokens, wrong) = token::tokens(text);
    let mut parser =
        Parser { text, tokens: &tokens, at: 0, depth: 0, is_over: false, presets, wrong };
    let tree = if tokens.is_empty() { Some(Tree::Everything) } else { parser.any() };
    if parser.at < tokens.len() && parser.wrong.is_empty() {
        let span = tokens[parser.at].span.clone();
        parser.wrong.push(Diagnostic::new(span, "this cannot stand here"));
    }
    match tree {
        Some(tree) if parser.wrong.is_empty() => Ok(tree),
        _ => {
            parser.wrong.sort_by_key(|wrong| (wrong.span.start, wrong.span.end));
            Err(parser.wrong)
        }
    }
}

/// Reads the name of a key or a path, as `--by` and `--columns` take it.
pub fn name(text: &str) -> Result<Name, Diagnostic> {
    match token::head(text) {
        Some(Head::Name(name)) => Ok(name),
        _ => Err(unknown_key(text, 0..text.len(), None)),
    }
}

struct Parser<'p> {
    text: &'p str,
    tokens: &'p [Token],
    at: usize,
    depth: usize,
    is_over: bool,
    presets: &'p Presets,
    wrong: Vec<Diagnostic>,
}

impl<'p> Parser<'p> {
    fn peek(&self) -> Option<&'p Lexeme> {
        self.tokens.get(self.at).map(|token| &token.lexeme)
    }

    fn span(&self) -> Range<usize> {
        let end = self.text.len();
        self.tokens.get(self.at).map_or(end..end, |token| token.span.clone())
    }

    fn complain(&mut self, span: Range<usize>, reason: &str) {
        self.wrong.push(Diagnostic::new(span, reason));
    }

    /// `and ("OR" and)*`; `None` if something was wrong, which has been said.
    fn any(&mut self) -> Option<Tree> {
        let mut trees = vec![self.all()];
        while self.peek() == Some(&Lexeme::Or) {
            let span = self.span();
            self.at += 1;
            if self.ends_here() {
                self.dangling(span);
                return None;
            }
            trees.push(self.all());
        }
        trees.into_iter().collect::<Option<Vec<_>>>().map(Tree::or)
    }

    /// `term+`, with or without `AND` between them.
    fn all(&mut self) -> Option<Tree> {
        let mut trees: Vec<Option<Tree>> = vec![];
        loop {
            match self.peek() {
                None | Some(Lexeme::Close) => break,
                Some(Lexeme::Or) if !trees.is_empty() => break,
                Some(Lexeme::And | Lexeme::Or) if trees.is_empty() => {
                    let span = self.span();
                    self.dangling(span);
                    self.at += 1;
                    trees.push(None);
                }
                Some(Lexeme::And) => {
                    let span = self.span();
                    self.at += 1;
                    if self.ends_here() || matches!(self.peek(), Some(Lexeme::And | Lexeme::Or)) {
                        self.dangling(span);
                        trees.push(None);
                    }
                }
                Some(_) => trees.push(self.term()),
            }
        }
        if trees.is_empty() {
            let span = self.span();
            self.complain(span, "a term is missing here");
            return None;
        }
        trees.into_iter().collect::<Option<Vec<_>>>().map(Tree::and)
    }

    fn ends_here(&self) -> bool {
        matches!(self.peek(), None | Some(Lexeme::Close))
    }

    /// An operator that lacks a term on one of its sides.
    fn dangling(&mut self, span: Range<usize>) {
        let word = &self.text[span.clone()];
        let why =
            format!("`{word}` stands between two terms; in lower case or quotes it is a word");
        self.wrong.push(Diagnostic::new(span, why).or(literal::quoted(word)));
    }

    fn term(&mut self) -> Option<Tree> {
        let is_negated = matches!(self.peek(), Some(Lexeme::Not | Lexeme::Minus));
        if is_negated {
            let span = self.span();
            self.at += 1;
            match self.peek() {
                Some(Lexeme::Not | Lexeme::Minus) => {
                    let second = self.span();
                    self.complain(second, "a term is negated once; a group can be negated again");
                    self.at += 1;
                    self.atom();
                    return None;
                }
                None | Some(Lexeme::Close | Lexeme::And | Lexeme::Or) => {
                    let word = &self.text[span.clone()];
                    let why =
                        format!("`{word}` stands before what it negates; in quotes it is text");
                    self.wrong.push(Diagnostic::new(span, why).or(literal::quoted(word)));
                    return None;
                }
                Some(_) => {}
            }
        }
        let tree = self.atom()?;
        Some(if is_negated { tree.negated() } else { tree })
    }

    fn atom(&mut self) -> Option<Tree> {
        let span = self.span();
        let lexeme = self.peek()?;
        self.at += 1;
        match lexeme {
            Lexeme::Open => self.group(span),
            Lexeme::Word(text) | Lexeme::Phrase(text) => Some(Tree::Text(text.clone())),
            Lexeme::Preset(name) => self.preset(name, span),
            Lexeme::Head(head) => self.field(head, span),
            // What is wrong with a broken token has been said by the lexer.
            Lexeme::Broken => None,
            Lexeme::Close
            | Lexeme::And
            | Lexeme::Or
            | Lexeme::Not
            | Lexeme::Minus
            | Lexeme::Item(_)
            | Lexeme::Comma => {
                self.complain(span, "this cannot stand here");
                None
            }
        }
    }

    fn group(&mut self, open: Range<usize>) -> Option<Tree> {
        if self.depth == MAX_DEPTH {
            // Nothing more is said: every group around this one would seem not to be closed.
            self.wrong = vec![Diagnostic::new(open, "groups nest at most 64 deep")];
            self.at = self.tokens.len();
            self.is_over = true;
            return None;
        }
        if self.peek() == Some(&Lexeme::Close) {
            let span = open.start..self.span().end;
            self.at += 1;
            self.wrong.push(Diagnostic::new(span, "the group is empty").or("\"()\""));
            return None;
        }
        self.depth += 1;
        let tree = self.any();
        self.depth -= 1;
        if self.peek() == Some(&Lexeme::Close) {
            self.at += 1;
            return tree;
        }
        if self.at >= self.tokens.len() && !self.is_over {
            let why = "the group that opens here is not closed";
            let rest = &self.text[open.start..];
            self.wrong.push(Diagnostic::new(open, why).or(format!("{rest})")));
        }
        None
    }

    fn preset(&mut self, name: &str, span: Range<usize>) -> Option<Tree> {
        if let Some(preset) = self.presets.get(name) {
            return Some(Tree::Preset(preset.name.clone(), Arc::clone(&preset.tree)));
        }
        let known = || self.presets.iter().map(|preset| preset.name.as_str());
        let mut wrong = Diagnostic::new(span.clone(), format!("no preset `@{name}`"));
        for near in nearest(name, known()) {
            wrong = wrong.or(format!("@{near}"));
        }
        if wrong.suggestions.is_empty() {
            let all: Vec<_> = known().map(|name| format!("@{name}")).collect();
            wrong.reason = format!("{}; there are {}", wrong.reason, all.join(" "));
        }
        self.wrong.push(wrong.or(literal::quoted(&self.text[span])));
        None
    }

    fn field(&mut self, head: &Head, span: Range<usize>) -> Option<Tree> {
        match head {
            Head::Name(name) => self.items(name).map(|items| Tree::Term(name.clone(), items)),
            Head::Service(source) => {
                let event = Name::Key(Key::of("event")?);
                let items = self.items(&event)?;
                let service =
                    Tree::Term(Name::Key(Key::of("svc")?), vec![Item::Text(source.clone())]);
                Some(Tree::and([service, Tree::Term(event, items)]))
            }
            Head::Unknown(name) => {
                let first = self.at;
                while matches!(self.peek(), Some(Lexeme::Item(_) | Lexeme::Comma | Lexeme::Broken))
                {
                    self.at += 1;
                }
                let end = self.tokens[first..self.at].last().map_or(span.end, |last| last.span.end);
                let whole = &self.text[span.start..end];
                self.wrong.push(unknown_key(name, span.start..span.end - 1, Some(whole)));
                None
            }
        }
    }

    /// The values after a head, one token each with a comma between.
    fn items(&mut self, name: &Name) -> Option<Vec<Item>> {
        let mut items = vec![];
        loop {
            let span = self.span();
            match self.peek() {
                Some(Lexeme::Item(raw)) => {
                    self.at += 1;
                    items.push(self.item(name, raw, span));
                }
                Some(Lexeme::Broken) => {
                    self.at += 1;
                    items.push(None);
                }
                _ => break,
            }
            if self.peek() == Some(&Lexeme::Comma) {
                self.at += 1;
            } else {
                break;
            }
        }
        items.into_iter().collect()
    }

    fn item(&mut self, name: &Name, raw: &Raw, span: Range<usize>) -> Option<Item> {
        let item = match raw {
            Raw::Bare(text) => bare_item(name, text),
            Raw::Quoted(sign, text) => quoted_item(name, sign, text),
            Raw::Regex(pattern) => Ok(Item::Regex(pattern.clone())),
        };
        let item = match item {
            Ok(item) => item,
            Err(reason) => {
                let wrong = Diagnostic::new(span, format!("{name}: {reason}"));
                self.wrong.push(wrong.or("*").or("none"));
                return None;
            }
        };
        match predicate::check(name, &item) {
            Ok(()) => Some(item),
            Err(fault) => {
                let reason = format!("{name}: {}", fault.reason);
                self.wrong.push(Diagnostic { span, reason, suggestions: fault.suggestions });
                None
            }
        }
    }
}

/// A value without quotes, by the kind of its key. The error is what is missing.
fn bare_item(name: &Name, text: &str) -> Result<Item, &'static str> {
    const EMPTY: &str = "a value is missing; it follows the colon or comma without a blank";
    match text {
        "" => return Err(EMPTY),
        "*" => return Ok(Item::Present),
        "none" if !ast::has_none(name) => return Ok(Item::Absent),
        _ => {}
    }
    if let Some(rest) = text.strip_prefix('=') {
        return if rest.is_empty() { Err(EMPTY) } else { Ok(Item::Exact(rest.to_owned())) };
    }
    if let Some(rest) = text.strip_prefix('~') {
        return if rest.is_empty() { Err(EMPTY) } else { Ok(Item::Letters(rest.to_owned())) };
    }
    if let Some(item) = comparison(name, text) {
        return Ok(item);
    }
    let item = if text.contains('*') { Item::Glob } else { Item::Text };
    Ok(item(text.to_owned()))
}

/// A comparison or a range, where the key or the operand has them.
fn comparison(name: &Name, text: &str) -> Option<Item> {
    let is_key = match name {
        Name::Key(key) => key.is_ordered(),
        Name::Path(_) => false,
    };
    let allows = |operand: &str| match name {
        Name::Key(_) => is_key,
        Name::Path(_) => predicate::is_operand(operand),
    };
    for (sign, order) in Order::SIGNS {
        if let Some(operand) = text.strip_prefix(sign) {
            return allows(operand).then(|| Item::Compare(order, operand.to_owned()));
        }
    }
    let (from, to) = text.split_once("..")?;
    let end = |end: &str| (!end.is_empty()).then(|| end.to_owned());
    let fits = [from, to].into_iter().filter(|end| !end.is_empty()).all(allows);
    let same_kind = is_key || from.is_empty() || to.is_empty() || alike(from, to);
    let has_end = !from.is_empty() || !to.is_empty();
    (fits && same_kind && has_end).then(|| Item::Range(end(from), end(to)))
}

/// Whether both operands on a path are numbers, or both are times.
fn alike(one: &str, other: &str) -> bool {
    let is_number = |text| Number::parse(text).is_some();
    is_number(one) == is_number(other)
}

fn quoted_item(name: &Name, sign: &str, text: &str) -> Result<Item, &'static str> {
    if text.is_empty() {
        return Err("a value is missing between the quotes; the absent value is `none`");
    }
    let text = text.to_owned();
    let order = Order::SIGNS.iter().find(|(known, _)| *known == sign).map(|(_, order)| *order);
    Ok(match (sign, order) {
        ("=", _) => Item::Exact(text),
        ("~", _) => Item::Letters(text),
        (_, Some(order)) => match name {
            Name::Key(key) if key.is_ordered() => Item::Compare(order, text),
            Name::Path(_) if predicate::is_operand(&text) => Item::Compare(order, text),
            // Where there are no comparisons the sign and the quotes are text like any other.
            _ => Item::Text(format!("{sign}{}", literal::quoted(&text))),
        },
        _ => Item::Text(text),
    })
}

fn unknown_key(name: &str, span: Range<usize>, whole: Option<&str>) -> Diagnostic {
    // Names that people bring along from other tools.
    const KNOWN_ELSEWHERE: [(&str, &str); 22] = [
        ("account", "acct"),
        ("accountid", "acct"),
        ("action", "event"),
        ("agent", "ua"),
        ("bucket", "target"),
        ("category", "cat"),
        ("date", "time"),
        ("error", "err"),
        ("eventid", "id"),
        ("from", "ip"),
        ("host", "ip"),
        ("invokedby", "via"),
        ("message", "msg"),
        ("name", "event"),
        ("resource", "target"),
        ("service", "svc"),
        ("severity", "sev"),
        ("source", "src"),
        ("status", "result"),
        ("useragent", "ua"),
        ("username", "user"),
        ("requestid", "req"),
    ];
    let mut wrong = Diagnostic::new(span.clone(), format!("no key `{name}`"));
    let known = KNOWN_ELSEWHERE.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
    let mut near: Vec<&str> = known.map(|(_, key)| *key).collect();
    let keys = FIELDS.iter().map(|row| row.name).chain(TOP_LEVEL.iter().copied());
    near.extend(nearest(name, keys));
    let after = whole.map_or("", |whole| &whole[name.len()..]);
    for key in near.into_iter().take(3) {
        wrong = wrong.or(format!("{key}{after}"));
    }
    if let Some(whole) = whole {
        wrong.span = span.start..span.start + whole.len();
        wrong = wrong.or(literal::quoted(whole));
        wrong.reason.push_str("; a path has a dot (`.");
        wrong.reason.push_str(name);
        wrong.reason.push_str("`), text with a colon is quoted");
    }
    wrong
}

/// The names nearest to a text, nearest first, at most three; none that is far off.
pub fn nearest<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    // Nobody types a name of this length by mistake, and the distance is quadratic.
    if text.len() > 40 {
        return vec![];
    }
    let far = 1 + text.len() / 4;
    let mut near: Vec<(usize, &str)> = names
        .filter_map(|name| {
            let distance = distance(text, name);
            let begins = text.len() >= 2 && name.len() > text.len() && fold_starts(name, text);
            (distance <= far || begins).then_some((distance, name))
        })
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().map(|(_, name)| name).take(3).collect()
}

fn fold_starts(name: &str, text: &str) -> bool {
    name.get(..text.len()).is_some_and(|start| start.eq_ignore_ascii_case(text))
}

/// Edits between two names without case: insert, delete, change, or swap two neighbours.
fn distance(one: &str, other: &str) -> usize {
    let fold = |text: &str| -> Vec<char> { text.chars().map(|c| c.to_ascii_lowercase()).collect() };
    let (a, b) = (fold(one), fold(other));
    let mut before: Vec<usize> = vec![];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut line = vec![i];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(last[j] + 1).min(line[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            line.push(best);
        }
        before = std::mem::replace(&mut last, line);
    }
    last[b.len()]
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
