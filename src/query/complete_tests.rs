//! What is offered at the cursor, marked `|` in each text.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::query::library;
use crate::query::parse;

static PRESETS: LazyLock<Presets> = LazyLock::new(library::builtin);

fn at(marked: &str) -> (String, Completion) {
    let cursor = marked.find('|').unwrap();
    let text = marked.replacen('|', "", 1);
    let completion = complete(&text, cursor, &PRESETS);
    (text, completion)
}

fn wants(completion: &Completion) -> String {
    match &completion.wants {
        Wants::Key => "key".to_owned(),
        Wants::Preset => "preset".to_owned(),
        Wants::Value(name) => name.to_string(),
        Wants::Name(under) => format!("name under {}", under.join("/")),
        Wants::Nothing => "nothing".to_owned(),
    }
}

#[test]
fn the_place_of_the_cursor_says_what_is_wanted() {
    for (marked, kind, replaced, typed) in [
        ("|", "key", "", ""),
        ("ev|", "key", "ev", "ev"),
        ("a ev|", "key", "ev", "ev"),
        ("-ev|", "key", "ev", "ev"),
        ("(ev|", "key", "ev", "ev"),
        ("-|", "key", "", ""),
        ("(|", "key", "", ""),
        ("a |b", "key", "", ""),
        ("@de|", "preset", "@de", "de"),
        ("-@|", "preset", "@", ""),
        ("@de|nied x", "preset", "@denied", "de"),
        ("event:|", "event", "", ""),
        ("event:Pu|", "event", "Pu", "Pu"),
        ("event:Pu|t x", "event", "Put", "Pu"),
        ("event:a,Pu|", "event", "Pu", "Pu"),
        ("event:a,|", "event", "", ""),
        ("event:=Pu|", "event", "=Pu", "Pu"),
        ("event:\"a b|", "event", "\"a b", "a b"),
        ("event:\"a|b\" x", "event", "\"ab\"", "a"),
        ("event:Pu*|", "event", "Pu*", "Pu"),
        ("(event:Pu|)", "event", "Pu", "Pu"),
        ("s3:Pu|", "event", "Pu", "Pu"),
        ("a.b:x|", "a.b", "x", "x"),
        ("verb:|", "verb", "", ""),
        ("requestParameters.|", "name under requestParameters", "", ""),
        ("-requestParameters.a.bu|", "name under requestParameters/a", "bu", "bu"),
        (".bu|", "name under ", "bu", "bu"),
        ("10.0.0|", "key", "10.0.0", "10.0.0"),
        ("event:/x|", "nothing", "", ""),
        ("nokey:x|", "nothing", "", ""),
        ("\"phrase\"|", "nothing", "", ""),
        ("a event:x y|", "key", "y", "y"),
    ] {
        let (text, completion) = at(marked);
        let found = (&text[completion.span.clone()], completion.typed.as_str());
        assert_eq!((wants(&completion).as_str(), found), (kind, (replaced, typed)), "{marked}");
    }
}

#[test]
fn candidates_that_need_no_data() {
    for (marked, first) in [
        ("ev|", &["event:", "eventTime:", "eventVersion:"][..]),
        ("rea|", &["readOnly:"]),
        ("@de|", &["@denied"]),
        ("verb:|", &["R", "W", "D"]),
        ("cat:n|", &["network"]),
        ("mfa:|", &["yes", "no"]),
        ("lag:|", &["<15m", ">1h"]),
        ("zzz|", &[]),
    ] {
        let (_, completion) = at(marked);
        let texts: Vec<_> = completion.candidates.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(texts[..first.len()], *first, "{marked}");
        assert!(!first.is_empty() || texts.is_empty(), "{marked}");
    }
}

#[test]
fn values_are_ranked_and_quoted() {
    let (_, completion) = at("event:ob|");
    let values =
        [("GetObject", 5), ("objects and more", 1), ("PutObject", 9), ("xoxb", 99), ("x", 1)];
    let ranked = completion.rank(values, 10);
    let texts: Vec<_> = ranked.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(texts, ["\"objects and more\"", "PutObject", "GetObject", "xoxb"]);
    assert_eq!(completion.rank(values, 1).len(), 1);
    let (_, completion) = at("event:=get|");
    assert_eq!(completion.rank(values, 1)[0].text, "=GetObject");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn never_panics_and_never_leaves_the_text(
        text in prop_oneof![any::<String>(), "(-|\\(|@)?(event|verb|a\\.b|iam)?[:,\"=/~ é]{0,3}[a-z]{0,3}\\)?[ \"]?(x:y)?"],
        beyond in 0usize..3,
    ) {
        for cursor in 0..text.len() + beyond {
            let completion = complete(&text, cursor, &PRESETS);
            prop_assert!(text.get(completion.span.clone()).is_some());
            prop_assert!(completion.span.start <= cursor);
        }
    }

    #[test]
    fn an_accepted_value_is_read_as_itself(value in "\\PC{1,12}") {
        let (text, completion) = at("event:x|");
        let typed = Completion { typed: String::new(), ..completion };
        let ranked = typed.rank([(value.as_str(), 1)], 1);
        let mut done = text;
        done.replace_range(typed.span.clone(), &ranked[0].text);
        let event = parse::name("event").unwrap();
        let wanted = crate::query::ast::Tree::Term(event, vec![crate::query::ast::Item::Text(value)]);
        prop_assert_eq!(parse::parse(&done, &PRESETS), Ok(wanted));
    }
}
