//! What a pane is given and what it answers.

use jiff::tz::TimeZone;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::command::action::Action;
use crate::command::effect::Effect;
use crate::command::keymap::Keymap;
use crate::engine::view::View;
use crate::event::time::{Millis, Timestamp};
use crate::insight::denied::Moment;
use crate::insight::lens::Insight;
use crate::notebook::Notebook;
use crate::notebook::mutes::Mutes;
use crate::pane::columns::ColumnsOf;
use crate::query::question::Order;
use crate::store::segment::RowId;
use crate::ui::glyphs::Glyphs;
use crate::ui::theme::{Role, Theme};

/// The windows of the keys 1 to 7.
pub const WINDOWS: [(Option<Millis>, &str); 7] = [
    (Some(Millis::minutes(5)), "last 5m"),
    (Some(Millis::minutes(15)), "last 15m"),
    (Some(Millis::hours(1)), "last 1h"),
    (Some(Millis::hours(4)), "last 4h"),
    (Some(Millis::hours(24)), "last 24h"),
    (Some(Millis::hours(24 * 7)), "last 7d"),
    (None, "all"),
];

/// Which calls the verb chip lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verbs {
    /// Every call.
    #[default]
    All,
    /// Writes.
    Writes,
    /// Dangerous writes.
    Danger,
}

/// What the user asked to see. Each part is independent of the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The filter text, as typed; always a valid one.
    pub filter: String,
    /// Index into [`WINDOWS`].
    pub window: usize,
    /// The verb chip.
    pub verbs: Verbs,
    /// The denied chip.
    pub denied: bool,
    /// Whether the chatter of services is hidden.
    pub quiet: bool,
    /// The order of rows.
    pub order: Order,
}

/// How the stream keeps up with what arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Live {
    /// The cursor is on the newest row and stays there.
    Follow,
    /// The cursor was moved up; so many rows came in below since.
    Hold(usize),
    /// The panes stand still; so many rows came in since.
    Paused(usize),
    /// Every source has ended.
    NotLive,
}

/// What every pane may read while it draws or acts.
#[derive(Debug, Clone, Copy)]
pub struct Ctx<'a> {
    /// The rows.
    pub view: &'a View,
    /// What they answer.
    pub asked: &'a Asked,
    /// How the stream keeps up.
    pub live: Live,
    /// The colours.
    pub theme: &'a Theme,
    /// The signs that the terminal can show.
    pub glyphs: Glyphs,
    /// Which keys say what.
    pub keymap: &'a Keymap,
    /// The columns of each table, where somebody chose them.
    pub columns: &'a ColumnsOf,
    /// How many lines somebody wants below the table of the view that has the body.
    pub strip: Option<u16>,
    /// The zone that times are shown in.
    pub zone: &'a TimeZone,
    /// How the times of rows are written.
    pub times: Times,
    /// The words of the sources on the command line.
    pub sources: &'a [String],
    /// Names of accounts, from the configuration or the demo.
    pub aliases: &'a [(String, String)],
    /// Where the pane is.
    pub area: Rect,
    /// Whether it has the focus.
    pub focused: bool,
    /// The time of the last message.
    pub now: Timestamp,
    /// The newest reckonings.
    pub insight: &'a Insight,
    /// What was marked and noted.
    pub notebook: &'a Notebook,
    /// Whether what comes in is recorded.
    pub is_recorded: bool,
    /// The alerts that are not to be heard of for a while.
    pub mutes: &'a Mutes,
    /// How many alerts are muted.
    pub muted: usize,
    /// Whether they are of the rows that were asked for last, and not of those before.
    pub is_current: bool,
}

impl<'a> Ctx<'a> {
    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// A sentence of ours with the keys of the actions that it names in braces.
    pub fn spell(&self, sentence: &str) -> String {
        self.keymap.spell(sentence)
    }

    /// The same for a part of the area.
    #[must_use]
    pub fn within(&self, area: Rect) -> Ctx<'a> {
        Ctx { area, ..*self }
    }

    /// An account with its alias, where it has one.
    pub fn account(&self, id: &str) -> String {
        match self.aliases.iter().find(|(known, _)| known == id) {
            Some((_, alias)) => alias.clone(),
            None => id.to_owned(),
        }
    }
}

/// How the times of rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Times {
    /// As the clock showed them.
    #[default]
    Clock,
    /// As how long ago they were.
    Ago,
}

/// What a click points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pointed {
    /// Nothing that can be selected.
    Nothing,
    /// A row or a value, which is selected now.
    Other,
    /// The one that was selected already.
    Same,
}

impl Pointed {
    /// At one that was selected or at another.
    pub fn at(is_same: bool) -> Self {
        if is_same { Self::Same } else { Self::Other }
    }
}

/// How a chosen value changes the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The filter becomes this term; the window stays.
    Replace,
    /// The term is added.
    Add,
    /// The term is added negated.
    Exclude,
}

/// What a pane answers.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Not mine: the app may know.
    Ignored,
    /// Done; draw again.
    Done,
    /// Do this instead.
    Ask(Action),
    /// Change the filter by a term in the filter language.
    Filter(Change, String),
    /// Show the events of a value: add these terms to the filter and leave for the stream.
    Show(Vec<String>),
    /// Show what this term keeps and nothing else, all of it; and say this.
    Only(String, Option<String>),
    /// Keep to a range of event times, `[from, to)`, in the place of the one in the filter.
    Between(Timestamp, Timestamp),
    /// Let a value of this facet, or of any, be found by its letters.
    Values(Option<usize>),
    /// Show this row in the stream, whatever it takes.
    Goto(RowId),
    /// Fold more rows, or none.
    FoldNext,
    /// Unfold the run of this row.
    Unfold(RowId),
    /// Say who is behind this row.
    Lineage(RowId),
    /// Say what changed before this moment.
    Before(Moment),
    /// Mark or unmark this row.
    Mark(RowId, bool),
    /// Take the mark and the note of the notebook's entry with this key away.
    Unmark(String),
    /// Write a note on the notebook's entry with this key.
    Note(String),
    /// Let the stream select the event of this key.
    Find(String),
    /// Tell the user.
    Say(String),
    /// The world must do something.
    Do(Effect),
    /// Close me.
    Close,
}
