//! Filters that can be read and yet hardly mean what they say. A hint stands beside the answer,
//! above all where the answer is empty; it never makes a filter wrong.

use crate::query::ast::Name;
use crate::query::diagnostic::Diagnostic;
use crate::query::literal;
use crate::query::token::{self, Head, Lexeme};

/// Words of other languages, and what stands for them here.
const OPERATORS: [(&str, &str); 6] =
    [("and", "AND"), ("or", "OR"), ("not", "NOT"), ("&&", "AND"), ("||", "OR"), ("!", "NOT")];

/// What the words of a filter were perhaps meant to be; suggestions replace the span.
pub fn hints(text: &str) -> Vec<Diagnostic> {
    let (tokens, _) = token::tokens(text);
    let words = tokens.into_iter().filter_map(|token| match token.lexeme {
        Lexeme::Word(word) => Some((token.span, word)),
        _ => None,
    });
    words
        .filter_map(|(span, word)| {
            let (reason, suggestion) = hint(&word)?;
            let quoted = literal::quoted(&word);
            Some(Diagnostic::new(span, reason).or(suggestion).or(quoted))
        })
        .collect()
}

fn hint(word: &str) -> Option<(String, String)> {
    let operator = |(other, _): &&(&str, &str)| word.eq_ignore_ascii_case(other);
    if let Some((_, sign)) = OPERATORS.iter().find(operator) {
        return Some((format!("`{word}` is looked for as text"), (*sign).to_owned()));
    }
    if let Some(rest) = word.strip_prefix('!').filter(|rest| !rest.is_empty()) {
        return Some((format!("`{word}` is looked for as text"), format!("-{rest}")));
    }
    if let Some((key, value)) = word.split_once('=')
        && let Some(Head::Name(Name::Key(key))) = token::head(key)
    {
        let name = key.row().name;
        return Some((format!("`{word}` is looked for as text"), format!("{name}:{value}")));
    }
    let is_pattern = word.len() > 1 && word.contains('*');
    let is_regex = word.len() > 2 && word.starts_with('/') && word.ends_with('/');
    (is_pattern || is_regex).then(|| {
        let reason = format!("`{word}` is looked for as text: patterns are values of a key");
        (reason, format!("event:{word}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_look_like_something_else() {
        for (text, first) in [
            ("a or b", Some("OR")),
            ("a && b", Some("AND")),
            ("!a", Some("-a")),
            ("Put*", Some("event:Put*")),
            ("/put/", Some("event:/put/")),
            ("event=PutObject", Some("event:PutObject")),
            ("user:bob a=b", None),
            ("\"a or b\" OR \"or\"", None),
            ("/aws/lambda", None),
            ("*", None),
        ] {
            let found = hints(text).first().map(|hint| hint.suggestions[0].clone());
            assert_eq!(found.as_deref(), first, "{text}");
        }
    }
}
