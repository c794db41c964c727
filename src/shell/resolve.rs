//! From what was typed to what it means: times, sizes and the clock, settled once before anything
//! is read.

use std::fs;
use std::path::PathBuf;

use crate::clock::Clock;
use crate::event::time::{Timestamp, instant};

/// `--memory` is never more than this by itself.
const MOST_MEMORY: u64 = 2 << 30;
/// What is taken for granted where the system does not say how much RAM there is.
const UNKNOWN_RAM: u64 = 2 << 30;

/// The instants that `--since` and `--until` name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// Inclusive.
    pub since: Option<Timestamp>,
    /// Exclusive.
    pub until: Option<Timestamp>,
}

impl Window {
    /// Reads both; the error is one sentence.
    pub fn read(since: Option<&str>, until: Option<&str>, now: Timestamp) -> Result<Self, String> {
        let read = |option: &str, text: Option<&str>| {
            text.map(|text| instant(text, now).ok_or_else(|| wrong(option, text))).transpose()
        };
        Ok(Self { since: read("--since", since)?, until: read("--until", until)? })
    }

    /// Whether an instant lies in the window.
    pub fn has(self, time: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= time) && self.until.is_none_or(|until| time < until)
    }

    /// Whether every instant does.
    pub fn is_all(self) -> bool {
        self == Self::default()
    }
}

/// The clock that `--now` sets; the error is one sentence.
pub fn clock(now: Option<&str>) -> Result<Clock, String> {
    let Some(text) = now else { return Ok(Clock::System) };
    let at = instant(text, Clock::System.now()).ok_or_else(|| wrong("--now", text))?;
    Ok(Clock::set(at))
}

/// What may be held in memory, in bytes: what was typed, else a quarter of RAM, at most 2 GiB.
pub fn memory(typed: Option<u64>) -> u64 {
    typed.unwrap_or_else(|| (ram() / 4).min(MOST_MEMORY))
}

/// What one object may expand to, in bytes: what was typed, else an eighth of what may be held in
/// memory, within 64 MiB (more than any object that CloudTrail delivers) and 1 GiB.
pub fn max_object(typed: Option<u64>, memory: u64) -> u64 {
    typed.unwrap_or_else(|| (memory / 8).clamp(64 << 20, 1 << 30))
}

/// Where what outlives a run is kept: `trailtop` in `$XDG_STATE_HOME`, else in `~/.local/state`.
/// `None` where nobody has a home.
pub fn state_folder() -> Option<PathBuf> {
    let state = folder_of("XDG_STATE_HOME");
    let state = state.or_else(|| Some(folder_of("HOME")?.join(".local/state")))?;
    Some(state.join("trailtop"))
}

/// Where the user says how things are to be: `trailtop` in `$XDG_CONFIG_HOME`, else in `~/.config`.
pub fn config_folder() -> Option<PathBuf> {
    let folder =
        folder_of("XDG_CONFIG_HOME").or_else(|| Some(folder_of("HOME")?.join(".config")))?;
    Some(folder.join("trailtop"))
}

/// Where programs of one user meet while they run: `trailtop` in `$XDG_RUNTIME_DIR`.
pub fn runtime_folder() -> Option<PathBuf> {
    Some(folder_of("XDG_RUNTIME_DIR")?.join("trailtop"))
}

/// The folder a variable names. One that is not absolute is to be taken as not set.
fn folder_of(variable: &str) -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os(variable)?);
    path.is_absolute().then_some(path)
}

fn wrong(option: &str, text: &str) -> String {
    format!(
        "{option} {text:?} is no time: write 2023-07-10T12:00:00Z, 2023-07-10, or 15m, 2h, 7d for \
         so long ago"
    )
}

/// The RAM of the machine, or of the container where that has less.
fn ram() -> u64 {
    let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = total.and_then(|rest| rest.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    let machine = kib.map_or(UNKNOWN_RAM, |kib| kib << 10);
    let group = fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let group = group.and_then(|text| text.trim().parse().ok()).unwrap_or(u64::MAX);
    machine.min(group)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::time::Millis;

    #[test]
    fn times_as_people_type_them() {
        let now = Timestamp::parse("2023-07-10T12:00:00Z").unwrap();
        let cases = [
            ("2023-07-10T11:00:00Z", "2023-07-10T11:00:00Z"),
            ("2023-07-10T13:00:00+02:00", "2023-07-10T11:00:00Z"),
            ("2023-07-09", "2023-07-09T00:00:00Z"),
            ("15m", "2023-07-10T11:45:00Z"),
            ("2h", "2023-07-10T10:00:00Z"),
            ("7d", "2023-07-03T12:00:00Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(instant(text, now).unwrap().to_string(), expected, "{text}");
        }
        for text in ["", "yesterday", "2h30", "10-07-2023", "-2h"] {
            let error = Window::read(None, Some(text), now).unwrap_err();
            assert!(error.starts_with("--until"), "{error}");
        }
    }

    #[test]
    fn since_is_inclusive_and_until_exclusive() {
        let noon = Timestamp::parse("2023-07-10T12:00:00Z").unwrap();
        let window = Window::read(Some("1h"), Some("2023-07-10T12:00:00Z"), noon).unwrap();
        assert!(window.has(noon - Millis::hours(1)) && !window.has(noon - Millis(3_600_001)));
        assert!(window.has(noon - Millis(1)) && !window.has(noon));
        assert!(Window::default().is_all() && Window::default().has(Timestamp(i64::MIN)));
    }
}
