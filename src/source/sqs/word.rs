//! The word `sqs:QUEUE[,own=true][,peek=true]`, and what to say to somebody who would read a queue
//! that others live on.

use crate::aws::region::{is_region, partition};
use crate::event::name::is_account;

/// The longest name a queue has.
const LONGEST: usize = 80;

/// A queue and what may be done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// As it was typed: a name or a URL.
    pub queue: String,
    /// Only look once, and delete nothing.
    pub peek: bool,
}

impl Word {
    /// Reads what stands behind `sqs:`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',').map(str::trim);
        let queue = parts.next().unwrap_or_default().to_owned();
        let word = |peek| Self { queue: queue.clone(), peek };
        if !is_name(word(false).name()) || url(&queue).is_none() && queue.contains(['/', ':']) {
            return Err(format!(
                "{queue:?} is no queue: write its name or its URL, \
                 sqs:NAME,own=true or sqs:https://sqs.REGION.amazonaws.com/ACCOUNT/NAME,own=true"
            ));
        }
        let (mut own, mut peek) = (false, false);
        for option in parts {
            match option {
                "own=true" => own = true,
                "peek=true" => peek = true,
                other => {
                    return Err(format!(
                        "{other:?} is no option of a queue: there are own=true (it is yours alone: \
                         messages are deleted once their events are stored) and peek=true (look \
                         once, delete nothing)"
                    ));
                }
            }
        }
        match (own, peek) {
            (true, true) => {
                Err("own=true reads a queue and peek=true only looks: one of them".into())
            }
            (false, false) => Err(refusal(&word(false))),
            (_, peek) => Ok(word(peek)),
        }
    }

    /// The name of the queue.
    pub fn name(&self) -> &str {
        self.queue.rsplit('/').next().unwrap_or_default()
    }

    /// The URL, where one was typed.
    pub fn url(&self) -> Option<&str> {
        url(&self.queue).map(|_| &*self.queue)
    }

    /// The region a URL names.
    pub fn region(&self) -> Option<&str> {
        let host = host(url(&self.queue)?);
        // The oldest form of all names none.
        let oldest = (host == "queue.amazonaws.com").then_some("us-east-1");
        host.split('.').find(|part| is_region(part)).or(oldest)
    }

    /// The account a URL names.
    pub fn account(&self) -> Option<&str> {
        let account = url(&self.queue)?.rsplit('/').nth(1)?;
        is_account(account).then_some(account)
    }
}

/// What stands behind the `//` of a URL.
fn url(text: &str) -> Option<&str> {
    text.strip_prefix("https://").or(text.strip_prefix("http://"))
}

fn host(rest: &str) -> &str {
    rest.split(['/', ':']).next().unwrap_or_default()
}

fn is_name(name: &str) -> bool {
    let stem = name.strip_suffix(".fifo").unwrap_or(name);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !stem.is_empty() && name.len() <= LONGEST && stem.bytes().all(allowed)
}

/// Why a queue is not read without a word of its owner, and the way to one that may be read.
fn refusal(word: &Word) -> String {
    let region = word.region().unwrap_or("REGION");
    let account = word.account().unwrap_or("ACCOUNT");
    let partition = word.region().map_or("aws", |region| partition(region).name);
    let stem: String = word.name().trim_end_matches(".fifo").chars().take(LONGEST - 9).collect();
    let own = format!("{stem}-trailtop");
    let arn = format!("arn:{partition}:sqs:{region}:{account}:{own}");
    let topic = format!("arn:{partition}:sns:{region}:{account}:TOPIC");
    let rule = format!("arn:{partition}:events:{region}:{account}:rule/trailtop");
    let policy = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"Service":["sns.amazonaws.com","events.amazonaws.com"]}},"Action":"sqs:SendMessage","Resource":"{arn}","Condition":{{"ArnEquals":{{"aws:SourceArn":["{topic}","{rule}"]}}}}}}]}}"#
    );
    let attributes = format!(r#"{{"Policy":"{}"}}"#, policy.replace('"', "\\\""));
    let queue = &word.queue;
    format!(
        "whoever reads a queue hides its messages from its owner, and each reading counts towards the \
         dead-letter queue: nothing was read.\n\
         If it is yours alone, say sqs:{queue},own=true (messages are deleted once their events are \
         stored); to look at 10 messages and delete nothing, sqs:{queue},peek=true.\n\
         For a queue of your own beside it:\n  \
         aws sqs create-queue --region {region} --queue-name {own} --attributes '{attributes}'\n\
         then let the trail's SNS topic send to it as well:\n  \
         aws sns subscribe --region {region} --topic-arn {topic} --protocol sqs --notification-endpoint {arn}\n\
         or EventBridge, which is quicker and leaves some out:\n  \
         aws events put-rule --region {region} --name trailtop --state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS \
         --event-pattern '{{\"detail-type\":[{{\"suffix\":\" via CloudTrail\"}}]}}'\n  \
         aws events put-targets --region {region} --rule trailtop --targets Id=trailtop,Arn={arn}\n\
         and read that one: sqs:{own},own=true"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_urls_are_read() {
        let url = "https://sqs.eu-west-1.amazonaws.com/111122223333/trail-events";
        let fifo = "https://sqs.cn-north-1.amazonaws.com.cn/111122223333/q.fifo";
        let cases = [
            ("trail-events,own=true", "trail-events", None, None),
            (&format!("{url},own=true"), "trail-events", Some("eu-west-1"), Some("111122223333")),
            (&format!("{fifo}, own=true"), "q.fifo", Some("cn-north-1"), Some("111122223333")),
            (
                "https://queue.amazonaws.com/111122223333/q,own=true",
                "q",
                Some("us-east-1"),
                Some("111122223333"),
            ),
            (
                "https://us-gov-west-1.queue.amazonaws.com/111122223333/q,own=true",
                "q",
                Some("us-gov-west-1"),
                Some("111122223333"),
            ),
            (
                "https://vpce-1-2.sqs.eu-west-1.vpce.amazonaws.com/111122223333/q,own=true",
                "q",
                Some("eu-west-1"),
                Some("111122223333"),
            ),
            ("http://127.0.0.1:9324/000000000000/q,own=true", "q", None, Some("000000000000")),
        ];
        for (text, name, region, account) in cases {
            let word = Word::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!((word.name(), word.region(), word.account()), (name, region, account));
            assert_eq!(word.url().is_some(), text.starts_with("http"));
            assert!(!word.peek);
        }
        assert!(Word::parse("q,peek=true").unwrap().peek);
    }

    #[test]
    fn wrong_words_say_what_would_be_right() {
        let long = format!("{},own=true", "a".repeat(81));
        let cases = [
            ("", "is no queue"),
            ("a b,own=true", "is no queue"),
            ("arn:aws:sqs:eu-west-1:111122223333:q,own=true", "is no queue"),
            ("//q,own=true", "is no queue"),
            ("https://,own=true", "is no queue"),
            (&long, "is no queue"),
            ("q,own=true,peek=true", "one of them"),
            ("q,own", "is no option"),
            ("q,own=false", "is no option"),
            ("q,wait=3", "is no option"),
            ("q,", "is no option"),
        ];
        for (text, why) in cases {
            let said = Word::parse(text).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
    }

    #[test]
    fn a_queue_of_others_is_refused_with_the_way_to_an_own_one() {
        let said =
            Word::parse("https://sqs.cn-north-1.amazonaws.com.cn/111122223333/prod").unwrap_err();
        for words in [
            "dead-letter queue",
            "prod,own=true",
            "prod,peek=true",
            "--queue-name prod-trailtop",
            "arn:aws-cn:sqs:cn-north-1:111122223333:prod-trailtop",
            "aws sns subscribe --region cn-north-1",
            "aws events put-targets",
            "sqs:prod-trailtop,own=true",
        ] {
            assert!(said.contains(words), "{words} in {said}");
        }
        let said = Word::parse("prod").unwrap_err();
        assert!(said.contains("arn:aws:sqs:REGION:ACCOUNT:prod-trailtop"), "{said}");
    }
}
