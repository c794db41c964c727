//! What a record says was done to a trail: stopped, started, deleted, made, or told to record
//! something else. Shapes are those of `requestParameters` of CloudTrail's own calls.

use serde::{Deserialize, Serialize};

use crate::event::json::Json;
use crate::event::record::Record;

/// What was done to a trail, and to which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its name; of an ARN the last part.
    pub trail: String,
    /// The region in an ARN, where one was given: the home of the trail.
    pub home: Option<String>,
    /// What was done.
    pub what: What,
}

/// What was done to a trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// `StopLogging`
    Stopped,
    /// `StartLogging`
    Started,
    /// `DeleteTrail`
    Deleted,
    /// `CreateTrail`: it does not record before it is started.
    Created {
        /// Whether it is to record every region.
        all_regions: bool,
    },
    /// `PutEventSelectors`
    Selected(Selection),
    /// `UpdateTrail`; what was not named stays as it was.
    Updated {
        /// Whether it is to record every region.
        all_regions: Option<bool>,
    },
}

/// What event selectors let through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// Whether management events that read are recorded.
    pub reads: bool,
    /// Whether management events that write are recorded.
    pub writes: bool,
    /// Sources whose management events are left out: `kms.amazonaws.com`.
    pub without: Vec<String>,
    /// Data events that are recorded.
    pub data: Vec<Data>,
    /// Whether network activity is recorded.
    pub network: bool,
}

/// Data events of one kind of resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Data {
    /// The kind: `AWS::S3::Object`.
    pub kind: String,
    /// What the ARNs of its resources begin with; every resource where nothing is named.
    pub arns: Vec<String>,
    /// Whether there are conditions that this does not tell: some of the events are left out.
    pub is_partial: bool,
}

impl Selection {
    /// What a trail records that nobody has told otherwise.
    pub fn usual() -> Self {
        Self { reads: true, writes: true, ..Self::default() }
    }

    /// What is missing of the management events, in words; `None` where nothing is.
    pub fn missing(&self) -> Option<String> {
        match (self.reads, self.writes) {
            (false, false) => Some("management events".to_owned()),
            (false, true) => Some("management events that read".to_owned()),
            (true, false) => Some("management events that write".to_owned()),
            (true, true) if self.without.is_empty() => None,
            (true, true) => Some(format!("management events of {}", self.without.join(", "))),
        }
    }

    /// Whether data events of a resource are recorded; `None` where conditions that this does not
    /// tell decide.
    pub fn has_data(&self, kind: &str, arn: &str) -> Option<bool> {
        let of = self.data.iter().filter(|data| data.kind == kind);
        let mut hit = of.filter(|data| {
            data.arns.is_empty() || data.arns.iter().any(|start| arn.starts_with(start.as_str()))
        });
        let first = hit.next();
        match first {
            None => Some(false),
            Some(one) if one.is_partial && hit.all(|other| other.is_partial) => None,
            Some(_) => Some(true),
        }
    }
}

/// The calls that may stop or thin out what is recorded.
const BLINDING: [&str; 10] = [
    "StopLogging",
    "DeleteTrail",
    "UpdateTrail",
    "PutEventSelectors",
    "PutInsightSelectors",
    "DeleteEventDataStore",
    "UpdateEventDataStore",
    "StopEventDataStoreIngestion",
    "DeleteChannel",
    "DeregisterOrganizationDelegatedAdmin",
];

/// Whether a call may stop or thin out what is recorded, whatever came of it.
pub fn blinds(service: &str, event: &str) -> bool {
    service == "cloudtrail.amazonaws.com" && BLINDING.contains(&event)
}

/// What a record says was done to a trail; `None` for every other record, and where it failed.
pub fn change(record: &Record<'_>) -> Option<Change> {
    let what: fn(&Record<'_>) -> Option<What> = match &*record.event_name() {
        "StopLogging" => |_| Some(What::Stopped),
        "StartLogging" => |_| Some(What::Started),
        "DeleteTrail" => |_| Some(What::Deleted),
        "CreateTrail" => |record| {
            Some(What::Created { all_regions: yes(record, "isMultiRegionTrail").unwrap_or(false) })
        },
        "UpdateTrail" => {
            |record| Some(What::Updated { all_regions: yes(record, "isMultiRegionTrail") })
        }
        "PutEventSelectors" => |record| record.request().and_then(selection).map(What::Selected),
        _ => return None,
    };
    let failed = !record.error_code().is_empty() || !record.error_message().is_empty();
    if failed || record.event_source() != "cloudtrail.amazonaws.com" {
        return None;
    }
    let said = record.response().and_then(|it| it.get("trailARN")).and_then(Json::scalar);
    let named = || match record.request_text(&["name"]) {
        name if name.is_empty() => record.request_text(&["trailName"]),
        name => name,
    };
    let trail = said.unwrap_or_else(named);
    let name = trail.rsplit('/').next().unwrap_or_default();
    if name.is_empty() {
        return None;
    }
    let home = trail.split(':').nth(3).map(str::to_owned);
    Some(Change { trail: name.to_owned(), home, what: what(record)? })
}

fn yes(record: &Record<'_>, name: &str) -> Option<bool> {
    record.request()?.get(name)?.truth()
}

/// The selection that `eventSelectors` or `advancedEventSelectors` of a request make.
pub fn selection(request: Json<'_>) -> Option<Selection> {
    let mut selection = Selection::default();
    let basic = request.get("eventSelectors").filter(|it| !it.is_absent());
    let advanced = request.get("advancedEventSelectors").filter(|it| !it.is_absent());
    basic.into_iter().flat_map(Json::items).for_each(|one| add_basic(&mut selection, one));
    advanced.into_iter().flat_map(Json::items).for_each(|one| add_advanced(&mut selection, one));
    (basic.is_some() || advanced.is_some()).then_some(selection)
}

fn texts(list: Option<Json<'_>>) -> Vec<String> {
    let items = list.into_iter().flat_map(Json::items);
    items.filter_map(Json::scalar).map(std::borrow::Cow::into_owned).collect()
}

fn add_basic(selection: &mut Selection, one: Json<'_>) {
    let kinds = one.get("readWriteType").and_then(Json::scalar).unwrap_or("All".into());
    if one.get("includeManagementEvents").and_then(Json::truth).unwrap_or(true) {
        selection.reads |= &*kinds != "WriteOnly";
        selection.writes |= &*kinds != "ReadOnly";
        selection.without.extend(texts(one.get("excludeManagementEventSources")));
    }
    for data in one.get("dataResources").into_iter().flat_map(Json::items) {
        let arns = texts(data.get("values"));
        // No value selects nothing; all of a kind is spelled `arn:aws:s3`.
        if let (Some(kind), false) = (data.get("type").and_then(Json::scalar), arns.is_empty()) {
            let is_partial = &*kinds != "All";
            selection.data.push(Data { kind: kind.into_owned(), arns, is_partial });
        }
    }
}

/// The conditions of an advanced selector all have to hold.
fn add_advanced(selection: &mut Selection, one: Json<'_>) {
    let (mut category, mut kind) = (String::new(), String::new());
    let (mut reads, mut writes, mut is_partial) = (true, true, false);
    let (mut arns, mut without) = (vec![], vec![]);
    for field in one.get("fieldSelectors").into_iter().flat_map(Json::items) {
        let name = field.get("field").and_then(Json::scalar).unwrap_or_default();
        let equals = texts(field.get("equals"));
        match &*name {
            "eventCategory" => category = equals.into_iter().next().unwrap_or_default(),
            "readOnly" => {
                reads = equals.iter().any(|it| it == "true");
                writes = equals.iter().any(|it| it == "false");
            }
            "resources.type" => kind = equals.into_iter().next().unwrap_or_default(),
            "resources.ARN" => {
                arns.extend(equals);
                arns.extend(texts(field.get("startsWith")));
                is_partial |= arns.is_empty();
            }
            "eventSource" if equals.is_empty() => without.extend(texts(field.get("notEquals"))),
            _ => is_partial = true,
        }
    }
    match &*category {
        "Management" => {
            selection.reads |= reads;
            selection.writes |= writes;
            selection.without.extend(without);
        }
        "Data" => {
            let is_partial = is_partial || !reads || !writes;
            selection.data.push(Data { kind, arns, is_partial });
        }
        "NetworkActivity" => selection.network = true,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(event: &str, request: &str) -> Option<Change> {
        let text = format!(
            r#"{{"eventVersion":"1.11","eventName":"{event}","eventSource":"cloudtrail.amazonaws.com","requestParameters":{request}}}"#
        );
        change(&Record::of(Json::checked(&text).unwrap()))
    }

    fn selected(request: &str) -> Selection {
        match of("PutEventSelectors", request).unwrap().what {
            What::Selected(selection) => selection,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn trails_by_name_and_by_arn() {
        let stopped = of("StopLogging", r#"{"name":"org-trail"}"#).unwrap();
        let expected = Change { trail: "org-trail".into(), home: None, what: What::Stopped };
        assert_eq!(stopped, expected);
        let arn = r#"{"name":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/org-trail"}"#;
        let home = Some("eu-west-1".to_owned());
        assert_eq!(of("StopLogging", arn).unwrap(), Change { home, ..expected });
        assert_eq!(of("StopLogging", "null"), None);
        assert_eq!(of("GetTrail", r#"{"name":"org-trail"}"#), None);
    }

    #[test]
    fn what_failed_changed_nothing() {
        let text = r#"{"eventVersion":"1.11","eventName":"StopLogging","eventSource":"cloudtrail.amazonaws.com","errorCode":"AccessDenied","requestParameters":{"name":"t"}}"#;
        assert_eq!(change(&Record::of(Json::checked(text).unwrap())), None);
    }

    #[test]
    fn basic_selectors() {
        let blinded = selected(
            r#"{"trailName":"t","eventSelectors":[{"readWriteType":"ReadOnly","includeManagementEvents":false,"dataResources":[{"type":"AWS::S3::Object","values":[]}],"excludeManagementEventSources":[]}]}"#,
        );
        assert_eq!(blinded, Selection::default());
        assert_eq!(blinded.missing().unwrap(), "management events");
        let usual = selected(
            r#"{"trailName":"t","eventSelectors":[{"readWriteType":"All","includeManagementEvents":true,"dataResources":[{"type":"AWS::S3::Object","values":["arn:aws:s3:::logs/"]}]}]}"#,
        );
        assert_eq!(usual.missing(), None);
        let s3 = "AWS::S3::Object";
        assert_eq!(usual.has_data(s3, "arn:aws:s3:::logs/a"), Some(true));
        assert_eq!(usual.has_data(s3, "arn:aws:s3:::other/a"), Some(false));
        let writes = r#"{"trailName":"t","eventSelectors":[{"readWriteType":"WriteOnly"}]}"#;
        assert_eq!(selected(writes).missing().unwrap(), "management events that read");
    }

    #[test]
    fn advanced_selectors() {
        let it = selected(
            r#"{"trailName":"t","advancedEventSelectors":[
              {"fieldSelectors":[{"field":"eventCategory","equals":["Management"]},{"field":"eventSource","notEquals":["kms.amazonaws.com"]}]},
              {"fieldSelectors":[{"field":"eventCategory","equals":["Data"]},{"field":"resources.type","equals":["AWS::S3::Object"]},{"field":"eventName","equals":["DeleteObject"]}]},
              {"fieldSelectors":[{"field":"eventCategory","equals":["NetworkActivity"]},{"field":"eventSource","equals":["s3.amazonaws.com"]}]}]}"#,
        );
        assert_eq!(it.missing().unwrap(), "management events of kms.amazonaws.com");
        assert_eq!(it.has_data("AWS::S3::Object", "arn:aws:s3:::b/k"), None);
        assert_eq!(it.has_data("AWS::Lambda::Function", "x"), Some(false));
        assert!(it.network);
    }
}
