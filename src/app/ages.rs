//! How the times of rows are written: in UTC, in local time, or as how long ago they were; and when the
//! last of these change by themselves.

use jiff::tz::TimeZone;

use crate::app::state::{App, Layer};
use crate::app::tape;
use crate::event::time::Timestamp;
use crate::pane::contract::Times;
use crate::ui::format;

/// The next way to write times: UTC, local, how long ago.
pub(crate) fn next(app: &mut App) {
    let (utc, local) = (TimeZone::UTC, app.options.local.clone());
    (app.zone, app.times) = match (app.times, app.zone == utc) {
        (Times::Ago, _) => (utc, Times::Clock),
        (Times::Clock, true) if local != utc => (local, Times::Clock),
        (Times::Clock, _) => (app.zone.clone(), Times::Ago),
    };
    if app.times == Times::Ago {
        app.tell("times are how long ago · {zone} writes them as UTC again");
    }
}

/// Times as how long ago, or as the clock showed them, whatever the zone.
pub(crate) fn toggle(app: &mut App) {
    app.times = match app.times {
        Times::Clock => Times::Ago,
        Times::Ago => Times::Clock,
    };
}

/// When an age on the screen is written differently for the first time; `None` where none is shown
/// or time stands still: nothing is drawn for nothing.
pub fn next_change(app: &App) -> Option<Timestamp> {
    let is_seen = matches!(app.layers.last(), None | Some(Layer::Details | Layer::Prompt))
        && app.body_view().is_none();
    let passes = app.view.ledger.is_live() && !app.paused && !tape::is_played(app);
    if app.times == Times::Clock || !is_seen || !passes {
        return None;
    }
    let times = app.stream.times(&app.ctx(app.layout.stream, false));
    times.into_iter().map(|then| format::ago_until(app.now(), then)).min()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::app::msg::Msg;
    use crate::app::script::{Script, now};
    use crate::event::time::Millis;
    use crate::source::batch::State;
    use crate::ui::paint::paint;

    /// A record that was written so many seconds ago.
    fn record(seconds: i64) -> String {
        let time = now() - Millis::seconds(seconds);
        format!(
            r#"{{"eventVersion":"1.08","eventTime":"{time}","eventID":"{seconds}","eventName":"GetUser","eventSource":"iam.amazonaws.com","userIdentity":{{"type":"IAMUser","userName":"alice"}}}}"#
        )
    }

    fn read(seconds: &[i64]) -> Script {
        let mut script = Script::new(120, 35);
        let records: Vec<String> = seconds.iter().map(|seconds| record(*seconds)).collect();
        script.arrive(&records);
        script
    }

    /// The times of the rows, as they are written.
    fn written(script: &Script) -> Vec<String> {
        let text = script.text();
        let rows = text.lines().filter(|line| line.contains("GetUser") && line.contains("alice"));
        rows.filter(|line| !line.starts_with("──"))
            .map(|line| line[1..9].trim().to_owned())
            .collect()
    }

    #[test]
    fn a_key_goes_through_the_ways_to_write_times() {
        let mut script = read(&[7_500, 125, 3]);
        assert_eq!(written(&script), ["09:55:00", "11:57:55", "11:59:57"]);
        assert_eq!(written(script.keys("t")), ["11:55:00", "13:57:55", "13:59:57"]);
        assert_eq!(written(script.keys("t")), ["2h05m", "2m", "3s"]);
        assert_eq!(written(script.keys("t"))[2], "11:59:57");
        // By its name, whatever the zone is.
        assert_eq!(written(script.keys(":").types("ago").keys("Enter"))[2], "3s");
        // A machine whose zone is UTC has two ways.
        let mut script = read(&[3]);
        script.app.options.local = TimeZone::UTC;
        assert_eq!([written(script.keys("t")), written(script.keys("t"))], [["3s"], ["11:59:57"]]);
    }

    #[test]
    fn time_passes_a_second_at_a_time_and_slower_for_what_is_older() {
        let mut script = read(&[7_500, 125, 3]);
        assert_eq!(next_change(&script.app), None, "the clock's time never changes");
        script.keys("t t");
        let after = |script: &Script| next_change(&script.app).map(|at| (at - now()).0);
        assert_eq!(after(&script), Some(1_000));
        script.tell(Msg::Tick(now() + Millis::seconds(1)));
        assert_eq!(written(&script), ["2h05m", "2m", "4s"]);
        // Once the youngest is a minute old, every ten seconds are enough.
        script.tell(Msg::Tick(now() + Millis::seconds(57)));
        assert_eq!(written(&script), ["2h05m", "2m", "1m"]);
        assert_eq!(after(&script), Some(60_000));
        script.tell(Msg::Tick(now() + Millis::seconds(60)));
        assert_eq!(written(&script), ["2h06m", "3m", "1m"]);
    }

    #[test]
    fn nothing_changes_where_nobody_looks_and_where_time_stands_still() {
        let mut script = read(&[3]);
        script.keys("t t");
        for (keys, back) in [("T", "Esc"), ("?", "Esc"), ("Space", "Space"), (":", "Esc")] {
            assert_eq!(next_change(&script.keys(keys).app), None, "{keys}");
            assert!(next_change(&script.keys(back).app).is_some(), "{back}");
        }
        assert!(next_change(&script.keys("Enter").app).is_some(), "the rows are seen all the same");
        script.state = State::Ended;
        script.answer();
        assert_eq!(next_change(&script.app), None);
        script.app.ticked = now() + Millis::hours(1);
        assert_eq!(written(&script), ["3s"], "of what is over, the newest event is now");
    }

    #[test]
    fn ages_look_like_this() {
        for (width, height) in [(80, 24), (120, 35)] {
            let mut script = Script::demo(width, height, 300);
            script.keys("H t t");
            assert_snapshot!(format!("ago_{width}x{height}"), paint(&script.draw()));
        }
    }
}
