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
/// `07-10 12:00` in the same year, else `2023-07-10`.
pub fn near(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (then, today) = (at.in_zone(zone), now.in_zone(zone));
    if then.date() == today.date() {
        clock(at, zone)
    } else if then.year() == today.year() {
        format!("{} {}", short_date(at, zone), minute(at, zone))
    } else {
        date(at, zone)
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
        assert_eq!(near(late, at("2024-07-11T23:59:59Z"), &utc), "2023-07-10");
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
}
