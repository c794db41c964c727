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
    /// invokedBy.
    pub via: Cow<'a, str>,
    /// `yes`, `no` or empty: whether a second factor was used.
    pub mfa: &'static str,
    /// creationDate of the session in use.
    pub began: Cow<'a, str>,
}

/// What the account's own root prints as. No other caller prints it, whatever its name is.
pub const ROOT: &str = "ROOT";

/// What AWS writes where a failed sign-in named a user that does not exist (it may be a password).
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Roles of Identity Center: one for each permission set, shared by all its people.
const IDENTITY_CENTER: &str = "AWSReservedSSO_";

/// Roles that only AWS services can assume.
const SERVICE_LINKED: &str = "AWSServiceRoleFor";

/// Whether only AWS itself can have called: by the type of the identity and its role.
pub fn is_service(kind: &str, role: &str) -> bool {
    kind == "AWSService" || role.starts_with(SERVICE_LINKED)
}

/// The members of userIdentity that name somebody, read in one walk: records come by the million.
#[derive(Debug, Default)]
struct Identity<'a> {
    kind: Cow<'a, str>,
    principal: Cow<'a, str>,
    arn: Cow<'a, str>,
    account: Cow<'a, str>,
    key: Cow<'a, str>,
    user: Cow<'a, str>,
    invoked_by: Cow<'a, str>,
    mfa: Option<bool>,
    began: Cow<'a, str>,
    behalf_of: Cow<'a, str>,
    issuer_kind: Cow<'a, str>,
    issuer_arn: Cow<'a, str>,
    issuer_name: Cow<'a, str>,
}

impl<'a> Identity<'a> {
    fn of(record: &Record<'a>) -> Self {
        let mut found = Self::default();
        let Some(identity) = record.identity() else { return found };
        for (key, value) in identity.entries() {
            let slot = match &*key {
                "type" => &mut found.kind,
                "principalId" => &mut found.principal,
                "arn" => &mut found.arn,
                "accountId" => &mut found.account,
                "accessKeyId" => &mut found.key,
                "userName" => &mut found.user,
                "invokedBy" => &mut found.invoked_by,
                "onBehalfOf" => {
                    found.behalf_of = text(value.get("userId"));
                    continue;
                }
                "sessionContext" => {
                    for (key, value) in value.entries() {
                        match &*key {
                            "sessionIssuer" => found.issued_by(value),
                            "attributes" => {
                                found.mfa = value.get("mfaAuthenticated").and_then(Json::truth);
                                found.began = text(value.get("creationDate"));
                            }
                            _ => {}
                        }
                    }
                    continue;
                }
                _ => continue,
            };
            *slot = text(Some(value));
        }
        found
    }

    fn issued_by(&mut self, issuer: Json<'a>) {
        for (key, value) in issuer.entries() {
            match &*key {
                "type" => self.issuer_kind = text(Some(value)),
                "arn" => self.issuer_arn = text(Some(value)),
                "userName" => self.issuer_name = text(Some(value)),
                _ => {}
            }
        }
    }

    /// The role of the session issuer, by name or by its ARN; empty when the issuer is no role.
    fn issuing_role(&self) -> Cow<'a, str> {
        if self.issuer_kind != "Role" {
            return Cow::Borrowed("");
        }
        first([self.issuer_name.clone(), name::resource_of(self.issuer_arn.clone())])
    }

    /// Short name of the service that called; `AWS` for AWS itself.
    fn invoker(&self) -> Cow<'a, str> {
        if self.invoked_by.starts_with("AWS Internal") {
            return Cow::Borrowed("AWS");
        }
        part(&self.invoked_by, |service| Some(name::service(service)))
    }

    fn account(&self) -> Cow<'a, str> {
        if self.account.eq_ignore_ascii_case("anonymous") || self.account == "ANONYMOUS_PRINCIPAL" {
            return Cow::Borrowed("anonymous");
        }
        self.account.clone()
    }
}

fn text(value: Option<Json<'_>>) -> Cow<'_, str> {
    value.and_then(Json::scalar).unwrap_or_default()
}

/// Reads the caller of a record.
pub fn caller<'a>(record: &Record<'a>) -> Caller<'a> {
    let identity = Identity::of(record);
    let assumed = part(&identity.arn, |arn| arn.split_once(":assumed-role/").map(|(_, rest)| rest));
    let session = session(&assumed, &identity.principal);
    let role = identity.issuing_role();
    let shown = first([role.clone(), part(&assumed, |rest| rest.split('/').next())]);
    let mut actor = actor(record, &identity, &session, shown, !assumed.is_empty());
    if actor == ROOT && identity.kind != "Root" {
        // Somebody named like the root must not pass for it.
        let what = if identity.kind == "IAMUser" { "user" } else { "role" };
        actor = format!("{what}/{ROOT}").into();
    }
    Caller {
        actor,
        user: identity.user,
        role,
        session,
        key: identity.key,
        principal: identity.principal,
        arn: identity.arn,
        kind: identity.kind,
        via: identity.invoked_by,
        mfa: mfa(record, identity.mfa),
        began: identity.began,
    }
}

/// The display name by the type of the identity; the fallbacks of all types are one list.
fn actor<'a>(
    record: &Record<'a>,
    identity: &Identity<'a>,
    session: &Cow<'a, str>,
    role: Cow<'a, str>,
    is_assumed: bool,
) -> Cow<'a, str> {
    let shown = match &*identity.kind {
        "Root" => Cow::Borrowed(ROOT),
        "AWSService" => identity.invoker(),
        "AWSAccount" => identity.account(),
        "IdentityCenterUser" => first([
            identity.user.clone(),
            additional(record, &["UserName", "userName"]),
            identity.behalf_of.clone(),
        ]),
        "AssumedRole" | "Role" => role_actor(identity, session, role),
        _ if is_assumed => role_actor(identity, session, role),
        "" => first([identity.user.clone(), identity.invoker()]),
        _ => identity.user.clone(),
    };
    if shown == HIDDEN {
        return Cow::Borrowed("(hidden name)");
    }
    if !shown.trim().is_empty() {
        return shown;
    }
    first([
        identity.user.clone(),
        additional(record, &["UserName", "userName"]),
        part(&identity.arn, |arn| arn.starts_with("arn:").then(|| name::resource(arn))),
        identity.principal.clone(),
        identity.invoker(),
        own_service(record, identity),
        identity.account(),
        Cow::Borrowed("AWS"),
    ])
}

/// The name of a role's session: the person behind Identity Center, the instance, the service of a
/// service-linked role, else the role.
fn role_actor<'a>(
    identity: &Identity<'a>,
    session: &Cow<'a, str>,
    role: Cow<'a, str>,
) -> Cow<'a, str> {
    if role.starts_with(IDENTITY_CENTER) && !session.is_empty() {
        return session.clone();
    }
    if is_instance(session) {
        return format!("{session} (instance)").into();
    }
    let linked = part(&identity.issuer_arn, |arn| {
        let path = arn.split_once(":role/aws-service-role/")?.1;
        path.split('/').next().map(name::service)
    });
    if !linked.is_empty() {
        return linked;
    }
    if role.starts_with(SERVICE_LINKED) {
        return first([identity.invoker(), role]);
    }
    role
}

/// `i-` and hexadecimal digits, as EC2 names the sessions of instance profiles.
fn is_instance(session: &str) -> bool {
    session
        .strip_prefix("i-")
        .is_some_and(|id| (8..=17).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_hexdigit()))
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

/// The service an event is about, when the service wrote it on its own.
fn own_service<'a>(record: &Record<'a>, identity: &Identity<'_>) -> Cow<'a, str> {
    if record.is_service_event() || identity.kind == "AWSService" {
        return part(&record.event_source(), |source| Some(name::service(source)));
    }
    Cow::Borrowed("")
}

fn additional<'a>(record: &Record<'a>, names: &[&str]) -> Cow<'a, str> {
    let text = |name: &&str| record.additional()?.get(name)?.scalar();
    names.iter().find_map(text).unwrap_or_default()
}

/// The first that is not blank.
fn first<const N: usize>(names: [Cow<'_, str>; N]) -> Cow<'_, str> {
    names.into_iter().find(|name| !name.trim().is_empty()).unwrap_or_default()
}

/// A part of a text, borrowed where the text is.
fn part<'a>(text: &Cow<'a, str>, cut: impl for<'t> Fn(&'t str) -> Option<&'t str>) -> Cow<'a, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(cut(text).unwrap_or_default()),
        Cow::Owned(text) => Cow::Owned(cut(text).unwrap_or_default().to_owned()),
    }
}

/// `yes`, `no`, or `""` where the record does not say: `mfaAuthenticated` or `MFAUsed`.
fn mfa(record: &Record<'_>, session: Option<bool>) -> &'static str {
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
