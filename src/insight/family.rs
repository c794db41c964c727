//! All that the one behind a row did: through which sign-ins, keys and roles, and how often.

use std::sync::Arc;

use crate::event::field::Column;
use crate::insight::class::Classes;
use crate::insight::credentials::among;
use crate::insight::number::Numbers;
use crate::insight::reckon::Asked;
use crate::insight::sessions::Sessions;
use crate::insight::shown::Shown;
use crate::store::bits::Bits;
use crate::store::kin::Sure;
use crate::store::segment::RowId;
use crate::store::snapshot::{Part, RowRef};

/// What the popup of a lineage counts. Rows of the window that the noise filter does not hide: those
/// that a filter by the same value shows.
#[derive(Debug, Clone, Default)]
pub struct Family {
    /// The row that was asked about.
    pub row: RowId,
    /// Rows of whoever is behind it; none where nobody knows who that is.
    pub of_root: u64,
    /// Rows of the same ARN.
    pub of_session: u64,
    /// Rows of the same key.
    pub of_key: u64,
    /// Everything that the root did, each session below the one that made it.
    pub tree: Sessions,
}

/// Looks through all rows of the store, whatever the filter; `None` where `stop` said so before the
/// end.
pub(crate) fn family(
    asked: &Asked<'_>,
    id: RowId,
    numbers: &mut Numbers,
    stop: &mut dyn FnMut() -> bool,
) -> Option<Family> {
    let mut found = Family { row: id, ..Family::default() };
    let at = asked.shown.partition_point(|one| one.base() <= id);
    let part = at.checked_sub(1).map(|at| &asked.shown[at].part);
    let row = part.and_then(|part| Some(RowRef { part, row: part.segment.place(id)? }));
    let Some(row) = row else { return Some(found) };
    let root = asked.kin.chain(row.who()).root;
    let name = (root.sure != Sure::Unknown).then_some(&*root.name).filter(|name| !name.is_empty());
    let (arn, key) = (row.text(Column::Arn), row.text(Column::Key));
    let mut of_root: Vec<Shown> = vec![];
    for one in asked.shown {
        let part = &one.part;
        let is = |column, text: &str| {
            let text = text.to_owned();
            Classes::of(part, column, move |it| u8::from(!text.is_empty() && it == text))
        };
        let (arns, keys) = (is(Column::Arn, arn), is(Column::Key, key));
        let roots = rows_of(part, name);
        let shown = Bits::by(part.segment.len(), |row| {
            one.is_within(row) && one.noise.as_ref().is_none_or(|noise| !noise.rows.has(row))
        });
        shown.each(|row| {
            found.of_session += u64::from(arns.row(row));
            found.of_key += u64::from(keys.row(row));
            found.of_root += u64::from(roots.has(row));
        });
        let kept = Bits::by(part.segment.len(), |row| one.is_within(row) && roots.has(row));
        if kept.rows().next().is_some() {
            of_root.push(Shown { kept: Arc::new(kept), ..one.clone() });
        }
        if stop() {
            return None;
        }
    }
    found.tree = among(of_root, asked, numbers);
    Some(found)
}

/// The rows behind which somebody of this name is.
fn rows_of(part: &Part, name: Option<&str>) -> Bits {
    let len = part.segment.len();
    let Some(name) = name else { return Bits::none(len) };
    Bits::by(len, |row| part.side.roots().get(row).is_some_and(|root| &*root.name == name))
}
