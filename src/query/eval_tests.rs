//! Plans run over records, twice: by a table of what must be kept, and against an oracle that knows
//! the language only from product.md and walks each record from its text.

use std::io::Read as _;
use std::path::Path as File;
use std::sync::LazyLock;

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
use crate::query::predicate::faces;
use crate::query::preset::Presets;
use crate::query::sift;
use crate::store::segment::{Birth, Builder, RowId};

#[path = "eval_dice_tests.rs"]
mod dice;
#[path = "eval_oracle_tests.rs"]
mod oracle;

use dice::{Dice, Pool};
use oracle::{Value, value};

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

/// Runs `n` filters made of what the records hold, and compares with the oracle row by row.
fn agrees(records: &[String], n: usize, seed: u64) {
    let part = part_of(records);
    let values: Vec<Value> = records.iter().map(|text| value(text).expect("JSON")).collect();
    let pool = Pool::of(&part, &values);
    let mut dice = Dice(seed);
    let (mut some, mut none, mut sifted, mut named) = (0, 0, 0, 0);
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
            if let Some(events) = plan.events() {
                let faces = faces(Column::Event, part.text(row, Column::Event));
                let mut faces = faces.into_iter().flatten().map(str::to_ascii_lowercase);
                let is_named = faces.any(|face| events.contains(&face));
                assert!(is_named || !wanted, "not among its events: {text}\n{}", records[row]);
                named += usize::from(!is_named);
            }
        }
        if found.count() == 0 { none += 1 } else { some += 1 }
    }
    assert!(sifted > n, "records that need not be read: {sifted}");
    assert!(named > n / 10, "records of other events than a plan names: {named}");
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
