//! What holds in the end, and who said so: command line over context over environment over file
//! over default.

use std::collections::BTreeMap;
use std::fmt;

use crate::cli;
use crate::config::fault::{Fault, Text};
use crate::config::file::{self, File, Part};
use crate::config::kind::{Value, at_home, perhaps, read_plain};
use crate::config::setting::{SECTIONS, Section, Setting, Shape, variable};
use crate::query::parse::nearest;

/// Who said what a setting is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody: it is as it comes.
    Default,
    /// The file, at this line.
    File(usize),
    /// A variable of the environment.
    Environment(String),
    /// A context of the file, at this line.
    Context(String, usize),
    /// An option or a word of the command line.
    Typed(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => write!(f, "default"),
            Self::File(line) => write!(f, "file, line {line}"),
            Self::Environment(name) => write!(f, "environment, {name}"),
            Self::Context(name, line) => write!(f, "context @{name}, line {line}"),
            Self::Typed(what) => write!(f, "command line, {what}"),
        }
    }
}

/// Every setting with its value and its origin, by the name it has in the file: `theme`,
/// `columns.query`.
#[derive(Debug, Clone)]
pub struct Layers {
    said: BTreeMap<String, (Value, Origin)>,
    home: Option<std::path::PathBuf>,
}

/// The settings of the sections that are there once, with the section and the whole name of each.
pub fn singles() -> impl Iterator<Item = (&'static Section, &'static Setting, String)> {
    SECTIONS.iter().flat_map(|section| {
        let settings = match section.shape {
            Shape::Settings(settings) => settings,
            _ => &[],
        };
        settings.iter().map(move |setting| (section, setting, whole(section, setting)))
    })
}

/// What a setting is called from outside its section.
fn whole(section: &Section, setting: &Setting) -> String {
    match section.name {
        "" => setting.key.to_owned(),
        name => format!("{name}.{}", setting.key),
    }
}

/// The defaults as a file that says them.
pub fn defaults() -> String {
    let mut text = String::new();
    let mut header = "";
    for (section, setting, _) in singles() {
        if section.name != header {
            header = section.name;
            text.extend(["[", header, "]\n"]);
        }
        text.extend([setting.key, " = ", setting.default, "\n"]);
    }
    text
}

impl Layers {
    /// Lays what was said on what is said by default. `environment` has the variables that are set
    /// and not empty; the errors are of them.
    pub fn of(
        file: &File,
        environment: &[(String, String)],
        context: Option<&Part>,
    ) -> Result<Self, Vec<String>> {
        let (usual, faults) = file::read(Text { name: "defaults".to_owned(), text: defaults() });
        debug_assert!(faults.is_empty(), "{faults:?}");
        let home = environment.iter().find(|(name, _)| name == "HOME");
        let home = home.map(|(_, home)| home.into());
        let mut it = Self { said: BTreeMap::new(), home };
        it.lay(&usual, |_| Origin::Default);
        it.lay(file, Origin::File);
        let mut wrong = vec![];
        for (_, setting, name) in singles() {
            let variable = variable(&name);
            let Some((_, text)) = environment.iter().find(|(known, _)| *known == variable) else {
                continue;
            };
            match read_plain(setting.kind, text) {
                Ok(value) => drop(it.said.insert(name, (value, Origin::Environment(variable)))),
                Err(why) => wrong.push(format!("{variable}={text}: {why}")),
            }
        }
        if let Some(part) = context {
            for (key, said) in &part.said {
                let line = file.text.place(said.span.start).line;
                let origin = Origin::Context(part.name.clone(), line);
                it.said.insert(key.clone(), (said.value.clone(), origin));
            }
        }
        if wrong.is_empty() { Ok(it) } else { Err(wrong) }
    }

    fn lay(&mut self, file: &File, origin: impl Fn(usize) -> Origin) {
        for part in &file.parts {
            if !matches!(part.section.shape, Shape::Settings(_)) {
                continue;
            }
            for setting in part.section.settings() {
                if let Some(said) = part.said.get(setting.key) {
                    let line = file.text.place(said.span.start).line;
                    let name = whole(part.section, setting);
                    self.said.insert(name, (said.value.clone(), origin(line)));
                }
            }
        }
    }

    /// What a setting is, and who said so.
    pub fn get(&self, name: &str) -> Option<&(Value, Origin)> {
        self.said.get(name)
    }

    /// A text that is not empty.
    pub fn text(&self, name: &str) -> Option<String> {
        match &self.get(name)?.0 {
            Value::Text(text) if !text.is_empty() => Some(text.clone()),
            _ => None,
        }
    }

    /// The texts of a list.
    pub fn words(&self, name: &str) -> Vec<String> {
        match self.get(name) {
            Some((Value::Words(words), _)) => words.clone(),
            _ => vec![],
        }
    }

    /// Yes or no.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some((Value::Flag(true), _)))
    }

    /// A number that is not 0.
    fn number(&self, name: &str) -> Option<u32> {
        match self.get(name)?.0 {
            Value::Number(number) if number > 0 => Some(number),
            _ => None,
        }
    }

    /// Notes that the command line said it.
    fn typed(&mut self, name: &str, value: Value) {
        let flag = singles().find(|(_, _, known)| known == name).and_then(|(_, it, _)| it.flag);
        let origin = flag.map_or_else(|| "SOURCE".to_owned(), |flag| format!("--{flag}"));
        self.said.insert(name.to_owned(), (value, Origin::Typed(origin)));
    }

    fn fill_text(&mut self, name: &str, typed: &mut Option<String>) {
        match typed {
            Some(text) => self.typed(name, Value::Text(text.clone())),
            None => *typed = self.text(name),
        }
    }

    fn fill_words(&mut self, name: &str, typed: &mut Vec<String>) {
        match typed.is_empty() {
            false => self.typed(name, Value::Words(typed.clone())),
            true => *typed = self.words(name),
        }
    }

    fn fill_size(&mut self, name: &str, typed: &mut Option<u64>) {
        match typed {
            Some(bytes) => self.typed(name, Value::Text(bytes.to_string())),
            None => *typed = self.text(name).and_then(|text| cli::size(&text).ok()),
        }
    }

    /// An option that is there or not: `said` is what being there says.
    fn fill_flag(&mut self, name: &str, typed: &mut bool, said: bool) {
        match *typed {
            true => self.typed(name, Value::Flag(said)),
            false => *typed = self.flag(name) == said,
        }
    }

    /// Fills in what was not typed of the options of everything that asks AWS.
    pub fn fill_aws(&mut self, typed: &mut cli::Aws) {
        self.fill_words("profiles", &mut typed.profile);
        self.fill_words("regions", &mut typed.region);
        self.fill_text("role-arn", &mut typed.role_arn);
        self.fill_text("endpoint-url", &mut typed.endpoint_url);
        self.fill_flag("requester-pays", &mut typed.requester_pays, true);
    }

    /// The same of everything that reads events.
    pub fn fill_reading(&mut self, typed: &mut cli::Reading) {
        self.fill_aws(&mut typed.aws);
        self.fill_text("since", &mut typed.since);
        self.fill_size("memory", &mut typed.memory);
        self.fill_size("max-object", &mut typed.max_object);
        // The two exclude each other: one that was typed leaves the other unsaid.
        match (typed.poll, typed.listings) {
            (None, None) => {
                typed.poll = self.number("poll");
                typed.listings = self.number("listings").filter(|_| typed.poll.is_none());
            }
            (Some(poll), _) => self.typed("poll", Value::Number(poll)),
            (_, Some(listings)) => self.typed("listings", Value::Number(listings)),
        }
        self.fill_flag("checkpoint", &mut typed.no_checkpoint, false);
        let mut color = typed.color.as_ref().map(cli::word);
        self.fill_text("color", &mut color);
        typed.color = color.and_then(|word| cli::of_word(&word));
    }

    /// The same of what the dashboard does with files: `query` ends where nobody said otherwise.
    pub fn fill_follow(&mut self, typed: &mut cli::Reading) {
        self.fill_flag("follow", &mut typed.follow, true);
    }

    /// The same of everything that detects.
    pub fn fill_detection(&mut self, typed: &mut cli::Detection) {
        let is_typed = !typed.rules.is_empty();
        self.fill_words("rules", &mut typed.rules);
        if !is_typed {
            // No shell has read these.
            let home = self.home.as_deref();
            typed.rules.iter_mut().for_each(|path| *path = at_home(path, home));
        }
        self.fill_flag("builtin-rules", &mut typed.no_builtin_rules, false);
        typed.severity = self.text("severity");
    }

    /// The same of the dashboard.
    pub fn fill_screen(&mut self, typed: &mut cli::Screen) {
        self.fill_text("filter", &mut typed.filter);
        self.fill_text("theme", &mut typed.theme);
        self.fill_flag("ascii", &mut typed.ascii, true);
        let mut notify = typed.notify.as_ref().map(cli::word);
        self.fill_text("notify", &mut notify);
        typed.notify = notify.and_then(|word| cli::of_word(&word));
        typed.notify_from = self.text("notify-from");
        self.fill_text("fps", &mut typed.fps);
        self.fill_detection(&mut typed.detection);
    }

    /// The same of the columns of `query`, which only some forms of a result have.
    pub fn fill_columns(&mut self, typed: &mut Option<String>, are_of_use: bool) {
        if let Some(list) = typed {
            self.typed("columns.query", Value::Text(list.clone()));
        } else if are_of_use {
            *typed = Some(self.words("columns.query").join(",")).filter(|list| !list.is_empty());
        }
    }

    /// What is read: the words that were typed, else those of the configuration.
    pub fn fill_sources(&mut self, typed: &mut Vec<String>) {
        self.fill_words("sources", typed);
    }

    /// Each setting, its value as TOML and who said so, in the order of the table.
    pub fn lines(&self) -> Vec<[String; 3]> {
        let line = |(_, _, name): (_, _, String)| {
            let (value, origin) = self.get(&name)?;
            Some([name, value.toml(), origin.to_string()])
        };
        singles().filter_map(line).collect()
    }
}

/// Takes the context out of the words of a command line: at most one, `@NAME`.
pub fn context_of<'f>(file: &'f File, words: &mut Vec<String>) -> Result<Option<&'f Part>, String> {
    let mut named = vec![];
    words.retain(|word| match word.strip_prefix('@') {
        Some(name) => {
            named.push(name.to_owned());
            false
        }
        None => true,
    });
    let name = match named.as_slice() {
        [] => return Ok(None),
        [name] => name,
        _ => return Err(format!("one context at a time: @{}", named.join(" @"))),
    };
    let known: Vec<&str> = file.parts("context").map(|part| part.name.as_str()).collect();
    let part = file.parts("context").find(|part| part.name == *name);
    part.map(Some).ok_or_else(|| {
        let hint = match (known.as_slice(), nearest(name, known.iter().copied()).first()) {
            ([], _) => {
                "no context is configured (`trailtop config --default` shows one)".to_owned()
            }
            (_, Some(near)) => format!("did you mean @{near}?"),
            _ => format!("there are @{}", known.join(" @")),
        };
        format!("there is no context @{name}; a file of that name is ./@{name}; {hint}")
    })
}

/// Variables that look like ours and are not: a slip of the keyboard that would say nothing.
pub fn strangers(environment: &[(String, String)]) -> Vec<String> {
    const OTHERS: [&str; 1] = ["TRAILTOP_CONFIG"];
    let known: Vec<String> =
        singles().map(|(_, _, name)| variable(&name)).chain(OTHERS.map(str::to_owned)).collect();
    let names: Vec<&str> = known.iter().map(String::as_str).collect();
    let ours = environment.iter().map(|(name, _)| name.as_str());
    ours.filter(|name| name.starts_with("TRAILTOP_") && !names.contains(name))
        .map(|name| format!("{name} sets nothing{}", perhaps(name, &names)))
        .collect()
}

/// Faults as lines for a terminal, in the order of the file, at most `most` of them.
pub fn told(text: &Text, faults: &[Fault], most: usize) -> String {
    let shown: Vec<String> = faults.iter().take(most).map(|fault| text.render(fault)).collect();
    let more = match faults.len().saturating_sub(most) {
        0 => String::new(),
        more => format!("\nand {more} more: `trailtop config --check` lists them"),
    };
    format!("{}{more}", shown.join("\n"))
}
