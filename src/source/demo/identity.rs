//! Who calls, as `userIdentity` writes it: every type in common use, with the session behind it.

use std::fmt::Write;

use crate::event::time::Timestamp;
use crate::source::demo::organization::{ACCOUNTS, Names};
use crate::source::demo::record::quoted;

/// A caller as a record shows it: the identity, and where the call came from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Caller {
    /// The `userIdentity` object, or `null`.
    pub(crate) identity: String,
    /// The ARN that error messages name; empty where there is none.
    pub(crate) arn: String,
    /// The name LookupEvents gives as Username.
    pub(crate) name: String,
    /// The access key in use, or empty.
    pub(crate) key: String,
    /// `sourceIPAddress`.
    pub(crate) ip: String,
    /// `userAgent`.
    pub(crate) agent: String,
    /// Whether the call was made from the web console.
    pub(crate) console: bool,
}

/// One set of temporary credentials of a role.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// Account of the role.
    pub(crate) account: usize,
    /// Name of the role.
    pub(crate) role: String,
    /// Path of the role, such as `aws-service-role/config.amazonaws.com/`; often empty.
    pub(crate) path: String,
    /// The role session name.
    pub(crate) name: String,
    /// The access key that was issued.
    pub(crate) key: String,
    /// When it was issued.
    pub(crate) made: Timestamp,
    /// Whether whoever signed in showed a second factor.
    pub(crate) mfa: bool,
    /// The OIDC provider the session was federated from.
    pub(crate) federated: Option<&'static str>,
}

impl Session {
    /// ARN of the role itself.
    pub(crate) fn role_arn(&self) -> String {
        role_arn(self.account, &format!("{}{}", self.path, self.role))
    }

    /// ARN of the session.
    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:sts::{}:assumed-role/{}/{}", id(self.account), self.role, self.name)
    }

    /// The principal id: that of the role, a colon, the session's name.
    pub(crate) fn principal(&self, names: Names) -> String {
        format!("{}:{}", names.principal("AROA", self.account, &self.role), self.name)
    }
}

/// ARN of a role by account and name.
pub(crate) fn role_arn(account: usize, role: &str) -> String {
    format!("arn:aws:iam::{}:role/{role}", id(account))
}

/// ARN of an IAM user.
pub(crate) fn user_arn(account: usize, user: &str) -> String {
    format!("arn:aws:iam::{}:user/{user}", id(account))
}

fn id(account: usize) -> &'static str {
    ACCOUNTS[account].id
}

impl Caller {
    /// The same caller from another place.
    pub(crate) fn from(mut self, ip: &str, agent: &str) -> Self {
        ip.clone_into(&mut self.ip);
        agent.clone_into(&mut self.agent);
        self
    }

    /// An IAM user by his long-term key; without a key, as in a console sign-in.
    pub(crate) fn user(names: Names, account: usize, user: &str, key: &str) -> Self {
        let arn = user_arn(account, user);
        let key_member =
            if key.is_empty() { String::new() } else { format!(r#""accessKeyId":"{key}","#) };
        Self {
            identity: format!(
                r#"{{"type":"IAMUser","principalId":"{}","arn":"{arn}","accountId":"{}",{key_member}"userName":"{user}"}}"#,
                names.principal("AIDA", account, user),
                id(account),
            ),
            arn,
            name: user.to_owned(),
            key: key.to_owned(),
            ..Self::default()
        }
    }

    /// An IAM user in the web console: a temporary key of his own, not of a role.
    pub(crate) fn console_user(
        names: Names,
        (account, user): (usize, &str),
        key: &str,
        made: Timestamp,
        mfa: bool,
    ) -> Self {
        let mut caller = Self::user(names, account, user, key);
        caller.identity.pop();
        let _ = write!(
            caller.identity,
            r#","sessionContext":{{"attributes":{{"creationDate":"{made}","mfaAuthenticated":"{mfa}"}}}}}}"#
        );
        caller.console = true;
        caller
    }

    /// The root user of an account, in the console.
    pub(crate) fn root(account: usize, key: &str, made: Timestamp) -> Self {
        let arn = format!("arn:aws:iam::{}:root", id(account));
        let session = if key.is_empty() {
            String::new()
        } else {
            format!(
                r#","accessKeyId":"{key}","sessionContext":{{"attributes":{{"creationDate":"{made}","mfaAuthenticated":"true"}}}}"#
            )
        };
        Self {
            identity: format!(
                r#"{{"type":"Root","principalId":"{0}","arn":"{arn}","accountId":"{0}"{session}}}"#,
                id(account)
            ),
            arn,
            name: "root".to_owned(),
            key: key.to_owned(),
            console: true,
            ..Self::default()
        }
    }

    /// Somebody in the session of a role.
    pub(crate) fn session(names: Names, session: &Session) -> Self {
        let account = id(session.account);
        let arn = session.arn();
        let federated = session.federated.map_or_else(String::new, |provider| {
            format!(
                r#""webIdFederationData":{{"federatedProvider":"arn:aws:iam::{account}:oidc-provider/{provider}","attributes":{{}}}},"#
            )
        });
        Self {
            identity: format!(
                r#"{{"type":"AssumedRole","principalId":"{}","arn":"{arn}","accountId":"{account}","accessKeyId":"{}","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"{}","arn":"{}","accountId":"{account}","userName":"{}"}},{federated}"attributes":{{"creationDate":"{}","mfaAuthenticated":"{}"}}}}}}"#,
                session.principal(names),
                session.key,
                names.principal("AROA", session.account, &session.role),
                session.role_arn(),
                session.role,
                session.made,
                session.mfa,
            ),
            arn,
            name: session.name.clone(),
            key: session.key.clone(),
            ..Self::default()
        }
    }

    /// An AWS service on its own account: its name stands for address and agent too.
    pub(crate) fn service(principal: &str) -> Self {
        Self {
            identity: format!(r#"{{"type":"AWSService","invokedBy":"{principal}"}}"#),
            name: principal.to_owned(),
            ip: principal.to_owned(),
            agent: principal.to_owned(),
            ..Self::default()
        }
    }

    /// The same caller through a service that called in his name.
    pub(crate) fn through(&self, principal: &str) -> Self {
        let mut forwarded = self.clone().from(principal, principal);
        if forwarded.identity.ends_with('}') {
            forwarded.identity.pop();
            let _ = write!(forwarded.identity, r#","invokedBy":"{principal}"}}"#);
        }
        forwarded.console = false;
        forwarded
    }

    /// A person of Identity Center, before any role.
    pub(crate) fn person(names: Names, directory: usize, email: &str) -> Self {
        let user = names.uuid(email, directory, 0);
        let store = format!("d-{:010x}", names.number("store", directory, 0) & 0xff_ffff_ffff);
        Self {
            identity: format!(
                r#"{{"type":"IdentityCenterUser","accountId":"{0}","onBehalfOf":{{"userId":"{user}","identityStoreArn":"arn:aws:identitystore::{0}:identitystore/{store}"}},"credentialId":"{1}"}}"#,
                id(directory),
                names.uuid(email, directory, 7),
            ),
            name: email.to_owned(),
            ..Self::default()
        }
    }

    /// A person as the SAML assertion names him.
    pub(crate) fn saml(names: Names, account: usize, email: &str) -> Self {
        let provider = format!("AWSSSO_{:016x}_DO_NOT_DELETE", names.number("saml", account, 0));
        Self {
            identity: format!(
                r#"{{"type":"SAMLUser","principalId":"{provider}:{email}","userName":"{email}","identityProvider":"arn:aws:iam::{}:saml-provider/{provider}"}}"#,
                id(account)
            ),
            name: email.to_owned(),
            ..Self::default()
        }
    }

    /// A pipeline as its OIDC token names it.
    pub(crate) fn web_identity(account: usize, subject: &str) -> Self {
        let provider = format!(
            "arn:aws:iam::{}:oidc-provider/token.actions.githubusercontent.com",
            id(account)
        );
        Self {
            identity: format!(
                r#"{{"type":"WebIdentityUser","principalId":"{provider}:sts.amazonaws.com:{subject}","userName":"{subject}","identityProvider":"{provider}"}}"#
            ),
            name: subject.to_owned(),
            ..Self::default()
        }
    }

    /// Another account, as its calls look in the account that is called.
    pub(crate) fn foreign(principal: &str, account: &str) -> Self {
        Self {
            identity: format!(
                r#"{{"type":"AWSAccount","principalId":"{principal}","accountId":"{account}"}}"#
            ),
            name: principal.rsplit(':').next().unwrap_or_default().to_owned(),
            ..Self::default()
        }
    }

    /// Who could not be told: a sign-in that failed shows no principal. CloudTrail hides the name
    /// that was typed unless it is a user's.
    pub(crate) fn unproven(account: usize, user: &str) -> Self {
        Self {
            identity: format!(
                r#"{{"type":"IAMUser","accountId":"{}","accessKeyId":"","userName":{}}}"#,
                id(account),
                quoted(user)
            ),
            name: user.to_owned(),
            console: true,
            ..Self::default()
        }
    }
}
