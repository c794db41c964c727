//! Numbers, sizes and times as the screen says them. Short, fixed in width where columns need it,
//! and always in the zone the user chose.

use jiff::tz::TimeZone;

use crate::event::time::{Millis, Timestamp};
use crate::ui::glyphs::Glyphs;

/// A count with thousands separators: `1,638`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// So many of something: `1 event`, `1,638 events`.
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// A count in at most five letters, for narrow columns: `9999`, `23.9k`, `412k`, `1.2M`.
pub fn short_count(n: u64) -> String {
    if n < 10_000 {
        return n.to_string();
    }
    scaled(n, 1000, &["k", "M", "G", "T", "P", "E"])
}

/// A size of memory or of a file: `850 B`, `1.5 kB`, `31 MB`. Steps of 1024, as `--memory` counts.
pub fn bytes(n: u64) -> String {
    if n < 1024 {
        format!("{n} B")
    } else {
        scaled(n, 1024, &[" kB", " MB", " GB", " TB", " PB", " EB"])
    }
}

/// The largest unit that keeps the number below `step`, with one decimal below ten. Rounded down:
/// a limit is never shown as reached before it is.
fn scaled(n: u64, step: u64, units: &[&str]) -> String {
    let (mut whole, mut tenths) = (n, 0);
    let mut unit = "";
    for name in units {
        if whole < step {
            break;
        }
        tenths = whole % step * 10 / step;
        whole /= step;
        unit = name;
    }
    if whole < 10 && tenths > 0 {
        format!("{whole}.{tenths}{unit}")
    } else {
        format!("{whole}{unit}")
    }
}

/// A part of a whole in percent: `80 %`, `<1 %`, `-` of nothing. Never 100 before all is there.
pub fn percent(part: u64, whole: u64) -> String {
    match (u128::from(part) * 100).checked_div(u128::from(whole)) {
        None => "-".to_owned(),
        Some(0) if part > 0 => "<1 %".to_owned(),
        Some(percent) => format!("{percent} %"),
    }
}

/// A length of time by its two largest units: `8m10s`, `3d4h`.
pub fn duration(length: Millis) -> String {
    length.to_string()
}

/// A short wait in seconds with a tenth: `0.4 s`; from ten seconds on as [`duration`].
pub fn wait(length: Millis) -> String {
    match length.0 {
        0..10_000 => format!("{}.{} s", length.0 / 1000, length.0 % 1000 / 100),
        _ => length.to_string(),
    }
}

/// How long ago `then` was, to the second; `now` for less than one, `in 8s` for what is to come.
pub fn age(now: Timestamp, then: Timestamp) -> String {
    let seconds = (now - then).0 / 1000;
    match seconds {
        0 => "now".to_owned(),
        1.. => Millis(seconds.saturating_mul(1000)).to_string(),
        _ => format!("in {}", Millis(seconds.saturating_neg().saturating_mul(1000))),
    }
}

/// How long ago `then` was, in at most seven cells, for a column that is looked at all the time:
/// seconds for a minute, then `3m`, `2h05m`, `3d04h`. Whatever is older than a minute is renewed
/// every ten seconds and not each at its own time.
pub fn ago(now: Timestamp, then: Timestamp) -> String {
    let minutes = match Passed::between(now, then) {
        Passed::Seconds(seconds @ 0..) => return format!("{seconds}s"),
        Passed::Seconds(_) => return "soon".to_owned(),
        Passed::Minutes(minutes) => minutes,
    };
    let hours = minutes / 60;
    match (hours / 24, hours) {
        (0, 0) => format!("{minutes}m"),
        (0, _) => format!("{hours}h{:02}m", minutes % 60),
        (days @ 1..100, _) => format!("{days}d{:02}h", hours % 24),
        (days, _) => format!("{days}d"),
    }
}

/// When [`ago`] says something else for the first time after `now`, as far as it goes on changing.
pub fn ago_until(now: Timestamp, then: Timestamp) -> Timestamp {
    let begun = then.0.div_euclid(1000);
    let wanted = match Passed::between(now, then) {
        Passed::Seconds(_) => return Timestamp((now.0.div_euclid(1000) + 1).saturating_mul(1000)),
        Passed::Minutes(minutes @ ..1440) => (minutes + 1) * 60,
        Passed::Minutes(minutes @ 1440..144_000) => (minutes / 60 + 1) * 3600,
        Passed::Minutes(minutes) => (minutes / 1440 + 1) * 86_400,
    };
    Timestamp(begun.saturating_add(wanted + STEP - 1).div_euclid(STEP).saturating_mul(STEP * 1000))
}

/// Seconds between two looks at what is older than a minute.
const STEP: i64 = 10;

/// How much time has passed, as far as it is told.
enum Passed {
    /// Fewer than 60, or below 0: it is to come.
    Seconds(i64),
    /// At least one.
    Minutes(i64),
}

impl Passed {
    fn between(now: Timestamp, then: Timestamp) -> Self {
        let (now, then) = (now.0.div_euclid(1000), then.0.div_euclid(1000));
        match now.saturating_sub(then) {
            seconds @ ..60 => Self::Seconds(seconds),
            _ => Self::Minutes(
                (now.div_euclid(STEP) * STEP).saturating_sub(then).div_euclid(60).max(1),
            ),
        }
    }
}

/// `HH:MM:SS`
pub fn clock(at: Timestamp, zone: &TimeZone) -> String {
    let c = at.in_zone(zone);
    format!("{:02}:{:02}:{:02}", c.hour(), c.minute(), c.second())
}

/// `HH:MM`
pub fn minute(at: Timestamp, zone: &TimeZone) -> String {
    let c = at.in_zone(zone);
    format!("{:02}:{:02}", c.hour(), c.minute())
}

/// `2023-07-10`
pub fn date(at: Timestamp, zone: &TimeZone) -> String {
    let c = at.in_zone(zone);
    format!("{:04}-{:02}-{:02}", c.year(), c.month(), c.day())
}

/// `07-10`
pub fn short_date(at: Timestamp, zone: &TimeZone) -> String {
    let c = at.in_zone(zone);
    format!("{:02}-{:02}", c.month(), c.day())
}

/// `2023-07-10 12:00:08`
pub fn stamp(at: Timestamp, zone: &TimeZone) -> String {
    format!("{} {}", date(at, zone), clock(at, zone))
}

/// As short as it can be without a doubt about the day: `12:00:08` on the day of `now`, else
/// `07-10 12:00` in the same year, else `2023-07-10 12:00`.
pub fn near(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (then, today) = (at.in_zone(zone), now.in_zone(zone));
    if then.date() == today.date() {
        clock(at, zone)
    } else if then.year() == today.year() {
        format!("{} {}", short_date(at, zone), minute(at, zone))
    } else {
        format!("{} {}", date(at, zone), minute(at, zone))
    }
}

/// To the second, where there is room: `12:00:08` on the day of `now`, else `2023-07-10 12:00:08`.
pub fn exact(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    if is_other_day(at, now, zone) { stamp(at, zone) } else { clock(at, zone) }
}

/// As [`near`] in a column of `cells`: where that is too long, the day alone.
pub fn near_within(at: Timestamp, now: Timestamp, zone: &TimeZone, cells: usize) -> String {
    let said = near(at, now, zone);
    let day = date(at, zone);
    match said.len() {
        length if length <= cells => said,
        _ if day.len() <= cells => day,
        _ => day[2..].to_owned(),
    }
}

/// The title of a date rule: `Mon 2023-07-10`.
pub fn day_title(at: Timestamp, zone: &TimeZone) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let day = at.in_zone(zone).weekday().to_monday_zero_offset();
    format!("{} {}", DAYS[day as usize % 7], date(at, zone))
}

/// Whether a date rule belongs between two neighbouring rows.
pub fn is_other_day(before: Timestamp, after: Timestamp, zone: &TimeZone) -> bool {
    before.in_zone(zone).date() != after.in_zone(zone).date()
}

/// From one moment to another, without saying the day or the year twice:
/// `2025-04-11 15:28 → 04-16 09:50`.
pub fn span(from: Timestamp, to: Timestamp, zone: &TimeZone, glyphs: Glyphs) -> String {
    let (start, end) = (from.in_zone(zone), to.in_zone(zone));
    let end = if start.date() == end.date() {
        minute(to, zone)
    } else if start.year() == end.year() {
        format!("{} {}", short_date(to, zone), minute(to, zone))
    } else {
        format!("{} {}", date(to, zone), minute(to, zone))
    };
    format!("{} {} {} {end}", date(from, zone), minute(from, zone), glyphs.arrow())
}

/// What the zone is called at that moment: `UTC`, `CEST`, `-03`.
pub fn zone_name(at: Timestamp, zone: &TimeZone) -> String {
    let instant = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    zone.to_offset_info(instant).abbreviation().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).expect("a time of this test")
    }

    #[test]
    fn counts_and_sizes() {
        for (n, said, short) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1638, "1,638", "1638"),
            (23_981, "23,981", "23k"),
            (1_234_567, "1,234,567", "1.2M"),
            (u64::MAX, "18,446,744,073,709,551,615", "18E"),
        ] {
            assert_eq!((count(n).as_str(), short_count(n).as_str()), (said, short));
        }
        for (n, said) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1536, "1.5 kB"),
            (31 << 20, "31 MB"),
            ((512 << 20) - 1, "511 MB"),
            (2 << 30, "2 GB"),
            (u64::MAX, "15 EB"),
        ] {
            assert_eq!(bytes(n), said);
        }
        assert_eq!([percent(999, 1000), percent(1, 1000)], ["99 %", "<1 %"]);
        assert_eq!([percent(5, 5), percent(0, 0)], ["100 %", "-"]);
    }

    #[test]
    fn lengths_and_ages() {
        let now = at("2023-07-10T12:08:10Z");
        for (then, said) in [
            ("2023-07-10T12:00:00Z", "8m10s"),
            ("2023-07-10T12:08:10Z", "now"),
            ("2023-07-10T12:08:18Z", "in 8s"),
            ("2023-07-07T08:08:10Z", "3d4h"),
        ] {
            assert_eq!(age(now, at(then)), said);
        }
        assert_eq!([wait(Millis(412)), wait(Millis::seconds(72))], ["0.4 s", "1m12s"]);
        age(Timestamp(i64::MIN), Timestamp(i64::MAX));
        age(Timestamp(i64::MAX), Timestamp(i64::MIN));
    }

    #[test]
    fn times_in_their_zone() {
        let utc = TimeZone::UTC;
        let east = TimeZone::fixed(jiff::tz::offset(2));
        let late = at("2023-07-10T23:30:08Z");
        assert_eq!([clock(late, &utc), clock(late, &east)], ["23:30:08", "01:30:08"]);
        assert_eq!(
            [day_title(late, &utc), day_title(late, &east)],
            ["Mon 2023-07-10", "Tue 2023-07-11"]
        );
        assert!(is_other_day(late, at("2023-07-11T00:00:00Z"), &utc));
        assert!(!is_other_day(late, at("2023-07-11T00:00:00Z"), &east));
        assert_eq!([zone_name(late, &utc), zone_name(late, &east)], ["UTC", "+02"]);
        assert_eq!(near(late, at("2023-07-10T23:59:59Z"), &utc), "23:30:08");
        assert_eq!(near(late, at("2023-07-11T23:59:59Z"), &utc), "07-10 23:30");
        let other_year = at("2024-07-11T23:59:59Z");
        assert_eq!(near(late, other_year, &utc), "2023-07-10 23:30");
        assert_eq!(exact(late, late, &utc), "23:30:08");
        assert_eq!(exact(late, other_year, &utc), "2023-07-10 23:30:08");
        for (now, cells, said) in [
            (late, 8, "23:30:08"),
            (at("2023-07-11T00:00:00Z"), 11, "07-10 23:30"),
            (at("2023-07-11T00:00:00Z"), 10, "2023-07-10"),
            (other_year, 16, "2023-07-10 23:30"),
            (other_year, 11, "2023-07-10"),
            (other_year, 8, "23-07-10"),
        ] {
            assert_eq!(near_within(late, now, &utc, cells), said, "in {cells}");
        }
    }

    #[test]
    fn spans_say_nothing_twice() {
        let (utc, glyphs) = (TimeZone::UTC, Glyphs::UNICODE);
        let from = at("2025-04-11T15:28:00Z");
        for (to, said) in [
            ("2025-04-11T16:00:00Z", "2025-04-11 15:28 → 16:00"),
            ("2025-04-16T09:50:00Z", "2025-04-11 15:28 → 04-16 09:50"),
            ("2026-01-02T09:50:00Z", "2025-04-11 15:28 → 2026-01-02 09:50"),
        ] {
            assert_eq!(span(from, at(to), &utc, glyphs), said);
        }
    }

    #[test]
    fn any_instant_can_be_said() {
        for at in [i64::MIN, -1, 0, i64::MAX].map(Timestamp) {
            for zone in [TimeZone::UTC, TimeZone::fixed(jiff::tz::offset(-12))] {
                let _ = (stamp(at, &zone), day_title(at, &zone), zone_name(at, &zone));
            }
        }
    }

    #[test]
    fn ages_are_short_and_hold_until_they_are_said_to() {
        let at = |seconds: i64| Timestamp(1_700_000_003_000 + seconds * 1000);
        for (seconds, text) in [
            (-5, "soon"),
            (0, "0s"),
            (12, "12s"),
            (59, "59s"),
            (60, "1m"),
            (187, "3m"),
            (7_507, "2h05m"),
            (3 * 86_400 + 4 * 3_600 + 7, "3d04h"),
            (400 * 86_400 + 7, "400d"),
        ] {
            assert_eq!(ago(at(seconds), at(0)), text);
        }
        for then in [at(0), Timestamp(1_700_000_009_999), Timestamp(1_699_990_000_001)] {
            let mut now = at(-3);
            while now < at(3 * 86_400) {
                let (text, until) = (ago(now, then), ago_until(now, then));
                assert!(until > now, "{now} {then}");
                let just_before = until - Millis(1);
                let (held, changed) = (ago(just_before, then), ago(until, then));
                assert_eq!(held, text, "{now} {then}");
                // Only what is to come is written alike for longer.
                assert!(changed != text || text == "soon", "{now} {then} {text}");
                assert!((until - now).0 <= 3_610_000, "{text}");
                now = until;
            }
        }
        for extreme in [Timestamp(i64::MIN), Timestamp(i64::MAX), Timestamp(0)] {
            for other in [Timestamp(i64::MIN), Timestamp(i64::MAX)] {
                let _ = (ago(extreme, other), ago_until(extreme, other));
            }
        }
    }
}
