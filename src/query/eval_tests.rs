//! Plans run over records, twice: by a table of what must be kept, and against an oracle that knows
//! the language only from product.md and walks each record from its text.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path as File;
use std::sync::LazyLock;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::*;
use std::sync::Arc;

use crate::event::field::{Columns, FIELDS, From, Kind, Origin};
use crate::event::json::Json;
use crate::event::read::{Event, Hints};
use crate::event::record::Record;
use crate::event::time::{Millis, Timestamp};
use crate::event::tool::Families;
use crate::query::library;
use crate::query::parse;
use crate::query::plan::Context;
use crate::query::preset::Presets;
use crate::query::sift;
use crate::store::segment::{Birth, Builder, RowId};

const NOW: Timestamp = Timestamp(1_688_990_407_000); // 2023-07-10T12:00:07Z

/// Records in shapes that real ones have, and in shapes that only an attacker writes.
const ODD: &[&str] = &[
    r#"{"eventVersion":"1.08","eventName":"PutObject","eventSource":"s3.amazonaws.com","eventTime":"2023-07-10T12:00:07Z","sourceIPAddress":"10.1.2.3","awsRegion":"us-east-1","userIdentity":{"type":"IAMUser","userName":"alice","arn":"arn:aws:iam::1:user/alice"},"requestParameters":{"bucketName":"Prod-Logs","key":"a b"},"readOnly":false}"#,
    r#"{"eventVersion":"1.08","eventName":"ListFunctions20150331","eventSource":"lambda.amazonaws.com","eventTime":"2023-07-10T12:04:11Z","errorCode":"AccessDenied","errorMessage":"User: x is not authorized to perform: lambda:ListFunctions","sourceIPAddress":"2001:db8::7","userIdentity":{"type":"Root"}}"#,
    r#"{"eventVersion":"1.08","eventName":"GetFunction20150331v2","eventSource":"lambda.amazonaws.com","eventTime":"2023-07-09T23:59:59Z","sourceIPAddress":"cloudformation.amazonaws.com","userIdentity":{"type":"AWSService","invokedBy":"cloudformation.amazonaws.com"},"requestParameters":null,"responseElements":{}}"#,
    r#"{"eventVersion":"1.08","eventName":"CreateDistribution2020_05_31","eventSource":"cloudfront.amazonaws.com","eventTime":"2023-07-10T00:00:00Z","sourceIPAddress":"AWS Internal","userIdentity":{"userName":"none"}}"#,
    r#"{"eventName":"\u0050ut\u004fbject","eventSource":"s3.amazonaws.com","requestParameters":{"bucket\u004eame":"\u0041BC","k":"line\nbreak","q":"say \"hi\"","p":"C:\\temp"}}"#,
    r#"{"eventName":"PutRolePolicy","eventSource":"iam.amazonaws.com","requestParameters":{"policyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:Get*\",\"iam:PassRole\"],\"Resource\":\"*\"},{\"Effect\":\"Deny\"}]}"}}"#,
    r#"{"eventName":"CreateRole","eventSource":"iam.amazonaws.com","responseElements":{"role":{"assumeRolePolicyDocument":"%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Sid%22%3A%22a+b%2Bc%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22arn%3Aaws%3Aiam%3A%3A2%3Aroot%22%7D%7D%5D%7D"}}}"#,
    r#"{"eventName":"Nested","eventSource":"x.amazonaws.com","requestParameters":{"outer":"{\"inner\":\"{\\\"deep\\\":[1,2,{\\\"x\\\":\\\"y\\\"}]}\"}","quoted":"\"{\\\"k\\\":true}\""}}"#,
    r#"{"eventName":"Numbers","eventSource":"x.amazonaws.com","requestParameters":{"price":1.50,"count":12345678901234567890,"small":1e-3,"neg":-5,"text":"7","flag":true,"flagText":"true","list":[1,2.50,null,"3"],"none":null,"empty":"","emptyList":[],"emptyMap":{},"when":"2023-07-10T10:00:00+00:00"}}"#,
    r#"{"eventName":"Arrays","eventSource":"x.amazonaws.com","requestParameters":{"a":[[{"b":1}],[{"B":2},{"b":null}],"x"],"tags":{"items":[{"key":"Name","value":"web"},{"key":"env","value":"prod"}]}},"resources":[{"ARN":"arn:aws:s3:::b1"},{"arn":"arn:aws:s3:::b2"}]}"#,
    r#"{"eventName":"Dup","eventSource":"x.amazonaws.com","requestParameters":{"a":"first","a":"last","A":"other","x.y":"dotted","x":{"y":"nested","z:w":"colon"}},"requestParameters2":1}"#,
    r#"{"eventVersion":"1.0","userIdentity":"just text","eventName":["odd"],"eventSource":7,"awsRegion":true,"errorCode":null,"errorMessage":""}"#,
    r#"{"eventName":"Case","eventSource":"X.AMAZONAWS.COM","userAgent":"aws-cli/2.0 ĂÉé K ſ","sourceIPAddress":"0:0:0:0:0:ffff:a01:203"}"#,
    r#"{"eventName":"Time","eventSource":"x.amazonaws.com","eventTime":"2023-07-10T12:00:07.250Z","readOnly":"true"}"#,
    r#"{"eventName":"Future","eventSource":"x.amazonaws.com","eventTime":"2033-07-10T12:00:07Z","readOnly":true}"#,
    r#"{"eventName":"NoTime","eventSource":"x.amazonaws.com","vpcEndpointId":"vpce-1","tlsDetails":{"tlsVersion":"TLSv1.3"}}"#,
    r#"{"eventName":"Percent","eventSource":"x.amazonaws.com","requestParameters":{"url":"%7Bnot json","key":"100%","pct":"%7B%22na%6De%22%3A%22v%26%3D%22%7D","raw":"%7B%22a%22%3A%22b=c&d%22%7D"}}"#,
    r#"{"eventName":"NullWords","eventSource":"x.amazonaws.com","a":null,"b":"null","nul":1,"t":true}"#,
    r#"{"insightDetails":{"state":"Start","eventSource":"ec2.amazonaws.com","eventName":"RunInstances","insightType":"ApiCallRateInsight","insightContext":{"statistics":{"baseline":{"average":0.0000882145},"insight":{"average":0.6}}}},"eventVersion":"1.07","eventCategory":"Insight"}"#,
    r#"{"eventVersion":"1.08","eventName":"Login","eventSource":"signin.amazonaws.com","errorCode":"Failed \"authentication\"","additionalEventData":{"MFAUsed":"Yes"},"userIdentity":{"type":"Root"},"sourceIPAddress":"010.1.2.3"}"#,
    r#" { "eventName" : "Spaced" , "eventSource" : "x.amazonaws.com" , "requestParameters" : { "n" : 1 , "s" : [ "a" , "b" ] } } "#,
    "{\"eventName\":\"Bytes\",\"eventSource\":\"x.amazonaws.com\",\"userAgent\":\"\u{202e}rtl \u{85}\",\"k\u{e9}y\":\"v\u{e4}lue\"}",
    r#"{"eventName":"Surrogate","eventSource":"x.amazonaws.com","a":"\ud83d\ude00","b":"\\u0041","c":"\/slash"}"#,
    r#"{"eventName":"D","eventSource":"x.amazonaws.com","requestParameters":{"a.b":{"c":"q"},"":"emptyname","none":"none","*":"star"}}"#,
];

/// A part of records; each row has its own arrival, flags and origins, by its number.
fn part_of(records: &[String]) -> Part {
    part_with(records, Columns::ALL)
}

/// The same with some of the columns.
fn part_with(records: &[String], columns: Columns) -> Part {
    let mut builder = Builder::default();
    for (at, text) in records.iter().enumerate() {
        let record = Record::of(Json::checked(text).expect("a record that is JSON"));
        let event = Event::pick(
            &record,
            &Hints::default(),
            NOW + Millis::hours(1),
            columns,
            &mut Families::default(),
        );
        let time = event.time.unwrap_or(NOW);
        let marks = if at % 3 == 0 { Flag::Marked as u16 } else { 0 };
        let late = if at % 5 == 0 { Flag::Late as u16 } else { 0 };
        let origins = Origin::ALL[at % 6].0.bit() | Origin::ALL[at % 4].0.bit();
        let arrival = time + Millis((at as i64 % 11 - 2) * 30_000);
        let flags = event.flags | marks | late;
        let birth = Birth { time, arrival, identity: at as u64, flags, origins };
        builder.push(&event, text.as_bytes(), birth);
    }
    let (segment, side) = builder.finish(RowId(0));
    Part { segment: Arc::new(segment), side: Arc::new(side) }
}

fn odd() -> Vec<String> {
    ODD.iter().map(ToString::to_string).collect()
}

static PRESETS: LazyLock<Presets> = LazyLock::new(library::builtin);

fn plan(text: &str) -> Plan {
    let tree =
        parse::parse(text, &PRESETS).unwrap_or_else(|wrong| panic!("{}", wrong[0].render(text)));
    Plan::compile(&tree, Context { now: NOW, names: &[] })
}

fn kept(part: &Part, text: &str) -> Bits {
    eval(&plan(text), part, NOW)
}

#[test]
fn filters_keep_what_they_say() {
    let part = part_of(&odd());
    for (text, rows) in [
        ("", (0..ODD.len()).collect::<Vec<_>>()),
        ("event:putobject", vec![0, 4]),
        ("event:=PutObject", vec![0, 4]),
        ("event:=putobject", vec![]),
        ("event:ListFunctions,GetFunction,CreateDistribution", vec![1, 2, 3]),
        ("event:ListFunctions20150331", vec![1]),
        ("s3:Put*", vec![0, 4]),
        ("svc:s3.amazonaws.com", vec![0, 4]),
        ("svc:x event:case", vec![12]),
        ("ip:10.0.0.0/8", vec![0, 12]),
        ("ip:2001:db8::/32", vec![1]),
        ("ip:cloudformation", vec![2]),
        ("ip:\"aws internal\"", vec![3]),
        ("err:*", vec![1, 19]),
        ("-err:none", vec![1, 19]),
        ("err:accessdenied,none svc:lambda", vec![1, 2]),
        ("user:none svc:cloudfront", vec![]),
        ("user:\"none\"", vec![3]),
        ("msg:\"NOT authorized\"", vec![1]),
        ("\"not authorized\"", vec![1]),
        ("prod-logs", vec![0]),
        ("bucketname", vec![0, 4]),
        ("ABC", vec![4]),
        ("u0041", vec![22]),
        ("\"line\nbreak\"", vec![4]),
        ("\"say \"\"hi\"\"\"", vec![4]),
        ("\"C:\\temp\"", vec![4]),
        ("null", vec![17]),
        ("1.50", vec![8]),
        ("/slash", vec![22]),
        (".price:1.50", vec![]),
        ("requestParameters.price:1.50", vec![8]),
        ("requestParameters.price:1.5", vec![]),
        ("requestParameters.price:>=1.5", vec![8]),
        ("requestParameters.count:>12345678901234567889", vec![8]),
        ("requestParameters.count:>12345678901234567890", vec![]),
        ("requestParameters.neg:-10..-5", vec![8]),
        ("requestParameters.text:<8", vec![8]),
        ("requestParameters.list:>2", vec![8]),
        ("requestParameters.when:2023-07-10T09:00:00Z..2023-07-10T10:00:00Z", vec![]),
        ("requestParameters.when:2023-07-10T10:00:00Z..", vec![8]),
        ("requestParameters.flag:true requestParameters.flagText:TRUE", vec![8]),
        ("requestParameters.none:none requestParameters.list:*", vec![8]),
        ("requestParameters.empty:*", vec![]),
        ("requestParameters.emptyMap:*", vec![]),
        ("requestParameters.policyDocument.statement.action:iam:PassRole", vec![5]),
        ("requestParameters.policyDocument.statement.action:\"s3:Get*\"", vec![5]),
        ("requestParameters.policyDocument.statement.action:s3:*", vec![5]),
        (
            ".responseElements.role.assumeRolePolicyDocument.Statement.Principal.AWS:*:2:root",
            vec![6],
        ),
        (".responseElements.role.assumeRolePolicyDocument.Statement.Sid:\"a b+c\"", vec![6]),
        ("requestParameters.outer.inner.deep:2", vec![7]),
        ("requestParameters.outer.inner.deep.x:y", vec![7]),
        ("requestParameters.quoted.k:true", vec![7]),
        ("requestParameters.a.b:2", vec![9]),
        ("resources.arn:arn:aws:s3:::b2", vec![9]),
        ("requestParameters.a:first", vec![]),
        ("requestParameters.a:last requestParameters.a:other", vec![10]),
        ("requestParameters.\"x.y\":dotted", vec![10]),
        ("requestParameters.x.\"z:w\":colon", vec![10]),
        ("requestParameters.pct.name:v&=", vec![16]),
        ("requestParameters.raw.a:\"b=c&d\"", vec![16]),
        ("readOnly:false", vec![0]),
        ("readonly:true", vec![13, 14]),
        ("vpcEndpointId:*", vec![15]),
        ("tlsDetails.tlsVersion:~t13", vec![15]),
        ("time:2023-07-09", vec![2]),
        ("time:12:04", vec![1]),
        ("time:2023-07-10T12:00:07Z -time:none", vec![0, 13]),
        ("time:12:04..12:05", vec![1]),
        ("age:>12h", vec![2, 3]),
        ("age:<0s -time:none", vec![1, 13]),
        ("event:/^put/ -svc:s3", vec![5]),
        ("event:~pro", vec![5]),
        ("rule:x", vec![]),
        ("-rule:x event:d", vec![23]),
        ("sev:>=low OR new:ip OR root:x", vec![]),
        ("mark:yes event:put*", vec![0]),
        ("src:sqs event:put*", vec![]),
        ("src:history event:putobject", vec![0, 4]),
        ("requestParameters.none:\"none\"", vec![23]),
        ("requestParameters.\"*\":star", vec![23]),
    ] {
        assert_eq!(kept(&part, text).rows().collect::<Vec<_>>(), rows, "{text}");
    }
}

#[test]
fn a_negated_term_keeps_exactly_the_rest() {
    let part = part_of(&odd());
    for term in ["err:*", "requestParameters.a:*", "abc", "time:none", "rule:x", "@noise", "verb:W"]
    {
        let mut rest = kept(&part, term);
        rest.invert();
        assert_eq!(kept(&part, &format!("-{term}")), rest, "{term}");
        assert_eq!(kept(&part, &format!("NOT ({term} OR {term})")), rest, "{term}");
    }
}

// The oracle.

/// A JSON value read by `serde_json` alone: numbers as written, members in order.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Null,
    Atom(String),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, Box<RawValue>)>;
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut members = vec![];
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

fn value(text: &str) -> Option<Value> {
    let raw: Box<RawValue> = serde_json::from_str(text).ok()?;
    let text = raw.get();
    Some(match text.as_bytes()[0] {
        b'{' => {
            let mut reader = serde_json::Deserializer::from_str(text);
            let members = reader.deserialize_map(Members).ok()?;
            let read = |(key, raw): (String, Box<RawValue>)| Some((key, value(raw.get())?));
            Value::Map(members.into_iter().map(read).collect::<Option<_>>()?)
        }
        b'[' => {
            let items: Vec<Box<RawValue>> = serde_json::from_str(text).ok()?;
            Value::List(items.iter().map(|raw| value(raw.get())).collect::<Option<_>>()?)
        }
        b'"' => Value::Text(serde_json::from_str(text).ok()?),
        b'n' => Value::Null,
        _ => Value::Atom(text.to_owned()),
    })
}

impl Value {
    fn texts(&self, out: &mut Vec<String>) {
        match self {
            Value::Null => {}
            Value::Atom(text) | Value::Text(text) => out.push(text.clone()),
            Value::List(items) => items.iter().for_each(|item| item.texts(out)),
            Value::Map(members) => members.iter().for_each(|(key, member)| {
                out.push(key.clone());
                member.texts(out);
            }),
        }
    }

    /// Every path of plain members with what is at its end.
    fn paths(&self, names: &mut Vec<String>, out: &mut Vec<Vec<String>>) {
        match self {
            Value::List(items) => items.iter().for_each(|item| item.paths(names, out)),
            Value::Map(members) => members.iter().for_each(|(key, member)| {
                if !key.is_empty() {
                    names.push(key.clone());
                    out.push(names.clone());
                    member.paths(names, out);
                    names.pop();
                }
            }),
            Value::Text(text) => {
                if let Some(inner) = opened(text) {
                    inner.paths(names, out);
                }
            }
            Value::Null | Value::Atom(_) => {}
        }
    }

    fn ends(&self, names: &[String], out: &mut Vec<Value>) {
        match self {
            Value::List(items) => items.iter().for_each(|item| item.ends(names, out)),
            _ if names.is_empty() => {
                let blank = matches!(self, Value::Null)
                    || *self == Value::Text(String::new())
                    || *self == Value::Map(vec![]);
                if !blank {
                    out.push(self.clone());
                }
            }
            Value::Map(members) => {
                for (at, (key, member)) in members.iter().enumerate() {
                    let is_last = members[at + 1..].iter().all(|(later, _)| later != key);
                    if is_last && key.eq_ignore_ascii_case(&names[0]) {
                        member.ends(&names[1..], out);
                    }
                }
            }
            Value::Text(text) => {
                if let Some(inner) = opened(text) {
                    inner.ends(names, out);
                }
            }
            Value::Null | Value::Atom(_) => {}
        }
    }
}

/// The JSON that a string holds, plain or URL-encoded.
fn opened(text: &str) -> Option<Value> {
    let holds = |text: &str| value(text).filter(|v| !matches!(v, Value::Null | Value::Atom(_)));
    holds(text).or_else(|| {
        let mut bytes = vec![];
        let mut rest = text.as_bytes();
        if rest.first() != Some(&b'%') {
            return None;
        }
        while let [byte, tail @ ..] = rest {
            let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
            match (byte, hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
                (b'%', Some(decoded)) => {
                    bytes.push(decoded);
                    rest = &tail[2..];
                    continue;
                }
                (b'+', _) => bytes.push(b' '),
                _ => bytes.push(*byte),
            }
            rest = tail;
        }
        holds(&String::from_utf8_lossy(&bytes))
    })
}

/// A filter as the oracle knows it: it writes itself as text and answers by itself.
#[derive(Debug)]
enum Ask {
    All(Vec<Ask>),
    Any(Vec<Ask>),
    No(Box<Ask>),
    Word(String),
    Key(&'static str, Vec<Like>),
    Path(Vec<String>, Vec<Like>),
    Clock(&'static str, &'static str, i64),
    Net([u8; 4], u32),
    Src(usize),
    Flag(&'static str, bool),
    Set(&'static str, &'static str),
}

#[derive(Debug)]
enum Like {
    Text(String),
    Exact(String),
    Glob(String),
    Regex(String),
    Letters(String),
    Above(f64),
    Present,
    Absent,
}

fn in_quotes(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

impl Ask {
    fn write(&self) -> String {
        let join = |asks: &[Ask], by: &str| {
            asks.iter().map(|ask| format!("({})", ask.write())).collect::<Vec<_>>().join(by)
        };
        let likes = |likes: &[Like]| likes.iter().map(Like::write).collect::<Vec<_>>().join(",");
        match self {
            Ask::All(asks) => join(asks, " "),
            Ask::Any(asks) => join(asks, " OR "),
            Ask::No(ask) => format!("-({})", ask.write()),
            Ask::Word(text) => in_quotes(text),
            Ask::Key(key, items) => format!("{key}:{}", likes(items)),
            Ask::Path(names, items) => {
                let path = names.iter().fold(String::new(), |mut path, name| {
                    let _ = write!(path, ".{}", in_quotes(name));
                    path
                });
                format!("{path}:{}", likes(items))
            }
            Ask::Clock("time", sign, millis) => format!("time:{sign}{}", Timestamp(*millis)),
            Ask::Clock(key, sign, millis) => format!("{key}:{sign}{millis}ms"),
            Ask::Net([a, b, c, d], bits) => format!("ip:{a}.{b}.{c}.{d}/{bits}"),
            Ask::Src(at) => format!("src:{}", Origin::ALL[*at].1),
            Ask::Flag(key, on) => format!("{key}:{}", if *on { "yes" } else { "no" }),
            Ask::Set(key, word) => format!("{key}:{word}"),
        }
    }

    fn holds(&self, part: &Part, row: usize, record: &Value) -> bool {
        match self {
            Ask::All(asks) => asks.iter().all(|ask| ask.holds(part, row, record)),
            Ask::Any(asks) => asks.iter().any(|ask| ask.holds(part, row, record)),
            Ask::No(ask) => !ask.holds(part, row, record),
            Ask::Word(text) => {
                let mut texts = vec![];
                record.texts(&mut texts);
                texts.iter().any(|candidate| part_of_text(candidate, text))
            }
            Ask::Key(key, items) => {
                let row_of = FIELDS.iter().find(|field| field.name == *key).unwrap();
                let From::Columns(columns) = row_of.from else { unreachable!() };
                let texts: Vec<(Column, &str)> = columns
                    .iter()
                    .map(|column| (*column, part.segment.text(row, *column)))
                    .filter(|(_, text)| !text.is_empty())
                    .collect();
                items.iter().any(|item| match item {
                    Like::Present => !texts.is_empty(),
                    Like::Absent => texts.is_empty(),
                    item => texts.iter().any(|(column, text)| {
                        item.fits(text, row_of.kind)
                            || leaving_out(*column, text)
                                .is_some_and(|text| item.fits(&text, row_of.kind))
                    }),
                })
            }
            Ask::Path(names, items) => {
                let mut ends = vec![];
                record.ends(names, &mut ends);
                items.iter().any(|item| match item {
                    Like::Present => !ends.is_empty(),
                    Like::Absent => ends.is_empty(),
                    item => ends.iter().any(|end| match end {
                        Value::Atom(text) | Value::Text(text) => item.fits(text, Kind::Word),
                        _ => false,
                    }),
                })
            }
            Ask::Net(network, bits) => {
                let text = part.segment.text(row, Column::Ip);
                let parts: Vec<u8> = text.split('.').filter_map(|part| part.parse().ok()).collect();
                let is_v4 = parts.len() == 4
                    && parts.iter().map(u8::to_string).collect::<Vec<_>>().join(".") == text;
                // The one record with an IPv6 address that stands for an IPv4 one.
                let mapped = (text == "0:0:0:0:0:ffff:a01:203").then_some(vec![10, 1, 2, 3]);
                let address = if is_v4 { Some(parts) } else { mapped };
                let number =
                    |parts: &[u8]| parts.iter().fold(0u64, |n, part| n * 256 + u64::from(*part));
                address.is_some_and(|parts| {
                    number(&parts) >> (32 - bits) == number(network) >> (32 - bits)
                })
            }
            Ask::Src(at) => part.side.origins(row) & Origin::ALL[*at].0.bit() != 0,
            Ask::Flag("mark", on) => row.is_multiple_of(3) == *on,
            Ask::Flag(_, on) => row.is_multiple_of(5) == *on,
            Ask::Set(key, word) => {
                let column = match *key {
                    "cat" => Column::Category,
                    "result" => Column::Result,
                    "mfa" => Column::Mfa,
                    _ => Column::Verb,
                };
                let text = part.segment.text(row, column);
                text == *word || (*key == "verb" && *word == "W" && text == "D")
            }
            Ask::Clock(key, sign, millis) => {
                let time = part.segment.time(row).0;
                let value = match *key {
                    "time" => time,
                    "age" => NOW.0 - time,
                    _ => part.segment.arrival(row).0 - time,
                };
                match *sign {
                    ">" => value > *millis,
                    ">=" => value >= *millis,
                    "<" => value < *millis,
                    _ => value <= *millis,
                }
            }
        }
    }
}

/// What the language lets people leave out of an event name or a service.
fn leaving_out(column: Column, text: &str) -> Option<String> {
    match column {
        Column::Event => {
            static DATED: LazyLock<regex::Regex> = LazyLock::new(|| {
                regex::Regex::new(r"^(.+?)20\d\d(_\d\d_\d\d|\d{4})(v\d+)?$").unwrap()
            });
            DATED.captures(text).map(|found| found[1].to_owned())
        }
        Column::Service | Column::Ip => {
            static SERVICE: LazyLock<regex::Regex> =
                LazyLock::new(|| regex::Regex::new(r"(?i)^(.*)\.amazonaws\.com$").unwrap());
            SERVICE.captures(text).map(|found| found[1].to_owned())
        }
        Column::Verb if text == "D" => Some("W".to_owned()),
        _ => None,
    }
}

fn part_of_text(text: &str, wanted: &str) -> bool {
    text.to_ascii_lowercase().contains(&wanted.to_ascii_lowercase())
}

impl Like {
    fn write(&self) -> String {
        match self {
            Like::Text(text) => in_quotes(text),
            Like::Exact(text) => format!("={}", in_quotes(text)),
            Like::Glob(pattern) => pattern.clone(),
            Like::Regex(text) => format!("/{}/", regex::escape(text).replace('/', "\\/")),
            Like::Letters(text) => format!("~{}", in_quotes(text)),
            Like::Above(number) => format!(">{number}"),
            Like::Present => "*".to_owned(),
            Like::Absent => "none".to_owned(),
        }
    }

    fn fits(&self, text: &str, kind: Kind) -> bool {
        match self {
            Like::Text(wanted) if kind == Kind::Text => part_of_text(text, wanted),
            Like::Text(wanted) => text.eq_ignore_ascii_case(wanted),
            Like::Exact(wanted) => text == wanted,
            Like::Glob(pattern) => {
                let pattern = pattern.to_ascii_lowercase();
                let pattern = if kind == Kind::Text { format!("*{pattern}*") } else { pattern };
                let pattern: Vec<char> = pattern.chars().collect();
                let text: Vec<char> = text.to_ascii_lowercase().chars().collect();
                like(&pattern, &text)
            }
            Like::Regex(wanted) => part_of_text(text, wanted),
            Like::Letters(letters) => {
                let text = text.to_ascii_lowercase();
                let mut rest = text.as_str();
                letters.to_ascii_lowercase().chars().all(|letter| match rest.find(letter) {
                    Some(at) => {
                        rest = &rest[at + letter.len_utf8()..];
                        true
                    }
                    None => false,
                })
            }
            Like::Above(number) => {
                let is_json = value(text).is_some_and(|found| matches!(found, Value::Atom(_)));
                is_json && text.parse::<f64>().is_ok_and(|found| found > *number)
            }
            Like::Present | Like::Absent => unreachable!("not about one text"),
        }
    }
}

/// Globs by dynamic programming, one line of the table at a time.
fn like(pattern: &[char], text: &[char]) -> bool {
    let mut line: Vec<bool> = vec![false; text.len() + 1];
    line[0] = true;
    for c in pattern {
        if *c == '*' {
            let mut seen = false;
            for cell in &mut line {
                seen |= *cell;
                *cell = seen;
            }
        } else {
            for at in (1..=text.len()).rev() {
                line[at] = line[at - 1] && text[at - 1] == *c;
            }
            line[0] = false;
        }
    }
    line[text.len()]
}

/// A source of choices that is the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n.max(1)
    }

    fn pick<'v, T>(&mut self, from: &'v [T]) -> &'v T {
        &from[self.below(from.len())]
    }

    /// Some part of a text, in some case; never empty if the text is not.
    fn part(&mut self, text: &str) -> String {
        let chars: Vec<char> = text.chars().collect();
        let start = self.below(chars.len());
        let size = 1 + self.below((chars.len() - start).min(12));
        let part: String = chars[start..(start + size).min(chars.len())].iter().collect();
        self.case(&part)
    }

    fn case(&mut self, text: &str) -> String {
        match self.below(3) {
            0 => text.to_ascii_uppercase(),
            1 => text.to_ascii_lowercase(),
            _ => text.to_owned(),
        }
    }

    fn like(&mut self, values: &[String], is_path: bool) -> Like {
        if values.is_empty() {
            return if self.below(2) == 0 { Like::Present } else { Like::Absent };
        }
        let value = self.pick(values).clone();
        let is_clean = value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'/' | b'-' | b'_' | b'.'));
        match self.below(12) {
            0..=3 => Like::Text(self.case(&value)),
            4 => Like::Exact(value),
            5 => Like::Exact(self.case(&value)),
            6 if is_clean && value.is_ascii() => {
                let (from, to) = (self.below(value.len()), self.below(value.len()));
                let (from, to) = (from.min(to), from.max(to));
                let pattern = format!("{}*{}", &value[..from], &value[to..]);
                let is_glob = pattern != "*"
                    && pattern.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '*');
                if is_glob { Like::Glob(self.case(&pattern)) } else { Like::Present }
            }
            // The regex crate folds more than ASCII and takes no blank: product.md says so of blanks.
            7 if is_clean => Like::Regex(self.part(&value)),
            8 => {
                let letters: String = value.chars().filter(|_| self.below(3) == 0).collect();
                if letters.is_empty() { Like::Present } else { Like::Letters(letters) }
            }
            9 if is_path => Like::Above(self.below(5) as f64 - 1.5),
            10 => Like::Present,
            11 => Like::Absent,
            _ => Like::Text(self.part(&value)),
        }
    }

    fn ask(&mut self, pool: &Pool, depth: usize) -> Ask {
        let some = |dice: &mut Self| {
            let n = 2 + dice.below(2);
            (0..n).map(|_| dice.ask(pool, depth + 1)).collect::<Vec<_>>()
        };
        match self.below(if depth < 3 { 12 } else { 9 }) {
            0..=2 => {
                let text = self.pick(&pool.texts).clone();
                Ask::Word(if self.below(3) == 0 { self.case(&text) } else { self.part(&text) })
            }
            3..=5 => {
                let (key, values) = &pool.keys[self.below(pool.keys.len())];
                let n = 1 + self.below(2);
                Ask::Key(key, (0..n).map(|_| self.like(values, false)).collect())
            }
            6..=7 => {
                let (names, values) = &pool.paths[self.below(pool.paths.len())];
                let names = names.iter().map(|name| self.case(name)).collect();
                let n = 1 + self.below(2);
                Ask::Path(names, (0..n).map(|_| self.like(values, true)).collect())
            }
            8 if self.below(2) == 0 => match self.below(4) {
                0 => {
                    let mut network =
                        *self.pick(&[[10, 1, 2, 3], [192, 168, 10, 20], [10, 8, 8, 10]]);
                    network[3] = self.below(256) as u8;
                    Ask::Net(network, self.below(33) as u32)
                }
                1 => Ask::Src(self.below(6)),
                2 => Ask::Flag(["mark", "late"][self.below(2)], self.below(2) == 0),
                _ => {
                    let sets = [
                        ("cat", "insight"),
                        ("cat", "management"),
                        ("result", "ok"),
                        ("result", "failed"),
                        ("result", "none"),
                        ("mfa", "yes"),
                        ("mfa", "no"),
                        ("verb", "R"),
                        ("verb", "W"),
                        ("verb", "D"),
                    ];
                    let (key, word) = *self.pick(&sets);
                    Ask::Set(key, word)
                }
            },
            8 => {
                let sign = *self.pick(&[">", ">=", "<", "<="]);
                let time = *self.pick(&pool.times);
                match self.below(3) {
                    0 => Ask::Clock("time", sign, time),
                    1 => Ask::Clock("age", sign, (NOW.0 - time).max(0)),
                    _ => Ask::Clock("lag", sign, self.below(11) as i64 * 30_000),
                }
            }
            9 => Ask::All(some(self)),
            10 => Ask::Any(some(self)),
            _ => Ask::No(Box::new(self.ask(pool, depth + 1))),
        }
    }
}

/// What there is to ask about.
struct Pool {
    texts: Vec<String>,
    keys: Vec<(&'static str, Vec<String>)>,
    paths: Vec<(Vec<String>, Vec<String>)>,
    times: Vec<i64>,
}

impl Pool {
    fn of(part: &Part, records: &[Value]) -> Self {
        let mut texts = vec![];
        for record in records {
            record.texts(&mut texts);
        }
        texts.retain(|text| !text.is_empty());
        texts.sort();
        texts.dedup();
        let mut keys = vec![];
        for field in FIELDS {
            // An address compares as an address, a set by its words: the table above tests them.
            let From::Columns(columns) = field.from else { continue };
            if matches!(field.kind, Kind::Word | Kind::Text) {
                let values = columns.iter().flat_map(|column| {
                    part.segment.column(*column).dict.values().skip(1).map(str::to_owned)
                });
                keys.push((field.name, values.collect()));
            }
        }
        let mut paths = vec![];
        for record in records {
            record.paths(&mut vec![], &mut paths);
        }
        paths.sort();
        paths.dedup();
        let paths = paths.into_iter().map(|names| {
            let mut ends = vec![];
            for record in records {
                record.ends(&names, &mut ends);
            }
            let scalars = ends.into_iter().filter_map(|end| match end {
                Value::Atom(text) | Value::Text(text) => Some(text),
                _ => None,
            });
            let scalars: Vec<String> = scalars.take(50).collect();
            (names, scalars)
        });
        let times = (0..part.segment.len()).map(|row| part.segment.time(row).0).collect();
        Self { texts, keys, paths: paths.collect(), times }
    }
}

/// Runs `n` filters made of what the records hold, and compares with the oracle row by row.
fn agrees(records: &[String], n: usize, seed: u64) {
    let part = part_of(records);
    let values: Vec<Value> = records.iter().map(|text| value(text).expect("JSON")).collect();
    let pool = Pool::of(&part, &values);
    let mut dice = Dice(seed);
    let (mut some, mut none, mut sifted) = (0, 0, 0);
    for _ in 0..n {
        let ask = dice.ask(&pool, 0);
        let text = ask.write();
        let plan = plan(&text);
        let found = eval(&plan, &part, NOW);
        // As quickly as it can be: by the columns it names, and by the runs of closed blocks.
        let quick = part_with(records, plan.columns());
        let raw = quick.segment.raw();
        raw.note_runs(raw.runs(0, raw.n_blocks()));
        assert!(raw.has_runs());
        assert_eq!(eval(&plan, &quick, NOW), found, "quickly: {text}");
        for (row, value) in values.iter().enumerate() {
            let wanted = ask.holds(&part, row, value);
            assert_eq!(found.has(row), wanted, "{text}\n{}\n{ask:?}", records[row]);
            let may = sift::may_keep(&plan, records[row].as_bytes());
            assert!(may || !wanted, "sifted out: {text}\n{}", records[row]);
            sifted += usize::from(!may);
        }
        if found.count() == 0 { none += 1 } else { some += 1 }
    }
    assert!(sifted > n, "records that need not be read: {sifted}");
    assert!(some > n / 4 && none > 0, "filters that keep some rows: {some}, none: {none}");
}

#[test]
fn agrees_with_the_oracle_on_odd_records() {
    agrees(&odd(), 4000, 7);
}

/// The data set beside the project; `None`, and said so, where it is not there.
fn data_set() -> Option<std::path::PathBuf> {
    let root = File::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if root.exists() {
        return Some(root);
    }
    let said = b"no ../shared/data here: nothing to compare with\n";
    let _ = std::io::Write::write_all(&mut std::io::stderr(), said);
    None
}

/// The records of a log object.
fn records_of(file: &File) -> Vec<String> {
    let bytes = std::fs::read(file).expect("a file of the data set");
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(&*bytes).read_to_string(&mut text).expect("gzip of text");
    let found = Json::checked(&text).expect("a log object").get("Records").expect("records");
    found.items().map(|record| record.text().to_owned()).collect()
}

#[test]
fn agrees_with_the_oracle_on_real_records() {
    let Some(root) = data_set() else { return };
    let mut records = vec![];
    let names = ["wrappers/ndjson/awsdocs.ndjson", "wrappers/ndjson/awsdocs-archive.ndjson"];
    for name in names {
        let text = std::fs::read_to_string(root.join(name)).expect("a file of the data set");
        records.extend(text.lines().map(str::to_owned));
    }
    for folder in ["s3/traildiscover", "s3/invictus", "s3/flaws-org"] {
        for file in objects(&root.join(folder)).into_iter().take(2) {
            records.extend(records_of(&file).into_iter().take(60));
        }
    }
    records.retain(|text| value(text).is_some() && text.len() < 20_000);
    agrees(&records, 400, 11);
}

#[test]
fn counts_of_a_real_attack() {
    let Some(root) = data_set() else { return };
    let records: Vec<String> =
        objects(&root.join("s3/invictus")).iter().flat_map(|file| records_of(file)).collect();
    let part = part_of(&records);
    // Counted by a few lines of Python over the same files.
    for (text, count) in [
        ("", 2900),
        ("err:*", 300),
        ("@denied", 60),
        ("event:assumerole", 49),
        ("iam:Get*", 194),
        ("\"not authorized\"", 58),
        ("boto3", 43),
        ("1.08", 2865),
        ("null", 0),
        ("STRATUS", 1934),
        ("bucketname", 245),
        ("\"\"\"]\"", 11),
        ("requestParameters.bucketName:*", 242),
        ("readOnly:false", 574),
        ("requestParameters:none", 333),
        ("ip:192.168.0.0/16", 2154),
        ("ip:secretsmanager,\"AWS Internal\"", 286),
        ("time:2023-07-10T12:00:00Z..2023-07-10T12:05:00Z", 219),
        ("time:12:00..12:05", 219),
        ("type:AWSService OR via:*", 353),
        ("@noise", 353),
        ("@errors", 300),
        ("@writes", 574),
        ("@login", 3),
    ] {
        assert_eq!(kept(&part, text).count(), count, "{text}");
    }
}

fn objects(folder: &File) -> Vec<std::path::PathBuf> {
    let mut found = vec![];
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<_> = std::fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "gz") {
                found.push(path);
            }
        }
    }
    found
}
