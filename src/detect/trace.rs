//! What the Sigma library says of why a rule is met, as reasons: the leaves that hold, with the values
//! they found.

use rsigma_eval::{ConditionTrace, DetectionTrace, ItemTrace, MatcherKind, RuleExplanation};

use crate::query::reason::Reason;

/// The most leaves that are told: rules name hundreds of values.
const MOST: usize = 50;
/// The longest text of a leaf, in bytes.
const LONGEST: usize = 200;

/// The leaves that hold.
pub(crate) fn reasons(explained: &RuleExplanation) -> Vec<Reason> {
    let mut found = vec![];
    for condition in explained.conditions.iter().filter(|it| it.matched()) {
        of_condition(condition, &mut found);
    }
    found.dedup();
    found.truncate(MOST);
    found
}

fn of_condition(condition: &ConditionTrace, found: &mut Vec<Reason>) {
    match condition {
        ConditionTrace::Selection { detection, .. } => of_detection(detection, found),
        ConditionTrace::And { children, .. } | ConditionTrace::Or { children, .. } => {
            let held = children.iter().filter(|child| child.matched());
            held.for_each(|child| of_condition(child, found));
        }
        ConditionTrace::Not { child, .. } => {
            found.push(Reason { term: format!("not {}", name(child)), values: vec![] });
        }
        ConditionTrace::Quantified { branches, .. } => {
            let held = branches.iter().filter(|branch| branch.matched);
            held.for_each(|branch| of_detection(&branch.detection, found));
        }
    }
}

/// What a condition that does not hold is called in the rule.
fn name(condition: &ConditionTrace) -> String {
    match condition {
        ConditionTrace::Selection { name, .. } => name.clone(),
        ConditionTrace::Quantified { quantifier, branches, .. } => {
            let names: Vec<&str> = branches.iter().map(|branch| branch.name.as_str()).collect();
            format!("{quantifier} of {}", names.join(", "))
        }
        ConditionTrace::Not { child, .. } => format!("not {}", name(child)),
        ConditionTrace::And { children, .. } => joined(children, " and "),
        ConditionTrace::Or { children, .. } => joined(children, " or "),
    }
}

fn joined(children: &[ConditionTrace], word: &str) -> String {
    children.iter().map(name).collect::<Vec<_>>().join(word)
}

fn of_detection(detection: &DetectionTrace, found: &mut Vec<Reason>) {
    match detection {
        DetectionTrace::AllOf { items, .. } => {
            found.extend(items.iter().filter(|item| item.matched).map(of_item));
        }
        DetectionTrace::AnyOf { branches, .. } | DetectionTrace::And { branches, .. } => {
            let held = branches.iter().filter(|branch| branch.matched());
            held.for_each(|branch| of_detection(branch, found));
        }
        DetectionTrace::Keywords { item, .. } => found.push(of_item(item)),
        DetectionTrace::ArrayMatch { field, quantifier, members, .. } => {
            let term = format!("{field} {quantifier}");
            found.push(Reason { term, values: vec![] });
            let held = members.iter().filter(|member| member.matched);
            held.for_each(|member| of_detection(&member.detection, found));
        }
        DetectionTrace::Conditional { condition, .. } => of_condition(condition, found),
        DetectionTrace::Other { kind, .. } => {
            found.push(Reason { term: kind.clone(), values: vec![] });
        }
    }
}

fn of_item(item: &ItemTrace) -> Reason {
    let field = item.field.as_deref().unwrap_or("any field");
    let how = match item.matcher {
        MatcherKind::Contains | MatcherKind::Keyword => "|contains",
        MatcherKind::StartsWith => "|startswith",
        MatcherKind::EndsWith => "|endswith",
        MatcherKind::Regex => "|re",
        MatcherKind::Cidr => "|cidr",
        MatcherKind::Exists => "|exists",
        MatcherKind::FieldRef => "|fieldref",
        _ => "",
    };
    let pattern = match (&item.pattern, item.matcher) {
        (Some(pattern), _) => pattern.as_str(),
        (None, MatcherKind::Null) => "null",
        (None, _) => "*",
    };
    let value = item.actual.as_ref().filter(|value| !value.is_null()).map(|value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        cut(&text).to_owned()
    });
    let term = cut(&format!("{field}{how}: {pattern}")).to_owned();
    Reason { term, values: value.into_iter().collect() }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}
