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

/// The bytes of a record, and how they may spell text.
#[derive(Clone, Copy)]
struct Bytes<'r> {
    record: &'r [u8],
    /// Whether some characters are written as short escapes.
    escapes: bool,
}

/// Whether a plan may keep the record with these bytes.
pub fn may_keep(plan: &Plan, record: &[u8]) -> bool {
    let escapes = memchr::memchr(b'\\', record).is_some();
    // Escapes of this kind spell any text in another way.
    if escapes && memchr::memmem::find(record, b"\\u").is_some() {
        return true;
    }
    may(plan, &plan.root, Bytes { record, escapes })
}

fn may(plan: &Plan, node: &Node, bytes: Bytes<'_>) -> bool {
    match node {
        Node::All | Node::Not(_) => true,
        Node::And(nodes) => nodes.iter().all(|node| may(plan, node, bytes)),
        Node::Or(nodes) => nodes.iter().any(|node| may(plan, node, bytes)),
        Node::Raw(at) => plan.questions[*at].may_hold(bytes.record, bytes.escapes),
        Node::Leaf(at) => match &plan.leaves[*at] {
            Leaf::Columns { columns, values }
                if columns.iter().all(|column| WRITTEN.contains(column)) =>
            {
                may_have(values, bytes)
            }
            Leaf::Nothing => false,
            _ => true,
        },
    }
}

fn may_have(values: &Values<Test>, Bytes { record, escapes }: Bytes<'_>) -> bool {
    let may_pass =
        |test: &Test| test.needle().is_none_or(|needle| needle.may_be_in(record, escapes));
    values.present || values.absent || values.tests.iter().any(may_pass)
}
