//! The configuration on its way out: the commented default, and what holds and who said so.

use std::fmt::Write as _;

use crate::command::action::ACTIONS;
use crate::config::file::File;
use crate::config::layers::{Layers, singles};
use crate::config::setting::{SECTIONS, Setting, Shape};
use crate::ui::text::width;

/// What stands above all.
const HEAD: &str = "\
# The configuration of trailtop.
#
# Every line here says what holds anyway: take the # away in front of one and change it.
# What is typed wins over a context, that over the environment, that over this file.
# `trailtop config --check` finds mistakes, `trailtop config` shows what holds and why.
";

/// A file that says all that can be said, each line with a `#` in front of it: read as it is, or
/// without those, it says what holds anyway.
pub fn default_file() -> String {
    let mut out = HEAD.to_owned();
    for section in SECTIONS {
        // Writing to a String cannot fail.
        writeln!(out, "\n# {}", section.doc).ok();
        if !section.example.is_empty() {
            out.push_str("# For example:\n");
            for line in section.example.lines() {
                writeln!(out, "#   {line}").ok();
            }
        }
        if !section.name.is_empty() && !matches!(section.shape, Shape::Named(_) | Shape::List(_)) {
            writeln!(out, "#[{}]", section.name).ok();
        }
        match section.shape {
            Shape::Settings(settings) => settings.iter().for_each(|it| line(&mut out, it)),
            Shape::Names(_) if section.name == "keys" => keys(&mut out),
            _ => {}
        }
    }
    out
}

fn line(out: &mut String, setting: &Setting) {
    let Setting { key, default, example, doc, .. } = setting;
    writeln!(out, "\n# {doc}\n# For example: {key} = {example}\n#{key} = {default}").ok();
}

fn keys(out: &mut String) {
    for row in ACTIONS {
        let keys = row.keys.iter().map(|keys| toml::Value::from(*keys).to_string());
        let keys = keys.collect::<Vec<_>>().join(", ");
        writeln!(out, "#{} = [{keys}] # {}", row.name, row.help).ok();
    }
}

/// What holds, a setting a line with who said so, and what was said in the other sections.
pub fn effective(layers: &Layers, file: &File) -> String {
    let mut lines = layers.lines();
    for part in &file.parts {
        if matches!(part.section.shape, Shape::Settings(_)) {
            continue;
        }
        for (key, said) in part.in_order() {
            let dotted = [part.section.name, &part.name, key].map(str::to_owned);
            let name: Vec<String> = dotted.into_iter().filter(|word| !word.is_empty()).collect();
            let line = file.text.place(said.span.start).line;
            lines.push([name.join("."), said.value.toml(), format!("file, line {line}")]);
        }
    }
    let widest = |at: usize, most: usize| {
        lines.iter().map(|line| width(&line[at])).max().unwrap_or(0).min(most)
    };
    let (name, value) = (widest(0, 32), widest(1, 44));
    let mut out = String::new();
    for [key, is, origin] in &lines {
        let gap = " ".repeat(value.saturating_sub(width(is)));
        writeln!(out, "{key:<name$} = {is}{gap}  # {origin}").ok();
    }
    out
}

/// The contexts, a line each: name, what they read, what they say beside that.
pub fn contexts(file: &File, last: Option<&str>) -> String {
    let mut out = String::new();
    for part in file.parts("context") {
        let sources = part.words("sources").map_or_else(String::new, |words| words.join(" "));
        let others: Vec<String> = part
            .in_order()
            .into_iter()
            .filter(|(key, _)| *key != "sources")
            .map(|(key, said)| format!("{key} = {}", said.value.toml()))
            .collect();
        let mark = if last == Some(part.name.as_str()) { "  (the last one: @-)" } else { "" };
        writeln!(out, "@{:<12} {sources}  {}{mark}", part.name, others.join("  ")).ok();
    }
    out
}

/// The settings as a Markdown table, for the README.
pub fn markdown() -> String {
    let mut out = "| setting | default | option | what it does |\n|---|---|---|---|\n".to_owned();
    for (_, setting, name) in singles() {
        let flag = setting.flag.map_or_else(String::new, |flag| format!("`--{flag}`"));
        let default = setting.default.replace('|', "\\|");
        let default = if default.len() > 30 { "…".to_owned() } else { format!("`{default}`") };
        writeln!(out, "| `{name}` | {default} | {flag} | {} |", setting.doc).ok();
    }
    out
}
