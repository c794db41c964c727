use std::os::unix::fs::PermissionsExt as _;
use std::sync::mpsc::channel;

use super::*;

fn place(path: Option<PathBuf>) -> Place {
    Place { name: "one".into(), path, head: Head::new("now".into(), vec!["demo:".into()]) }
}

fn filter(text: &str) -> Change {
    Change::Filter(text.into())
}

#[test]
fn changes_are_kept_for_oneself_and_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trailtop/cases/one.ndjson");
    let keep = |text: &str| {
        let keeper = Keeper::start(place(Some(path.clone())), channel().0).unwrap();
        keeper.keep(filter(text));
        keeper.end(1)
    };
    let said = keep("a").unwrap();
    assert!(said.starts_with("1 mark kept in /") && said.contains("--resume=one"), "{said}");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    // The program was killed in the middle of a line.
    std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .unwrap()
        .write_all(b"{\"filter\":\"to")
        .unwrap();
    keep("b").unwrap();
    let case = line::read(&fs::read_to_string(&path).unwrap(), usize::MAX).unwrap();
    assert_eq!((case.notebook.filter(), case.lost, case.is_torn), ("b", 1, false));
}

#[test]
fn what_cannot_be_kept_is_said_once() {
    for path in [None, Some(PathBuf::from("/dev/null/cases/one.ndjson"))] {
        let (msgs, said) = channel();
        let keeper = Keeper::start(place(path), msgs).unwrap();
        (0..3).for_each(|_| keeper.keep(filter("a")));
        let last = keeper.end(2).unwrap();
        assert!(last.starts_with("2 marks not kept: "), "{last}");
        let said: Vec<Msg> = said.iter().collect();
        assert!(matches!(&said[..], [Msg::Notice(text)] if text.contains("in memory only")));
    }
}

#[test]
fn nothing_is_written_where_nothing_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cases/one.ndjson");
    let keeper = Keeper::start(place(Some(path.clone())), channel().0).unwrap();
    assert_eq!(keeper.end(0), None);
    assert!(!path.exists());
}

#[test]
fn an_export_never_writes_over_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let name = || written(folder.path(), "trailtop-x-timeline.md", b"x").unwrap();
    assert_eq!(name(), "trailtop-x-timeline.md");
    assert_eq!(name(), "trailtop-x-timeline-2.md");
    assert_eq!(name(), "trailtop-x-timeline-3.md");
}
