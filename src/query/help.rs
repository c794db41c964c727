//! The filter language in words: what `trailtop fields` prints, made from the tables that the
//! parser itself reads.

use std::fmt::Write;

use crate::event::field::{FIELDS, Kind, TOP_LEVEL};
use crate::query::preset::Presets;

/// Every form a filter can take, with an example.
pub const FORMS: [(&str, &str); 19] = [
    ("a b", "both (AND may stand between them)"),
    ("a OR b", "either; binds weaker than AND"),
    ("-a   NOT a", "not: keeps exactly the rows that `a` drops"),
    ("(a OR b) c", "a group"),
    ("word   \"a phrase\"", "part of a key or value of the record, without case"),
    ("key:x", "x, as the kind of the key compares, without case"),
    ("key:x,y", "any of them"),
    ("key:\"a b\"", "every character literal; a quote inside is written twice"),
    ("key:=X   key:=\"X Y\"", "the whole value, case kept"),
    ("key:Put*", "a pattern"),
    ("key:/re/", "a regular expression, without case, anywhere in the value; no blank (\\s)"),
    ("key:~cak", "these letters in this order"),
    ("key:>=n   >n   <n   <=n", "comparison: time, duration, ordered; on a path a number or time"),
    ("key:a..b   a..   ..b", "range; of times [a, b), else both ends are in"),
    ("key:*   key:none", "present; absent, null or empty"),
    ("iam:CreateUser", "svc:iam event:CreateUser, for every known service"),
    ("readOnly:false", "a top-level name of the record"),
    ("a.b.c:x   .c:x", "a path: through arrays and through strings that hold JSON"),
    ("@denied", "a preset"),
];

/// One row of help about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHelp {
    /// What stands before the colon.
    pub name: &'static str,
    /// How it compares, and its words if it has some.
    pub kind: String,
    /// What it means.
    pub doc: String,
}

/// Every key, in the order of the table.
pub fn keys() -> Vec<KeyHelp> {
    FIELDS
        .iter()
        .map(|row| {
            let kind = match row.kind {
                Kind::Word => "word".to_owned(),
                Kind::Text => "text".to_owned(),
                Kind::Ip => "ip".to_owned(),
                Kind::Time => "time".to_owned(),
                Kind::Duration => "duration".to_owned(),
                Kind::Ordered(words) => words.join("<"),
                Kind::Set(words) => words.join("|"),
                Kind::YesNo => "yes|no".to_owned(),
            };
            KeyHelp { name: row.name, kind, doc: row.doc.to_owned() }
        })
        .collect()
}

/// The whole help as plain text, each line at most as long as its words make it.
pub fn help(presets: &Presets) -> String {
    let mut out = String::from("FILTER is one line. Its forms:\n");
    let mut line = |left: &str, width: usize, right: &str| {
        let _ = writeln!(out, "  {left:<width$}  {right}");
    };
    for (form, means) in FORMS {
        line(form, 24, means);
    }
    out.push_str(
        "\nKeys (word: the whole value; text: a part of it; ip: address, CIDR or service):\n",
    );
    let keys = keys();
    let widest = keys.iter().map(|key| key.kind.len()).max().unwrap_or(0).min(34);
    for key in &keys {
        let _ = writeln!(out, "  {:<10} {:<widest$}  {}", key.name, key.kind, key.doc);
    }
    out.push_str("\nPresets:\n");
    for preset in presets.iter() {
        let name = format!("@{}", preset.name);
        let _ = writeln!(out, "  {name:<10} {}\n  {:<10} {}", preset.doc, "", preset.text);
    }
    out.push_str("\nTop-level names of a record (paths without a dot):\n");
    for names in TOP_LEVEL.chunks(5) {
        let _ = writeln!(out, "  {}", names.join(" "));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::library;

    #[test]
    fn help_names_every_key_and_preset() {
        let presets = library::builtin();
        let text = help(&presets);
        for row in FIELDS {
            assert!(text.contains(&format!("\n  {:<10}", row.name)), "{}", row.name);
        }
        for preset in presets.iter() {
            assert!(text.contains(&preset.text), "{}", preset.name);
        }
    }
}
