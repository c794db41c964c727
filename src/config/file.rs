//! A file to its parts, and every fault of it with its place. Nothing unknown passes.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::fault::{Fault, Text};
use crate::config::kind::{self, Kind, Value, perhaps};
use crate::config::setting::{Names, SECTIONS, Section, Setting, Shape};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Said {
    /// What it is.
    pub value: Value,
    /// Where it stands.
    pub span: Range<usize>,
    /// Where each of its words stands.
    pub words: Vec<Range<usize>>,
}

/// A table of the file.
#[derive(Debug, Clone)]
pub struct Part {
    /// The section it belongs to.
    pub section: &'static Section,
    /// What the user calls it, where tables of the section have names.
    pub name: String,
    /// Where its name stands.
    pub span: Range<usize>,
    /// What is said in it, by key.
    pub said: BTreeMap<String, Said>,
}

impl Part {
    /// A text that was said.
    pub fn text(&self, key: &str) -> Option<&str> {
        match &self.said.get(key)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The texts that were said.
    pub fn words(&self, key: &str) -> Option<&[String]> {
        match &self.said.get(key)?.value {
            Value::Words(words) => Some(words),
            _ => None,
        }
    }

    /// A number that was said.
    pub fn number(&self, key: &str) -> Option<u32> {
        match self.said.get(key)?.value {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// What is said, in the order of the file.
    pub fn in_order(&self) -> Vec<(&str, &Said)> {
        let mut all: Vec<(&str, &Said)> =
            self.said.iter().map(|(key, said)| (key.as_str(), said)).collect();
        all.sort_by_key(|(_, said)| said.span.start);
        all
    }
}

/// A file that was read.
#[derive(Debug, Clone, Default)]
pub struct File {
    /// What it says, word by word.
    pub text: Text,
    /// Its tables, in the order of the file.
    pub parts: Vec<Part>,
}

impl File {
    /// The tables of a section, in the order of the file.
    pub fn parts(&self, section: &str) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(move |part| part.section.name == section)
    }
}

/// Reads a file; every fault that can be told from the others is told.
pub fn read(text: Text) -> (File, Vec<Fault>) {
    let (table, errors) = DeTable::parse_recoverable(&text.text);
    let mut reader = Reader::default();
    if errors.is_empty() {
        reader.file(table.get_ref());
    }
    // What a damaged file says beside the damage is guesswork.
    reader.faults.extend(errors.iter().map(|error| {
        let end = text.text.len();
        Fault::new(
            error.span().unwrap_or(end..end),
            format!("this is no TOML: {}", error.message()),
        )
    }));
    let Reader { mut parts, mut faults } = reader;
    parts.sort_by_key(|part| part.span.start);
    faults.sort_by_key(|fault| fault.span.start);
    faults.dedup();
    (File { text, parts }, faults)
}

#[derive(Default)]
struct Reader {
    parts: Vec<Part>,
    faults: Vec<Fault>,
}

impl Reader {
    fn fault(&mut self, span: Range<usize>, said: impl Into<String>) {
        self.faults.push(Fault::new(span, said));
    }

    fn file(&mut self, table: &DeTable<'_>) {
        let top = &SECTIONS[0];
        let mut main =
            Part { section: top, name: String::new(), span: 0..0, said: BTreeMap::new() };
        for (key, value) in table {
            let (name, at) = (key.get_ref().as_ref(), key.span());
            if let Some(section) = Section::of(name).filter(|section| !section.name.is_empty()) {
                self.section(section, at, value);
            } else if let Some(setting) = top.settings().iter().find(|it| it.key == name) {
                self.setting(&mut main, setting, value);
            } else {
                let names = top.settings().iter().map(|setting| setting.key);
                let names: Vec<&str> =
                    names.chain(SECTIONS[1..].iter().map(|it| it.name)).collect();
                let what = if value.get_ref().is_table() { "section" } else { "setting" };
                self.fault(at, format!("there is no {what} `{name}`{}", perhaps(name, &names)));
            }
        }
        self.parts.push(main);
    }

    fn section(
        &mut self,
        section: &'static Section,
        at: Range<usize>,
        value: &Spanned<DeValue<'_>>,
    ) {
        let name = section.name;
        match (section.shape, value.get_ref()) {
            (Shape::Settings(settings), DeValue::Table(table)) => {
                self.settings(section, String::new(), at, (settings, table));
            }
            (Shape::Names(names), DeValue::Table(table)) => self.names(section, at, names, table),
            (Shape::Named(settings), DeValue::Table(tables)) => {
                for (key, value) in tables {
                    let (own, at) = (key.get_ref().to_string(), key.span());
                    if let Err(why) = kind::name(&own) {
                        self.fault(at.clone(), why);
                    }
                    match value.get_ref() {
                        DeValue::Table(table) => self.settings(section, own, at, (settings, table)),
                        _ => self
                            .fault(at, format!("`{own}` is no table: begin it with [{name}.NAME]")),
                    }
                }
            }
            (Shape::List(settings), DeValue::Array(tables)) => {
                for value in tables {
                    match value.get_ref() {
                        DeValue::Table(table) => {
                            self.settings(section, String::new(), value.span(), (settings, table));
                        }
                        _ => self.fault(
                            value.span(),
                            format!("this is no table: begin each with [[{name}]]"),
                        ),
                    }
                }
            }
            (Shape::List(_), _) => {
                self.fault(at, format!("there may be several: begin each with [[{name}]]"));
            }
            (_, _) => self.fault(at, format!("`{name}` is a section: begin it with [{name}]")),
        }
    }

    fn settings(
        &mut self,
        section: &'static Section,
        name: String,
        span: Range<usize>,
        (settings, table): (&'static [Setting], &DeTable<'_>),
    ) {
        let mut part = Part { section, name, span, said: BTreeMap::new() };
        for (key, value) in table {
            let own = key.get_ref().as_ref();
            if let Some(setting) = settings.iter().find(|setting| setting.key == own) {
                self.setting(&mut part, setting, value);
            } else {
                let names: Vec<&str> = settings.iter().map(|setting| setting.key).collect();
                let hint = perhaps(own, &names);
                let why = format!("[{}] has no setting `{own}`{hint}", section.name);
                self.fault(key.span(), above(own, &why));
            }
        }
        self.parts.push(part);
    }

    fn names(
        &mut self,
        section: &'static Section,
        span: Range<usize>,
        names: Names,
        table: &DeTable<'_>,
    ) {
        let mut part = Part { section, name: String::new(), span, said: BTreeMap::new() };
        for (key, value) in table {
            let own = key.get_ref().as_ref();
            if let Err(why) = (names.name)(own) {
                self.fault(key.span(), above(own, &why));
                continue;
            }
            if let Some(said) = self.value(names.kind, own, "", value) {
                part.said.insert(own.to_owned(), said);
            }
        }
        self.parts.push(part);
    }

    fn setting(&mut self, part: &mut Part, setting: &Setting, value: &Spanned<DeValue<'_>>) {
        if let Some(said) = self.value(setting.kind, setting.key, setting.example, value) {
            part.said.insert(setting.key.to_owned(), said);
        }
    }

    fn value(
        &mut self,
        kind: Kind,
        key: &str,
        example: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<Said> {
        let span = value.span();
        let said = |value| Said { value, span: span.clone(), words: vec![] };
        match (kind, value.get_ref()) {
            (Kind::Flag, DeValue::Boolean(flag)) => return Some(said(Value::Flag(*flag))),
            (
                Kind::Text(_) | Kind::OneOf(_) | Kind::Filter | Kind::Theme,
                DeValue::String(text),
            ) => {
                let given = kind::check(kind, text).map(|()| said(Value::Text(text.to_string())));
                return given.map_err(|why| self.fault(span, why)).ok();
            }
            (Kind::Words(_), DeValue::String(text)) => {
                let given = kind::check(kind, text);
                let given = given.map(|()| said(Value::Words(vec![text.to_string()])));
                return given
                    .map(|one| Said { words: vec![span.clone()], ..one })
                    .map_err(|why| self.fault(span.clone(), why))
                    .ok();
            }
            (Kind::Words(_), DeValue::Array(words)) => return self.words(kind, span, words.iter()),
            (Kind::Number(_), DeValue::Integer(number)) => {
                let digits = i64::from_str_radix(number.as_str(), number.radix());
                let given = kind::number_of(kind, digits.unwrap_or(i64::MAX));
                return given.map(said).map_err(|why| self.fault(value.span(), why)).ok();
            }
            _ => {}
        }
        let example =
            if example.is_empty() { String::new() } else { format!(": {key} = {example}") };
        self.fault(span, format!("`{key}` is {}{example}", kind.wants()));
        None
    }

    fn words<'v>(
        &mut self,
        kind: Kind,
        span: Range<usize>,
        values: impl Iterator<Item = &'v Spanned<DeValue<'v>>>,
    ) -> Option<Said> {
        let (mut words, mut places) = (vec![], vec![]);
        let before = self.faults.len();
        for value in values {
            match value.get_ref() {
                DeValue::String(text) => match kind::check(kind, text) {
                    Ok(()) => {
                        words.push(text.to_string());
                        places.push(value.span());
                    }
                    Err(why) => self.fault(value.span(), why),
                },
                _ => self.fault(value.span(), "each of them is a text in quotes"),
            }
        }
        let is_whole = self.faults.len() == before;
        is_whole.then_some(Said { value: Value::Words(words), span, words: places })
    }
}

/// The sentence, and where the key belongs if it is one of those above the first section: in TOML
/// whatever stands below a header belongs to it.
fn above(key: &str, why: &str) -> String {
    let is_main = SECTIONS[0].settings().iter().any(|setting| setting.key == key);
    match is_main {
        true => format!("{why}; the setting `{key}` belongs above the first [section]"),
        false => why.to_owned(),
    }
}
