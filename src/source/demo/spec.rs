//! What may stand behind `demo:` on the command line.

/// The choices of a simulation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Same seed and same start: the same bytes.
    pub seed: u64,
    /// Live events a second, on average, the incident aside; in (0, 10,000].
    pub rate: f64,
    /// Whether the incident takes place.
    pub incident: bool,
    /// With `Some(n)`: exactly n distinct events within the hour before the start, and the end;
    /// at most 10,000,000.
    pub events: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, rate: 5.0, incident: true, events: None }
    }
}

const MAX_RATE: f64 = 10_000.0;
const MAX_EVENTS: u64 = 10_000_000;
const SHAPE: &str = "demo:seed=7,rate=50,incident=off,events=N (each may be left out)";

impl Options {
    /// Reads the text after `demo:`. The error says what was wrong and what would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut options = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| format!("`{part}` has no value: write NAME=VALUE, as in {SHAPE}"))?;
            options.set(name.trim(), value.trim())?;
        }
        Ok(options)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "seed" => {
                self.seed = value.parse().map_err(|_| {
                    format!("seed={value} is not a whole number: write seed=7, from 0 up")
                })?;
            }
            "rate" => {
                let rate: f64 = value.parse().unwrap_or(f64::NAN);
                if !(rate > 0.0 && rate <= MAX_RATE) {
                    return Err(format!(
                        "rate={value} is not a number of events a second above 0 and up to \
                         {MAX_RATE}: write rate=50"
                    ));
                }
                self.rate = rate;
            }
            "incident" => {
                self.incident = match value {
                    "on" => true,
                    "off" => false,
                    _ => {
                        return Err(format!("incident={value}: write incident=on or incident=off"));
                    }
                };
            }
            "events" => {
                let events = value.parse().ok().filter(|events| *events <= MAX_EVENTS);
                self.events = Some(events.ok_or_else(|| {
                    format!(
                        "events={value} is not a whole number up to {MAX_EVENTS}: write events=2000"
                    )
                })?);
            }
            _ => return Err(format!("`{name}` is not an option of the demo: write {SHAPE}")),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_product_md_writes() {
        let cases = [
            ("", Options::default()),
            (
                "seed=7,rate=50,incident=off,events=200",
                Options { seed: 7, rate: 50.0, incident: false, events: Some(200) },
            ),
            ("rate=0.5", Options { rate: 0.5, ..Options::default() }),
            (" seed=3 , incident=on,", Options { seed: 3, ..Options::default() }),
        ];
        for (text, options) in cases {
            assert_eq!(Options::parse(text), Ok(options), "{text}");
        }
    }

    #[test]
    fn an_error_names_the_part_and_what_would_be_right() {
        let cases = [
            ("seed=x", "seed=7"),
            ("seed", "NAME=VALUE"),
            ("rate=0", "rate=50"),
            ("rate=-1", "rate=50"),
            ("rate=nan", "rate=50"),
            ("rate=inf", "rate=50"),
            ("incident=maybe", "incident=off"),
            ("events=-1", "events=2000"),
            ("events=18446744073709551615", "events=2000"),
            ("sed=7", "seed=7"),
        ];
        for (text, right) in cases {
            let error = Options::parse(text).unwrap_err();
            assert!(error.contains(right), "{text}: {error}");
        }
    }
}
