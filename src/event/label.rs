//! What the key of a CloudTrail object says of the records in it: account, region, category and
//! the time of delivery. Reads keys of a bucket and paths of copied files alike.
//!
//! `[prefix/]AWSLogs/[o-…/]ACCOUNT/CATEGORY/REGION/YYYY/MM/DD/ACCOUNT_CATEGORY_REGION_TIME_….json.gz`;
//! a file name alone is enough, and so are the folders for a file of another name.

use crate::event::name::is_account;
use crate::event::read::Hints;
use crate::event::time::Timestamp;

/// The folders CloudTrail writes into, with the word of the `cat` key. The first holds management
/// and data events together, so it says nothing of a record.
const CATEGORIES: &[(&str, &str)] = &[
    ("CloudTrail", ""),
    (DIGEST, ""),
    ("CloudTrail-Insight", "insight"),
    ("CloudTrail-NetworkActivity", "network"),
    ("CloudTrail-Aggregated", "aggregated"),
];
const DIGEST: &str = "CloudTrail-Digest";

/// What an object may be stored as.
const ENDINGS: &[&str] = &[".json.gz", ".json.zst", ".json"];

/// What a key says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    /// The account the trail delivers for: 12 digits.
    pub account: String,
    /// The region the events were recorded in.
    pub region: String,
    /// A word of the `cat` key; empty where the folder holds several kinds.
    pub category: String,
    /// The organization of an organization trail (`o-…`).
    pub organization: Option<String>,
    /// The time slot of the delivery; not monotone with the time of storing.
    pub time: Option<Timestamp>,
    /// Whether the object is a digest, which names logs and holds no records.
    pub digest: bool,
}

impl From<Label> for Hints {
    fn from(label: Label) -> Self {
        Self { account: label.account, region: label.region, category: label.category }
    }
}

/// Reads a key or path; `None` where it is none of CloudTrail's.
pub fn label(path: &str) -> Option<Label> {
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
    let name = of_name(file);
    let Some(mut label) = of_folders(folders) else { return name };
    if let Some(name) = name {
        label.time = name.time;
        if label.region.is_empty() {
            label.region = name.region;
        }
    }
    Some(label)
}

/// Reads what follows the last `AWSLogs` of a path.
fn of_folders(folders: &str) -> Option<Label> {
    let mut parts = folders.rsplit("AWSLogs/");
    let (after, before) = (parts.next()?, parts.next()?);
    if !before.is_empty() && !before.ends_with('/') {
        return None;
    }
    let mut parts = after.split('/').peekable();
    let organization = parts.next_if(|part| part.starts_with("o-")).map(str::to_owned);
    let account = parts.next().filter(|part| is_account(part))?;
    let (folder, category) = category(parts.next()?)?;
    let region = parts.next().filter(|part| is_region(part)).unwrap_or_default();
    Some(Label {
        account: account.to_owned(),
        region: region.to_owned(),
        category: category.to_owned(),
        organization,
        time: None,
        digest: folder == DIGEST,
    })
}

/// Reads `ACCOUNT_CATEGORY_REGION_TIME_RANDOM.json.gz`, a digest's
/// `ACCOUNT_CATEGORY_REGION_TRAIL_REGION_TIME.json.gz`, and `ACCOUNT_CATEGORY_REGION-TIME.json.gz`.
fn of_name(file: &str) -> Option<Label> {
    let stem = ENDINGS.iter().find_map(|ending| file.strip_suffix(ending))?;
    let (account, rest) = stem.split_once('_')?;
    let (folder, rest) = rest.split_once('_')?;
    if !is_account(account) {
        return None;
    }
    let (folder, category) = category(folder)?;
    let (start, time) = time(rest)?;
    let region = rest[..start].split('_').next().unwrap_or_default().trim_end_matches('-');
    Some(Label {
        account: account.to_owned(),
        region: if is_region(region) { region.to_owned() } else { String::new() },
        category: category.to_owned(),
        organization: None,
        time: Some(time),
        digest: folder == DIGEST,
    })
}

/// The last time in a name and where it begins: `20230710T1145Z`, with seconds in digests. It
/// stands after a `_` or a `-`; the name of a trail before it may hold anything.
fn time(text: &str) -> Option<(usize, Timestamp)> {
    let mut starts = text.rmatch_indices(['_', '-']).map(|(at, _)| at + 1);
    starts.find_map(|at| Some((at, slot(&text[at..])?)))
}

fn slot(text: &str) -> Option<Timestamp> {
    let digits = |from: usize| {
        text.as_bytes().iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count()
    };
    if digits(0) != 8 || text.as_bytes().get(8) != Some(&b'T') {
        return None;
    }
    let seconds = match digits(9) {
        4 => "00",
        6 => "",
        _ => return None,
    };
    let end = if seconds.is_empty() { 15 } else { 13 };
    let rest = text.get(end..)?;
    let rest = rest.strip_prefix('Z').unwrap_or(rest);
    if !rest.is_empty() && !rest.starts_with(['_', '-', '.']) {
        return None;
    }
    Timestamp::parse(&format!("{}{seconds}Z", &text[..end]))
}

fn category(folder: &str) -> Option<(&'static str, &'static str)> {
    CATEGORIES.iter().copied().find(|(name, _)| *name == folder)
}

/// By the look of it: a list would be out of date with the next region, and copied data has names
/// that never were one.
fn is_region(text: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().filter(|byte| *byte == b'-').count() >= 2
        && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANDOM: &str = "7xgocspSowgK0Gto";

    fn check(path: &str, expected: &str) {
        let said = label(path).map(|label| {
            let time = label.time.map(|time| time.to_string()).unwrap_or_default();
            let organization = label.organization.unwrap_or_default();
            let digest = if label.digest { "digest" } else { "" };
            [&label.account, &label.region, &label.category, &organization, &time, digest].join(" ")
        });
        assert_eq!(said.as_deref().unwrap_or("no"), expected, "{path}");
    }

    #[test]
    fn every_layout_is_read() {
        let log = format!("111122223333_CloudTrail_eu-west-1_20230710T1145Z_{RANDOM}.json.gz");
        let day = "eu-west-1/2023/07/10";
        let plain = "111122223333 eu-west-1   2023-07-10T11:45:00Z ";
        check(&log, plain);
        check(&format!("AWSLogs/111122223333/CloudTrail/{day}/{log}"), plain);
        check(&format!("/data/my AWSLogs/x/AWSLogs/111122223333/CloudTrail/{day}/{log}"), plain);
        check(
            &format!("p/q/AWSLogs/o-abcd123/111122223333/CloudTrail/{day}/{log}"),
            "111122223333 eu-west-1  o-abcd123 2023-07-10T11:45:00Z ",
        );
        check(
            &format!("o-abcd123/AWSLogs/o-abcd123/111122223333/CloudTrail-Insight/{day}/x.json"),
            "111122223333 eu-west-1 insight o-abcd123  ",
        );
        for (folder, word) in [
            ("CloudTrail-Insight", "insight"),
            ("CloudTrail-NetworkActivity", "network"),
            ("CloudTrail-Aggregated", "aggregated"),
        ] {
            check(
                &format!("111122223333_{folder}_us-gov-east-1_20230710T1145Z_{RANDOM}.json"),
                &format!("111122223333 us-gov-east-1 {word}  2023-07-10T11:45:00Z "),
            );
        }
        check(
            "AWSLogs/o-abcd/811596193553/CloudTrail/us-east-1/2020/09/30/811596193553_CloudTrail_us-east-1-20200930T2358.json.gz",
            "811596193553 us-east-1  o-abcd 2020-09-30T23:58:00Z ",
        );
        check(
            "218007301253_CloudTrail-Digest_us-east-1_a_20200101T0000Z-trail_us-east-1_20230710T103107Z.json.gz",
            "218007301253 us-east-1   2023-07-10T10:31:07Z digest",
        );
    }

    #[test]
    fn what_is_no_key() {
        for path in [
            "",
            "/",
            "AWSLogs",
            "AWSLogs/",
            "AWSLogs/111122223333/elasticloadbalancing/us-east-1/x.log.gz",
            "AWSLogs/o-abcd",
            "notAWSLogs/111122223333/CloudTrail/us-east-1/x.json",
            "111122223333_CloudTrail_us-east-1_20231310T1145Z_x.json.gz",
            "111122223333_CloudTrail_us-east-1_20230710T1145Z_x.txt",
            "11112222333_CloudTrail_us-east-1_20230710T1145Z_x.json.gz",
            "111122223333_Config_us-east-1_20230710T1145Z_x.json.gz",
            "é_é_é-é.json",
        ] {
            check(path, "no");
        }
    }

    #[test]
    fn hints_are_taken_from_a_label() {
        let label =
            label("111122223333_CloudTrail-Insight_us-east-1_20230710T1145Z_x.json.gz").unwrap();
        assert_eq!(
            Hints::from(label),
            Hints {
                account: "111122223333".into(),
                region: "us-east-1".into(),
                category: "insight".into()
            }
        );
    }

    #[test]
    #[expect(clippy::print_stdout, reason = "a test that could not run says so")]
    fn every_key_of_the_data_is_read() {
        let Ok(counts) = std::fs::read_to_string("../shared/data/counts.tsv") else {
            println!("not tested: there is no ../shared/data");
            return;
        };
        let keys = counts.lines().filter_map(|line| line.split('\t').next());
        for key in keys.filter(|key| key.contains("/AWSLogs/")) {
            let label = label(key).unwrap_or_else(|| panic!("{key}"));
            assert!(!label.account.is_empty() && !label.region.is_empty(), "{key}: {label:?}");
        }
    }
}
