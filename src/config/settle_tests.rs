//! Faults are told with their place, and what is generated reads back.

use super::*;
use crate::config::file;
use crate::config::layers::{Origin, singles};
use crate::config::setting::SECTIONS;
use crate::config::show::{self, default_file};
use crate::ui::Themes;

fn read(text: &str) -> (File, Shelf, Vec<Fault>) {
    let text = Text { name: "c".into(), text: text.into() };
    let (file, mut faults) = file::read(text);
    let (shelf, more) = settle(&file, &Themes::default());
    faults.extend(more);
    (file, shelf, faults)
}

/// The faults of a text as a terminal would show them.
fn told(text: &str) -> String {
    let (file, _, faults) = read(text);
    faults.iter().map(|fault| file.text.render(fault)).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_fault_has_its_line_its_column_and_what_would_be_right() {
    // What is written, what is said, and what the carets stand under.
    let cases = [
        ("them = 1", "c:1:1: there is no setting `them`: did you mean `theme`?", "them"),
        (
            "\n\ntheme = \"drak\"",
            "c:3:9: there is no theme \"drak\", only dark, light, mono, colorblind, tritan, contrast, sixteen, ember: did you mean `dark`?",
            "\"drak\"",
        ),
        ("follow = \"yes\"", "c:1:10: `follow` is true or false: follow = true", "\"yes\""),
        (
            "[filters]\nmine = \"\\\"a\\\" -usr:bob\"",
            "c:2:16: no key `usr`; a path has a dot (`.usr`), text with a colon is quoted; try user:bob  or  \"usr:bob\"",
            "usr:bob",
        ),
        (
            "[keys]\npause = [\"x\", \"y y\"]\nmark = \"y y\"",
            "c:3:8: `y y` is bound already: to `pause` in line 2",
            "\"y y\"",
        ),
        (
            "\n\nnoise = \"hiden\"",
            "c:3:9: \"hiden\" is none of hidden, shown: did you mean `hidden`?",
            "\"hiden\"",
        ),
        (
            "[columns]\nstream = [\"time\", \"time\"]",
            "c:2:10: the column \"time\" is there twice",
            "[\"time\", \"time\"]",
        ),
        (
            "[keys]\npause = \"Ctrl-c\"",
            "c:2:9: Ctrl-c always leaves: it is not to be bound to `pause`",
            "\"Ctrl-c\"",
        ),
    ];
    let of_triggers = [
        (
            "rate = \"fast\"",
            "c:5:8: \"fast\" is no rate: write \"10/1m\" for ten in a minute",
            "\"fast\"",
        ),
        ("at-once = 9", "c:5:11: `at-once` is 1 to 8, not 9", "9"),
        (
            "evry = \"event\"",
            "c:5:1: [trigger] has no setting `evry`: did you mean `every`?",
            "evry",
        ),
        (
            "filter = \"sev:high\"",
            "c:5:10: `rule:` and `sev:` are `rules` and `min-severity` of a trigger",
            "\"sev:high\"",
        ),
        ("post = \"https://x/\"", "c:5:8: `run` and `post` are two triggers", "\"https://x/\""),
    ];
    let trigger = "[[trigger]]\nname = \"a\"\nrules = [\"*\"]\nrun = \"x\"\n";
    let of_triggers =
        of_triggers.map(|(line, said, marked)| (format!("{trigger}{line}"), said, marked));
    let cases = cases.map(|(text, said, marked)| (text.to_owned(), said, marked));
    for (text, said, marked) in cases.into_iter().chain(of_triggers) {
        let told = told(&text);
        let [first, line, carets] = told.lines().collect::<Vec<_>>()[..] else { panic!("{told}") };
        assert_eq!(first, said, "{text}");
        let at = carets.find('^').unwrap();
        assert_eq!(&line[at..at + marked.len()], marked, "{told}");
        assert_eq!(carets.matches('^').count(), marked.len(), "{told}");
    }
}

#[test]
fn the_default_says_what_holds_anyway_with_and_without_its_marks() {
    let whole = default_file();
    let bare = |line: &str| match line.strip_prefix('#') {
        Some(said) if !said.starts_with(' ') => said.to_owned(),
        _ => line.to_owned(),
    };
    let bare: Vec<String> = whole.lines().map(bare).collect();
    let none = Layers::of(&File::default(), &[], None).unwrap();
    let values = |layers: &Layers| -> Vec<[String; 2]> {
        layers.lines().into_iter().map(|[name, value, _]| [name, value]).collect()
    };
    for text in [whole.clone(), bare.join("\n")] {
        let (file, shelf, faults) = read(&text);
        assert_eq!(faults, [], "{}", told(&text));
        assert_eq!(shelf.warnings, []);
        assert_eq!(shelf.keymap.table(), Keymap::default().table());
        let layers = Layers::of(&file, &[], None).unwrap();
        assert_eq!(values(&layers), values(&none));
    }
    let (bare, ..) = read(&bare.join("\n"));
    let from_file = Layers::of(&bare, &[], None).unwrap();
    assert!(from_file.lines().iter().all(|[.., origin]| origin.starts_with("file")));
}

#[test]
fn the_examples_are_right() {
    for (section, setting, _) in singles() {
        let header = match section.name {
            "" => String::new(),
            name => format!("[{name}]\n"),
        };
        let text = format!("{header}{} = {}", setting.key, setting.example);
        assert_eq!(told(&text), "", "{text}");
    }
    let all: Vec<&str> = SECTIONS.iter().map(|section| section.example).collect();
    let (file, shelf, faults) = read(&all.join("\n"));
    assert_eq!(faults, [], "{}", told(&all.join("\n")));
    assert_eq!(shelf.presets.get("mine").map(|it| &*it.text), Some("@writes -user:deploy-bot"));
    assert!(show::contexts(&file, None).starts_with("@prod"));
}

#[test]
fn command_line_over_context_over_environment_over_file_over_default() {
    let (file, ..) = read(
        "theme = \"light\"\norder = \"arrival\"\nlistings = 100\n[context.prod]\ntheme = \"contrast\"\n",
    );
    let environment = [
        ("TRAILTOP_THEME".to_owned(), "mono".to_owned()),
        ("TRAILTOP_ORDER".to_owned(), "time".to_owned()),
        ("TRAILTOP_PROFILES".to_owned(), "a b".to_owned()),
    ];
    let prod = file.parts("context").next();
    let mut layers = Layers::of(&file, &environment, prod).unwrap();
    let mut aws = crate::cli::Aws {
        profile: vec![],
        region: vec!["eu-west-1".into()],
        role_arn: None,
        endpoint_url: None,
        requester_pays: false,
    };
    layers.fill_aws(&mut aws);
    assert_eq!(aws.profile, ["a", "b"]);
    let cases = [
        ("theme", "\"contrast\"", Origin::Context("prod".into(), 5)),
        ("order", "\"time\"", Origin::Environment("TRAILTOP_ORDER".into())),
        ("listings", "100", Origin::File(3)),
        ("regions", "[\"eu-west-1\"]", Origin::Typed("--region".into())),
        ("zone", "\"UTC\"", Origin::Default),
    ];
    for (name, value, origin) in cases {
        let (is, who) = layers.get(name).unwrap();
        assert_eq!((&*is.toml(), who), (value, &origin), "{name}");
    }
    let wrong = [("TRAILTOP_POLL".to_owned(), "3".to_owned())];
    let wrong = Layers::of(&file, &wrong, None).unwrap_err();
    assert_eq!(
        wrong,
        ["TRAILTOP_POLL=3: 3 is too small: a whole number, 0 or from 5 on is wanted"]
    );
}

#[test]
fn triggers_are_read_and_what_is_wrong_with_a_filter_is_told_once() {
    let text = "[[trigger]]\nname = \"a\"\nrules = \"root-login\"\npost = \"https://x/${NOT_SET}\"\nheaders = [\"A: b\"]\nretries = 0\n\n[[trigger]]\nname = \"b\"\nfilter = \"@mine\"\nrun = [\"x\", \"y\"]\n\n[filters]\nmine = \"@danger\"\n";
    let (_, shelf, faults) = read(text);
    assert_eq!(faults, []);
    let [a, b] = &*shelf.triggers else { panic!("{:?}", shelf.triggers) };
    assert_eq!(
        (&*a.rules, a.retries, &*a.headers),
        (&["root-login".to_owned()][..], Some(0), &["A: b".to_owned()][..])
    );
    assert_eq!((b.filter.as_deref(), b.run.len()), (Some("@mine"), 2));
    let told = told(&text.replace("@mine\"", "evnt:x\""));
    assert_eq!(told.matches("c:").count(), 1, "{told}");
}
