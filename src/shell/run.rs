//! The dashboard's loop: one message, update, carry out the wishes; a frame whenever something
//! changed and the terminal has room for one.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};

use anyhow::Context;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::UnboundedSender;

use crate::app::ages;
use crate::app::draw::{draw, sides};
use crate::app::msg::Msg;
use crate::app::state::{App, Options};
use crate::app::update::{first_question, update};
use crate::cli;
use crate::clock::Clock;
use crate::command::action::Action;
use crate::command::chord::{Chord, Key};
use crate::command::effect::Effect;
use crate::detect::current::Current;
use crate::engine::inbox::Inbox;
use crate::engine::ingest::Ingest;
use crate::engine::search::{self, Ask, News};
use crate::export::safe;
use crate::shell::clipboard::Way;
use crate::shell::keeper::{Keeper, Place, expected, exporting};
use crate::shell::notify;
use crate::shell::reload::{Origin, Reload};
use crate::shell::start::{LEAVING, Opened, Reading, readers, spawn};
use crate::shell::taping::Taping;
use crate::shell::terminal::{Scene, Screen};
use crate::shell::trigger::runner::{self, Heard, Runner};
use crate::shell::wire::Fps;
use crate::shell::{clipboard, habits, input, lessons, look, session, signals};
use crate::source::batch::Feed;
use crate::source::bell::Bell;
use crate::source::tape::hand::Wish;
use crate::trigger::definition::Triggers;
use crate::trigger::sentry::Sentry;
use crate::ui::format;

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
    pub rules: Current,
    /// What the rules came from.
    pub origin: Origin,
    /// The hand on a recording that is played.
    pub hand: Option<UnboundedSender<Wish>>,
    /// How many frames a second are drawn of what arrives.
    pub fps: Fps,
    /// How somebody is made to look.
    pub notify: cli::Notify,
}

/// Who does what triggers want done.
fn runner(
    (triggers, post): (Option<&Arc<Triggers>>, &Sender<Msg>),
    (runtime, ingest, clock): (&Runtime, Ingest, Clock),
) -> anyhow::Result<(Option<Runner>, Ingest)> {
    let Some(triggers) = triggers.filter(|all| !all.is_empty()) else { return Ok((None, ingest)) };
    let post = post.clone();
    let told = move |heard| {
        // The screen may have gone first.
        drop(post.send(match heard {
            Heard::Entry(entry) => Msg::Fired(Box::new(entry)),
            Heard::Trouble(why) => Msg::Notice(why),
        }));
    };
    let (runner, wishes) =
        Runner::start(runtime.handle(), Arc::clone(triggers), clock, Box::new(told))?;
    let sentry = Sentry::new(Arc::clone(triggers), runner::name(clock));
    Ok((Some(runner), ingest.firing(sentry, wishes)))
}

/// The world as the loop sees it.
struct World {
    screen: Screen,
    clock: Clock,
    search: Sender<Ask>,
    feed: UnboundedSender<Feed>,
    bell: Bell,
    keeper: Keeper,
    /// The hand on a recording that is played.
    hand: Option<UnboundedSender<Wish>>,
    taping: Taping,
    notify: cli::Notify,
    reload: Reload,
    msgs: Sender<Msg>,
    /// What was copied last, and what that is.
    copied: Option<(String, &'static str)>,
}

impl World {
    fn ask(&self, ask: Ask) -> anyhow::Result<()> {
        self.search.send(ask).context("search has stopped")
    }

    fn feed(&self, feed: Feed) -> anyhow::Result<()> {
        self.feed.send(feed).ok().context("ingest has stopped")
    }
}

/// Runs the dashboard until the user leaves; gives what there is to say of the notebook then.
pub fn run(setup: Setup, options: Options) -> anyhow::Result<Option<String>> {
    let clock = setup.reading.clock;
    let (msgs, inbox) = channel();
    let wake = msgs.clone();
    // The loop may have ended first; then nobody waits for room.
    let mut screen = Screen::enter(setup.fps, move || drop(wake.send(Msg::Written)))?;
    signals::watch(msgs.clone()).context("signals cannot be watched")?;
    input::listen(msgs.clone()).context("the keyboard cannot be read")?;
    let mut app = App::new(options, screen.resize());
    let first = first_question(&mut app);
    if app.mouse {
        screen.mouse(true);
    }
    screen.draw(Scene::default(), |buf| paint(&app, buf));

    let runtime = setup.runtime;
    let health = setup.opened.health(clock.now());
    let closing = setup.opened.closing.clone();
    let (feed, feed_end) = setup.opened.start(&runtime, setup.reading);
    let expected = expected(&app.notebook);
    if !expected.is_empty() {
        feed.send(Feed::Expect(expected)).ok().context("ingest has stopped")?;
    }
    feed.send(Feed::Mute(app.options.mutes.clone())).ok().context("ingest has stopped")?;
    let (search, search_end) = channel();
    // What a recording tells was learned when it happened, or by somebody else.
    let met = setup.hand.is_none().then_some(&app.options.sources[..]);
    let post = msgs.clone();
    // The screen may have gone first.
    let tell = move |said| drop(post.send(Msg::Notice(said)));
    let (habits, known, told) = habits::Keeper::start(met, setup.memory / 16, tell)?;
    if let Some(why) = told {
        drop(update(&mut app, Msg::Notice(why)));
    }
    let reload = Reload::start(setup.origin, setup.rules.clone(), feed.clone(), msgs.clone())?;
    let ingest = Ingest::new(setup.memory, health, clock, (setup.rules, known));
    let triggers = app.triggers().map(Arc::clone);
    let (runner, ingest) = runner((triggers.as_ref(), &msgs), (&runtime, ingest, clock))?;
    let to_search = search.clone();
    let drafts = readers(feed_end, &ingest.reading(), clock)?;
    spawn("ingest", move || ingest.run(drafts, &to_search))?;
    let post = msgs.clone();
    spawn("search", move || {
        // The screen may have gone first; then nobody needs the answer.
        search::run(Inbox::new(search_end), first, clock, &|news| drop(post.send(Msg::News(news))));
    })?;
    let keeper = Keeper::start(setup.place, msgs.clone())?;
    let (bell, notify, hand) = (setup.bell, setup.notify, setup.hand);
    let taping = Taping::new(clock, msgs.clone());
    let copied = None;
    let mut world = World {
        screen,
        clock,
        search,
        feed,
        bell,
        keeper,
        hand,
        taping,
        notify,
        reload,
        msgs,
        copied,
    };
    let ended = turn(&mut app, &mut world, &inbox);
    let World { screen, keeper, feed, taping, .. } = world;
    drop(screen);
    let taped = taping.end(&feed);
    // Ingest hands over what was learned; it has gone where every source has.
    feed.send(Feed::HandOver).ok();
    habits.end();
    drop(feed);
    let lost = session::keep(app.session());
    let said = [taped, keeper.end(app.notebook.entries().len()), lost];
    let said = said.into_iter().flatten().reduce(|one, other| format!("{one}\n{other}"));
    runtime.block_on(async {
        let ended = async {
            if let Some(runner) = runner {
                runner.stop().await;
            }
        };
        tokio::join!(ended, closing.close(LEAVING))
    });
    // A source may be in the middle of a read; nothing more of theirs is worth waiting for.
    runtime.shutdown_background();
    ended.map(|()| said)
}

fn turn(app: &mut App, world: &mut World, inbox: &Receiver<Msg>) -> anyhow::Result<()> {
    let mut answered = app.answered();
    // Whether something changed since the last frame, and whether somebody waits to see it.
    let mut changed: Option<bool> = Some(true);
    loop {
        let is_urgent = changed == Some(true);
        let wait = world.screen.wait(changed).context("the terminal cannot be written")?;
        // What says how long ago something was changes by itself.
        let tick = ages::next_change(app);
        let tick = tick.map(|at| world.clock.until(at));
        if wait.is_some_and(|wait| wait.is_zero()) {
            // Drawn before the next message is taken, so that a flood of them cannot hold it up.
            let scene = Scene { is_urgent, sides: sides(app), rows: app.view.len() };
            world.screen.draw(scene, |buf| paint(app, buf));
            (changed, answered) = (None, app.answered());
            continue;
        }
        let msg = match wait.into_iter().chain(tick).min() {
            None => inbox.recv().ok(),
            Some(least) => match inbox.recv_timeout(least) {
                Ok(msg) => Some(msg),
                Err(RecvTimeoutError::Timeout) if tick == Some(least) => {
                    Some(Msg::Tick(world.clock.now()))
                }
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => None,
            },
        };
        let msg = match msg {
            None => return Ok(()),
            Some(Msg::Written) => continue,
            Some(Msg::Seen(is_seen)) => {
                world.screen.is_seen(is_seen);
                // What was drawn slowly while nobody looked.
                changed = changed.map(|is_urgent| is_urgent || is_seen);
                continue;
            }
            Some(Msg::Resized) => Msg::Size(world.screen.resize()),
            Some(Msg::Continued) => Msg::Size(world.screen.retake()?),
            Some(msg) => msg,
        };
        panic_on_request(&msg)?;
        let arrives = matches!(msg, Msg::News(News::View(_) | News::Insight(_)) | Msg::Tick(_));
        for effect in update(app, msg) {
            if !carry_out(app, world, effect)? {
                return Ok(());
            }
        }
        let is_awaited = !arrives || app.answered() != answered;
        changed = Some(is_awaited || is_urgent);
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
        Effect::Search(question) => world.ask(Ask::Question(question))?,
        Effect::Values(wanted) => world.ask(Ask::Values(wanted))?,
        Effect::Fold(wish) => world.ask(Ask::Fold(wish))?,
        Effect::Lens(lens) => world.ask(Ask::Lens(lens))?,
        Effect::Mark(row, on) => world.feed(Feed::Mark(row, on))?,
        Effect::Copy(text, what) => {
            // Terminals paste what they are given: nothing that a record says steers them.
            let text = safe::lines(&text).into_owned();
            let key = app.keymap.key(Action::CopyFile);
            let offer = format!("{key} writes it to a file");
            world.copied = Some((text.clone(), what));
            let said = match clipboard::way(&text) {
                Some(Way::Tmux) => {
                    clipboard::through_tmux(text, (what, offer), world.msgs.clone())?;
                    return Ok(true);
                }
                Some(Way::Terminal(bytes, how)) => {
                    world.screen.send(&bytes);
                    format!("{what} {how} · {offer}")
                }
                None => {
                    let bytes = format::count(text.len() as u64);
                    format!(
                        "{bytes} bytes are too many for a clipboard · {key} writes {what} to a file"
                    )
                }
            };
            update(app, Msg::Notice(said));
        }
        Effect::CopyToFile => {
            if let Some((text, what)) = world.copied.clone() {
                clipboard::to_file(text, what, world.msgs.clone())?;
            } else {
                let key = app.keymap.key(Action::CopyEvent);
                let said = format!("nothing was copied yet · {key} copies an event");
                update(app, Msg::Notice(said));
            }
        }
        Effect::Mouse(on) => world.screen.mouse(on),
        Effect::Keep(change) => world.keeper.keep(change),
        Effect::Learn(change) => lessons::keep(lessons::NOISE, change, world.msgs.clone())?,
        Effect::Mute(change) => {
            let mutes = app.options.mutes.clone();
            world.feed(Feed::Mute(mutes))?;
            lessons::keep(lessons::MUTES, change, world.msgs.clone())?;
        }
        Effect::Notify(said) => world.screen.send(notify::bytes(world.notify, &said).as_bytes()),
        Effect::ReloadRules => world.reload.ask(),
        Effect::Forget(subject) => {
            world.feed(Feed::Forget(subject.clone()))?;
            habits::forgetting(subject, world.msgs.clone())?;
        }
        Effect::Export(export) => exporting(*export, world.msgs.clone())?,
        Effect::LookAtTrails => world.bell.ring(),
        Effect::Play(wish) => {
            // A source that has ended has said why.
            if let Some(hand) = &world.hand {
                hand.send(wish).ok();
            }
        }
        Effect::Expect(events) => world.feed(Feed::Expect(events))?,
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
