//! The commands and options, as clap structs. What the words mean is settled in `shell/resolve.rs`.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};

/// Live AWS CloudTrail in a terminal.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "trailtop",
    version,
    about = "Live AWS CloudTrail in a terminal: who did what, from where, to which resource, and did it work?",
    args_conflicts_with_subcommands = true,
    after_help = SOURCES_HELP,
)]
pub struct Cli {
    /// A command; without one the dashboard opens.
    #[command(subcommand)]
    pub command: Option<Verb>,
    /// Which configuration holds.
    #[command(flatten)]
    pub place: Place,
    /// What the dashboard was asked for.
    #[command(flatten)]
    pub dashboard: Dashboard,
}

const SOURCES_HELP: &str = "\
Sources, any number together:
  PATH                 a file or folder: gz, zst or plain; JSON in any wrapper CloudTrail comes in
  -                    standard input (the default when it is a pipe)
  (none)               what the current AWS credentials can see: Event history of the region and
                       of us-east-1, and the bucket of a trail; `trailtop doctor` says what and why
  history:             CloudTrail Event history: history:eu-west-1,us-east-1 or history:all;
                       history:all,only=EventName=ConsoleLogin asks for those alone
  s3://BUCKET/PREFIX   the log objects of a trail: every account, region and category
  sqs:QUEUE,own=true   what the messages of a queue of your own announce; peek=true only looks
  logs:GROUP           a CloudWatch Logs group a trail delivers to: a name or an ARN
  FILE                 a recording of `trailtop record`, read at once; `trailtop replay` plays it
  demo:                a simulated organization: demo:seed=7,rate=50,incident=off,events=N
  @NAME                a context of the configuration: its sources, profiles, filter; `@` lists them
  ./NAME               always a path, even where NAME is a command or a source

`trailtop --version --verbose` says what was built in.";

/// Which configuration holds.
#[derive(Debug, Clone, Default, Args)]
pub struct Place {
    /// Read this configuration [default: `$TRAILTOP_CONFIG`, else `trailtop/config.toml` in
    /// `$XDG_CONFIG_HOME` or `~/.config`]
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Read no configuration
    #[arg(long, global = true, conflicts_with = "config")]
    pub no_config: bool,
    /// Print each setting with its value and who said so, and do nothing else
    #[arg(long, global = true)]
    pub print_config: bool,
}

/// The commands.
#[derive(Debug, Clone, Subcommand)]
pub enum Verb {
    /// The dashboard on a simulated organization with an incident
    Demo(Box<Demo>),
    /// The same engine without a screen: filter, count, convert
    Query(Box<Query>),
    /// Write what sources bring to a file, to be replayed or queried later
    Record(Box<Record>),
    /// The dashboard on a recording: play, pause, step, go to a time
    Replay(Box<Replay>),
    /// What these credentials may read of AWS, and the policy for what is missing
    Doctor(Box<Doctor>),
    /// The detection rules: what there is, what loads, what fires
    #[command(subcommand)]
    Rules(Rules),
    /// Programs and webhooks that alerts fire: what there is, and whether it works
    #[command(subcommand)]
    Triggers(Triggers),
    /// The notebooks that were kept, the last one first
    Cases,
    /// The configuration: what holds and who said so, a default one, mistakes in one
    Config(ConfigVerb),
    /// What actors and accounts are known to do, so that what is new is told; and forgetting it
    Baseline(Baseline),
    /// The keys of the filter language and the presets
    Fields,
    /// The keys of the dashboard and the actions behind them
    Keys,
    /// The colour themes
    Themes,
    /// A completion script for your shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// The manual page, as troff
    Man,
}

/// `trailtop config [@CONTEXT]`
#[derive(Debug, Clone, Args)]
#[command(after_help = CONFIG_HELP)]
pub struct ConfigVerb {
    /// What holds in this context
    #[arg(value_name = "@CONTEXT")]
    pub words: Vec<String>,
    /// Print a commented configuration that says what holds anyway
    #[arg(long, conflicts_with_all = ["words", "check"])]
    pub default: bool,
    /// Check a configuration: every mistake with its line and column [default: the one that holds]
    #[arg(long, value_name = "FILE", num_args = 0..=1, value_hint = ValueHint::FilePath, conflicts_with = "words")]
    pub check: Option<Option<PathBuf>>,
    /// Print each setting with its value and who said so (what happens without an option, too)
    #[arg(long, conflicts_with_all = ["default", "check"])]
    pub print: bool,
}

const CONFIG_HELP: &str = "\
Exit status: 0 all is well, 1 --check found a mistake, 2 wrong usage or an unreadable configuration.

  trailtop config --default > ~/.config/trailtop/config.toml    begin with one
  trailtop config --check                                       every mistake, with line and column
  trailtop config @prod                                         what holds in a context";

/// `trailtop [SOURCE…]`
#[derive(Debug, Clone, Args)]
pub struct Dashboard {
    /// Where to read from: a path, `-`, `history:`, `s3://bucket`, `sqs:queue`, `logs:group`, `demo:`
    /// [default: what AWS lets us see]
    #[arg(value_name = "SOURCE", value_hint = ValueHint::AnyPath)]
    pub sources: Vec<String>,
    /// How it looks and starts.
    #[command(flatten)]
    pub screen: Screen,
    /// What is read.
    #[command(flatten)]
    pub reading: Reading,
}

/// `trailtop demo`
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// How it looks and starts.
    #[command(flatten)]
    pub screen: Screen,
    /// What is read.
    #[command(flatten)]
    pub reading: Reading,
}

/// `trailtop record FILE [SOURCE…]`
#[derive(Debug, Clone, Args)]
#[command(after_help = RECORD_HELP)]
pub struct Record {
    /// The file to write; never one that is there already
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: String,
    /// Where to read from, as the dashboard takes it [default: what AWS lets us see]
    #[arg(value_name = "SOURCE", value_hint = ValueHint::AnyPath)]
    pub sources: Vec<String>,
    /// Keep session tokens, secret keys and passwords as they came; else they are hidden in the file
    #[arg(long)]
    pub with_secrets: bool,
    /// End the recording when the file has this size
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "4G")]
    pub max_size: u64,
    /// What is read.
    #[command(flatten)]
    pub reading: Reading,
}

const RECORD_HELP: &str = "\
Ctrl-C ends the recording. Whoever is killed loses the last second at most. The file is for its owner
alone, has a fifth to a tenth of the size of the records, and is unpacked by `zstd -dc`.

  trailtop record night.tape s3://org-trail sqs:oncall,own=true
  trailtop replay night.tape --speed 60x
  trailtop query '@denied' night.tape --by actor

Exit status: 0 the recording is whole, 2 wrong usage or path, 3 a source could not be read whole or
the file could not be written to the end.";

/// `trailtop replay FILE`
#[derive(Debug, Clone, Args)]
#[command(after_help = REPLAY_HELP)]
pub struct Replay {
    /// A file that `trailtop record` has written
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: String,
    /// How fast: 1x, 10x, 60x or any whole number, or max
    #[arg(long, value_name = "SPEED", default_value = "1x")]
    pub speed: String,
    /// How it looks and starts.
    #[command(flatten)]
    pub screen: Screen,
    /// What is read.
    #[command(flatten)]
    pub reading: Reading,
}

const REPLAY_HELP: &str = "\
Space pauses, `.` goes on to the next event, < and > change the speed, ( and ) go a minute back and
on, { and } ten minutes, ; asks for a time. --now TIME begins there. Nothing rings and nothing is
triggered by what is replayed.";

/// Options of the dashboard.
#[derive(Debug, Clone, Args)]
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
    /// room for, 2 at least]
    #[arg(long, value_name = "N")]
    pub fps: Option<String>,
    /// Go on with the last notebook, or with the named one, see `trailtop cases`
    #[arg(long, value_name = "CASE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub resume: Option<String>,
    /// How an alert that is received live makes itself heard [default: bell]
    #[arg(long, value_name = "WORD", value_enum)]
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
    #[arg(long, conflicts_with_all = ["triggers", "trigger_on_backfill"])]
    pub no_triggers: bool,
}

/// Options of everything that reads events.
#[derive(Debug, Clone, Args)]
pub struct Reading {
    /// Events from this time on: RFC 3339, a date, or `15m` `2h` `7d` ago
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Events before this time
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Keep watching files, folders and standard input
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
    #[arg(long, value_name = "WHEN", value_enum)]
    pub color: Option<Color>,
    /// Who asks AWS.
    #[command(flatten)]
    pub aws: Aws,
    /// List a trail's bucket every so many seconds [default: by how busy each region is]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(5..))]
    pub poll: Option<u32>,
    /// List a trail's bucket at most so many times an hour [default: 2000, a cent]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(60..), conflicts_with = "poll")]
    pub listings: Option<u32>,
    /// Neither read nor write what is known of a trail's bucket from one run to the next
    #[arg(long)]
    pub no_checkpoint: bool,
}

/// Options of everything that asks AWS.
#[derive(Debug, Clone, Args)]
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

/// `trailtop doctor [SOURCE…]`
#[derive(Debug, Clone, Args)]
#[command(after_help = DOCTOR_HELP)]
pub struct Doctor {
    /// What is to be read: `history:`, `s3://bucket` [default: what the credentials can see]
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<String>,
    /// Print the IAM policy that these sources need, and ask nobody
    #[arg(long)]
    pub policy: bool,
    /// Who asks AWS.
    #[command(flatten)]
    pub aws: Aws,
}

const DOCTOR_HELP: &str = "\
Exit status: 0 every source can be read, 2 wrong usage, 3 one cannot.

  trailtop doctor                                    what the current credentials can see
  trailtop doctor --profile prod s3://org-logs       whether this can be read, and what is missing
  trailtop doctor --policy history: s3://org-logs    the least policy for these sources";

/// `trailtop baseline`
#[derive(Debug, Clone, Args)]
#[command(after_help = BASELINE_HELP)]
pub struct Baseline {
    /// Forget what this actor or account is known to do, as the list names it; without one, everything
    #[arg(long, value_name = "WHO", num_args = 0..=1, default_missing_value = "")]
    pub reset: Option<String>,
}

const BASELINE_HELP: &str = "\
The dashboard learns it from every event that it reads, but for those of the demo; `query` and
`rules test` read it and write nothing. A value is `new:` in the earliest event that has it, once its
actor or account is known by 200 events and for 24 hours; before that `new:learning` finds it.

  trailtop baseline                                    who is known, since when, by how much
  trailtop baseline --reset 111122223333:user/alice    forget one of them
  trailtop query 'new:ip result:ok' logs/              from where nobody came before";

/// Options of everything that detects.
#[derive(Debug, Clone, Args)]
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
pub struct Firing {
    /// Fire the triggers of the configuration, for events of the demo too
    #[arg(long)]
    pub triggers: bool,
    /// Fire them also for what is read from files and for what happened before trailtop started
    #[arg(long)]
    pub trigger_on_backfill: bool,
}

/// `trailtop triggers …`
#[derive(Debug, Clone, Subcommand)]
pub enum Triggers {
    /// What each trigger of the configuration fires for, and what it does; exit status 1 where one cannot work
    Check(TriggersCheck),
    /// Fire triggers once for a made-up alert and say what came of it; exit status 1 where one failed
    Test(TriggersTest),
}

/// `trailtop triggers check`
#[derive(Debug, Clone, Args)]
pub struct TriggersCheck {
    /// Which rules there are to fire for.
    #[command(flatten)]
    pub detection: Detection,
}

/// `trailtop triggers test [NAME…]`
#[derive(Debug, Clone, Args)]
pub struct TriggersTest {
    /// Which triggers [default: all]
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
}

/// `trailtop rules …`
#[derive(Debug, Clone, Subcommand)]
pub enum Rules {
    /// Every rule that would run: severity, id, title, techniques, whose it is
    List(RulesList),
    /// Whether rules load; exit status 1 where one does not
    Check(RulesCheck),
    /// What fires on the events of a source
    Test(Box<RulesTest>),
}

/// `trailtop rules list`
#[derive(Debug, Clone, Args)]
pub struct RulesList {
    /// Which rules.
    #[command(flatten)]
    pub detection: Detection,
}

/// `trailtop rules check [PATH…]`
#[derive(Debug, Clone, Args)]
pub struct RulesCheck {
    /// Files and folders of Sigma rules; without any, the rules that would run
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<String>,
    /// Which rules.
    #[command(flatten)]
    pub detection: Detection,
}

/// `trailtop rules test SOURCE…`
#[derive(Debug, Clone, Args)]
pub struct RulesTest {
    /// Where to read from, as `query` takes it
    #[arg(value_name = "SOURCE", value_hint = ValueHint::AnyPath)]
    pub sources: Vec<String>,
    /// How the alerts are written; a table counts them by rule
    #[arg(short = 'o', long, value_name = "FORMAT", value_enum, default_value_t = Output::Table)]
    pub output: Output,
    /// Which rules.
    #[command(flatten)]
    pub detection: Detection,
    /// What is read.
    #[command(flatten)]
    pub reading: Reading,
}

/// `trailtop query FILTER [SOURCE…]`
#[derive(Debug, Clone, Args)]
#[command(disable_help_flag = true, after_help = QUERY_HELP)]
pub struct Query {
    /// Which events; `''` keeps every one. It may begin with `-`
    #[arg(value_name = "FILTER")]
    pub filter: String,
    /// Where to read from: a path, `-`, `history:`, `s3://bucket`, `sqs:queue`, `logs:group`, `demo:`
    /// [default: what AWS lets us see]
    #[arg(value_name = "SOURCE", value_hint = ValueHint::AnyPath)]
    pub sources: Vec<String>,
    /// How the result is written
    #[arg(short = 'o', long, value_name = "FORMAT", value_enum, default_value_t = Output::Table)]
    pub output: Output,
    /// The columns of table, csv and md: keys and paths, see `trailtop fields`
    #[arg(long, value_name = "KEY,…")]
    pub columns: Option<String>,
    /// Write only how many events match
    #[arg(long, conflicts_with_all = ["by", "limit", "columns"])]
    pub count: bool,
    /// Count the events by the values of one or two keys
    #[arg(long, value_name = "KEY[,KEY]", conflicts_with = "columns")]
    pub by: Option<String>,
    /// Keep the first N in output order
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// Sort by event time and eventID, or write as events arrive
    #[arg(long, value_name = "ORDER", value_enum)]
    pub order: Option<Order>,
    /// Write a line of JSON about what was read, last on standard error
    #[arg(long)]
    pub stats: bool,
    /// Exit with 4 where a matching event met a rule of this severity or a higher one
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: Option<String>,
    /// Whether alerts are told instead of events.
    #[arg(skip)]
    pub alerts: bool,
    /// Which rules `rule:` and `sev:` are about.
    #[command(flatten)]
    pub detection: Detection,
    /// What fires.
    #[command(flatten)]
    pub firing: Firing,
    /// What is read.
    #[command(flatten)]
    pub reading: Reading,
    /// Print help
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
}

impl Query {
    /// The query that tells which rules were met.
    pub fn of_rules(typed: &RulesTest) -> Self {
        Self {
            filter: "rule:*".to_owned(),
            sources: typed.sources.clone(),
            output: typed.output,
            columns: None,
            count: false,
            by: Some("rule".to_owned()),
            limit: None,
            order: None,
            stats: false,
            fail_on: None,
            alerts: true,
            detection: typed.detection.clone(),
            firing: Firing::default(),
            reading: typed.reading.clone(),
            help: None,
        }
    }
}

const QUERY_HELP: &str = "\
Exit status: 0 events matched, 1 none did, 2 wrong usage, filter or path, 3 a source could not be
read whole, 4 `--fail-on` and a rule of that severity was met, 130 and 143 stopped by a signal.

  trailtop query '@denied' logs/ --by actor,event
  trailtop query -region:us-west-1 logs/ -o csv --columns time,event,actor,ip
  trailtop query iam:Create* - -o ndjson < events.ndjson
  trailtop query 'sev:>=high' logs/ --rules sigma/ --by rule --fail-on high";

/// The forms a result is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Aligned columns, cut to the width of a terminal
    Table,
    /// One original record a line
    Ndjson,
    /// The original records as one array
    Json,
    /// Comma-separated values, safe to open in a spreadsheet
    Csv,
    /// A Markdown table
    Md,
}

/// The order of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Order {
    /// By event time, then eventID
    Time,
    /// As they arrive
    Arrival,
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

impl Notify {
    /// The word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bell => "bell",
            Self::Osc9 => "osc9",
            Self::Osc777 => "osc777",
            Self::Osc99 => "osc99",
            Self::None => "none",
        }
    }

    /// The one of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::value_variants().iter().copied().find(|it| it.word() == word)
    }
}

impl Color {
    /// The word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Never => "never",
            Self::Sixteen => "16",
            Self::Indexed => "256",
            Self::Truecolor => "truecolor",
        }
    }

    /// The one of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::value_variants().iter().copied().find(|color| color.word() == word)
    }
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
