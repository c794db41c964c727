//! The simulated organization: its accounts, regions, and the names of everything in them. Every
//! name is a function of the seed, so that the same thing has the same name wherever it is met.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

/// An account of the organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    /// The name people use.
    pub(crate) alias: &'static str,
    /// Twelve digits.
    pub(crate) id: &'static str,
}

/// The accounts, most used first. Indexes into this table name an account below.
pub(crate) const ACCOUNTS: [Account; 6] = [
    Account { alias: "prod", id: "482913650217" },
    Account { alias: "stage", id: "730158426931" },
    Account { alias: "dev", id: "165904837722" },
    Account { alias: "security", id: "904617283350" },
    Account { alias: "logs", id: "358270914466" },
    Account { alias: "sandbox", id: "619385027148" },
];

pub(crate) const PROD: usize = 0;
pub(crate) const STAGE: usize = 1;
pub(crate) const DEV: usize = 2;
pub(crate) const SECURITY: usize = 3;
pub(crate) const LOGS: usize = 4;
pub(crate) const SANDBOX: usize = 5;

/// The regions in use; the first is home, the second is where global services write.
pub(crate) const REGIONS: [&str; 4] = ["eu-west-1", "us-east-1", "eu-central-1", "us-west-2"];

/// Where IAM, console sign-in and the other global services record.
pub(crate) const GLOBAL: &str = "us-east-1";

/// The organization's id, as it stands in the keys of its trail.
pub(crate) const ORG_ID: &str = "o-4k7qz2m9xw";

/// The organization's own trail, kept by the logs account at home; its objects are what is read.
pub(crate) const ORG_TRAIL: &str = "org-trail";

/// The domain of e-mail addresses, and the prefix of bucket names.
pub(crate) const COMPANY: &str = "harborline";

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Names drawn from the seed: the same question gives the same answer for ever.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names {
    seed: u64,
}

impl Names {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// A number that belongs to the n-th thing of this kind in this account.
    pub(crate) fn number(self, kind: &str, account: usize, n: usize) -> u64 {
        let mut hasher = SipHasher13::new_with_keys(self.seed, 0x64_65_6d_6f);
        hasher.write(kind.as_bytes());
        hasher.write(&(account as u64).to_le_bytes());
        hasher.write(&(n as u64).to_le_bytes());
        hasher.finish()
    }

    /// `i-0a1b…`: 17 hexadecimal digits, as EC2 names things.
    pub(crate) fn ec2(self, prefix: &str, account: usize, n: usize) -> String {
        format!("{prefix}-0{:016x}", self.number(prefix, account, n))
    }

    /// A principal id such as `AIDA…` or `AROA…`: 21 letters.
    pub(crate) fn principal(self, prefix: &str, account: usize, name: &str) -> String {
        format!("{prefix}{}", base32(self.number(name, account, 1), self.number(name, account, 2)))
    }

    /// The long-term access key of a user: 20 letters that begin with AKIA.
    pub(crate) fn long_key(self, account: usize, user: &str) -> String {
        access_key("AKIA", self.number(user, account, 3), self.number(user, account, 4))
    }

    /// A UUID that belongs to the n-th thing of this kind.
    pub(crate) fn uuid(self, kind: &str, account: usize, n: usize) -> String {
        uuid(self.number(kind, account, n), self.number(kind, account, n + 1_000_003))
    }
}

/// 17 letters of base 32 out of two numbers.
fn base32(high: u64, low: u64) -> String {
    let bits = u128::from(high) << 64 | u128::from(low);
    (0..17).map(|at| char::from(BASE32[(bits >> (at * 5) & 31) as usize])).collect()
}

/// An access key id with this prefix (`ASIA`, `AKIA`): 20 letters.
pub(crate) fn access_key(prefix: &str, high: u64, low: u64) -> String {
    let mut key = format!("{prefix}{}", base32(high, low));
    key.truncate(20);
    key
}

/// A version 4 UUID in its usual spelling.
pub(crate) fn uuid(high: u64, low: u64) -> String {
    let high = high & !0xf000 | 0x4000;
    let low = low & !(0b11 << 62) | 0b10 << 62;
    let mut text = String::with_capacity(36);
    for nibble in 0..32 {
        if matches!(nibble, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        let word = if nibble < 16 { high } else { low };
        text.push(char::from(HEX[(word >> (60 - nibble % 16 * 4) & 15) as usize]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_shapes_of_aws_and_stay_the_same() {
        let names = Names::new(7);
        assert_eq!(names.principal("AIDA", PROD, "ci-deploy").len(), 21);
        assert_eq!(names.long_key(PROD, "ci-deploy").len(), 20);
        assert_eq!(names.ec2("i", PROD, 3).len(), 19);
        assert_eq!(names.long_key(PROD, "ci-deploy"), names.long_key(PROD, "ci-deploy"));
        assert_ne!(names.long_key(PROD, "ci-deploy"), names.long_key(DEV, "ci-deploy"));
        assert_ne!(names.long_key(PROD, "a"), Names::new(8).long_key(PROD, "a"));
        assert_eq!(uuid(u64::MAX, 0), "ffffffff-ffff-4fff-8000-000000000000");
    }

    #[test]
    fn accounts_are_told_apart() {
        for (at, account) in ACCOUNTS.iter().enumerate() {
            assert!(account.id.len() == 12 && account.id.bytes().all(|b| b.is_ascii_digit()));
            assert!(ACCOUNTS[..at].iter().all(|other| other.id != account.id));
        }
    }
}
