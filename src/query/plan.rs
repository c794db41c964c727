//! A tree made ready to run: every value compiled, cheap questions apart from those that read the
//! raw records, and what the plan depends on told to whoever caches its answers.

use std::collections::BTreeSet;

use crate::event::field::{Column, Columns, First, Flag, From, Origin};
use crate::event::time::Timestamp;
use crate::query::ast::{Item, Key, Name, Tree};
use crate::query::predicate::Test;
use crate::query::scan::Question;
use crate::query::span::{self, Span};
use crate::store::news::News;
use crate::store::roots::Roots;

/// What a filter is compiled against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context<'a> {
    /// The clock when the filter was given: its day is the day of `time:HH:MM`.
    pub now: Timestamp,
    /// The accounts that have names, each with its name: `acct:` takes either.
    pub names: &'a [(String, String)],
}

/// A filter made ready to run.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) root: Node,
    pub(crate) leaves: Vec<Leaf>,
    pub(crate) questions: Vec<Question>,
}

/// The shape of a plan; leaves are numbered.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    All,
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    /// Answered from columns and side columns.
    Leaf(usize),
    /// Answered from the raw record.
    Raw(usize),
}

/// What is asked of a column, of time, or of a side column.
#[derive(Debug, Clone)]
pub(crate) enum Leaf {
    Columns {
        columns: &'static [Column],
        values: Values<Test>,
    },
    Time(Values<Span>),
    Age(Values<Span>),
    Lag(Values<Span>),
    Flag {
        flag: Flag,
        set: bool,
        unset: bool,
    },
    Origins {
        any_of: u8,
        none: bool,
    },
    /// Who is behind the call.
    Root(Values<Test>),
    /// The rules that the row met.
    Rule(Values<Test>),
    /// The highest severity of those.
    Severity(Values<Test>),
    /// What the row is the first one to have.
    New {
        any_of: u8,
        none: bool,
    },
}

impl Leaf {
    /// Whether later events may change the answer.
    fn is_learned(&self) -> bool {
        matches!(self, Self::Root(_) | Self::Rule(_) | Self::Severity(_) | Self::New { .. })
    }
}

/// Any of these, or being there, or not being there.
#[derive(Debug, Clone)]
pub(crate) struct Values<T> {
    pub(crate) tests: Vec<T>,
    pub(crate) present: bool,
    pub(crate) absent: bool,
}

impl<T> Values<T> {
    /// Compiles the items one by one. A tree that was parsed holds no item that fails; in one that
    /// was built by hand such an item matches nothing.
    fn of(items: &[Item], read: impl Fn(&Item) -> Option<T>) -> Self {
        Self {
            tests: items.iter().filter_map(read).collect(),
            present: items.contains(&Item::Present),
            absent: items.contains(&Item::Absent),
        }
    }
}

impl Values<Test> {
    /// Whether one of the words that a row may have is meant.
    fn mean(&self, word: &str) -> bool {
        self.present || self.tests.iter().any(|test| test.holds(word))
    }
}

impl Plan {
    /// Compiles a tree.
    pub fn compile(tree: &Tree, context: Context<'_>) -> Self {
        let mut plan = Self::everything();
        plan.root = plan.node(tree, context);
        plan
    }

    /// The plan that keeps every row.
    pub fn everything() -> Self {
        Self { root: Node::All, leaves: vec![], questions: vec![] }
    }

    /// The columns that are read.
    pub fn columns(&self) -> Columns {
        self.leaves.iter().fold(Columns::NONE, |set, leaf| match leaf {
            Leaf::Columns { columns, .. } => set.and(columns),
            Leaf::Root(_) => set.and(Roots::COLUMNS),
            Leaf::New { .. } => set.and(News::COLUMNS),
            _ => set,
        })
    }

    /// The names of events, in lower case, of which every row that is kept has one, with its date or
    /// without; `None` where the plan does not name them.
    pub fn events(&self) -> Option<BTreeSet<String>> {
        self.events_of(&self.root)
    }

    fn events_of(&self, node: &Node) -> Option<BTreeSet<String>> {
        match node {
            Node::All | Node::Not(_) | Node::Raw(_) => None,
            Node::And(nodes) => nodes.iter().find_map(|node| self.events_of(node)),
            Node::Or(nodes) => {
                let each: Option<Vec<_>> = nodes.iter().map(|node| self.events_of(node)).collect();
                each.map(|each| each.into_iter().flatten().collect())
            }
            Node::Leaf(at) => match &self.leaves[*at] {
                Leaf::Columns { columns: [Column::Event], values }
                    if !values.present && !values.absent =>
                {
                    values.tests.iter().map(Test::whole).collect()
                }
                _ => None,
            },
        }
    }

    /// Whether raw records are read: slow, and worth showing progress.
    pub fn reads_raw(&self) -> bool {
        !self.questions.is_empty()
    }

    /// Whether side columns are read: a cached answer is good for one version of them.
    pub fn reads_side(&self) -> bool {
        self.leaves.iter().any(|leaf| match leaf {
            Leaf::Flag { .. }
            | Leaf::Origins { .. }
            | Leaf::Root(_)
            | Leaf::Rule(_)
            | Leaf::Severity(_)
            | Leaf::New { .. } => true,
            Leaf::Time(values) | Leaf::Age(values) | Leaf::Lag(values) => {
                values.present || values.absent
            }
            Leaf::Columns { .. } => false,
        })
    }

    /// Whether every row it keeps is about resources that it names.
    pub fn names_target(&self) -> bool {
        let is_one = |node: &Node| match node {
            Node::Leaf(at) => matches!(
                &self.leaves[*at],
                Leaf::Columns { columns: [Column::Target], values } if !values.tests.is_empty()
            ),
            _ => false,
        };
        match &self.root {
            Node::And(nodes) => nodes.iter().any(|node| match node {
                Node::And(nodes) => nodes.iter().any(is_one),
                node => is_one(node),
            }),
            node => is_one(node),
        }
    }

    /// Whether it asks who is behind calls, which later events may tell.
    pub fn reads_roots(&self) -> bool {
        self.leaves.iter().any(|leaf| matches!(leaf, Leaf::Root(_)))
    }

    /// Whether it asks which rules rows met, which later events may tell.
    pub fn reads_rules(&self) -> bool {
        self.leaves.iter().any(|leaf| matches!(leaf, Leaf::Rule(_) | Leaf::Severity(_)))
    }

    /// Whether it asks what rows are the first ones to have, which other events may change.
    pub fn reads_news(&self) -> bool {
        self.leaves.iter().any(|leaf| matches!(leaf, Leaf::New { .. }))
    }

    /// The same plan where nobody knows who is behind calls, nor which rules are met: it keeps every
    /// row that this one may keep, whatever is learned of them.
    #[must_use]
    pub fn whoever(&self) -> Self {
        Self { root: self.widened(&self.root, true), ..self.clone() }
    }

    /// A node with its questions for what is learned later answered: yes where that keeps more rows, else no.
    fn widened(&self, node: &Node, answer: bool) -> Node {
        let each = |nodes: &[Node]| nodes.iter().map(|node| self.widened(node, answer)).collect();
        match node {
            Node::Leaf(at) if self.leaves[*at].is_learned() => match answer {
                true => Node::All,
                false => Node::Not(Box::new(Node::All)),
            },
            Node::And(nodes) => Node::And(each(nodes)),
            Node::Or(nodes) => Node::Or(each(nodes)),
            Node::Not(inner) => Node::Not(Box::new(self.widened(inner, !answer))),
            Node::All | Node::Leaf(_) | Node::Raw(_) => node.clone(),
        }
    }

    /// Whether the answer changes as time goes by.
    pub fn reads_now(&self) -> bool {
        self.leaves.iter().any(|leaf| matches!(leaf, Leaf::Age(values) if !values.tests.is_empty()))
    }

    fn node(&mut self, tree: &Tree, context: Context<'_>) -> Node {
        match tree {
            Tree::Everything => Node::All,
            Tree::And(trees) => {
                Node::And(trees.iter().map(|tree| self.node(tree, context)).collect())
            }
            Tree::Or(trees) => {
                Node::Or(trees.iter().map(|tree| self.node(tree, context)).collect())
            }
            Tree::Not(tree) => Node::Not(Box::new(self.node(tree, context))),
            Tree::Preset(_, tree) => self.node(tree, context),
            Tree::Text(text) => self.ask(Question::text(text)),
            Tree::Term(name @ Name::Path(path), items) => {
                let values = Values::of(items, |item| test(name, item));
                self.ask(Question::path(path, values.tests, values.present, values.absent))
            }
            Tree::Term(Name::Key(key), items) => {
                let leaf = leaf(*key, items, context);
                self.leaves.push(leaf);
                Node::Leaf(self.leaves.len() - 1)
            }
        }
    }

    fn ask(&mut self, question: Question) -> Node {
        self.questions.push(question);
        Node::Raw(self.questions.len() - 1)
    }
}

/// The bits of [`First`] that these items of `new:` mean, and whether rows without any are meant.
pub fn firsts(name: &Name, items: &[Item]) -> (u8, bool) {
    let values = Values::of(items, |item| test(name, item));
    let meant = First::ALL.iter().filter(|(_, word)| values.mean(word));
    (meant.fold(0, |bits, (first, _)| bits | first.bit()), values.absent)
}

/// The accounts whose names are meant.
fn accounts(tests: &[Test], names: &[(String, String)]) -> Vec<Test> {
    let is_meant = |name: &str| tests.iter().any(|test| test.holds(name));
    let meant = names.iter().filter(|(_, name)| is_meant(name));
    meant.map(|(id, _)| Test::exact(id)).collect()
}

/// Whether a filter asks for accounts by something else than their numbers.
pub fn names_accounts(tree: &Tree) -> bool {
    let is_number = |item: &Item| match item {
        Item::Present | Item::Absent => true,
        Item::Text(text) | Item::Exact(text) => text.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    match tree {
        Tree::And(trees) | Tree::Or(trees) => trees.iter().any(names_accounts),
        Tree::Not(tree) => names_accounts(tree),
        Tree::Preset(_, tree) => names_accounts(tree),
        Tree::Term(Name::Key(key), items) => {
            matches!(key.row().from, From::Columns([Column::Account]))
                && !items.iter().all(is_number)
        }
        Tree::Term(Name::Path(_), _) | Tree::Everything | Tree::Text(_) => false,
    }
}

fn test(name: &Name, item: &Item) -> Option<Test> {
    Test::of(name, item).ok().flatten()
}

/// What is asked by the values of a key.
fn leaf(key: Key, items: &[Item], context: Context<'_>) -> Leaf {
    let name = Name::Key(key);
    let spans = |item: &Item| span::lengths(item).ok();
    match key.row().from {
        From::Columns(columns) => {
            let mut values = Values::of(items, |item| test(&name, item));
            if columns == [Column::Account] {
                values.tests.extend(accounts(&values.tests, context.names));
            }
            Leaf::Columns { columns, values }
        }
        From::Time => Leaf::Time(Values::of(items, |item| span::times(item, context.now).ok())),
        From::Age => Leaf::Age(Values::of(items, spans)),
        From::Lag => Leaf::Lag(Values::of(items, spans)),
        From::Flag(flag) => {
            let values = Values::of(items, |item| test(&name, item));
            Leaf::Flag { flag, set: values.mean("yes"), unset: values.mean("no") }
        }
        From::Origins => {
            let values = Values::of(items, |item| test(&name, item));
            let meant = Origin::ALL.iter().filter(|(_, word)| values.mean(word));
            let any_of = meant.fold(0, |bits, (origin, _)| bits | origin.bit());
            Leaf::Origins { any_of, none: values.absent }
        }
        From::Root => Leaf::Root(Values::of(items, |item| test(&name, item))),
        From::Rule => Leaf::Rule(Values::of(items, |item| test(&name, item))),
        From::Severity => Leaf::Severity(Values::of(items, |item| test(&name, item))),
        From::New => {
            let (any_of, none) = firsts(&name, items);
            Leaf::New { any_of, none }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::library;
    use crate::query::parse;

    fn plan(text: &str) -> Plan {
        let tree = parse::parse(text, &library::builtin()).unwrap();
        Plan::compile(&tree, Context { now: Timestamp(0), names: &[] })
    }

    #[test]
    fn events_are_those_that_every_row_has() {
        for (text, events) in [
            ("event:StopLogging", Some(&["stoplogging"][..])),
            ("cloudtrail:StopLogging,=DeleteTrail", Some(&["deletetrail", "stoplogging"])),
            ("err:none event:A verb:W", Some(&["a"])),
            ("event:A OR (event:B err:*)", Some(&["a", "b"])),
            ("event:A OR err:*", None),
            ("-event:A", None),
            ("event:*", None),
            ("event:A,none", None),
            ("event:Stop*", None),
            ("event:/Stop/", None),
            ("word", None),
            ("", None),
        ] {
            let events = events.map(|it| it.iter().map(ToString::to_string).collect());
            assert_eq!(plan(text).events(), events, "{text}");
        }
    }

    #[test]
    fn a_plan_says_what_it_depends_on() {
        for (text, raw, side, now) in [
            ("", false, false, false),
            ("err:* @denied", false, false, false),
            ("word", true, false, false),
            ("readOnly:false", true, false, false),
            ("mark:yes", false, true, false),
            ("-src:s3", false, true, false),
            ("root:alice", false, true, false),
            ("rule:x", false, true, false),
            ("sev:>=high", false, true, false),
            ("new:ip", false, true, false),
            ("age:<5m", false, false, true),
            ("age:*", false, true, false),
            ("time:12:00", false, false, false),
        ] {
            let plan = plan(text);
            let says = (plan.reads_raw(), plan.reads_side(), plan.reads_now());
            assert_eq!(says, (raw, side, now), "{text}");
        }
    }

    #[test]
    fn accounts_may_be_asked_for_by_name() {
        for (text, is_named) in [
            ("", false),
            ("acct:111122223333", false),
            ("-acct:none user:alice", false),
            ("acct:prod", true),
            ("user:x OR -(acct:111122223333,st*)", true),
        ] {
            let tree = parse::parse(text, &library::builtin()).unwrap();
            assert_eq!(names_accounts(&tree), is_named, "{text}");
        }
    }

    #[test]
    fn a_plan_knows_when_it_names_a_resource() {
        for (text, names) in [
            ("", false),
            ("target:a-bucket", true),
            ("svc:s3 target:=a/b", true),
            ("-target:a-bucket", false),
            ("target:*", false),
            ("target:x OR user:y", false),
        ] {
            assert_eq!(plan(text).names_target(), names, "{text}");
        }
    }
}
