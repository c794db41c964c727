//! The state of the program: the panes, what was asked, and what is open above the stream.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::tz::TimeZone;
use ratatui::layout::Rect;

use crate::app::ask::Known;
use crate::app::bell::Bell;
use crate::app::layout::{Layout, Shown};
use crate::app::lens::Wanted;
use crate::app::nearest::Near;
use crate::app::resize::{self, Grip};
use crate::app::session::{CLASSES, Panes, Session, class};
use crate::app::tape::Awaits;
use crate::command::action::Action;
use crate::command::keymap::Keymap;
use crate::engine::view::View;
use crate::event::time::Timestamp;
use crate::insight::lens::Insight;
use crate::notebook::Notebook;
use crate::notebook::learned::{Learned, Lesson};
use crate::notebook::mutes::{Mute, Mutes};
use crate::pane::alerts::Alerts;
use crate::pane::audit::Audit;
use crate::pane::before::Before;
use crate::pane::choosing::Choosing;
use crate::pane::columns::ColumnsOf;
use crate::pane::compare::Compare;
use crate::pane::contract::{Asked, Ctx, Live, Times};
use crate::pane::counts::Counts;
use crate::pane::denied::Denied;
use crate::pane::details::Details;
use crate::pane::explain::Explain;
use crate::pane::help::Help;
use crate::pane::lineage::Lineage;
use crate::pane::log::Log;
use crate::pane::menu::Menu;
use crate::pane::moment::MomentLine;
use crate::pane::note::NoteLine;
use crate::pane::notebook::Notes;
use crate::pane::prompt::Prompt;
use crate::pane::sessions::Sessions;
use crate::pane::sources::Sources;
use crate::pane::stream::Stream;
use crate::pane::timeline::Timeline;
use crate::pane::top::Top;
use crate::query::plan::Context;
use crate::query::preset::Presets;
use crate::query::question::{Fold, Folding, Order};
use crate::store::hits::Severity;
use crate::store::segment::RowId;
use crate::trigger::definition::Triggers;
use crate::ui::glyphs::Glyphs;
use crate::ui::picker::{Choice, Picker};
use crate::ui::theme::Theme;
use crate::ui::themes::Themes;

/// How the dashboard starts.
#[derive(Debug)]
pub struct Options {
    /// The filter to start with; a valid one.
    pub filter: String,
    /// The words of the sources.
    pub sources: Vec<String>,
    /// Names of accounts.
    pub aliases: Vec<(String, String)>,
    /// The colours.
    pub theme: Theme,
    /// The themes there are.
    pub themes: Themes,
    /// Whether themes may be changed to ones with colours.
    pub colors: crate::ui::theme::Colors,
    /// The signs that the terminal can show.
    pub glyphs: Glyphs,
    /// The local zone, for `t`.
    pub local: TimeZone,
    /// The presets, the user's own included.
    pub presets: Presets,
    /// The time of the start.
    pub now: Timestamp,
    /// Whether the chatter of services is hidden.
    pub quiet: bool,
    /// What was learned to be noise.
    pub learned: Learned,
    /// What is muted.
    pub mutes: Mutes,
    /// From which severity on an alert that is received live makes somebody look.
    pub rings_from: Severity,
    /// What there is to say at the start.
    pub told: Vec<String>,
    /// What there is to say that can wait until somebody looks into the log.
    pub logged: Vec<String>,
    /// What the notebook of this run is called.
    pub case: String,
    /// The name of this machine.
    pub host: String,
    /// What was marked and noted before, of a case that is gone on with.
    pub notebook: Notebook,
    /// What fires for alerts; `None` where nothing does.
    pub triggers: Option<Arc<Triggers>>,
    /// Which keys say what.
    pub keymap: Keymap,
    /// How the screen starts.
    pub start: Start,
    /// The contexts of the configuration, and what each of them reads.
    pub contexts: Vec<(String, String)>,
    /// What was left of the runs before.
    pub session: Session,
}

/// How the screen starts, before anybody has touched a key.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// Index into the windows; all where nobody has said.
    pub window: Option<usize>,
    /// The order of rows.
    pub order: Order,
    /// Which rows are folded.
    pub fold: Fold,
    /// Whether times are local.
    pub is_local: bool,
    /// How the times of rows are written.
    pub times: Times,
    /// Which panes are shown; as they were left where this does not say.
    pub panes: Panes,
    /// The columns of each table; as they were left where this does not say.
    pub columns: ColumnsOf,
    /// Whether the mouse is ours.
    pub mouse: bool,
}

/// What lies above the stream; the last one has the keys.
#[derive(Debug)]
pub enum Layer {
    /// The details of the selected event.
    Details,
    /// The filter line while it is edited.
    Prompt,
    /// The values of the selected row.
    Menu(Menu),
    /// Who is behind the selected event.
    Lineage(Lineage),
    /// What the call of the selected event does.
    Explain,
    /// Two events side by side.
    Compare,
    /// What changed before an event.
    Before(Before),
    /// The columns of a table, to choose from.
    Columns(Choosing),
    /// A list to choose from.
    Pick(Box<Pick>),
    /// All keys.
    Help,
    /// Am I seeing everything?
    Sources,
    /// The values of a key ranked.
    Top,
    /// What was denied, and what came of it.
    Denied,
    /// Who used which credentials when.
    Sessions,
    /// What the rules found.
    Alerts,
    /// What triggers did.
    Audit,
    /// What was marked and noted.
    Notebook,
    /// A line being written on an event.
    Note(NoteLine),
    /// A moment of a recording that is asked for.
    Moment(MomentLine),
    /// What was said.
    Log,
}

impl Layer {
    /// Whether it takes the place of the stream, and stays below what opens above it.
    pub fn has_body(&self) -> bool {
        matches!(self, Self::Top | Self::Denied | Self::Sessions | Self::Alerts)
    }
}

/// A list to choose from, and what choosing does.
#[derive(Debug)]
pub struct Pick {
    /// The list.
    pub picker: Picker,
    /// Its title.
    pub title: &'static str,
    /// What each choice does, in the order of the list.
    pub choices: Vec<Chosen>,
    /// How the screen would look with the theme under the cursor: it is drawn so while that lasts.
    pub preview: Option<Theme>,
}

impl Pick {
    /// A list of these choices, and what each of them does, in the same order.
    pub fn new(title: &'static str, picks: Vec<Choice>, choices: Vec<Chosen>) -> Self {
        Self { picker: Picker::new(picks), title, choices, preview: None }
    }

    /// What the choice under the cursor does.
    pub fn chosen(&self) -> Option<&Chosen> {
        self.choices.get(self.picker.selected()?)
    }
}

/// What a choice does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// It does this.
    Act(Action),
    /// It becomes the filter.
    Filter(String),
    /// It is added to the filter.
    Term(String),
    /// These rows are noise.
    Learn(Lesson),
    /// What this filter says is no noise any more.
    Forget(String),
    /// These alerts are muted.
    Mute(Mute),
    /// The alerts that this mute is about are heard again.
    Unmute(String),
    /// Every alert of the rule of this id is acknowledged.
    AcknowledgeRule(String),
    /// This key is typed into the filter.
    Key(&'static str),
    /// The screen is drawn with this theme.
    Theme(String),
    /// It is copied.
    Copy(String),
}

/// Which of the panes without a layer has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Focus {
    /// The rows.
    #[default]
    Stream,
    /// The counts beside them.
    Counts,
    /// The timeline above them.
    Timeline,
}

/// Which view has the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// The rows.
    #[default]
    Stream,
    /// A ranking.
    Top,
    /// What was denied.
    Denied,
    /// Who used which credentials when.
    Sessions,
    /// What the rules found.
    Alerts,
}

/// One step of the way that `[` goes back: what was asked, and how one looked at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What was asked.
    pub asked: Asked,
    /// The view.
    pub place: Place,
}

/// Where one was before looking at the context.
#[derive(Debug, Clone)]
pub struct Origin {
    /// What was asked then.
    pub asked: Asked,
    /// The row that was selected.
    pub row: RowId,
}

/// The whole state.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each holds or not by itself")]
pub struct App {
    pub(crate) options: Options,
    /// What the sources are called, those that were added meanwhile too.
    pub(crate) names: Vec<String>,
    pub(crate) screen: Rect,
    pub(crate) layout: Layout,
    pub(crate) zoom: bool,
    /// Whether the mouse is ours.
    pub(crate) mouse: bool,
    /// What the mouse was pressed on last.
    pub(crate) grip: Option<Grip>,
    /// How the times of rows are written.
    pub(crate) times: Times,
    /// The time that ages are reckoned from, where it is later than that of the view.
    pub(crate) ticked: Timestamp,
    pub(crate) keymap: Keymap,
    pub(crate) zone: TimeZone,
    pub(crate) columns: ColumnsOf,
    pub(crate) asked: Asked,
    /// The newest reckonings; they may belong to an older question than the rows.
    pub(crate) insight: Arc<Insight>,
    /// While paused, newer than `insight`.
    pub(crate) latest_insight: Arc<Insight>,
    /// What was asked to be reckoned.
    pub(crate) wanted: Wanted,
    pub(crate) focus: Focus,
    /// Which panes the user wants to see, by the class of the screen's size.
    pub(crate) panes: [Panes; CLASSES],
    /// Where `[` and `]` have come to, and the steps on either side.
    pub(crate) here: Step,
    pub(crate) before: Vec<Step>,
    pub(crate) after: Vec<Step>,
    pub(crate) question: u64,
    /// How rows are folded.
    pub(crate) folding: Folding,
    /// What is drawn; while paused, older than `latest`.
    pub(crate) view: Arc<View>,
    pub(crate) latest: Arc<View>,
    pub(crate) paused: bool,
    /// How many rows there were when the cursor left the newest one.
    pub(crate) held: Option<usize>,
    /// Whether somebody reads the selected row, so that it stays selected.
    pub(crate) reads: bool,
    pub(crate) origin: Option<Origin>,
    /// A row to select once the answer to the last question has it.
    pub(crate) awaited: Option<RowId>,
    pub(crate) layers: Vec<Layer>,
    pub(crate) stream: Stream,
    pub(crate) counts: Counts,
    pub(crate) timeline: Timeline,
    pub(crate) top: Top,
    pub(crate) denied: Denied,
    pub(crate) sessions: Sessions,
    pub(crate) alerts: Alerts,
    pub(crate) audit: Audit,
    /// What made somebody look.
    pub(crate) bell: Bell,
    pub(crate) details: Details,
    pub(crate) prompt: Prompt,
    pub(crate) explain: Explain,
    pub(crate) compare: Compare,
    pub(crate) help: Help,
    pub(crate) sources: Sources,
    pub(crate) log: Log,
    /// What was marked and noted.
    pub(crate) notebook: Notebook,
    /// The rows that were marked in this run and are still in the buffer.
    pub(crate) marked: BTreeSet<RowId>,
    pub(crate) notes: Notes,
    pub(crate) notice: Option<String>,
    /// What was perhaps meant, while nothing matches.
    pub(crate) near: Option<Near>,
    /// The last question that found nothing and was looked into.
    pub(crate) looked: u64,
    /// The file of the recording that runs.
    pub(crate) recording: Option<String>,
    /// What a recording is played on to.
    pub(crate) awaits: Option<Awaits>,
}

impl App {
    /// The state at the start. The first question is asked by `first_question` of `update.rs`.
    pub fn new(options: Options, screen: Rect) -> Self {
        let usual = Asked::default();
        let Start { window, order, fold, is_local, times, panes, columns, mouse } =
            options.start.clone();
        let columns = columns.or(options.session.columns());
        let panes = options.session.panes.map(|left| panes.or(left));
        let asked = Asked {
            filter: options.filter.clone(),
            quiet: options.quiet,
            window: window.unwrap_or(usual.window),
            order,
            ..usual
        };
        let here = Step { asked: asked.clone(), place: Place::Stream };
        let mut app = Self {
            screen,
            layout: Layout::of(screen, Shown::default()),
            zoom: false,
            grip: None,
            times,
            ticked: options.now,
            mouse,
            keymap: options.keymap.clone(),
            columns,
            zone: if is_local { options.local.clone() } else { TimeZone::UTC },
            asked,
            insight: Arc::default(),
            latest_insight: Arc::default(),
            wanted: Wanted::default(),
            focus: Focus::Stream,
            panes,
            here,
            before: vec![],
            after: vec![],
            question: 0,
            folding: Folding { fold, ..Folding::default() },
            view: Arc::default(),
            latest: Arc::default(),
            paused: false,
            held: None,
            reads: false,
            origin: None,
            awaited: None,
            layers: vec![],
            stream: Stream::new(panes[class(screen)].header),
            counts: Counts::default(),
            timeline: Timeline::default(),
            top: Top::default(),
            denied: Denied::default(),
            sessions: Sessions::default(),
            alerts: Alerts::default(),
            audit: Audit::of(options.triggers.clone()),
            bell: Bell::default(),
            details: Details::default(),
            prompt: Prompt::new(options.presets.clone(), options.session.filters.clone()),
            explain: Explain::default(),
            compare: Compare::default(),
            help: Help::default(),
            sources: Sources::default(),
            log: Log::default(),
            notebook: options.notebook.clone(),
            marked: BTreeSet::new(),
            notes: Notes::default(),
            notice: None,
            near: None,
            looked: 0,
            recording: None,
            awaits: None,
            names: options.sources.clone(),
            options,
        };
        let told = std::mem::take(&mut app.options.told);
        for said in &told {
            app.say(said.clone());
        }
        for said in std::mem::take(&mut app.options.logged) {
            app.log.add(app.options.now, said);
        }
        app.notice = Some(told.join(" · ")).filter(|said| !said.is_empty());
        app
    }

    /// What fires for alerts.
    pub fn triggers(&self) -> Option<&Arc<Triggers>> {
        self.options.triggers.as_ref()
    }

    /// How the stream keeps up with what arrives.
    pub fn live(&self) -> Live {
        let new = |since: usize| self.latest.len().saturating_sub(since);
        match (self.paused, self.held) {
            (true, _) => Live::Paused(new(self.view.len())),
            (false, _) if !self.view.ledger.health.is_empty() && !self.view.ledger.is_live() => {
                Live::NotLive
            }
            (false, Some(since)) if self.reads || !self.stream.follows() => Live::Hold(new(since)),
            (false, _) if self.stream.follows() => Live::Follow,
            (false, _) => Live::Hold(0),
        }
    }

    /// Which questions are answered on the screen, and how far: an answer that somebody waits for
    /// changes this, rows that merely arrive do not.
    pub fn answered(&self) -> [u64; 6] {
        let (view, insight) = (&self.view, &self.insight);
        let told = insight.without.len() as u64;
        let partial = u64::from(view.partial);
        [view.question, partial, view.folding, insight.question, insight.lens, told]
    }

    /// `now` of what is shown: before the first answer, the time of the start.
    pub fn now(&self) -> Timestamp {
        match self.view.question {
            0 => self.options.now,
            _ if self.view.ledger.is_live() => self.view.now.max(self.ticked),
            _ => self.view.now,
        }
    }

    /// What filters are compiled against.
    pub fn context(&self) -> Context<'_> {
        Context { now: self.now(), names: &self.options.aliases }
    }

    /// What a filter may name now, and what is noise.
    pub(crate) fn known(&self) -> Known<'_> {
        let Options { presets, learned, .. } = &self.options;
        Known { presets, learned, context: self.context() }
    }

    /// The colours: of the theme that is looked at in a list, else of the one that was chosen.
    pub fn theme(&self) -> &Theme {
        let preview = match self.layers.last() {
            Some(Layer::Pick(pick)) => pick.preview.as_ref(),
            _ => None,
        };
        preview.unwrap_or(&self.options.theme)
    }

    /// What the sources are called.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Lends a pane what it may see, while it is no part of that: whatever it does to itself stays.
    pub(crate) fn lend<P: Default, R>(
        &mut self,
        pane: impl Fn(&mut Self) -> &mut P,
        area: Rect,
        act: impl FnOnce(&mut P, &Ctx<'_>) -> R,
    ) -> R {
        let mut lent = std::mem::take(pane(self));
        let done = act(&mut lent, &self.ctx(area, true));
        *pane(self) = lent;
        done
    }

    /// What a pane at `area` may read.
    pub fn ctx(&self, area: Rect, focused: bool) -> Ctx<'_> {
        Ctx {
            view: &self.view,
            asked: &self.asked,
            live: self.live(),
            theme: self.theme(),
            glyphs: self.options.glyphs,
            keymap: &self.keymap,
            columns: &self.columns,
            strip: resize::strip_wanted(self),
            zone: &self.zone,
            times: self.times,
            sources: &self.names,
            aliases: &self.options.aliases,
            area,
            focused,
            now: self.now(),
            insight: &self.insight,
            notebook: &self.notebook,
            is_recorded: self.recording.is_some(),
            mutes: &self.options.mutes,
            muted: self.alerts.muted(),
            is_current: self.insight.question == self.question,
        }
    }

    /// The pane that has the keys while no layer is open: one that is shown.
    pub fn focus(&self) -> Focus {
        match self.focus {
            Focus::Counts if self.layout.has_counts() => Focus::Counts,
            Focus::Timeline if self.layout.has_timeline() => Focus::Timeline,
            Focus::Stream | Focus::Counts | Focus::Timeline => Focus::Stream,
        }
    }

    /// Whether a pane has the keys.
    pub fn has_focus(&self, pane: Focus) -> bool {
        self.layers.is_empty() && self.focus() == pane
    }

    /// The view that has the body, below other layers or not: top, denied, the sessions or alerts.
    pub fn body_view(&self) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.has_body())
    }

    /// The row whose neighbours are on the screen: none while rows run past it.
    pub(crate) fn around(&self) -> Option<RowId> {
        let is_shown = !self.layout.around.is_empty() && self.live() != Live::Follow;
        self.stream.selected().filter(|_| is_shown)
    }

    /// Whether the details are open.
    pub fn is_details_open(&self) -> bool {
        self.layers.iter().any(|layer| matches!(layer, Layer::Details))
    }

    /// Lines that the stream has for rows.
    pub(crate) fn stream_height(&self) -> u16 {
        self.stream.height(&self.ctx(self.layout.stream, true))
    }

    /// Says a sentence of ours, with the keys of the actions that it names in braces.
    pub(crate) fn tell(&mut self, sentence: &str) {
        self.say(self.keymap.spell(sentence));
    }

    /// Tells the user something: in the last line until the next key, and in the log.
    pub(crate) fn say(&mut self, said: String) {
        let at = if self.view.question == 0 { self.options.now } else { self.view.now };
        self.log.add(at, said.clone());
        self.notice = Some(said);
    }
}
