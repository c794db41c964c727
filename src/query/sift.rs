//! Passing over records unread: what the bytes of a record must hold for a plan to keep it.
//!
//! The answer may be yes for a record that the plan drops, never no for one that it keeps. Whoever
//! has only raw records (a scan of files without a store) asks here before reading one.

use crate::event::field::Column;
use crate::query::fold::Needle;
use crate::query::plan::{Leaf, Node, Plan, Values};
use crate::query::predicate::Test;
use crate::store::grams::Filter;
use crate::store::raw::Glance;

/// Columns whose text stands in the record as it is, or is a part of what stands there. The others
/// are computed, or filled from the name of the object.
const WRITTEN: [Column; 9] = [
    Column::Event,
    Column::Service,
    Column::Error,
    Column::Message,
    Column::Agent,
    Column::Request,
    Column::Id,
    Column::Key,
    Column::Principal,
];

/// Where text is looked for.
#[derive(Clone, Copy)]
enum Hay<'h> {
    /// Bytes, and whether some characters in them are written as short escapes.
    Bytes(&'h [u8], bool),
    /// The runs of closed bytes, which may hold any escape.
    Runs(&'h Filter),
}

impl Hay<'_> {
    fn may_hold(self, needle: &Needle) -> bool {
        match self {
            Self::Bytes(bytes, escapes) => needle.may_be_in(bytes, escapes),
            Self::Runs(filter) => needle.is_escaped() || filter.may_hold(needle.folded()),
        }
    }

    fn has_percent(self) -> bool {
        match self {
            Self::Bytes(bytes, _) => memchr::memchr(b'%', bytes).is_some(),
            Self::Runs(filter) => filter.has_percent,
        }
    }
}

/// Whether any record can be passed over at all.
pub fn is_of_use(plan: &Plan) -> bool {
    tells(plan, &plan.root)
}

fn tells(plan: &Plan, node: &Node) -> bool {
    match node {
        Node::All | Node::Not(_) => false,
        Node::And(nodes) => nodes.iter().any(|node| tells(plan, node)),
        Node::Or(nodes) => nodes.iter().all(|node| tells(plan, node)),
        Node::Raw(_) => true,
        Node::Leaf(at) => match &plan.leaves[*at] {
            Leaf::Columns { columns, values } => {
                columns.iter().all(|column| WRITTEN.contains(column))
                    && !(values.present || values.absent)
                    && values.tests.iter().all(|test| test.needle().is_some())
            }
            _ => false,
        },
    }
}

/// Whether a plan may keep the record with these bytes, or any of the records among them.
pub fn may_keep(plan: &Plan, bytes: &[u8]) -> bool {
    let escapes = memchr::memchr(b'\\', bytes).is_some();
    // Escapes of this kind spell any text in another way.
    if escapes && memchr::memmem::find(bytes, b"\\u").is_some() {
        return true;
    }
    may(plan, &plan.root, Hay::Bytes(bytes, escapes))
}

/// Whether a plan may keep any record of a block.
pub fn may_be_kept(plan: &Plan, glance: Glance<'_>) -> bool {
    match glance {
        Glance::Bytes(bytes) => may_keep(plan, bytes),
        Glance::Runs(filter) => filter.is_spelled || may(plan, &plan.root, Hay::Runs(filter)),
    }
}

fn may(plan: &Plan, node: &Node, hay: Hay<'_>) -> bool {
    match node {
        Node::All | Node::Not(_) => true,
        Node::And(nodes) => nodes.iter().all(|node| may(plan, node, hay)),
        Node::Or(nodes) => nodes.iter().any(|node| may(plan, node, hay)),
        Node::Raw(at) => {
            let question = &plan.questions[*at];
            let is_free = question.is_free(|| hay.has_percent());
            is_free || hay.may_hold(question.needle())
        }
        Node::Leaf(at) => match &plan.leaves[*at] {
            Leaf::Columns { columns, values }
                if columns.iter().all(|column| WRITTEN.contains(column)) =>
            {
                may_have(values, hay)
            }
            _ => true,
        },
    }
}

fn may_have(values: &Values<Test>, hay: Hay<'_>) -> bool {
    let may_pass = |test: &Test| test.needle().is_none_or(|needle| hay.may_hold(needle));
    values.present || values.absent || values.tests.iter().any(may_pass)
}
