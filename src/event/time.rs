//! Instants and lengths of time, in milliseconds, as CloudTrail and the filter language write them.

use std::fmt;
use std::time::Duration;

use jiff::civil;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z. CloudTrail itself has a resolution of one second.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Timestamp(pub i64);

/// A length of time in milliseconds; may be negative (a clock that runs ahead).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Millis(pub i64);

impl Millis {
    /// `n` seconds.
    pub const fn seconds(n: i64) -> Self {
        Self(n * 1000)
    }

    /// `n` minutes.
    pub const fn minutes(n: i64) -> Self {
        Self::seconds(n * 60)
    }

    /// `n` hours.
    pub const fn hours(n: i64) -> Self {
        Self::minutes(n * 60)
    }

    /// Reads `15m`, `2h`, `7d`, `90s`, `250ms`, `1h30m`; nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text;
        let mut total = 0i64;
        if rest.is_empty() {
            return None;
        }
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let amount: i64 = rest.get(..digits)?.parse().ok()?;
            rest = &rest[digits..];
            let letters = rest.bytes().take_while(u8::is_ascii_lowercase).count();
            let unit = match &rest[..letters] {
                "ms" => 1,
                "s" => 1000,
                "m" => 60_000,
                "h" => 3_600_000,
                "d" => 86_400_000,
                "w" => 7 * 86_400_000,
                _ => return None,
            };
            total = total.checked_add(amount.checked_mul(unit)?)?;
            rest = &rest[letters..];
        }
        Some(Self(total))
    }
}

impl From<Duration> for Millis {
    fn from(length: Duration) -> Self {
        Self(i64::try_from(length.as_millis()).unwrap_or(i64::MAX))
    }
}

impl From<Millis> for Duration {
    /// A length below zero is none: nobody waits for what is past.
    fn from(length: Millis) -> Self {
        Self::from_millis(length.0.max(0).cast_unsigned())
    }
}

impl fmt::Display for Millis {
    /// The two largest units: `7m41s`, `1h05m`, `3d4h`, `850ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let ms = self.0.unsigned_abs();
        let (secs, mins, hours, days) = (ms / 1000, ms / 60_000, ms / 3_600_000, ms / 86_400_000);
        match () {
            () if ms < 1000 && ms > 0 => write!(f, "{sign}{ms}ms"),
            () if secs < 60 => write!(f, "{sign}{secs}s"),
            () if mins < 60 && secs % 60 == 0 => write!(f, "{sign}{mins}m"),
            () if mins < 60 => write!(f, "{sign}{mins}m{:02}s", secs % 60),
            () if hours < 24 && mins % 60 == 0 => write!(f, "{sign}{hours}h"),
            () if hours < 24 => write!(f, "{sign}{hours}h{:02}m", mins % 60),
            () if hours % 24 == 0 => write!(f, "{sign}{days}d"),
            () => write!(f, "{sign}{days}d{}h", hours % 24),
        }
    }
}

impl Timestamp {
    /// The parts of the civil date and time in UTC.
    pub fn civil(self) -> civil::DateTime {
        self.in_zone(&TimeZone::UTC)
    }

    /// The parts of the civil date and time in a zone.
    pub fn in_zone(self, zone: &TimeZone) -> civil::DateTime {
        let instant = jiff::Timestamp::from_millisecond(self.0).unwrap_or_default();
        zone.to_datetime(instant)
    }

    /// Midnight (UTC) of the same day.
    #[must_use]
    pub fn day(self) -> Self {
        Self(self.0.saturating_sub(self.0.rem_euclid(86_400_000)))
    }

    /// Reads RFC 3339 in the spellings found in CloudTrail data: `T` or a space between date and
    /// time, `Z`, an offset with or without a colon, fractions, and the basic form
    /// `20131102T010628Z`. A time without a zone is UTC.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let number = |from: usize, len: usize| -> Option<i64> {
            let part = bytes.get(from..from + len)?;
            part.iter()
                .all(u8::is_ascii_digit)
                .then(|| part.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
        };
        let basic = bytes.get(8) == Some(&b'T');
        let (month, day, time) = if basic { (4, 6, 9) } else { (5, 8, 11) };
        if !basic {
            let marks = (bytes.get(4)?, bytes.get(7)?, bytes.get(10)?);
            if !matches!(marks, (b'-', b'-', b'T' | b't' | b' ')) {
                return None;
            }
        }
        let step = if basic { 2 } else { 3 };
        let date =
            civil::Date::new(number(0, 4)? as i16, number(month, 2)? as i8, number(day, 2)? as i8)
                .ok()?;
        let (hour, minute) = (number(time, 2)?, number(time + step, 2)?);
        let second = number(time + 2 * step, 2)?;
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let mut at = time + 2 * step + 2;
        let mut millis = 0;
        if bytes.get(at) == Some(&b'.') {
            let digits = bytes[at + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
            let padded = bytes[at + 1..].iter().take(digits).chain(b"000").take(3);
            millis = padded.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
            at += 1 + digits;
        }
        let offset = match bytes.get(at..)? {
            b"" | b"Z" | b"z" => 0,
            [sign @ (b'+' | b'-'), rest @ ..] => {
                let minutes_at = match rest.len() {
                    4 => at + 3,
                    5 if rest[2] == b':' => at + 4,
                    _ => return None,
                };
                let (hours, minutes) = (number(at + 1, 2)?, number(minutes_at, 2)?);
                if hours > 23 || minutes > 59 {
                    return None;
                }
                let minutes = hours * 60 + minutes;
                if *sign == b'-' { -minutes } else { minutes }
            }
            _ => return None,
        };
        let epoch = civil::Date::constant(1970, 1, 1);
        let days = i64::from(date.since(epoch).ok()?.get_days());
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset * 60;
        Some(Self(seconds * 1000 + millis))
    }

    /// Reads a date alone (`2023-07-10`) as its first instant in UTC.
    pub fn parse_date(text: &str) -> Option<Self> {
        (text.len() == 10).then(|| Self::parse(&format!("{text}T00:00:00Z"))).flatten()
    }
}

/// An instant as people type it: RFC 3339, a date, or a length of time ago.
pub fn instant(text: &str, now: Timestamp) -> Option<Timestamp> {
    let text = text.trim();
    let ago = || {
        let length = text.strip_suffix("ago").unwrap_or(text).trim_end();
        Millis::parse(length).map(|length| now - length)
    };
    Timestamp::parse(text).or_else(|| Timestamp::parse_date(text)).or_else(ago)
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC; the fraction only when there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = self.civil();
        write!(f, "{:04}-{:02}-{:02}T", c.year(), c.month(), c.day())?;
        write!(f, "{:02}:{:02}:{:02}", c.hour(), c.minute(), c.second())?;
        match self.0.rem_euclid(1000) {
            0 => write!(f, "Z"),
            ms => write!(f, ".{ms:03}Z"),
        }
    }
}

impl std::ops::Sub for Timestamp {
    type Output = Millis;
    fn sub(self, other: Self) -> Millis {
        Millis(self.0.saturating_sub(other.0))
    }
}

impl std::ops::Sub<Millis> for Timestamp {
    type Output = Self;
    fn sub(self, length: Millis) -> Self {
        Self(self.0.saturating_sub(length.0))
    }
}

impl std::ops::Add<Millis> for Timestamp {
    type Output = Self;
    fn add(self, length: Millis) -> Self {
        Self(self.0.saturating_add(length.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_spelling_found_in_the_data() {
        let noon = Timestamp(1_688_990_407_000);
        for text in [
            "2023-07-10T12:00:07Z",
            "2023-07-10 12:00:07+00:00",
            "2023-07-10T14:00:07+0200",
            "2023-07-10T12:00:07.000Z",
            "20230710T120007Z",
            "2023-07-10T12:00:07",
        ] {
            assert_eq!(Timestamp::parse(text), Some(noon), "{text}");
        }
        assert_eq!(Timestamp::parse("2023-07-10T12:00:07.25Z"), Some(Timestamp(noon.0 + 250)));
        for text in [
            "",
            "yesterday",
            "2023-13-10T12:00:07Z",
            "2023-07-10T25:00:07Z",
            "2023-07-10T12:00:07+99:99",
            "2023-07-10T12:00:07-0060",
            "Jul 10, 2023 12:00",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
        assert_eq!(noon.to_string(), "2023-07-10T12:00:07Z");
    }

    #[test]
    fn lengths_of_time() {
        assert_eq!(Millis::parse("1h30m"), Some(Millis::minutes(90)));
        assert_eq!(Millis::parse("15m"), Some(Millis::minutes(15)));
        for text in ["", "m", "15", "15x", "99999999999999999999d"] {
            assert_eq!(Millis::parse(text), None, "{text}");
        }
        assert_eq!(Millis::seconds(461).to_string(), "7m41s");
        assert_eq!(Millis::hours(76).to_string(), "3d4h");
    }
}
