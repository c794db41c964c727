//! A CloudTrail record as text: the members in the order in which CloudTrail writes them.

use std::fmt::Write;

use crate::event::time::Timestamp;
use crate::source::demo::identity::Caller;
use crate::source::demo::organization::ACCOUNTS;

/// What kind of trail data an event is; each kind has its own folder in the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    Management,
    Data,
    Insight,
    Network,
}

impl Category {
    /// The word of `eventCategory`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Management => "Management",
            Self::Data => "Data",
            Self::Insight => "Insight",
            Self::Network => "NetworkActivity",
        }
    }

    /// The folder under the account.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Management | Self::Data => "CloudTrail",
            Self::Insight => "CloudTrail-Insight",
            Self::Network => "CloudTrail-NetworkActivity",
        }
    }
}

/// How a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: String,
    pub(crate) message: String,
}

/// Everything a record says, before it is text. Members that hold JSON are JSON text; empty means
/// that the member is left out, except request and response, which are then `null`.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) time: Timestamp,
    pub(crate) caller: Caller,
    pub(crate) account: usize,
    pub(crate) region: &'static str,
    /// Service name without `.amazonaws.com`.
    pub(crate) service: &'static str,
    pub(crate) name: &'static str,
    pub(crate) read: bool,
    /// `eventType`.
    pub(crate) kind: &'static str,
    pub(crate) category: Category,
    pub(crate) fault: Option<Fault>,
    pub(crate) request: String,
    pub(crate) response: String,
    pub(crate) additional: String,
    pub(crate) resources: String,
    /// Further members, `"name":value` joined by commas.
    pub(crate) further: String,
    pub(crate) request_id: String,
    pub(crate) event_id: String,
    pub(crate) shared_id: String,
}

/// An event of the simulation: its text and what the deliveries have to know about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) time: Timestamp,
    pub(crate) account: usize,
    pub(crate) region: &'static str,
    pub(crate) category: Category,
    pub(crate) service: &'static str,
    pub(crate) name: &'static str,
    pub(crate) read: bool,
    pub(crate) id: String,
    pub(crate) user: String,
    pub(crate) key: String,
    pub(crate) body: String,
    /// What Event history says, where it differs from the log object.
    pub(crate) history_body: Option<String>,
}

impl Draft {
    /// The finished event.
    pub(crate) fn finish(self) -> Event {
        let body = self.text(true);
        Event {
            time: self.time,
            account: self.account,
            region: self.region,
            category: self.category,
            service: self.service,
            name: self.name,
            read: self.read,
            id: self.event_id,
            user: self.caller.name,
            key: self.caller.key,
            body,
            history_body: None,
        }
    }

    /// The record as JSON text, with or without its `tlsDetails`.
    pub(crate) fn text(&self, tls: bool) -> String {
        let mut out = String::with_capacity(1400);
        let mut member = |name: &str, value: &str| {
            out.push(if out.is_empty() { '{' } else { ',' });
            let _ = write!(out, r#""{name}":{value}"#);
        };
        let or_null =
            |text: &str| if text.is_empty() { "null".to_owned() } else { text.to_owned() };
        let account = quoted(ACCOUNTS[self.account].id);
        member("eventVersion", &quoted(version(self.service)));
        if !self.caller.identity.is_empty() {
            member("userIdentity", &self.caller.identity);
        }
        member("eventTime", &quoted(&second(self.time).to_string()));
        member("eventSource", &quoted(&format!("{}.amazonaws.com", self.service)));
        member("eventName", &quoted(self.name));
        member("awsRegion", &quoted(self.region));
        member("sourceIPAddress", &quoted(&self.caller.ip));
        if !self.caller.agent.is_empty() {
            member("userAgent", &quoted(&self.caller.agent));
        }
        if let Some(fault) = &self.fault {
            member("errorCode", &quoted(&fault.code));
            member("errorMessage", &quoted(&fault.message));
        }
        if self.category != Category::Network {
            member("requestParameters", &or_null(&self.request));
            member("responseElements", &or_null(&self.response));
        }
        if !self.additional.is_empty() {
            member("additionalEventData", &self.additional);
        }
        if !self.request_id.is_empty() {
            member("requestID", &quoted(&self.request_id));
        }
        if !self.event_id.is_empty() {
            member("eventID", &quoted(&self.event_id));
        }
        if self.category != Category::Network {
            member("readOnly", if self.read { "true" } else { "false" });
        }
        if !self.resources.is_empty() {
            member("resources", &self.resources);
        }
        member("eventType", &quoted(self.kind));
        if self.category != Category::Network {
            let management = self.category == Category::Management;
            member("managementEvent", if management { "true" } else { "false" });
        }
        member("recipientAccountId", &account);
        if !self.shared_id.is_empty() {
            member("sharedEventID", &quoted(&self.shared_id));
        }
        member("eventCategory", &quoted(self.category.word()));
        if !self.further.is_empty() {
            let (name, value) = self.further.split_once(':').unwrap_or((&self.further, "null"));
            member(name.trim_matches('"'), value);
        }
        if tls && self.is_direct() {
            let host = format!("{}.{}.amazonaws.com", self.service, self.region);
            member(
                "tlsDetails",
                &format!(
                    r#"{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"{host}"}}"#
                ),
            );
        }
        if self.caller.console && self.kind == "AwsApiCall" {
            member("sessionCredentialFromConsole", "\"true\"");
        }
        out.push('}');
        out
    }

    /// Whether a client spoke to the service itself, so that there was a TLS connection to tell of.
    fn is_direct(&self) -> bool {
        let ip = &self.caller.ip;
        self.kind == "AwsApiCall" && !ip.ends_with(".amazonaws.com") && ip != "AWS Internal"
    }
}

/// CloudTrail knows seconds only.
pub(crate) fn second(time: Timestamp) -> Timestamp {
    Timestamp(time.0 - time.0.rem_euclid(1000))
}

/// Services move to a new version of the record one by one.
fn version(service: &str) -> &'static str {
    const EARLIER: [(&str, &str); 4] =
        [("signin", "1.08"), ("ec2", "1.10"), ("rds", "1.10"), ("autoscaling", "1.10")];
    EARLIER.iter().find(|(name, _)| *name == service).map_or("1.11", |(_, version)| version)
}

/// A JSON string.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::json::decode;

    #[test]
    fn a_quoted_text_reads_back() {
        for text in ["", "plain", "a \"b\" \\ c", "tab\tand\u{1b}[2J", "é\u{202e}"] {
            assert_eq!(decode(&quoted(text)), text);
            assert!(serde_json::from_str::<String>(&quoted(text)).is_ok());
        }
    }
}
