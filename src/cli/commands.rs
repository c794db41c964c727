//! The commands beside the dashboard and `query`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use crate::cli::options::{Aws, Detection, Reading, Screen, of_what_is_past, size};
use crate::cli::words::Output;

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
    /// Print the names of one kind that can be typed, a line each, as completion scripts ask
    #[arg(long, value_name = "KIND", value_enum, hide = true, conflicts_with_all = ["default", "check"])]
    pub names: Option<Names>,
    /// Print each setting with its value and who said so (what happens without an option, too)
    #[arg(long, conflicts_with_all = ["default", "check"])]
    pub print: bool,
}

/// What a configuration may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Names {
    /// Contexts, with their `@`.
    Contexts,
    /// Presets of the filter language, with theirs.
    Presets,
    /// Themes.
    Themes,
}

const CONFIG_HELP: &str = "\
Exit status: 0 all is well, 1 --check found a mistake, 2 wrong usage or an unreadable configuration.

  trailtop config --default > ~/.config/trailtop/config.toml    begin with one
  trailtop config --check                                       every mistake, with line and column
  trailtop config @prod                                         what holds in a context
  trailtop config --names contexts|presets|themes               names, a line each, for scripts";

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
#[command(after_help = REPLAY_HELP, mut_args(of_what_is_past))]
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
