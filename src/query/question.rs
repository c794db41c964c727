//! What search is asked: a plan with its window and order.

use std::sync::Arc;

use crate::event::field::Column;
use crate::event::time::Millis;
use crate::query::plan::Plan;
use crate::store::segment::RowId;

/// The order of the rows of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// By event time; late rows are inserted where they belong.
    #[default]
    Time,
    /// As they arrived.
    Arrival,
}

/// What the screen wants to see. Counted up, so that an answer to an old question is known as one.
#[derive(Debug, Clone)]
pub struct Question {
    /// The number of the question.
    pub id: u64,
    /// The rows to show.
    pub plan: Arc<Plan>,
    /// Rows to hide, and to count while hiding them.
    pub noise: Option<Arc<Plan>>,
    /// How far back from now; `None` for everything.
    pub window: Option<Millis>,
    /// The order of rows.
    pub order: Order,
}

/// Which rows are folded: several of one kind that follow each other closely are one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fold {
    /// Those of AWS services.
    #[default]
    Services,
    /// All.
    All,
    /// None.
    Nothing,
}

/// How the rows of a question are to be folded: it chooses no row and hides none from any count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folding {
    /// The number of the wish, counted up.
    pub id: u64,
    /// Which rows are folded.
    pub fold: Fold,
    /// The runs that hold one of these rows stay unfolded.
    pub open: Vec<RowId>,
}

/// Who asks for values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// The filter line, for what could be typed next.
    Prompt,
    /// An empty answer, for what was perhaps meant.
    Nearest,
}

/// A request for the values of columns. It takes the place of an older one of the same asker.
#[derive(Debug, Clone)]
pub struct ValuesWanted {
    /// Who asks.
    pub asker: Asker,
    /// The number of the request, among those of its asker.
    pub id: u64,
    /// The columns to look in.
    pub columns: &'static [Column],
    /// What the values are to contain, without ASCII case.
    pub containing: String,
    /// The filter without the term that is being typed.
    pub rest: String,
    /// The rows that values are counted in: those of `rest`, which whoever asks search fills in.
    /// Without it, the rows that are shown.
    pub among: Option<Question>,
}
