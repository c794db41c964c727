//! What fires a trigger: alerts of rules, of a severity, or events that a filter keeps.

use crate::detect::alert::Alert;
use crate::event::time::Timestamp;
use crate::query::parse;
use crate::query::plan::{Context, Plan};
use crate::store::hits::Severity;
use crate::trigger::definition::{Names, Options, Wrong};

/// What fires a trigger.
#[derive(Debug, Clone)]
pub struct When {
    /// The ids or titles of rules.
    pub rules: Vec<Box<str>>,
    /// The least severity of an alert.
    pub least: Option<Severity>,
    /// What an event has to be, as it was written and ready to run.
    pub filter: Option<(Box<str>, Plan)>,
}

impl When {
    /// Reads what was written.
    pub fn of(written: &Options, names: Names<'_>) -> Result<Self, Wrong> {
        let least = written.min_severity.as_deref().map(severity).transpose()?;
        let filter = written.filter.as_deref().map(|text| filter(text, names)).transpose();
        let filter = filter.map_err(|why| Wrong::new("filter", why))?;
        if written.rules.is_empty() && least.is_none() && filter.is_none() {
            let why = "it never fires: write `rules`, `min-severity` or `filter`";
            return Err(Wrong::new("name", why));
        }
        let rules = written.rules.iter().map(|id| id.as_str().into()).collect();
        Ok(Self { rules, least, filter })
    }

    /// Whether it is about events, whatever rules say of them.
    pub fn is_of_events(&self) -> bool {
        self.rules.is_empty() && self.least.is_none()
    }

    /// Whether it wants this alert, as far as rules and severity tell.
    pub fn wants(&self, alert: &Alert) -> bool {
        let named = &alert.card.named;
        let is = |wanted: &str| {
            wanted == "*"
                || wanted.eq_ignore_ascii_case(&named.id)
                || wanted.eq_ignore_ascii_case(&named.title)
        };
        self.least.is_none_or(|least| alert.severity >= least)
            && (self.rules.is_empty() || self.rules.iter().any(|wanted| is(wanted)))
    }

    /// What fires it, in words.
    pub fn words(&self) -> String {
        let mut parts = vec![];
        if !self.rules.is_empty() {
            parts.push(match &*self.rules {
                [one] if &**one == "*" => "every rule".to_owned(),
                rules => format!("rules {}", rules.join(", ")),
            });
        }
        parts.extend(self.least.map(|least| match least {
            Severity::Critical => "critical".to_owned(),
            least => format!("{} and above", least.word()),
        }));
        parts.extend(self.filter.as_ref().map(|(text, _)| format!("events {text}")));
        parts.join(", ")
    }
}

fn severity(word: &str) -> Result<Severity, Wrong> {
    let words = Severity::ALL.map(|(_, word)| word).join(", ");
    let wrong = || Wrong::new("min-severity", format!("{word:?} is none of {words}"));
    Severity::of(word).ok_or_else(wrong)
}

fn filter(text: &str, names: Names<'_>) -> Result<(Box<str>, Plan), String> {
    if text.trim().is_empty() {
        return Err("`filter` is empty: it would fire for every event".to_owned());
    }
    let tree = parse::parse(text, names.presets).map_err(|wrong| {
        let shown: Vec<String> = wrong.iter().map(|wrong| wrong.render(text)).collect();
        format!("the filter is wrong:\n{}", shown.join("\n"))
    })?;
    let plan = Plan::compile(&tree, Context { now: Timestamp(0), names: names.accounts });
    if plan.reads_rules() {
        return Err("`rule:` and `sev:` are `rules` and `min-severity` of a trigger".to_owned());
    }
    if plan.reads_side() || plan.reads_now() || !plan.later().is_empty() {
        return Err(format!("`{text}` asks for what is not known when an event comes in"));
    }
    Ok((text.into(), plan))
}
