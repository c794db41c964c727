//! What makes somebody look, and what is known of whether somebody does: bells, notifications, focus.

use std::fs::File;
use std::io::Write as _;
use std::time::Duration;

use trailtop::clock::Clock;
use vt100::Parser;

use super::bare::{Bare, start};
use super::stage::{self, DEADLINE, TRAILTOP, becomes, record};
use super::wire::screen;

const SIZE: (u16, u16) = (120, 35);
/// Two bells are at least so far apart, unless something worse rings.
const REST: Duration = Duration::from_secs(10);
/// Frames are at least so far apart while nobody looks.
const UNSEEN: Duration = Duration::from_secs(1);
/// The end of a frame.
const FRAME: &str = "\x1b[?2026l";

/// Alerts are received live from the demo alone: files were written before.
const INCIDENT: &[&str] = &["demo:seed=7,rate=500", "--no-config"];

/// A program, and all that it has sent.
struct Watched {
    bare: Bare,
    screen: Parser,
    sent: String,
}

impl Watched {
    fn start(words: &[&str]) -> Self {
        let bare = start(&[&[TRAILTOP], words].concat(), SIZE);
        Self { bare, screen: screen(SIZE), sent: String::new() }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
        self.sent += &String::from_utf8_lossy(bytes);
    }

    /// Reads until the screen says this.
    #[track_caller]
    fn see(&mut self, text: &str) {
        while !self.screen.screen().contents().contains(text) {
            let got = self.bare.read_for(DEADLINE);
            assert!(!got.is_empty(), "no {text:?} on\n{}", self.screen.screen().contents());
            self.take(&got);
        }
    }

    /// Reads for a while.
    fn look_on(&mut self, time: Duration) {
        let begun = Clock::instant();
        while let Some(left) = time.checked_sub(begun.elapsed()) {
            let got = self.bare.read_for(left);
            self.take(&got);
        }
    }

    fn end(mut self) {
        drop(self.bare.master);
        self.bare.child.wait().unwrap();
    }
}

/// Many alerts within seconds: a bell for the first, one more for something worse, and then one for
/// all the others once it has rested.
#[test]
fn alerts_ring_and_many_do_not_ring_many_times() {
    let _turn = stage::turn();
    let mut it = Watched::start(INCIDENT);
    let begun = Clock::instant();
    it.see("! all");
    while !it.sent.contains('\x07') {
        let got = it.bare.read_for(DEADLINE);
        assert!(!got.is_empty(), "no bell for\n{}", it.screen.screen().contents());
        it.take(&got);
    }
    it.look_on(Duration::from_secs(4));
    let bells = it.sent.matches('\x07').count() as u128;
    let most = 2 + begun.elapsed().as_millis() / REST.as_millis();
    assert!(bells <= most, "{bells} bells in {:?}", begun.elapsed());
    it.end();
}

/// A terminal that can show words is sent some; silence is silence.
#[test]
fn a_notification_or_nothing_where_that_was_asked_for() {
    let _turn = stage::turn();
    let mut it = Watched::start(&[INCIDENT, &["--notify", "osc9"]].concat());
    while !it.sent.contains('\x07') {
        let got = it.bare.read_for(DEADLINE);
        assert!(!got.is_empty(), "no word of\n{}", it.screen.screen().contents());
        it.take(&got);
    }
    let (before, said) = it.sent.split_once("\x1b]9;").unwrap();
    let (said, _) = said.split_once('\x07').unwrap();
    assert!(said.starts_with("trailtop ") && !said.contains(char::is_control), "{said:?}");
    assert!(!before.contains('\x07') && !before.contains("\x1b]"), "{before:?}");
    it.end();

    let mut it = Watched::start(&[INCIDENT, &["--notify", "none"]].concat());
    it.see("! all");
    it.look_on(Duration::from_secs(2));
    assert!(!it.sent.contains('\x07') && !it.sent.contains("\x1b]"), "{:?}", it.sent);
    it.end();
}

/// Lets rows arrive one by one; the frames that were drawn, and how many there are at most while
/// nobody looks.
fn frames(it: &mut Watched, file: &mut File, round: usize) -> (usize, usize) {
    let begun = Clock::instant();
    it.sent.clear();
    for n in 0..20 {
        let name = format!("Event{round}x{n}");
        writeln!(file, "{}", record(&name, "2026-03-01T11:00:01Z")).unwrap();
        let got = it.bare.drain(Duration::from_millis(100));
        it.take(&got);
    }
    let most = begun.elapsed().as_millis() / UNSEEN.as_millis() + 2;
    (it.sent.matches(FRAME).count(), most.try_into().unwrap())
}

/// While the terminal says that nobody looks, what arrives is drawn once a second at most.
#[test]
fn whoever_does_not_look_is_sent_less() {
    let _turn = stage::turn();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    let mut file = File::create(&path).unwrap();
    writeln!(file, "{}", record("PutObject", "2026-03-01T11:00:00Z")).unwrap();
    let words = [path.to_str().unwrap(), "--follow", "--no-config", "--fps", "60"];
    let mut it = Watched::start(&words);
    it.see("1 of 1");
    assert!(it.sent.contains("\x1b[?1004h"), "it does not ask who looks: {:?}", it.sent);
    let mut rounds = 0..;
    for (focus, is_seen) in [("\x1b[O", false), ("\x1b[I", true), ("\x1b[O", false)] {
        it.bare.press(focus);
        let mut last = (0, 0);
        // What the terminal says may be heard in the middle of the first round.
        let is_so = becomes(|| {
            last = frames(&mut it, &mut file, rounds.next().unwrap());
            (last.0 > last.1) == is_seen
        });
        assert!(is_so, "somebody looks: {is_seen}; frames and the most for nobody: {last:?}");
    }
    it.end();
}
