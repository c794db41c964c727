//! A trigger as it is written, a `[[trigger]]` of a TOML file, and what that means.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use crate::event::time::{Millis, Timestamp};
use crate::query::eval::eval;
use crate::query::preset::Presets;
use crate::store::snapshot::Part;
use crate::trigger::post::Post;
use crate::trigger::when::When;

/// The most triggers: each may run several programs at once.
const MOST: usize = 32;
/// The longest name.
const MAX_NAME: usize = 40;
/// The most arguments of a program, itself included.
const MAX_ARGUMENTS: usize = 64;
/// The most a program or one try of a webhook may take.
const LONGEST: Duration = Duration::from_mins(5);
/// What it may take where nothing is said.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The most firings of one trigger that may run at once.
const MOST_AT_ONCE: u64 = 8;
/// The most tries after the first one.
const MOST_RETRIES: u64 = 10;
/// How often a trigger fires at most where nothing is said.
const RATE: Rate = Rate { count: 10, per: Millis::minutes(1) };
/// The highest rate, in firings a minute.
const MOST_A_MINUTE: f64 = 600.0;

/// A `[[trigger]]` as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// What it is called: letters, digits, `-` and `_`.
    pub name: String,
    /// The ids or titles of rules; `*` is every one.
    #[serde(default)]
    pub rules: Vec<String>,
    /// Alerts of this severity and above.
    pub min_severity: Option<String>,
    /// Alone: every event that this filter keeps. With the others: of their alerts those whose event
    /// it keeps.
    pub filter: Option<String>,
    /// `burst`, once for events that belong together, or `event`.
    pub every: Option<String>,
    /// How often at most: `10/1m`.
    pub rate: Option<String>,
    /// A program and its arguments; no shell is asked.
    #[serde(default)]
    pub run: Vec<String>,
    /// Where to post: an URL of `https` or `http`. `${NAME}` stands for a variable of the environment.
    pub post: Option<String>,
    /// Headers of the post; `${NAME}` stands for a variable of the environment.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// How long the program, or one try of the post, may take: `10s`.
    pub timeout: Option<String>,
    /// How many firings may run at once.
    pub at_once: Option<u64>,
    /// How often a post that failed is tried again.
    pub retries: Option<u64>,
}

/// A file of triggers and nothing else.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    trigger: Vec<Options>,
}

/// Reads a file; the error is a sentence with its place.
pub fn read(text: &str) -> Result<Vec<Options>, String> {
    toml::from_str::<File>(text).map(|file| file.trigger).map_err(|error| error.to_string())
}

/// How often something may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// So many times.
    pub count: u32,
    /// In so long.
    pub per: Millis,
}

/// Which events of a burst fire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// The first one that is met.
    Burst,
    /// Each one.
    Event,
}

/// What a trigger does.
#[derive(Debug, Clone)]
pub enum Does {
    /// It runs a program with arguments.
    Run(Vec<String>),
    /// It posts to an URL.
    Post(Post),
}

impl Does {
    /// What is done in words that hold no secret: the program without its arguments, the host
    /// without its path.
    pub fn shown(&self) -> String {
        match self {
            Self::Run(argv) => argv.first().cloned().unwrap_or_default(),
            Self::Post(post) => post.shown().to_owned(),
        }
    }
}

/// A trigger.
#[derive(Debug, Clone)]
pub struct Trigger {
    /// What it is called.
    pub name: Box<str>,
    /// What fires it.
    pub when: When,
    /// What it does.
    pub does: Does,
    /// Which events of a burst fire it.
    pub every: Every,
    /// How often it fires at most.
    pub rate: Rate,
    /// How long the program, or one try of the post, may take.
    pub timeout: Duration,
    /// How many of its firings may run at once.
    pub at_once: usize,
    /// How often a post that failed is tried again.
    pub retries: u32,
}

/// All triggers of a run.
#[derive(Debug, Default)]
pub struct Triggers {
    /// In the order they are written.
    pub all: Vec<Trigger>,
    /// Whether they fire for what was read from files or was there before anybody looked.
    pub on_backfill: bool,
    /// Whether they fire for events of the demo.
    pub on_demo: bool,
}

impl Triggers {
    /// Reads what was written. `env` gives the variables that URLs and headers name. The errors are
    /// sentences, one for each trigger that is wrong.
    pub fn of(
        written: &[Options],
        presets: &Presets,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Vec<String>> {
        let mut all: Vec<Trigger> = vec![];
        let mut wrong = vec![];
        if written.len() > MOST {
            wrong.push(format!("{} triggers are too many: {MOST} is the most", written.len()));
        }
        for one in written {
            let is_twice = all.iter().any(|known| *known.name == *one.name);
            match trigger(one, presets, env) {
                Ok(_) if is_twice => wrong.push(said(&one.name, "the name is given twice")),
                Ok(trigger) => all.push(trigger),
                Err(why) => wrong.push(said(&one.name, &why)),
            }
        }
        let all = Self { all, ..Self::default() };
        if wrong.is_empty() { Ok(all) } else { Err(wrong) }
    }

    /// Which rows of a part fire which triggers that are about events, in the order of the rows.
    pub fn chosen(&self, part: &Part, now: Timestamp) -> Vec<(u16, u16)> {
        let mut chosen = vec![];
        for (at, trigger) in self.all.iter().enumerate() {
            if let Some((_, plan)) = &trigger.when.filter
                && trigger.when.is_of_events()
            {
                chosen.extend(eval(plan, part, now).rows().map(|row| (row as u16, at as u16)));
            }
        }
        chosen.sort_unstable();
        chosen
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The trigger of this name.
    pub fn named(&self, name: &str) -> Option<usize> {
        self.all.iter().position(|one| &*one.name == name)
    }
}

fn said(name: &str, why: &str) -> String {
    format!("trigger {name:?}: {why}")
}

fn trigger(
    written: &Options,
    presets: &Presets,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Trigger, String> {
    let name = &written.name;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(is_plain) {
        return Err(format!("a name is 1 to {MAX_NAME} letters, digits, `-` or `_`"));
    }
    let every = match written.every.as_deref() {
        None | Some("burst") => Every::Burst,
        Some("event") => Every::Event,
        Some(word) => return Err(format!("`every = {word:?}` is neither \"burst\" nor \"event\"")),
    };
    let does = does(written, env)?;
    let bounded = |key: &str, value: Option<u64>, usual: u64, (least, most): (u64, u64)| {
        let value = value.unwrap_or(usual);
        let fits = (least..=most).contains(&value);
        fits.then_some(value).ok_or_else(|| format!("`{key}` is {least} to {most}, not {value}"))
    };
    if written.retries.is_some() && matches!(does, Does::Run(_)) {
        return Err("`retries` goes with `post`: a program is run once".to_owned());
    }
    Ok(Trigger {
        name: name.as_str().into(),
        when: When::of(written, presets)?,
        does,
        every,
        rate: written.rate.as_deref().map_or(Ok(RATE), rate)?,
        timeout: written.timeout.as_deref().map_or(Ok(TIMEOUT), timeout)?,
        at_once: bounded("at_once", written.at_once, 2, (1, MOST_AT_ONCE))? as usize,
        retries: bounded("retries", written.retries, 3, (0, MOST_RETRIES))? as u32,
    })
}

fn does(written: &Options, env: &dyn Fn(&str) -> Option<String>) -> Result<Does, String> {
    match (&*written.run, &written.post) {
        ([], None) => Err("it does nothing: write `run = [\"/path/program\"]` or \
                           `post = \"https://…\"`"
            .to_owned()),
        ([_, ..], Some(_)) => Err("`run` and `post` are two triggers".to_owned()),
        ([], Some(url)) => Post::of(url, &written.headers, env).map(Does::Post),
        ([_, ..], None) if !written.headers.is_empty() => {
            Err("`headers` go with `post`".to_owned())
        }
        (argv, None) if argv.len() > MAX_ARGUMENTS => {
            Err(format!("`run` has more than {MAX_ARGUMENTS} words"))
        }
        (argv, None) if argv[0].is_empty() || argv.iter().any(|word| word.contains('\0')) => {
            Err("`run` names no program".to_owned())
        }
        (argv, None) => Ok(Does::Run(argv.to_vec())),
    }
}

/// `10/1m`
fn rate(text: &str) -> Result<Rate, String> {
    let wrong = || format!("`rate = {text:?}` is no rate: write \"10/1m\" for ten in a minute");
    let (count, per) = text.split_once('/').ok_or_else(wrong)?;
    let count: u32 = count.trim().parse().map_err(|_| wrong())?;
    let per = Millis::parse(per.trim()).filter(|per| per.0 > 0).ok_or_else(wrong)?;
    if count == 0 || f64::from(count) * 60_000.0 / per.0 as f64 > MOST_A_MINUTE {
        return Err(format!("`rate = {text:?}` is not between 1 and {MOST_A_MINUTE}/1m"));
    }
    Ok(Rate { count, per })
}

fn timeout(text: &str) -> Result<Duration, String> {
    let length = Millis::parse(text).map(|length| Duration::from_millis(length.0.max(0) as u64));
    let fits = |length: &Duration| *length >= Duration::from_secs(1) && *length <= LONGEST;
    length.filter(fits).ok_or_else(|| {
        format!("`timeout = {text:?}` is not between \"1s\" and \"{}m\"", LONGEST.as_secs() / 60)
    })
}

#[cfg(test)]
#[path = "definition_tests.rs"]
mod tests;
