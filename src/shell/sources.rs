//! From the words of the command line to running sources.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd;
use std::path::PathBuf;

use crate::cli::Reading;
use crate::clock::Clock;
use crate::source::batch::Outlet;
use crate::source::driver;
use crate::source::file::{self, Files};
use crate::source::object;
use crate::source::spec::Spec;

/// A source that is ready to run.
#[derive(Debug)]
pub enum Opened {
    /// A path or standard input.
    Files(Files),
}

impl Opened {
    /// Runs the source to its end.
    pub async fn drive(self, outlet: Outlet, clock: Clock) {
        match self {
            Self::Files(files) => driver::drive(files, outlet, clock).await,
        }
    }
}

/// Reads the words and makes their sources; without a word, standard input where something is
/// piped into it. The error is one sentence; nothing has been read then.
pub fn open(words: &[String], reading: &Reading, stdin: &impl AsFd) -> Result<Vec<Opened>, String> {
    let mut specs = vec![];
    for word in words {
        specs.push(Spec::parse(word)?);
    }
    if specs.is_empty() {
        if !is_fed(stdin) {
            return Err("no SOURCE: name a path, `-` for standard input, or `demo:` (AWS sources \
                        come with a later version)"
                .to_owned());
        }
        specs.push(Spec::Stdin);
    }
    for path in specs.iter().filter_map(Spec::must_exist) {
        match fs::metadata(path) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => {
                return Err(format!("{}: no such file or folder", path.display()));
            }
            // Whatever else is wrong with it is a source that cannot be read.
            _ => {}
        }
    }
    specs.into_iter().map(|spec| made(spec, reading)).collect()
}

fn made(spec: Spec, reading: &Reading) -> Result<Opened, String> {
    let files = |path: PathBuf| {
        let max_object = reading.max_object.unwrap_or(object::Options::default().max_object);
        Opened::Files(Files::new(file::Options { path, follow: reading.follow, max_object }))
    };
    match spec {
        Spec::Path(path) => Ok(files(path)),
        Spec::Stdin => Ok(files(PathBuf::from("-"))),
        Spec::Demo(_) => Err("the demo is not built in yet".to_owned()),
    }
}

/// Whether something is piped or redirected into standard input: neither a terminal nor a device
/// like `/dev/null`.
fn is_fed(stdin: &impl AsFd) -> bool {
    let handle = stdin.as_fd().try_clone_to_owned().map(File::from);
    handle.and_then(|file| file.metadata()).is_ok_and(|meta| {
        use std::os::unix::fs::FileTypeExt as _;
        let kind = meta.file_type();
        kind.is_fifo() || kind.is_file() || kind.is_socket()
    })
}
