//! Comparing numbers as they are written in JSON, exactly: no digit is lost to a float.

use std::cmp::Ordering;

/// A number read from JSON text: `0.d1d2d3… × 10^scale`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    negative: bool,
    digits: Box<[u8]>,
    scale: i64,
}

impl Number {
    /// Reads a number by the grammar of JSON; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (rest, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return None,
            None => (mantissa, ""),
        };
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let leads = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || leads || !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let zeros = all.iter().take_while(|digit| **digit == b'0').count();
        let end = all.iter().rposition(|digit| *digit != b'0').map_or(zeros, |last| last + 1);
        if zeros == all.len() {
            return Some(Self { negative: false, digits: Box::default(), scale: 0 });
        }
        let scale = (whole.len() as i64 - zeros as i64).saturating_add(exponent);
        Some(Self { negative, digits: all[zeros..end].into(), scale })
    }

    fn size(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            // The digits have no zero at either end, so they compare as text.
            (false, false) => {
                self.scale.cmp(&other.scale).then_with(|| self.digits.cmp(&other.digits))
            }
        }
    }
}

/// `+07` or `-3`; a flood of digits ends at the bounds of `i32`, far beyond any mantissa.
fn read_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size = digits.trim_start_matches('0');
    let size = if size.is_empty() { 0 } else { size.parse().unwrap_or(i64::from(i32::MAX)) };
    Some(if text.starts_with('-') { -size } else { size })
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.size(other),
            (true, true) => other.size(self),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_exactly() {
        let rising = [
            "-1e400",
            "-2",
            "-1.5",
            "-0.001",
            "0",
            "1e-400",
            "0.1",
            "1",
            "1.49",
            "1.50",
            "2",
            "9",
            "10",
            "12345678901234567889",
            "12345678901234567890",
            "1e400",
        ];
        let read = |text: &str| Number::parse(text).unwrap();
        for pair in rising.windows(2) {
            assert!(read(pair[0]) < read(pair[1]), "{pair:?}");
            assert!(read(pair[1]) > read(pair[0]), "{pair:?}");
        }
        for (a, b) in
            [("1.50", "1.5"), ("100", "1e2"), ("-0", "0"), ("0.0e9", "0"), ("1E+02", "100")]
        {
            assert_eq!(read(a), read(b));
        }
    }

    #[test]
    fn anything_else_is_no_number() {
        for text in ["", "-", "+1", ".5", "5.", "01", "1e", "0x1", "1 ", "NaN", "1_0", "1e+", "--1"]
        {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }
}
