//! Paths, filters and nouns over parameters of every shape, and hostile ones.

use super::*;

fn json(text: &str) -> Json<'_> {
    Json::checked(text).expect("the test's own JSON")
}

#[test]
fn paths_open_lists_and_wrappers() {
    for (text, path, expected) in [
        (r#"{"a":{"b":"x"}}"#, "a.b", Some("x")),
        (r#"{"A":{"B":"x"}}"#, "a.b", Some("x")),
        (r#"{"a":{"items":[{"b":"x"},{"b":"y"}]}}"#, "a.b", Some("x,y")),
        (r#"{"a":{"tag":1,"content":"x"}}"#, "a", Some("x")),
        (r#"{"a":[{"tag":1,"content":"x"},{"tag":2,"content":"y"}]}"#, "a", Some("x,y")),
        (r#"{"a":["x","y"]}"#, "a", Some("x,y")),
        (r#"{"a":7}"#, "a", Some("7")),
        (r#"{"a":"arn:aws:iam::1:role/r"}"#, "a", Some("r")),
        (r#"{"a":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#, "a", None),
        (r#"{"a":{}}"#, "a", None),
        (r#"{"a":""}"#, "a", None),
        (r#"{"a":null}"#, "a", None),
        (r#"{"a":"x"}"#, "a.b", None),
        (r#""a""#, "a", None),
    ] {
        assert_eq!(at(json(text), path).as_deref(), expected, "{text} {path}");
    }
}

#[test]
fn filters() {
    for (text, pair, values) in [
        (
            r#"{"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"v"},{"value":"w"}]}},{"name":"x","valueSet":{"items":[{"value":"y"}]}}]}}"#,
            Some("vpc-id=v,w"),
            Some("v,w"),
        ),
        (
            r#"{"filters":[{"key":"InstanceIds","values":["i-1"]}]}"#,
            Some("InstanceIds=i-1"),
            Some("i-1"),
        ),
        (r#"{"parameterFilters":[{"key":"Name","values":["/a"]}]}"#, Some("Name=/a"), Some("/a")),
        (
            r#"{"Filter":{"Value":{"tag":1,"content":"v"},"tag":1,"Name":"vpc-id"}}"#,
            Some("vpc-id=v"),
            Some("v"),
        ),
        (r#"{"filterSet":{}}"#, None, None),
        (r#"{"filter":"text"}"#, None, None),
    ] {
        assert_eq!(filter(json(text), false).as_deref(), pair, "{text}");
        assert_eq!(filter(json(text), true).as_deref(), values, "{text}");
    }
}

#[test]
fn the_noun_of_the_event_names_its_target() {
    for (event, thing) in [
        ("DeleteTrustAnchor", "TrustAnchor"),
        ("ListBuckets", "Bucket"),
        ("BatchDeleteBuilds", "Build"),
        ("AdminDeleteUser", "User"),
        ("Ping", ""),
        ("", ""),
        ("é", ""),
    ] {
        assert_eq!(noun(event), thing, "{event}");
    }
    for (event, text, expected) in [
        ("DeleteTrustAnchor", r#"{"vpcId":"v","trustAnchorId":"t"}"#, Some("t")),
        ("DeleteDBSnapshot", r#"{"name":"n","dBSnapshotIdentifier":"s"}"#, Some("s")),
        ("DeleteThing", r#"{"clientRequestTokenId":"c","otherName":"o","arn":"a"}"#, Some("a")),
        ("DeleteThing", r#"{"maxResults":7,"otherName":"o"}"#, Some("o")),
        ("DeleteThings", r#"{"thingNames":["a","b"]}"#, Some("a,b")),
        ("DeleteThing", r#"{"kmsKeyId":"k","dryRun":true}"#, None),
    ] {
        assert_eq!(named(json(text), event, false).as_deref(), expected, "{event} {text}");
    }
    let made_one = r#"{"x":{"y":1},"trustAnchor":{"name":"n","trustAnchorId":"t"}}"#;
    assert_eq!(made(json(made_one), "CreateTrustAnchor").as_deref(), Some("t"));
}

#[test]
fn everything_is_bounded() {
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let deep = format!(r#"{{"a":{deep}}}"#);
    assert_eq!(at(Json::of(&deep), "a"), None);
    let wide = format!(r#"{{"a":[{}"x"]}}"#, r#""é","#.repeat(5000));
    let found = at(json(&wide), "a").expect("values");
    assert_eq!(found.split(',').count(), VALUES);
    let long = format!(r#"{{"a":["{0}","{0}"]}}"#, "é".repeat(2000));
    assert!(at(json(&long), "a").expect("a value").len() <= BYTES);
}
