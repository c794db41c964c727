//! Filling the shelf of presets: ours from `assets/presets.toml`, and the user's own.

use serde::Deserialize;

use crate::query::diagnostic::Diagnostic;
use crate::query::literal;
use crate::query::parse;
use crate::query::preset::{Preset, Presets};
use std::sync::Arc;

const BUILTIN: &str = include_str!("../../assets/presets.toml");
/// The most nodes a preset may come to with all presets it names, so that a few lines of
/// configuration that name each other cannot grow without bound.
const MAX_SIZE: usize = 2_000;

#[derive(Deserialize)]
struct File {
    preset: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    filter: String,
    doc: String,
}

/// The presets of the program.
pub fn builtin() -> Presets {
    let file: File = toml::from_str(BUILTIN).expect("assets/presets.toml, which a test reads");
    let mut presets = Presets::default();
    for entry in file.preset {
        add(&mut presets, &entry.name, &entry.filter, &entry.doc)
            .expect("the presets of assets/presets.toml, which a test reads");
    }
    presets
}

/// Adds a preset, or replaces the one of this name. Its filter may name the presets that are there
/// already. The spans of an error are places in `filter`.
pub fn add(
    presets: &mut Presets,
    name: &str,
    filter: &str,
    doc: &str,
) -> Result<(), Vec<Diagnostic>> {
    let whole = 0..filter.len();
    if !literal::is_name(name) {
        let why =
            format!("`{name}` is no name: it is letters, digits, `-` and `_`, a letter first");
        return Err(vec![Diagnostic::new(whole, why)]);
    }
    let tree = parse::parse(filter, presets)?;
    if tree.size() > MAX_SIZE {
        let why = format!("`@{name}` and the presets it names are too large together");
        return Err(vec![Diagnostic::new(whole, why)]);
    }
    presets.put(Preset {
        name: name.to_owned(),
        text: filter.to_owned(),
        doc: doc.to_owned(),
        tree: Arc::new(tree),
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_presets_of_the_specification_are_there() {
        let names: Vec<String> = builtin().iter().map(|preset| preset.name.clone()).collect();
        let spec =
            "denied errors writes danger root console iam login sts secrets network tamper noise";
        assert_eq!(names.join(" "), spec);
    }

    #[test]
    fn users_add_their_own() {
        let mut presets = builtin();
        add(&mut presets, "mine", "@denied -user:bob", "my own").unwrap();
        assert!(parse::parse("@mine OR @MINE", &presets).is_ok());
        assert!(add(&mut presets, "bad", "@nothing", "").is_err());
        assert!(add(&mut presets, "b d", "x", "").is_err());
        let mut before = "mine".to_owned();
        let bomb = (0..40).find_map(|n| {
            let name = format!("p{n}");
            let wrong = add(&mut presets, &name, &format!("@{before} x @{before} y"), "").err();
            before = name;
            wrong
        });
        assert!(bomb.unwrap()[0].reason.contains("too large"));
    }
}
