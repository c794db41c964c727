//! The records that are not somebody's API call: failed sign-ins, events of services themselves,
//! insights, endpoint traffic, anonymous and federated callers.

use crate::event::time::{Millis, Timestamp};
use crate::source::demo::call::call;
use crate::source::demo::catalog::{Action, action};
use crate::source::demo::chance::Chance;
use crate::source::demo::identity::Caller;
use crate::source::demo::organization::{ACCOUNTS, DEV, Names, PROD, REGIONS, SANDBOX};
use crate::source::demo::record::{Category, Draft, Event, Fault, quoted, second};
use crate::source::demo::scene::Scene;
use crate::source::demo::sign_in::Door;

/// What an oddity is made with.
pub(crate) struct Stage<'a> {
    pub(crate) names: Names,
    pub(crate) chance: &'a mut Chance,
    pub(crate) time: Timestamp,
}

type Make = fn(&mut Stage<'_>) -> Vec<Event>;

/// The oddities, all alike.
const ODDITIES: &[Make] = &[
    anonymous_read,
    service_event,
    endpoint_traffic,
    failed_sign_in,
    aggregate,
    federated,
    insight,
];

const SERVICE_EVENTS: [(&str, &str, &str); 5] = [
    ("kms", "RotateKey", r#"{"keyId":"<kms>"}"#),
    ("secretsmanager", "RotationStarted", r#"{"SecretId":"<secretarn>"}"#),
    ("secretsmanager", "RotationSucceeded", r#"{"SecretId":"<secretarn>"}"#),
    (
        "ecr",
        "PolicyExecutionEvent",
        r#"{"repositoryName":"<repository>","lifecycleEventPolicyEvaluationSummary":{"result":"Success","expiredImages":<small>}}"#,
    ),
    ("ec2", "SharedSnapshotVolumeCreated", r#"{"snapshotId":"<snapshot>"}"#),
];

/// One oddity: the events of it, in order.
pub(crate) fn oddity(stage: &mut Stage<'_>) -> Vec<Event> {
    let make = *stage.chance.any(ODDITIES);
    make(stage)
}

/// A call made, in this account and the home region.
fn draft(
    stage: &mut Stage<'_>,
    account: usize,
    action: &'static Action,
    caller: Caller,
    fault: Option<Fault>,
) -> Draft {
    let (names, time) = (stage.names, stage.time);
    let mut scene = Scene::new(names, stage.chance, account, REGIONS[0], time);
    call(&mut scene, action, caller, fault)
}

/// What a stranger may write into a log: colours, a cleared screen, text that runs backwards.
const HOSTILE: &str = "curl/8.11.0 \u{1b}[2J\u{1b}[31mroot\u{1b}[0m \u{202e}gpj.tseuqer";

fn anonymous_read(stage: &mut Stage<'_>) -> Vec<Event> {
    let Some(get) = action("s3:GetObject") else { return vec![] };
    let ip = format!("192.0.2.{}", stage.chance.between(1, 90));
    let agent = if stage.chance.permille(120) { HOSTILE } else { "Mozilla/5.0 (FeedReader/2.1)" };
    let caller = Caller::foreign("", "ANONYMOUS_PRINCIPAL").from(&ip, agent);
    let fault = stage
        .chance
        .permille(300)
        .then(|| Fault { code: "AccessDenied".to_owned(), message: "Access Denied".to_owned() });
    vec![draft(stage, PROD, get, caller, fault).finish()]
}

fn service_event(stage: &mut Stage<'_>) -> Vec<Event> {
    let (service, name, details) = *stage.chance.favourite(&SERVICE_EVENTS);
    let (names, time) = (stage.names, stage.time);
    let mut scene = Scene::new(names, stage.chance, PROD, REGIONS[0], time);
    let further = Some(("serviceEventDetails", scene.fill(details)));
    let event_id = scene.chance.uuid();
    let principal = format!("{service}.amazonaws.com");
    let mut caller = Caller::service(&principal);
    caller.identity =
        format!(r#"{{"accountId":"{}","invokedBy":"{principal}"}}"#, ACCOUNTS[PROD].id);
    vec![
        Draft {
            time,
            account: PROD,
            region: REGIONS[0],
            service,
            name,
            read: false,
            kind: "AwsServiceEvent",
            category: Category::Management,
            fault: None,
            request: String::new(),
            response: String::new(),
            additional: String::new(),
            resources: String::new(),
            further,
            request_id: String::new(),
            event_id,
            shared_id: String::new(),
            caller,
        }
        .finish(),
    ]
}

/// Traffic through a VPC endpoint that its policy refuses.
fn endpoint_traffic(stage: &mut Stage<'_>) -> Vec<Event> {
    let calls = ["kms:ListKeys", "secretsmanager:GetSecretValue", "s3:GetObject"];
    let Some(wanted) = action(stage.chance.favourite::<&str>(&calls)) else { return vec![] };
    let principal = stage.names.principal("AROA", DEV, "batch-worker");
    let caller =
        Caller::foreign(&format!("{principal}:i-0batch"), ACCOUNTS[DEV].id).from("10.20.4.17", "");
    let fault = Fault {
        code: "VpceAccessDenied".to_owned(),
        message: "The request was denied due to a VPC endpoint policy".to_owned(),
    };
    let endpoint = stage.names.ec2("vpce", PROD, 0);
    let mut draft = draft(stage, PROD, wanted, caller, Some(fault));
    draft.category = Category::Network;
    draft.kind = "AwsVpceEvent";
    draft.shared_id = stage.chance.uuid();
    draft.resources.clear();
    draft.further = Some(("vpcEndpointId", quoted(&endpoint)));
    vec![draft.finish()]
}

/// Someone mistypes a password; a name that is no user's is hidden.
fn failed_sign_in(stage: &mut Stage<'_>) -> Vec<Event> {
    let known = stage.chance.permille(600);
    let user = if known { "marcus" } else { "HIDDEN_DUE_TO_SECURITY_REASONS" };
    let agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Edg/142.0.0.0";
    let caller = Caller::unproven(SANDBOX, user).from("203.0.113.88", agent);
    let mut door =
        Door { names: stage.names, chance: stage.chance, time: stage.time, region: REGIONS[1] };
    let mut draft = door.console(SANDBOX, caller, false);
    r#"{"ConsoleLogin":"Failure"}"#.clone_into(&mut draft.response);
    draft.fault = Some(Fault {
        code: "Failure".to_owned(),
        message: if known {
            "Failed authentication".to_owned()
        } else {
            "No username found in supplied account".to_owned()
        },
    });
    vec![draft.finish()]
}

const FEDERATION_TOKEN: Action = Action::put(
    "sts",
    "GetFederationToken",
    r#"{"name":"report-viewer","durationSeconds":3600}"#,
    r#"{"credentials":{"accessKeyId":"<key>","sessionToken":"IQoJb3JpZ2luX2VjE<letters><letters>","expiration":"<spoken>"},"federatedUser":{"federatedUserId":"<account>:report-viewer","arn":"arn:aws:sts::<account>:federated-user/report-viewer"}}"#,
)
.reads();

/// A user hands a federated token to a report, and the report reads with it.
fn federated(stage: &mut Stage<'_>) -> Vec<Event> {
    let Some(list) = action("s3:ListBuckets") else { return vec![] };
    let (names, time) = (stage.names, stage.time);
    let agent = "aws-sdk-php/3.356.3 ua/2.1 OS/Linux#6.8.0 lang/php#8.3.14 GuzzleHttp/7";
    let key = stage.chance.access_key("ASIA");
    let long = names.long_key(PROD, "grafana-reader");
    let user = Caller::user(names, PROD, "grafana-reader", &long).from("203.0.113.151", agent);
    let id = ACCOUNTS[PROD].id;
    let arn = format!("arn:aws:sts::{id}:federated-user/report-viewer");
    let federated = Caller {
        identity: format!(
            r#"{{"type":"FederatedUser","principalId":"{id}:report-viewer","arn":"{arn}","accountId":"{id}","accessKeyId":"{key}","sessionContext":{{"sessionIssuer":{{"type":"IAMUser","principalId":"{}","arn":"{}","accountId":"{id}","userName":"grafana-reader"}},"attributes":{{"creationDate":"{}","mfaAuthenticated":"false"}}}}}}"#,
            names.principal("AIDA", PROD, "grafana-reader"),
            user.arn,
            second(time),
        ),
        arn,
        name: "report-viewer".to_owned(),
        key: key.clone(),
        ip: user.ip.clone(),
        agent: user.agent.clone(),
        console: false,
    };
    let mut scene = Scene::new(names, stage.chance, PROD, REGIONS[1], time);
    scene.bind("key", key);
    let issued = call(&mut scene, &FEDERATION_TOKEN, user, None).finish();
    vec![issued, draft(stage, PROD, list, federated, None).finish()]
}

/// The data events of five minutes, counted.
fn aggregate(stage: &mut Stage<'_>) -> Vec<Event> {
    let length = Millis::minutes(5);
    let end = Timestamp(stage.time.0 - stage.time.0.rem_euclid(length.0));
    let (account, region) = (ACCOUNTS[PROD].id, REGIONS[0]);
    let (id, reads) = (stage.chance.uuid(), stage.chance.between(50, 900));
    let body = format!(
        r#"{{"eventVersion":"1.0","accountId":"{account}","eventId":"{id}","eventCategory":"Aggregated","eventType":"AwsAggregatedEvent","awsRegion":"{region}","eventSource":"s3.amazonaws.com","timeWindow":{{"windowStart":"{}","windowEnd":"{end}","windowSize":"PT5M"}},"summary":{{"primaryDimension":{{"dimension":"eventName","statistics":[{{"name":"GetObject","value":{reads}}}],"aggregationType":"Count"}},"details":[{{"dimension":"resourceARN","statistics":[{{"name":"arn:aws:s3:::harborline-prod-web-assets","value":{reads}}}],"aggregationType":"Count"}}]}}}}"#,
        end - length,
    );
    vec![Event {
        time: stage.time,
        account: PROD,
        region,
        category: Category::Aggregated,
        service: "s3",
        name: "",
        read: true,
        id,
        user: String::new(),
        key: String::new(),
        body,
        history_body: None,
    }]
}

/// An unusual rate of calls begins and ends: two records that share an id.
fn insight(stage: &mut Stage<'_>) -> Vec<Event> {
    let watched = [
        ("ssm", "UpdateInstanceInformation", "ApiCallRateInsight", ""),
        (
            "ec2",
            "RunInstances",
            "ApiErrorRateInsight",
            r#""errorCode":"Client.InstanceLimitExceeded","#,
        ),
        ("s3", "GetBucketAcl", "ApiCallRateInsight", ""),
    ];
    let (service, name, kind, error) = *stage.chance.favourite(&watched);
    let shared = stage.chance.uuid();
    let rate = stage.chance.between(40, 900);
    ["Start", "End"]
        .into_iter()
        .map(|state| {
            let id = stage.chance.uuid();
            let (account, region) = (ACCOUNTS[PROD].id, REGIONS[0]);
            let length = if state == "End" { r#","insightDuration":4"# } else { "" };
            let body = format!(
                r#"{{"eventVersion":"1.09","eventTime":"{}","awsRegion":"{region}","eventID":"{id}","eventType":"AwsCloudTrailInsight","recipientAccountId":"{account}","sharedEventID":"{shared}","insightDetails":{{"state":"{state}","eventSource":"{service}.amazonaws.com","eventName":"{name}","insightType":"{kind}",{error}"insightContext":{{"statistics":{{"baseline":{{"average":2.5}},"insight":{{"average":{rate}}}{length},"baselineDuration":10080}},"attributions":[{{"attribute":"userIdentityArn","insight":[{{"value":"arn:aws:sts::{account}:assumed-role/web-instance-role","average":{rate}}}],"baseline":[{{"value":"arn:aws:sts::{account}:assumed-role/web-instance-role","average":2.5}}]}}]}}}},"eventCategory":"Insight"}}"#,
                second(stage.time),
            );
            Event {
                time: stage.time,
                account: PROD,
                region,
                category: Category::Insight,
                service,
                name,
                read: true,
                id,
                user: String::new(),
                key: String::new(),
                body,
                history_body: None,
            }
        })
        .collect()
}
