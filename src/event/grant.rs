//! What a record says of credentials that were issued: to whom, by whom, and which key. These are
//! the links of every chain from a call back to whoever is behind it.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::{Deserialize, Serialize};

use crate::event::identity::caller;
use crate::event::json::Json;
use crate::event::record::Record;
use crate::event::time::Timestamp;

/// How credentials come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum How {
    /// `AssumeRole`
    AssumeRole,
    /// `AssumeRoleWithSAML`
    Saml,
    /// `AssumeRoleWithWebIdentity`
    WebIdentity,
    /// `AssumeRoot`
    AssumeRoot,
    /// `GetSessionToken`
    SessionToken,
    /// `GetFederationToken`
    FederationToken,
    /// `CreateAccessKey`
    AccessKey,
    /// `CreateSession` of IAM Roles Anywhere
    RolesAnywhere,
    /// `GetRoleCredentials` of IAM Identity Center
    IdentityCenter,
    /// `ConsoleLogin`: the keys of a console session are issued without a record.
    SignIn,
    /// No call: the session says in each of its records whose it is, as its maker or identity provider
    /// named them; it cannot be changed, through any number of roles.
    SourceIdentity,
}

/// One way to a key.
struct Way {
    how: How,
    source: &'static str,
    event: &'static str,
    /// Where the key stands in responseElements.
    key: &'static [&'static str],
    /// Where the name of the session stands.
    session: &'static [&'static str],
    /// Where its principalId stands.
    principal: &'static [&'static str],
}

const KEY: &[&str] = &["credentials", "accessKeyId"];
const SESSION: &[&str] = &["assumedRoleUser", "arn"];
const PRINCIPAL: &[&str] = &["assumedRoleUser", "assumedRoleId"];

const fn sts(how: How, event: &'static str) -> Way {
    Way {
        how,
        source: "sts.amazonaws.com",
        event,
        key: KEY,
        session: SESSION,
        principal: PRINCIPAL,
    }
}

const WAYS: &[Way] = &[
    sts(How::AssumeRole, "AssumeRole"),
    sts(How::Saml, "AssumeRoleWithSAML"),
    sts(How::WebIdentity, "AssumeRoleWithWebIdentity"),
    Way { session: &[], principal: &[], ..sts(How::AssumeRoot, "AssumeRoot") },
    Way { session: &[], principal: &[], ..sts(How::SessionToken, "GetSessionToken") },
    Way {
        session: &["federatedUser", "arn"],
        principal: &["federatedUser", "federatedUserId"],
        ..sts(How::FederationToken, "GetFederationToken")
    },
    Way {
        how: How::AccessKey,
        source: "iam.amazonaws.com",
        event: "CreateAccessKey",
        key: &["accessKey", "accessKeyId"],
        session: &["accessKey", "userName"],
        principal: &[],
    },
    Way {
        how: How::RolesAnywhere,
        source: "rolesanywhere.amazonaws.com",
        event: "CreateSession",
        key: &["credentialSet", "credentials", "accessKeyId"],
        session: &["credentialSet", "assumedRoleUser", "arn"],
        principal: &["credentialSet", "assumedRoleUser", "assumedRoleId"],
    },
    Way {
        how: How::IdentityCenter,
        source: "sso.amazonaws.com",
        event: "GetRoleCredentials",
        key: &["roleCredentials", "accessKeyId"],
        session: &[],
        principal: &[],
    },
    Way {
        how: How::SignIn,
        source: "signin.amazonaws.com",
        event: "ConsoleLogin",
        key: &[],
        session: &[],
        principal: &[],
    },
];

impl How {
    /// The event that issues it.
    pub fn event(self) -> &'static str {
        WAYS.iter().find(|way| way.how == self).map_or("", |way| way.event)
    }
}

/// Who called, as far as it takes to find out who is behind it. Parts that a record lacks are
/// empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Who<'a> {
    /// userIdentity.type
    pub kind: &'a str,
    /// accessKeyId
    pub key: &'a str,
    /// arn
    pub arn: &'a str,
    /// principalId
    pub principal: &'a str,
    /// userName
    pub user: &'a str,
    /// invokedBy
    pub via: &'a str,
    /// The display name.
    pub actor: &'a str,
}

/// The same, kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Party {
    /// userIdentity.type
    pub kind: Box<str>,
    /// accessKeyId
    pub key: Box<str>,
    /// arn
    pub arn: Box<str>,
    /// principalId
    pub principal: Box<str>,
    /// userName
    pub user: Box<str>,
    /// invokedBy
    pub via: Box<str>,
    /// The display name.
    pub actor: Box<str>,
}

impl Party {
    /// As it is looked up.
    pub fn who(&self) -> Who<'_> {
        Who {
            kind: &self.kind,
            key: &self.key,
            arn: &self.arn,
            principal: &self.principal,
            user: &self.user,
            via: &self.via,
            actor: &self.actor,
        }
    }
}

/// Credentials that were issued.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grant {
    /// When.
    pub at: Timestamp,
    /// How.
    pub how: How,
    /// The access key; empty for a sign-in.
    pub key: Box<str>,
    /// What they stand for: the ARN of a session, the name of a user.
    pub session: Box<str>,
    /// The principalId of the session.
    pub principal: Box<str>,
    /// Who asked for them.
    pub by: Party,
    /// Where the call came from.
    pub ip: Box<str>,
    /// The eventID.
    pub id: Box<str>,
}

/// The credentials that a record issued; `None` for every other record, and where it failed.
pub fn grant(record: &Record<'_>, at: Timestamp) -> Option<Grant> {
    let event = record.event_name();
    let way = WAYS.iter().find(|way| way.event == event)?;
    if record.event_source() != way.source || !record.error_code().is_empty() {
        return None;
    }
    let response = record.response();
    let text = |path: &[&str]| -> Box<str> {
        match path {
            [] => Box::default(),
            path => response.and_then(|it| found(it, path)).unwrap_or_default().into(),
        }
    };
    let key = text(way.key);
    let signed_in = || {
        let said = response.and_then(|it| it.get("ConsoleLogin")).and_then(Json::scalar);
        said.is_some_and(|said| said == "Success")
    };
    if key.is_empty() && (way.how != How::SignIn || !signed_in()) {
        return None;
    }
    let caller = caller(record);
    let by = Party {
        kind: (*caller.kind).into(),
        key: (*caller.key).into(),
        arn: (*caller.arn).into(),
        principal: (*caller.principal).into(),
        user: (*caller.user).into(),
        via: (*caller.via).into(),
        actor: (*caller.actor).into(),
    };
    Some(Grant {
        at,
        how: way.how,
        key,
        session: text(way.session),
        principal: text(way.principal),
        by,
        ip: (*record.source_ip()).into(),
        id: (*record.event_id()).into(),
    })
}

/// What the type of a party is that is known by a source identity alone.
pub const SOURCE_IDENTITY: &str = "SourceIdentity";

/// Whose a session is by its source identity. It is the same for every record of a key, so that none
/// says more than another.
pub fn source_identity(record: &Record<'_>) -> Option<Grant> {
    static NAME: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"sourceIdentity\""));
    // Nearly no record has one: what is read of the others is to cost nothing.
    NAME.find(record.json().text().as_bytes())?;
    let identity = record.identity()?;
    let source = identity.at(&["sessionContext", "sourceIdentity"])?.scalar()?;
    let key = identity.get("accessKeyId")?.scalar()?;
    if source.trim().is_empty() || key.is_empty() {
        return None;
    }
    let by = Party {
        kind: SOURCE_IDENTITY.into(),
        user: (*source).into(),
        actor: (*source).into(),
        ..Party::default()
    };
    Some(Grant {
        at: Timestamp(0),
        how: How::SourceIdentity,
        key: (*key).into(),
        session: Box::default(),
        principal: Box::default(),
        by,
        ip: Box::default(),
        id: Box::default(),
    })
}

/// A scalar by path; of a list the first element that has it.
fn found(json: Json<'_>, path: &[&str]) -> Option<String> {
    let Some((name, rest)) = path.split_first() else {
        return json.scalar().map(std::borrow::Cow::into_owned);
    };
    match json.get(name) {
        Some(inner) => found(inner, rest),
        None => json.items().find_map(|item| found(item, path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Grant> {
        grant(&Record::of(Json::checked(text).unwrap()), Timestamp(0))
    }

    #[test]
    fn a_role_a_key_and_a_sign_in() {
        let role = of(r#"{"eventVersion":"1.08","eventName":"AssumeRole","eventSource":"sts.amazonaws.com","userIdentity":{"type":"IAMUser","accessKeyId":"AKIAEXAMPLE1","userName":"alice","arn":"arn:aws:iam::111122223333:user/alice"},"responseElements":{"credentials":{"accessKeyId":"ASIAEXAMPLE2"},"assumedRoleUser":{"assumedRoleId":"AROAX:s","arn":"arn:aws:sts::111122223333:assumed-role/r/s"}}}"#).unwrap();
        assert_eq!(
            (role.how, &*role.key, &*role.by.key),
            (How::AssumeRole, "ASIAEXAMPLE2", "AKIAEXAMPLE1")
        );
        assert_eq!((&*role.principal, &*role.by.user), ("AROAX:s", "alice"));
        let key = of(r#"{"eventVersion":"1.08","eventName":"CreateAccessKey","eventSource":"iam.amazonaws.com","userIdentity":{"type":"Root"},"responseElements":{"accessKey":{"accessKeyId":"AKIAEXAMPLE3","userName":"bob"}}}"#).unwrap();
        assert_eq!((key.how, &*key.key, &*key.session), (How::AccessKey, "AKIAEXAMPLE3", "bob"));
        let login = of(r#"{"eventVersion":"1.08","eventName":"ConsoleLogin","eventSource":"signin.amazonaws.com","userIdentity":{"type":"IAMUser","userName":"bob"},"responseElements":{"ConsoleLogin":"Success"}}"#).unwrap();
        assert_eq!((login.how, &*login.key), (How::SignIn, ""));
        let anywhere = of(r#"{"eventVersion":"1.08","eventName":"CreateSession","eventSource":"rolesanywhere.amazonaws.com","responseElements":{"credentialSet":[{"assumedRoleUser":{"arn":"a"},"credentials":{"accessKeyId":"ASIAEXAMPLE4"}}]}}"#).unwrap();
        assert_eq!((&*anywhere.key, &*anywhere.session), ("ASIAEXAMPLE4", "a"));
    }

    #[test]
    fn a_session_carries_its_source_identity() {
        let of = |identity: &str| {
            let text = format!(r#"{{"eventVersion":"1.08","userIdentity":{{{identity}}}}}"#);
            source_identity(&Record::of(Json::checked(&text).unwrap()))
        };
        let found = of(
            r#""accessKeyId":"ASIA1","type":"AssumedRole","sessionContext":{"sourceIdentity":"alice"}"#,
        );
        let found = found.unwrap();
        assert_eq!(
            (&*found.key, &*found.by.actor, found.how),
            ("ASIA1", "alice", How::SourceIdentity)
        );
        assert_eq!(of(r#""accessKeyId":"ASIA1","sessionContext":{"sourceIdentity":""}"#), None);
        assert_eq!(of(r#""sessionContext":{"sourceIdentity":"alice"}"#), None);
        assert_eq!(of(r#""accessKeyId":"ASIA1","sourceIdentity":"mallory" "#), None);
    }

    #[test]
    fn what_failed_issued_nothing() {
        assert_eq!(
            of(
                r#"{"eventVersion":"1.08","eventName":"AssumeRole","eventSource":"sts.amazonaws.com","errorCode":"AccessDenied","responseElements":{"credentials":{"accessKeyId":"ASIAX"}}}"#
            ),
            None
        );
        assert_eq!(
            of(
                r#"{"eventVersion":"1.08","eventName":"AssumeRole","eventSource":"evil.example.com","responseElements":{"credentials":{"accessKeyId":"ASIAX"}}}"#
            ),
            None
        );
        assert_eq!(
            of(
                r#"{"eventVersion":"1.08","eventName":"ConsoleLogin","eventSource":"signin.amazonaws.com","responseElements":{"ConsoleLogin":"Failure"}}"#
            ),
            None
        );
        assert_eq!(
            of(
                r#"{"eventVersion":"1.08","eventName":"AssumeRole","eventSource":"sts.amazonaws.com","responseElements":null}"#
            ),
            None
        );
    }
}
