//! The texts that are generated from the tables the program itself uses: completions, the manual
//! page, the list of themes.

use std::fmt::Write as _;

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::cli::{self, Cli};
use crate::command::keymap::Keymap;
use crate::config::file::File;
use crate::config::show;
use crate::detect::shelf;
use crate::export::safe;
use crate::query::preset::Presets;
use crate::query::{help, library};
use crate::source::tape::line;
use crate::ui::{Themes, themes};

/// The filter language: keys, presets, forms.
pub fn fields(presets: &Presets) -> String {
    help::help(presets)
}

/// The keys of the dashboard.
pub fn keys(keymap: &Keymap) -> String {
    keymap.table()
}

/// The themes, a line each, the default first, those of the user last.
pub fn themes(themes: &Themes) -> String {
    let mut text = String::new();
    for name in themes.names() {
        let about = themes.about(name).unwrap_or_default();
        let about = safe::shown(&about);
        writeln!(text, "{}", format!("{name:<12}{about}").trim_end()).ok();
    }
    text
}

/// What this program was built from, for and with.
pub fn built() -> String {
    let known = |fact: &'static str| if fact.is_empty() { "not known" } else { fact };
    let features = if cfg!(feature = "aws") { "aws" } else { "none (no AWS sources)" };
    let rows = [
        ("commit", known(env!("BUILT_COMMIT")).to_owned()),
        ("target", known(env!("BUILT_TARGET")).to_owned()),
        ("profile", known(env!("BUILT_PROFILE")).to_owned()),
        ("compiler", known(env!("BUILT_COMPILER")).to_owned()),
        ("features", features.to_owned()),
        ("rules", format!("{} built in", shelf::RULES.len())),
        ("themes", themes::built_in().collect::<Vec<_>>().join(" ")),
        ("recordings", format!("version {}", line::VERSION)),
    ];
    let row = |(name, fact): (&str, String)| format!("{name:<11} {fact}\n");
    let rows: String = rows.into_iter().map(row).collect();
    format!("trailtop {}\n{rows}", env!("CARGO_PKG_VERSION"))
}

/// A completion script: the commands and options as clap knows them, and a piece that asks the program
/// for the names that a configuration gives. What is asked for them is [`names`].
pub fn completions(shell: Shell) -> String {
    let mut out = vec![];
    clap_complete::generate(shell, &mut Cli::command(), "trailtop", &mut out);
    let script = String::from_utf8_lossy(&out).into_owned();
    match shell {
        Shell::Bash => script + include_str!("../../assets/completions/names.bash"),
        Shell::Fish => script + include_str!("../../assets/completions/names.fish"),
        Shell::Zsh => {
            // Its last lines begin the completion, by the name that zsh knows.
            let script = script.replacen("\n_trailtop() {", "\n_trailtop_words() {", 1);
            let begins = script.rfind("if [ \"$funcstack").unwrap_or(script.len());
            let (words, begin) = script.split_at(begins);
            [words, include_str!("../../assets/completions/names.zsh"), begin].concat()
        }
        _ => script,
    }
}

/// The names of one kind that can be typed, a line each: what completion scripts ask for.
pub fn names(kind: cli::Names, file: &File, presets: &Presets, themes: &Themes) -> String {
    let lines: Vec<String> = match kind {
        cli::Names::Contexts => {
            file.parts("context").map(|part| format!("@{}", part.name)).collect()
        }
        cli::Names::Presets => presets.iter().map(|preset| format!("@{}", preset.name)).collect(),
        cli::Names::Themes => themes.names().map(str::to_owned).collect(),
    };
    let mut text = String::new();
    for line in &lines {
        writeln!(text, "{}", safe::shown(line)).ok();
    }
    text
}

/// The manual page, as troff: the commands as clap knows them, then the tables.
pub fn man() -> String {
    let mut command = Cli::command();
    command.build();
    let mut page = rendered(|out| Man::new(command.clone()).render(out));
    for name in ["query", "record", "replay", "demo", "config"] {
        let Some(command) = command.find_subcommand(name) else { continue };
        let part = Man::new(command.clone());
        let part = rendered(|out| {
            part.render_synopsis_section(out)?;
            part.render_options_section(out)?;
            part.render_extra_section(out)
        });
        page.extend([
            ".SH \"TRAILTOP ",
            &name.to_uppercase(),
            "\"\n",
            &part.replace(".SH ", ".SS "),
        ]);
    }
    let tables = [
        ("KEYS", keys(&Keymap::default())),
        ("FILTERS", fields(&library::builtin())),
        ("CONFIGURATION", show::default_file()),
    ];
    for (title, text) in tables {
        page.extend([".SH ", title, "\n.nf\n"]);
        for line in text.lines() {
            // A line that begins with a dot or a quote would be a request to troff.
            page.extend(["\\&", &line.replace('\\', "\\e"), "\n"]);
        }
        page.push_str(".fi\n");
    }
    page
}

fn rendered(render: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = vec![];
    render(&mut out).expect("a Vec takes everything");
    String::from_utf8_lossy(&out).into_owned()
}
