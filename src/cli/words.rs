//! The command line as a whole, the dashboard and `query`, as clap structs. What the words mean is
//! settled in `shell/resolve.rs`.

use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::cli::commands::{
    Baseline, ConfigVerb, Doctor, Record, Replay, Rules, RulesTest, Triggers,
};
use crate::cli::options::{Detection, Firing, Reading, Screen, heading, of_no_source};

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
    /// What the dashboard was asked for. It comes first: what follows a flattened part is listed under
    /// that part's heading.
    #[command(flatten)]
    pub dashboard: Dashboard,
    /// Which configuration holds.
    #[command(flatten)]
    pub place: Place,
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
#[command(next_help_heading = heading::CONFIGURATION)]
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
    /// The colour themes; the text of one, to begin your own with
    Themes {
        /// The theme whose text to write
        name: Option<String>,
    },
    /// A completion script for your shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// The manual page, as troff
    Man,
}

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
#[command(mut_args(of_no_source))]
pub struct Demo {
    /// How it looks and starts.
    #[command(flatten)]
    pub screen: Screen,
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
