//! An account that stands in for a real one: its trail, its bucket, its regions, and what of it a
//! caller may see.

use serde_json::{Value, json};
use trailtop::event::time::{Millis, Timestamp};

use crate::aws::standin::{Answer, Call};

/// The trail.
pub(crate) const TRAIL: &str = "arn:aws:cloudtrail:us-east-1:111122223333:trail/corp-trail";
/// The object in its bucket.
const KEY: &str = "AWSLogs/111122223333/CloudTrail/us-east-1/2023/07/10/\
                   111122223333_CloudTrail_us-east-1_20230710T1150Z_0000000000000001.json.gz";

/// What a caller may do, by the beginnings of operations: `Lookup`, `Describe`, `S3List`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct May(pub(crate) &'static [&'static str]);

/// Everything.
pub(crate) const ALL: May = May(&[""]);

/// The state of the trail.
#[derive(Debug, Clone, Default)]
pub(crate) struct Account {
    pub(crate) is_stopped: bool,
    /// The advanced selectors, as they come over the wire; without any it records all management.
    pub(crate) selectors: Option<Value>,
    pub(crate) has_no_trail: bool,
}

/// What the call is called here: the operation, or `S3List`, `S3Get`, `ListRegions`.
pub(crate) fn name(call: &Call) -> String {
    match call.operation() {
        "" if call.path.contains("egions") => "ListRegions".to_owned(),
        "" if call.method == "HEAD" => "S3Head".to_owned(),
        "" if call.query.contains_key("list-type") => "S3List".to_owned(),
        "" => "S3Get".to_owned(),
        operation => operation.to_owned(),
    }
}

impl Account {
    pub(crate) fn answer(&self, call: &Call, may: May, now: Timestamp) -> Answer {
        let name = name(call);
        if !may.0.iter().any(|start| name.starts_with(start)) {
            return denied(&name);
        }
        match &*name {
            "LookupEvents" => lookup(call, now),
            "DescribeTrails" if self.has_no_trail => Answer::json(&json!({"trailList": []})),
            "DescribeTrails" => Answer::json(&json!({"trailList": [{
                "Name": "corp-trail", "TrailARN": TRAIL, "HomeRegion": "us-east-1",
                "S3BucketName": "corp-logs", "IsMultiRegionTrail": true,
                "IncludeGlobalServiceEvents": true, "IsOrganizationTrail": false
            }]})),
            "GetTrailStatus" => Answer::json(&json!({
                "IsLogging": !self.is_stopped, "StartLoggingTime": 1.6e9, "StopLoggingTime": 1.65e9
            })),
            "GetEventSelectors" => Answer::json(&match &self.selectors {
                Some(selectors) => json!({"TrailARN": TRAIL, "AdvancedEventSelectors": selectors}),
                None => json!({"TrailARN": TRAIL, "EventSelectors": [
                    {"ReadWriteType": "All", "IncludeManagementEvents": true}
                ]}),
            }),
            "GetInsightSelectors" => Answer::error("InsightNotEnabledException", "none"),
            "ListRegions" => Answer::of(
                200,
                "application/json",
                json!({"Regions": [
                    {"RegionName": "eu-west-1", "RegionOptStatus": "ENABLED_BY_DEFAULT"},
                    {"RegionName": "us-east-1", "RegionOptStatus": "ENABLED_BY_DEFAULT"}
                ]})
                .to_string(),
            ),
            "ListAccounts" => {
                Answer::json(&json!({"Accounts": [{"Id": "111122223333", "Name": "production"}]}))
            }
            "S3List" => list(call),
            "S3Head" => Answer::xml(""),
            _ => Answer::of(
                200,
                "application/json",
                json!({"Records": [record(now, 900)]}).to_string(),
            ),
        }
    }
}

fn denied(name: &str) -> Answer {
    let right = match name {
        "LookupEvents" | "DescribeTrails" | "GetTrailStatus" | "GetEventSelectors" => {
            format!("cloudtrail:{name}")
        }
        "S3List" | "S3Head" => "s3:ListBucket".to_owned(),
        "S3Get" => "s3:GetObject".to_owned(),
        "ListRegions" => "account:ListRegions".to_owned(),
        name => format!("organizations:{name}"),
    };
    let message = format!(
        "User: arn:aws:iam::111122223333:user/oncall is not authorized to perform: {right}"
    );
    if name.starts_with("S3") {
        return Answer::xml_error(403, "AccessDenied", &message);
    }
    let mut answer = Answer::error("AccessDeniedException", &message);
    if name == "ListRegions" {
        answer.status = 403;
        answer.headers.push(("x-amzn-errortype", "AccessDeniedException".to_owned()));
    }
    answer
}

/// The listing of one object, as far as it is asked for.
fn list(call: &Call) -> Answer {
    let text = |name: &str| call.query.get(name).map_or("", String::as_str);
    let rest = KEY.strip_prefix(text("prefix")).filter(|_| KEY > text("start-after"));
    let folder = rest.and_then(|rest| rest.split_once('/')).filter(|_| text("delimiter") == "/");
    let found = match (rest, folder) {
        (_, Some((folder, _))) => {
            let path = format!("{}{folder}/", text("prefix"));
            format!("<CommonPrefixes><Prefix>{path}</Prefix></CommonPrefixes>")
        }
        (Some(_), None) => format!("<Contents><Key>{KEY}</Key><Size>1</Size></Contents>"),
        (None, None) => String::new(),
    };
    Answer::xml(format!(
        "<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>"
    ))
}

fn record(now: Timestamp, n: i64) -> Value {
    json!({
        "eventVersion": "1.11", "eventID": format!("00000000-0000-0000-0000-{n:012}"),
        "eventTime": (now - Millis::seconds(n)).to_string(), "eventName": "RunInstances",
        "eventSource": "ec2.amazonaws.com", "awsRegion": "us-east-1", "readOnly": false,
        "recipientAccountId": "111122223333", "userIdentity": {"type": "IAMUser", "userName": "alice"}
    })
}

/// Three events of the last minutes.
fn lookup(call: &Call, now: Timestamp) -> Answer {
    let asked: Value = serde_json::from_slice(&call.body).unwrap();
    let at = |name: &str| asked[name].as_f64().map(|at| at as i64);
    let (from, to) = (at("StartTime").unwrap_or(0), at("EndTime").unwrap_or(i64::MAX));
    let events = [60, 120, 180].into_iter().filter(|n| {
        let second = (now - Millis::seconds(*n)).0 / 1000;
        (from..=to).contains(&second)
    });
    let shown: Vec<Value> = events
        .map(|n| {
            let record = record(now, n);
            json!({"EventId": record["eventID"], "EventName": "RunInstances",
                   "EventTime": (now - Millis::seconds(n)).0 as f64 / 1000.0,
                   "CloudTrailEvent": record.to_string()})
        })
        .collect();
    Answer::json(&json!({"Events": shown}))
}
