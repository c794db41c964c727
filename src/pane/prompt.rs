//! The filter line: shows the filter and what it costs; while it is edited, says at every keystroke
//! whether it is valid and what could come next. Rows follow while one types.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::command::action::Action;
use crate::command::chord::{Chord, Key};
use crate::event::field::{From, field};
use crate::insight::chatter::Hidden;
use crate::pane::contract::{Ctx, Verbs, WINDOWS};
use crate::pane::steps::edit_of;
use crate::query::ast::Name;
use crate::query::complete::{Candidate, Completion, Wants, complete};
use crate::query::diagnostic::Diagnostic;
use crate::query::parse::parse;
use crate::query::preset::Presets;
use crate::query::question::{Asker, ValuesWanted};
use crate::query::token::{Lexeme, Token, tokens};
use crate::ui::input::{Edit, Input};
use crate::ui::theme::Role;
use crate::ui::{format, text};

/// The most completions shown at once.
const SHOWN: usize = 10;
/// From this width on it is said whose chatter is hidden …
pub const WIDE: u16 = 180;
/// … the most of them by name.
const MAKERS: usize = 3;
/// Cells that are left for typing before anything else stands in the line.
const TYPING: usize = 24;
/// The most values ranked for completion.
const RANKED: usize = 100;

/// What an editing key led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// Nothing the app needs to know.
    Nothing,
    /// The text is another valid filter: rows follow.
    Filter(String),
    /// Enter: the filter is applied and the line closes.
    Apply(String),
    /// Esc: the former filter comes back and the line closes.
    Restore(String),
}

/// One thing that could come next.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Offer {
    insert: String,
    label: String,
    note: String,
}

impl Offer {
    fn of(candidate: &Candidate) -> Self {
        let (label, note) = match candidate.count {
            Some(count) => (candidate.doc.clone(), format::count(count)),
            None => (candidate.text.clone(), candidate.doc.clone()),
        };
        // A key goes on with its value; whatever else is whole and wants a blank behind it.
        let blank = if candidate.text.ends_with(':') { "" } else { " " };
        Self { insert: format!("{}{blank}", candidate.text), label, note }
    }
}

/// The line being edited.
#[derive(Debug, Default)]
pub struct Prompt {
    input: Input,
    former: String,
    diagnostics: Vec<Diagnostic>,
    completion: Option<Completion>,
    offers: Vec<Offer>,
    chosen: Option<usize>,
    wanted: u64,
    presets: Presets,
}

impl Prompt {
    /// A closed line that knows these presets, and what was typed before, oldest first.
    pub fn new(presets: Presets, history: Vec<String>) -> Self {
        let mut input = Input::default();
        input.set_history(history);
        Self { input, presets, ..Self::default() }
    }

    /// What was typed, oldest first.
    pub fn history(&self) -> &[String] {
        self.input.history()
    }

    /// Opens the line on the filter in force. A blank is added so that typing starts a new term.
    pub fn open(&mut self, filter: &str) -> Option<ValuesWanted> {
        filter.clone_into(&mut self.former);
        let text = if filter.is_empty() { String::new() } else { format!("{filter} ") };
        self.input.set(&text);
        self.look()
    }

    /// Does what a key asks; values to be looked up come with it.
    pub fn press(&mut self, chord: Chord) -> (Typed, Option<ValuesWanted>) {
        match (chord.key, chord.ctrl) {
            (Key::Enter, _) => (self.apply(), None),
            (Key::Esc, _) | (Key::Char('c'), true) => (Typed::Restore(self.former.clone()), None),
            (Key::Tab, _) => self.take_offer(),
            (Key::Up, _) => self.step(false),
            (Key::Down, _) => self.step(true),
            _ => match edit_of(chord) {
                Some(edit) => self.edit(edit),
                None => (Typed::Nothing, None),
            },
        }
    }

    /// Takes pasted text; line ends become blanks.
    pub fn paste(&mut self, pasted: String) -> (Typed, Option<ValuesWanted>) {
        self.edit(Edit::Paste(pasted))
    }

    /// Takes values that were asked for; answers to older questions are dropped.
    pub fn values(&mut self, id: u64, values: &[(String, u64)]) {
        if id != self.wanted {
            return;
        }
        let Some(completion) = &self.completion else { return };
        let values = values.iter().map(|(value, count)| (value.as_str(), *count));
        let ranked = completion.rank(values, RANKED);
        self.offers = completion.candidates.iter().chain(&ranked).map(Offer::of).collect();
        self.chosen = None;
    }

    fn edit(&mut self, edit: Edit) -> (Typed, Option<ValuesWanted>) {
        if !self.input.edit(edit) {
            return (Typed::Nothing, None);
        }
        let wanted = self.look();
        (self.typed(), wanted)
    }

    fn typed(&self) -> Typed {
        if self.diagnostics.is_empty() {
            return Typed::Filter(self.input.value().trim().to_owned());
        }
        // `user:` was the word `user` a keystroke ago, and is no filter before its value begins:
        // until then the rows are those of all the rest, among which the values are counted.
        match &self.completion {
            Some(completion) if self.awaits_value() => {
                let rest = rest(self.input.value(), completion.span.clone());
                let is_valid = parse(&rest, &self.presets).is_ok();
                if is_valid { Typed::Filter(rest) } else { Typed::Nothing }
            }
            _ => Typed::Nothing,
        }
    }

    /// Whether the cursor stands where a value is to begin.
    fn awaits_value(&self) -> bool {
        let wants = |it: &Completion| matches!(it.wants, Wants::Value(_)) && it.typed.is_empty();
        self.completion.as_ref().is_some_and(wants)
    }

    fn apply(&mut self) -> Typed {
        if !self.diagnostics.is_empty() {
            // An invalid filter is never applied: the line stays open and says why.
            return Typed::Nothing;
        }
        self.input.remember();
        Typed::Apply(self.input.value().trim().to_owned())
    }

    fn step(&mut self, down: bool) -> (Typed, Option<ValuesWanted>) {
        if self.offers.is_empty() || (self.input.value().is_empty() && self.chosen.is_none()) {
            let moved = if down { self.input.newer() } else { self.input.older() };
            if !moved {
                return (Typed::Nothing, None);
            }
            let wanted = self.look();
            return (self.typed(), wanted);
        }
        let last = self.offers.len() - 1;
        self.chosen = match (self.chosen, down) {
            (None, true) => Some(0),
            (None, false) => Some(last),
            (Some(at), true) => Some(if at == last { 0 } else { at + 1 }),
            (Some(at), false) => Some(if at == 0 { last } else { at - 1 }),
        };
        (Typed::Nothing, None)
    }

    fn take_offer(&mut self) -> (Typed, Option<ValuesWanted>) {
        let at = self.chosen.unwrap_or(0);
        let (Some(offer), Some(completion)) = (self.offers.get(at), &self.completion) else {
            return (Typed::Nothing, None);
        };
        self.input.replace(completion.span.clone(), &offer.insert);
        let wanted = self.look();
        (self.typed(), wanted)
    }

    /// Parses the text and works out what could come next.
    fn look(&mut self) -> Option<ValuesWanted> {
        let value = self.input.value();
        self.diagnostics = parse(value, &self.presets).err().unwrap_or_default();
        let found = complete(value, self.input.cursor(), &self.presets);
        self.chosen = None;
        self.offers = found.candidates.iter().map(Offer::of).collect();
        let wanted = match &found.wants {
            Wants::Value(Name::Key(key)) => {
                let rest = rest(self.input.value(), found.span.clone());
                self.ask_values(key.row().name, &found.typed, rest)
            }
            Wants::Value(_) | Wants::Name(_) | Wants::Key | Wants::Preset | Wants::Nothing => None,
        };
        self.completion = Some(found);
        wanted
    }

    fn ask_values(&mut self, key: &str, typed: &str, rest: String) -> Option<ValuesWanted> {
        let From::Columns(columns) = field(key)?.from else { return None };
        self.wanted += 1;
        let containing = typed.to_owned();
        Some(ValuesWanted {
            asker: Asker::Prompt,
            id: self.wanted,
            columns,
            containing,
            rest,
            among: None,
        })
    }

    /// Draws the line as it is edited, and below it what is wrong or what could come next; gives
    /// the cursor's place.
    pub fn draw_open(&self, buf: &mut Buffer, ctx: &Ctx<'_>, below: Rect) -> Option<Position> {
        let area = ctx.area;
        text::fill(buf, area, ctx.style(Role::Input));
        text::put(buf, area, " / ", ctx.style(Role::Key));
        let wrong: Vec<(Range<usize>, _)> =
            self.diagnostics.iter().map(|it| (it.span.clone(), ctx.style(Role::Error))).collect();
        let (shown, total) = (ctx.view.len() as u64, ctx.view.snapshot.len() as u64);
        let counts = format!(" {} of {} ", format::count(shown), format::count(total));
        let mut end = area.right().saturating_sub(1);
        if usize::from(area.width) > text::width(&counts) + TYPING {
            end = text::put_right(buf, area, &counts, ctx.style(Role::Status), ctx.glyphs);
        }
        let start = area.x + 3.min(area.width);
        let line = Rect { x: start, width: end.saturating_sub(start), ..area };
        let cursor = self.input.draw(buf, line, ctx.style(Role::Input), &wrong);
        self.draw_below(buf, ctx, below);
        cursor
    }

    /// What is wrong, in at most three lines; what would be right stands at its end.
    fn mistake(&self, ctx: &Ctx<'_>, width: u16) -> Vec<String> {
        // A value about to be typed is no mistake yet: what there is to choose says more.
        let first =
            self.diagnostics.first().filter(|_| !self.awaits_value() || self.offers.is_empty());
        let Some(first) = first else { return vec![] };
        let kept = if ctx.view.is_empty() { "" } else { " · rows: the last valid filter" };
        let said = format!("{}{kept}", first.line());
        text::wrap(&said, usize::from(width.saturating_sub(5)), 3, ctx.glyphs)
    }

    /// Lines that the open prompt takes below the filter line.
    pub fn lines_below(&self, ctx: &Ctx<'_>) -> u16 {
        (self.mistake(ctx, ctx.area.width).len() + self.offers.len().min(SHOWN)) as u16
    }

    fn draw_below(&self, buf: &mut Buffer, ctx: &Ctx<'_>, below: Rect) {
        let mut y = below.y;
        for (text, sign) in self.mistake(ctx, below.width).iter().zip(["!", " ", " "]) {
            let line = text::row(below.x, y, below.width).intersection(below);
            text::fill(buf, line, ctx.style(Role::Popup));
            text::put(buf, line, &format!("   {sign} {text}"), ctx.style(Role::Error));
            y += 1;
        }
        let room = usize::from(below.bottom().saturating_sub(y)).min(SHOWN);
        let first = self.chosen.map_or(0, |at| at.saturating_sub(room.saturating_sub(1)));
        let offers = self.offers.iter().enumerate().skip(first).take(room);
        let widest = self
            .offers
            .iter()
            .take(first + room)
            .map(|it| text::width(&it.label))
            .max()
            .unwrap_or(0)
            .min(48);
        for ((at, offer), y) in offers.zip(y..) {
            let line = text::row(below.x, y, below.width);
            let role = if self.chosen == Some(at) { Role::Selection } else { Role::Popup };
            text::fill(buf, line, ctx.style(role));
            let label = format!("   {}", ctx.glyphs.pad(&offer.label, widest));
            let x = text::put(buf, line, &label, ctx.style(role));
            let rest = text::row(x + 2, y, line.right().saturating_sub(x + 2));
            let note = ctx.glyphs.cut_right(&offer.note, usize::from(rest.width));
            text::put(buf, rest, &note, ctx.style(role).patch(ctx.style(Role::Dim)));
        }
    }

    /// Draws the line at rest: the filter left, what it costs right.
    pub fn draw_closed(buf: &mut Buffer, ctx: &Ctx<'_>) {
        let (area, asked, view) = (ctx.area, ctx.asked, ctx.view);
        let mut chips = vec![];
        match asked.verbs {
            Verbs::All => {}
            Verbs::Writes => chips.push(ctx.spell("writes ({verbs})")),
            Verbs::Danger => chips.push(ctx.spell("dangerous ({verbs})")),
        }
        if asked.denied {
            chips.push("denied".to_owned());
        }
        if asked.order == crate::query::question::Order::Arrival {
            chips.push(ctx.spell("as it arrived ({order})"));
        }
        let (shown, total) =
            (format::count(view.len() as u64), format::count(view.snapshot.len() as u64));
        let mut right = vec![];
        right.push(format!("{} · {shown} of {total}", WINDOWS[asked.window].1));
        let hidden = format::count(view.hidden as u64);
        let key = ctx.keymap.key(Action::Noise);
        match asked.quiet {
            true if area.width >= WIDE => {
                let makers = ctx.insight.noise.as_ref().map_or_else(String::new, |it| makers(it));
                right.push(format!("noise hides {hidden}{makers} ({key})"));
            }
            true if area.width >= 100 => right.push(format!("noise hides {hidden} ({key})")),
            true => right.push(format!("noise {hidden} ({key})")),
            false => {}
        }
        // What is muted is never silent.
        if ctx.muted > 0 {
            right.push(format!("{} muted (!)", format::count(ctx.muted as u64)));
        }
        // A window that reaches beyond what is loaded must not look like a quiet time.
        let reaches = WINDOWS[asked.window].0.map(|window| view.now - window);
        if let (Some(from), Some(oldest)) = (reaches, view.snapshot.oldest())
            && from < oldest
        {
            right.push(format!("loaded from {}", format::near(oldest, view.now, ctx.zone)));
        }
        // A bucket of which nobody records the objects must not look untouched.
        let oldest = view.row(0).filter(|_| view.names_target);
        if let Some(missing) = oldest.and_then(|row| view.ledger.unrecorded(row)) {
            right.push(match missing.before {
                Some(at) => {
                    format!("no {} before {}", missing.noun, format::near(at, view.now, ctx.zone))
                }
                None => format!("no {} come in", missing.noun),
            });
        }
        if view.partial {
            right.push("looking further back".into());
        }
        if view.snapshot.evicted() > 0 {
            right.push(format!("{} evicted", format::short_count(view.snapshot.evicted())));
        }
        let right = format!("{} ", right.join(" · "));
        let x = text::put_right(buf, area, &right, ctx.style(Role::Status), ctx.glyphs);
        let room = usize::from(x.saturating_sub(area.x));
        let chips =
            if chips.is_empty() { String::new() } else { format!("  [{}]", chips.join("] [")) };
        let space = room.saturating_sub(3 + text::width(&chips) + 1);
        let mut at = text::put(buf, area, " / ", ctx.style(Role::Key));
        let shown = ctx.glyphs.cut_left(&asked.filter, space);
        at = text::put(
            buf,
            text::row(at, area.y, x.saturating_sub(at)),
            &shown,
            ctx.style(Role::Input),
        );
        text::put(
            buf,
            text::row(at, area.y, x.saturating_sub(at)),
            &chips,
            ctx.style(Role::Accent),
        );
    }
}

/// `: aws internal 164, secretsmanager 90, 3 more`
fn makers(hidden: &Hidden) -> String {
    let said = hidden.iter().take(MAKERS).map(|(name, rows)| {
        let name = name.strip_suffix(".amazonaws.com").unwrap_or(name).to_lowercase();
        format!("{name} {}", format::count(*rows))
    });
    let more = hidden.len().saturating_sub(MAKERS);
    let more = (more > 0).then(|| format!("{more} more"));
    let said: Vec<String> = said.chain(more).collect();
    if said.is_empty() { String::new() } else { format!(": {}", said.join(", ")) }
}

/// The filter without the term whose value is typed at `value`, a range of its bytes.
fn rest(text: &str, value: Range<usize>) -> String {
    let (tokens, _) = tokens(text);
    let is_head =
        |token: &Token| matches!(token.lexeme, Lexeme::Head(_)) && token.span.end <= value.start;
    let Some(head) = tokens.iter().rposition(is_head) else { return text.to_owned() };
    let is_negated = head > 0 && matches!(tokens[head - 1].lexeme, Lexeme::Minus | Lexeme::Not);
    let start = tokens[if is_negated { head - 1 } else { head }].span.start;
    let of_value =
        |token: &&Token| matches!(token.lexeme, Lexeme::Item(_) | Lexeme::Comma | Lexeme::Broken);
    let last = tokens[head + 1..].iter().take_while(of_value).last();
    let end = last.map_or(value.end, |token| token.span.end.max(value.end));
    let (before, after) = (text[..start].trim_end(), text[end..].trim_start());
    format!("{before} {after}").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::library::builtin;

    fn type_in(prompt: &mut Prompt, text: &str) -> (Typed, Option<ValuesWanted>) {
        let chord = |c| Chord { key: Key::Char(c), ctrl: false, alt: false };
        text.chars().map(|c| prompt.press(chord(c))).last().expect("something was typed")
    }

    #[test]
    fn values_are_wanted_among_the_rows_of_the_other_terms() {
        for (typed, rest) in [
            ("event:", ""),
            ("event:Put", ""),
            ("@denied event:Put", "@denied"),
            ("@denied -event:Put", "@denied"),
            ("region:us-east-1 user:al", "region:us-east-1"),
            ("event:A,B", ""),
        ] {
            let mut prompt = Prompt::new(builtin(), vec![]);
            prompt.open("");
            let (_, wanted) = type_in(&mut prompt, typed);
            assert_eq!(wanted.expect("values are wanted").rest, rest, "{typed}");
        }
    }

    #[test]
    fn a_key_without_its_value_shows_the_rows_of_the_other_terms() {
        let mut prompt = Prompt::new(builtin(), vec![]);
        prompt.open("@denied");
        assert_eq!(type_in(&mut prompt, "user:").0, Typed::Filter("@denied".into()));
        assert_eq!(type_in(&mut prompt, "a").0, Typed::Filter("@denied user:a".into()));
    }
}
