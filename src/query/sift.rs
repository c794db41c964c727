//! Passing over records unread: what the bytes of a record must hold for a plan to keep it.
//!
//! The answer may be yes for a record that the plan drops, never no for one that it keeps. Whoever
//! has only raw records (a scan of files without a store) asks here before reading one.

use crate::event::field::Column;
use crate::query::plan::{Leaf, Node, Plan, Values};
use crate::query::predicate::Test;

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

/// Whether a plan may keep the record with these bytes.
pub fn may_keep(plan: &Plan, record: &[u8]) -> bool {
    // An escape spells text in another way; a byte that is not UTF-8 is read as another character.
    if memchr::memchr(b'\\', record).is_some() {
        return true;
    }
    may(plan, &plan.root, record)
}

fn may(plan: &Plan, node: &Node, record: &[u8]) -> bool {
    match node {
        Node::All | Node::Not(_) => true,
        Node::And(nodes) => nodes.iter().all(|node| may(plan, node, record)),
        Node::Or(nodes) => nodes.iter().any(|node| may(plan, node, record)),
        Node::Raw(at) => plan.questions[*at].may_hold(record),
        Node::Leaf(at) => match &plan.leaves[*at] {
            Leaf::Columns { columns, values }
                if columns.iter().all(|column| WRITTEN.contains(column)) =>
            {
                may_have(values, record)
            }
            Leaf::Nothing => false,
            _ => true,
        },
    }
}

fn may_have(values: &Values<Test>, record: &[u8]) -> bool {
    values.present
        || values.absent
        || values.tests.iter().any(|test| test.needle().is_none_or(|needle| needle.is_in(record)))
}
