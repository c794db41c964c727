//! An API call made: a row of the catalog, a caller and a scene become a draft of a record, with
//! the failure it met.

use crate::source::demo::catalog::Action;
use crate::source::demo::identity::Caller;
use crate::source::demo::organization::GLOBAL;
use crate::source::demo::record::{Category, Draft, Fault};
use crate::source::demo::scene::Scene;

/// Services that have no region of their own and record in one place.
const GLOBAL_SERVICES: [&str; 10] = [
    "iam",
    "organizations",
    "cloudfront",
    "route53",
    "health",
    "ce",
    "support",
    "account",
    "servicequotas",
    "resource-explorer-2",
];

/// Services that answer in JSON and say `AccessDeniedException` where the older say `AccessDenied`.
const JSON_SERVICES: [&str; 22] = [
    "lambda",
    "dynamodb",
    "secretsmanager",
    "kms",
    "ssm",
    "logs",
    "ecs",
    "ecr",
    "cloudtrail",
    "guardduty",
    "securityhub",
    "config",
    "organizations",
    "access-analyzer",
    "ce",
    "account",
    "support",
    "glue",
    "athena",
    "states",
    "backup",
    "wafv2",
];

/// Why a call was refused, as the message tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// Nothing allows it.
    Identity,
    /// A policy of the organization forbids it.
    Organization,
    /// The permissions boundary does not reach that far.
    Boundary,
    /// The message does not say.
    Untold,
}

/// The region a service records in.
pub(crate) fn region_of(service: &str, region: &'static str) -> &'static str {
    if GLOBAL_SERVICES.contains(&service) { GLOBAL } else { region }
}

/// The draft of a call that works, or that meets the failure given.
pub(crate) fn call(
    scene: &mut Scene<'_>,
    action: &'static Action,
    caller: Caller,
    fault: Option<Fault>,
) -> Draft {
    scene.region = region_of(action.service, scene.region);
    if action.service == "s3" && action.request.contains("<bucket>") {
        scene.region = scene.bucket_region();
    }
    scene.bind_caller(&caller);
    let failed = fault.is_some();
    let request = scene.fill(action.request);
    let response = if failed { String::new() } else { scene.fill(action.response) };
    let resources = scene.fill(action.resources);
    let additional = if failed { String::new() } else { scene.fill(action.additional) };
    Draft {
        time: scene.time,
        account: scene.account,
        region: scene.region,
        service: action.service,
        name: action.name,
        read: action.read,
        kind: "AwsApiCall",
        category: if action.data { Category::Data } else { Category::Management },
        fault,
        request,
        response,
        additional,
        resources,
        further: None,
        request_id: scene.chance.uuid(),
        event_id: scene.chance.uuid(),
        shared_id: String::new(),
        caller,
    }
}

/// The refusal of a call.
pub(crate) fn denied(
    scene: &mut Scene<'_>,
    action: &'static Action,
    caller: &Caller,
    why: Why,
) -> Fault {
    let permission = permission(action);
    let tail = match why {
        Why::Identity => {
            format!(" because no identity-based policy allows the {permission} action")
        }
        Why::Organization => " with an explicit deny in a service control policy".to_owned(),
        Why::Boundary => {
            format!(" because no permissions boundary allows the {permission} action")
        }
        Why::Untold => String::new(),
    };
    let resource = resource(scene, action);
    let who = &caller.arn;
    if who.is_empty() {
        // A service has no ARN that could be named.
        return Fault { code: "AccessDenied".to_owned(), message: "Access Denied".to_owned() };
    }
    if action.service == "ec2" {
        let encoded = format!("{}-{}_{}", scene.chance.letters(90), scene.chance.letters(80), {
            scene.chance.letters(60)
        });
        return Fault {
            code: "Client.UnauthorizedOperation".to_owned(),
            message: format!(
                "You are not authorized to perform this operation. User: {who} is not authorized \
                 to perform: {permission} on resource: {resource}{tail}. Encoded authorization \
                 failure message: {encoded}"
            ),
        };
    }
    let json = JSON_SERVICES.contains(&action.service);
    Fault {
        code: if json { "AccessDeniedException" } else { "AccessDenied" }.to_owned(),
        message: format!(
            "User: {who} is not authorized to perform: {permission} on resource: {resource}{tail}"
        ),
    }
}

/// The answer to a caller who asks too often.
pub(crate) fn throttled(action: &Action) -> Fault {
    let code = if action.service == "ec2" {
        "Client.RequestLimitExceeded"
    } else if JSON_SERVICES.contains(&action.service) {
        "ThrottlingException"
    } else {
        "Throttling"
    };
    let message = if action.service == "ec2" { "Request limit exceeded." } else { "Rate exceeded" };
    Fault { code: code.to_owned(), message: message.to_owned() }
}

/// `service:Action` as policies spell it.
fn permission(action: &Action) -> String {
    const PREFIXES: [(&str, &str); 2] =
        [("monitoring", "cloudwatch"), ("resource-explorer-2", "resource-explorer-2")];
    const ACTIONS: [(&str, &str); 3] = [
        ("ListBuckets", "ListAllMyBuckets"),
        ("HeadObject", "GetObject"),
        ("ListObjects", "ListBucket"),
    ];
    let prefix =
        PREFIXES.iter().find(|(name, _)| *name == action.service).map_or(action.service, |p| p.1);
    let bare = action.name.split("20").next().unwrap_or(action.name);
    let name = ACTIONS.iter().find(|(name, _)| *name == bare).map_or(bare, |a| a.1);
    format!("{prefix}:{name}")
}

/// The resource a refusal names: the most telling one of its kind, else everything.
fn resource(scene: &mut Scene<'_>, action: &'static Action) -> String {
    const BY_BLANK: [(&str, &str); 12] = [
        ("<secretarn>", "<secretarn>"),
        ("<secret>", "<secretarn>"),
        ("<role_arn>", "<role_arn>"),
        ("<object>", "arn:aws:s3:::<bucket>/<object>"),
        ("<bucket>", "arn:aws:s3:::<bucket>"),
        ("<instance>", "arn:aws:ec2:<region>:<account>:instance/<instance>"),
        ("<function>", "arn:aws:lambda:<region>:<account>:function:<function>"),
        ("<table>", "arn:aws:dynamodb:<region>:<account>:table/<table>"),
        ("<parameter>", "arn:aws:ssm:<region>:<account>:parameter<parameter>"),
        ("<user>", "arn:aws:iam::<account>:user/<user>"),
        ("<kms>", "arn:aws:kms:<region>:<account>:key/<kms>"),
        ("<trail>", "arn:aws:cloudtrail:<region>:<account>:trail/<trail>"),
    ];
    let named = BY_BLANK.iter().find(|(blank, _)| action.request.contains(blank));
    named.map_or_else(|| "*".to_owned(), |(_, template)| scene.fill(template))
}
