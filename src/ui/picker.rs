//! A list that is chosen from by typing some letters of what one wants: palettes, columns, saved
//! filters. Fuzzy matching is for names of our own and of the user's only; events are filtered
//! exactly.

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use crate::ui::glyphs::Glyphs;
use crate::ui::input::{Edit, Input};
use crate::ui::list::{Step, Viewport};
use crate::ui::text::{put, put_cut, put_right, row, width};
use crate::ui::theme::{Role, Theme};

/// Letters of a choice and of a pattern that are looked at: matching costs their product.
const MAX_LETTERS: usize = 200;

/// Something to choose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choice {
    /// What is matched and shown first.
    pub label: String,
    /// What is shown behind it, not matched.
    pub detail: String,
    /// What is shown at the right end: its key, its count.
    pub note: String,
}

/// A choice that matches.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hit {
    choice: usize,
    /// The letters of the label, by number, that the pattern found.
    letters: Vec<usize>,
}

/// The list, the line typed into it, and what matches: best first, all in their own order while
/// nothing is typed.
#[derive(Debug, Clone, Default)]
pub struct Picker {
    choices: Vec<Choice>,
    input: Input,
    hits: Vec<Hit>,
    view: Viewport,
}

impl Picker {
    /// A picker of these choices, nothing typed yet.
    pub fn new(choices: Vec<Choice>) -> Self {
        let mut picker = Self { choices, ..Self::default() };
        picker.search();
        picker
    }

    /// What is typed.
    pub fn pattern(&self) -> &str {
        self.input.value()
    }

    /// Changes what is typed; the best match is selected.
    pub fn edit(&mut self, edit: Edit) {
        if self.input.edit(edit) {
            self.search();
        }
    }

    /// Moves the selection; `height` is that of the rows below the line typed.
    pub fn step(&mut self, step: Step, height: u16) {
        self.view.step(step, self.hits.len(), height);
    }

    /// Selects a choice by its number in the list it was made with, where it matches.
    pub fn select(&mut self, choice: usize) {
        if let Some(at) = self.hits.iter().position(|hit| hit.choice == choice) {
            self.view.cursor = at;
        }
    }

    /// The number of the selected choice in the list it was made with.
    pub fn selected(&self) -> Option<usize> {
        self.hits.get(self.view.cursor).map(|hit| hit.choice)
    }

    fn search(&mut self) {
        self.view = Viewport::default();
        let pattern: String = self.input.value().trim().chars().take(MAX_LETTERS).collect();
        if pattern.is_empty() {
            let all = 0..self.choices.len();
            self.hits = all.map(|choice| Hit { choice, letters: vec![] }).collect();
            return;
        }
        let matcher = SkimMatcherV2::default().smart_case();
        let words: Vec<&str> = pattern.split_whitespace().collect();
        let mut scored: Vec<(i64, Hit)> = vec![];
        for (choice, item) in self.choices.iter().enumerate() {
            let label: String = item.label.chars().take(MAX_LETTERS).collect();
            // Each word must match, in any order: "account add" finds "add account".
            let each = words.iter().map(|word| matcher.fuzzy_indices(&label, word));
            let Some(found) = each.collect::<Option<Vec<_>>>() else { continue };
            let score = found.iter().map(|(score, _)| score).sum();
            let mut letters: Vec<usize> = found.into_iter().flat_map(|(_, at)| at).collect();
            letters.sort_unstable();
            letters.dedup();
            scored.push((score, Hit { choice, letters }));
        }
        scored.sort_by_key(|(score, hit)| (std::cmp::Reverse(*score), hit.choice));
        self.hits = scored.into_iter().map(|(_, hit)| hit).collect();
    }

    /// Draws the line typed and the choices below it; gives the cursor's place.
    pub fn draw(
        &self,
        buf: &mut Buffer,
        area: Rect,
        theme: &Theme,
        glyphs: Glyphs,
    ) -> Option<Position> {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return None;
        }
        let count = format!("{} of {}", self.hits.len(), self.choices.len());
        let line = row(area.x, area.y, area.width);
        let room = area.width.saturating_sub(count.len() as u16 + 1);
        let typing = if room < 8 { line } else { row(area.x, area.y, room) };
        if room >= 8 {
            put_right(buf, line, &count, theme.style(Role::Dim), glyphs);
        }
        let cursor = self.input.draw(buf, typing, theme.style(Role::Input), &[]);
        let list = Rect { y: area.y + 1, height: area.height - 1, ..area };
        let mut view = self.view;
        view.settle(self.hits.len(), list.height);
        view.draw(buf, list, self.hits.len(), |buf, line, number| {
            let ground = if number == view.cursor { Role::Selection } else { Role::Popup };
            self.draw_choice(buf, line, &self.hits[number], (theme, ground, glyphs));
        });
        if self.hits.is_empty() && list.height > 0 {
            put(buf, list, "nothing matches", theme.style(Role::Dim));
        }
        cursor
    }

    fn draw_choice(
        &self,
        buf: &mut Buffer,
        line: Rect,
        hit: &Hit,
        (theme, ground, glyphs): (&Theme, Role, Glyphs),
    ) {
        let choice = &self.choices[hit.choice];
        let plain = theme.style(ground);
        buf.set_style(line, plain);
        let mut end = line.right();
        if !choice.note.is_empty() && usize::from(line.width) > width(&choice.note) + 12 {
            end = put_right(buf, line, &choice.note, theme.over(ground, Role::Dim), glyphs) - 1;
        }
        let found = theme.over(ground, Role::Match);
        let mut letters = hit.letters.iter().copied().peekable();
        let mut x = line.x;
        let mut next = 0;
        for grapheme in choice.label.graphemes(true) {
            next += grapheme.chars().count();
            let mut style: Style = plain;
            while letters.next_if(|at| *at < next).is_some() {
                style = found;
            }
            let cells = row(x, line.y, end.saturating_sub(x));
            if cells.width == 0 {
                return;
            }
            x = put(buf, cells, grapheme, style);
        }
        if !choice.detail.is_empty() && x + 2 < end {
            let room = row(x + 2, line.y, end - x - 2);
            put_cut(buf, room, &choice.detail, theme.over(ground, Role::Dim), glyphs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picker() -> Picker {
        let choice = |label: &str, note: &str| Choice {
            label: label.to_owned(),
            detail: format!("about {label}"),
            note: note.to_owned(),
        };
        Picker::new(vec![
            choice("select-next", "j"),
            choice("filter-by-cell", "f"),
            choice("trace-session", "t"),
            choice("export timeline", ""),
        ])
    }

    fn type_in(picker: &mut Picker, text: &str) {
        picker.edit(Edit::Paste(text.to_owned()));
    }

    #[test]
    fn letters_in_order_choose_the_best() {
        for (typed, best) in [
            ("", Some(0)),
            ("tses", Some(2)),
            ("filter", Some(1)),
            ("timeline exp", Some(3)),
            ("SELECT", None),
            ("zzz", None),
        ] {
            let mut picker = picker();
            type_in(&mut picker, typed);
            assert_eq!(picker.selected(), best, "{typed}");
        }
    }

    #[test]
    fn steps_move_and_typing_goes_back_to_the_best() {
        let mut picker = picker();
        picker.step(Step::Down(2), 3);
        assert_eq!(picker.selected(), Some(2));
        type_in(&mut picker, "e");
        assert_eq!((picker.view, picker.hits.len()), (Viewport::default(), 4));
        picker.edit(Edit::Backspace);
        assert_eq!(picker.selected(), Some(0));
        picker.step(Step::End, 3);
        assert_eq!(picker.selected(), Some(picker.choices.len() - 1));
    }

    #[test]
    fn what_was_found_is_highlighted() {
        let theme = Theme::load("mono").unwrap();
        let mut picker = picker();
        type_in(&mut picker, "ts");
        let area = Rect::new(0, 0, 44, 4);
        let mut buf = Buffer::empty(area);
        let cursor = picker.draw(&mut buf, area, &theme, Glyphs::UNICODE);
        assert_eq!(cursor, Some(Position { x: 2, y: 0 }));
        insta::assert_snapshot!(crate::ui::paint::paint(&buf));
    }

    #[test]
    fn any_size_and_any_letters_can_be_drawn() {
        let theme = Theme::load("dark").unwrap();
        let long = "\u{1b}日\u{301}".repeat(5_000);
        let mut picker = Picker::new(vec![
            Choice { label: long.clone(), detail: long.clone(), note: long.clone() },
            Choice::default(),
        ]);
        for (width, height) in [(0, 0), (1, 1), (1, 9), (9, 1), (13, 2), (80, 24)] {
            let area = Rect::new(1, 1, width, height);
            picker.draw(&mut Buffer::empty(area), area, &theme, Glyphs::ASCII);
            type_in(&mut picker, "日");
            picker.step(Step::End, area.height.saturating_sub(1));
        }
    }
}
