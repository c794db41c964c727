//! Which events a rule can be about at all: most name them, and of most events no rule speaks.

use std::collections::{BTreeSet, HashMap};

use rsigma_parser::{
    ConditionExpr, Detection, DetectionItem, Quantifier, SelectorPattern, SigmaRule, SigmaValue,
    StringPart,
};

/// The field that names an event.
const NAME: &str = "eventName";

/// Rules by the names of events that they are about.
#[derive(Debug, Default)]
pub struct Gate {
    named: HashMap<Box<str>, Vec<usize>>,
    /// Those that may be about any event.
    others: Vec<usize>,
}

impl Gate {
    /// Sorts a rule in that is known by this place and about events of these names, in lower case;
    /// `None` where it may be any.
    pub fn add(&mut self, place: usize, names: Option<BTreeSet<String>>) {
        match names {
            Some(names) => names.into_iter().for_each(|name| {
                self.named.entry(name.into()).or_default().push(place);
            }),
            None => self.others.push(place),
        }
    }

    /// The places of the rules that may be met by an event of this name.
    pub fn pass(&self, name: &str) -> impl Iterator<Item = usize> + '_ {
        self.named(name).iter().chain(&self.others).copied()
    }

    /// The places of the rules that may be met by events of these names, in ascending order.
    pub fn pass_any<'n>(&self, names: impl Iterator<Item = &'n str>) -> BTreeSet<usize> {
        let places = names.flat_map(|name| self.named(name));
        places.chain(&self.others).copied().collect()
    }

    fn named(&self, name: &str) -> &[usize] {
        self.named.get(&*name.to_ascii_lowercase()).map_or(&[], |places| places)
    }
}

/// The names of all events that a Sigma detection can be met by, in lower case; `None` where it may be
/// any. Whatever is not understood here may be any.
pub fn names(rule: &SigmaRule) -> Option<BTreeSet<String>> {
    let named: Vec<(&str, Option<BTreeSet<String>>)> =
        rule.detection.named.iter().map(|(name, it)| (&**name, of_detection(it))).collect();
    all_of(rule.detection.conditions.iter().map(|it| of_condition(it, &named)))
}

/// What is in any of several, which have to name their events all.
fn all_of(several: impl Iterator<Item = Option<BTreeSet<String>>>) -> Option<BTreeSet<String>> {
    let names = several.reduce(|one, other| Some(one?.into_iter().chain(other?).collect()))??;
    Some(names)
}

fn of_condition(
    condition: &ConditionExpr,
    named: &[(&str, Option<BTreeSet<String>>)],
) -> Option<BTreeSet<String>> {
    let each = |expressions: &[ConditionExpr]| -> Vec<Option<BTreeSet<String>>> {
        expressions.iter().map(|it| of_condition(it, named)).collect()
    };
    match condition {
        ConditionExpr::And(all) => each(all).into_iter().flatten().next(),
        ConditionExpr::Or(any) => all_of(each(any).into_iter()),
        ConditionExpr::Not(_) => None,
        ConditionExpr::Identifier(name) => {
            named.iter().find(|(other, _)| other == name).and_then(|(_, names)| names.clone())
        }
        ConditionExpr::Selector { quantifier, pattern } => {
            let (begins, rest) = match pattern {
                SelectorPattern::Them => ("", "*"),
                SelectorPattern::Pattern(pattern) => {
                    pattern.split_at(pattern.find('*').unwrap_or(pattern.len()))
                }
            };
            // At most these are meant; what begins with `_` perhaps not.
            let mut meant = named.iter().filter(|(name, _)| name.starts_with(begins));
            match quantifier {
                Quantifier::Count(0) => None,
                Quantifier::All if rest == "*" => {
                    let mut surely = meant.filter(|(name, _)| !name.starts_with('_'));
                    surely.find_map(|(_, names)| names.clone())
                }
                Quantifier::All => {
                    meant.find(|(name, _)| *name == begins && rest.is_empty())?.1.clone()
                }
                _ => all_of(meant.map(|(_, names)| names.clone())),
            }
        }
    }
}

fn of_detection(detection: &Detection) -> Option<BTreeSet<String>> {
    match detection {
        Detection::AllOf(items) => items.iter().find_map(of_item),
        Detection::AnyOf(any) => all_of(any.iter().map(of_detection)),
        Detection::And(all) => all.iter().find_map(of_detection),
        Detection::Keywords(_) | Detection::ArrayMatch { .. } | Detection::Conditional { .. } => {
            None
        }
    }
}

fn of_item(item: &DetectionItem) -> Option<BTreeSet<String>> {
    if item.field.name.as_deref() != Some(NAME) || !item.field.modifiers.is_empty() {
        return None;
    }
    let plain = |value: &SigmaValue| match value {
        SigmaValue::String(text) => match &text.parts[..] {
            [StringPart::Plain(text)] if text.is_ascii() => Some(text.to_ascii_lowercase()),
            _ => None,
        },
        _ => None,
    };
    let names: Option<BTreeSet<String>> = item.values.iter().map(plain).collect();
    names.filter(|names| !names.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::sigma::{self, Kind};

    fn named(detection: &str) -> Option<Vec<String>> {
        let indented = detection.replace('\n', "\n  ");
        let text = format!("title: x\nlogsource:\n  product: aws\ndetection:\n  {indented}\n");
        let mut read = sigma::read(&text);
        match read.remove(0).kind {
            Kind::Detection(rule) => names(&rule).map(|names| names.into_iter().collect()),
            other => panic!("{text}\n{other:?}"),
        }
    }

    #[test]
    fn names_are_those_that_every_match_has() {
        let two = "one:\n  eventName: [StopLogging, DeleteTrail]\ntwo:\n  eventName: StopLogging\n";
        let cases: &[(&str, Option<&[&str]>)] = &[
            ("one:\n  eventName: StopLogging\ncondition: one", Some(&["stoplogging"])),
            ("one:\n  eventName|contains: Stop\ncondition: one", None),
            ("one:\n  eventName: Stop*\ncondition: one", None),
            ("one:\n  eventName: [StopLogging, null]\ncondition: one", None),
            ("one:\n  eventName: [StopLogging, 7]\ncondition: one", None),
            ("one:\n  - eventName: A\n  - eventName: B\ncondition: one", Some(&["a", "b"])),
            ("one:\n  - eventName: A\n  - errorCode: B\ncondition: one", None),
            (&format!("{two}condition: one or two"), Some(&["deletetrail", "stoplogging"])),
            (&format!("{two}condition: 1 of them"), Some(&["deletetrail", "stoplogging"])),
            (&format!("{two}condition: two and not one"), Some(&["stoplogging"])),
            (&format!("{two}condition: not one"), None),
            (&format!("{two}rest:\n  errorCode: X\ncondition: one or rest"), None),
            (
                &format!("{two}rest:\n  errorCode: X\ncondition: rest and two"),
                Some(&["stoplogging"]),
            ),
            (&format!("{two}rest:\n  errorCode: X\ncondition: 1 of t*"), Some(&["stoplogging"])),
            ("a1:\n  errorCode: X\na2:\n  eventName: Y\ncondition: all of a*", Some(&["y"])),
            ("a1:\n  errorCode: X\na2:\n  eventName: Y\ncondition: 1 of a*", None),
            ("words:\n  - StopLogging\ncondition: words", None),
        ];
        for (detection, wanted) in cases {
            let wanted = wanted.map(|it| it.iter().map(ToString::to_string).collect());
            assert_eq!(named(detection), wanted, "{detection}");
        }
    }
}
