//! Whether secrets are shown, and what stands in their place.

use crate::event::secret::HIDDEN;
use crate::ui::glyphs::Glyphs;

/// Whether secrets are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Secrets {
    /// A sign instead of the value.
    #[default]
    Hidden,
    /// As they are.
    Shown,
}

/// The sign that stands for a hidden value.
pub fn mask(glyphs: Glyphs) -> &'static str {
    glyphs.pick(HIDDEN, "**** (hidden by trailtop)")
}
