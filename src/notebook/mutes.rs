//! Alerts that are not to be heard of for a while: by rule, and by actor, target or account. What is
//! muted is counted wherever alerts are, and nothing that is worse than what was muted is.

use serde::{Deserialize, Serialize};

use crate::event::time::Timestamp;
use crate::notebook::standing::{Lasting, Standing};
use crate::store::hits::Severity;

/// The most bytes of the names of a mute.
const MOST_BYTES: usize = 4_096;

/// Alerts that are alike: empty is any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mute {
    /// The id of the rule.
    pub rule: String,
    /// Who did it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub actor: String,
    /// On what, and nothing else.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub target: String,
    /// In which account.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub account: String,
    /// The severity up to which they are muted: a try that was muted does not mute what works.
    pub up_to: String,
    /// Until when, RFC 3339; for ever where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// What is muted.
pub type Mutes = Standing<Mute>;

/// What of an alert decides whether it is muted.
#[derive(Debug, Clone, Copy)]
pub struct Heard<'a> {
    /// The id of the rule.
    pub rule: &'a str,
    /// Who did it.
    pub actor: &'a str,
    /// On what; `None` where it is about several things, or nobody knows.
    pub target: Option<&'a str>,
    /// In which account.
    pub account: &'a str,
    /// How much it matters.
    pub severity: Severity,
    /// Whether it is about the recording of events itself: that is never muted for ever.
    pub is_tamper: bool,
}

impl Mute {
    /// Whether it is about an alert.
    pub fn is_about(&self, it: &Heard<'_>) -> bool {
        let is = |wanted: &str, found: &str| wanted.is_empty() || wanted == found;
        self.rule == it.rule
            && is(&self.actor, it.actor)
            && (self.target.is_empty() || it.target == Some(&self.target))
            && is(&self.account, it.account)
            && Severity::of(&self.up_to).is_some_and(|up_to| it.severity <= up_to)
            && (self.until.is_some() || !it.is_tamper)
    }

    /// What it is about, in words: `trail-stopped by alice in 111122223333, up to high`.
    pub fn words(&self) -> String {
        let mut said = self.rule.clone();
        for (word, value) in [("by", &self.actor), ("on", &self.target), ("in", &self.account)] {
            if !value.is_empty() {
                said.extend([" ", word, " ", value]);
            }
        }
        said.extend([", up to ", &self.up_to]);
        said
    }
}

impl Lasting for Mute {
    const MOST: usize = 100;

    fn key(&self) -> String {
        self.words()
    }

    fn until(&self) -> Option<&str> {
        self.until.as_deref()
    }

    fn wrong(&self) -> Option<String> {
        let bytes = [&self.rule, &self.actor, &self.target, &self.account].map(String::len);
        let is_long = bytes.into_iter().sum::<usize>() > MOST_BYTES;
        is_long.then(|| "the names of this alert are too long to be muted by".to_owned())
    }
}

/// The mute that silences an alert.
pub fn silenced<'m>(mutes: &'m Mutes, it: &Heard<'_>, now: Timestamp) -> Option<&'m Mute> {
    mutes.at(now).find(|mute| mute.is_about(it))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::time::Millis;
    use crate::notebook::line::standing;
    use crate::notebook::standing::Change;

    const NOW: Timestamp = Timestamp(1_772_366_400_000);

    fn mute(change: impl FnOnce(&mut Mute)) -> Mute {
        let until = Some((NOW + Millis::hours(1)).to_string());
        let (rule, up_to) = ("keys".to_owned(), "medium".to_owned());
        let empty = String::new;
        let mut mute =
            Mute { rule, actor: empty(), target: empty(), account: empty(), up_to, until };
        change(&mut mute);
        mute
    }

    const HEARD: Heard<'_> = Heard {
        rule: "keys",
        actor: "alice",
        target: Some("bob"),
        account: "1",
        severity: Severity::Medium,
        is_tamper: false,
    };

    #[test]
    fn a_mute_is_about_what_it_names_and_nothing_worse() {
        let set =
            |field: fn(&mut Mute) -> &mut String, text: &str| mute(|it| text.clone_into(field(it)));
        for (mute, heard, is_about) in [
            (mute(|_| ()), HEARD, true),
            (mute(|_| ()), Heard { severity: Severity::High, ..HEARD }, false),
            (mute(|_| ()), Heard { rule: "other", ..HEARD }, false),
            (set(|it| &mut it.actor, "alice"), HEARD, true),
            (set(|it| &mut it.actor, "eve"), HEARD, false),
            (set(|it| &mut it.target, "bob"), HEARD, true),
            (set(|it| &mut it.target, "bob"), Heard { target: None, ..HEARD }, false),
            (set(|it| &mut it.account, "2"), HEARD, false),
            (set(|it| &mut it.up_to, "loud"), HEARD, false),
            (mute(|it| it.until = None), HEARD, true),
            (mute(|it| it.until = None), Heard { is_tamper: true, ..HEARD }, false),
            (mute(|_| ()), Heard { is_tamper: true, ..HEARD }, true),
        ] {
            assert_eq!(mute.is_about(&heard), is_about, "{mute:?} {heard:?}");
        }
    }

    #[test]
    fn a_mute_ends_and_is_kept_as_a_line() {
        let change = Change::Learn(mute(|it| it.actor = "alice".into()));
        let forever = Change::Learn(mute(|it| it.until = None));
        let text = format!("{}torn{}", change.line(), "\n") + &forever.line();
        let (mutes, lost) = standing::<Mute>(&text, |_| true, NOW);
        assert_eq!((mutes.at(NOW).count(), lost), (2, 1));
        let later = NOW + Millis::hours(1);
        assert_eq!(mutes.at(later).count(), 1, "only the other one is for ever");
        assert!(silenced(&mutes, &HEARD, later).is_some_and(|mute| mute.until.is_none()));
        let forgotten = text + &Change::<Mute>::Forget("keys, up to medium".into()).line();
        assert_eq!(standing::<Mute>(&forgotten, |_| true, later).0.at(later).count(), 0);
    }
}
