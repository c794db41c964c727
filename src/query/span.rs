//! Times and lengths of time as the filter language writes them, turned into spans of milliseconds.

use crate::event::time::{Millis, Timestamp};
use crate::query::ast::{Item, Order};

/// What is right for a time.
pub const TIME_FORMS: &str = "a time is RFC 3339 (2023-07-10T12:00:07Z), a date (2023-07-10), or \
                              HH:MM or HH:MM:SS of today, in UTC";
/// What is right for a length of time.
pub const DURATION_FORMS: &str =
    "a length of time is a number and ms, s, m, h, d or w: 90s, 15m, 1h30m";

/// Milliseconds from `from` on, up to but not including `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    from: i64,
    to: i64,
}

impl Span {
    /// Whether a number of milliseconds lies in it.
    pub fn has(self, millis: i64) -> bool {
        self.from <= millis && millis < self.to
    }

    fn compare(order: Order, start: i64) -> Self {
        let (least, most) = (i64::MIN, i64::MAX);
        match order {
            Order::Above => Self { from: start.saturating_add(1), to: most },
            Order::From => Self { from: start, to: most },
            Order::Below => Self { from: least, to: start },
            Order::UpTo => Self { from: least, to: start.saturating_add(1) },
        }
    }
}

/// How a time was written, so that ends of the same form can be put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Absolute,
    OfToday,
}

/// The span of event times an item of the `time` key means; `now` gives the day of `HH:MM`.
/// A time alone is as long as it is exact (`12:04` is a minute); compared, it is its first instant;
/// `a..b` is `[a, b)`. The error is a sentence.
pub fn times(item: &Item, now: Timestamp) -> Result<Span, String> {
    let read =
        |text: &str| instant(text, now).ok_or_else(|| format!("`{text}` is no time: {TIME_FORMS}"));
    match item {
        Item::Text(text) | Item::Exact(text) => {
            let (start, length, _) = read(text)?;
            Ok(Span { from: start.0, to: (start + length).0 })
        }
        Item::Compare(order, text) => Ok(Span::compare(*order, read(text)?.0.0)),
        Item::Range(from, to) => {
            let from = from.as_deref().map(read).transpose()?;
            let to = to.as_deref().map(read).transpose()?;
            if let (Some((from, _, one)), Some((to, _, other))) = (from, to)
                && one == other
                && from >= to
            {
                return Err("the range ends before it begins".to_owned());
            }
            let from = from.map_or(i64::MIN, |(start, ..)| start.0);
            Ok(Span { from, to: to.map_or(i64::MAX, |(start, ..)| start.0) })
        }
        _ => Err(TIME_FORMS.to_owned()),
    }
}

/// The span of lengths an item of a duration key means. A length alone is as long as it is exact
/// (`15m` is all of the sixteenth minute); ranges take both ends in. The error is a sentence.
pub fn lengths(item: &Item) -> Result<Span, String> {
    let read = |text: &str| {
        length(text).ok_or_else(|| format!("`{text}` is no length of time: {DURATION_FORMS}"))
    };
    match item {
        Item::Text(text) | Item::Exact(text) => {
            let (start, unit) = read(text)?;
            Ok(Span { from: start, to: start.saturating_add(unit) })
        }
        Item::Compare(order, text) => Ok(Span::compare(*order, read(text)?.0)),
        Item::Range(from, to) => {
            let from = from.as_deref().map(read).transpose()?.map_or(i64::MIN, |end| end.0);
            let to = to.as_deref().map(read).transpose()?.map(|end| end.0);
            if to.is_some_and(|to| to < from) {
                return Err("the range ends before it begins".to_owned());
            }
            Ok(Span { from, to: to.map_or(i64::MAX, |to| to.saturating_add(1)) })
        }
        _ => Err(DURATION_FORMS.to_owned()),
    }
}

fn instant(text: &str, now: Timestamp) -> Option<(Timestamp, Millis, Form)> {
    if let Some(time) = Timestamp::parse(text) {
        let length = if text.contains('.') { Millis(1) } else { Millis::seconds(1) };
        return Some((time, length, Form::Absolute));
    }
    if let Some(day) = Timestamp::parse_date(text) {
        return Some((day, Millis::hours(24), Form::Absolute));
    }
    let bytes = text.as_bytes();
    let pair = |at: usize| -> Option<i64> {
        match bytes.get(at..at + 2)? {
            [a @ b'0'..=b'9', b @ b'0'..=b'9'] => {
                Some(i64::from(a - b'0') * 10 + i64::from(b - b'0'))
            }
            _ => None,
        }
    };
    let (hour, minute) = (pair(0)?, pair(3)?);
    let (second, length) = match (bytes.len(), bytes.get(5)) {
        (5, _) => (0, Millis::minutes(1)),
        (8, Some(b':')) => (pair(6)?, Millis::seconds(1)),
        _ => return None,
    };
    if bytes[2] != b':' || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let of_day = Millis::seconds(hour * 3600 + minute * 60 + second);
    Some((now.day() + of_day, length, Form::OfToday))
}

/// A length and its last unit, in milliseconds; a `-` before it is understood (`lag` can be below 0).
fn length(text: &str) -> Option<(i64, i64)> {
    let (sign, size) = text.strip_prefix('-').map_or((1, text), |size| (-1, size));
    let millis = Millis::parse(size)?.0;
    let unit_at = size.rfind(|c: char| c.is_ascii_digit())? + 1;
    let unit = Millis::parse(&format!("1{}", &size[unit_at..]))?.0;
    Some((sign * millis, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_688_990_407_000); // 2023-07-10T12:00:07Z

    fn text(text: &str) -> Item {
        Item::Text(text.to_owned())
    }

    #[test]
    fn a_time_is_as_long_as_it_is_exact() {
        let midnight = NOW.day().0;
        for (written, from, size) in [
            ("2023-07-10T12:00:07Z", NOW.0, 1000),
            ("2023-07-10T12:00:07.000Z", NOW.0, 1),
            ("2023-07-10", midnight, 86_400_000),
            ("12:04", midnight + 12 * 3_600_000 + 240_000, 60_000),
            ("00:00:01", midnight + 1000, 1000),
        ] {
            assert_eq!(times(&text(written), NOW), Ok(Span { from, to: from + size }), "{written}");
        }
        for wrong in
            ["", "noon", "24:00", "12:60", "1:00", "12:04:", "12-04", "2023-13-01", "é1:00"]
        {
            assert!(times(&text(wrong), NOW).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ranges_of_time_are_half_open_and_those_of_length_are_not() {
        let range = |from: &str, to: &str| Item::Range(Some(from.to_owned()), Some(to.to_owned()));
        let span = times(&range("12:00", "12:05"), NOW).unwrap();
        let noon = NOW.day().0 + 12 * 3_600_000;
        assert!(span.has(noon) && span.has(noon + 299_999) && !span.has(noon + 300_000));
        assert!(times(&range("12:05", "12:00"), NOW).is_err());
        let span = lengths(&range("30s", "1m")).unwrap();
        assert!(span.has(30_000) && span.has(60_000) && !span.has(60_001) && !span.has(29_999));
        assert!(lengths(&range("1m", "30s")).is_err());
    }

    #[test]
    fn comparisons() {
        let above = lengths(&Item::Compare(Order::Above, "15m".to_owned())).unwrap();
        assert!(!above.has(900_000) && above.has(900_001));
        let below = lengths(&Item::Compare(Order::Below, "-5s".to_owned())).unwrap();
        assert!(below.has(-5001) && !below.has(-5000));
        let exact = lengths(&text("1h30m")).unwrap();
        assert!(exact.has(5_400_000) && exact.has(5_459_999) && !exact.has(5_460_000));
        assert!(lengths(&text("15")).is_err());
    }
}
