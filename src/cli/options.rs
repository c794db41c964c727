//! Options that several commands have.

use clap::{Arg, ArgAction, Args, ValueEnum, ValueHint};

/// Under which headings `--help` lists them.
pub mod heading {
    /// What the screen looks like.
    pub const SCREEN: &str = "The screen";
    /// What is watched for.
    pub const ALERTS: &str = "Rules and alerts";
    /// What is read, and how much of it is kept.
    pub const READING: &str = "What is read";
    /// Who asks AWS, and how often.
    pub const AWS: &str = "AWS";
    /// Where settings come from.
    pub const CONFIGURATION: &str = "Configuration";
}

/// Leaves out of `--help` what means nothing where neither AWS is asked nor a file is watched.
pub(crate) fn of_no_source(arg: Arg) -> Arg {
    let is_of_aws = arg.get_help_heading() == Some(heading::AWS);
    if is_of_aws || arg.get_id() == "follow" { arg.hide(true) } else { arg }
}

/// The same where nothing rings and nothing fires.
pub(crate) fn of_what_is_past(arg: Arg) -> Arg {
    const LIVE: [&str; 4] = ["notify", "triggers", "trigger_on_backfill", "no_triggers"];
    if LIVE.contains(&arg.get_id().as_str()) { arg.hide(true) } else { of_no_source(arg) }
}

/// Options of the dashboard.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = heading::SCREEN)]
pub struct Screen {
    /// Start with this filter
    #[arg(long, value_name = "FILTER", allow_hyphen_values = true)]
    pub filter: Option<String>,
    /// A colour theme, see `trailtop themes`
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub ascii: bool,
    /// Frames a second of what arrives by itself, 1 to 60 [default: as many as a line over SSH has
    /// room for, 1 at least, 2 where much arrives]
    #[arg(long, value_name = "N")]
    pub fps: Option<String>,
    /// Go on with the last notebook, or with the named one, see `trailtop cases`
    #[arg(long, value_name = "CASE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub resume: Option<String>,
    /// How an alert that is received live makes itself heard [default: bell]
    #[arg(long, value_name = "WORD", value_enum, help_heading = heading::ALERTS)]
    pub notify: Option<Notify>,
    /// From which severity on; of the configuration alone.
    #[arg(skip)]
    pub notify_from: Option<String>,
    /// What is watched for.
    #[command(flatten)]
    pub detection: Detection,
    /// What fires.
    #[command(flatten)]
    pub firing: Firing,
    /// Fire no trigger of the configuration
    #[arg(long, conflicts_with_all = ["triggers", "trigger_on_backfill"], help_heading = heading::ALERTS)]
    pub no_triggers: bool,
}

/// Options of everything that reads events.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = heading::READING)]
pub struct Reading {
    /// Events from this time on: RFC 3339, a date, or `15m` `2h` `7d` ago
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Events before this time
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Keep watching files, folders and standard input
    ///
    /// What actors do is learned and kept for the next run, as the dashboard does, where the filter, the
    /// result or a rule of `query` asks what is new.
    #[arg(long)]
    pub follow: bool,
    /// What trailtop may hold in memory [default: a quarter of RAM, at most 2G]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub memory: Option<u64>,
    /// What one object may expand to before the rest of it is skipped [default: an eighth of --memory, 64M to 1G]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_object: Option<u64>,
    /// Start the clock at this time and let it run
    #[arg(long, value_name = "TIME")]
    pub now: Option<String>,
    /// How many colours to use [default: auto]
    #[arg(long, value_name = "WHEN", value_enum, help_heading = heading::SCREEN)]
    pub color: Option<Color>,
    /// Who asks AWS.
    #[command(flatten)]
    pub aws: Aws,
    /// List a trail's bucket every so many seconds [default: by how busy each region is]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(5..), help_heading = heading::AWS)]
    pub poll: Option<u32>,
    /// List a trail's bucket at most so many times an hour [default: 2000, a cent]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(60..), conflicts_with = "poll", help_heading = heading::AWS)]
    pub listings: Option<u32>,
    /// Neither read nor write what is known of a trail's bucket from one run to the next
    #[arg(long, help_heading = heading::AWS)]
    pub no_checkpoint: bool,
}

/// Options of everything that asks AWS.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = heading::AWS)]
pub struct Aws {
    /// An AWS profile; repeat it for more accounts
    #[arg(long, value_name = "NAME", action = ArgAction::Append)]
    pub profile: Vec<String>,
    /// An AWS region, or `all`; repeatable
    #[arg(long, value_name = "REGION", action = ArgAction::Append)]
    pub region: Vec<String>,
    /// A role to assume
    #[arg(long, value_name = "ARN")]
    pub role_arn: Option<String>,
    /// Send AWS calls to this endpoint
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Pay for what is read from a bucket of somebody else
    #[arg(long)]
    pub requester_pays: bool,
}

/// Options of everything that detects.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = heading::ALERTS)]
pub struct Detection {
    /// Sigma rules beside ours: a file or a folder; repeatable
    #[arg(long, value_name = "PATH", action = ArgAction::Append, value_hint = ValueHint::AnyPath)]
    pub rules: Vec<String>,
    /// Leave out the rules that come with the program
    #[arg(long)]
    pub no_builtin_rules: bool,
    /// Rules below this severity are left out; the configuration says it.
    #[arg(skip)]
    pub severity: Option<String>,
}

/// Options of everything that fires triggers.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = heading::ALERTS)]
pub struct Firing {
    /// Fire the triggers of the configuration, for events of the demo too
    #[arg(long)]
    pub triggers: bool,
    /// Fire them also for what is read from files and for what happened before trailtop started
    #[arg(long)]
    pub trigger_on_backfill: bool,
}

/// How somebody is made to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Notify {
    /// A bell
    Bell,
    /// A notification by OSC 9
    Osc9,
    /// A notification by OSC 777
    Osc777,
    /// A notification by OSC 99
    Osc99,
    /// Nothing
    None,
}

/// How many colours to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// What the terminal can, none where `NO_COLOR` is set
    Auto,
    /// None
    Never,
    /// The 16 of a console
    #[value(name = "16")]
    Sixteen,
    /// The 256 of xterm
    #[value(name = "256")]
    Indexed,
    /// 24 bits
    Truecolor,
}

/// The word of a value on the command line.
pub fn word(value: &impl ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |it| it.get_name().to_owned())
}

/// The value of such a word.
pub fn of_word<T: ValueEnum>(word: &str) -> Option<T> {
    T::from_str(word, false).ok()
}

/// Reads a number of bytes: `512M`, `2G`, `1.5GiB`, `65536`. Letters count in powers of 1024. The
/// error says what would be right.
pub fn size(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no size: write 512M, 2G or a number of bytes");
    let digits = text.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    let (number, unit) = text.split_at(digits);
    let unit = unit.to_ascii_lowercase();
    let shift = match unit.trim_end_matches('b').trim_end_matches('i') {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        _ => return Err(wrong()),
    };
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let bytes = number * 2f64.powi(shift);
    if (1.0..=1e18).contains(&bytes) { Ok(bytes as u64) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in [("1", 1), ("64k", 65536), ("1.5M", 1_572_864), ("2G", 1 << 31)] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        assert_eq!(size("1GiB"), Ok(1 << 30));
        for text in ["", "0", "G", "-1", "1X", "1e30T", "1.2.3M", "nan"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
