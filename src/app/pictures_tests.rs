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
    ("sessions", "S"),
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

    /// One looks on for so many seconds, a frame each half of one.
    fn watch(&mut self, seconds: u32, key: &str, says: &str) {
        for _ in 0..2 * seconds {
            let screen = self.script.draw();
            self.frames.push(Frame { screen, key: key.into(), says: says.into(), millis: 500 });
            self.wait(500);
        }
    }

    /// A key is pressed, and one looks at what it led to.
    fn press(&mut self, key: &str, seconds: u32, says: &str) {
        self.script.keys(key);
        self.watch(seconds, key, says);
    }
}

#[test]
fn the_film_in_the_readme_is_a_picture_of_the_program() {
    let mut it = Film::new();
    it.wait(25_000);
    it.script.keys("2");
    it.watch(
        11,
        "",
        "everything at once, as it arrives: Event history and the trail's bucket as one stream",
    );
    it.watch(2, "", "an alert: somebody has stopped the organization's trail");
    it.press("a", 3, "to its event");
    it.press("Enter", 4, "all of it: what it means, which rule it met and why, what came after");
    it.press("L", 5, "who is behind it, through every role and key");
    it.press("Enter", 3, "all that this root did, by whichever credentials");
    it.press("W", 3, "its writes");
    for _ in 0..3 {
        it.press("k", 1, "up");
    }
    it.press("p", 3, "where to from here: the number of rows first");
    it.press("n", 4, "all that the key did which was made there");
    is_kept("film", &film(&it.frames));
}
