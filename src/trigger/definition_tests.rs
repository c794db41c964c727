use super::*;
use crate::query::library::builtin;

impl Options {
    /// Those of a text, as the configuration would read them.
    pub(crate) fn all(text: &str) -> Vec<Self> {
        let table: toml::Table = toml::from_str(text).unwrap();
        let all = table["trigger"].as_array().unwrap().iter();
        let read = |one: &toml::Value| {
            let text = |key: &str| one.get(key)?.as_str().map(str::to_owned);
            let number = |key: &str| one.get(key)?.as_integer().map(|number| number as u32);
            let words = |key: &str| -> Vec<String> {
                let words = one.get(key).and_then(toml::Value::as_array).into_iter().flatten();
                words.map(|word| word.as_str().unwrap().to_owned()).collect()
            };
            Self {
                name: text("name").unwrap(),
                rules: words("rules"),
                min_severity: text("min-severity"),
                filter: text("filter"),
                every: text("every"),
                rate: text("rate"),
                run: words("run"),
                post: text("post"),
                headers: words("headers"),
                timeout: text("timeout"),
                at_once: number("at-once"),
                retries: number("retries"),
            }
        };
        all.map(read).collect()
    }
}

fn env(name: &str) -> Option<String> {
    (name == "TOKEN").then(|| "s3cret".to_owned())
}

fn of(text: &str) -> Result<Triggers, String> {
    let (written, presets) = (Options::all(text), builtin());
    let accounts = [("111122223333".to_owned(), "prod".to_owned())];
    let names = Names { presets: &presets, accounts: &accounts };
    let (triggers, left) = Triggers::of(&written, names, &env);
    // Without the environment nothing more is wrong, and nothing less but what is of it.
    let is_wrong = (0..written.len()).any(|at| check((at, &written), names).is_err());
    let is_of_env = left.iter().any(|why| why.contains("no variable"));
    assert!(is_of_env || is_wrong != left.is_empty(), "{left:?}");
    if left.is_empty() { Ok(triggers) } else { Err(left.join("\n")) }
}

/// A trigger with these lines.
fn with(lines: &str) -> Result<Triggers, String> {
    of(&format!("[[trigger]]\nname = \"a\"\n{lines}"))
}

#[test]
fn what_is_written_is_what_it_is() {
    let all = of(r#"
        [[trigger]]
        name = "page"
        min-severity = "high"
        rules = ["trail-stopped", "root-login"]
        run = ["/bin/page", "--now"]

        [[trigger]]
        name = "hook_2"
        filter = "@danger acct:prod"
        every = "event"
        post = "https://hooks.example:8443/x/${TOKEN}?a=b"
        rate = "2/1h"
        timeout = "30s"
        at-once = 1
        retries = 0
        headers = ["Authorization: Bearer ${TOKEN}", "X-Team: sec"]
    "#)
    .unwrap();
    let [page, hook] = &*all.all else { panic!() };
    assert_eq!((&*page.name, page.when.is_of_events()), ("page", false));
    assert_eq!(page.when.words(), "rules trail-stopped, root-login, high and above");
    assert_eq!(page.does.shown(), "/bin/page");
    assert_eq!((page.every, page.rate, page.timeout), (Every::Burst, RATE, TIMEOUT));
    assert_eq!((page.at_once, page.retries), (2, 3));
    assert!(hook.when.is_of_events());
    assert_eq!(hook.when.words(), "events @danger acct:prod");
    assert_eq!((hook.every, hook.rate.count, hook.rate.per), (Every::Event, 2, Millis::hours(1)));
    assert_eq!((hook.at_once, hook.retries, hook.timeout.as_secs()), (1, 0, 30));
    let Does::Post(post) = &hook.does else { panic!() };
    assert_eq!(post.uri().path(), "/x/s3cret");
    assert_eq!((post.place(), post.is_encrypted()), (("hooks.example", 8443), true));
    let token = &post.headers()[0];
    assert_eq!((token.0.as_str(), token.1.to_str().unwrap()), ("authorization", "Bearer s3cret"));
    // What is shown or printed holds neither the path nor a header.
    assert_eq!(hook.does.shown(), "https://hooks.example:8443/…");
    assert!(!format!("{all:?}").contains("s3cret"), "{all:?}");
    assert_eq!((all.named("hook_2"), all.named("x")), (Some(1), None));
}

#[test]
fn what_is_wrong_is_said() {
    let run = "run = [\"/bin/true\"]\n";
    let every = |more: &str| format!("{run}rules = [\"*\"]\n{more}");
    let cases = [
        (run.to_owned(), "it never fires"),
        ("rules = [\"*\"]".to_owned(), "it does nothing"),
        (every("post = \"https://x/\""), "two triggers"),
        (every("rate = \"fast\""), "is no rate"),
        (every("rate = \"0/1m\""), "not between"),
        (every("rate = \"1000/1s\""), "not between"),
        (every("timeout = \"1h\""), "\"1h\" is not between"),
        (every("timeout = \"1ms\""), "not between"),
        (every("at-once = 0"), "`at-once` is 1 to 8, not 0"),
        (every("retries = 2"), "a program is run once"),
        (every("headers = [\"A: b\"]"), "`headers` go with `post`"),
        (every("min-severity = \"loud\""), "\"loud\" is none of info"),
        (every("filter = \"evnt:x\""), "the filter is wrong"),
        (every("filter = \"  \""), "`filter` is empty"),
        (every("filter = \"sev:high\""), "`rules` and `min-severity`"),
        (every("filter = \"root:alice\""), "not known when an event comes in"),
        (every("filter = \"age:<5m\""), "not known when an event comes in"),
        ("rules = [\"*\"]\nrun = [\"\"]".to_owned(), "names no program"),
    ];
    for (lines, expected) in cases {
        let wrong = with(&lines).unwrap_err();
        assert!(wrong.contains(expected), "{lines}\n{wrong}");
    }
    let twice = format!("[[trigger]]\nname = \"a\"\n{}", every(""));
    assert!(of(&twice.repeat(2)).unwrap_err().contains("another trigger is called so"));
    assert!(of(&twice.replace("\"a\"", "\"\"")).unwrap_err().contains("has a `name`"));
    let many: String = (0..33).map(|at| twice.replace("\"a\"", &format!("\"a{at}\""))).collect();
    assert!(of(&many).unwrap_err().contains("more than 32 triggers"));
}

#[test]
fn where_to_post_is_checked_and_quotes_no_secret() {
    let post = |url: &str, headers: &str| {
        with(&format!("rules = [\"*\"]\npost = \"{url}\"\nheaders = [{headers}]\n"))
    };
    let cases = [
        ("ftp://x/", "", "no URL"),
        ("x", "", "no URL"),
        ("/path", "", "no URL"),
        ("https://", "", "no URL"),
        ("https://x/", "\"y\"", "is no header"),
        ("https://a:${TOKEN}@x/", "", "holds a password"),
        ("https://x/${NOPE}", "", "no variable \"NOPE\""),
        ("https://x/${TOKEN", "", "is not closed"),
        ("https://x/ ${TOKEN}", "", "no URL"),
        ("https://x/", "\"Host: y\"", "not yours to set"),
        ("https://x/", "\"a b: y\"", "no name of a header"),
        ("https://x/", "\"A: ${TOKEN}\\u0001\"", "cannot be sent"),
    ];
    for (url, headers, expected) in cases {
        let wrong = post(url, headers).unwrap_err();
        assert!(wrong.contains(expected) && !wrong.contains("s3cret"), "{url} {headers}\n{wrong}");
    }
    let is_open = |url: &str| match &post(url, "").unwrap().all[0].does {
        Does::Post(post) => post.is_open(),
        Does::Run(_) => panic!(),
    };
    assert!(is_open("http://hooks.example/") && !is_open("https://hooks.example/"));
    assert!(!is_open("http://localhost:80/") && !is_open("http://[::1]:9/"));
    assert!(!is_open("http://127.0.0.1/"));
}
