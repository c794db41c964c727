//! The lines of a tree: what one line is, and how a value becomes the lines below it. Lines hold
//! places in texts, never parsed values, so that a folded megabyte costs nothing.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

use crate::event::json::{Json, MAX_DEPTH, Shape};
use crate::event::secret::{Wrapped, inner_json, is_secret};
use crate::ui::text::width;
use crate::ui::tree::secret::Secrets;

/// Children unfolded at a time; the rest is one line that unfolds the next ones.
pub(crate) const BATCH: usize = 1000;

/// Strings of more bytes are folded to one line.
const LONG: usize = 160;

/// Keys are padded to their widest sibling, but not beyond these cells.
const KEY_CELLS: usize = 26;

/// A place in one of the texts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) text: usize,
    pub(crate) range: Range<usize>,
}

/// What stands before a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// The name of a member.
    Name(Box<str>),
    /// The number of an element.
    Index(usize),
    /// Nothing: the line belongs to the one above it.
    None,
}

/// What a line shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// An object or array with its length, perhaps found in a string.
    Nest { at: Place, len: usize, wrapped: Option<Wrapped> },
    /// A value of one line, as it was written.
    Scalar { at: Place },
    /// A long string, decoded.
    Long { at: Place },
    /// A part of the long string above.
    Part { at: Place },
    /// What was not unfolded yet: `from` counts children, or bytes of a long string.
    More { of: Box<What>, from: usize, left: usize },
    /// An object or array nested deeper than is followed.
    Deep,
    /// A secret.
    Hidden,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) depth: usize,
    pub(crate) key: Key,
    /// The cells keys of these siblings are padded to.
    pub(crate) pad: usize,
    pub(crate) what: What,
    pub(crate) open: bool,
}

impl Line {
    /// Whether something can be unfolded below it.
    pub(crate) fn folds(&self) -> bool {
        matches!(self.what, What::Nest { .. } | What::Long { .. })
    }

    /// Whether there is something to see that is not seen.
    pub(crate) fn is_closed(&self) -> bool {
        (self.folds() && !self.open) || matches!(self.what, What::More { .. })
    }
}

/// The texts lines point into: the value itself, and what was decoded from strings in it. Each
/// string is decoded once, however often it is folded and unfolded.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    kept: Vec<Arc<str>>,
    decoded: HashMap<(usize, usize), (usize, Option<Wrapped>)>,
    secrets: Secrets,
}

impl Texts {
    pub(crate) fn new(text: Arc<str>, secrets: Secrets) -> Self {
        Self { kept: vec![text], decoded: HashMap::new(), secrets }
    }

    /// The text at a place.
    pub(crate) fn at(&self, place: &Place) -> &str {
        &self.kept[place.text][place.range.clone()]
    }

    /// The whole value as one line or, of an object or array, the lines of its children.
    pub(crate) fn roots(&mut self) -> Vec<Line> {
        let whole = Place { text: 0, range: 0..self.kept[0].len() };
        let source = Arc::clone(&self.kept[0]);
        match self.line(0, Key::None, Json::of(&source), &whole) {
            line if matches!(line.what, What::Nest { wrapped: None, .. }) => {
                self.children(&line.what, 0)
            }
            line => vec![line],
        }
    }

    /// The lines that appear when a line is unfolded, at most a batch and a line for the rest.
    pub(crate) fn children(&mut self, what: &What, depth: usize) -> Vec<Line> {
        match what {
            What::Nest { at, len, .. } => self.batch(at, *len, 0, depth),
            What::Long { at } => self.parts(at, 0, depth),
            What::More { of, from, .. } => match &**of {
                What::Nest { at, len, .. } => self.batch(at, *len, *from, depth),
                What::Long { at } => self.parts(at, *from, depth),
                _ => vec![],
            },
            _ => vec![],
        }
    }

    fn batch(&mut self, at: &Place, len: usize, from: usize, depth: usize) -> Vec<Line> {
        let source = Arc::clone(&self.kept[at.text]);
        let value = Json::of(&source[at.range.clone()]);
        let mut lines: Vec<Line> = if value.shape() == Shape::Array {
            let items = value.items().enumerate().skip(from).take(BATCH);
            items.map(|(n, item)| self.line(depth, Key::Index(n), item, at)).collect()
        } else {
            let members = value.entries().skip(from).take(BATCH);
            members
                .map(|(key, member)| self.line(depth, Key::Name(key.into()), member, at))
                .collect()
        };
        let widest = lines.iter().map(|line| key_width(&line.key)).max().unwrap_or_default();
        for line in &mut lines {
            line.pad = widest.min(KEY_CELLS);
        }
        let shown = from + lines.len();
        if shown < len && !lines.is_empty() {
            let of = Box::new(What::Nest { at: at.clone(), len, wrapped: None });
            lines.push(plain(depth, What::More { of, from: shown, left: len - shown }));
        }
        lines
    }

    /// A long string in parts of one screen line each.
    fn parts(&self, at: &Place, from: usize, depth: usize) -> Vec<Line> {
        const CELLS: usize = 76;
        let text = self.at(at);
        let mut lines = vec![];
        let mut begin = from;
        while begin < text.len() && lines.len() < BATCH {
            let (mut end, mut cells) = (begin, 0);
            for part in text[begin..].graphemes(true) {
                cells += width(part);
                if cells > CELLS && end > begin {
                    break;
                }
                end += part.len();
                if part.ends_with('\n') {
                    break;
                }
            }
            let range = at.range.start + begin..at.range.start + end;
            lines.push(plain(depth, What::Part { at: Place { text: at.text, range } }));
            begin = end;
        }
        if begin < text.len() {
            let of = Box::new(What::Long { at: at.clone() });
            lines.push(plain(depth, What::More { of, from: begin, left: text.len() - begin }));
        }
        lines
    }

    /// The line of one value that lies within a place.
    fn line(&mut self, depth: usize, key: Key, value: Json<'_>, within: &Place) -> Line {
        let at = self.place_of(value, within);
        let hides = self.secrets == Secrets::Hidden
            && matches!(&key, Key::Name(name) if is_secret(name, value));
        let what = match value.shape() {
            _ if hides => What::Hidden,
            Shape::Object | Shape::Array => {
                let len = value.entries().count() + value.items().count();
                match len {
                    0 => What::Scalar { at },
                    _ if depth >= MAX_DEPTH => What::Deep,
                    _ => What::Nest { at, len, wrapped: None },
                }
            }
            Shape::Text => self.string(value, at, depth),
            Shape::Number | Shape::Bool | Shape::Null => What::Scalar { at },
        };
        Line { depth, key, pad: 0, what, open: false }
    }

    fn string(&mut self, value: Json<'_>, at: Place, depth: usize) -> What {
        let known = (at.text, at.range.start);
        let found = self.decoded.get(&known).copied().or_else(|| self.decode(value));
        let Some((text, wrapped)) = found else { return What::Scalar { at } };
        self.decoded.insert(known, (text, wrapped));
        let at = Place { text, range: 0..self.kept[text].len() };
        if wrapped.is_none() || depth >= MAX_DEPTH {
            return What::Long { at };
        }
        let inner = Json::of(&self.kept[text]);
        let len = inner.entries().count() + inner.items().count();
        What::Nest { at, len, wrapped }
    }

    /// Keeps the text of a string that holds JSON or is long.
    fn decode(&mut self, value: Json<'_>) -> Option<(usize, Option<Wrapped>)> {
        let text = value.scalar()?;
        let (text, wrapped) = match inner_json(&text) {
            Some((inner, wrapped)) => (inner, Some(wrapped)),
            None if text.len() > LONG => (text.into_owned(), None),
            None => return None,
        };
        self.kept.push(text.into());
        Some((self.kept.len() - 1, wrapped))
    }

    /// Where a value lies that was read from the text at `within`.
    fn place_of(&self, value: Json<'_>, within: &Place) -> Place {
        let text = &self.kept[within.text];
        let from = (value.text().as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        let end = (from + value.text().len()).min(text.len());
        Place { text: within.text, range: from.min(end)..end }
    }
}

fn plain(depth: usize, what: What) -> Line {
    Line { depth, key: Key::None, pad: 0, what, open: false }
}

/// The cells of a key as it is drawn.
pub(crate) fn key_width(key: &Key) -> usize {
    match key {
        Key::Name(name) => width(&name[..name.floor_char_boundary(256)]),
        Key::Index(n) => n.to_string().len() + 2,
        Key::None => 0,
    }
}
