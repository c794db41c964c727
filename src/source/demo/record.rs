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
    Aggregated,
}

impl Category {
    /// The word of `eventCategory`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Management => "Management",
            Self::Data => "Data",
            Self::Insight => "Insight",
            Self::Network => "NetworkActivity",
            Self::Aggregated => "Aggregated",
        }
    }

    /// The folder under the account.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Management | Self::Data => "CloudTrail",
            Self::Insight => "CloudTrail-Insight",
            Self::Network => "CloudTrail-NetworkActivity",
            Self::Aggregated => "CloudTrail-Aggregated",
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
    /// A member that few records have.
    pub(crate) further: Option<(&'static str, String)>,
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
        let mut out = Members::default();
        out.text("eventVersion", version(self.service));
        out.json("userIdentity", &self.caller.identity);
        out.text("eventTime", &second(self.time).to_string());
        out.text("eventSource", &format!("{}.amazonaws.com", self.service));
        out.text("eventName", self.name);
        out.text("awsRegion", self.region);
        out.text("sourceIPAddress", &self.caller.ip);
        out.text("userAgent", &self.caller.agent);
        if let Some(fault) = &self.fault {
            out.text("errorCode", &fault.code);
            out.text("errorMessage", &fault.message);
        }
        // An endpoint sees that there was a call, not what it said.
        let seen = self.category != Category::Network;
        if seen {
            let or_null = |json: &str| if json.is_empty() { "null" } else { json }.to_owned();
            out.json("requestParameters", &or_null(&self.request));
            out.json("responseElements", &or_null(&self.response));
        }
        out.json("additionalEventData", &self.additional);
        out.text("requestID", &self.request_id);
        out.text("eventID", &self.event_id);
        if seen {
            out.json("readOnly", truth(self.read));
        }
        out.json("resources", &self.resources);
        out.text("eventType", self.kind);
        if seen {
            out.json("managementEvent", truth(self.category == Category::Management));
        }
        out.text("recipientAccountId", ACCOUNTS[self.account].id);
        out.text("sharedEventID", &self.shared_id);
        out.text("eventCategory", self.category.word());
        if let Some((name, value)) = &self.further {
            out.json(name, value);
        }
        if tls && self.is_direct() {
            let host = format!("{}.{}.amazonaws.com", self.service, self.region);
            let details = format!(
                r#"{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"{host}"}}"#
            );
            out.json("tlsDetails", &details);
        }
        if self.caller.console && self.kind == "AwsApiCall" {
            out.text("sessionCredentialFromConsole", "true");
        }
        out.close()
    }

    /// Whether a client spoke to the service itself, so that there was a TLS connection to tell of.
    fn is_direct(&self) -> bool {
        let ip = &self.caller.ip;
        self.kind == "AwsApiCall" && !ip.ends_with(".amazonaws.com") && ip != "AWS Internal"
    }
}

/// The members of an object, written one after another; what is empty is left out.
#[derive(Debug, Default)]
struct Members(String);

impl Members {
    fn json(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.0.reserve(1200 * usize::from(self.0.is_empty()));
            self.0.push(if self.0.is_empty() { '{' } else { ',' });
            let _ = write!(self.0, r#""{name}":{value}"#);
        }
    }

    fn text(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.json(name, &quoted(value));
        }
    }

    fn close(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

fn truth(truth: bool) -> &'static str {
    if truth { "true" } else { "false" }
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
