//! Finds the configuration, lays it below what was typed, and says what is wrong with it before
//! anything else happens. `trailtop config`.

use std::fs::File as Disk;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::tz::TimeZone;

use crate::app::session::{Panes, Session};
use crate::app::state::Start;
use crate::cli::{self, Cli, Verb};
use crate::config::fault::{Fault, Text};
use crate::config::file::{self, File};
use crate::config::layers::{self, Layers, context_of};
use crate::config::settle::{self, Shelf};
use crate::config::show;
use crate::pane::columns::ColumnsOf;
use crate::pane::contract::Times;
use crate::query::question::{Fold, Order};
use crate::shell::headless::{print, tell};
use crate::shell::themes::{self, Found, Told};
use crate::shell::{resolve, session, texts};
use crate::ui::format;

/// A mistake in what was to be checked.
const FOUND: u8 = 1;
/// Wrong usage, or a configuration that cannot be read.
const USAGE: u8 = 2;
/// The largest file that is read as one.
const MAX_FILE: u64 = 1 << 20;
/// The most mistakes that are told before the program gives up.
const TOLD: usize = 8;

/// What the configuration says beside the options of the command line.
#[derive(Debug)]
pub struct Settled {
    /// Presets, accounts and keys.
    pub shelf: Shelf,
    /// Whether noise is hidden at the start.
    pub quiet: bool,
    /// How the screen starts.
    pub start: Start,
    /// The zone that is not UTC.
    pub local: TimeZone,
    /// The contexts, and what each of them reads.
    pub contexts: Vec<(String, String)>,
    /// The themes.
    pub themes: Found,
    /// What was left of the runs before; of this one, the context.
    pub session: Session,
    /// What there is to say of it that can wait.
    pub logged: Vec<String>,
}

/// Lays the configuration below what was typed: options that were not typed are filled in. `Err`
/// is how the program ends here: on a mistake, or because it was to say only what holds.
pub fn configure(typed: &mut Cli) -> Result<Settled, ExitCode> {
    if let Some(Verb::Config(verb)) = &typed.command {
        if verb.default {
            return Err(print(&show::default_file()));
        }
        if let Some(path) = &verb.check {
            return Err(check(path.as_deref(), &typed.place));
        }
    }
    configured(typed).unwrap_or_else(|message| {
        tell(&message);
        Err(ExitCode::from(USAGE))
    })
}

/// The outer error is a mistake.
fn configured(typed: &mut Cli) -> Result<Result<Settled, ExitCode>, String> {
    let text = found(&typed.place)?;
    let is_file = !text.name.is_empty();
    let themes = themes::read(themes_folder(&typed.place).as_deref());
    let (file, mut faults) = file::read(text);
    let (shelf, more) = settle::settle(&file, &themes.themes);
    faults.extend(more);
    if let Some(Verb::Config(cli::ConfigVerb { names: Some(kind), .. })) = typed.command {
        // Whoever completes a word is told what there is, whatever else is wrong.
        return Ok(Err(print(&texts::names(kind, &file, &shelf.presets, &themes.themes))));
    }
    if !faults.is_empty() {
        faults.sort_by_key(|fault| fault.span.start);
        let told = layers::told(&file.text, &faults, TOLD);
        return Err(format!("the configuration is wrong; --no-config does without it\n{told}"));
    }
    let environment = environment();
    let mut session = session::read();
    if words(typed).is_some_and(|words| words.len() == 1 && words[0] == "@") {
        return Ok(Err(list(&file, is_file, session.context.as_deref())));
    }
    if let Some(word) = words(typed).and_then(|words| words.iter_mut().find(|word| *word == "@-")) {
        let last = session.context.as_deref().ok_or("@-: no context was used yet")?;
        *word = format!("@{last}");
    }
    let context = words(typed).map_or(Ok(None), |words| context_of(&file, words))?;
    let mut layers = Layers::of(&file, &environment, context)
        .map_err(|wrong| format!("the environment is wrong:\n{}", wrong.join("\n")))?;
    fill(typed, &mut layers);
    session.context = context.map(|part| part.name.clone()).or(session.context);
    if typed.place.print_config || matches!(typed.command, Some(Verb::Config(_))) {
        let name = if is_file { &*file.text.name } else { "no configuration file was read" };
        return Ok(Err(print(&format!("# {name}\n{}", show::effective(&layers, &file)))));
    }
    let told = shelf.warnings.iter().map(|fault| in_a_line(&file.text, fault)).collect();
    Ok(Ok(settled(&layers, &file, (shelf, themes), (session, told))))
}

fn settled(
    layers: &Layers,
    file: &File,
    (shelf, themes): (Shelf, Found),
    (session, logged): (Session, Vec<String>),
) -> Settled {
    let word = |name: &str| layers.text(name).unwrap_or_default();
    let shown = |name: &str| match &*word(name) {
        "shown" => Some(true),
        "hidden" => Some(false),
        _ => None,
    };
    let zone = settle::zone(layers);
    let windows = ["5m", "15m", "1h", "4h", "24h", "7d", "all"];
    let start = Start {
        window: windows.iter().position(|known| *known == word("window")),
        order: if word("order") == "arrival" { Order::Arrival } else { Order::Time },
        fold: match &*word("fold") {
            "all" => Fold::All,
            "none" => Fold::Nothing,
            _ => Fold::Services,
        },
        is_local: zone.is_first,
        times: if word("times") == "ago" { Times::Ago } else { Times::Clock },
        panes: Panes {
            counts: shown("counts"),
            timeline: shown("timeline"),
            header: shown("header"),
            ..Panes::default()
        },
        columns: ColumnsOf::read(|view| layers.words(&format!("columns.{view}")).join(" ")),
        mouse: layers.flag("mouse"),
    };
    let contexts = file.parts("context").map(|part| {
        (part.name.clone(), part.words("sources").map_or_else(String::new, |it| it.join(" ")))
    });
    Settled {
        shelf,
        quiet: word("noise") != "shown",
        start,
        local: zone.local,
        contexts: contexts.collect(),
        themes,
        session,
        logged,
    }
}

/// The words of the command line that name what is read.
fn words(typed: &mut Cli) -> Option<&mut Vec<String>> {
    match &mut typed.command {
        None => Some(&mut typed.dashboard.sources),
        Some(Verb::Query(query)) => Some(&mut query.sources),
        Some(Verb::Record(record)) => Some(&mut record.sources),
        Some(Verb::Doctor(doctor)) => Some(&mut doctor.sources),
        Some(Verb::Rules(cli::Rules::Test(test))) => Some(&mut test.sources),
        Some(Verb::Config(config)) => Some(&mut config.words),
        Some(_) => None,
    }
}

/// Fills in what was not typed.
fn fill(typed: &mut Cli, layers: &mut Layers) {
    let is_fed = crate::shell::stdin::is_fed();
    match &mut typed.command {
        None => {
            let dashboard = &mut typed.dashboard;
            // The case that is gone on with has a filter of its own.
            let typed = dashboard.screen.filter.clone();
            layers.fill_screen(&mut dashboard.screen);
            if dashboard.screen.resume.is_some() {
                dashboard.screen.filter = typed;
            }
            layers.fill_reading(&mut dashboard.reading);
            layers.fill_follow(&mut dashboard.reading);
            // What is piped in is meant, and so is the case that is gone on with.
            if !is_fed && dashboard.screen.resume.is_none() {
                layers.fill_sources(&mut dashboard.sources);
            }
        }
        Some(Verb::Demo(demo)) => {
            layers.fill_screen(&mut demo.screen);
            layers.fill_reading(&mut demo.reading);
        }
        Some(Verb::Record(record)) => {
            layers.fill_reading(&mut record.reading);
            if !is_fed {
                layers.fill_sources(&mut record.sources);
            }
        }
        Some(Verb::Replay(replay)) => {
            layers.fill_screen(&mut replay.screen);
            // A recording is played from its beginning.
            let typed = replay.reading.since.clone();
            layers.fill_reading(&mut replay.reading);
            replay.reading.since = typed;
        }
        Some(Verb::Query(query)) => {
            layers.fill_reading(&mut query.reading);
            layers.fill_detection(&mut query.detection);
            let is_table = !query.count && query.by.is_none();
            let has_columns = !matches!(query.output, cli::Output::Json | cli::Output::Ndjson);
            layers.fill_columns(&mut query.columns, is_table && has_columns);
            if !is_fed {
                layers.fill_sources(&mut query.sources);
            }
        }
        Some(Verb::Doctor(doctor)) => {
            layers.fill_aws(&mut doctor.aws);
            layers.fill_sources(&mut doctor.sources);
        }
        Some(Verb::Rules(rules)) => match rules {
            cli::Rules::List(list) => layers.fill_detection(&mut list.detection),
            // What is to be checked is checked as it is.
            cli::Rules::Check(check) if !check.paths.is_empty() => {}
            cli::Rules::Check(check) => layers.fill_detection(&mut check.detection),
            cli::Rules::Test(test) => {
                layers.fill_reading(&mut test.reading);
                layers.fill_detection(&mut test.detection);
                if !is_fed {
                    layers.fill_sources(&mut test.sources);
                }
            }
        },
        Some(Verb::Triggers(cli::Triggers::Check(check))) => {
            layers.fill_detection(&mut check.detection);
        }
        Some(_) => {}
    }
}

/// `trailtop config --check [FILE]`
fn check(path: Option<&Path>, place: &cli::Place) -> ExitCode {
    let text = match path {
        Some(path) => read(path),
        None => found(place),
    };
    let text = match text {
        Ok(text) => text,
        Err(why) => {
            tell(&why);
            return ExitCode::from(USAGE);
        }
    };
    // The themes beside what is checked.
    let folder = match path {
        Some(path) => Some(beside(path)),
        None => themes_folder(place),
    };
    let themes = themes::read(folder.as_deref());
    let (mut out, wrong_themes) = checked(&themes);
    if text.name.is_empty() {
        let place = usual().map_or_else(String::new, |path| format!(": {}", path.display()));
        let printed = print(&format!("{out}there is no configuration{place}; the defaults hold\n"));
        return if wrong_themes > 0 { ExitCode::from(FOUND) } else { printed };
    }
    let (file, mut faults) = file::read(text);
    let (shelf, more) = settle::settle(&file, &themes.themes);
    faults.extend(more);
    faults.sort_by_key(|fault| fault.span.start);
    out.extend(faults.iter().map(|fault| file.text.render(fault) + "\n"));
    let environment = environment();
    let mut warnings: Vec<String> =
        shelf.warnings.iter().map(|fault| in_a_line(&file.text, fault)).collect();
    warnings.extend(layers::strangers(&environment));
    let wrong = Layers::of(&file, &environment, None).err().unwrap_or_default();
    out.extend(wrong.iter().map(|why| format!("environment: {why}\n")));
    out.extend(warnings.iter().map(|warning| format!("warning: {warning}\n")));
    let mistakes = faults.len() + wrong.len();
    out.extend([&*file.text.name, ": ", &many(mistakes), "\n"]);
    let printed = print(&out);
    if mistakes + wrong_themes > 0 { ExitCode::from(FOUND) } else { printed }
}

/// What is wrong with the themes of the user and what is hard to read, and how many mistakes that
/// is. A theme without any is not worth a line.
fn checked(themes: &Found) -> (String, usize) {
    let mut out = String::new();
    for why in &themes.lost {
        out.extend([&**why, "\n"]);
    }
    let mut mistakes = themes.lost.len();
    for Told { text, faults, warnings } in themes.told() {
        out.extend(faults.iter().map(|fault| text.render(fault) + "\n"));
        let warnings = warnings.iter().map(|it| format!("warning: {}\n", in_a_line(text, it)));
        out.extend(warnings);
        if !faults.is_empty() {
            out.extend([&*text.name, ": ", &many(faults.len()), "\n"]);
        }
        mistakes += faults.len();
    }
    (out, mistakes)
}

fn many(mistakes: usize) -> String {
    match mistakes {
        0 => "no mistakes".to_owned(),
        many => format::counted(many as u64, "mistake", "mistakes"),
    }
}

fn list(file: &File, is_file: bool, last: Option<&str>) -> ExitCode {
    let contexts = show::contexts(file, last);
    if !contexts.is_empty() {
        return print(&contexts);
    }
    let name = if is_file { &*file.text.name } else { "there is no configuration" };
    tell(&format!("no context is named: {name}; `trailtop config --default` shows how"));
    ExitCode::from(FOUND)
}

/// A fault with its place, without the line of the file.
pub fn in_a_line(text: &Text, fault: &Fault) -> String {
    let place = text.place(fault.span.start);
    format!("{}:{}:{}: {}", text.name, place.line, place.column, fault.said)
}

/// The variables that are set, not empty, and of interest.
fn environment() -> Vec<(String, String)> {
    let all = std::env::vars_os().filter_map(|(name, value)| {
        Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
    });
    let ours = |name: &str| name.starts_with("TRAILTOP_") || name == "HOME";
    all.filter(|(name, value)| ours(name) && !value.trim().is_empty()).collect()
}

/// The file that was named in the place of the usual one.
fn named(place: &cli::Place) -> Option<PathBuf> {
    let variable = || std::env::var_os("TRAILTOP_CONFIG").filter(|it| !it.is_empty());
    place.config.clone().or_else(|| variable().map(PathBuf::from))
}

/// The folder of the user's themes: beside the configuration, whether there is one or not.
pub fn themes_folder(place: &cli::Place) -> Option<PathBuf> {
    let path = named(place).or_else(usual).filter(|_| !place.no_config);
    path.map(|path| beside(&path))
}

fn beside(path: &Path) -> PathBuf {
    path.parent().unwrap_or_else(|| Path::new("")).join("themes")
}

/// The configuration that holds; one without a name where there is none.
fn found(place: &cli::Place) -> Result<Text, String> {
    if place.no_config {
        return Ok(Text::default());
    }
    if let Some(path) = named(place) {
        return read(&path);
    }
    match usual() {
        Some(path) if path.symlink_metadata().is_ok() => read(&path),
        _ => Ok(Text::default()),
    }
}

/// `config.toml` in the folder of the configuration.
fn usual() -> Option<PathBuf> {
    resolve::config_folder().map(|folder| folder.join("config.toml"))
}

fn read(path: &Path) -> Result<Text, String> {
    let name = path.display().to_string();
    let wrong = |error: &dyn std::fmt::Display| {
        format!("the configuration {name} cannot be read: {error}; --no-config does without it")
    };
    let mut bytes = vec![];
    let read = Disk::open(path).and_then(|file| {
        if file.metadata()?.is_dir() {
            return Err(io::Error::other("it is a folder"));
        }
        file.take(MAX_FILE + 1).read_to_end(&mut bytes)
    });
    read.map_err(|error| wrong(&error))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(wrong(&"it has more than a megabyte"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].split(|byte| *byte == b'\n').count();
        wrong(&format!("line {line} is not UTF-8"))
    })?;
    // Editors of another system begin a file so.
    let text = text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned);
    Ok(Text { name, text })
}
