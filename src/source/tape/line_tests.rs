//! The lines of a tape: one of each kind as it is written, which is what later versions have to read.

use proptest::prelude::*;

use super::*;
use crate::coverage::hole::Done;
use crate::coverage::presence::Presence;
use crate::coverage::trail::Recording;
use crate::coverage::watermark::Watermark;
use crate::event::field::Flag;
use crate::event::grant::{How, Party};
use crate::event::json::Json;
use crate::event::read::Event;
use crate::event::record::Record;
use crate::event::time::Millis;
use crate::event::trail::{Change, Data, Selection, What};
use crate::source::batch::State;
use crate::source::finding::{Answer, Finding};
use crate::source::tape::buffer::runs;
use crate::store::kin::Kin;
use crate::store::segment::{Birth, Builder, RowId};
use crate::store::snapshot::{Part, Snapshot};

fn stream() -> StreamName {
    let (account, region) = ("111122223333".to_owned(), "eu-west-1".to_owned());
    StreamName { account, region, origin: Origin::S3 }
}

/// One thing of every kind that a source says.
fn everything() -> Vec<Feed> {
    let (source, at) = (SourceId(1), Timestamp(1_700_000_000_000));
    let data = Data { kind: "AWS::S3::Object".into(), arns: vec!["arn".into()], is_partial: true };
    let trail = Trail {
        arn: "arn:aws:cloudtrail:us-east-1:111122223333:trail/t".into(),
        recording: Recording::On(Some(at)),
        selection: Some(Selection { data: vec![data], ..Selection::usual() }),
        ..Trail::default()
    };
    let health = Health {
        state: State::Down("denied: s3:GetObject".into()),
        next_try: Some(at),
        note: Some("note".into()),
        ..Health::starting(source, at)
    };
    let finding = Finding {
        topic: "who am I".into(),
        said: "alice".into(),
        answer: Answer::Found(crate::event::time::Millis(12)),
    };
    let refused = Finding { answer: Answer::NotRead("sts".into()), ..finding.clone() };
    let found = Found { findings: vec![finding, refused], is_done: true };
    vec![
        Feed::Added(source, "s3://b".into()),
        Feed::Aliases(vec![("111122223333".into(), "prod".into())]),
        Feed::Found(0, found),
        Feed::Trails(source, vec![trail]),
        Feed::Swept(source, None, at),
        Feed::Swept(source, Some(stream()), at),
        Feed::Proven(source, stream(), at),
        Feed::Disproven(source, stream(), "deleted".into()),
        Feed::Health(health),
    ]
}

#[test]
fn the_lines_of_version_1() {
    let mut text = vec![];
    let head =
        Head { version: 1, by: "0.1.0".into(), sources: vec!["demo:".into()], has_secrets: false };
    let batch = Batch { damage: Some("cut off".into()), ..Batch::whole(Origin::S3, "{}") };
    let news = [News::Head(head), News::Batch(Box::new(Meta::of(&batch, b"{}")))];
    let said = everything().into_iter().map(|feed| News::of(&feed).unwrap());
    for news in news.into_iter().chain(said).chain([News::End { batches: 1 }]) {
        let is_batch = matches!(news, News::Batch(_));
        text.extend(written(&Line { at: Timestamp(1_700_000_000_001), news }));
        text.extend_from_slice(if is_batch { b"{}\n" } else { b"" });
    }
    insta::assert_snapshot!(String::from_utf8(text.clone()).unwrap());
    let (entries, damage) = read(&text);
    assert_eq!((entries.len(), damage), (12, None));
}

#[test]
fn the_lines_that_version_2_has_beside() {
    let at = Timestamp(1_700_000_000_000);
    let record = r#"{"eventVersion":"1.08","eventID":"id","awsRegion":"eu-west-1"}"#;
    let event = Event::read(&Record::of(Json::of(record)), &Hints::default(), at);
    let mut builder = Builder::default();
    let origins = Origin::S3.bit() | Origin::History.bit();
    let birth = Birth { time: at, arrival: at, identity: 1, flags: Flag::Late as u16, origins };
    builder.push(&event, record.as_bytes(), birth);
    let (segment, side) = builder.finish(RowId(3));
    let part = Part { segment: segment.into(), side: side.into() };
    let rows = Snapshot::of(vec![part.clone()], 3, Kin::default());
    let mut text = vec![];
    let mut write = |news: News, bytes: &[u8]| {
        text.extend(written(&Line { at, news }));
        text.extend_from_slice(bytes);
    };
    write(News::Buffer(Summary::of(&rows)), b"");
    let by = Party { user: "alice".into(), ..Party::default() };
    let issued = Grant {
        at,
        how: How::AssumeRole,
        key: "ASIA1".into(),
        session: "s".into(),
        principal: "AROA1:s".into(),
        by,
        ip: "203.0.113.7".into(),
        id: "id".into(),
    };
    write(News::Issued(vec![issued]), b"");
    runs(&part, &mut |alike, bytes, rows| {
        assert_eq!(rows, 1);
        write(News::Before(Box::new(alike.of_len(bytes.len()))), &[bytes, b"\n"].concat());
    });
    let mut mark = Watermark::default();
    mark.arrived(at, at, Some(Millis(7)));
    let trail = Trail { arn: "arn".into(), ..Trail::default() };
    let mut whole = Whole { marks: vec![(1, stream(), mark)], ..Whole::default() };
    whole.seen.push((1, vec![trail.clone()]));
    whole.trails.seen(&[trail]);
    whole.trails.done(Done {
        at,
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        event: "StopLogging".into(),
        by: "alice".into(),
        change: Change { trail: "t".into(), home: None, what: What::Stopped },
    });
    whole.data.note(("111122223333", "s3.amazonaws.com"), at);
    whole.present.push((("111122223333".into(), "eu-west-1".into()), Presence::default()));
    write(News::Covered(Box::new(whole.clone())), b"");
    write(News::Live { rows: 1 }, b"");
    insta::assert_snapshot!(String::from_utf8(text.clone()).unwrap());
    let (entries, damage) = read(&text);
    assert_eq!((entries.len(), damage), (5, None));
    assert_eq!(entries[3].line.news, News::Covered(Box::new(whole)));
}

#[test]
fn what_sources_say_comes_back_as_it_was() {
    for feed in everything() {
        let news = News::of(&feed).unwrap();
        let line = Line { at: Timestamp(5), news: news.clone() };
        let (entries, damage) = read(&written(&line));
        assert_eq!((entries[0].line.clone(), damage), (line, None));
        if let Some(again) = news.feed(SourceId(1)) {
            assert_eq!(format!("{again:?}"), format!("{feed:?}"));
        }
    }
}

#[test]
fn what_cannot_be_read_is_said_with_its_place() {
    let good = r#"{"at":1,"end":{"batches":1}}"#;
    for (bad, says) in [
        (r#"{"at":1,"hologram":{}}"#, "none that this trailtop knows"),
        (r#"{"at":-1,"end":{"batches":1}}"#, "no time that anything was recorded at"),
        (r#"{"at":253402300800000,"end":{"batches":1}}"#, "no time that anything"),
        (r#"{"at":1e99,"end":{"batches":1}}"#, "none that this"),
        ("not json", "none that this"),
    ] {
        let (entries, damage) = read(format!("{good}\n{bad}\n{good}\n").as_bytes());
        let (at, why) = damage.unwrap();
        assert_eq!((entries.len(), at), (1, good.len() + 1), "{bad}");
        assert!(why.contains(says), "{bad}: {why}");
    }
    let meta = Meta { len: 1 << 60, ..Meta::of(&Batch::whole(Origin::File, ""), b"") };
    let text = written(&Line { at: Timestamp(1), news: News::Batch(Box::new(meta)) });
    assert!(read(&text).1.unwrap().1.contains("breaks off in the bytes"));
    let meta = Meta { len: 1, ..Meta::of(&Batch::whole(Origin::File, ""), b"") };
    let text = written(&Line { at: Timestamp(1), news: News::Batch(Box::new(meta)) });
    assert!(read(&[&*text, b"ab\n"].concat()).1.unwrap().1.contains("not as long"));
}

#[test]
fn what_stands_is_the_last_word_on_each_thing() {
    let mut standing = Standing::default();
    for n in 0..3 {
        for feed in everything() {
            let feed = match feed {
                Feed::Swept(source, stream, _) => Feed::Swept(source, stream, Timestamp(n)),
                other => other,
            };
            standing.take(News::of(&feed).unwrap());
        }
    }
    let swept = standing.told().filter_map(|news| match news {
        News::Swept { to, .. } => Some(*to),
        _ => None,
    });
    assert_eq!(swept.collect::<Vec<_>>(), [Timestamp(2), Timestamp(2)]);
    assert_eq!(standing.told().filter(|news| matches!(news, News::Health(_))).count(), 1);
    assert!(matches!(standing.told().next(), Some(News::Added { .. })));
}

proptest! {
    #[test]
    fn any_bytes_will_do(text in prop::collection::vec(any::<u8>(), 0..200)) {
        let (entries, damage) = read(&text);
        prop_assert!(entries.len() <= text.len() && (text.is_empty() || damage.is_some()));
    }
}
