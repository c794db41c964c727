//! The dashboard's loop: one message, drain the rest, update, carry out the wishes, draw at most 60
//! frames a second.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::Context;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::UnboundedSender;

use crate::app::draw::draw;
use crate::app::msg::Msg;
use crate::app::state::{App, Options};
use crate::app::update::{first_question, update};
use crate::clock::Clock;
use crate::command::chord::{Chord, Key};
use crate::command::effect::Effect;
use crate::detect::rule::Rules;
use crate::engine::inbox::Inbox;
use crate::engine::ingest::Ingest;
use crate::engine::search::{self, Ask};
use crate::shell::keeper::{Keeper, Place, expected, exporting};
use crate::shell::start::{LEAVING, Opened, Reading, readers, spawn};
use crate::shell::taping::Taping;
use crate::shell::terminal::Screen;
use crate::shell::{clipboard, input, lessons, look, signals};
use crate::source::batch::Feed;
use crate::source::bell::Bell;
use crate::source::tape::hand::Wish;

/// The least time between two frames.
const FRAME: Duration = Duration::from_millis(16);

/// What the dashboard needs beside its state.
#[derive(Debug)]
pub struct Setup {
    /// The sources.
    pub opened: Opened,
    /// Where the sources live.
    pub runtime: Runtime,
    /// How they are read.
    pub reading: Reading,
    /// Bytes that the store may hold.
    pub memory: usize,
    /// Makes whoever watches trails look at them now.
    pub bell: Bell,
    /// Where the notebook is kept.
    pub place: Place,
    /// What is watched for.
    pub rules: Arc<Rules>,
    /// The hand on a recording that is played.
    pub hand: Option<UnboundedSender<Wish>>,
}

/// The world as the loop sees it.
struct World {
    screen: Screen,
    search: Sender<Ask>,
    feed: UnboundedSender<Feed>,
    bell: Bell,
    keeper: Keeper,
    /// The hand on a recording that is played.
    hand: Option<UnboundedSender<Wish>>,
    taping: Taping,
    msgs: Sender<Msg>,
}

/// Runs the dashboard until the user leaves; gives what there is to say of the notebook then.
pub fn run(setup: Setup, options: Options) -> anyhow::Result<Option<String>> {
    let clock = setup.reading.clock;
    let (msgs, inbox) = channel();
    let mut screen = Screen::enter()?;
    signals::watch(msgs.clone()).context("signals cannot be watched")?;
    input::listen(msgs.clone()).context("the keyboard cannot be read")?;
    let mut app = App::new(options, screen.resize()?);
    let first = first_question(&mut app);
    screen.draw(|buf| paint(&app, buf))?;

    let runtime = setup.runtime;
    let health = setup.opened.health(clock.now());
    let closing = setup.opened.closing.clone();
    let (feed, feed_end) = setup.opened.start(&runtime, setup.reading);
    let expected = expected(&app.notebook);
    if !expected.is_empty() {
        feed.send(Feed::Expect(expected)).ok().context("ingest has stopped")?;
    }
    let (search, search_end) = channel();
    let ingest = Ingest::new(setup.memory, health, clock, setup.rules);
    let to_search = search.clone();
    let drafts = readers(feed_end, &ingest.reading(), clock)?;
    spawn("ingest", move || ingest.run(drafts, &to_search))?;
    let post = msgs.clone();
    spawn("search", move || {
        // The screen may have gone first; then nobody needs the answer.
        search::run(Inbox::new(search_end), first, clock, &|news| drop(post.send(Msg::News(news))));
    })?;
    let keeper = Keeper::start(setup.place, msgs.clone())?;
    let (bell, hand) = (setup.bell, setup.hand);
    let taping = Taping::new(clock, msgs.clone());
    let mut world = World { screen, search, feed, bell, keeper, hand, taping, msgs };
    let ended = turn(&mut app, &mut world, &inbox);
    let World { screen, keeper, feed, taping, .. } = world;
    drop(screen);
    let said = [taping.end(&feed), keeper.end(app.notebook.entries().len())];
    let said = said.into_iter().flatten().reduce(|one, other| format!("{one}\n{other}"));
    runtime.block_on(closing.close(LEAVING));
    // A source may be in the middle of a read; nothing more of theirs is worth waiting for.
    runtime.shutdown_background();
    ended.map(|()| said)
}

fn turn(app: &mut App, world: &mut World, inbox: &Receiver<Msg>) -> anyhow::Result<()> {
    let mut drawn: Option<Instant> = None;
    let mut dirty = true;
    loop {
        let since = drawn.map_or(FRAME, |at| at.elapsed());
        if dirty && since >= FRAME {
            // Drawn before the next message is taken, so that a flood of them cannot hold it up.
            world.screen.draw(|buf| paint(app, buf)).context("the terminal cannot be written")?;
            drawn = Some(Clock::instant());
            dirty = false;
            continue;
        }
        let msg = if dirty {
            match inbox.recv_timeout(FRAME.saturating_sub(since)) {
                Ok(msg) => msg,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        } else {
            match inbox.recv() {
                Ok(msg) => msg,
                Err(_) => return Ok(()),
            }
        };
        dirty = true;
        let msg = match msg {
            Msg::Resized => Msg::Size(world.screen.resize()?),
            Msg::Continued => Msg::Size(world.screen.retake()?),
            msg => msg,
        };
        panic_on_request(&msg)?;
        for effect in update(app, msg) {
            if !carry_out(app, world, effect)? {
                return Ok(());
            }
        }
    }
}

fn paint(app: &App, buf: &mut Buffer) -> Option<Position> {
    let cursor = draw(app, buf);
    look::spell(buf, app.options.glyphs);
    cursor
}

/// Carries out one wish; false when it was the last one.
fn carry_out(app: &mut App, world: &mut World, effect: Effect) -> anyhow::Result<bool> {
    match effect {
        Effect::Search(question) => {
            world.search.send(Ask::Question(question)).context("search has stopped")?;
        }
        Effect::Values(wanted) => {
            world.search.send(Ask::Values(wanted)).context("search has stopped")?;
        }
        Effect::Fold(wish) => {
            world.search.send(Ask::Fold(wish)).context("search has stopped")?;
        }
        Effect::Lens(lens) => {
            world.search.send(Ask::Lens(lens)).context("search has stopped")?;
        }
        Effect::Mark(row, on) => {
            world.feed.send(Feed::Mark(row, on)).ok().context("ingest has stopped")?;
        }
        Effect::Copy(text, what) => {
            let said = match clipboard::send(&text) {
                Ok(how) => format!("{what} {how}"),
                Err(why) => format!("{what} was not sent: {why}"),
            };
            update(app, Msg::Notice(said));
        }
        Effect::Keep(change) => world.keeper.keep(change),
        Effect::Learn(change) => lessons::keep(change, world.msgs.clone())?,
        Effect::Export(export) => exporting(*export, world.msgs.clone())?,
        Effect::LookAtTrails => world.bell.ring(),
        Effect::Play(wish) => {
            // A source that has ended has said why.
            if let Some(hand) = &world.hand {
                hand.send(wish).ok();
            }
        }
        Effect::Expect(events) => {
            world.feed.send(Feed::Expect(events)).ok().context("ingest has stopped")?;
        }
        Effect::Record(name) => {
            let msg = world.taping.begin(name, app.names(), &world.feed);
            update(app, msg);
        }
        Effect::EndRecording => Taping::stop(&world.feed),
        Effect::Suspend => {
            let said = "no shell would bring trailtop back: q leaves";
            let size = world.screen.suspend()?.map(Msg::Size);
            update(app, size.unwrap_or_else(|| Msg::Notice(said.into())));
        }
        Effect::Quit => return Ok(false),
    }
    Ok(true)
}

/// A bug to order, for the test that a bug leaves the terminal clean: Alt-! where the build checks
/// itself and `$TRAILTOP_TEST_PANIC` names the thread.
fn panic_on_request(msg: &Msg) -> anyhow::Result<()> {
    const BUG: Chord = Chord { key: Key::Char('!'), ctrl: false, alt: true };
    if !cfg!(debug_assertions) || !matches!(msg, Msg::Chord(BUG)) {
        return Ok(());
    }
    match std::env::var("TRAILTOP_TEST_PANIC").as_deref() {
        Ok("main") => bug(),
        Ok("ingest") => drop(spawn("ingest", bug)?),
        _ => {}
    }
    Ok(())
}

fn bug() {
    panic!("ordered \x1b]0;title\x07");
}
