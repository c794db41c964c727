//! The incident, from a leaked key to the defender's answer, as a table of steps. Times are those
//! of a live demo, in milliseconds after its start; a still demo stretches them.

use crate::event::time::{Millis, Timestamp};
use crate::source::demo::call::{Why, call, denied};
use crate::source::demo::cast::{
    BREAK_GLASS, DEFENDER, DEFENDER_AGENT, DEFENDER_IP, SECOPS, VICTIM,
};
use crate::source::demo::catalog::action;
use crate::source::demo::chance::Chance;
use crate::source::demo::identity::{Caller, Session};
use crate::source::demo::organization::{LOGS, Names, ORG_TRAIL, PROD, REGIONS};
use crate::source::demo::record::{Draft, Event, Fault, quoted};
use crate::source::demo::scene::Scene;
use crate::source::demo::sign_in::{ASSUME_ROLE, Door, wanted_role};

/// Whose credentials a step uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// The leaked key, by hand and by script.
    Leaked,
    Script,
    /// The two roles of the chain.
    FirstHop,
    SecondHop,
    /// The user the attacker made.
    Made,
    Defender,
}

/// What a step is.
#[derive(Debug, Clone, Copy)]
enum Act {
    Call(&'static str),
    /// A role that is asked for and refused.
    WantRole(usize, &'static str),
    TakeRole(usize, &'static str),
    /// The defender signs in and takes a permission set.
    SignIn(usize, &'static str),
    /// The made user signs in to the console.
    Login,
}

/// How a step ends.
#[derive(Debug, Clone, Copy)]
enum End {
    Works,
    Refused(Why),
    Fails(&'static str, &'static str),
}

#[derive(Debug, Clone, Copy)]
struct Step {
    at: i64,
    who: Who,
    act: Act,
    end: End,
    region: &'static str,
    /// Blanks that have a given value.
    binds: &'static [(&'static str, &'static str)],
    /// Request and response where the catalog's would not do; empty for the catalog's.
    request: &'static str,
    response: &'static str,
    /// Whether the story cannot be told without it.
    core: bool,
}

const fn step(at: i64, who: Who, call: &'static str) -> Step {
    Step {
        at,
        who,
        act: Act::Call(call),
        end: End::Works,
        region: REGIONS[0],
        binds: &[],
        request: "",
        response: "",
        core: false,
    }
}

const fn act(at: i64, who: Who, act: Act) -> Step {
    let mut step = step(at, who, "");
    step.act = act;
    step
}

impl Step {
    const fn core(mut self) -> Self {
        self.core = true;
        self
    }

    const fn refused(mut self) -> Self {
        self.end = End::Refused(Why::Identity);
        self
    }

    const fn refused_by(mut self, why: Why) -> Self {
        self.end = End::Refused(why);
        self
    }

    const fn fails(mut self, code: &'static str, message: &'static str) -> Self {
        self.end = End::Fails(code, message);
        self
    }

    const fn region(mut self, region: &'static str) -> Self {
        self.region = region;
        self
    }

    const fn with(mut self, binds: &'static [(&'static str, &'static str)]) -> Self {
        self.binds = binds;
        self
    }

    const fn asking(mut self, request: &'static str, response: &'static str) -> Self {
        self.request = request;
        self.response = response;
        self
    }
}

const ATTACKER_IP: &str = "192.0.2.146";
const ATTACKER_CLI: &str = "aws-cli/1.32.17 md/Botocore#1.34.17 ua/2.0 os/linux#6.6.9-amd64 md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython cfg/retry-mode#legacy";
const ATTACKER_BOTO: &str = "Boto3/1.34.17 md/Botocore#1.34.17 ua/2.0 os/linux#6.6.9-amd64 md/arch#x86_64 lang/python#3.11.7 md/pyimpl#CPython exec-env/pacu cfg/retry-mode#legacy";
const ATTACKER_BROWSER: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

/// The user the attacker makes, the role of each hop, the bucket that is opened.
const MADE: &str = "svc-backup-sync";
const FIRST_ROLE: &str = "platform-deployer";
const SECOND_ROLE: &str = "log-archive-admin";

type Binds = &'static [(&'static str, &'static str)];
const ITSELF: Binds = &[("user", VICTIM)];
const NEW_USER: Binds = &[("user", MADE), ("policy", "AdministratorAccess")];
const EXPORTS: Binds = &[("bucket", "harborline-prod-customer-exports")];
const ORG: Binds = &[("trail", ORG_TRAIL)];
const OWN_TRAIL: Binds = &[("trail", "prod-trail")];
const DB_SECRET: Binds = &[("secret", "prod/orders/db")];
const STRIPE_SECRET: Binds = &[("secret", "prod/stripe/api-key")];
const JWT_SECRET: Binds = &[("secret", "prod/jwt/signing")];
const MAIL_SECRET: Binds = &[("secret", "prod/mailer/smtp")];

const ALLOW_ALL: &str = r#"{"userName":"<user>","policyName":"ci-deploy-debug","policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}"}"#;
const READS_ONLY: &str = r#"{"trailName":"<trail>","eventSelectors":[{"readWriteType":"ReadOnly","includeManagementEvents":false,"dataResources":[],"excludeManagementEventSources":[]}]}"#;
const READS_ONLY_NOW: &str = r#"{"trailARN":"arn:aws:cloudtrail:<region>:<account>:trail/<trail>","eventSelectors":[{"readWriteType":"ReadOnly","includeManagementEvents":false,"dataResources":[],"excludeManagementEventSources":[]}]}"#;
const OPEN_TO_ALL: &str = r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","policy":"","bucketPolicy":{"Version":"2012-10-17","Statement":[{"Sid":"sync","Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::<bucket>","arn:aws:s3:::<bucket>/*"]}]}}"#;
const SHARED_OUT: &str = r#"{"snapshotId":"<snapshot>","createVolumePermission":{"add":{"items":[{"userId":"771205936418"}]}},"attributeType":"CREATE_VOLUME_PERMISSION"}"#;
const INACTIVE: &str = r#"{"userName":"<user>","accessKeyId":"<leaked>","status":"Inactive"}"#;
const NO_TRAIL: &str =
    "Unknown trail: arn:aws:cloudtrail:<region>:<account>:trail/<trail> for the user: <account>";

use Who::{Defender, FirstHop, Leaked, Made, Script, SecondHop};

/// The story.
#[rustfmt::skip]
const STEPS: &[Step] = &[
    // The key is tried.
    step(2_000, Leaked, "sts:GetCallerIdentity").region(REGIONS[1]).core(),
    step(3_000, Leaked, "iam:GetUser").with(ITSELF),
    step(3_300, Leaked, "iam:ListAttachedUserPolicies").with(ITSELF),
    step(3_500, Leaked, "iam:ListUserPolicies").with(ITSELF),
    step(3_900, Leaked, "iam:GetUserPolicy").with(ITSELF),
    // What is there?
    step(5_000, Script, "ec2:DescribeRegions").region(REGIONS[1]),
    step(5_200, Script, "ec2:DescribeInstances").core(),
    step(5_350, Script, "ec2:DescribeInstances").region(REGIONS[1]),
    step(5_500, Script, "ec2:DescribeInstances").region(REGIONS[2]),
    step(5_650, Script, "ec2:DescribeInstances").region(REGIONS[3]),
    step(5_800, Script, "ec2:DescribeSecurityGroups"),
    step(5_950, Script, "ec2:DescribeVpcs"),
    step(6_100, Script, "ec2:DescribeSnapshots"),
    step(6_300, Script, "s3:ListBuckets").region(REGIONS[1]).core(),
    step(6_500, Script, "s3:GetBucketAcl").with(EXPORTS),
    step(6_650, Script, "s3:GetBucketPublicAccessBlock").with(EXPORTS),
    step(6_800, Script, "lambda:ListFunctions20150331"),
    step(6_950, Script, "rds:DescribeDBInstances"),
    step(7_100, Script, "cloudtrail:DescribeTrails"),
    step(7_300, Script, "organizations:DescribeOrganization"),
    step(7_500, Script, "iam:GetRole").with(&[("role", FIRST_ROLE)]),
    // What may the key do? Not much.
    step(9_000, Script, "secretsmanager:ListSecrets").refused().core(),
    step(9_150, Script, "secretsmanager:GetSecretValue").with(DB_SECRET).refused().core(),
    step(9_300, Script, "secretsmanager:GetSecretValue").with(STRIPE_SECRET).refused(),
    step(9_450, Script, "secretsmanager:GetSecretValue").with(JWT_SECRET).refused(),
    step(9_600, Script, "iam:ListUsers").refused().core(),
    step(9_750, Script, "iam:ListRoles").refused(),
    step(9_900, Script, "iam:GetAccountAuthorizationDetails").refused(),
    step(10_100, Script, "iam:CreateUser").with(NEW_USER).refused(),
    step(10_300, Script, "ssm:DescribeParameters").refused(),
    step(10_450, Script, "ssm:GetParametersByPath").refused(),
    step(10_600, Script, "kms:ListKeys").refused(),
    step(10_800, Script, "ec2:GetPasswordData").refused(),
    step(10_900, Script, "ec2:GetPasswordData").refused(),
    step(11_000, Script, "ec2:GetPasswordData").refused(),
    step(11_100, Script, "ec2:DescribeInstanceAttribute").refused(),
    step(11_200, Script, "ec2:DescribeInstanceAttribute").refused(),
    step(11_300, Script, "ec2:DescribeInstanceAttribute").refused(),
    step(11_500, Script, "organizations:ListAccounts").refused_by(Why::Organization),
    step(11_700, Script, "guardduty:ListFindings").refused_by(Why::Untold),
    step(11_900, Script, "s3:PutBucketPolicy").with(EXPORTS).asking(OPEN_TO_ALL, "").refused(),
    act(12_300, Leaked, Act::WantRole(PROD, FIRST_ROLE)).refused_by(Why::Untold),
    act(12_900, Leaked, Act::WantRole(LOGS, SECOND_ROLE)).refused_by(Why::Untold),
    // But it may write the policies of its own user.
    step(15_000, Leaked, "iam:PutUserPolicy").with(ITSELF).asking(ALLOW_ALL, "").core(),
    step(17_000, Script, "secretsmanager:ListSecrets").core(),
    step(17_200, Script, "iam:ListUsers").core(),
    step(17_350, Script, "iam:ListRoles"),
    step(17_500, Script, "iam:GetAccountAuthorizationDetails"),
    step(17_700, Script, "ssm:DescribeParameters"),
    step(17_850, Script, "kms:ListKeys"),
    step(18_000, Script, "ec2:DescribeInstanceAttribute"),
    // Two hops, into the account that keeps the logs.
    act(21_000, Leaked, Act::TakeRole(PROD, FIRST_ROLE)).core(),
    step(21_600, FirstHop, "sts:GetCallerIdentity"),
    act(22_400, FirstHop, Act::TakeRole(LOGS, SECOND_ROLE)).core(),
    step(23_000, SecondHop, "sts:GetCallerIdentity").core(),
    step(23_600, SecondHop, "cloudtrail:DescribeTrails"),
    // A way to come back.
    step(26_000, Leaked, "iam:CreateUser").with(NEW_USER).core(),
    step(26_500, Leaked, "iam:AttachUserPolicy").with(NEW_USER).core(),
    step(27_000, Leaked, "iam:CreateAccessKey").with(NEW_USER).core(),
    step(27_600, Leaked, "iam:CreateLoginProfile").with(NEW_USER).core(),
    step(29_000, Made, "sts:GetCallerIdentity").region(REGIONS[1]).core(),
    act(30_500, Made, Act::Login),
    // The watchers are blinded: one trail weakened, the other not found, then found and stopped.
    step(32_000, Made, "cloudtrail:GetEventSelectors").with(OWN_TRAIL),
    step(32_800, Made, "cloudtrail:PutEventSelectors").with(OWN_TRAIL).asking(READS_ONLY, READS_ONLY_NOW).core(),
    step(34_000, SecondHop, "cloudtrail:StopLogging").with(ORG).region(REGIONS[1]).fails("TrailNotFoundException", NO_TRAIL).core(),
    step(35_500, SecondHop, "cloudtrail:StopLogging").with(ORG).core(),
    // And the goods are taken.
    step(37_500, Made, "s3:DeleteBucketPublicAccessBlock").with(EXPORTS).core(),
    step(38_200, Made, "s3:PutBucketPolicy").with(EXPORTS).asking(OPEN_TO_ALL, "").core(),
    step(40_000, Made, "secretsmanager:GetSecretValue").with(DB_SECRET).core(),
    step(40_400, Made, "secretsmanager:GetSecretValue").with(STRIPE_SECRET),
    step(40_800, Made, "secretsmanager:GetSecretValue").with(JWT_SECRET),
    step(41_200, Made, "secretsmanager:GetSecretValue").with(MAIL_SECRET),
    step(42_500, Made, "ssm:GetParametersByPath"),
    step(44_000, Made, "ec2:ModifySnapshotAttribute").asking(SHARED_OUT, ""),
    // The defender: her everyday role may look, but not act.
    act(45_500, Defender, Act::SignIn(LOGS, SECOPS)),
    step(46_800, Defender, "cloudtrail:LookupEvents"),
    step(47_600, Defender, "cloudtrail:GetTrailStatus").with(ORG),
    step(48_800, Defender, "cloudtrail:StartLogging").with(ORG).refused().core(),
    act(50_800, Defender, Act::SignIn(LOGS, BREAK_GLASS)),
    step(52_000, Defender, "cloudtrail:StartLogging").with(ORG).core(),
    act(53_500, Defender, Act::SignIn(PROD, BREAK_GLASS)),
    step(54_500, Defender, "iam:ListAccessKeys").with(ITSELF),
    step(55_500, Defender, "iam:UpdateAccessKey").with(ITSELF).asking(INACTIVE, "").core(),
];

/// The incident as it will happen.
#[derive(Debug)]
pub(crate) struct Incident {
    /// Its events, in the order of their times.
    pub(crate) events: Vec<Event>,
    /// When the organization's trail records nothing: after the first, before the second.
    pub(crate) outage: Option<(Timestamp, Timestamp)>,
}

impl Incident {
    /// The user whose key leaks, and is switched off in the end.
    pub(crate) const VICTIM: &'static str = VICTIM;

    /// The whole story from `begin` on, every pause `stretch` times as long.
    pub(crate) fn new(names: Names, seed: u64, begin: Timestamp, stretch: i64) -> Self {
        Self::of(names, seed, (begin, stretch), usize::MAX)
    }

    /// The story in at most `room` events: whole, else its core, else the beginning of that.
    pub(crate) fn within(
        names: Names,
        seed: u64,
        (begin, stretch): (Timestamp, i64),
        room: usize,
    ) -> Self {
        let whole = Self::of(names, seed, (begin, stretch), usize::MAX);
        if whole.events.len() <= room {
            return whole;
        }
        Self::of(names, seed, (begin, stretch), room)
    }

    fn of(names: Names, seed: u64, (begin, stretch): (Timestamp, i64), room: usize) -> Self {
        let whole = room == usize::MAX;
        let mut plot = Plot::new(names, seed);
        let mut events = Vec::new();
        let mut outage = None;
        for step in STEPS.iter().filter(|step| whole || step.core || step.carries()) {
            let time = begin + Millis(step.at * stretch);
            let drafts = plot.play(step, time);
            if events.len() + drafts.len() > room {
                break;
            }
            for draft in drafts {
                let worked = draft.fault.is_none() && draft.account == LOGS;
                match (draft.name, &mut outage) {
                    ("StopLogging", None) if worked => outage = Some((time, Timestamp(i64::MAX))),
                    ("StartLogging", Some((_, end))) if worked => *end = time,
                    _ => {}
                }
                events.push(draft.finish());
            }
        }
        Self { events, outage }
    }
}

impl Step {
    /// Whether later steps need the credentials this one brings.
    fn carries(&self) -> bool {
        matches!(self.act, Act::SignIn(..) | Act::TakeRole(..))
    }
}

/// What has been gained so far.
struct Plot {
    names: Names,
    chance: Chance,
    leaked: String,
    made: String,
    hops: [Option<Session>; 2],
    defender: Option<Session>,
}

impl Plot {
    fn new(names: Names, seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let made = chance.access_key("AKIA");
        let leaked = names.long_key(PROD, VICTIM);
        Self { names, chance, leaked, made, hops: [None, None], defender: None }
    }

    /// The records of one step.
    fn play(&mut self, step: &'static Step, time: Timestamp) -> Vec<Draft> {
        let (account, principal, caller) = self.caller(step.who);
        let names = self.names;
        match step.act {
            Act::Call(name) => self.call(step, name, account, (caller, time)),
            Act::WantRole(of, role) => {
                let mut scene = Scene::new(names, &mut self.chance, account, step.region, time);
                scene.bind("role_arn", wanted_role(of, role));
                scene.bind("role_account", "");
                scene.bind_caller(&caller);
                let fault = denied(&mut scene, &ASSUME_ROLE, &caller, Why::Untold);
                let mut draft = call(&mut scene, &ASSUME_ROLE, caller, Some(fault));
                // A refused AssumeRole tells the role in its message only.
                draft.request.clear();
                draft.resources.clear();
                vec![draft]
            }
            Act::TakeRole(of, role) => {
                let mut door = Door { names, chance: &mut self.chance, time, region: step.region };
                let (drafts, session) =
                    door.chain(&caller, (account, &principal), (of, role, "deploy-sync"));
                self.hops[usize::from(step.who == FirstHop)] = Some(session);
                drafts
            }
            Act::SignIn(of, role) => {
                let mut door = Door { names, chance: &mut self.chance, time, region: step.region };
                let from = (DEFENDER_IP, DEFENDER_AGENT);
                let (drafts, session) = door.person(DEFENDER, (of, role), from);
                self.defender = Some(session);
                drafts
            }
            Act::Login => {
                let mut door = Door { names, chance: &mut self.chance, time, region: step.region };
                let caller =
                    Caller::user(names, PROD, MADE, "").from(ATTACKER_IP, ATTACKER_BROWSER);
                vec![door.console(PROD, caller, false)]
            }
        }
    }

    fn call(
        &mut self,
        step: &'static Step,
        name: &str,
        account: usize,
        (caller, time): (Caller, Timestamp),
    ) -> Vec<Draft> {
        let Some(action) = action(name) else { return vec![] };
        let user_id = self.names.principal("AIDA", PROD, MADE);
        let mut scene = Scene::new(self.names, &mut self.chance, account, step.region, time);
        scene.bind("newkey", &*self.made);
        scene.bind("leaked", &*self.leaked);
        for (blank, value) in step.binds {
            scene.bind(blank, *value);
        }
        scene.bind_caller(&caller);
        let fault = match step.end {
            End::Works => None,
            End::Refused(why) => Some(denied(&mut scene, action, &caller, why)),
            End::Fails(code, message) => {
                Some(Fault { code: code.to_owned(), message: scene.fill(message) })
            }
        };
        let worked = fault.is_none();
        let forwarded = (worked && name == "secretsmanager:GetSecretValue")
            .then(|| caller.through("secretsmanager.amazonaws.com"));
        let mut draft = call(&mut scene, action, caller, fault);
        if !step.request.is_empty() {
            draft.request = scene.fill(step.request);
        }
        if worked && !step.response.is_empty() {
            draft.response = scene.fill(step.response);
        }
        if worked && name == "iam:CreateUser" {
            // The id in the answer is the one the user's own calls carry later.
            let made_up = format!("AIDA{}", scene.value("letters"));
            draft.response = draft.response.replace(&made_up, &user_id);
        }
        let decrypt = forwarded.zip(crate::source::demo::catalog::action("kms:Decrypt"));
        let decrypt = decrypt.map(|(caller, action)| {
            let context = quoted(&scene.fill("<secretarn>"));
            let mut draft = call(&mut scene, action, caller, None);
            draft.request = format!(
                r#"{{"encryptionContext":{{"SecretARN":{context}}},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}}"#
            );
            draft
        });
        std::iter::once(draft).chain(decrypt).collect()
    }

    /// The account a caller acts in, his principal id, and the caller.
    fn caller(&self, who: Who) -> (usize, String, Caller) {
        let names = self.names;
        let user = |name: &str, key: &str, agent: &str| {
            let caller = Caller::user(names, PROD, name, key).from(ATTACKER_IP, agent);
            (PROD, names.principal("AIDA", PROD, name), caller)
        };
        let session = |session: &Option<Session>, ip: &str, agent: &str| match session {
            Some(session) => {
                let caller = Caller::session(names, session).from(ip, agent);
                (session.account, session.principal(names), caller)
            }
            None => (PROD, String::new(), Caller::default()),
        };
        match who {
            Leaked => user(VICTIM, &self.leaked, ATTACKER_CLI),
            Script => user(VICTIM, &self.leaked, ATTACKER_BOTO),
            Made => user(MADE, &self.made, ATTACKER_CLI),
            FirstHop => session(&self.hops[0], ATTACKER_IP, ATTACKER_CLI),
            SecondHop => session(&self.hops[1], ATTACKER_IP, ATTACKER_CLI),
            Defender => session(&self.defender, DEFENDER_IP, DEFENDER_AGENT),
        }
    }
}
