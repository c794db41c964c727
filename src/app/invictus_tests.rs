//! Real records for tests: those of `../shared/data/s3/invictus`, where they are.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::app::script::{Script, now};
use crate::event::field::Origin;
use crate::source::batch::Batch;
use crate::source::object;

fn objects(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => objects(&path, found),
            path if path.extension().is_some_and(|it| it == "gz") => found.push(path),
            _ => {}
        }
    }
}

impl Script {
    /// The records of `../shared/data/s3/invictus`, where they are.
    pub(crate) fn invictus(width: u16, height: u16) -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/s3/invictus");
        let mut paths = vec![];
        objects(&folder, &mut paths);
        if paths.is_empty() {
            return None;
        }
        let mut script = Self::new(width, height);
        for path in paths {
            let options = object::Options { max_object: 1 << 30, eager: false };
            let mut bytes = vec![];
            let file = std::fs::read(path).expect("a file of the data");
            object::read(&*file, &options, &mut |chunk| {
                bytes.extend(chunk.bytes);
                ControlFlow::Continue(())
            });
            script.intake.take(Batch::whole(Origin::File, bytes), now());
        }
        script.intake.flush(now());
        script.answer();
        Some(script)
    }
}
