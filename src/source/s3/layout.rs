//! How CloudTrail lays a bucket out:
//! `[prefix/]AWSLogs/[o-…/]ACCOUNT/CATEGORY/REGION/YYYY/MM/DD/ACCOUNT_CATEGORY_REGION_TIME_….json.gz`.
//! Inside a region the order of keys is that of the labels, so one listing crosses midnight.

use crate::event::time::Timestamp;

/// The category whose objects name those of the others, and hold no records.
const DIGESTS: &str = "CloudTrail-Digest";
/// The categories whose objects hold records.
const CATEGORIES: [&str; 4] =
    ["CloudTrail", "CloudTrail-Insight", "CloudTrail-NetworkActivity", "CloudTrail-Aggregated"];
/// What follows the prefix of a trail.
const ROOT: &str = "AWSLogs/";

/// What a folder of the bucket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Folder {
    /// Holds accounts and organizations.
    Accounts,
    /// An account: holds categories.
    Account,
    /// A category of an account: holds regions.
    Category,
    /// A region of a category of an account: holds objects.
    Stream(Region),
    /// A region of the digests of an account.
    Digests(Region),
    /// Nothing of CloudTrail.
    Foreign,
}

/// The folder of a region, by the parts of its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Everything up to the dates, with the last slash.
    pub base: String,
    /// The account, 12 digits.
    pub account: String,
    /// What is recorded: `CloudTrail`, `CloudTrail-Insight` and so on.
    pub category: String,
    /// The region.
    pub name: String,
}

impl Region {
    /// The key that every object labelled at this time or later comes after.
    pub fn floor(&self, label: Timestamp) -> String {
        let at = label.civil();
        let (year, month, day) = (at.year(), at.month(), at.day());
        let (base, hour, minute) = (&self.base, at.hour(), at.minute());
        let (account, category, name) = (&self.account, &self.category, &self.name);
        format!(
            "{base}{year:04}/{month:02}/{day:02}/{account}_{category}_{name}_{year:04}{month:02}{day:02}T{hour:02}{minute:02}"
        )
    }
}

/// Where to begin for a prefix that was typed: at its `AWSLogs/`, or deeper where it goes deeper.
pub fn start(prefix: &str) -> String {
    let prefix = prefix.trim_matches('/');
    let has_root = prefix.split('/').any(|part| part == "AWSLogs");
    match (prefix, has_root) {
        ("", _) => ROOT.to_owned(),
        (prefix, true) => format!("{prefix}/"),
        (prefix, false) => format!("{prefix}/{ROOT}"),
    }
}

/// What a folder is, by its path.
pub fn folder(path: &str) -> Folder {
    let Some(at) = root_end(path) else { return Folder::Foreign };
    let mut parts = path[at..].split('/').filter(|part| !part.is_empty()).peekable();
    parts.next_if(|part| part.starts_with("o-"));
    let Some(account) = parts.next() else { return Folder::Accounts };
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Folder::Foreign;
    }
    let Some(category) = parts.next() else { return Folder::Account };
    if category != DIGESTS && !CATEGORIES.contains(&category) {
        return Folder::Foreign;
    }
    let Some(region) = parts.next() else { return Folder::Category };
    let end = path[at..]
        .find(&format!("/{category}/{region}"))
        .map_or(path.len(), |found| at + found + category.len() + region.len() + 2);
    let base = format!("{}/", &path[..end]);
    let region = Region {
        base,
        account: account.to_owned(),
        category: category.to_owned(),
        name: region.to_owned(),
    };
    if category == DIGESTS { Folder::Digests(region) } else { Folder::Stream(region) }
}

/// The account that a folder belongs to; `""` above the accounts.
pub fn account(path: &str) -> &str {
    let behind = root_end(path).map_or("", |at| &path[at..]);
    let mut parts = behind.split('/').filter(|part| !part.is_empty() && !part.starts_with("o-"));
    parts.next().unwrap_or_default()
}

/// Where the path goes on behind its `AWSLogs/`. A folder of that name below it is an account's.
fn root_end(path: &str) -> Option<usize> {
    if path.starts_with(ROOT) {
        return Some(ROOT.len());
    }
    path.find("/AWSLogs/").map(|at| at + 1 + ROOT.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_known_by_their_path() {
        let region = |base: &str| {
            let (account, category, name) = ("111122223333", "CloudTrail", "eu-west-1");
            let [base, account, category, name] =
                [base, account, category, name].map(str::to_owned);
            Folder::Stream(Region { base, account, category, name })
        };
        let cases = [
            ("AWSLogs/", Folder::Accounts),
            ("corp/AWSLogs/o-abc123/", Folder::Accounts),
            ("AWSLogs/111122223333/", Folder::Account),
            ("AWSLogs/o-abc123/111122223333/", Folder::Account),
            ("AWSLogs/111122223333/CloudTrail/", Folder::Category),
            ("AWSLogs/111122223333/CloudTrail-Insight/", Folder::Category),
            ("AWSLogs/111122223333/CloudTrail-Digest/", Folder::Category),
            ("AWSLogs/111122223333/Config/", Folder::Foreign),
            ("AWSLogs/ELB/", Folder::Foreign),
            ("logs/111122223333/", Folder::Foreign),
            (
                "AWSLogs/111122223333/CloudTrail/eu-west-1/",
                region("AWSLogs/111122223333/CloudTrail/eu-west-1/"),
            ),
            (
                "p/AWSLogs/o-1/111122223333/CloudTrail/eu-west-1/2023/07/",
                region("p/AWSLogs/o-1/111122223333/CloudTrail/eu-west-1/"),
            ),
        ];
        for (path, expected) in cases {
            assert_eq!(folder(path), expected, "{path}");
            let owner = if path.contains("/111122223333/") { "111122223333" } else { "" };
            if expected != Folder::Foreign {
                assert_eq!(account(path), owner, "{path}");
            }
        }
    }

    #[test]
    fn typed_prefixes_begin_at_their_logs() {
        let cases = [
            ("", "AWSLogs/"),
            ("corp/", "corp/AWSLogs/"),
            ("corp/AWSLogs", "corp/AWSLogs/"),
            ("AWSLogs/111122223333", "AWSLogs/111122223333/"),
        ];
        for (typed, expected) in cases {
            assert_eq!(start(typed), expected);
        }
    }

    #[test]
    fn a_floor_lies_before_what_it_begins_with() {
        let Folder::Stream(region) = folder("AWSLogs/111122223333/CloudTrail/eu-west-1/") else {
            panic!("a region");
        };
        let floor = region.floor(Timestamp::parse("2023-07-10T11:45:30Z").unwrap());
        let key = |day: &str, time: &str| {
            let stem = "111122223333_CloudTrail_eu-west-1_";
            format!("{}{day}/{stem}{time}Z_7xgocspSowgK0Gto.json.gz", region.base)
        };
        assert!(key("2023/07/10", "20230710T1145") > floor);
        assert!(key("2023/07/11", "20230711T0000") > floor);
        assert!(key("2023/07/10", "20230710T1140") < floor);
        assert!(key("2023/07/09", "20230709T2355") < floor);
    }
}
