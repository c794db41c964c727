//! An empty answer offers the value that was perhaps meant: `user:alcie` has none, alice has 31.

use crate::app::ask;
use crate::app::state::App;
use crate::event::field::From;
use crate::pane::contract::Asked;
use crate::query::ast::{Item, Key, Name, Tree};
use crate::query::literal;
use crate::query::parse::{nearest, parse};
use crate::query::question::{Asker, ValuesWanted};

/// A value that is there, for one that was asked for and is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// The filter with that value instead.
    pub filter: String,
    /// The value.
    pub value: String,
    /// How many rows of the window have it.
    pub rows: u64,
}

/// What to look up after an empty answer.
pub(crate) fn wanted(app: &App) -> Option<ValuesWanted> {
    let (key, _) = term(&parse(&app.asked.filter, &app.options.presets).ok()?)?;
    let From::Columns(columns) = key.row().from else { return None };
    let all = Asked { window: app.asked.window, ..Asked::default() };
    let among = ask::question(&all, app.question, app.known()).ok()?;
    Some(ValuesWanted {
        asker: Asker::Nearest,
        id: app.question,
        columns,
        containing: String::new(),
        rest: String::new(),
        among: Some(among),
    })
}

/// Takes values that were looked up; answers to older questions are dropped.
pub(crate) fn take(app: &mut App, id: u64, values: &[(String, u64)]) {
    app.near = if id == app.question { near(app, values) } else { None };
}

fn near(app: &App, values: &[(String, u64)]) -> Option<Near> {
    let (key, typed) = term(&parse(&app.asked.filter, &app.options.presets).ok()?)?;
    let names = values.iter().map(|(value, _)| value.as_str());
    let value = *nearest(&typed, names).first()?;
    let rows = values.iter().find(|(known, _)| known == value)?.1;
    let (old, new) = (format!("{}:{typed}", key.row().name), literal::item(value));
    let filter = app.asked.filter.replacen(&old, &format!("{}:{new}", key.row().name), 1);
    (filter != app.asked.filter).then(|| Near { filter, value: value.to_owned(), rows })
}

/// The first term that compares a key with one word.
fn term(tree: &Tree) -> Option<(Key, String)> {
    match tree {
        Tree::Term(Name::Key(key), items) => match items.as_slice() {
            [Item::Text(typed)] => Some((*key, typed.clone())),
            _ => None,
        },
        Tree::And(trees) => trees.iter().find_map(term),
        Tree::Everything
        | Tree::Or(_)
        | Tree::Not(_)
        | Tree::Text(_)
        | Tree::Preset(..)
        | Tree::Term(Name::Path(_), _) => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::app::msg::Msg;
    use crate::app::script::Script;
    use crate::engine::search::News;
    use crate::query::question::Asker;

    fn answer(script: &mut Script, values: &[(&str, u64)]) {
        let mine = script.values.iter().rfind(|(asker, _)| *asker == Asker::Nearest);
        let (asker, id) = *mine.expect("values were asked for");
        let values = values.iter().map(|(value, rows)| ((*value).to_owned(), *rows)).collect();
        script.tell(Msg::News(News::Values(asker, id, values)));
    }

    #[test]
    fn an_empty_answer_offers_what_was_perhaps_meant_and_enter_tries_it() {
        let mut script = Script::demo(120, 35, 400);
        script.keys("/").types("user:ci-depoly").keys("Enter");
        answer(&mut script, &[("gha-terraform", 90), ("ci-deploy", 31)]);
        assert!(script.text().contains("ci-deploy has 31: Enter tries it."), "{}", script.text());
        script.keys("Enter");
        assert_eq!(script.app.asked.filter, "user:ci-deploy");
        assert!(script.app.layers.is_empty());
    }

    #[test]
    fn what_is_far_off_is_not_offered() {
        let mut script = Script::demo(120, 35, 400);
        script.keys("/").types("user:zzzzzz -verb:R").keys("Enter");
        answer(&mut script, &[("ci-deploy", 31)]);
        assert!(!script.text().contains("tries it"));
        script.keys("Enter");
        assert_eq!(script.app.asked.filter, "user:zzzzzz -verb:R");
    }
}
