//! The side column of hits: which detection rules a row met. Written by ingest when rows come in,
//! and again when later rows complete what a rule waits for.

use std::sync::Arc;

/// What a filter knows of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The id: of a Sigma rule its `id`, of one of ours the name of its file.
    pub id: Box<str>,
    /// The title.
    pub title: Box<str>,
    /// Who wrote it and under which licence: it goes with whatever is told of a hit.
    pub credit: Box<str>,
}

impl Named {
    /// A rule of this id and title, by this author, under this licence.
    pub fn new(id: &str, title: &str, author: &str, licence: &str) -> Self {
        let parts: Vec<&str> = [author, licence].into_iter().filter(|it| !it.is_empty()).collect();
        Self { id: id.into(), title: title.into(), credit: parts.join(", ").into() }
    }
}

/// How much a hit matters, in the words of the `sev` key, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum Severity {
    /// Worth knowing.
    #[default]
    Info,
    /// Worth a look when there is time.
    Low,
    /// Worth a look today.
    Medium,
    /// Worth a look now.
    High,
    /// Somebody has to be woken.
    Critical,
}

impl Severity {
    /// Every severity with its word, weakest first.
    pub const ALL: [(Severity, &'static str); 5] = [
        (Severity::Info, "info"),
        (Severity::Low, "low"),
        (Severity::Medium, "medium"),
        (Severity::High, "high"),
        (Severity::Critical, "critical"),
    ];

    /// The word of the `sev` key.
    pub fn word(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The severity of a word, in any case; Sigma's `informational` is one too.
    pub fn of(word: &str) -> Option<Self> {
        if word.eq_ignore_ascii_case("informational") {
            return Some(Self::Info);
        }
        let known = Self::ALL.iter().find(|(_, known)| known.eq_ignore_ascii_case(word));
        known.map(|(severity, _)| *severity)
    }

    /// One step weaker; the weakest stays.
    #[must_use]
    pub fn lower(self) -> Self {
        Self::ALL[(self as usize).saturating_sub(1)].0
    }
}

/// A rule that a row met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The rule.
    pub rule: Arc<Named>,
    /// How much it matters here: a try that failed is one step weaker.
    pub severity: Severity,
}

/// The hits of the rows of a segment.
#[derive(Debug, Clone, Default)]
pub struct Hits(Vec<(u16, Hit)>);

impl Hits {
    /// The hits of a row, in the order they were noted.
    pub fn of(&self, row: usize) -> &[(u16, Hit)] {
        let from = self.0.partition_point(|(at, _)| usize::from(*at) < row);
        let to = self.0.partition_point(|(at, _)| usize::from(*at) <= row);
        &self.0[from..to]
    }

    /// Whether a row is known to have met a rule, with no lower severity.
    pub fn has(&self, row: usize, hit: &Hit) -> bool {
        let same = |known: &Hit| known.rule.id == hit.rule.id && known.severity >= hit.severity;
        self.of(row).iter().any(|(_, known)| same(known))
    }

    /// Every hit with its row, by row.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Hit)> + '_ {
        self.0.iter().map(|(row, hit)| (usize::from(*row), hit))
    }

    /// The highest severity of a row; `None` where no rule was met.
    pub fn severity(&self, row: usize) -> Option<Severity> {
        self.of(row).iter().map(|(_, hit)| hit.severity).max()
    }

    /// Bytes on the heap; the names are shared by all hits of a rule.
    pub fn bytes(&self) -> usize {
        self.0.len() * size_of::<(u16, Hit)>()
    }

    /// Notes a hit; one of a rule that the row has met before takes the higher severity. Says
    /// whether anything has changed.
    pub fn add(&mut self, row: usize, hit: Hit) -> bool {
        let to = self.0.partition_point(|(at, _)| usize::from(*at) <= row);
        let from = self.0.partition_point(|(at, _)| usize::from(*at) < row);
        let known = self.0[from..to].iter_mut().find(|(_, known)| known.rule.id == hit.rule.id);
        match known {
            Some((_, known)) if known.severity >= hit.severity => false,
            Some((_, known)) => {
                known.severity = hit.severity;
                true
            }
            None => {
                self.0.insert(to, (row as u16, hit));
                true
            }
        }
    }

    /// Adds the hits of rows that follow after `shift` rows.
    pub(crate) fn extend(&mut self, other: &Self, shift: u16) {
        self.0.extend(other.0.iter().map(|(row, hit)| (row + shift, hit.clone())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(id: &str, severity: Severity) -> Hit {
        let named = Named::new(id, id, "", "");
        Hit { rule: Arc::new(named), severity }
    }

    #[test]
    fn a_row_meets_a_rule_once_and_keeps_its_highest_severity() {
        let mut hits = Hits::default();
        assert!(hits.add(7, hit("b", Severity::Low)));
        assert!(hits.add(2, hit("a", Severity::Medium)));
        assert!(hits.add(7, hit("a", Severity::High)));
        assert!(!hits.add(7, hit("a", Severity::Low)));
        assert!(hits.add(7, hit("b", Severity::Critical)));
        let seen: Vec<_> = hits.iter().map(|(row, hit)| (row, &*hit.rule.id)).collect();
        assert_eq!(seen, [(2, "a"), (7, "b"), (7, "a")]);
        assert_eq!(hits.severity(7), Some(Severity::Critical));
        assert_eq!(hits.severity(3), None);
        assert_eq!(hits.of(7).len(), 2);
    }

    #[test]
    fn severities_follow_the_table_of_fields() {
        for (at, (severity, word)) in Severity::ALL.into_iter().enumerate() {
            assert_eq!((severity as usize, Severity::of(word)), (at, Some(severity)));
        }
        assert_eq!(Severity::Info.lower(), Severity::Info);
        assert_eq!(Severity::Critical.lower(), Severity::High);
    }
}
