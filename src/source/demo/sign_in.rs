//! How callers come by temporary credentials. Each way leaves the records that prove it: the key
//! that a call is made with later stands in the answer of the call that issued it.

use crate::event::time::{Millis, Timestamp};
use crate::source::demo::call::call;
use crate::source::demo::catalog::Action;
use crate::source::demo::chance::Chance;
use crate::source::demo::identity::{Caller, Session, role_arn};
use crate::source::demo::organization::{ACCOUNTS, GLOBAL, Names, REGIONS, SECURITY};
use crate::source::demo::record::{Category, Draft, second};
use crate::source::demo::scene::{Scene, spoken};

const CREDENTIALS: &str = r#"{"credentials":{"accessKeyId":"<key>","sessionToken":"<token>","expiration":"<expires>"},"assumedRoleUser":{"assumedRoleId":"<principal>","arn":"<session_arn>"}}"#;
const ROLE: &str = r#"[{"accountId":"<role_account>","type":"AWS::IAM::Role","ARN":"<role_arn>"}]"#;

pub(crate) const ASSUME_ROLE: Action = Action::put(
    "sts",
    "AssumeRole",
    r#"{"roleArn":"<role_arn>","roleSessionName":"<session>","durationSeconds":3600}"#,
    CREDENTIALS,
)
.reads()
.about(ROLE);

const ASSUME_WITH_SAML: Action = Action::put(
    "sts",
    "AssumeRoleWithSAML",
    r#"{"sAMLAssertionID":"_<uuid2>","roleSessionName":"<session>","roleArn":"<role_arn>","principalArn":"<provider>","durationSeconds":3600}"#,
    r#"{"credentials":{"accessKeyId":"<key>","sessionToken":"<token>","expiration":"<expires>"},"assumedRoleUser":{"assumedRoleId":"<principal>","arn":"<session_arn>"},"subject":"<session>","subjectType":"persistent","issuer":"https://portal.sso.eu-west-1.amazonaws.com/saml/assertion","audience":"https://signin.aws.amazon.com/saml"}"#,
)
.reads()
.about(ROLE);

const ASSUME_WITH_TOKEN: Action = Action::put(
    "sts",
    "AssumeRoleWithWebIdentity",
    r#"{"roleArn":"<role_arn>","roleSessionName":"<session>","durationSeconds":3600}"#,
    r#"{"subjectFromWebIdentityToken":"<subject>","credentials":{"accessKeyId":"<key>","sessionToken":"<token>","expiration":"<expires>"},"assumedRoleUser":{"assumedRoleId":"<principal>","arn":"<session_arn>"},"provider":"arn:aws:iam::<role_account>:oidc-provider/token.actions.githubusercontent.com","audience":"sts.amazonaws.com"}"#,
)
.reads()
.about(ROLE);

const AUTHENTICATE: Action = Action::put(
    "signin",
    "UserAuthentication",
    "",
    "",
)
.extra(r#"{"AuthWorkflowID":"<uuid2>","LoginTo":"https://harborline.awsapps.com/start","CredentialType":"EXTERNAL_IDP","UserName":"<me>"}"#);

const ROLE_CREDENTIALS: Action = Action::get(
    "sso",
    "GetRoleCredentials",
    r#"{"roleName":"<permission_set>","accountId":"<role_account>"}"#,
);

const FEDERATE: Action = Action::get(
    "sso",
    "Federate",
    r#"{"roleName":"<permission_set>","accountId":"<role_account>"}"#,
);

const CONSOLE_LOGIN: Action = Action::put("signin", "ConsoleLogin", "", r#"{"ConsoleLogin":"Success"}"#)
    .extra(r#"{"LoginTo":"https://console.aws.amazon.com/console/home?region=eu-west-1","MobileVersion":"No","MFAUsed":"<mfa>"}"#);

/// People sign in with a browser, whatever tool they use afterwards.
const BROWSER: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

/// Where and when somebody signs in.
pub(crate) struct Door<'a> {
    pub(crate) names: Names,
    pub(crate) chance: &'a mut Chance,
    pub(crate) time: Timestamp,
    pub(crate) region: &'static str,
}

impl Door<'_> {
    fn scene(&mut self, account: usize) -> Scene<'_> {
        Scene::new(self.names, self.chance, account, self.region, self.time)
    }

    fn session(&mut self, account: usize, role: &str, name: &str) -> Session {
        Session {
            account,
            role: role.to_owned(),
            path: String::new(),
            name: name.to_owned(),
            key: self.chance.access_key("ASIA"),
            made: second(self.time),
            mfa: false,
            federated: None,
        }
    }

    /// The record of an STS call that issues the session.
    fn issue(
        &mut self,
        account: usize,
        action: &'static Action,
        caller: Caller,
        session: &Session,
    ) -> Draft {
        let principal = session.principal(self.names);
        let expires = spoken(self.time + Millis::hours(1));
        let mut scene = self.scene(account);
        let token = format!("IQoJb3JpZ2luX2VjE{}", scene.chance.letters(96));
        scene.bind("role_arn", session.role_arn());
        scene.bind("role_account", ACCOUNTS[session.account].id);
        scene.bind("session", &*session.name);
        scene.bind("session_arn", session.arn());
        scene.bind("principal", principal);
        scene.bind("key", &*session.key);
        scene.bind("token", token);
        scene.bind("expires", expires);
        scene.bind("subject", &*caller.name);
        let provider = caller.identity.split('"').rfind(|part| part.contains(":saml-provider/"));
        scene.bind("provider", provider.unwrap_or_default());
        call(&mut scene, action, caller, None)
    }

    /// A person signs in to Identity Center and takes a permission set in an account.
    pub(crate) fn person(
        &mut self,
        email: &str,
        (account, role): (usize, &str),
        (ip, agent): (&str, &str),
    ) -> (Vec<Draft>, Session) {
        let console = agent.starts_with("Mozilla");
        let who = Caller::person(self.names, SECURITY, email).from(ip, agent);
        let mut session = self.session(account, role, email);
        session.path = format!("aws-reserved/sso.amazonaws.com/{}/", REGIONS[0]);
        session.mfa = true;
        let set = role.split('_').nth(1).unwrap_or(role).to_owned();
        let mut drafts = Vec::with_capacity(3);
        for action in [&AUTHENTICATE, if console { &FEDERATE } else { &ROLE_CREDENTIALS }] {
            self.region = REGIONS[0];
            let mut scene = self.scene(SECURITY);
            scene.bind("permission_set", &*set);
            scene.bind("role_account", ACCOUNTS[account].id);
            let mut who = who.clone();
            if action.service == "signin" {
                BROWSER.clone_into(&mut who.agent);
            }
            let mut draft = call(&mut scene, action, who, None);
            if action.service == "signin" {
                draft.kind = "AwsConsoleSignIn";
                draft.further =
                    Some(("serviceEventDetails", r#"{"UserAuthentication":"Success"}"#.to_owned()));
            }
            drafts.push(draft);
        }
        let caller = Caller::saml(self.names, account, email).from(ip, agent);
        drafts.push(self.issue(account, &ASSUME_WITH_SAML, caller, &session));
        (drafts, session)
    }

    /// A workflow takes a role with the token of its run.
    pub(crate) fn pipeline(
        &mut self,
        repository: &str,
        (account, role): (usize, &str),
        (ip, agent): (&str, &str),
    ) -> (Vec<Draft>, Session) {
        let subject = format!("repo:harborline/{repository}:ref:refs/heads/main");
        let run = self.chance.between(18_000_000_000, 18_999_999_999);
        let mut session = self.session(account, role, &format!("GitHubActions-{repository}-{run}"));
        session.federated = Some("token.actions.githubusercontent.com");
        let caller = Caller::web_identity(account, &subject).from(ip, agent);
        (vec![self.issue(account, &ASSUME_WITH_TOKEN, caller, &session)], session)
    }

    /// A service fetches credentials of a role for the code it runs.
    pub(crate) fn service(
        &mut self,
        principal: &str,
        (account, role): (usize, &str),
        (path, name): (&str, &str),
    ) -> (Vec<Draft>, Session) {
        let mut session = self.session(account, role, name);
        path.clone_into(&mut session.path);
        let mut draft = self.issue(account, &ASSUME_ROLE, Caller::service(principal), &session);
        draft.shared_id = self.chance.uuid();
        (vec![draft], session)
    }

    /// Somebody takes a role, perhaps of another account: then both accounts record it.
    pub(crate) fn chain(
        &mut self,
        caller: &Caller,
        (from, principal): (usize, &str),
        (account, role, name): (usize, &str, &str),
    ) -> (Vec<Draft>, Session) {
        let session = self.session(account, role, name);
        let mut draft = self.issue(from, &ASSUME_ROLE, caller.clone(), &session);
        if from == account {
            return (vec![draft], session);
        }
        draft.shared_id = self.chance.uuid();
        let mut twin = draft.clone();
        twin.caller = Caller::foreign(principal, ACCOUNTS[from].id).from(&caller.ip, &caller.agent);
        twin.account = account;
        twin.event_id = self.chance.uuid();
        (vec![draft, twin], session)
    }

    /// A vendor's account takes a role here; his own account's record is not ours to see.
    pub(crate) fn vendor(
        &mut self,
        vendor: &str,
        (account, role): (usize, &str),
        (ip, agent): (&str, &str),
    ) -> (Vec<Draft>, Session) {
        let session = self.session(account, role, "posture-scan");
        let principal = self.names.principal("AROA", SECURITY, vendor);
        let caller = Caller::foreign(&format!("{principal}:collector"), vendor).from(ip, agent);
        let mut draft = self.issue(account, &ASSUME_ROLE, caller, &session);
        draft.request.pop();
        draft.request.push_str(r#","externalId":"hl-7c1e55"}"#);
        draft.shared_id = self.chance.uuid();
        (vec![draft], session)
    }

    /// A user or root signs in to the web console.
    pub(crate) fn console(&mut self, account: usize, caller: Caller, mfa: bool) -> Draft {
        self.region = GLOBAL;
        let mut scene = self.scene(account);
        scene.bind("mfa", if mfa { "Yes" } else { "No" });
        let mut draft = call(&mut scene, &CONSOLE_LOGIN, caller, None);
        draft.kind = "AwsConsoleSignIn";
        draft.category = Category::Management;
        draft.request_id.clear();
        draft
    }
}

/// ARN of a role that is asked for but not given.
pub(crate) fn wanted_role(account: usize, role: &str) -> String {
    role_arn(account, role)
}
