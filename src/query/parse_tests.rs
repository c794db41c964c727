//! The language, one row a case: what a filter reads as, and what is wrong with one that cannot be
//! read.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::query::library;
use crate::query::path::Path;

static PRESETS: LazyLock<Presets> = LazyLock::new(library::builtin);

fn read(text: &str) -> Result<Tree, Vec<Diagnostic>> {
    parse(text, &PRESETS)
}

/// Filters and how they print. A filter that differs from its print must read the same.
const FILTERS: &[(&str, &str)] = &[
    ("", ""),
    ("  \t ", ""),
    ("word", "word"),
    ("a b", "a b"),
    ("a AND b", "a b"),
    ("a b OR c", "a b OR c"),
    ("a (b OR c)", "a (b OR c)"),
    ("(a b) c", "a b c"),
    ("((a))", "a"),
    ("(a)b", "a b"),
    ("(a)(b)", "a b"),
    ("NOT a", "-a"),
    ("NOT(a OR b)", "-(a OR b)"),
    ("-a", "-a"),
    ("-(a b)", "-(a b)"),
    ("-(-a)", "a"),
    ("a OR b OR c", "a OR b OR c"),
    ("(a OR b) OR c", "a OR b OR c"),
    ("and or not", "and or not"),
    ("\"AND\"", "\"AND\""),
    ("ANDy", "ANDy"),
    ("a-b", "a-b"),
    ("foo(bar", "\"foo(bar\""),
    ("foo)", "\"foo)\""),
    ("a,b", "\"a,b\""),
    ("\"two words\"", "\"two words\""),
    ("\"say \"\"hi\"\"\"", "\"say \"\"hi\"\"\""),
    ("\"C:\\temp\\\"", "\"C:\\temp\\\""),
    ("\"-x\"", "\"-x\""),
    ("\"@x\"", "\"@x\""),
    ("/aws/lambda", "/aws/lambda"),
    ("*", "*"),
    ("none", "none"),
    ("12:30", "\"12:30\""),
    ("2001:db8::1", "\"2001:db8::1\""),
    ("::1", "\"::1\""),
    ("arn:aws:iam::1:user/alice", "\"arn:aws:iam::1:user/alice\""),
    ("arn:aws-us-gov:s3:::b", "\"arn:aws-us-gov:s3:::b\""),
    ("-arn:aws:iam::1:user/x", "-\"arn:aws:iam::1:user/x\""),
    ("arn:=arn:aws:iam::1:user/x", "arn:=arn:aws:iam::1:user/x"),
    ("arn:*:user/alice", "arn:*:user/alice"),
    ("arn:aws", "arn:aws"),
    ("event:PutObject", "event:PutObject"),
    ("Event:PutObject", "event:PutObject"),
    ("event:a,b,c", "event:a,b,c"),
    ("event:\"a b\",c", "event:\"a b\",c"),
    ("event:=Put*", "event:=Put*"),
    ("event:=\"Put *\"", "event:=\"Put *\""),
    ("event:\"Put*\"", "event:\"Put*\""),
    ("event:Put*", "event:Put*"),
    ("event:/^Put|^Get{1,2}/,x", "event:/^Put|^Get{1,2}/,x"),
    ("(event:/(a|b)/)", "event:/(a|b)/"),
    ("event:/aws/lambda", "event:\"/aws/lambda\""),
    ("event:/a\\/,b/,c", "event:/a\\/,b/,c"),
    ("event:/", "event:\"/\""),
    ("event:~cak", "event:~cak"),
    ("event:~\"c k\"", "event:~\"c k\""),
    ("event:*", "event:*"),
    ("event:none", "event:none"),
    ("event:\"none\"", "event:\"none\""),
    ("event:*,none", "event:*,none"),
    ("event:a..b", "event:\"a..b\""),
    ("event:>5", "event:\">5\""),
    ("event:=>5", "event:=>5"),
    ("result:none", "result:none"),
    ("event:(x", "event:\"(x\""),
    ("event:(x y)", "event:\"(x\" \"y)\""),
    ("event:x)", "event:\"x)\""),
    ("(event:x)", "event:x"),
    ("event:x)*", "event:x)*"),
    ("time:12:00..12:05", "time:12:00..12:05"),
    ("time:2023-07-10T12:00:07Z..", "time:2023-07-10T12:00:07Z.."),
    ("time:..2023-07-10", "time:..2023-07-10"),
    ("time:>=12:04", "time:>=12:04"),
    ("time:\"2023-07-10 12:00:07\"", "time:\"2023-07-10 12:00:07\""),
    ("time:>\"2023-07-10 12:00:07\"", "time:>\"2023-07-10 12:00:07\""),
    ("age:<15m", "age:<15m"),
    ("lag:5m..1h30m", "lag:5m..1h30m"),
    ("sev:>=high", "sev:>=high"),
    ("sev:low..high", "sev:low..high"),
    ("verb:w,d", "verb:w,d"),
    ("mfa:no", "mfa:no"),
    ("src:s3,history", "src:s3,history"),
    ("ip:10.0.0.0/8,::1,cloudtrail.amazonaws.com", "ip:10.0.0.0/8,::1,cloudtrail.amazonaws.com"),
    ("ip:10.0.*", "ip:10.0.*"),
    ("iam:CreateUser", "svc:iam event:CreateUser"),
    ("s3:Put*,Get*", "svc:s3 event:Put*,Get*"),
    ("-iam:CreateUser", "-(svc:iam event:CreateUser)"),
    ("iam:CreateUser OR x", "svc:iam event:CreateUser OR x"),
    ("cloudwatch:DeleteAlarms", "svc:monitoring event:DeleteAlarms"),
    ("readOnly:false", "readOnly:false"),
    ("readonly:false", "readonly:false"),
    ("vpcEndpointId:*", "vpcEndpointId:*"),
    (".readOnly:false", "readOnly:false"),
    (".bucketName:x", ".bucketName:x"),
    ("requestParameters.bucketName:x", "requestParameters.bucketName:x"),
    ("a.\"b.c\".d:x", "a.\"b.c\".d:x"),
    (".\"a b\":x", ".\"a b\":x"),
    (".10.x:1", ".\"10\".x:1"),
    ("10.0.0.1:443", "\"10.0.0.1:443\""),
    ("a.b:>5", "a.b:>5"),
    ("a.b:>x", "a.b:\">x\""),
    ("a.b:1..2.5", "a.b:1..2.5"),
    ("a.b:1..x", "a.b:\"1..x\""),
    ("a.b:..", "a.b:\"..\""),
    ("a.b:2023-07-10T12:00:07Z..", "a.b:2023-07-10T12:00:07Z.."),
    ("@denied -@noise", "@denied -@noise"),
    ("@DENIED", "@denied"),
    ("x.y", "x.y"),
];

#[test]
fn filters_read_and_print() {
    for (text, print) in FILTERS {
        let tree = read(text).unwrap_or_else(|wrong| panic!("{text}: {}", wrong[0].render(text)));
        assert_eq!(tree.to_string(), *print, "{text}");
        assert_eq!(read(print).as_ref(), Ok(&tree), "{text} printed as {print}");
    }
}

/// Filters that are wrong: where, a part of the reason, and the first suggestion.
const WRONG: &[(&str, Range<usize>, &str, &str)] = &[
    ("evnt:x", 0..6, "no key `evnt`", "event:x"),
    ("a userr:x", 2..9, "no key `userr`", "user:x"),
    ("account:1", 0..9, "no key `account`", "acct:1"),
    ("https://x", 0..9, "no key `https`", "\"https://x\""),
    ("evnt:\"a b\",c d", 0..12, "no key `evnt`", "event:\"a b\",c"),
    ("@nosie", 0..6, "no preset", "@noise"),
    ("@", 0..1, "no preset", "\"@\""),
    ("event:", 6..6, "a value is missing", "*"),
    ("event: x", 6..6, "a value is missing", "*"),
    ("event:a,", 8..8, "a value is missing", "*"),
    ("event:,a", 6..6, "a value is missing", "*"),
    ("event:=", 6..7, "a value is missing", "*"),
    ("event:\"\"", 6..8, "`none`", "*"),
    ("\"\"", 0..2, "empty phrase", ""),
    ("event:/(/", 6..9, "unclosed group", "\"/(/\""),
    ("event:/a(?=b)/", 6..14, "look-around", "\"/a(?=b)/\""),
    ("event://", 6..8, "regular expression is empty", "\"//\""),
    ("time:noon", 5..9, "RFC 3339", ""),
    ("time:12:05..12:00", 5..17, "ends before it begins", ""),
    ("time:..", 5..7, "RFC 3339", ""),
    ("sev:..", 4..6, "info, low", ""),
    ("\"a\":x", 0..5, "begins with a dot", ".\"a\":x"),
    ("time:Put*", 5..9, "RFC 3339", ""),
    ("age:15", 4..6, "15m", ""),
    ("lag:>x", 4..6, "15m", ""),
    ("ip:300.1.1.1", 3..12, "CIDR", ""),
    ("verb:X", 5..6, "R, W, D", ""),
    ("verb:write", 5..10, "R, W, D", "W"),
    ("cat:mgmt", 4..8, "management, data", ""),
    ("cat:manage", 4..10, "management, data", "management"),
    ("mfa:true", 4..8, "yes, no", "yes"),
    ("sev:>urgent", 4..11, "info, low", ""),
    ("event:(Put* OR Get*) x", 6..20, "commas", "Put*,Get*"),
    ("(a", 0..1, "not closed", "(a)"),
    ("(a (b)", 0..1, "not closed", "(a (b))"),
    ("a )", 2..3, "no group is open", "\")\""),
    ("()", 0..2, "empty", "\"()\""),
    ("AND a", 0..3, "between two terms", "\"AND\""),
    ("a OR", 2..4, "between two terms", "\"OR\""),
    ("a AND OR b", 2..5, "between two terms", "\"AND\""),
    ("OR", 0..2, "between two terms", "\"OR\""),
    ("(OR a)", 1..3, "between two terms", "\"OR\""),
    ("NOT", 0..3, "before what it negates", "\"NOT\""),
    ("NOT NOT a", 4..7, "negated once", ""),
    ("NOT -a", 4..5, "negated once", ""),
    ("- a", 0..1, "directly before", "\"-\""),
    ("--a", 0..3, "negates only once", "\"--a\""),
    ("-AND", 0..1, "before what it negates", "\"-\""),
    ("\"open", 0..5, "not closed", "\"open\""),
    ("event:\"open", 6..11, "not closed", "\"open\""),
    ("\"a\"b", 0..4, "follows the closing quote", "\"a\"\"b\""),
    ("\"say \\\"hi\\\"\"", 0..12, "written twice", "\"say \"\"hi\"\"\""),
    ("a\nb", 1..2, "one line", " "),
];

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, span, reason, suggestion) in WRONG {
        let wrong = read(text).expect_err(text);
        let first = &wrong[0];
        assert_eq!(&first.span, span, "{text}: {}", first.line());
        assert!(first.reason.contains(reason), "{text}: {}", first.line());
        let offered = first.suggestions.first().map_or("", String::as_str);
        assert_eq!(offered, *suggestion, "{text}: {}", first.line());
        assert!(first.render(text).lines().count() >= 3);
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let wrong = read("evnt:x time:noon (a @nothing").unwrap_err();
    let spans: Vec<_> = wrong.iter().map(|wrong| wrong.span.clone()).collect();
    assert_eq!(spans, [0..6, 12..16, 17..18, 20..28]);
}

#[test]
fn nesting_is_bounded() {
    let nested = |n: usize| format!("{}a{}", "(".repeat(n), ")".repeat(n));
    assert!(read(&nested(MAX_DEPTH)).is_ok());
    for n in [MAX_DEPTH + 1, 100_000] {
        assert!(read(&nested(n)).unwrap_err()[0].reason.contains("64 deep"));
    }
    assert!(read(&"(".repeat(100_000)).is_err());
}

#[test]
fn names_are_read_alone() {
    assert_eq!(name("svc"), Ok(Name::Key(Key::of("svc").unwrap())));
    let path = |names: &[&str]| Path::of(names.iter().map(ToString::to_string).collect()).unwrap();
    let bucket = path(&["requestParameters", "bucketName"]);
    assert_eq!(name("requestParameters.bucketName"), Ok(Name::Path(bucket)));
    assert_eq!(name(".x"), Ok(Name::Path(path(&["x"]))));
    for wrong in ["", "service", "a b", "iam", "svc:", "x:y", "\""] {
        assert!(name(wrong).is_err(), "{wrong}");
    }
    assert_eq!(name("service").unwrap_err().suggestions[0], "svc");
}

#[test]
fn glob_with_a_parenthesis_survives_a_group() {
    let tree = Tree::or([read("event:x)*").unwrap(), read("a").unwrap()]);
    let tree = Tree::and([tree, read("b").unwrap()]);
    assert_eq!(tree.to_string(), "(event:/^x\\)[\\s\\S]*$/ OR a) b");
    assert!(read(&tree.to_string()).is_ok());
}

/// Text of the kind that breaks parsers.
fn nasty() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,6}",
        "[ -~]{1,12}",
        "\\PC{1,8}",
        "[\"\\\\(),:@*=~/<>. -]{1,8}",
        Just("AND".to_owned()),
        Just("none".to_owned()),
        Just("*".to_owned()),
        Just("a..b".to_owned()),
        Just("/x/".to_owned()),
        Just("a\nb\t\u{a0}c".to_owned()),
        any::<String>().prop_filter("not empty", |text| !text.is_empty()),
    ]
}

fn key(name: &str) -> Name {
    Name::Key(Key::of(name).unwrap())
}

fn item() -> impl Strategy<Value = Item> {
    prop_oneof![
        4 => nasty().prop_map(Item::Text),
        2 => nasty().prop_map(Item::Exact),
        1 => nasty().prop_map(Item::Letters),
        1 => "[a-z:.]{0,4}\\*[a-z*:=]{1,4}".prop_map(Item::Glob),
        1 => "[a-z,|()\\\\.]{1,6}"
            .prop_filter("compiles", |text| regex::Regex::new(text).is_ok())
            .prop_map(Item::Regex),
        1 => Just(Item::Present),
        1 => Just(Item::Absent),
    ]
}

fn ordered() -> impl Strategy<Value = (Name, Item)> {
    let order =
        prop_oneof![Just(Order::Above), Just(Order::From), Just(Order::Below), Just(Order::UpTo)];
    let minute = (0u32..24, 0u32..60).prop_map(|(h, m)| format!("{h:02}:{m:02}"));
    prop_oneof![
        (order.clone(), minute).prop_map(|(order, text)| (key("time"), Item::Compare(order, text))),
        (order, 1u32..99)
            .prop_map(|(order, n)| (key("age"), Item::Compare(order, format!("{n}m")))),
        (0u32..9, 9u32..99).prop_map(|(a, b)| {
            let end = |n: u32| Some(format!("{n}s"));
            (key("lag"), Item::Range(end(a), end(b)))
        }),
        (0u32..9).prop_map(|n| (key("lag"), Item::Range(None, Some(format!("{n}h"))))),
        (0i32..9).prop_map(|n| {
            let path = Path::of(vec!["a".to_owned(), "b".to_owned()]).unwrap();
            (Name::Path(path), Item::Range(Some((-n).to_string()), Some(format!("{n}.50"))))
        }),
    ]
}

fn leaf() -> impl Strategy<Value = Tree> {
    let path =
        prop::collection::vec(nasty(), 1..4).prop_map(|names| Name::Path(Path::of(names).unwrap()));
    let plain = prop::sample::select(vec!["event", "who", "target", "err", "msg", "arn"]);
    let name = prop_oneof![2 => plain.prop_map(key), 1 => path];
    let presets: Vec<Tree> = PRESETS
        .iter()
        .map(|preset| Tree::Preset(preset.name.clone(), Arc::clone(&preset.tree)))
        .collect();
    prop_oneof![
        3 => nasty().prop_map(Tree::Text),
        4 => (name, prop::collection::vec(item(), 1..4))
            .prop_map(|(name, items)| Tree::Term(name, items)),
        1 => ordered().prop_map(|(name, item)| Tree::Term(name, vec![item])),
        1 => prop::sample::select(presets),
        1 => Just(Tree::Term(key("verb"), vec![Item::Text("w".to_owned())])),
        1 => Just(Tree::Term(key("result"), vec![Item::Text("none".to_owned())])),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Tree::and),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Tree::or),
            inner.prop_map(Tree::negated),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_printed_tree_reads_as_itself(tree in tree()) {
        let text = tree.to_string();
        let again = read(&text);
        prop_assert_eq!(again.as_ref(), Ok(&tree), "{}", text);
    }

    #[test]
    fn any_text_gives_a_tree_or_says_why(text in prop_oneof![
        any::<String>(),
        "[a-z:\"()@*=~/<>., -]{0,24}",
        "((event|who|time|a\\.b|iam|arn)?:?[\"(/=~<>]{0,2}[a-z0-9]{0,3}[\")/*,. ]{0,3}(AND|OR|NOT| -)?){0,5}",
    ]) {
        match read(&text) {
            Ok(tree) => {
                let print = tree.to_string();
                let again = read(&print).expect(&print);
                // A pattern with a `)` that came into a group is printed as a regular expression.
                if text.contains(')') && text.contains('*') {
                    prop_assert_eq!(again.to_string(), print, "{}", text);
                } else {
                    prop_assert_eq!(again, tree, "{} printed {}", text, print);
                }
            }
            Err(wrong) => {
                prop_assert!(!wrong.is_empty());
                for one in &wrong {
                    prop_assert!(text.get(one.span.clone()).is_some(), "{:?}", one);
                    one.render(&text);
                }
            }
        }
    }

    #[test]
    fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_quoted_value_is_the_value(value in nasty()) {
        let text = format!("event:{} x", literal::quote(&value));
        let exact = Tree::Term(key("event"), vec![Item::Exact(value.clone())]);
        prop_assert_eq!(read(&text), Ok(Tree::and([exact, Tree::Text("x".to_owned())])));
        let text = format!("event:{} x", literal::item(&value));
        let plain = Tree::Term(key("event"), vec![Item::Text(value)]);
        prop_assert_eq!(read(&text), Ok(Tree::and([plain, Tree::Text("x".to_owned())])));
    }
}
