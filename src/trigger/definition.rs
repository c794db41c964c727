//! A trigger as it is written, a `[[trigger]]` of the configuration, and what that means.

use std::time::Duration;

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
const MOST_AT_ONCE: u32 = 8;
/// The most tries after the first one.
const MOST_RETRIES: u32 = 10;
/// How often a trigger fires at most where nothing is said.
const RATE: Rate = Rate { count: 10, per: Millis::minutes(1) };
/// The highest rate, in firings a minute.
const MOST_A_MINUTE: f64 = 600.0;

/// A `[[trigger]]` of the configuration as it is written, each by the key of its name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// What it is called.
    pub name: String,
    /// The ids or titles of rules; `*` is every one.
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
    pub run: Vec<String>,
    /// Where to post: an URL of `https` or `http`. `${NAME}` stands for a variable of the environment.
    pub post: Option<String>,
    /// Headers of the post, `Name: value`; `${NAME}` stands for a variable of the environment.
    pub headers: Vec<String>,
    /// How long the program, or one try of the post, may take: `10s`.
    pub timeout: Option<String>,
    /// How many firings may run at once.
    pub at_once: Option<u32>,
    /// How often a post that failed is tried again.
    pub retries: Option<u32>,
}

/// What is wrong with what is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The key it is written under.
    pub key: &'static str,
    /// Why, in a sentence without a full stop.
    pub why: String,
}

impl Wrong {
    /// What is wrong under a key.
    pub fn new(key: &'static str, why: impl Into<String>) -> Self {
        Self { key, why: why.into() }
    }
}

/// What filters may name: presets, and accounts by number and name.
#[derive(Debug, Clone, Copy)]
pub struct Names<'n> {
    /// Filters.
    pub presets: &'n Presets,
    /// Accounts.
    pub accounts: &'n [(String, String)],
}

/// Variables of the environment.
pub type Env<'e> = &'e dyn Fn(&str) -> Option<String>;

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
    /// Those that were written, by variables of the environment, and why any are left out: a
    /// sentence each.
    pub fn of(written: &[Options], names: Names<'_>, env: Env<'_>) -> (Self, Vec<String>) {
        let (mut all, mut left) = (vec![], vec![]);
        for (at, one) in written.iter().enumerate() {
            match read((at, written), names, env) {
                Ok(trigger) => all.push(trigger),
                Err(wrong) => left.push(format!("trigger {:?}: {}", one.name, wrong.why)),
            }
        }
        (Self { all, ..Self::default() }, left)
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

/// Whether the trigger at this place is right, whatever variables there are.
pub fn check(written: (usize, &[Options]), names: Names<'_>) -> Result<(), Wrong> {
    read(written, names, &|_| Some("x".to_owned())).map(|_| ())
}

/// Reads the trigger at this place among all.
fn read((at, all): (usize, &[Options]), names: Names<'_>, env: Env<'_>) -> Result<Trigger, Wrong> {
    let written = &all[at];
    let name = &written.name;
    if name.is_empty() || name.len() > MAX_NAME {
        return Err(Wrong::new(
            "name",
            format!("a trigger has a `name` of 1 to {MAX_NAME} letters"),
        ));
    }
    if all[..at].iter().any(|known| known.name == *name) {
        return Err(Wrong::new("name", "another trigger is called so"));
    }
    if at >= MOST {
        return Err(Wrong::new("name", format!("more than {MOST} triggers")));
    }
    let does = does(written, env)?;
    if written.retries.is_some() && matches!(does, Does::Run(_)) {
        return Err(Wrong::new("retries", "`retries` goes with `post`: a program is run once"));
    }
    Ok(Trigger {
        name: name.as_str().into(),
        when: When::of(written, names)?,
        does,
        every: if written.every.as_deref() == Some("event") { Every::Event } else { Every::Burst },
        rate: written
            .rate
            .as_deref()
            .map_or(Ok(RATE), rate)
            .map_err(|why| Wrong::new("rate", why))?,
        timeout: (written.timeout.as_deref().map_or(Ok(TIMEOUT), timeout))
            .map_err(|why| Wrong::new("timeout", why))?,
        at_once: number("at-once", written.at_once.unwrap_or(2), (1, MOST_AT_ONCE))? as usize,
        retries: number("retries", written.retries.unwrap_or(3), (0, MOST_RETRIES))?,
    })
}

fn number(key: &'static str, number: u32, (least, most): (u32, u32)) -> Result<u32, Wrong> {
    let wrong = || Wrong::new(key, format!("`{key}` is {least} to {most}, not {number}"));
    (least..=most).contains(&number).then_some(number).ok_or_else(wrong)
}

fn does(written: &Options, env: Env<'_>) -> Result<Does, Wrong> {
    match (&*written.run, &written.post) {
        ([], None) => Err(Wrong::new(
            "name",
            "it does nothing: write `run = [\"/path/program\"]` or `post = \"https://…\"`",
        )),
        ([_, ..], Some(_)) => Err(Wrong::new("post", "`run` and `post` are two triggers")),
        ([], Some(url)) => Post::of(url, &written.headers, env).map(Does::Post),
        ([_, ..], None) if !written.headers.is_empty() => {
            Err(Wrong::new("headers", "`headers` go with `post`"))
        }
        (argv, None) if argv.len() > MAX_ARGUMENTS => {
            Err(Wrong::new("run", format!("`run` has more than {MAX_ARGUMENTS} words")))
        }
        (argv, None) if argv[0].is_empty() || argv.iter().any(|word| word.contains('\0')) => {
            Err(Wrong::new("run", "`run` names no program"))
        }
        (argv, None) => Ok(Does::Run(argv.to_vec())),
    }
}

/// `10/1m`
fn rate(text: &str) -> Result<Rate, String> {
    let wrong = || format!("{text:?} is no rate: write \"10/1m\" for ten in a minute");
    let (count, per) = text.split_once('/').ok_or_else(wrong)?;
    let count: u32 = count.trim().parse().map_err(|_| wrong())?;
    let per = Millis::parse(per.trim()).filter(|per| per.0 > 0).ok_or_else(wrong)?;
    if count == 0 || f64::from(count) * 60_000.0 / per.0 as f64 > MOST_A_MINUTE {
        return Err(format!("{text:?} is not between one firing and {MOST_A_MINUTE} in a minute"));
    }
    Ok(Rate { count, per })
}

fn timeout(text: &str) -> Result<Duration, String> {
    let length = Millis::parse(text).map(Duration::from);
    let fits = |length: &Duration| *length >= Duration::from_secs(1) && *length <= LONGEST;
    let most = LONGEST.as_secs() / 60;
    length.filter(fits).ok_or_else(|| format!("{text:?} is not between \"1s\" and \"{most}m\""))
}

#[cfg(test)]
#[path = "definition_tests.rs"]
mod tests;
