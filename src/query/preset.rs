//! Named filters: what `@denied` stands for.

use std::sync::Arc;

use crate::query::ast::Tree;

/// A named filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preset {
    /// What stands after the `@`.
    pub name: String,
    /// The filter, as it was written.
    pub text: String,
    /// One line for help and completion.
    pub doc: String,
    /// What it says.
    pub tree: Arc<Tree>,
}

/// The presets a filter may name, in the order help shows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presets(Vec<Preset>);

impl Presets {
    /// The preset of this name, in any case.
    pub fn get(&self, name: &str) -> Option<&Preset> {
        self.0.iter().find(|preset| preset.name.eq_ignore_ascii_case(name))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Preset> + '_ {
        self.0.iter()
    }

    /// Puts a preset in, in the place of one of the same name if there is one.
    pub fn put(&mut self, preset: Preset) {
        let same = |known: &Preset| known.name.eq_ignore_ascii_case(&preset.name);
        match self.0.iter().position(same) {
            Some(at) => self.0[at] = preset,
            None => self.0.push(preset),
        }
    }
}
