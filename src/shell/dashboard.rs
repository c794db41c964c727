//! From what was typed to a running dashboard: sources, filter, theme and colours, settled before
//! the screen opens, so that whatever is wrong is said on a screen that stays.

use std::io::{self, ErrorKind, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::app::state::Options;
use crate::cli::{self, Color};
use crate::clock::Clock;
use crate::config::settle::Shelf;
use crate::config::themes::is_known;
use crate::detect::current::Current;
use crate::event::time::Timestamp;
use crate::query::parse;
use crate::query::preset::Presets;
use crate::shell::configured::Settled;
use crate::shell::headless::tell;
use crate::shell::notify;
use crate::shell::reload::Origin;
use crate::shell::resolve::{self, Window};
use crate::shell::run::{self, Setup};
use crate::shell::start::{self, Opened, Reading, Sharing};
use crate::shell::stdin;
use crate::shell::trigger::load;
use crate::shell::wire::Fps;
use crate::shell::{cases, keeper, lessons, look, rulebook};
use crate::source::bell::Bell;
use crate::source::tape::hand::{Speed, Wish};
use crate::source::tape::player::{self, Label};
use crate::source::tape::playing::Hand;
use crate::source::tape::reel::NoTape;
use crate::store::hits::Severity;
use crate::trigger::firing::MOST_BYTES;
use crate::ui::Themes;

/// Wrong usage, filter or path.
const USAGE: u8 = 2;

/// `trailtop [SOURCE…]`
pub fn run_dashboard(typed: &cli::Dashboard, settled: Settled) -> ExitCode {
    open(From::Sources(&typed.sources), &typed.screen, &typed.reading, settled)
}

/// `trailtop demo`
pub fn run_demo(typed: &cli::Demo, settled: Settled) -> ExitCode {
    open(From::Sources(&["demo:".to_owned()]), &typed.screen, &typed.reading, settled)
}

/// `trailtop replay FILE`
pub fn run_replay(typed: &cli::Replay, settled: Settled) -> ExitCode {
    let played = Speed::parse(&typed.speed).map_err(|why| format!("--speed {why}"));
    let played = played.and_then(|speed| {
        let path = PathBuf::from(&typed.file);
        let label = player::label(&path).map_err(|why| no_tape(&path, &why))?;
        Ok(Tape { path, label, speed })
    });
    match played {
        Ok(tape) => open(From::Tape(&tape), &typed.screen, &typed.reading, settled),
        Err(message) => {
            tell(&message);
            ExitCode::from(USAGE)
        }
    }
}

/// Why a path cannot be played, and what can be done with it instead.
fn no_tape(path: &Path, why: &NoTape) -> String {
    let shown = path.display();
    let makes = "`trailtop record FILE SOURCE…` makes a recording";
    match why {
        NoTape::Other if path.is_dir() => {
            format!("{shown} is a folder, no recording: `trailtop {shown}` opens it; {makes}")
        }
        NoTape::Other => {
            format!("{shown}: {why}. `trailtop {shown}` opens it if it holds events; {makes}")
        }
        NoTape::Unreadable(error) if error.kind() == ErrorKind::NotFound => {
            format!("{shown}: there is no such file; {makes}")
        }
        NoTape::Newer(..) | NoTape::Unreadable(_) => format!("{shown}: {why}"),
    }
}

/// What a dashboard is of.
#[derive(Debug, Clone, Copy)]
enum From<'a> {
    /// What these words name.
    Sources(&'a [String]),
    /// A recording that is played.
    Tape(&'a Tape),
}

/// A clock, who wishes where it stands, and what moves it.
type Clocked<'a> = (Clock, Option<UnboundedSender<Wish>>, Option<(&'a Tape, Hand)>);

impl<'a> From<'a> {
    /// The clock of what is shown, begun at `start`.
    fn clock(self, start: Option<&str>) -> Result<Clocked<'a>, String> {
        Ok(match self {
            From::Sources(_) => (resolve::clock(start)?, None, None),
            From::Tape(tape) => {
                let (clock, wish, hand) = tape.hand(start)?;
                (clock, Some(wish), Some((tape, hand)))
            }
        })
    }
}

/// A recording that is to be played.
#[derive(Debug)]
struct Tape {
    path: PathBuf,
    label: Label,
    speed: Speed,
}

impl Tape {
    /// The clock that the recording moves, and the hands on it: whoever wishes and whoever plays.
    fn hand(&self, start: Option<&str>) -> Result<(Clock, UnboundedSender<Wish>, Hand), String> {
        let from = self.label.from;
        let window = Window::read(start, None, from).map_err(|why| why.replace("--since", "--now"));
        let start = window?.since;
        // It lives as long as the program.
        let clock: &'static AtomicI64 = Box::leak(Box::new(AtomicI64::new(from.0)));
        let (wish, wishes) = unbounded_channel();
        let hand = Hand { clock, wishes, speed: self.speed, start };
        Ok((Clock::Moved(clock), wish, hand))
    }
}

fn open(
    from: From<'_>,
    screen: &cli::Screen,
    reading: &cli::Reading,
    settled: Settled,
) -> ExitCode {
    let (setup, options) = match settle(from, screen, reading, settled) {
        Ok(settled) => settled,
        Err(message) => {
            tell(&message);
            return ExitCode::from(USAGE);
        }
    };
    match run::run(setup, options) {
        Ok(said) => {
            if let Some(said) = &said {
                tell(said);
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            tell(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn settle(
    from: From<'_>,
    screen: &cli::Screen,
    reading: &cli::Reading,
    settled: Settled,
) -> Result<(Setup, Options), String> {
    let (clock, hand, played) = from.clock(reading.now.as_deref())?;
    let sources = if let From::Sources(words) = from { words } else { &[] };
    let memory = resolve::memory(reading.memory);
    let max_object = resolve::max_object(reading.max_object, memory);
    let memory = usize::try_from(memory).unwrap_or(usize::MAX);
    let resumed = cases::resumed(screen.resume.as_deref(), memory / 4)?;
    let sources = match (sources, &resumed) {
        // What the case was of is read again, where it had a name.
        ([], Some(resumed)) if !stdin::is_fed() => resumed.sources(),
        _ => sources,
    };
    let runtime = start::runtime().map_err(|error| format!("{error:#}"))?;
    let opened = match sources {
        _ if let Some((tape, hand)) = played => {
            Ok(Opened::played(&tape.path, hand, tape.label.clone()))
        }
        [] if stdin::is_fed() => Opened::of(&["-".to_owned()], reading, &runtime),
        [] => Opened::later(reading, &runtime),
        words => Opened::of(words, reading, &runtime),
    };
    let mut opened = opened.map_err(|error| format!("{error:#}"))?;
    opened.sharing = Sharing::of(reading, clock);
    let bell = Bell::default();
    let opened = opened.watched(bell.clone());
    if let Some(why) = &opened.refused {
        return Err(why.clone());
    }
    let (rules, books) = rulebook::read(&screen.detection)?;
    rulebook::tell_of(&books);
    let rules = Current::new(Arc::new(rules));
    let origin = Origin { typed: screen.detection.clone(), failed: books.failed };
    // Nothing fires for what was.
    let (triggers, left_out) = match hand {
        Some(_) => Default::default(),
        None => load::configured(screen, &settled.shelf, rules.rules()),
    };
    let Settled {
        shelf: Shelf { presets, accounts, keymap, .. },
        quiet,
        start,
        local,
        contexts,
        themes,
        mut session,
        mut logged,
    } = settled;
    let (learned, mut told) = lessons::noise(&presets, clock.start());
    let (mutes, trouble) = lessons::mutes(clock.start());
    told.extend(trouble.into_iter().chain(left_out));
    if let From::Tape(Tape { label: Label { from, buffer: Some(buffer), .. }, .. }) = from {
        told.push(buffer.told(buffer.rows, *from));
    }
    let filter = first_filter((screen, reading), resumed.as_ref(), (&presets, clock), &mut told)?;
    // What is chosen in this run is left for the next one.
    let left = session.theme.take();
    let look = look_of(screen, reading, (&themes.themes, left.as_deref()))?;
    let (wrong, others) = themes.troubles(look.theme.name());
    told.extend(wrong.first().cloned());
    logged.extend(wrong.into_iter().skip(1).chain(others));
    let fps = screen.fps.as_deref().map_or(Ok(Fps::Auto), |typed| {
        typed.parse().map_err(|why| format!("--fps {typed}: {why}"))
    })?;
    let rings_from = screen.notify_from.as_deref().map(rulebook::severity).transpose()?;
    let rings_from = rings_from.unwrap_or(Severity::High);
    let place = keeper::place(resumed.as_ref(), clock.start(), sources);
    let options = Options {
        filter,
        quiet,
        learned,
        mutes,
        rings_from,
        told,
        logged,
        case: place.name.clone(),
        host: keeper::host(),
        notebook: resumed.map(|it| it.case.notebook).unwrap_or_default(),
        aliases: accounts.into_iter().chain(opened.aliases()).collect(),
        sources: opened.words.clone(),
        theme: look.theme,
        themes: themes.themes,
        colors: look.colors,
        glyphs: look.glyphs,
        local,
        presets,
        now: clock.start(),
        triggers,
        keymap,
        start,
        contexts,
        session,
    };
    // What the notebook and firings take is not there for the store.
    let memory = memory.saturating_sub(options.notebook.bytes());
    let memory = memory.saturating_sub(options.triggers.as_ref().map_or(0, |_| MOST_BYTES));
    let window = Window::read(reading.since.as_deref(), reading.until.as_deref(), clock.start())?;
    let Window { since, until } = window;
    let reading = Reading { follow: reading.follow, max_object, clock, since, until, live: true };
    let notify = screen.notify.unwrap_or(cli::Notify::Bell);
    let notify = notify::fitting(notify, |name| std::env::var(name).ok());
    let setup =
        Setup { opened, runtime, reading, memory, bell, place, rules, origin, hand, fps, notify };
    Ok((setup, options))
}

/// The filter to start with: what was typed, else that of the case that is gone on with.
fn first_filter(
    (screen, reading): (&cli::Screen, &cli::Reading),
    resumed: Option<&cases::Resumed>,
    (presets, clock): (&Presets, Clock),
    told: &mut Vec<String>,
) -> Result<String, String> {
    let kept = resumed.map(|it| it.case.notebook.filter());
    let is_valid = |text: &&str| parse::parse(text, presets).is_ok();
    if let Some(it) = resumed {
        let losses = it.case.losses().into_iter();
        told.extend(losses.map(|loss| format!("the case {}: {loss}", it.name)));
        let dropped = kept.filter(|text| !is_valid(text) && screen.filter.is_none());
        told.extend(dropped.map(|text| {
            format!("the filter of the case is not valid any more and left out: {text}")
        }));
    }
    let kept = kept.filter(is_valid);
    let filter = filter(screen.filter.as_deref().or(kept), reading, clock.start())?;
    parse::parse(&filter, presets).map_err(|wrong| {
        let shown: Vec<String> = wrong.iter().map(|wrong| wrong.render(&filter)).collect();
        format!("the filter is wrong:\n{}", shown.join("\n"))
    })?;
    Ok(filter)
}

/// How the dashboard looks on this terminal, where it is one.
fn look_of(
    screen: &cli::Screen,
    reading: &cli::Reading,
    (themes, left): (&Themes, Option<&str>),
) -> Result<look::Look, String> {
    let terminal = std::env::var("TERM").unwrap_or_default();
    if terminal == "dumb" {
        return Err(
            "TERM=dumb cannot show the dashboard: set TERM to what your terminal is, or let \
                    `trailtop query FILTER SOURCE` write what you ask for"
                .to_owned(),
        );
    }
    if !io::stdout().is_terminal() {
        return Err("the dashboard needs a terminal on standard output: without one, \
                    `trailtop query FILTER SOURCE` writes what you ask for"
            .to_owned());
    }
    let wishes = look::Wishes {
        color: reading.color.unwrap_or(Color::Auto),
        ascii: screen.ascii,
        theme: screen.theme.as_deref(),
        left,
        themes,
    };
    let unknown = || is_known(screen.theme.as_deref().unwrap_or_default(), themes).err();
    look::look(wishes, |name| std::env::var(name).ok())
        .ok_or_else(|| unknown().unwrap_or_else(|| "there is no theme".to_owned()))
}

/// The filter to start with. `--since` and `--until` become a part of it that one sees and can
/// take away.
fn filter(typed: Option<&str>, reading: &cli::Reading, now: Timestamp) -> Result<String, String> {
    let window = Window::read(reading.since.as_deref(), reading.until.as_deref(), now)?;
    let range = match (window.since, window.until) {
        (None, None) => return Ok(typed.unwrap_or_default().to_owned()),
        (since, until) => {
            let shown = |time: Option<Timestamp>| time.map_or_else(String::new, |t| t.to_string());
            format!("time:{}..{}", shown(since), shown(until))
        }
    };
    Ok(match typed.map(str::trim) {
        None | Some("") => range,
        Some(filter) if filter.contains(" OR ") => format!("{range} ({filter})"),
        Some(filter) => format!("{range} {filter}"),
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::query::library;

    #[test]
    fn since_and_until_are_a_part_of_the_filter() {
        let now = Timestamp::parse("2023-07-10T12:00:00Z").unwrap();
        let cases: &[(&[&str], &str)] = &[
            (&[], ""),
            (&["--filter", "-verb:R"], "-verb:R"),
            (&["--since", "1h"], "time:2023-07-10T11:00:00Z.."),
            (&["--until", "2023-07-10"], "time:..2023-07-10T00:00:00Z"),
            (&["--since", "1h", "--filter", "a OR b"], "time:2023-07-10T11:00:00Z.. (a OR b)"),
        ];
        for (args, expected) in cases {
            let line = std::iter::once("trailtop").chain(args.iter().copied()).map(OsString::from);
            let typed = cli::parse(line).unwrap().dashboard;
            let text = filter(typed.screen.filter.as_deref(), &typed.reading, now).unwrap();
            assert_eq!(text, *expected);
            assert!(parse::parse(&text, &library::builtin()).is_ok(), "{text}");
        }
    }
}
