//! For tests: the program without threads. Chords go in, questions are answered at once by looking
//! at every row, and the screen can be read.

use std::ops::ControlFlow;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::draw::draw;
use crate::app::msg::Msg;
use crate::app::state::{App, Options};
use crate::app::update::{first_question, update};
use crate::command::chord::{Chord, Key};
use crate::command::effect::Effect;
use crate::detect::current::Current;
use crate::detect::load;
use crate::engine::fold::Folder;
use crate::engine::intake::Intake;
use crate::engine::judge::Judged;
use crate::engine::search::News;
use crate::engine::view::{Entry, Ledger, View};
use crate::event::field::Origin;
use crate::event::label::label;
use crate::event::read::Hints;
use crate::event::time::Timestamp;
use crate::insight::lens::Lens;
use crate::insight::reckon::{Asked, Reckoner};
use crate::insight::shown::Shown;
use crate::insight::spared::{self, Firsts};
use crate::notebook::learned::Learned;
use crate::notebook::mutes::Mutes;
use crate::query::library::builtin;
use crate::query::question::{Asker, Order, Question};
use crate::source::batch::{Batch, Health, SourceId, State};
use crate::source::demo::{self, Delivery, Simulator};
use crate::source::finding::Finding;
use crate::source::object;
use crate::store::hits::Severity;
use crate::ui::glyphs::Glyphs;
use crate::ui::theme::{Colors, Theme};
use crate::ui::themes::Themes;

/// A program under test.
pub(crate) struct Script {
    pub(crate) app: App,
    pub(crate) intake: Intake,
    pub(crate) state: State,
    /// What the world was asked to do, questions and marks aside.
    pub(crate) wishes: Vec<Effect>,
    /// The numbers of the requests for values.
    pub(crate) values: Vec<(Asker, u64)>,
    question: Question,
    lens: Lens,
    /// The clock.
    pub(crate) now: Timestamp,
    /// What was found out before sources were chosen.
    pub(crate) findings: Vec<Finding>,
    /// Whether reckonings stay out: search has not come to them yet.
    pub(crate) is_slow: bool,
}

pub(crate) fn now() -> Timestamp {
    Timestamp::parse("2026-03-01T12:00:00Z").expect("a time")
}

impl Script {
    /// A program of this size that has read nothing.
    pub(crate) fn new(width: u16, height: u16) -> Self {
        let options = Options {
            filter: String::new(),
            sources: vec!["demo:seed=7".into()],
            aliases: Simulator::organization().map(|(id, name)| (id.into(), name.into())).collect(),
            theme: Theme::load("dark").expect("a built-in theme"),
            themes: Themes::default(),
            colors: Colors::Indexed,
            glyphs: Glyphs::UNICODE,
            local: jiff::tz::TimeZone::fixed(jiff::tz::offset(2)),
            presets: builtin(),
            now: now(),
            quiet: false,
            learned: Learned::default(),
            mutes: Mutes::default(),
            rings_from: Severity::High,
            told: vec![],
            logged: vec![],
            case: "test".into(),
            host: "desk".into(),
            notebook: crate::notebook::Notebook::default(),
            triggers: None,
            keymap: crate::command::keymap::Keymap::default(),
            start: crate::app::state::Start::default(),
            contexts: vec![("prod".into(), "s3://org-logs".into())],
            session: crate::app::session::Session::default(),
        };
        let mut app = App::new(options, Rect::new(0, 0, width, height));
        let question = first_question(&mut app);
        let intake = Intake::new(256 << 20);
        Self {
            app,
            intake,
            state: State::Watching,
            wishes: vec![],
            values: vec![],
            question,
            lens: Lens::default(),
            now: now(),
            findings: vec![],
            is_slow: false,
        }
    }

    /// The same with the rules that come with the program.
    pub(crate) fn watching(width: u16, height: u16) -> Self {
        let mut script = Self::new(width, height);
        let rules = Current::new(Arc::new(load::load(true, &[]).0));
        script.intake.findings_mut().0.watch_for(rules, 8 << 20);
        script
    }

    /// The still picture of the demo.
    pub(crate) fn demo(width: u16, height: u16, events: u64) -> Self {
        Self::new(width, height).of_demo(events)
    }

    /// Reads the still picture of the demo.
    pub(crate) fn of_demo(mut self, events: u64) -> Self {
        let options = demo::Options { seed: 7, events: Some(events), ..demo::Options::default() };
        let mut simulator = Simulator::new(&options, self.now);
        while let Some(delivery) = simulator.next() {
            self.deliver(delivery);
        }
        self.intake.flush(self.now);
        self.answer();
        self
    }

    /// What the demo delivers comes in; to be seen after a flush.
    pub(crate) fn deliver(&mut self, delivery: Delivery) {
        let label = label(&delivery.name);
        let delivered = label.as_ref().and_then(|label| label.time).unwrap_or(delivery.at);
        let (account, region) = (delivery.account, delivery.region);
        let plain = Hints { account, region, category: String::new() };
        let hints = label.map_or(plain, Hints::from);
        let mut bytes = vec![];
        let origin = match delivery.origin {
            demo::Origin::History => Origin::History,
            demo::Origin::S3 => Origin::S3,
        };
        if origin == Origin::S3 {
            let options = object::Options { max_object: 1 << 30, eager: false };
            object::read(&*delivery.bytes, &options, &mut |chunk| {
                bytes.extend(chunk.bytes);
                ControlFlow::Continue(())
            });
        } else {
            bytes = delivery.bytes;
        }
        let one = Batch {
            origins: origin.bit() | Origin::Demo.bit(),
            name: delivery.name.into(),
            hints: Arc::new(hints),
            delivered: Some(delivered),
            ..Batch::whole(origin, bytes)
        };
        self.intake.take(one, self.now);
    }

    /// Records arrive and are shown.
    pub(crate) fn arrive(&mut self, records: &[String]) {
        self.intake.take(Batch::whole(Origin::File, records.join("\n").into_bytes()), self.now);
        self.intake.flush(self.now);
        self.answer();
    }

    /// Records arrive as they happen.
    pub(crate) fn arrive_live(&mut self, records: &[String]) {
        let bytes = records.join("\n").into_bytes();
        self.intake.take(Batch { was_there: false, ..Batch::whole(Origin::Logs, bytes) }, self.now);
        self.intake.flush(self.now);
        self.answer();
    }

    /// The view of everything stored, for the last question.
    pub(crate) fn view(&self) -> View {
        let (question, snapshot) = (&self.question, self.intake.ring().snapshot());
        let (mut entries, mut in_window, mut hidden) = (vec![], 0, 0);
        for Judged { shown, hidden: noise, in_window: recent, .. } in self.judged() {
            let segment = &shown.part.segment;
            let entry = |row| Entry { time: segment.time(row), id: segment.id(row) };
            entries.extend(shown.rows.rows().map(entry));
            (in_window, hidden) = (in_window + recent, hidden + noise);
        }
        match question.order {
            Order::Time => entries.sort(),
            Order::Arrival => entries.sort_by_key(|entry| entry.id),
        }
        let health = Health {
            source: SourceId(0),
            state: self.state.clone(),
            objects: self.intake.tally().objects,
            waiting: 0,
            bytes: self.intake.tally().bytes,
            since: self.now,
            note: None,
            lacks: None,
            next_try: None,
        };
        let holes = self.intake.cover().holes();
        let ledger = Ledger {
            streams: self.intake.cover().streams(&holes),
            holes,
            doubts: self.intake.doubts(),
            data: self.intake.cover().data().clone(),
            tally: self.intake.tally().clone(),
            health: vec![health],
            newest: self.intake.newest(),
            bytes: 1 << 20,
            cap: 256 << 20,
            findings: self.findings.clone(),
            alerts: Arc::new(self.intake.alerts()),
            trails: self.intake.cover().seen(),
            ..Ledger::default()
        };
        let entries = entries.into();
        let mut folder = Folder::new(self.app.folding.clone());
        for Judged { shown, .. } in self.judged() {
            folder.come(&shown.part, &shown.rows);
        }
        let lines = folder.lines(&entries, question.order);
        View {
            lines,
            folding: self.app.folding.id,
            question: question.id,
            snapshot,
            ledger: Arc::new(ledger),
            entries,
            in_window,
            hidden,
            names_target: question.plan.names_target(),
            partial: false,
            now: self.now,
        }
    }

    /// Every part, judged by the last question.
    fn judged(&self) -> Vec<Judged> {
        let snapshot = self.intake.ring().snapshot();
        let judged = |part| Judged::of(&self.question, part, self.now, None);
        let judged: Vec<Judged> = snapshot.parts().iter().map(judged).collect();
        let mut firsts = Firsts::new();
        for judged in &judged {
            spared::join(&mut firsts, &judged.firsts);
        }
        judged.into_iter().map(|judged| judged.sparing(&firsts).unwrap_or(judged)).collect()
    }

    pub(crate) fn answer(&mut self) {
        let view = Arc::new(self.view());
        self.tell(Msg::News(News::View(view)));
        self.reckon();
    }

    /// Answers the last lens.
    pub(crate) fn reckon(&mut self) {
        if self.is_slow {
            return;
        }
        let shown: Vec<Shown> = self.judged().into_iter().map(|judged| judged.shown).collect();
        let snapshot = self.intake.ring().snapshot();
        let asked = Asked {
            question: self.question.id,
            lens: &self.lens,
            window: self.question.window,
            now: self.now,
            shown: &shown,
            kin: snapshot.kin(),
        };
        let mut answers = vec![];
        Reckoner::default().reckon(&asked, &mut || false, &mut |it| answers.extend(it));
        for insight in answers {
            self.tell(Msg::News(News::Insight(Arc::new(insight))));
        }
    }

    pub(crate) fn tell(&mut self, msg: Msg) {
        for effect in update(&mut self.app, msg) {
            match effect {
                Effect::Search(question) => {
                    self.question = question;
                    self.answer();
                }
                Effect::Mark(row, on) => {
                    self.intake.mark(row, on);
                    self.answer();
                }
                Effect::Fold(_) => self.answer(),
                Effect::Lens(lens) => {
                    self.lens = lens;
                    self.reckon();
                }
                // Completion from data is the business of search.
                Effect::Values(wanted) => self.values.push((wanted.asker, wanted.id)),
                Effect::LookAtTrails => {}
                Effect::Copy(..)
                | Effect::CopyToFile
                | Effect::Mouse(_)
                | Effect::Keep(_)
                | Effect::Learn(_)
                | Effect::Mute(_)
                | Effect::Notify(_)
                | Effect::Forget(_)
                | Effect::ReloadRules
                | Effect::Export(_)
                | Effect::Play(_)
                | Effect::Expect(_)
                | Effect::Record(_)
                | Effect::EndRecording
                | Effect::Quit
                | Effect::Suspend => self.wishes.push(effect),
            }
        }
    }

    pub(crate) fn press(&mut self, chord: Chord) {
        self.tell(Msg::Chord(chord));
    }

    /// Presses keys by their names, a blank between.
    pub(crate) fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys.split(' ') {
            self.press(Chord::parse(key).expect("a key"));
        }
        self
    }

    /// Types a text letter by letter.
    pub(crate) fn types(&mut self, text: &str) -> &mut Self {
        text.chars().for_each(|c| self.press(Chord::plain(Key::Char(c))));
        self
    }

    pub(crate) fn draw(&self) -> Buffer {
        let mut buf = Buffer::empty(self.app.screen);
        draw(&self.app, &mut buf);
        buf
    }

    /// The screen as lines.
    pub(crate) fn text(&self) -> String {
        let buf = self.draw();
        let lines = buf.content.chunks(usize::from(buf.area.width).max(1));
        lines
            .map(|cells| cells.iter().map(ratatui::buffer::Cell::symbol).collect::<String>() + "\n")
            .collect()
    }
}
