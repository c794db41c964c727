//! The themes that the user wrote: `themes/NAME.toml` beside the configuration. `trailtop themes`.
//! Nothing that is wrong with one of them keeps the program from anything: it is told, and the rest
//! holds.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cli;
use crate::config::fault::{Fault, Text};
use crate::config::{kind, themes};
use crate::shell::headless::{print, tell};
use crate::shell::{configured, texts};
use crate::ui::Themes;
use crate::ui::format;

/// The largest file that is read as a theme.
const MAX_FILE: u64 = 1 << 16;
/// The most themes that are read.
const MOST: usize = 200;
/// Wrong usage.
const USAGE: u8 = 2;

/// The themes of the user.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// All there are, those that are built in too.
    pub themes: Themes,
    /// The file of each of the user's.
    files: Vec<(String, Text)>,
    /// What could not be read, and why.
    pub lost: Vec<String>,
}

/// A theme that was read.
#[derive(Debug)]
pub struct Told<'f> {
    /// Its file.
    pub text: &'f Text,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
    /// What is hard to read.
    pub warnings: Vec<Fault>,
}

impl Found {
    /// What there is to say of each of the user's themes.
    pub fn told(&self) -> impl Iterator<Item = Told<'_>> {
        self.files.iter().map(|(name, text)| Told {
            text,
            faults: themes::faults(&text.text),
            warnings: themes::warnings(name, &self.themes),
        })
    }

    /// What is wrong with the theme that is used, and what can wait until somebody looks: a line each.
    pub fn troubles(&self, used: &str) -> (Vec<String>, Vec<String>) {
        let (mut now, mut later) = (vec![], self.lost.clone());
        for (name, text) in &self.files {
            let faults = themes::faults(&text.text);
            let lines = faults.iter().map(|fault| configured::in_a_line(text, fault));
            if name == used { now.extend(lines) } else { later.extend(lines) }
        }
        (now, later)
    }
}

/// Reads the themes of a folder; none where there is no folder.
pub fn read(folder: Option<&Path>) -> Found {
    let mut found = Found::default();
    let Some(folder) = folder else { return found };
    let mut paths: Vec<PathBuf> = match fs::read_dir(folder) {
        Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return found,
        Err(error) => {
            found.lost.push(format!("the themes in {} cannot be read: {error}", folder.display()));
            return found;
        }
    };
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    if paths.len() > MOST {
        let more = paths.len() - MOST;
        found.lost.push(format!(
            "{} left out of {}: there are more than {MOST}",
            format::counted(more as u64, "theme is", "themes are"),
            folder.display()
        ));
    }
    for path in paths.iter().take(MOST) {
        match text_of(path) {
            Ok((name, text)) => found.files.push((name, text)),
            Err(why) => found.lost.push(format!("the theme {} is left out: {why}", path.display())),
        }
    }
    let texts = found.files.iter().map(|(name, text)| (name.clone(), text.text.clone()));
    found.themes = Themes::with(texts.collect());
    found
}

/// The name of a theme and its text.
fn text_of(path: &Path) -> Result<(String, Text), String> {
    let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
    kind::name(&name)?;
    // Whoever opens a pipe waits.
    if !fs::metadata(path).map_err(|error| error.to_string())?.is_file() {
        return Err("it is no file".to_owned());
    }
    let mut bytes = vec![];
    let read =
        fs::File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes));
    read.map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_FILE {
        return Err("it has more than 64 kilobytes".to_owned());
    }
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let text = text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned);
    Ok((name, Text { name: path.display().to_string(), text }))
}

/// `trailtop themes [NAME]`: all there are, or the text of one.
pub fn run_themes(name: Option<&str>, place: &cli::Place) -> ExitCode {
    let found = read(configured::themes_folder(place).as_deref());
    for why in &found.lost {
        tell(why);
    }
    let Some(name) = name else { return print(&texts::themes(&found.themes)) };
    if let Err(why) = themes::is_known(name, &found.themes) {
        tell(&why);
        return ExitCode::from(USAGE);
    }
    print(found.themes.text_of(name).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::Colors;

    #[test]
    fn what_is_wrong_with_one_theme_costs_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &[u8]| fs::write(folder.path().join(name), text).unwrap();
        assert_eq!(read(Some(&folder.path().join("none"))).themes, Themes::default());
        write(
            "mine.toml",
            b"\xef\xbb\xbfbase = \"light\"\n[roles]\nshiny = \"red\"\ngood = \"blue\"",
        );
        write("bytes.toml", b"\xff");
        write("my theme.toml", b"");
        write("notes.txt", b"");
        write("huge.toml", &vec![b'#'; 70_000]);
        write("fine.toml", b"[roles]\ngood = \"28\"");
        fs::create_dir(folder.path().join("folder.toml")).unwrap();
        let found = read(Some(folder.path()));
        let names: Vec<&str> = found.themes.own().map(|(name, _)| name).collect();
        assert_eq!(names, ["fine", "mine"]);
        assert_eq!(found.lost.len(), 4, "{:?}", found.lost);
        for part in ["bytes.toml is left out: it is not UTF-8", "is no name", "64 kilo", "no file"]
        {
            assert!(found.lost.iter().any(|why| why.contains(part)), "{part}: {:?}", found.lost);
        }
        let mine = found.themes.load("mine", Colors::True).unwrap();
        assert_eq!(mine.style(crate::ui::Role::Good).fg, Some(ratatui::style::Color::Blue));
        let (now, later) = found.troubles("mine");
        assert!(now[0].contains("mine.toml:3:1: there is no role `shiny`"), "{now:?}");
        assert_eq!((now.len(), later.len()), (1, 4));
        assert_eq!(found.troubles("fine").0, Vec::<String>::new());
        let told: Vec<_> = found.told().map(|it| (it.faults.len(), it.warnings.len())).collect();
        assert_eq!(told, [(0, 1), (1, 0)]);
    }
}
