//! Words that are typed while search works on the ones before, and values that are asked for.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::sync::mpsc::channel;

use crate::clock::Clock;
use crate::engine::inbox::Inbox;
use crate::engine::intake::Intake;
use crate::engine::search::tests::{Bench, PATIENCE, Wish, batch, lines, now, plan, rows};
use crate::engine::search::{Ask, News, run};
use crate::engine::view::Entry;
use crate::event::field::{Column, Origin};
use crate::insight::lens::Lens;
use crate::insight::plain_tests::Plain;
use crate::insight::top::{Sort, TopWanted};
use crate::query::question::{Asker, Question, ValuesWanted};
use crate::store::snapshot::{RowRef, Snapshot};

/// 50,000 rows in many segments.
static STORE: LazyLock<Snapshot> = LazyLock::new(|| {
    let mut intake = Intake::new(1 << 30);
    for at in (0..50_000).step_by(5000) {
        intake.take(batch(Origin::File, lines(at..at + 5000)), now());
        intake.flush(now());
    }
    intake.ring().snapshot()
});

fn word(id: u64, text: &str) -> Question {
    Question { plan: plan(text), ..Wish::ALL.question(id) }
}

fn naive(text: &str) -> Vec<Entry> {
    let mut all = vec![];
    for part in STORE.parts() {
        part.scan_raw(
            |_| true,
            |_| true,
            |row, raw| {
                let raw = String::from_utf8_lossy(raw).to_ascii_lowercase();
                if raw.contains(text) {
                    all.push(Entry { time: part.segment.time(row), id: part.segment.id(row) });
                }
            },
        );
    }
    all.sort();
    all
}

#[test]
fn five_letters_typed_over_fifty_thousand_events() {
    let wanted = naive("bucke");
    let wanted_end = naive("alice");
    assert!(wanted.len() == 50_000 && wanted_end.len() > 10_000);
    let mut bench = Bench::new(false);
    let top = TopWanted { by: 0, sort: Sort::Danger, selected: Some("alice".into()) };
    bench.look(Lens { counts: true, cells: 60, top: Some(top), ..Lens::default() }, vec![]);
    bench.publish(STORE.clone(), Some(now()));
    let mut id = 1;
    // As fast as they can be sent; then each after a first answer to the one before.
    for (typed, waits) in [("alice", false), ("bucke", true)] {
        for letters in 1..=typed.len() {
            id += 1;
            bench.send(Ask::Question(word(id, &typed[..letters])));
            while waits && bench.view().question < id {}
        }
        if waits {
            bench.publish(STORE.clone(), Some(now()));
        }
        let (view, before) = bench.whole(id);
        assert!(view.entries.iter().eq(&naive(typed)), "{typed}");
        // Of the last question, what was shown early stayed.
        let last: BTreeSet<Entry> = view.entries.iter().copied().collect();
        for early in before.iter().filter(|early| early.question == id) {
            assert!(early.entries.iter().all(|entry| last.contains(entry)));
            assert!(early.entries.iter().is_sorted());
        }
        // The reckonings come after the rows, and of this question alone.
        let shown: Vec<RowRef<'_>> =
            view.entries.iter().filter_map(|entry| view.snapshot.row(entry.id)).collect();
        let plain = Plain { all: rows(&view.snapshot).collect(), kept: shown.clone(), shown };
        let insight = loop {
            match bench.news.recv_timeout(PATIENCE).expect("search reckons") {
                News::Insight(insight) => break insight,
                News::View(view) => assert_eq!((view.question, view.partial), (id, false)),
                News::Values(..) => {}
            }
        };
        assert_eq!((insight.question, insight.lens), (id, bench.lens.id));
        plain.check(&insight, &bench.lens);
    }
}

#[test]
fn after_the_second_question_the_first_is_answered_no_more() {
    let mut bench = Bench::new(false);
    bench.publish(STORE.clone(), Some(now()));
    bench.send(Ask::Question(word(2, "nowhere-to-be-found")));
    bench.send(Ask::Question(Wish { filter: 1, ..Wish::ALL }.question(3)));
    // `view` checks that numbers never go down; nothing comes after the whole answer.
    let (view, _) = bench.whole(3);
    Wish { filter: 1, ..Wish::ALL }.check(&view, now());
    bench.mail = None;
    while let Ok(news) = bench.news.recv_timeout(PATIENCE) {
        assert!(matches!(news, News::View(view) if view.question == 3));
    }
}

#[test]
fn values_are_counted_over_the_rows_of_the_question_that_comes_with_them() {
    let mut intake = Intake::new(64 << 20);
    intake.take(batch(Origin::File, lines(0..300)), now());
    intake.flush(now());
    let values = |containing: &str, filter: &str, among: Option<Question>| {
        let mut bench = Bench::new(false);
        bench.store(&intake);
        bench.whole(1);
        // The prompt sends both at once; the wish comes last.
        let containing = containing.to_owned();
        let rest = String::new();
        let columns = &[Column::Event];
        bench.send(Ask::Question(word(2, filter)));
        bench.send(Ask::Values(ValuesWanted {
            asker: Asker::Prompt,
            id: 9,
            columns,
            containing,
            rest,
            among,
        }));
        loop {
            let news = bench.news.recv_timeout(PATIENCE).expect("search answers");
            if let News::Values(Asker::Prompt, 9, values) = news {
                return values;
            }
        }
    };
    let said = |values: &[(&str, u64)]| -> Vec<(String, u64)> {
        values.iter().map(|(value, count)| ((*value).to_owned(), *count)).collect()
    };
    let objects = said(&[("GetObject", 60), ("PutObject", 60)]);
    assert_eq!(values("object", "", None), objects);
    // 20 of the 60 are of alice, whose filter comes with the wish.
    assert_eq!(values("put", "user:alice", None), said(&[("PutObject", 20)]));
    // Half a value is a filter that keeps no row: what is named is counted instead.
    assert_eq!(values("put", "event:Put", Some(word(0, ""))), said(&[("PutObject", 60)]));
    assert_eq!(values("nothing like it", "", None), vec![]);
}

#[test]
fn everybody_who_asks_for_values_is_answered() {
    let mut intake = Intake::new(64 << 20);
    intake.take(batch(Origin::File, lines(0..300)), now());
    intake.flush(now());
    let (send, mail) = channel();
    let (tell, news) = channel();
    let wanted = |asker, id| {
        let (columns, containing, rest) = (&[Column::Event], String::new(), String::new());
        let among = Some(word(0, ""));
        Ask::Values(ValuesWanted { asker, id, columns, containing, rest, among })
    };
    // All of it is there when search begins: it comes as one piece of mail.
    send.send(wanted(Asker::Prompt, 7)).unwrap();
    send.send(wanted(Asker::Prompt, 8)).unwrap();
    send.send(wanted(Asker::Nearest, 3)).unwrap();
    drop(send);
    run(Inbox::new(mail), word(1, ""), Clock::set(now()), &|it| tell.send(it).unwrap());
    let answered: Vec<(Asker, u64)> = news
        .try_iter()
        .filter_map(|news| match news {
            News::Values(asker, id, _) => Some((asker, id)),
            News::View(_) | News::Insight(_) => None,
        })
        .collect();
    assert_eq!(answered, [(Asker::Prompt, 8), (Asker::Nearest, 3)]);
}
