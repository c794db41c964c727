//! What is left of a run for the next one: the filters that were typed, the panes that were shown or
//! hidden, and the last context.

use std::collections::BTreeMap;

use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use crate::app::layout::{Sizes, TALL, WIDE};
use crate::app::state::App;
use crate::pane::columns::{ColumnsOf, Table};
use crate::pane::prompt;

/// Classes of sizes that panes are remembered for: small, usual, large.
pub const CLASSES: usize = 3;
/// The most filters that are kept.
const MOST_FILTERS: usize = 200;

/// Which panes the user wants to see; by the room there is where nothing was said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Panes {
    /// The counts.
    pub counts: Option<bool>,
    /// The timeline.
    pub timeline: Option<bool>,
    /// The column titles.
    pub header: Option<bool>,
    /// How large they are.
    pub sizes: Sizes,
}

impl Panes {
    /// What this says, else what the other says.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            counts: self.counts.or(other.counts),
            timeline: self.timeline.or(other.timeline),
            header: self.header.or(other.header),
            sizes: self.sizes.or(other.sizes),
        }
    }
}

/// What is left of a run. What is missing in a file that was kept is as in a first run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Session {
    /// The context that was used last.
    pub context: Option<String>,
    /// The filters that were typed, oldest first, each once.
    pub filters: Vec<String>,
    /// The columns of the stream that were chosen, as they are written.
    pub columns: String,
    /// The same of the views, by their names.
    pub columns_of: BTreeMap<String, String>,
    /// The theme that was chosen.
    pub theme: Option<String>,
    /// The panes by the class of the screen's size.
    pub panes: [Panes; CLASSES],
}

impl Session {
    /// What is left of this run, on top of what others have left meanwhile.
    #[must_use]
    pub fn after(mut self, mine: Self) -> Self {
        self.filters.retain(|filter| !mine.filters.contains(filter));
        self.filters.extend(mine.filters);
        self.filters.drain(..self.filters.len().saturating_sub(MOST_FILTERS));
        let (context, theme) = (mine.context.or(self.context), mine.theme.or(self.theme));
        Self { context, theme, filters: self.filters, ..mine }
    }

    /// The columns of each table; those by width where none can be read.
    pub fn columns(&self) -> ColumnsOf {
        ColumnsOf::read(|view| match view == Table::Stream.name() {
            true => &self.columns,
            false => self.columns_of.get(view).map_or("", String::as_str),
        })
    }
}

/// The class of a screen's size.
pub fn class(screen: Rect) -> usize {
    let is_small = screen.width < WIDE || screen.height < TALL;
    if is_small { 0 } else { 1 + usize::from(screen.width >= prompt::WIDE) }
}

/// Which panes the user wants to see on a screen of this size.
pub(crate) fn panes(app: &mut App) -> &mut Panes {
    &mut app.panes[class(app.screen)]
}

/// Takes another size of the screen: each class of sizes has its own panes.
pub(crate) fn resize(app: &mut App, screen: Rect) {
    panes(app).header = app.stream.header();
    let before = *panes(app);
    app.screen = screen;
    // What was said last holds where nothing was said yet; a size is that of its own screens.
    let mine = *panes(app);
    let now = Panes { sizes: mine.sizes, ..mine.or(before) };
    *panes(app) = now;
    app.stream.set_header(now.header);
}

impl App {
    /// What is left of this run for the next one.
    pub fn session(&self) -> Session {
        let mut panes = self.panes;
        panes[class(self.screen)].header = self.stream.header();
        let (context, theme) =
            (self.options.session.context.clone(), self.options.session.theme.clone());
        let columns = |table| self.columns.of(table).to_string();
        let views = Table::ALL.into_iter().filter(|(table, _)| *table != Table::Stream);
        let of = views.map(|(table, view)| (view.to_owned(), columns(table)));
        Session {
            context,
            filters: self.prompt.history().to_vec(),
            columns: columns(Table::Stream),
            columns_of: of.filter(|(_, chosen)| !chosen.is_empty()).collect(),
            theme,
            panes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::msg::Msg;
    use crate::app::script::Script;

    #[test]
    fn panes_are_remembered_by_the_class_of_the_size() {
        let mut script = Script::demo(120, 35, 300);
        assert!(script.app.layout.has_counts());
        script.keys("b").keys("H");
        assert!(!script.app.layout.has_counts());
        script.tell(Msg::Size(Rect::new(0, 0, 200, 50)));
        assert!(!script.app.layout.has_counts(), "nothing else was said for this class yet");
        script.keys("b");
        script.tell(Msg::Size(Rect::new(0, 0, 120, 35)));
        assert!(!script.app.layout.has_counts());
        let left = script.app.session();
        assert_eq!(
            left.panes[1],
            Panes { counts: Some(false), header: Some(true), ..Panes::default() }
        );
        assert_eq!((left.panes[0], left.panes[2].counts), (Panes::default(), Some(true)));
        let text = toml::to_string(&left).unwrap();
        assert_eq!(toml::from_str::<Session>(&text), Ok(left));
    }

    #[test]
    fn filters_of_runs_beside_each_other_are_all_kept_once() {
        let of = |filters: &[&str]| Session {
            filters: filters.iter().map(|&filter| filter.to_owned()).collect(),
            ..Session::default()
        };
        let both = of(&["a", "b", "c"]).after(of(&["b", "d"]));
        assert_eq!(both.filters, ["a", "c", "b", "d"]);
        let many: Vec<String> = (0..300).map(|n| n.to_string()).collect();
        let many = Session { filters: many, ..Session::default() };
        assert_eq!(many.after(of(&["x"])).filters.len(), MOST_FILTERS);
    }
}
