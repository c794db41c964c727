//! What each kind of value matches, one row a case.

use super::*;
use crate::query::ast::Key;
use crate::query::path::Path;

fn key(name: &str) -> Name {
    Name::Key(Key::of(name).unwrap())
}

fn path() -> Name {
    Name::Path(Path::of(vec!["a".to_owned()]).unwrap())
}

fn text(text: &str) -> Item {
    Item::Text(text.to_owned())
}

#[test]
fn texts_that_match_and_texts_that_do_not() {
    let compare = |order, operand: &str| Item::Compare(order, operand.to_owned());
    let range = |from: &str, to: &str| Item::Range(Some(from.to_owned()), Some(to.to_owned()));
    for (name, item, yes, no) in [
        (key("err"), text("accessdenied"), "AccessDenied", "AccessDeniedException"),
        (key("msg"), text("not AUTH"), "is not authorized", "notauth"),
        (key("user"), Item::Exact("Alice".to_owned()), "Alice", "alice"),
        (key("target"), Item::Glob("a*c".to_owned()), "xabcx", "xcbax"),
        (key("user"), Item::Glob("a*c".to_owned()), "ABC", "abcd"),
        (key("err"), Item::Regex("(?-i)^Acc".to_owned()), "AccX", "accX"),
        (key("err"), Item::Regex("denied$".to_owned()), "AccessDENIED", "deniedX"),
        (key("event"), Item::Letters("cak".to_owned()), "CreateAccessKey", "kac"),
        (key("ip"), text("10.0.0.0/8"), "10.255.1.1", "11.0.0.1"),
        (key("ip"), text("::1"), "0:0:0:0:0:0:0:1", "::2"),
        (key("ip"), text("1.2.3.4"), "::ffff:1.2.3.4", "1.2.3.5"),
        (key("ip"), text("2001:db8::/32"), "2001:db8::7", "10.0.0.1"),
        (key("ip"), text("AWS Internal"), "aws internal", "AWS"),
        (key("sev"), compare(Order::From, "high"), "critical", "medium"),
        (key("sev"), range("low", "HIGH"), "high", "info"),
        (path(), compare(Order::Above, "1.5"), "1.51", "1.50"),
        (path(), range("1", "2"), "2", "2.1"),
        (path(), compare(Order::Below, "5"), "4", "x"),
        (
            path(),
            range("2023-07-10T00:00:00Z", "2023-07-11T00:00:00Z"),
            "2023-07-10T23:59:59Z",
            "2023-07-11T00:00:00Z",
        ),
    ] {
        let test = Test::of(&name, &item).unwrap().unwrap();
        assert!(test.holds(yes), "{name}:{item:?} {yes}");
        assert!(!test.holds(no), "{name}:{item:?} {no}");
    }
}

#[test]
fn wrong_values_say_what_would_be_right() {
    for (name, item, says) in [
        ("ip", "300.1.1.1", "address"),
        ("ip", "10.0.0.0/40", "CIDR"),
        ("ip", "fe80:::1", "address"),
        ("verb", "X", "R, W, D"),
        ("mfa", "true", "yes, no"),
        ("src", "bucket", "history, s3"),
        ("sev", "urgent", "critical"),
        ("time", "noon", "RFC 3339"),
        ("age", "15", "15m"),
    ] {
        let fault = check(&key(name), &text(item)).unwrap_err();
        assert!(fault.reason.contains(says), "{name}:{item} {}", fault.reason);
    }
    let fault = check(&key("err"), &Item::Regex("(a".to_owned())).unwrap_err();
    assert!(fault.reason.contains("unclosed group"), "{}", fault.reason);
    let bomb = Item::Regex("(a{1000}){1000}".to_owned());
    assert!(check(&key("err"), &bomb).unwrap_err().reason.contains("size limit"));
}

#[test]
fn what_may_be_left_out() {
    for (name, column, value, item, holds) in [
        ("verb", Column::Verb, "D", "w", true),
        ("verb", Column::Verb, "D", "D", true),
        ("verb", Column::Verb, "W", "D", false),
        ("verb", Column::Verb, "R", "W", false),
        ("svc", Column::Service, "s3.amazonaws.com", "S3", true),
        ("svc", Column::Service, "s3.amazonaws.com", "s3.amazonaws.com", true),
        ("svc", Column::Service, "s3express.amazonaws.com", "s3", false),
        ("svc", Column::Service, "é.amazonaws.co", "é", false),
        ("event", Column::Event, "Invoke20150331v2", "invoke", true),
        ("event", Column::Event, "Invoke20150331v2", "Invoke20150331v2", true),
        ("ip", Column::Ip, "lambda.amazonaws.com", "lambda", true),
        ("via", Column::Via, "lambda.amazonaws.com", "lambda", false),
    ] {
        let test = Test::of(&key(name), &text(item)).unwrap().unwrap();
        assert_eq!(any_holds(&[test], column, value), holds, "{name}:{item} {value}");
    }
}
