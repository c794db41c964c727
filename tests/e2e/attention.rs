//! What makes somebody look, and what is known of whether somebody does: bells, notifications, focus.

use std::fs::File;
use std::io::Write as _;
use std::time::Duration;

use trailtop::clock::Clock;

use super::bare::{Bare, start};
use super::stage::{self, TRAILTOP, becomes, record};

const SIZE: (u16, u16) = (120, 35);
/// Two bells are at least so far apart, unless something worse rings.
const REST: Duration = Duration::from_secs(10);
/// Frames are at least so far apart while nobody looks.
const UNSEEN: Duration = Duration::from_secs(1);
/// The end of a frame.
const FRAME: &str = "\x1b[?2026l";

/// Somebody stops a trail.
fn stopped(who: &str) -> String {
    format!(
        r#"{{"eventVersion":"1.09","eventID":"stop-{who}","eventTime":"2026-03-01T11:59:01Z","eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging","awsRegion":"eu-west-1","sourceIPAddress":"203.0.113.7","userAgent":"aws-cli/2.15","recipientAccountId":"111122223333","userIdentity":{{"type":"IAMUser","userName":"{who}"}},"requestParameters":{{"name":"main"}}}}"#
    ) + "\n"
}

/// A file with one event, and the program that follows it, waiting for more.
fn following(words: &[&str]) -> (tempfile::TempDir, File, Bare) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    let mut file = File::create(&path).unwrap();
    writeln!(file, "{}", record("PutObject", "2026-03-01T11:00:00Z")).unwrap();
    let file_word = path.to_str().unwrap();
    let words = [&[TRAILTOP, file_word, "--follow", "--no-config"], words].concat();
    let mut bare = start(&words, SIZE);
    let begun = bare.read_until("1 of 1");
    assert!(begun.contains("\x1b[?1004h"), "it does not ask who looks: {begun:?}");
    assert!(!begun.contains('\x07'), "it rang for nothing: {begun:?}");
    (folder, file, bare)
}

fn end(mut bare: Bare) {
    drop(bare.master);
    bare.child.wait().unwrap();
}

/// One bell for the first alert; what follows it within seconds is counted in the next one.
#[test]
fn an_alert_rings_and_many_do_not_ring_many_times() {
    const MANY: usize = 30;
    let _turn = stage::turn();
    let (_folder, mut file, mut bare) = following(&[]);
    write!(file, "{}", stopped("mallory")).unwrap();
    let begun = Clock::instant();
    let mut seen = bare.read_until("\x07");
    let more: String = (0..MANY).map(|n| stopped(&format!("eve{n}"))).collect();
    file.write_all(more.as_bytes()).unwrap();
    seen += &bare.read_until(&format!("{} of {}", MANY + 2, MANY + 2));
    seen += &String::from_utf8_lossy(&bare.drain(Duration::from_secs(1)));
    let bells = seen.matches('\x07').count();
    let most = 1 + begun.elapsed().as_millis() / REST.as_millis();
    assert!(bells as u128 <= most, "{bells} bells in {:?}", begun.elapsed());
    assert!(bells >= 1);
    end(bare);
}

/// A terminal that can show words is sent some, whoever wrote what they say; silence is silence.
#[test]
fn a_notification_or_nothing_where_that_was_asked_for() {
    let _turn = stage::turn();
    let (_folder, mut file, mut bare) = following(&["--notify", "osc9"]);
    write!(file, "{}", stopped("mal\\u001b]0;owned\\u0007;lory")).unwrap();
    let seen = bare.read_until("\x1b]9;") + &bare.read_until("\x07");
    let (_, said) = seen.split_once("\x1b]9;").unwrap();
    let said = said.split('\x07').next().unwrap();
    assert!(said.starts_with("trailtop ") && said.contains("lory"), "{said:?}");
    assert!(!said.contains(['\x1b', ';']) && said.chars().count() <= 140, "{said:?}");
    assert!(!seen.contains("\x1b]0"), "{seen:?}");
    end(bare);

    let (_folder, mut file, mut bare) = following(&["--notify", "none"]);
    write!(file, "{}", stopped("mallory")).unwrap();
    let mut seen = bare.read_until("2 of 2");
    seen += &String::from_utf8_lossy(&bare.drain(Duration::from_secs(1)));
    assert!(seen.contains("StopLogging") && !seen.contains(['\x07', ']']), "{seen:?}");
    end(bare);
}

/// Lets rows arrive one by one; the frames that were drawn, and how many there are at most while
/// nobody looks.
fn frames(bare: &mut Bare, file: &mut File) -> (usize, usize) {
    let (begun, mut seen) = (Clock::instant(), vec![]);
    for n in 0..20 {
        writeln!(file, "{}", record(&format!("Event{n}"), "2026-03-01T11:00:01Z")).unwrap();
        seen.extend(bare.drain(Duration::from_millis(100)));
    }
    let most = begun.elapsed().as_millis() / UNSEEN.as_millis() + 2;
    (String::from_utf8_lossy(&seen).matches(FRAME).count(), most.try_into().unwrap())
}

/// While the terminal says that nobody looks, what arrives is drawn once a second at most.
#[test]
fn whoever_does_not_look_is_sent_less() {
    let _turn = stage::turn();
    let (_folder, mut file, mut bare) = following(&["--fps", "60"]);
    for (focus, is_seen) in [("\x1b[O", false), ("\x1b[I", true), ("\x1b[O", false)] {
        bare.press(focus);
        let mut last = (0, 0);
        // What the terminal says may be heard in the middle of the first round.
        let is_so = becomes(|| {
            last = frames(&mut bare, &mut file);
            (last.0 > last.1) == is_seen
        });
        assert!(is_so, "somebody looks: {is_seen}; frames and the most for nobody: {last:?}");
    }
    end(bare);
}
