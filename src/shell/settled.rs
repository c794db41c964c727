//! What `query` was asked, settled before anything is read: filter, sources, rules, how it is read.

use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::sync::Arc;

use ratatui::crossterm::terminal;
use tokio::runtime::Runtime;

use crate::cli::{self, Query};
use crate::config::settle::Shelf;
use crate::detect::rule::Rules;
use crate::engine::draft::{self, Keep, Told};
use crate::engine::ingest::Habits;
use crate::engine::intake::Intake;
use crate::event::field::Column;
use crate::event::time::Timestamp;
use crate::export::format::Format;
use crate::query::ast::Tree;
use crate::query::plan::{self, Context, Plan};
use crate::query::preset::Presets;
use crate::query::{self, narrow, sift};
use crate::shell::headless::tell;
use crate::shell::report::{self, Wanted};
use crate::shell::resolve::{self, Window};
use crate::shell::start::{self, Opened, Reading, Sharing};
use crate::shell::trigger::load;
use crate::shell::{habits, rulebook, stdin};
use crate::source::bell::Bell;
use crate::store::hits::Severity;
use crate::trigger::definition::Triggers;

/// Everything settled before anything is read.
pub(crate) struct Settled {
    pub(crate) plan: Plan,
    pub(crate) window: Window,
    pub(crate) wanted: Wanted,
    pub(crate) sources: Opened,
    pub(crate) runtime: Runtime,
    pub(crate) reading: Reading,
    pub(crate) memory: usize,
    pub(crate) stats: bool,
    pub(crate) rules: Arc<Rules>,
    /// What was known of everybody before; `None` where nobody asks.
    pub(crate) habits: Option<Habits>,
    /// Keeps what is learned of them while events are followed.
    pub(crate) keeper: Option<habits::Keeper>,
    pub(crate) triggers: Option<Arc<Triggers>>,
    pub(crate) fail_on: Option<Severity>,
    pub(crate) alerts: Option<Format>,
}

impl Settled {
    /// What has to be read of each record, and how: no more than the filter and the result ask for.
    pub(crate) fn how_to_read(&self, intake: &Intake) -> draft::Reading {
        let columns = self.plan.columns().or(self.wanted.columns());
        // The books tell by management events whether a trail was blind.
        let columns = if self.stats { columns.and(&[Column::Category]) } else { columns };
        let watches = !self.rules.is_empty() || self.triggers.is_some();
        let columns = if watches { self.rules.columns() } else { columns };
        let reads_raw = self.plan.reads_raw() || self.wanted.reads_raw() || watches;
        // Bodies from other kinds of source are compared and shown by their bytes.
        let is_one_kind = self.sources.are_files();
        let raw = if reads_raw || !is_one_kind { Keep::Plain } else { Keep::Nothing };
        // With the books every record counts, and with several kinds the other body may match.
        let told = Told {
            grants: self.asks_roots(),
            trails: self.stats || self.reading.follow || watches,
        };
        let asks_all = told.grants || told.trails || watches || self.habits.is_some();
        let may_sift = is_one_kind && !asks_all && sift::is_of_use(&self.plan);
        let sift = may_sift.then(|| Arc::new(self.plan.clone()));
        let (secret, rules) = (intake.secret().clone(), intake.findings().current().clone());
        let triggers = intake.triggers();
        draft::Reading { secret, columns, raw, told, sift, rules, triggers }
    }

    /// Whether anything depends on what later events may tell.
    pub(crate) fn asks_later(&self) -> bool {
        self.asks_roots() || self.rules.waits() || self.habits.is_some()
    }

    /// Whether anything depends on who is behind calls.
    pub(crate) fn asks_roots(&self) -> bool {
        self.plan.reads_roots() || self.wanted.asks_roots()
    }
}

/// Settles what was typed; the error says what is wrong with it.
pub(crate) fn settle(typed: &Query, shelf: &Shelf) -> Result<Settled, String> {
    let reading = &typed.reading;
    let clock = resolve::clock(reading.now.as_deref())?;
    let now = clock.start();
    let window = Window::read(reading.since.as_deref(), reading.until.as_deref(), now)?;
    if typed.sources.is_empty() {
        ask_what_was_meant(&typed.filter)?;
    }
    let tree = filter(&typed.filter, &shelf.presets)?;
    let memory = usize::try_from(resolve::memory(reading.memory)).unwrap_or(usize::MAX);
    let terminal = io::stdout().is_terminal().then(width);
    let wanted = Wanted {
        format: report::format(typed.output),
        shape: report::shape(typed)?,
        limit: typed.limit,
        terminal,
        memory: memory / 4,
        now,
    };
    let fail_on = typed.fail_on.as_deref().map(rulebook::severity).transpose()?;
    let triggers = load::asked(&typed.firing, reading.follow, shelf)?;
    let asks_rules = wanted.asks_rules() || fail_on.is_some() || triggers.is_some();
    let rules = rules(typed, &tree, asks_rules)?;
    load::warn(triggers.as_deref(), &rules);
    let runtime = start::runtime().map_err(|error| format!("{error:#}"))?;
    let sources = match &*typed.sources {
        [] if stdin::is_fed() => Opened::of(&["-".to_owned()], reading, &runtime),
        [] => Opened::now(reading, &runtime, &mut |said| tell(&said)),
        words => Opened::of(words, reading, &runtime),
    };
    let mut sources = sources.map_err(|error| format!("{error:#}"))?;
    let names = match plan::names_accounts(&tree) {
        true => named(sources.names(&runtime, &mut |said| tell(&said)), &shelf.accounts),
        false => vec![],
    };
    let plan = Plan::compile(&tree, Context { now, names: &names });
    sources.sharing = Sharing::of(reading, clock);
    if reading.follow {
        // A trail that is stopped makes what follows blind, whoever looks.
        sources = sources.watched(Bell::default());
    }
    // The books count what was read before the filter, and who is behind an event is told by events
    // that do not match.
    let asks_roots = plan.reads_roots() || wanted.asks_roots();
    let asks_news = plan.reads_news() || wanted.asks_news() || rules.asks_news();
    let (habits, keeper) = match asks_news {
        true => habits(&typed.sources, reading.follow, memory / 16)?,
        false => (None, None),
    };
    let asks_others = asks_roots || asks_news || !rules.is_empty() || triggers.is_some();
    let may_narrow = !typed.stats && !reading.follow && !asks_others;
    sources.sharing.narrow = narrow::narrowest(&tree).filter(|_| may_narrow);
    let max_object = resolve::max_object(reading.max_object, memory as u64);
    let Window { since, until } = window;
    let (follow, live) = (reading.follow, reading.follow);
    let reading = Reading { follow, max_object, clock, since, until, live };
    sources.notes(&reading).iter().for_each(|note| tell(note));
    let stats = typed.stats;
    Ok(Settled {
        plan,
        window,
        wanted,
        sources,
        runtime,
        reading,
        memory,
        stats,
        rules,
        habits,
        keeper,
        triggers,
        fail_on,
        alerts: typed.alerts.then(|| report::format(typed.output)),
    })
}

/// What everybody is known to do. Who follows learns as a dashboard does, and keeps it: else what was
/// new would be so again the next time.
fn habits(
    sources: &[String],
    follow: bool,
    cap: usize,
) -> Result<(Option<Habits>, Option<habits::Keeper>), String> {
    if !follow {
        let known = habits::known(sources, cap);
        return Ok((Some(Habits { known, keeper: None }), None));
    }
    let started = habits::Keeper::start(Some(sources), cap, |why| tell(&why));
    let (keeper, habits, said) = started.map_err(|error| format!("{error:#}"))?;
    if let Some(why) = said {
        tell(&why);
    }
    Ok((Some(habits), Some(keeper)))
}

/// The rules, where anything asks for them.
fn rules(typed: &Query, tree: &Tree, asks: bool) -> Result<Arc<Rules>, String> {
    let plan = Plan::compile(tree, Context { now: Timestamp(0), names: &[] });
    if asks || plan.reads_rules() {
        return rulebook::load(&typed.detection).map(Arc::new);
    }
    // What was typed is right or wrong whether it is asked for or not.
    rulebook::are_there(&typed.detection).map(|()| Arc::default())
}

/// The names of accounts: those that the user gives go first.
fn named(found: Vec<(String, String)>, own: &[(String, String)]) -> Vec<(String, String)> {
    own.iter().cloned().chain(found).collect()
}

/// Reads the filter; the error shows where it is wrong.
fn filter(text: &str, presets: &Presets) -> Result<Tree, String> {
    query::parse::parse(text, presets).map_err(|wrong| {
        let shown: Vec<String> = wrong.iter().map(|wrong| wrong.render(text)).collect();
        format!("the filter is wrong:\n{}", shown.join("\n"))
    })
}

fn ask_what_was_meant(filter: &str) -> Result<(), String> {
    if cli::names_source(filter) || (!filter.is_empty() && Path::new(filter).exists()) {
        return Err(format!(
            "{filter:?} stands where the FILTER belongs: did you mean `query '' {filter}`?"
        ));
    }
    Ok(())
}

/// The width of the terminal; one that says nothing is taken as `$COLUMNS`, else as 80.
fn width() -> u16 {
    let said = terminal::size().map_or(0, |(columns, _)| columns);
    let variable = || std::env::var("COLUMNS").ok()?.parse().ok();
    if said > 0 { said } else { variable().filter(|width| *width > 0).unwrap_or(80) }
}
