//! THE table of settings: one row gives a key of the file, a variable of the environment, the
//! option of the command line, a default and a line of help. The commented default, `--print`,
//! the check for unknown keys and the README are generated from it.

use crate::config::kind::{Kind, account, any, chord_of, is_columns, level, name, size, source};
use crate::config::kind::{fps, is_action, is_denied, is_sessions, is_stream, is_top, time, zone};

/// One thing that can be set.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its key in the file.
    pub key: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// What it is when nobody says anything, as TOML.
    pub default: &'static str,
    /// A value somebody might give it, as TOML.
    pub example: &'static str,
    /// The long option that says the same, where there is one.
    pub flag: Option<&'static str>,
    /// What it does, a line.
    pub doc: &'static str,
}

/// The variable that sets what is called so: `TRAILTOP_MAX_OBJECT` for `max-object`.
pub fn variable(name: &str) -> String {
    format!("TRAILTOP_{}", name.replace(['-', '.'], "_").to_ascii_uppercase())
}

/// What stands in a section of the file.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Settings, each at most once.
    Settings(&'static [Setting]),
    /// Names of the user's, or of a table of ours, each with a value of one kind.
    Names(Names),
    /// Tables that the user names, each with settings.
    Named(&'static [Setting]),
    /// Tables one after the other, each with settings: `[[trigger]]`.
    List(&'static [Setting]),
}

/// A section of names and values.
#[derive(Debug, Clone, Copy)]
pub struct Names {
    /// What each value may be.
    pub kind: Kind,
    /// What a name has to be; the error says what would be right.
    pub name: fn(&str) -> Result<(), String>,
}

/// A section of the file.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// The word between the brackets; none for what stands above the first one.
    pub name: &'static str,
    /// What stands in it.
    pub shape: Shape,
    /// What it is for, a line.
    pub doc: &'static str,
    /// Lines somebody might write there, as TOML with the header.
    pub example: &'static str,
}

impl Section {
    /// The section of this name.
    pub fn of(name: &str) -> Option<&'static Self> {
        SECTIONS.iter().find(|section| section.name == name)
    }

    /// The settings of it, or of each of its tables.
    pub fn settings(&self) -> &'static [Setting] {
        match self.shape {
            Shape::Settings(all) | Shape::Named(all) | Shape::List(all) => all,
            Shape::Names(_) => &[],
        }
    }
}

/// Where a setting is listed.
#[rustfmt::skip]
const fn row(key: &'static str, kind: Kind, values: [&'static str; 2], flag: Option<&'static str>, doc: &'static str) -> Setting {
    Setting { key, kind, default: values[0], example: values[1], flag, doc }
}

/// Every section, in the order of the file.
#[rustfmt::skip]
pub const SECTIONS: &[Section] = &[
    Section { name: "", shape: Shape::Settings(SETTINGS), doc: "What stands above the first [section].", example: "" },
    Section {
        name: "columns", shape: Shape::Settings(COLUMNS),
        doc: "The columns, by view: keys and paths, see `trailtop fields`.",
        example: "[columns]\nquery = [\"time\", \"event\", \"actor\", \"ip\", \"target\"]",
    },
    Section {
        name: "accounts", shape: Shape::Names(Names { kind: Kind::Text(any), name: account }),
        doc: "Names of accounts, shown and understood in the place of their numbers.",
        example: "[accounts]\n111122223333 = \"prod\"\n444455556666 = \"stage\"",
    },
    Section {
        name: "filters", shape: Shape::Names(Names { kind: Kind::Filter, name }),
        doc: "Filters of your own, to be named in filters and chosen with P: @mine.",
        example: "[filters]\nmine = \"@writes -user:deploy-bot\"\nmoney = \"@mine svc:(billing,ce)\"",
    },
    Section {
        name: "keys", shape: Shape::Names(Names { kind: Kind::Words(chord_of), name: is_action }),
        doc: "Keys by action, see `trailtop keys`: they take the place of the default ones; [] leaves none.",
        example: "[keys]\npause = [\"Space\", \"Ctrl-p\"]\nfirst = [\"g g\", \"Home\"]\nreveal = []",
    },
    Section {
        name: "trigger", shape: Shape::List(TRIGGER),
        doc: "Programs and webhooks that alerts fire, each begun with [[trigger]]: see `trailtop triggers`.",
        example: "[[trigger]]\nname = \"page\"\nmin-severity = \"high\"\nrun = [\"/usr/local/bin/page\", \"--now\"]\n\n[[trigger]]\nname = \"chat\"\nfilter = \"@danger acct:111122223333\"\npost = \"https://hooks.example.com/services/${HOOK_KEY}\"\nheaders = [\"Authorization: Bearer ${HOOK_TOKEN}\"]",
    },
    Section {
        name: "context", shape: Shape::Named(SETTINGS),
        doc: "Settings under a name: `trailtop @prod` takes them before those above.",
        example: "[context.prod]\nsources = [\"s3://org-logs/AWSLogs\", \"history:all\"]\nprofiles = [\"prod-audit\"]\nfilter = \"@writes\"\ntheme = \"contrast\"",
    },
];

/// What stands above the first section, and in each context.
#[rustfmt::skip]
pub const SETTINGS: &[Setting] = &[
    row("sources", Kind::Words(source), ["[]", "[\"s3://org-logs/AWSLogs\", \"history:\"]"], None, "What to read where no SOURCE is named; none: what the AWS credentials can see"),
    row("profiles", Kind::Words(any), ["[]", "[\"prod-audit\", \"stage-audit\"]"], Some("profile"), "AWS profiles, each an account; none: what the environment says"),
    row("regions", Kind::Words(any), ["[]", "[\"eu-west-1\", \"us-east-1\"]"], Some("region"), "AWS regions, or \"all\""),
    row("role-arn", Kind::Text(any), ["\"\"", "\"arn:aws:iam::111122223333:role/audit\""], Some("role-arn"), "A role to assume"),
    row("endpoint-url", Kind::Text(any), ["\"\"", "\"http://127.0.0.1:5000\""], Some("endpoint-url"), "Where AWS calls are sent to"),
    row("requester-pays", Kind::Flag, ["false", "true"], Some("requester-pays"), "Pay for what is read from a bucket of somebody else"),
    row("since", Kind::Text(time), ["\"\"", "\"4h\""], Some("since"), "Events from this time on: RFC 3339, a date, or so long ago"),
    row("follow", Kind::Flag, ["false", "true"], Some("follow"), "The dashboard keeps watching files, folders and standard input"),
    row("memory", Kind::Text(size), ["\"\"", "\"1G\""], Some("memory"), "What may be held in memory; none: a quarter of RAM, at most 2G"),
    row("max-object", Kind::Text(size), ["\"\"", "\"512M\""], Some("max-object"), "What one object may expand to; none: an eighth of the memory, 64M to 1G"),
    row("poll", Kind::Number(5), ["0", "60"], Some("poll"), "List a trail's bucket every so many seconds; 0: by how busy each region is"),
    row("listings", Kind::Number(60), ["0", "1000"], Some("listings"), "List a trail's bucket at most so many times an hour; 0: 2000 times, a cent"),
    row("checkpoint", Kind::Flag, ["true", "false"], Some("no-checkpoint"), "Keep what is known of a trail's bucket from one run to the next"),
    row("rules", Kind::Words(any), ["[]", "[\"~/sigma/rules/cloud/aws\"]"], Some("rules"), "Sigma rules beside ours: files and folders"),
    row("builtin-rules", Kind::Flag, ["true", "false"], Some("no-builtin-rules"), "Run the rules that come with the program"),
    row("severity", Kind::Text(level), ["\"info\"", "\"medium\""], None, "Leave out rules below this severity: info, low, medium, high, critical"),
    row("notify", Kind::OneOf(&["bell", "osc9", "osc777", "osc99", "none"]), ["\"bell\"", "\"osc777\""], Some("notify"), "How an alert that is received live makes itself heard; tmux and screen get a bell"),
    row("notify-from", Kind::Text(level), ["\"high\"", "\"critical\""], None, "From which severity on: info, low, medium, high, critical"),
    row("filter", Kind::Filter, ["\"\"", "\"@writes\""], Some("filter"), "The filter the dashboard starts with"),
    row("noise", Kind::OneOf(&["hidden", "shown"]), ["\"hidden\"", "\"shown\""], None, "Whether the chatter of AWS services is hidden at the start (key X)"),
    row("window", Kind::OneOf(&["5m", "15m", "1h", "4h", "24h", "7d", "all"]), ["\"all\"", "\"1h\""], None, "The window at the start (keys 1 to 7)"),
    row("order", Kind::OneOf(&["time", "arrival"]), ["\"time\"", "\"arrival\""], None, "The order of rows at the start (key o)"),
    row("fold", Kind::OneOf(&["services", "all", "none"]), ["\"services\"", "\"none\""], None, "Which rows of one kind are folded into a line at the start (key z)"),
    row("zone", Kind::Text(zone), ["\"UTC\"", "\"Europe/Berlin\""], None, "The time zone at the start (key t): \"UTC\", \"local\", or one by its name"),
    row("times", Kind::OneOf(&["clock", "ago"]), ["\"clock\"", "\"ago\""], None, "The times of rows at the start (key t): the clock's, or how long ago"),
    row("theme", Kind::Theme, ["\"\"", "\"light\""], Some("theme"), "A colour theme, see `trailtop themes`, or one of your own: themes/NAME.toml beside this file; none: the one chosen last"),
    row("color", Kind::OneOf(&["auto", "never", "256", "truecolor"]), ["\"auto\"", "\"256\""], Some("color"), "How many colours to use"),
    row("ascii", Kind::Flag, ["false", "true"], Some("ascii"), "Draw with ASCII characters only"),
    row("mouse", Kind::Flag, ["false", "true"], None, "Take the mouse at the start (:mouse): it selects no text then"),
    row("fps", Kind::Text(fps), ["\"auto\"", "\"10\""], Some("fps"), "Frames a second of what arrives by itself: \"auto\", or \"1\" to \"60\""),
    row("counts", Kind::OneOf(&["auto", "shown", "hidden"]), ["\"auto\"", "\"hidden\""], None, "The counts beside the rows (key b); auto: from 120 columns on"),
    row("timeline", Kind::OneOf(&["auto", "shown", "hidden"]), ["\"auto\"", "\"hidden\""], None, "The timeline above the rows (key i); auto: from 20 lines on"),
    row("header", Kind::OneOf(&["auto", "shown", "hidden"]), ["\"auto\"", "\"shown\""], None, "The column titles (key H); auto: from 143 columns on"),
];

/// What each trigger says.
#[rustfmt::skip]
const TRIGGER: &[Setting] = &[
    row("name", Kind::Text(name), ["\"\"", "\"page\""], None, "What it is called"),
    row("rules", Kind::Words(any), ["[]", "[\"trail-stopped\", \"root-login\"]"], None, "Fires for alerts of these rules, by id or title; \"*\" is every rule"),
    row("min-severity", Kind::Text(level), ["\"\"", "\"high\""], None, "Fires for alerts of this severity and above"),
    row("filter", Kind::Filter, ["\"\"", "\"@danger acct:prod\""], None, "Of those, fires for alerts whose event this keeps; alone: for every event it keeps"),
    row("every", Kind::OneOf(&["burst", "event"]), ["\"burst\"", "\"event\""], None, "Fires once for events that belong together, or for each"),
    row("rate", Kind::Text(any), ["\"10/1m\"", "\"5/1h\""], None, "How often it fires at most"),
    row("run", Kind::Words(any), ["[]", "[\"/usr/local/bin/page\", \"--now\"]"], None, "A program and its arguments; no shell; the alert is on its standard input"),
    row("post", Kind::Text(any), ["\"\"", "\"https://hooks.example.com/${HOOK_KEY}\""], None, "A URL to post the alert to; ${NAME} is a variable of the environment"),
    row("headers", Kind::Words(any), ["[]", "[\"Authorization: Bearer ${HOOK_TOKEN}\"]"], None, "Headers of the post"),
    row("timeout", Kind::Text(any), ["\"10s\"", "\"1m\""], None, "How long the program, or one try of the post, may take: 1s to 5m"),
    row("at-once", Kind::Number(1), ["2", "1"], None, "How many firings may run at once: 1 to 8"),
    row("retries", Kind::Number(0), ["3", "0"], None, "How often a post that failed is tried again: 0 to 10"),
];

/// The columns of the views that let them be chosen.
#[rustfmt::skip]
const COLUMNS: &[Setting] = &[
    row("stream", Kind::Words(is_stream), ["[]", "[\"time\", \"event:30\", \"actor\", \"svc\", \"target\"]"], None, "The columns of the stream, each with its cells or without (key C); none: by the width of the screen"),
    row("top", Kind::Words(is_top), ["[]", "[\"value:40\", \"danger\", \"denied\", \"last\"]"], None, "The columns of top, alike (C in it): value events writes danger denied failed ip first last rate"),
    row("denied", Kind::Words(is_denied), ["[]", "[\"actor\", \"action\", \"why\", \"since\"]"], None, "The columns of the denied lens: actor times action target span why since acct"),
    row("sessions", Kind::Words(is_sessions), ["[]", "[\"who\", \"began:30\", \"events\", \"ips\"]"], None, "The columns of the sessions: who began bar events writes denied ips"),
    row("query", Kind::Words(is_columns), ["[\"time\", \"verb\", \"event\", \"actor\", \"target\", \"err\", \"ip\", \"region\", \"acct\", \"tool\", \"id\"]", "[\"time\", \"event\", \"actor\"]"], Some("columns"), "The columns of `trailtop query` as table, csv and md"),
];
