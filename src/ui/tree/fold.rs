//! The tree itself: which lines are unfolded, where one is, and what is searched for.

use std::borrow::Cow;
use std::sync::Arc;

use memchr::memchr2_iter;

use crate::event::json::{self, Json, MAX_DEPTH};
use crate::ui::list::{Step, Viewport};
use crate::ui::tree::line::{Key, Line, Place, Texts, What};
use crate::ui::tree::secret::Secrets;

/// No more lines than these are ever unfolded.
pub(crate) const MAX_LINES: usize = 20_000;

/// Levels unfolded at first. CloudTrail's own parts need fewer; each costs a walk over the text, and
/// a record is drawn before its reader has asked for anything.
const FIRST_LEVELS: usize = 8;

/// Letters of a search that count.
const MAX_NEEDLE: usize = 256;

/// A JSON value, unfolded as far as one has looked.
#[derive(Debug, Default)]
pub struct Tree {
    pub(crate) texts: Texts,
    pub(crate) lines: Vec<Line>,
    pub(crate) view: Viewport,
    pub(crate) needle: String,
}

impl Tree {
    /// A tree of a JSON text, unfolded level by level while it has at most `budget` lines. Members
    /// that are named `first` stand before the others. A text that is no JSON shows what can be read
    /// of it.
    pub fn new(text: impl Into<Arc<str>>, first: &[&str], budget: usize, secrets: Secrets) -> Self {
        let mut texts = Texts::new(text.into(), secrets);
        let mut lines = texts.roots();
        lines.sort_by_key(|line| {
            let name = if let Key::Name(name) = &line.key { &**name } else { "" };
            first.iter().position(|first| *first == name).unwrap_or(first.len())
        });
        let mut tree = Self { texts, lines, ..Self::default() };
        let mut room = budget.saturating_sub(tree.lines.len());
        for level in 0..FIRST_LEVELS {
            let mut denied = false;
            let grown = tree.grow(&mut |_, line| {
                let What::Nest { len, .. } = &line.what else { return false };
                let wanted = line.depth == level && *len <= room;
                denied |= line.depth == level && !wanted;
                room -= if wanted { *len } else { 0 };
                wanted
            });
            if !grown || denied {
                break;
            }
        }
        tree
    }

    /// How many lines are unfolded.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The cursor and the first line shown.
    pub fn view(&self) -> Viewport {
        self.view
    }

    /// Moves the cursor; `height` as drawn.
    pub fn step(&mut self, step: Step, height: u16) {
        self.view.step(step, self.lines.len(), height);
    }

    /// Unfolds the line under the cursor; says whether there was something to unfold.
    pub fn unfold(&mut self) -> bool {
        let at = self.view.cursor;
        let Some(line) = self.lines.get(at) else { return false };
        if !line.is_closed() || self.lines.len() >= MAX_LINES {
            return false;
        }
        let below = line.depth + usize::from(line.folds());
        let what = line.what.clone();
        let children = self.texts.children(&what, below);
        if matches!(what, What::More { .. }) {
            self.lines.splice(at..=at, children);
        } else {
            self.lines[at].open = true;
            let rest = self.lines.split_off(at + 1);
            self.lines.extend(children);
            self.lines.extend(rest);
        }
        true
    }

    /// Folds the line under the cursor, or the one it stands below; the cursor goes there. Says
    /// whether something was folded.
    pub fn fold(&mut self) -> bool {
        let cursor = self.view.cursor;
        let Some(line) = self.lines.get(cursor) else { return false };
        let at = if line.open { Some(cursor) } else { self.parent(cursor) };
        let Some(at) = at else { return false };
        let depth = self.lines[at].depth;
        let inside = self.lines[at + 1..].iter().take_while(|line| line.depth > depth).count();
        self.lines.drain(at + 1..=at + inside);
        self.lines[at].open = false;
        self.view.cursor = at;
        true
    }

    /// Folds the line under the cursor if it is unfolded, else unfolds it.
    pub fn toggle(&mut self) -> bool {
        let open = self.lines.get(self.view.cursor).is_some_and(|line| line.open);
        if open { self.fold() } else { self.unfold() }
    }

    /// Folds everything; the cursor goes to the outermost line it stood in.
    pub fn fold_all(&mut self) {
        let seen = self.lines.iter().take(self.view.cursor + 1);
        self.view.cursor = seen.filter(|line| line.depth == 0).count().saturating_sub(1);
        self.lines.retain(|line| line.depth == 0);
        self.lines.iter_mut().for_each(|line| line.open = false);
    }

    /// Unfolds all objects and arrays, as far as 20,000 lines go. Long strings stay folded.
    pub fn unfold_all(&mut self) {
        while self.grow(&mut |_, line| matches!(line.what, What::Nest { .. })) {}
    }

    /// Unfolds every closed line that is wanted, once; the cursor stays on its line.
    fn grow(&mut self, wants: &mut dyn FnMut(&Texts, &Line) -> bool) -> bool {
        let old = std::mem::take(&mut self.lines);
        let (mut count, mut grown) = (old.len(), false);
        let mut cursor = 0;
        for (at, mut line) in old.into_iter().enumerate() {
            if at == self.view.cursor {
                cursor = self.lines.len();
            }
            if !line.is_closed() || count >= MAX_LINES || !wants(&self.texts, &line) {
                self.lines.push(line);
                continue;
            }
            let below = line.depth + usize::from(line.folds());
            let children = self.texts.children(&line.what, below);
            count += children.len();
            grown = true;
            if line.folds() {
                line.open = true;
                self.lines.push(line);
            }
            self.lines.extend(children);
        }
        self.view.cursor = cursor;
        grown
    }

    fn parent(&self, at: usize) -> Option<usize> {
        let depth = self.lines.get(at)?.depth;
        (0..at).rev().find(|above| self.lines[*above].depth < depth)
    }

    /// The path of the line under the cursor as the filter language writes it: names joined by
    /// dots, numbers of elements left out, odd names quoted. `None` where there is no name.
    pub fn path(&self) -> Option<String> {
        let mut names = vec![];
        let mut at = Some(self.view.cursor).filter(|at| *at < self.lines.len());
        while let Some(line) = at {
            if let Key::Name(name) = &self.lines[line].key {
                names.push(quoted(name));
            }
            at = self.parent(line);
        }
        names.reverse();
        (!names.is_empty()).then(|| names.join("."))
    }

    /// The value of the line under the cursor, if it is a string, number or boolean that is not
    /// hidden. The value of a part of a long string is that string.
    pub fn scalar(&self) -> Option<Cow<'_, str>> {
        let mut at = self.view.cursor;
        if matches!(self.lines.get(at)?.what, What::Part { .. } | What::More { .. }) {
            at = self.parent(at)?;
        }
        match &self.lines[at].what {
            What::Scalar { at } => Json::of(self.texts.at(at)).scalar(),
            What::Long { at } => Some(Cow::Borrowed(self.texts.at(at))),
            _ => None,
        }
    }

    /// Searches keys and values without (ASCII) case, unfolds what holds the text, and gives the
    /// number of lines that do. An empty text ends the search.
    pub fn search(&mut self, needle: &str) -> usize {
        self.needle = needle.chars().take(MAX_NEEDLE).collect();
        if self.needle.is_empty() {
            return 0;
        }
        let needle = self.needle.clone();
        let mut holds = |texts: &Texts, line: &Line| {
            let at = match &line.what {
                What::Nest { at, .. } | What::Long { at } => at.clone(),
                What::More { of, from, .. } => match &**of {
                    What::Long { at } => {
                        Place { text: at.text, range: at.range.start + from..at.range.end }
                    }
                    What::Nest { at, .. } => at.clone(),
                    _ => return false,
                },
                _ => return false,
            };
            // What JSON writes with escapes is found by the second look, at its plain text.
            let text = texts.at(&at);
            find_folded(text, &needle).is_some()
                || (text.contains('\\')
                    && Json::of(text).any_text(&mut |one| find_folded(one, &needle).is_some()))
        };
        for _ in 0..MAX_DEPTH {
            if !self.grow(&mut holds) {
                break;
            }
        }
        self.lines.iter().filter(|line| self.matches(line)).count()
    }

    /// Moves the cursor to the next line that was found, or the one before; around the end. Says
    /// whether there is one.
    pub fn next_hit(&mut self, forward: bool, height: u16) -> bool {
        let (len, cursor) = (self.lines.len(), self.view.cursor);
        let steps = 1..=len;
        let mut order = steps.map(|n| if forward { cursor + n } else { cursor + len - n } % len);
        let hit = order.find(|at| self.matches(&self.lines[*at]));
        if let Some(at) = hit {
            self.view.step(Step::To(at), len, height);
        }
        hit.is_some()
    }

    /// Whether a line shows what is searched for.
    fn matches(&self, line: &Line) -> bool {
        let finds = |text: &str| find_folded(text, &self.needle).is_some();
        if self.needle.is_empty() {
            return false;
        }
        if matches!(&line.key, Key::Name(name) if finds(name)) {
            return true;
        }
        match &line.what {
            What::Scalar { at } => Json::of(self.texts.at(at)).scalar().is_some_and(|v| finds(&v)),
            What::Long { at } if !line.open => finds(self.texts.at(at)),
            What::Part { at } => finds(self.texts.at(at)),
            _ => false,
        }
    }
}

/// A name as a filter path writes it.
fn quoted(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'$');
    if !name.is_empty() && name.bytes().all(plain) {
        return name.to_owned();
    }
    json::encode(name)
}

/// Where a text first stands in another, without ASCII case.
pub(crate) fn find_folded(text: &str, needle: &str) -> Option<usize> {
    let (text, needle) = (text.as_bytes(), needle.as_bytes());
    let first = *needle.first()?;
    memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text).find(|at| {
        text.get(*at..at + needle.len()).is_some_and(|part| part.eq_ignore_ascii_case(needle))
    })
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
