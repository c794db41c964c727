//! The resource a call acted on.

use std::borrow::Cow;

use crate::event::record::Record;

/// The target of a record: `*` all of a kind was asked, `-` the event has none, `?` not known;
/// never empty.
pub fn target<'a>(_record: &Record<'a>) -> Cow<'a, str> {
    Cow::Borrowed("?")
}
