//! What is known of a rule, wherever it comes from, and all rules together.

use std::sync::Arc;

use crate::detect::gate::Gate;
use crate::detect::sigma::Matcher;
use crate::detect::window::Window;
use crate::event::field::Columns;
use crate::query::ast::{Name, Tree};
use crate::query::plan::Plan;
use crate::store::hits::{Named, Severity};

/// Whose rule it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It comes with the program.
    Builtin,
    /// A Sigma rule of the user's.
    Sigma,
}

impl Origin {
    /// The word for a list.
    pub fn word(self) -> &'static str {
        match self {
            Self::Builtin => "built-in",
            Self::Sigma => "sigma",
        }
    }
}

/// What a rule says of itself. It goes with every alert and every export of one, as the licences of
/// public rules ask for.
#[derive(Debug, Clone)]
pub struct Card {
    /// Its id and title, as filters know it.
    pub named: Arc<Named>,
    /// How much a hit matters.
    pub severity: Severity,
    /// Whose it is.
    pub origin: Origin,
    /// Who wrote it.
    pub author: String,
    /// The licence it is under; empty where it says nothing.
    pub licence: String,
    /// Techniques of ATT&CK: `T1562.008`.
    pub techniques: Vec<String>,
    /// Why it matters.
    pub why: String,
    /// What to look at next.
    pub look: String,
    /// What sets it off without harm.
    pub false_positives: String,
    /// Whether a try that failed matters one step less. Not where the rule asks for failures.
    pub lowers: bool,
    /// Whether it only feeds windows, or is left out, and is no alert of its own.
    pub is_silent: bool,
    /// Whether it is about the recording of events itself.
    pub is_tamper: bool,
    /// Its conditions in the filter language, one a step; of a Sigma rule none.
    pub steps: Vec<Tree>,
}

/// What a group of a window has in common, or what is counted distinct in it.
#[derive(Debug, Clone)]
pub enum Shared {
    /// A key or path of the filter language.
    Name(Name),
    /// A field as Sigma names it.
    Field(String),
}

/// That events of a signal count for a window.
#[derive(Debug, Clone)]
pub struct Feed {
    /// The place of the window in [`Rules::windows`].
    pub window: u16,
    /// Which step of it these events are.
    pub step: u16,
    /// What groups are made by.
    pub by: Vec<Shared>,
    /// What is counted distinct.
    pub distinct: Option<Shared>,
}

/// Something an event alone can meet: a rule, or what a window is made of.
#[derive(Debug, Clone, Default)]
pub struct Signal {
    /// The rule that is met, by its place in [`Rules::cards`].
    pub card: Option<u16>,
    /// What the event has to be the first one to have, beside: of each set of
    /// [`crate::event::field::First`] one. Known when the event is stored, and others may change it.
    pub firsts: Vec<u8>,
    /// Whether a trail has to need what was touched, beside. That may be told later.
    pub of_trail: bool,
    /// The windows that are fed.
    pub feeds: Vec<Feed>,
}

/// A window and the rule it fires.
#[derive(Debug, Clone)]
pub struct Fires {
    /// The rule, by its place in [`Rules::cards`].
    pub card: u16,
    /// What has to come together.
    pub window: Window,
}

/// All rules, ready to run.
#[derive(Debug, Default)]
pub struct Rules {
    /// What each rule says of itself.
    pub cards: Vec<Arc<Card>>,
    /// Conditions in the filter language.
    pub filters: Vec<(Plan, Signal)>,
    /// Which of them an event can meet.
    pub gate: Gate,
    /// Sigma detections, and what they signal, by their place among those.
    pub sigma: Option<(Matcher, Vec<Signal>)>,
    /// What has to come together.
    pub windows: Vec<Fires>,
}

impl Rules {
    /// Adds a condition in the filter language.
    pub fn add_filter(&mut self, filter: Plan, signal: Signal) {
        self.gate.add(self.filters.len(), filter.events());
        self.filters.push((filter, signal));
    }

    /// How many may fire.
    pub fn loud(&self) -> usize {
        self.cards.iter().filter(|card| !card.is_silent).count()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.cards.is_empty()
    }

    /// Leaves out the rules below a severity; windows that they feed go on.
    pub fn leave_out_below(&mut self, least: Severity) {
        for card in self.cards.iter_mut().filter(|card| card.severity < least) {
            Arc::make_mut(card).is_silent = true;
        }
    }

    /// Whether a rule fires for events that came together: none of them need matter by itself.
    pub fn gathers(&self, id: &str) -> bool {
        let card = |fires: &Fires| self.cards.get(usize::from(fires.card));
        self.windows.iter().any(|fires| card(fires).is_some_and(|card| *card.named.id == *id))
    }

    /// Whether later events may complete what a rule waits for.
    pub fn waits(&self) -> bool {
        !self.windows.is_empty() || self.filters.iter().any(|(_, signal)| signal.of_trail)
    }

    /// Whether a rule asks what events are the first ones to have.
    pub fn asks_news(&self) -> bool {
        self.filters.iter().any(|(_, signal)| !signal.firsts.is_empty())
    }

    /// The columns that conditions, groups and the words of an alert read.
    pub fn columns(&self) -> Columns {
        Columns::ALL
    }
}
