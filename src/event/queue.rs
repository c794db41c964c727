//! What a queue is like by its attributes, without touching a message: who sends to it, and whether
//! somebody else lives on it.

use std::collections::BTreeMap;

use serde_json::Value;

/// A queue as `GetQueueAttributes` describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// Its ARN.
    pub arn: String,
    /// Messages that may be received, about.
    pub waiting: u64,
    /// Messages that somebody has received and not deleted yet, about.
    pub hidden: u64,
    /// Where messages go that were received too often, and how often that is.
    pub dead_letters: Option<(String, u64)>,
    /// The KMS key it is encrypted with.
    pub key: Option<String>,
    /// Who its policy lets send: ARNs of topics, buckets and rules, else services.
    pub senders: Vec<String>,
    /// Whether its policy lets anybody send.
    pub is_open: bool,
}

impl Look {
    /// Reads the attributes by their names.
    pub fn of(attributes: &BTreeMap<String, String>) -> Self {
        let text = |name: &str| attributes.get(name).map(String::as_str).unwrap_or_default();
        let number = |name: &str| text(name).parse().unwrap_or(0);
        let json = |name: &str| serde_json::from_str::<Value>(text(name)).unwrap_or_default();
        let redrive = json("RedrivePolicy");
        let dead_letters = redrive["deadLetterTargetArn"].as_str().map(|arn| {
            // Written as a number by some, as a text by others.
            let times = &redrive["maxReceiveCount"];
            let times = times.as_u64().or_else(|| times.as_str()?.parse().ok());
            (arn.to_owned(), times.unwrap_or(0))
        });
        let mut look = Self {
            arn: text("QueueArn").to_owned(),
            waiting: number("ApproximateNumberOfMessages"),
            hidden: number("ApproximateNumberOfMessagesNotVisible"),
            dead_letters,
            key: attributes.get("KmsMasterKeyId").filter(|key| !key.is_empty()).cloned(),
            senders: vec![],
            is_open: false,
        };
        let policy = json("Policy");
        for statement in each(&policy["Statement"]).filter(|it| it["Effect"] == "Allow") {
            look.hear(statement);
        }
        look.senders.sort();
        look.senders.dedup();
        look
    }

    /// Takes in who a statement lets send.
    fn hear(&mut self, statement: &Value) {
        let sends = each(&statement["Action"]).filter_map(Value::as_str).any(|action| {
            matches!(&*action.to_ascii_lowercase(), "sqs:sendmessage" | "sqs:*" | "*")
        });
        if !sends {
            return;
        }
        let mut sources = vec![];
        for (_, condition) in statement["Condition"].as_object().into_iter().flatten() {
            for (name, values) in condition.as_object().into_iter().flatten() {
                if name.eq_ignore_ascii_case("aws:SourceArn") {
                    sources.extend(each(values).filter_map(Value::as_str).map(str::to_owned));
                }
            }
        }
        let principal = &statement["Principal"];
        let is_anybody = principal == "*" || each(&principal["AWS"]).any(|it| it == "*");
        self.is_open |= is_anybody && statement["Condition"].is_null();
        if sources.is_empty() {
            let services = each(&principal["Service"]).filter_map(Value::as_str);
            sources.extend(services.map(str::to_owned));
        }
        self.senders.append(&mut sources);
    }

    /// Why it does not seem to be one's own, if it does not: what stands against `own=true`.
    pub fn others(&self) -> Option<String> {
        let mut signs = vec![];
        if self.hidden > 0 {
            let n = self.hidden;
            signs
                .push(format!("somebody is reading it now ({n} messages are received and hidden)"));
        }
        if let Some((arn, times)) = &self.dead_letters {
            let name = arn.rsplit(':').next().unwrap_or(arn);
            signs.push(format!(
                "messages received {times} times go to {name}, as a program that lives on a queue \
                 has it"
            ));
        }
        (!signs.is_empty()).then(|| signs.join("; "))
    }

    /// All of it in a line: `3 waiting; from topic trail-events, bucket org-logs; key alias/q`.
    pub fn in_a_line(&self) -> String {
        let mut parts = vec![format!("{} waiting", self.waiting)];
        let senders: Vec<String> = self.senders.iter().map(|it| sender(it)).collect();
        parts.push(match (&*senders, self.is_open) {
            (_, true) => "ANYBODY may send to it: what it announces cannot be trusted".to_owned(),
            ([], false) => "its policy lets nobody send: nothing announces anything".to_owned(),
            (senders, false) => format!("from {}", senders.join(", ")),
        });
        parts.extend(self.key.as_ref().map(|key| format!("encrypted with {key}")));
        parts.join("; ")
    }
}

/// A value or those of a list.
fn each(value: &Value) -> impl Iterator<Item = &Value> {
    let list = value.as_array().map(Vec::as_slice);
    list.unwrap_or(std::slice::from_ref(value)).iter()
}

/// Who sends, by the kind: `topic trail-events`.
fn sender(arn: &str) -> String {
    let name = arn.rsplit(':').next().unwrap_or(arn);
    match arn.split(':').nth(2) {
        Some("sns") => format!("topic {name}"),
        Some("s3") => format!("bucket {name}"),
        Some("events") => name.strip_prefix("rule/").map_or_else(
            || format!("EventBridge {name}"),
            |rule| format!("EventBridge rule {rule}"),
        ),
        _ => arn.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(attributes: &[(&str, &str)]) -> Look {
        let of = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Look::of(&attributes.iter().map(of).collect())
    }

    #[test]
    fn senders_and_others_are_told_from_attributes() {
        const TOPIC: &str = r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},
            "Action":"sqs:SendMessage","Condition":{"ArnEquals":{"aws:SourceArn":
            ["arn:aws:sns:eu-west-1:111122223333:trail","arn:aws:events:eu-west-1:111122223333:rule/t"]}}}}"#;
        const OPEN: &str =
            r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":["SQS:SendMessage"]}]}"#;
        const DENIED: &str =
            r#"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"sqs:*"}]}"#;
        const SERVICE: &str = r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":["s3.amazonaws.com"]},
            "Action":"sqs:*"}]}"#;
        const REDRIVE: &str = r#"{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:111122223333:dead","maxReceiveCount":"5"}"#;
        type Case = (&'static [(&'static str, &'static str)], &'static str, &'static str);
        let cases: [Case; 7] = [
            (&[], "0 waiting; its policy lets nobody send", ""),
            (&[("Policy", TOPIC)], "0 waiting; from EventBridge rule t, topic trail", ""),
            (&[("Policy", OPEN)], "0 waiting; ANYBODY may send to it", ""),
            (&[("Policy", DENIED)], "its policy lets nobody send", ""),
            (&[("Policy", SERVICE)], "0 waiting; from s3.amazonaws.com", ""),
            (
                &[("ApproximateNumberOfMessages", "3"), ("KmsMasterKeyId", "alias/q")],
                "3 waiting; its policy lets nobody send: nothing announces anything; encrypted with \
                 alias/q",
                "",
            ),
            (
                &[("ApproximateNumberOfMessagesNotVisible", "2"), ("RedrivePolicy", REDRIVE)],
                "0 waiting",
                "somebody is reading it now (2 messages are received and hidden); messages received \
                 5 times go to dead, as a program that lives on a queue has it",
            ),
        ];
        for (attributes, line, others) in cases {
            let look = look(attributes);
            let said = look.in_a_line();
            assert!(said.contains(line), "{said}");
            assert_eq!(look.others().unwrap_or_default(), others, "{attributes:?}");
        }
    }

    #[test]
    fn nothing_an_attribute_says_is_a_panic() {
        for odd in ["", "[]", "7", "{", r#"{"Statement":[7,null,{"Effect":"Allow"}]}"#, "\u{1b}"] {
            let look = look(&[("Policy", odd), ("RedrivePolicy", odd)]);
            assert_eq!((look.senders.len(), look.is_open), (0, false), "{odd}");
        }
    }
}
