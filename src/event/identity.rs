//! Who called: userIdentity turned into the names the screen and the filter use.

use std::borrow::Cow;

use crate::event::json::Json;
use crate::event::name;
use crate::event::record::Record;

/// The names of a caller; each empty where the record has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller<'a> {
    /// The display name: never empty.
    pub actor: Cow<'a, str>,
    /// userName.
    pub user: Cow<'a, str>,
    /// Name of the session issuer when it is a role.
    pub role: Cow<'a, str>,
    /// Role session name.
    pub session: Cow<'a, str>,
    /// accessKeyId.
    pub key: Cow<'a, str>,
    /// principalId.
    pub principal: Cow<'a, str>,
    /// arn.
    pub arn: Cow<'a, str>,
    /// type.
    pub kind: Cow<'a, str>,
}

/// What the account's own root prints as. No other caller prints it, whatever its name is.
pub const ROOT: &str = "ROOT";

/// What AWS writes where a failed sign-in named a user that does not exist (it may be a password).
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Roles of Identity Center: one for each permission set, shared by all its people.
const IDENTITY_CENTER: &str = "AWSReservedSSO_";

/// Roles that only AWS services can assume.
const SERVICE_LINKED: &str = "AWSServiceRoleFor";

/// Reads the caller of a record.
pub fn caller<'a>(record: &Record<'a>) -> Caller<'a> {
    let arn = record.identity_text(&["arn"]);
    let principal = record.identity_text(&["principalId"]);
    let assumed = part(&arn, |arn| arn.split_once(":assumed-role/").map(|(_, rest)| rest));
    let session = session(&assumed, &principal);
    let mut caller = Caller {
        actor: Cow::Borrowed(""),
        user: record.identity_text(&["userName"]),
        role: issuing_role(record),
        session,
        key: record.identity_text(&["accessKeyId"]),
        principal,
        arn,
        kind: record.identity_text(&["type"]),
    };
    let role = first([caller.role.clone(), part(&assumed, |rest| rest.split('/').next())]);
    let actor = actor(record, &caller, role, !assumed.is_empty());
    caller.actor = if actor == ROOT && caller.kind != "Root" {
        // Somebody named like the root must not pass for it.
        format!("{}/{ROOT}", if caller.kind == "IAMUser" { "user" } else { "role" }).into()
    } else {
        actor
    };
    caller
}

/// The display name by the type of the identity; the fallbacks of all types are one list.
fn actor<'a>(
    record: &Record<'a>,
    caller: &Caller<'a>,
    role: Cow<'a, str>,
    assumed: bool,
) -> Cow<'a, str> {
    let shown = match &*caller.kind {
        "Root" => Cow::Borrowed(ROOT),
        "AWSService" => invoker(record),
        "AWSAccount" => account(record),
        "IdentityCenterUser" => first([
            caller.user.clone(),
            additional(record, &["UserName", "userName"]),
            record.identity_text(&["onBehalfOf", "userId"]),
        ]),
        "AssumedRole" | "Role" => role_actor(record, caller, role),
        _ if assumed => role_actor(record, caller, role),
        "" => first([caller.user.clone(), invoker(record)]),
        _ => caller.user.clone(),
    };
    if shown == HIDDEN {
        return Cow::Borrowed("(hidden name)");
    }
    first([
        shown,
        caller.user.clone(),
        additional(record, &["UserName", "userName"]),
        part(&caller.arn, |arn| arn.starts_with("arn:").then(|| name::resource(arn))),
        caller.principal.clone(),
        invoker(record),
        own_service(record),
        account(record),
        Cow::Borrowed("AWS"),
    ])
}

/// The name of a role's session: the person behind Identity Center, the instance, the service of a
/// service-linked role, else the role.
fn role_actor<'a>(record: &Record<'a>, caller: &Caller<'a>, role: Cow<'a, str>) -> Cow<'a, str> {
    if role.starts_with(IDENTITY_CENTER) && !caller.session.is_empty() {
        return caller.session.clone();
    }
    if is_instance(&caller.session) {
        return format!("{} (instance)", caller.session).into();
    }
    let issuer = record.identity_text(&["sessionContext", "sessionIssuer", "arn"]);
    let linked = part(&issuer, |arn| {
        let path = arn.split_once(":role/aws-service-role/")?.1;
        path.split('/').next().map(name::service)
    });
    if !linked.is_empty() {
        return linked;
    }
    if role.starts_with(SERVICE_LINKED) {
        return first([invoker(record), role]);
    }
    role
}

/// `i-` and hexadecimal digits, as EC2 names the sessions of instance profiles.
fn is_instance(session: &str) -> bool {
    session
        .strip_prefix("i-")
        .is_some_and(|id| (8..=17).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The role of the session issuer, by name or by its ARN; empty when the issuer is no role.
fn issuing_role<'a>(record: &Record<'a>) -> Cow<'a, str> {
    let issuer = |field| record.identity_text(&["sessionContext", "sessionIssuer", field]);
    if issuer("type") != "Role" {
        return Cow::Borrowed("");
    }
    first([issuer("userName"), name::resource_of(issuer("arn"))])
}

/// The last part of `ROLE/SESSION`, else what follows the colon of a role's principalId.
fn session<'a>(assumed: &Cow<'a, str>, principal: &Cow<'a, str>) -> Cow<'a, str> {
    let named = part(assumed, |rest| rest.split_once('/').map(|(_, session)| session));
    if !named.is_empty() {
        return named;
    }
    part(principal, |id| {
        id.split_once(':').filter(|(id, _)| id.starts_with("AROA")).map(|(_, session)| session)
    })
}

/// Short name of the service that called: invokedBy, `AWS` for AWS itself.
fn invoker<'a>(record: &Record<'a>) -> Cow<'a, str> {
    let invoked = record.identity_text(&["invokedBy"]);
    if invoked.starts_with("AWS Internal") {
        return Cow::Borrowed("AWS");
    }
    part(&invoked, |service| Some(name::service(service)))
}

/// The service an event is about, when the service wrote it on its own.
fn own_service<'a>(record: &Record<'a>) -> Cow<'a, str> {
    if record.is_service_event() || &*record.identity_text(&["type"]) == "AWSService" {
        return part(&record.event_source(), |source| Some(name::service(source)));
    }
    Cow::Borrowed("")
}

fn account<'a>(record: &Record<'a>) -> Cow<'a, str> {
    let account = record.identity_text(&["accountId"]);
    if account == "ANONYMOUS_PRINCIPAL" || account == "anonymous" {
        return Cow::Borrowed("anonymous");
    }
    account
}

fn additional<'a>(record: &Record<'a>, names: &[&str]) -> Cow<'a, str> {
    let text = |name: &&str| record.additional()?.get(name)?.scalar();
    names.iter().find_map(text).unwrap_or_default()
}

/// The first that is not empty.
fn first<const N: usize>(names: [Cow<'_, str>; N]) -> Cow<'_, str> {
    names.into_iter().find(|name| !name.is_empty()).unwrap_or_default()
}

/// A part of a text, borrowed where the text is.
fn part<'a>(text: &Cow<'a, str>, cut: impl for<'t> Fn(&'t str) -> Option<&'t str>) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(cut(text).unwrap_or_default()),
        Cow::Owned(text) => Cow::Owned(cut(text).unwrap_or_default().to_owned()),
    }
}

/// `yes`, `no`, or `""` where the record does not say: `mfaAuthenticated` or `MFAUsed`.
pub fn mfa(record: &Record<'_>) -> &'static str {
    let session = record
        .identity()
        .and_then(|identity| identity.at(&["sessionContext", "attributes", "mfaAuthenticated"]))
        .and_then(Json::truth);
    let used = record.additional().and_then(|more| more.get("MFAUsed")).and_then(yes_or_no);
    match (session, used) {
        (Some(true), _) | (_, Some(true)) => "yes",
        (None, None) => "",
        _ => "no",
    }
}

fn yes_or_no(value: Json<'_>) -> Option<bool> {
    let text = value.scalar()?;
    if text.eq_ignore_ascii_case("yes") {
        Some(true)
    } else if text.eq_ignore_ascii_case("no") {
        Some(false)
    } else {
        value.truth()
    }
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
