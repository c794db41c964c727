//! The facts of the real records in `../shared/data`, where they are: who, to what, how it ended.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::*;
use crate::event::outcome::outcome;
use crate::event::{identity, tool};

/// The folder of the data, or `None` (and a word about it) where it is not.
fn data(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(folder);
    let here = path.is_dir();
    if !here {
        eprintln!("{} is not here: nothing is tested", path.display());
    }
    here.then_some(path)
}

/// The text of every file below a folder, unpacked where it is packed.
fn texts(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut out = vec![];
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let bytes = fs::read(&path).expect("a readable file");
            let mut text = vec![];
            let unpacked = flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut text);
            let text = if unpacked.is_ok() { text } else { bytes };
            out.push((path, String::from_utf8_lossy(&text).into_owned()));
        }
    }
    out.sort();
    out
}

/// Calls `visit` with every record found in a text, by a simple search.
fn records(text: &str, visit: &mut impl FnMut(&Record<'_>)) {
    fn walk(value: Json<'_>, depth: usize, visit: &mut impl FnMut(&Record<'_>)) {
        let record = Record::of(value);
        if record.is_record() {
            visit(&record);
        } else if depth > 0 {
            value.items().for_each(|item| walk(item, depth - 1, visit));
            value.entries().for_each(|(_, member)| {
                walk(member, depth - 1, visit);
                if let Some(inner) = member.scalar().filter(|inner| inner.starts_with('{'))
                    && let Ok(inner) = Json::checked(&inner)
                {
                    walk(inner, depth - 1, visit);
                }
            });
        }
    }
    match Json::checked(text) {
        Ok(whole) => walk(whole, 6, visit),
        Err(_) => text.lines().filter_map(|line| Json::checked(line).ok()).for_each(|line| {
            walk(line, 6, visit);
        }),
    }
}

/// Calls `visit` with every record below a folder; says how many there were.
fn each(folder: &Path, visit: &mut impl FnMut(&Record<'_>)) -> usize {
    let mut n = 0;
    for (_, text) in texts(folder) {
        records(&text, &mut |record| {
            n += 1;
            visit(record);
        });
    }
    n
}

#[test]
fn show() {
    let Some(folder) = data(&std::env::var("SHOW").unwrap_or("s3/invictus".into())) else { return };
    let mut seen: BTreeMap<String, (usize, BTreeMap<String, usize>)> = BTreeMap::new();
    let mut tools: BTreeMap<String, usize> = BTreeMap::new();
    let mut actors: BTreeMap<String, usize> = BTreeMap::new();
    each(&folder, &mut |record| {
        let key = format!("{}:{}", name::service(&record.event_source()), record.event_name());
        let entry = seen.entry(key).or_default();
        entry.0 += 1;
        *entry.1.entry(target(record).into_owned()).or_default() += 1;
        *tools.entry(tool::tool(record, &record.user_agent()).into_owned()).or_default() += 1;
        *actors.entry(identity::caller(record).actor.into_owned()).or_default() += 1;
    });
    for (key, (n, targets)) in seen {
        let some: Vec<_> = targets.iter().take(4).collect();
        println!("{n} {key} {some:?}");
    }
    println!("{tools:?}\n{actors:?}");
}
