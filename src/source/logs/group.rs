//! The name of a log group as it is typed, and what the names of its streams say.

use std::fmt;

use crate::event::name::is_account;
use crate::event::read::Hints;

/// A log group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Where it is, if an ARN said so.
    pub home: Option<Home>,
    /// Whether Live Tail is wanted, which AWS charges for by the minute.
    pub is_live: bool,
}

/// Where a log group is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// `aws`, `aws-cn`, ...
    pub partition: String,
    /// The region.
    pub region: String,
    /// The account, 12 digits.
    pub account: String,
}

impl Home {
    /// The ARN of a group there, as Live Tail and policies want it: without `:*`.
    pub fn arn(&self, name: &str) -> String {
        let Self { partition, region, account } = self;
        format!("arn:{partition}:logs:{region}:{account}:log-group:{name}")
    }
}

impl Group {
    /// Reads a name, or an ARN with or without `:*` at its end, and maybe `,live=off` behind it. The
    /// error says what would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (text, is_live) = match text.split_once(',') {
            None => (text, true),
            Some((text, "live=on")) => (text, true),
            Some((text, "live=off")) => (text, false),
            Some((_, other)) => {
                return Err(format!("{other:?} is no option of a log group: there is live=off"));
            }
        };
        let (name, home) = if text.starts_with("arn:") {
            let wrong = || {
                format!(
                    "{text:?} is no ARN of a log group: write \
                     logs:arn:aws:logs:REGION:ACCOUNT:log-group:NAME"
                )
            };
            let mut parts = text.splitn(7, ':').skip(1);
            let mut part = || parts.next().unwrap_or_default();
            let (partition, service, region, account) = (part(), part(), part(), part());
            let (kind, name) = (part(), part());
            let is_whole = service == "logs" && kind == "log-group" && !region.is_empty();
            if !is_whole || !is_account(account) {
                return Err(wrong());
            }
            let (partition, region, account) =
                (partition.to_owned(), region.to_owned(), account.to_owned());
            (name.strip_suffix(":*").unwrap_or(name), Some(Home { partition, region, account }))
        } else {
            (text, None)
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_-/.#".contains(c);
        if name.is_empty() || name.len() > 512 || !name.chars().all(allowed) {
            return Err(format!(
                "{name:?} is no log group: write logs:NAME, or logs:ARN; `aws cloudtrail \
                 describe-trails` says which group a trail delivers to"
            ));
        }
        Ok(Self { name: name.to_owned(), home, is_live })
    }
}

/// As it could be typed.
impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.home {
            Some(home) => write!(f, "logs:{}", home.arn(&self.name)),
            None => write!(f, "logs:{}", self.name),
        }
    }
}

/// What the name of a stream says of its records: CloudTrail calls its streams
/// `ACCOUNT_CloudTrail_REGION`, with a number behind it where there are several, and those of an
/// organization `o-ID_` before it. A stream of any other name says nothing.
pub fn hints(stream: &str) -> Option<Hints> {
    let own = match stream.split_once('_') {
        Some((organization, rest)) if organization.starts_with("o-") => rest,
        _ => stream,
    };
    let mut parts = own.split('_');
    let (account, service, region) = (parts.next()?, parts.next()?, parts.next()?);
    let is_one = is_account(account) && service == "CloudTrail" && !region.is_empty();
    is_one.then(|| Hints {
        account: account.to_owned(),
        region: region.to_owned(),
        category: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_arns() {
        let cases = [
            ("trail", "logs:trail"),
            ("/aws/cloudtrail/main.2#a", "logs:/aws/cloudtrail/main.2#a"),
            (
                "arn:aws:logs:eu-west-1:111122223333:log-group:trail:*",
                "logs:arn:aws:logs:eu-west-1:111122223333:log-group:trail",
            ),
            (
                "arn:aws-cn:logs:cn-north-1:111122223333:log-group:/a/b",
                "logs:arn:aws-cn:logs:cn-north-1:111122223333:log-group:/a/b",
            ),
        ];
        for (text, expected) in cases {
            let group = Group::parse(text).unwrap();
            assert_eq!(group.to_string(), expected, "{text}");
            assert_eq!(group.home.is_some(), text.starts_with("arn:"));
        }
        assert!(Group::parse("trail").unwrap().is_live);
        let still = Group::parse("trail,live=off").unwrap();
        assert!(!still.is_live && still.name == "trail");
        for (text, words) in [
            ("trail,live=maybe", "there is live=off"),
            ("", "describe-trails"),
            ("a b", "is no log group"),
            ("trail:*", "is no log group"),
            ("arn:aws:logs:eu-west-1:1:log-group:trail", "is no ARN"),
            ("arn:aws:s3:::bucket", "is no ARN"),
            ("arn:aws:logs:eu-west-1:111122223333:log-group:g:log-stream:s", "is no log group"),
            ("arn:aws:logs:eu-west-1:111122223333:log-group:", "is no log group"),
        ] {
            let why = Group::parse(text).unwrap_err();
            assert!(why.contains(words), "{text}: {why}");
        }
        assert!(Group::parse(&"a".repeat(513)).is_err());
    }

    #[test]
    fn streams_say_whose_and_where() {
        let cases = [
            ("111122223333_CloudTrail_eu-west-1", Some(("111122223333", "eu-west-1"))),
            ("111122223333_CloudTrail_us-gov-east-1_12", Some(("111122223333", "us-gov-east-1"))),
            ("o-a1b2c3_444455556666_CloudTrail_us-east-1", Some(("444455556666", "us-east-1"))),
            ("o-a1b2c3_444455556666_CloudTrail_us-east-1_3", Some(("444455556666", "us-east-1"))),
            ("o-_", None),
            ("", None),
            ("1111_CloudTrail_eu-west-1", None),
            ("111122223333_CloudTrail", None),
            ("111122223333_Other_eu-west-1", None),
            ("i-0123456789abcdef0", None),
        ];
        for (stream, expected) in cases {
            let got = hints(stream);
            let got = got.as_ref().map(|hints| (&*hints.account, &*hints.region));
            assert_eq!(got, expected, "{stream}");
        }
    }
}
