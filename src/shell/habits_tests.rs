//! The file of what everybody does: two programs at once, resets, and damage.

use super::*;
use crate::detect::history::Seen;
use crate::event::time::Timestamp;

fn history(values: &[&str]) -> History {
    let mut history = History::default();
    history.count(Timestamp(1000), || 1);
    for value in values {
        history.see(First::Ip as usize, value, Seen::at(Timestamp(1000), true));
    }
    history
}

fn mine(all: &[(&str, &[&str])]) -> HashMap<Box<str>, History> {
    all.iter().map(|(name, values)| ((*name).into(), history(values))).collect()
}

fn ips(path: &Path, name: &str) -> usize {
    let (_, known) = read(path).unwrap();
    known.get(name).map_or(0, |it| it.values(First::Ip as usize).count())
}

#[test]
fn programs_that_run_at_once_add_to_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/baseline.ndjson");
    std::thread::scope(|scope| {
        for n in 0..4 {
            let path = path.clone();
            scope.spawn(move || {
                let (own, shared) = (format!("own{n}"), format!("ip{n}"));
                let mine = mine(&[(&own, &["a", "b"]), ("shared", &[&shared])]);
                keep(&path, |lines| add(lines, &mine, 0)).unwrap();
            });
        }
    });
    assert_eq!(ips(&path, "shared"), 4);
    assert!((0..4).all(|n| ips(&path, &format!("own{n}")) == 2));
}

#[test]
fn what_was_forgotten_stays_so_whatever_others_still_know() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baseline.ndjson");
    let mine = mine(&[("alice", &["a"]), ("bob", &["b"])]);
    keep(&path, |lines| add(lines, &mine, 0)).unwrap();
    keep(&path, |(head, known)| {
        known.remove("alice");
        head.forget(Some("alice"));
    })
    .unwrap();
    keep(&path, |lines| add(lines, &mine, 0)).unwrap();
    assert_eq!((ips(&path, "alice"), ips(&path, "bob")), (0, 1));
    // Who began after the reset has learned it anew.
    keep(&path, |lines| add(lines, &mine, 1)).unwrap();
    assert_eq!(ips(&path, "alice"), 1);
}

#[test]
fn a_damaged_file_is_kept_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("baseline.ndjson");
    fs::write(&path, "{\"baseline\":1,\"resets\":0,\"forgotten\":[]}\n{\"subj").unwrap();
    assert!(read(&path).unwrap_err().contains("line 2"));
    keep(&path, |lines| add(lines, &mine(&[("alice", &["a"])]), 0)).unwrap();
    assert_eq!(ips(&path, "alice"), 1);
    let aside = fs::read_to_string(folder.path().join("baseline.ndjson.damaged")).unwrap();
    assert!(aside.ends_with("{\"subj"));
    fs::remove_file(&path).unwrap();
    assert!(read(&path).unwrap().1.is_empty(), "no file is no damage");
}
