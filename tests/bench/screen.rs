//! What one sees: frames at three sizes with their bytes, and typing into the filter of a full ring.

use std::time::Duration;

use criterion::Criterion;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use trailtop::app;
use trailtop::app::draw::draw;
use trailtop::app::msg::Msg;
use trailtop::app::state::{App, Options, Start};
use trailtop::app::update::{first_question, update};
use trailtop::clock::Clock;
use trailtop::command::chord::{Chord, Key};
use trailtop::command::effect::Effect;
use trailtop::command::keymap::Keymap;
use trailtop::engine::intake::Intake;
use trailtop::engine::search::{Ask, News};
use trailtop::notebook::Notebook;
use trailtop::notebook::learned::Learned;
use trailtop::notebook::mutes::Mutes;
use trailtop::query::library::builtin;
use trailtop::shell::look;
use trailtop::shell::wire::Wire;
use trailtop::source::demo::Simulator;
use trailtop::store::hits::Severity;
use trailtop::store::snapshot::Snapshot;
use trailtop::ui::glyphs::Glyphs;
use trailtop::ui::theme::Colors;
use trailtop::ui::{Theme, Themes};

use crate::stage::{self, Search};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 35), (200, 50)];
/// What is typed, letter by letter: columns, then raw records.
const TYPED: [&str; 5] =
    ["err:AccessDenied", "who:deploy -event:Get*", "root:deploy", "amazonaws", "needle-in-a"];
/// Rows of the ring that frames are drawn of.
const FEW: u64 = 20_000;
/// Frames that a number of bytes is the mean of.
const FRAMES: usize = 50;

/// Frames, as criterion measures them.
pub(crate) fn all(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("draw");
    for (width, height) in SIZES {
        group.bench_function(format!("{width}x{height}"), |bencher| {
            let mut session = Session::open((width, height), &few().ring().snapshot());
            bencher.iter(|| session.frame());
        });
    }
    group.finish();
}

fn few() -> Intake {
    let mut intake = Intake::new(usize::MAX);
    stage::fill(&mut intake, 0..FEW);
    intake
}

/// The dashboard without its threads of keyboard and sources.
struct Session {
    app: App,
    search: Search,
    awaited: u64,
    wire: Wire,
    canvas: Buffer,
}

impl Session {
    fn open((width, height): (u16, u16), snapshot: &Snapshot) -> Self {
        let screen = Rect::new(0, 0, width, height);
        let options = Options {
            case: String::new(),
            host: String::new(),
            notebook: Notebook::default(),
            filter: String::new(),
            sources: vec!["bench".into()],
            aliases: Simulator::organization().map(|(id, name)| (id.into(), name.into())).collect(),
            theme: Theme::load("dark").expect("a theme of the program"),
            themes: Themes::default(),
            colors: Colors::Indexed,
            glyphs: Glyphs::UNICODE,
            local: jiff::tz::TimeZone::UTC,
            presets: builtin(),
            now: stage::now(),
            quiet: false,
            learned: Learned::default(),
            mutes: Mutes::default(),
            rings_from: Severity::High,
            told: vec![],
            triggers: None,
            logged: vec![],
            keymap: Keymap::default(),
            start: Start::default(),
            contexts: vec![],
            session: app::session::Session::default(),
        };
        let mut app = App::new(options, screen);
        let first = first_question(&mut app);
        let awaited = first.id;
        let search = Search::start(first);
        let (wire, canvas) = (Wire::new(screen), Buffer::empty(screen));
        let mut it = Self { app, search, awaited, wire, canvas };
        it.stored(snapshot.clone());
        it.frame();
        it
    }

    /// The store has changed; everything that follows from it is on the state afterwards.
    fn stored(&mut self, snapshot: Snapshot) {
        let rows = snapshot.len();
        self.search.stored(snapshot);
        while self.hear().is_none_or(|seen| seen < rows) {}
    }

    fn press(&mut self, key: Key) {
        let effects = update(&mut self.app, Msg::Chord(Chord::plain(key)));
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let ask = match effect {
                Effect::Search(question) => {
                    self.awaited = question.id;
                    Ask::Question(question)
                }
                Effect::Values(wanted) => Ask::Values(wanted),
                Effect::Lens(lens) => Ask::Lens(lens),
                Effect::Fold(wish) => Ask::Fold(wish),
                Effect::Mark(..)
                | Effect::Copy(..)
                | Effect::CopyToFile
                | Effect::Mouse(_)
                | Effect::LookAtTrails
                | Effect::Keep(_)
                | Effect::Learn(_)
                | Effect::Mute(_)
                | Effect::Notify(_)
                | Effect::ReloadRules
                | Effect::Forget(_)
                | Effect::Export(_)
                | Effect::Play(_)
                | Effect::Expect(_)
                | Effect::Record(_)
                | Effect::EndRecording
                | Effect::Quit
                | Effect::Suspend => continue,
            };
            self.search.asks.send(ask).expect("search runs");
        }
    }

    /// Takes one piece of news in; the rows of the snapshot it was answered from where it is the
    /// whole answer to the last question.
    fn hear(&mut self) -> Option<usize> {
        self.news().and_then(|(is_whole, rows)| is_whole.then_some(rows))
    }

    /// The same; whether the answer is whole, and `None` where it is to something else.
    fn news(&mut self) -> Option<(bool, usize)> {
        let news = self.search.next().expect("search answers");
        let meant = match &news {
            News::View(view) if view.question == self.awaited => {
                Some((!view.partial, view.snapshot.len()))
            }
            News::View(_) | News::Values(..) | News::Insight(_) => None,
        };
        let effects = update(&mut self.app, Msg::News(news));
        self.carry_out(effects);
        meant
    }

    /// Draws a frame as the shell does; the bytes it came to.
    fn frame(&mut self) -> usize {
        self.canvas.reset();
        let cursor = draw(&self.app, &mut self.canvas);
        look::spell(&mut self.canvas, Glyphs::UNICODE);
        self.wire.frame(&mut self.canvas, cursor).len()
    }
}

/// Bytes a frame, as a table.
pub(crate) fn frames() {
    println!("\n| screen | nothing changes | cursor moves | one row arrives | a page | all anew |");
    println!("|---|---|---|---|---|---|");
    for size in SIZES {
        let mut intake = few();
        let mut session = Session::open(size, &intake.ring().snapshot());
        session.frame();
        let idle = mean(|_| session.frame());
        let mut next = FEW;
        let arrives = mean(|_| {
            // Late enough to be the newest row, whatever its jitter.
            next += 500;
            stage::fill(&mut intake, next..next + 1);
            session.stored(intake.ring().snapshot());
            session.frame()
        });
        let moves = mean(|_| {
            session.press(Key::Char('k'));
            session.frame()
        });
        let page = mean(|_| {
            session.press(Key::PageUp);
            session.frame()
        });
        let anew = mean(|_| {
            session.wire.forget();
            session.frame()
        });
        let (width, height) = size;
        println!("| {width}x{height} | {idle} B | {moves} B | {arrives} B | {page} B | {anew} B |");
    }
}

fn mean(frame: impl FnMut(usize) -> usize) -> usize {
    (0..FRAMES).map(frame).sum::<usize>() / FRAMES
}

/// Typing into the filter of a full ring, as a table: what each keystroke waits for.
pub(crate) fn typing() {
    let mut session = Session::open((200, 50), stage::ring());
    let rows = stage::rows();
    println!(
        "\n| typed at {rows} rows, 200x50 | echo | first rows | whole answer | longest frame |"
    );
    println!("|---|---|---|---|---|");
    for text in TYPED {
        session.press(Key::Char('/'));
        let (mut echo, mut first, mut whole, mut frames) = (vec![], vec![], vec![], vec![]);
        for letter in text.chars() {
            let asked = session.awaited;
            let pressed = Clock::instant();
            session.press(Key::Char(letter));
            session.frame();
            echo.push(pressed.elapsed());
            frames.push(pressed.elapsed());
            if session.awaited == asked {
                // Not a filter yet, or the same one.
                continue;
            }
            let mut is_first = true;
            loop {
                let news = session.news();
                let begun = Clock::instant();
                session.frame();
                frames.push(begun.elapsed());
                let Some((is_whole, _)) = news else { continue };
                if std::mem::take(&mut is_first) {
                    first.push(pressed.elapsed());
                }
                if is_whole {
                    whole.push(pressed.elapsed());
                    break;
                }
            }
        }
        session.press(Key::Enter);
        let longest = frames.iter().max().copied().unwrap_or_default();
        let shown = [spread(echo), spread(first), spread(whole), millis(longest)];
        println!("| `{text}` | {} |", shown.join(" | "));
        session.press(Key::Char('\\'));
        while session.hear().is_none() {}
    }
}

/// The median and the worst.
fn spread(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    match times.last() {
        None => "none".into(),
        Some(worst) => format!("{}, worst {}", millis(times[times.len() / 2]), millis(*worst)),
    }
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}
