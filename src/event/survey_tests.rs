use proptest::prelude::*;

use super::*;

/// A record that holds a value.
fn holding(value: &str) -> String {
    format!(r#"{{"eventVersion":"1.08","eventSource":"x","v":{value}}}"#)
}

fn is_usual(text: &str) -> bool {
    records(text, false, &Secret::random(), None).is_some()
}

#[test]
fn the_usual_shapes_are_read_at_once() {
    let record = holding("[1,-0.5e+3,{\"a\":\"\\u00e9\\n\",\"b\":[]},true,null]");
    for text in [
        record.clone(),
        format!("{record}\n{record}"),
        format!("{record}\r\n{{ \"Records\" : [ {record} , {record} ] }}\n"),
        format!("  {{\"Records\":[{record}]}}"),
    ] {
        assert!(is_usual(&text), "{text}");
    }
    for text in [
        String::new(),
        "{\"Records\":[]}".to_owned(),
        format!("[{record}]"),
        format!("{{\"Records\":[{record}],\"more\":1}}"),
        format!("{record},{record}"),
        "{\"eventVersion\":\"1.08\"}".to_owned(),
        holding(&"[".repeat(80)),
    ] {
        assert!(!is_usual(&text), "{text}");
    }
    let spanning = record.replace(',', ",\n");
    assert!(is_usual(&spanning));
    assert!(
        records(&spanning, true, &Secret::random(), None).is_none(),
        "no value goes over lines"
    );
}

proptest! {
    /// What is taken for sound here is sound by the grammar of JSON, and the other way round.
    #[test]
    fn the_grammar_is_that_of_json(value in "[-0-9.eE+tru a\"\\\\u/\u{1}\u{7f}é\\[\\]{},:nl]{0,12}") {
        let text = holding(&value);
        let sound = Json::checked(&text).is_ok();
        prop_assert_eq!(is_usual(&text), sound, "{}", text);
    }

    #[test]
    fn numbers_are_those_of_json(value in "-?[0-9]{0,3}(\\.[0-9]{0,2})?([eE][+-]?[0-9]{0,2})?") {
        let text = holding(&value);
        prop_assert_eq!(is_usual(&text), Json::checked(&text).is_ok(), "{}", text);
    }
}
