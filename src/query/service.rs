//! The prefixes of services: what may stand before the colon of `iam:CreateUser`.

/// One a line: the prefix, and after a tab the name before `.amazonaws.com` in eventSource where it
/// is another one.
const TABLE: &str = include_str!("../../assets/services.tsv");

/// Every known prefix with its name in eventSource.
pub fn services() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once('\t').unwrap_or((line, line)))
}

/// The name in eventSource of the service with this prefix, in any case.
pub fn source(prefix: &str) -> Option<&'static str> {
    services().find(|(known, _)| known.eq_ignore_ascii_case(prefix)).map(|(_, source)| source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::ast::Key;

    #[test]
    fn prefixes_are_sorted_unique_and_no_keys() {
        let all: Vec<_> = services().collect();
        assert!(all.len() > 190, "{}", all.len());
        assert!(all.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(all.iter().all(|(prefix, _)| Key::of(prefix).is_none()));
        assert_eq!(source("IAM"), Some("iam"));
        assert_eq!(source("cloudwatch"), Some("monitoring"));
        assert_eq!(source("nonsense"), None);
    }
}
