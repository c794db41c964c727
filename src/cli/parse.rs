//! Reads what was typed, with the one rule clap does not have: that the FILTER of `query` may begin
//! with `-`.

use std::ffi::{OsStr, OsString};

use clap::builder::PossibleValue;
use clap::error::ErrorKind;
use clap::{Command, CommandFactory, Parser};

use crate::cli::words::Cli;

/// Commands that come with later versions: a first word that is one of these is not taken for a
/// path, so that scripts do not change their meaning the day the command arrives.
pub const RESERVED: [(&str, &str); 2] = [("trails", "posture"), ("verify", "integrity")];

/// Reads what was typed; `args` begins with the name of the program. The error knows how to print
/// itself and its exit status: 2, or 0 for help and version.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let mut command = Cli::command();
    command.build();
    let args: Vec<OsString> = args.into_iter().collect();
    Cli::try_parse_from(arranged(&mut command, args)?)
}

/// Whether nothing is asked for but what was built in: `--version --verbose`.
pub fn asks_what_was_built(args: impl IntoIterator<Item = OsString>) -> bool {
    let args: Vec<OsString> = args.into_iter().skip(1).collect();
    let is = |names: [&str; 2]| args.iter().any(|arg| names.iter().any(|name| arg == name));
    args.len() == 2 && is(["--version", "-V"]) && is(["--verbose", "-v"])
}

/// Whether a FILTER is the name of a source, so that `query SOURCE` can ask what was meant. An
/// event of a service (`logs:CreateLogGroup`) is a filter.
pub fn names_source(filter: &str) -> bool {
    if filter == "-" || filter.starts_with("s3://") {
        return true;
    }
    let Some((scheme, rest)) = filter.split_once(':') else { return false };
    match scheme {
        "demo" | "history" | "athena" => true,
        "sqs" | "logs" => {
            !rest.starts_with(|c: char| c.is_ascii_uppercase() || c == '*')
                || rest.contains(|c: char| !c.is_ascii_alphanumeric() && c != '*')
        }
        _ => false,
    }
}

/// Brings the arguments into the order clap reads: the command first, and for `query` the options
/// before `--` and the FILTER behind it.
fn arranged(command: &mut Command, mut args: Vec<OsString>) -> Result<Vec<OsString>, clap::Error> {
    let everything = Known::of(std::iter::once(&*command).chain(command.get_subcommands()));
    let Some(at) = everything.first_word(&args) else { return Ok(args) };
    let word = args[at].to_string_lossy().into_owned();
    if let Some((name, what)) = RESERVED.iter().find(|(name, _)| *name == word) {
        let message = format!(
            "`trailtop {name}` ({what}) comes with a later version; for a path of that name write ./{name}"
        );
        return Err(command.error(ErrorKind::InvalidSubcommand, message));
    }
    if command.find_subcommand(&word).is_none() {
        return Ok(args);
    }
    args[1..=at].rotate_right(1);
    if word == "query" {
        let query = Known::of(command.find_subcommand("query"));
        let rest = args.split_off(2);
        args.extend(query.filter_last(rest));
    }
    Ok(args)
}

/// The options of some commands as clap lists them.
#[derive(Debug, Default)]
struct Known {
    options: Vec<Typeable>,
}

/// One option.
#[derive(Debug)]
struct Typeable {
    long: Option<String>,
    short: Option<char>,
    takes_value: bool,
    values: Vec<PossibleValue>,
}

/// What one argument is.
#[derive(Debug, PartialEq, Eq)]
enum Word {
    /// An option that is whole in itself.
    Option,
    /// An option whose value is the next argument.
    OptionWithNext,
    /// `--`
    End,
    /// Anything else.
    Other,
}

impl Known {
    fn of<'c>(commands: impl IntoIterator<Item = &'c Command>) -> Self {
        let arguments = commands.into_iter().flat_map(Command::get_arguments);
        let options = arguments.filter(|argument| !argument.is_positional());
        let known = options.map(|option| Typeable {
            long: option.get_long().map(str::to_owned),
            short: option.get_short(),
            // A value that needs its `=` is never the next argument.
            takes_value: option.get_action().takes_values() && !option.is_require_equals_set(),
            values: option.get_possible_values(),
        });
        Self { options: known.collect() }
    }

    fn classify(&self, argument: &OsStr) -> Word {
        let text = argument.to_string_lossy();
        if text == "--" {
            return Word::End;
        }
        if let Some(long) = text.strip_prefix("--") {
            let (name, value) = long.split_once('=').map_or((long, None), |(n, v)| (n, Some(v)));
            let option = self.options.iter().find(|o| o.long.as_deref() == Some(name));
            return match option {
                Some(option) if option.takes_value && value.is_none() => Word::OptionWithNext,
                // An unknown one is for clap to refuse: no filter begins with two dashes.
                _ => Word::Option,
            };
        }
        let mut chars = text.chars();
        let (Some('-'), Some(letter)) = (chars.next(), chars.next()) else { return Word::Other };
        let Some(option) = self.options.iter().find(|o| o.short == Some(letter)) else {
            return Word::Other;
        };
        let value = chars.as_str();
        if value.is_empty() {
            return if option.takes_value { Word::OptionWithNext } else { Word::Option };
        }
        // `-ojson` is the option; `-okta` excludes a word.
        let value = value.strip_prefix('=').unwrap_or(value);
        let is_value = option.values.iter().any(|possible| possible.matches(value, false));
        if is_value { Word::Option } else { Word::Other }
    }

    /// The place of the first word that is no option and no value of one.
    fn first_word(&self, args: &[OsString]) -> Option<usize> {
        let mut at = 1;
        while at < args.len() {
            match self.classify(&args[at]) {
                Word::Option => at += 1,
                Word::OptionWithNext => at += 2,
                Word::End => return None,
                Word::Other => return Some(at),
            }
        }
        None
    }

    /// The same arguments, options first, then `--`, then the rest in order: so the FILTER may
    /// begin with a dash. A dashed word behind the FILTER is left for clap to refuse.
    fn filter_last(&self, args: Vec<OsString>) -> Vec<OsString> {
        let mut options = vec![];
        let mut words: Vec<OsString> = vec![];
        let mut args = args.into_iter();
        while let Some(argument) = args.next() {
            match self.classify(&argument) {
                Word::Option => options.push(argument),
                Word::OptionWithNext => {
                    options.push(argument);
                    options.extend(args.next());
                }
                Word::End => words.extend(args.by_ref()),
                Word::Other if !words.is_empty() && is_dashed(&argument) => options.push(argument),
                Word::Other => words.push(argument),
            }
        }
        options.push("--".into());
        options.extend(words);
        options
    }
}

fn is_dashed(argument: &OsStr) -> bool {
    argument.len() > 1 && argument.to_string_lossy().starts_with('-')
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
