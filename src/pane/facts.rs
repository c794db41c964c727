//! What one should know of an event, in lines: who did what to which resource, from where, with
//! what, how it ended, and what to doubt about it.

use crate::coverage::data::Unrecorded;
use crate::detect::why;
use crate::event::field::{Column, Flag, Origin};
use crate::event::json::Json;
use crate::event::means::means;
use crate::event::name;
use crate::event::outcome::without_encoded;
use crate::event::record::Record;
use crate::event::secret::masked;
use crate::event::verb;
use crate::pane::after::after;
use crate::pane::contract::Ctx;
use crate::pane::lineage;
use crate::pane::newly;
use crate::pane::row;
use crate::pane::{alert_lines, alert_why};
use crate::store::hits::Hit;
use crate::store::snapshot::RowRef;
use crate::ui::format;
use crate::ui::theme::Role;

/// Bytes of REQUEST shown in its line; the tree shows the rest.
const SNIPPET: usize = 600;
/// The most rules that are told one by one.
const MOST_RULES: usize = 3;
/// What stands before the result at the right end of its line.
pub(crate) const RESULT: &str = "RESULT ";

/// One line above the tree.
#[derive(Debug)]
pub(crate) struct Fact {
    /// What it is about.
    pub(crate) label: &'static str,
    /// What it says.
    pub(crate) text: String,
    /// What stands at the right end where there is room.
    pub(crate) right: String,
    /// How it is drawn.
    pub(crate) role: Role,
    /// How its right end is drawn.
    pub(crate) right_role: Role,
}

/// Most of the target's cells in the one line: what follows it is worth more than its beginning.
const TARGET_IN_LINE: usize = 32;

/// An event in one line: who did what to which resource, how it ended, from where, with what.
pub(crate) fn in_a_line(row: RowRef<'_>, ctx: &Ctx<'_>) -> Vec<(String, Role)> {
    let column = |column| row.text(column);
    let known = |of| Some(column(of)).filter(|said| !said.is_empty()).unwrap_or("?");
    let glyph = verb::glyph(column(Column::Event), column(Column::Verb));
    let sign = if ctx.glyphs.ascii { glyph.ascii() } else { glyph.sign() };
    let (result, role) = row::result(row);
    let on = match column(Column::Target) {
        "-" | "" => String::new(),
        target => format!(" on {}", ctx.glyphs.cut_left(target, TARGET_IN_LINE)),
    };
    vec![
        (format!(" {}", row::actor(row, ctx.glyphs.ascii)), Role::Text),
        (format!(" {sign} {}{on} ", row::event(row)), Role::Text),
        (result, role),
        (format!(" · {} · {}", known(Column::Ip), known(Column::Tool)), Role::Dim),
    ]
}

/// The lines above the tree.
pub(crate) fn facts(row: RowRef<'_>, json: Json<'_>, ctx: &Ctx<'_>) -> Vec<Fact> {
    let column = |column| row.text(column);
    let fact = |label, text: String, right: String, role| {
        let right_role = Role::Dim;
        Fact { label, text, right, role, right_role }
    };
    let (result, role) = row::result(row);
    let join = |parts: &[String]| {
        parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" · ")
    };
    let named = |word: &str, value: &str| {
        if value.is_empty() { String::new() } else { format!("{word} {value}") }
    };
    let actor = column(Column::Actor);
    let who = join(&[
        row::actor(row, ctx.glyphs.ascii),
        kind_words(column(Column::Type)).to_owned(),
        named("role", Some(column(Column::Role)).filter(|role| *role != actor).unwrap_or_default()),
        named(
            "session",
            Some(column(Column::Session)).filter(|it| *it != actor).unwrap_or_default(),
        ),
        key_words(column(Column::Key)),
        named("by way of", column(Column::Via)),
    ]);
    let account = ctx.account(column(Column::Account));
    let mut facts = vec![fact("WHO", who, named("account", &account), Role::Text)];
    let (root, sure) = lineage::in_a_line(row, ctx.view.snapshot.kin(), ctx);
    facts.push(fact("ROOT", root, sure.to_owned(), Role::Text));
    let service = name::service(column(Column::Service));
    let verb = match column(Column::Verb) {
        "D" => "dangerous write",
        "W" => "write",
        _ if column(Column::Event).is_empty() => "",
        _ => "read",
    };
    let did = join(&[
        format!("{service} {}", row::event(row)).trim_start().to_owned(),
        verb.into(),
        column(Column::Category).to_owned(),
    ]);
    facts.push(Fact {
        right_role: role,
        ..fact("DID", did, format!("{RESULT}{result}"), Role::Text)
    });
    facts.push(fact("TO", column(Column::Target).to_owned(), String::new(), Role::Text));
    if let Some(missing) = ctx.view.ledger.unrecorded(row) {
        let text = unrecorded(missing, column(Column::Target), ctx);
        facts.push(fact("GAP", text, String::new(), Role::Warning));
    }
    let mfa = match column(Column::Mfa) {
        "yes" => "with MFA",
        "no" => "no MFA",
        _ => "MFA not in the record",
    };
    let from = join(&[
        column(Column::Ip).to_owned(),
        column(Column::Tool).to_owned(),
        column(Column::Region).to_owned(),
        mfa.into(),
    ]);
    facts.push(fact("FROM", from, column(Column::Agent).to_owned(), Role::Text));
    let said = means(&Record::of(json));
    facts.extend(said.map(|said| fact("MEANS", said, String::new(), Role::Text)));
    set_after(&mut facts, row, ctx);
    facts.extend(rules(row, ctx));
    // What is not known yet is no news: it stands last.
    let (new, learning): (Vec<_>, Vec<_>) =
        newly::newly(row, ctx).into_iter().partition(|(_, role)| *role != Role::Dim);
    facts.extend(new.into_iter().map(|(text, role)| fact("NEW", text, String::new(), role)));
    let error = join(&[
        column(Column::Error).to_owned(),
        without_encoded(column(Column::Message)).into_owned(),
    ]);
    if !error.is_empty() {
        facts.push(fact("ANSWER", error, String::new(), role));
    }
    facts.push(fact(
        "WHEN",
        when(row, ctx),
        named("id", Some(column(Column::Id)).filter(|id| !id.is_empty()).unwrap_or("?")),
        Role::Text,
    ));
    let badges = badges(row, ctx);
    if !badges.is_empty() {
        facts.push(fact("NOTE", badges.join(" · "), String::new(), Role::Warning));
    }
    facts.extend(learning.into_iter().map(|(text, role)| fact("NEW", text, String::new(), role)));
    let request = json.get("requestParameters").filter(|request| !request.is_absent());
    let request = request.map(snippet);
    facts.extend(request.map(|said| fact("REQUEST", said, String::new(), Role::Dim)));
    facts
}

/// The rules that the event met, what matters most first, each with what of it held.
fn rules(row: RowRef<'_>, ctx: &Ctx<'_>) -> Vec<Fact> {
    let mut hits: Vec<&Hit> = row.part.side.hits().of(row.row).iter().map(|(_, hit)| hit).collect();
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.severity));
    let all = &ctx.view.ledger.alerts.rules;
    let (more, mut facts) = (hits.len().saturating_sub(MOST_RULES), vec![]);
    for hit in hits.into_iter().take(MOST_RULES) {
        let (id, title) = (&hit.rule.id, &hit.rule.title);
        let card = all.cards.iter().find(|card| card.named.id == *id);
        let by = card.map_or("", |card| &*card.author);
        let reasons = why::of_row(all, id, row);
        let held = reasons.iter().map(|it| {
            let found = alert_why::found(it);
            if found.is_empty() { it.term.clone() } else { format!("{} = {found}", it.term) }
        });
        let held: Vec<String> = held.collect();
        let severity = alert_lines::word(hit.severity);
        let text = match held.is_empty() {
            true => format!("{severity} {title}"),
            false => format!("{severity} {title} · {}", held.join(" · ")),
        };
        let right = if by.is_empty() { id.to_string() } else { format!("{id} by {by}") };
        let role = alert_lines::role(hit.severity);
        facts.push(Fact { label: "RULE", text, right, role, right_role: Role::Dim });
    }
    if more > 0 {
        let shows = ctx.spell("{alerts} shows their alerts");
        let text =
            format!("and {}: {shows}", format::counted(more as u64, "more rule", "more rules"));
        let (right, role, right_role) = (String::new(), Role::Dim, Role::Dim);
        facts.push(Fact { label: "", text, right, role, right_role });
    }
    facts
}

/// What is not recorded of a resource: `object events of corp-data are not recorded before 12:00:08`
fn unrecorded(missing: Unrecorded, target: &str, ctx: &Ctx<'_>) -> String {
    let of = format!("{} of {}", missing.noun, ctx.glyphs.cut_left(target, TARGET_IN_LINE));
    match (missing.before, missing.is_known) {
        (Some(at), _) => {
            format!("{of} are not recorded before {}", format::near(at, ctx.now, ctx.zone))
        }
        (None, true) => format!("{of} are not recorded: no trail that is known here does"),
        (None, false) => format!("{of}: none of this account came in from any source"),
    }
}

/// Says anew what followed: it may have arrived since.
pub(crate) fn set_after(facts: &mut Vec<Fact>, row: RowRef<'_>, ctx: &Ctx<'_>) {
    facts.retain(|fact| fact.label != "AFTER");
    let Some(text) = after(row, ctx) else { return };
    let before = facts.iter().rposition(|fact| matches!(fact.label, "FROM" | "MEANS"));
    let (right, role, right_role) = (String::new(), Role::Text, Role::Dim);
    let fact = Fact { label: "AFTER", text, right, role, right_role };
    facts.insert(before.map_or(facts.len(), |at| at + 1), fact);
}

/// The beginning of a request. Credentials are hidden in all of it before it is cut: a part of JSON does
/// not say what is one.
fn snippet(request: Json<'_>) -> String {
    let shown = masked(request);
    let short = &shown[..shown.floor_char_boundary(SNIPPET)];
    if short.len() < shown.len() { format!("{short}…") } else { short.to_owned() }
}

fn kind_words(kind: &str) -> &str {
    match kind {
        "IAMUser" => "IAM user",
        "AssumedRole" => "role session",
        "FederatedUser" => "federated user",
        "AWSService" => "AWS service",
        "AWSAccount" => "another account",
        "Root" => "the root user",
        "WebIdentityUser" => "web identity",
        "SAMLUser" => "SAML user",
        "IdentityCenterUser" => "Identity Center user",
        other => other,
    }
}

/// A key by its kind and its tail, which is what tells keys apart.
fn key_words(key: &str) -> String {
    match key {
        "" => String::new(),
        key if key.starts_with("AKIA") => format!("long-term key {}", name::tail(key)),
        key if key.starts_with("ASIA") => format!("session key {}", name::tail(key)),
        key => format!("key {key}"),
    }
}

fn when(row: RowRef<'_>, ctx: &Ctx<'_>) -> String {
    let time = format::stamp(row.time(), ctx.zone);
    let mut parts = vec![time];
    let names =
        Origin::ALL.iter().filter(|(origin, _)| row.part.side.origins(row.row) & origin.bit() != 0);
    let by: Vec<&str> = names.map(|(_, name)| *name).collect();
    parts.push(format!("by {}", by.join(", ")));
    // A file without a label arrives when it is read, which says nothing of its delivery.
    let lag = row.arrival() - row.time();
    if lag < crate::event::time::Millis::hours(24) {
        parts.push(format!("arrived {} later", format::duration(lag)));
    }
    parts.join(" · ")
}

/// What one should know before believing the row.
fn badges(row: RowRef<'_>, ctx: &Ctx<'_>) -> Vec<String> {
    const BADGES: [(Flag, &str); 6] = [
        (
            Flag::TimeUnknown,
            "time?: eventTime is missing, unreadable or in the future; the delivery time stands in",
        ),
        (Flag::Late, "late: it came after its stream was thought complete"),
        (
            Flag::Differs,
            "differs: another body with the same id was seen ({raw} in details, if it was another source's)",
        ),
        (Flag::Unsafe, "holds control or invisible characters, shown as signs"),
        (Flag::NotUtf8, "is not valid UTF-8; odd bytes are shown as \u{fffd}"),
        (Flag::Omitted, "AWS left out or hid a part"),
    ];
    BADGES.iter().filter(|(flag, _)| row.has(*flag)).map(|(_, words)| ctx.spell(words)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_request_is_cut_and_shows_no_secret() {
        let long = "x".repeat(2 * SNIPPET);
        for key in ["privateKey", "passPhrase", "keyMaterial", "plaintext", "masterUserPassword"] {
            let held = format!(r#""{{\"{key}\":\"hunter2\"}}""#);
            let encoded = format!(r#""%7B%22{key}%22%3A%22hunter2%22%7D""#);
            for value in [r#""hunter2""#, &held, &encoded] {
                let name = if value == r#""hunter2""# { key } else { "userData" };
                let text = format!(r#"{{"name":"web","{name}":{value},"rest":"{long}"}}"#);
                let said = snippet(Json::checked(&text).unwrap());
                assert!(said.starts_with(r#"{"name":"web""#) && said.ends_with('…'), "{said}");
                assert!(!said.contains("hunter2") && said.len() < SNIPPET + 8, "{said}");
            }
        }
        let short = r#"{"name":"web"}"#;
        assert_eq!(snippet(Json::of(short)), short);
    }
}
