//! The regions, by partition. Asking AWS for the enabled ones needs a right of its own; a table
//! needs none, and a region that is not enabled says so when it is asked.

/// Regions that share accounts and credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    /// As it stands in ARNs.
    pub name: &'static str,
    /// Where IAM, the global STS endpoint and sign-in of the root user are recorded.
    pub home: &'static str,
    /// Regions every account has.
    pub always: &'static [&'static str],
    /// Regions an account has once they were enabled.
    pub opt_in: &'static [&'static str],
}

/// Every partition that can be reached from the internet.
pub const PARTITIONS: [Partition; 4] = [
    Partition {
        name: "aws",
        home: "us-east-1",
        always: &[
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-southeast-1",
            "ap-southeast-2",
            "ca-central-1",
            "eu-central-1",
            "eu-north-1",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "sa-east-1",
        ],
        opt_in: &[
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-south-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-west-1",
            "eu-central-2",
            "eu-south-1",
            "eu-south-2",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "mx-central-1",
        ],
    },
    Partition {
        name: "aws-cn",
        home: "cn-north-1",
        always: &["cn-north-1", "cn-northwest-1"],
        opt_in: &[],
    },
    Partition {
        name: "aws-us-gov",
        home: "us-gov-west-1",
        always: &["us-gov-east-1", "us-gov-west-1"],
        opt_in: &[],
    },
    Partition {
        name: "aws-eusc",
        home: "eusc-de-east-1",
        always: &["eusc-de-east-1"],
        opt_in: &[],
    },
];

/// The partition of a region, by its name where the region is newer than the table.
pub fn partition(region: &str) -> &'static Partition {
    let [aws, china, gov, europe] = &PARTITIONS;
    match region.split('-').next() {
        Some("cn") => china,
        Some("us") if region.starts_with("us-gov-") => gov,
        Some("eusc") => europe,
        _ => aws,
    }
}

/// Whether an account has to enable the region first.
pub fn is_opt_in(region: &str) -> bool {
    partition(region).opt_in.contains(&region)
}

/// Whether a word looks like a region: `eu-west-1`, also of a partition that is not in the table.
pub fn is_region(word: &str) -> bool {
    let mut parts = word.rsplit('-');
    let number = parts.next().unwrap_or_default();
    let is_name = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let mut names = 0;
    let all_names = parts.all(|part| {
        names += 1;
        is_name(part)
    });
    all_names && names >= 2 && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())
}

/// The regions whose Event history is read: those that were asked for (`all` is every one that is
/// `enabled`, or of the partition where that is not known), else the one of the profile; always with
/// the home of the partition, where IAM and sign-in are recorded. In the order of asking, each once.
pub fn to_read(asked: &[String], current: Option<&str>, enabled: Option<&[String]>) -> Vec<String> {
    let first = asked.iter().map(String::as_str).find(|region| *region != "all").or(current);
    let partition = partition(first.unwrap_or("us-east-1"));
    let mut regions: Vec<String> = vec![];
    let mut add = |region: &str| {
        if !regions.iter().any(|known| known == region) {
            regions.push(region.to_owned());
        }
    };
    for region in asked {
        if let ("all", Some(enabled)) = (&**region, enabled) {
            for region in enabled {
                add(region);
            }
        } else if region == "all" {
            partition.always.iter().chain(partition.opt_in).for_each(|region| add(region));
        } else {
            add(region);
        }
    }
    if asked.is_empty() {
        current.into_iter().for_each(&mut add);
    }
    add(partition.home);
    regions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(asked: &[&str], current: Option<&str>) -> String {
        let asked: Vec<String> = asked.iter().map(|&region| region.to_owned()).collect();
        to_read(&asked, current, None).join(" ")
    }

    #[test]
    fn the_home_of_iam_and_sign_in_is_always_read() {
        assert_eq!(read(&[], None), "us-east-1");
        assert_eq!(read(&[], Some("eu-west-1")), "eu-west-1 us-east-1");
        assert_eq!(read(&["us-east-1", "eu-west-1"], Some("eu-west-2")), "us-east-1 eu-west-1");
        assert_eq!(read(&["us-gov-east-1"], None), "us-gov-east-1 us-gov-west-1");
        assert_eq!(read(&["cn-northwest-1"], None), "cn-northwest-1 cn-north-1");
        assert_eq!(read(&["all"], Some("cn-north-1")), "cn-north-1 cn-northwest-1");
        assert_eq!(read(&["all", "eu-west-1"], None).split(' ').count(), 34);
        let enabled = ["eu-west-1".to_owned(), "us-east-1".to_owned()];
        assert_eq!(to_read(&["all".to_owned()], None, Some(&enabled)), enabled);
    }

    #[test]
    fn what_looks_like_a_region() {
        for region in ["eu-west-1", "us-gov-east-1", "eusc-de-east-1", "us-iso-east-1"] {
            assert!(is_region(region), "{region}");
        }
        for word in ["", "eu", "eu-west", "1", "-1", "--1", "EU-WEST-1", "eu west 1", "eu-west-1a"]
        {
            assert!(!is_region(word), "{word}");
        }
    }
}
