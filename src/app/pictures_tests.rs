//! The pictures and the film of the README are made from the program, on the demo;
//! `UPDATE=1 cargo test picture` makes them anew.

use std::path::Path;

use crate::app::script::{Script, now};
use crate::event::field::Origin;
use crate::event::time::Millis;
use crate::source::batch::SourceId;
use crate::source::demo::{Delivery, Options, Simulator};
use crate::ui::film::{Frame, film};
use crate::ui::svg::svg;

/// The pictures: their names, and the keys that lead there.
const PICTURES: [(&str, &str); 4] = [
    ("dashboard", "W W k k k k k k k k k k k k"),
    ("alerts", "!"),
    ("sessions", "S j j j j"),
    ("sources", "s"),
];

#[test]
fn the_pictures_in_the_readme_are_what_the_program_shows() {
    for (name, keys) in PICTURES {
        let mut script = Script::watching(120, 35).of_demo(900);
        is_kept(name, &svg(&script.keys(keys).draw()));
    }
}

/// The picture of this name is in the README's folder as it would be made now.
fn is_kept(name: &str, made: &str) {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/{name}.svg"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&place, made).unwrap();
    }
    let kept = std::fs::read_to_string(&place).unwrap_or_default();
    assert!(kept == made, "assets/{name}.svg is stale: UPDATE=1 cargo test picture");
}

/// The live demo and whoever sits before it, second by second.
struct Film {
    script: Script,
    simulator: Simulator,
    next: Option<Delivery>,
    frames: Vec<Frame>,
}

impl Film {
    fn new() -> Self {
        let mut script = Script::watching(120, 35);
        script.app.names = vec!["demo:rate=2".into()];
        let options = Options { rate: 2.0, ..Options::default() };
        let mut simulator = Simulator::new(&options, now());
        let next = simulator.next();
        Self { script, simulator, next, frames: vec![] }
    }

    /// Time goes on; what is delivered meanwhile comes in.
    fn wait(&mut self, millis: u32) {
        let now = self.script.now + Millis(i64::from(millis));
        while let Some(delivery) = self.next.take_if(|next| next.at <= now) {
            self.script.deliver(delivery);
            self.next = self.simulator.next();
        }
        self.script.now = now;
        for origin in [Origin::History, Origin::S3] {
            self.script.intake.cover_mut().swept(SourceId(origin as usize), None, now);
        }
        self.script.intake.flush(now);
        self.script.answer();
    }

    /// One looks on for so long, in milliseconds, a frame each part of it.
    fn watch(&mut self, (whole, each): (u32, u32), key: &str, says: &str) {
        for _ in 0..whole / each {
            let screen = self.script.draw();
            self.frames.push(Frame { screen, key: key.into(), says: says.into(), millis: each });
            self.wait(each);
        }
    }

    /// A key is pressed, and one looks at what it led to for so many seconds.
    fn press(&mut self, key: &str, seconds: u32, says: &str) {
        self.script.keys(key);
        self.watch((seconds * 1000, 1000), key, says);
    }
}

#[test]
fn the_film_in_the_readme_is_a_picture_of_the_program() {
    let mut it = Film::new();
    it.wait(28_000);
    it.script.keys("2");
    let says = "it follows by itself: Event history and the trail's bucket as one stream";
    it.watch((12_000, 500), "", says);
    it.watch((2_000, 500), "", "somebody has stopped the organization's trail");
    it.press("a", 5, "to its event: who, what it means, which rule it met, what came after");
    it.press("L", 6, "who is behind it, through every role and key");
    it.press("Enter", 3, "all that they did, by whichever credentials");
    it.press("W", 3, "of that the writes");
    for _ in 0..3 {
        it.script.keys("k");
        it.watch((500, 500), "k", "up to the key that was made");
    }
    it.press("p", 4, "where one can go from here, and how many rows are there");
    it.press("n", 4, "all with the key and the user that it made");
    it.press("!", 4, "all alerts: what came of them, why they fired, where to look next");
    is_kept("film", &film(&it.frames));
}
