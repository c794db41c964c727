//! Filter text cut into tokens. Total: any text gives tokens, and what is wrong is said beside them.
//! The prompt colours by these tokens and completion finds its place by them.

use std::ops::Range;

use crate::event::field::TOP_LEVEL;
use crate::query::ast::{Key, Name};
use crate::query::diagnostic::Diagnostic;
use crate::query::literal;
use crate::query::path::Path;
use crate::query::service;

/// A part of the filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The bytes it takes.
    pub span: Range<usize>,
    /// What it is.
    pub lexeme: Lexeme,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lexeme {
    /// `(` that opens a group.
    Open,
    /// `)` that closes one.
    Close,
    /// `AND`.
    And,
    /// `OR`.
    Or,
    /// `NOT`.
    Not,
    /// `-` directly before what it negates.
    Minus,
    /// A bare word.
    Word(String),
    /// A quoted phrase.
    Phrase(String),
    /// `@name`.
    Preset(String),
    /// What stands before a colon, the colon included.
    Head(Head),
    /// One value after a head.
    Item(Raw),
    /// The comma between two values.
    Comma,
    /// Something that could not be read; a diagnostic says why.
    Broken,
}

/// What stands before the colon of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// A key or a path.
    Name(Name),
    /// A known service prefix, as the `svc` key knows it.
    Service(String),
    /// Neither.
    Unknown(String),
}

/// A value before anybody looked at the kind of its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raw {
    /// As it was written, without quotes. May be empty, which is an error of the parser.
    Bare(String),
    /// What stood between quotes, and the sign before them (`""`, `=`, `~`, `>`, …).
    Quoted(&'static str, String),
    /// What stood between slashes.
    Regex(String),
}

/// Signs that may stand before an opening quote, longer ones first.
const SIGNS: [&str; 6] = [">=", "<=", ">", "<", "=", "~"];

/// Cuts a filter into tokens.
pub fn tokens(text: &str) -> (Vec<Token>, Vec<Diagnostic>) {
    let mut lexer = Lexer { text, at: 0, depth: 0, tokens: vec![], wrong: vec![] };
    while lexer.skip_blank() {
        lexer.term();
    }
    (lexer.tokens, lexer.wrong)
}

/// What a text would be before a colon; `None` if it could not stand there.
pub fn head(text: &str) -> Option<Head> {
    let with_colon = format!("{text}:");
    let lexer = Lexer { text: &with_colon, at: 0, depth: 0, tokens: vec![], wrong: vec![] };
    lexer.head().filter(|(_, end)| *end == with_colon.len()).map(|(head, _)| head)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    tokens: Vec<Token>,
    wrong: Vec<Diagnostic>,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Passes blanks; false at the end of the text.
    fn skip_blank(&mut self) -> bool {
        while let Some(c) = self.next().filter(|c| c.is_whitespace()) {
            if matches!(c, '\n' | '\r') {
                let span = self.at..self.at + c.len_utf8();
                let why = "a filter is one line: a blank stands where the line break is";
                self.wrong.push(Diagnostic::new(span, why).or(" "));
            }
            self.at += c.len_utf8();
        }
        self.at < self.text.len()
    }

    /// Whether an item or word ends at this character.
    fn ends(&self, c: char) -> bool {
        c.is_whitespace() || (c == ')' && self.depth > 0)
    }

    /// Where the run that begins at `from` ends.
    fn run_end(&self, from: usize, stops_at_comma: bool) -> usize {
        let is_end = |c: char| self.ends(c) || (stops_at_comma && c == ',');
        self.text[from..].find(is_end).map_or(self.text.len(), |size| from + size)
    }

    fn push(&mut self, end: usize, lexeme: Lexeme) {
        self.tokens.push(Token { span: self.at..end, lexeme });
        self.at = end;
    }

    fn broken(&mut self, end: usize, diagnostic: Diagnostic) {
        self.wrong.push(diagnostic);
        self.push(end, Lexeme::Broken);
    }

    fn term(&mut self) {
        match self.next() {
            Some('(') => {
                self.depth += 1;
                self.push(self.at + 1, Lexeme::Open);
            }
            Some(')') if self.depth > 0 => {
                self.depth -= 1;
                self.push(self.at + 1, Lexeme::Close);
            }
            Some(')') => {
                let span = self.at..self.at + 1;
                let why = "no group is open here; in quotes it is text";
                self.broken(self.at + 1, Diagnostic::new(span, why).or("\")\""));
            }
            Some('-') => self.minus(),
            _ => {
                if let Some((lexeme, size)) = self.operator() {
                    self.push(self.at + size, lexeme);
                } else {
                    self.atom();
                }
            }
        }
    }

    fn minus(&mut self) {
        let after = self.text[self.at + 1..].chars().next();
        match after {
            Some('-') => {
                let end = self.run_end(self.at, false);
                let word = &self.text[self.at..end];
                let why = "`-` negates only once; a word that begins with `-` is quoted";
                let fix = literal::quoted(word);
                self.broken(end, Diagnostic::new(self.at..end, why).or(fix));
            }
            Some(c) if !self.ends(c) => {
                self.push(self.at + 1, Lexeme::Minus);
                // What follows is an atom; an operator here is found by the parser.
                if self.next() == Some('(') {
                    self.term();
                } else if let Some((lexeme, size)) = self.operator() {
                    self.push(self.at + size, lexeme);
                } else {
                    self.atom();
                }
            }
            _ => {
                let span = self.at..self.at + 1;
                let why = "`-` stands directly before what it negates; in quotes it is text";
                self.broken(self.at + 1, Diagnostic::new(span, why).or("\"-\""));
            }
        }
    }

    fn operator(&self) -> Option<(Lexeme, usize)> {
        let words = [("AND", Lexeme::And), ("OR", Lexeme::Or), ("NOT", Lexeme::Not)];
        words.into_iter().find_map(|(word, lexeme)| {
            let after = self.rest().strip_prefix(word)?;
            let ends = after.chars().next().is_none_or(|c| c == '(' || self.ends(c));
            ends.then_some((lexeme, word.len()))
        })
    }

    /// A term without its sign, at a character that is no blank and opens no group.
    fn atom(&mut self) {
        match self.next() {
            Some('"') => self.phrase(),
            Some('@') => self.preset(),
            _ if is_aws_arn(self.rest()) => self.word(),
            _ => match self.head() {
                Some((head, end)) => {
                    self.push(end, Lexeme::Head(head));
                    self.items();
                }
                None => self.word(),
            },
        }
    }

    fn word(&mut self) {
        let end = self.run_end(self.at, false);
        let word = self.text[self.at..end].to_owned();
        self.push(end, Lexeme::Word(word));
    }

    fn phrase(&mut self) {
        let start = self.at;
        if let Some((phrase, end)) = self.quoted(start, false) {
            if phrase.is_empty() {
                let why = "an empty phrase is in every record; the empty filter keeps everything";
                self.broken(end, Diagnostic::new(start..end, why));
            } else {
                self.push(end, Lexeme::Phrase(phrase));
            }
        }
    }

    fn preset(&mut self) {
        let end = self.run_end(self.at, false);
        let name = self.text[self.at + 1..end].to_owned();
        self.push(end, Lexeme::Preset(name));
    }

    fn items(&mut self) {
        loop {
            self.item();
            if self.next() != Some(',') {
                return;
            }
            self.push(self.at + 1, Lexeme::Comma);
        }
    }

    fn item(&mut self) {
        let rest = self.rest();
        let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign)).unwrap_or("");
        if rest[sign.len()..].starts_with('"') {
            if let Some((text, end)) = self.quoted(self.at + sign.len(), true) {
                self.push(end, Lexeme::Item(Raw::Quoted(sign, text)));
            }
            return;
        }
        if let Some(end) = self.regex_end() {
            let pattern = self.text[self.at + 1..end - 1].to_owned();
            self.push(end, Lexeme::Item(Raw::Regex(pattern)));
            return;
        }
        if let Some((end, values)) = self.group_of_values() {
            let why = "several values of one key are written with commas";
            let wrong = Diagnostic::new(self.at..end, why).or(values);
            self.broken(end, wrong);
            return;
        }
        let end = self.run_end(self.at, true);
        let text = self.text[self.at..end].to_owned();
        self.push(end, Lexeme::Item(Raw::Bare(text)));
    }

    /// `(a OR b)` after a colon, as other languages write it. Here it would be read as the value
    /// `(a` and the word `b)`, which keeps nothing and says nothing.
    fn group_of_values(&self) -> Option<(usize, String)> {
        // Nobody writes that many values by hand, and to look further from each value is quadratic.
        const FAR: usize = 500;
        let inner = self.rest().strip_prefix('(')?;
        let size = inner.char_indices().take(FAR).find(|(_, c)| *c == ')')?.0;
        let values: Vec<&str> = inner[..size].split(" OR ").map(str::trim).collect();
        (values.len() > 1).then(|| (self.at + size + 2, values.join(",")))
    }

    /// The end of a regular expression that begins here: the first slash that is not escaped and
    /// has the end of an item after it. Commas belong to it, blanks do not.
    fn regex_end(&self) -> Option<usize> {
        let inner = self.rest().strip_prefix('/')?;
        let mut is_escaped = false;
        for (at, c) in inner.char_indices() {
            if c.is_whitespace() {
                return None;
            }
            if c == '/' && !is_escaped {
                let after = inner[at + 1..].chars().next();
                if after.is_none_or(|c| c == ',' || self.ends(c)) {
                    return Some(self.at + at + 2);
                }
            }
            is_escaped = c == '\\' && !is_escaped;
        }
        None
    }

    /// Reads the quoted text whose opening quote is at `open`. Says what is wrong, and passes it, if
    /// the quote is not closed or something follows it directly.
    fn quoted(&mut self, open: usize, ends_at_comma: bool) -> Option<(String, usize)> {
        let Some((text, end)) = unquote(self.text, open) else {
            let span = open..self.text.len();
            let why = "the quote is not closed";
            let fix = literal::quoted(&self.text[open + 1..]);
            self.broken(self.text.len(), Diagnostic::new(span, why).or(fix));
            return None;
        };
        let after = self.text[end..].chars().next();
        if after.is_none_or(|c| self.ends(c) || (ends_at_comma && c == ',')) {
            return Some((text, end));
        }
        let stop = self.run_end(end, ends_at_comma);
        if after == Some(':') && !ends_at_comma {
            let why = "a quoted name is a path, and begins with a dot";
            let fix = format!(".{}", &self.text[open..stop]);
            self.broken(stop, Diagnostic::new(open..stop, why).or(fix));
            return None;
        }
        let why = "something follows the closing quote; a quote inside quotes is written twice";
        let meant = self.text[open..stop].replace("\\\"", "\"");
        let meant = meant.strip_prefix('"').unwrap_or(&meant);
        let meant = meant.strip_suffix('"').unwrap_or(meant);
        let wrong = Diagnostic::new(open..stop, why).or(literal::quoted(meant));
        self.broken(stop, wrong);
        None
    }

    /// What stands before the colon, and where the value begins. `None` if this is no such token.
    fn head(&self) -> Option<(Head, usize)> {
        let is_led = self.rest().starts_with('.');
        let mut at = self.at + usize::from(is_led);
        let mut names = vec![];
        let mut first_is_plain = true;
        loop {
            let (name, end) = if self.text[at..].starts_with('"') {
                first_is_plain &= !names.is_empty();
                unquote(self.text, at)?
            } else {
                let stops = |c: char| matches!(c, '.' | ':' | '"') || self.ends(c);
                let size = self.text[at..].find(stops)?;
                (self.text[at..at + size].to_owned(), at + size)
            };
            if name.is_empty() {
                return None;
            }
            names.push(name);
            match self.text[end..].chars().next()? {
                '.' => at = end + 1,
                ':' => {
                    at = end + 1;
                    break;
                }
                _ => return None,
            }
        }
        if is_led {
            return Some((Head::Name(Name::Path(Path::of(names)?)), at));
        }
        if !first_is_plain || !literal::is_name(&names[0]) {
            return None;
        }
        if names.len() > 1 {
            return Some((Head::Name(Name::Path(Path::of(names)?)), at));
        }
        Some((plain_head(names.remove(0)), at))
    }
}

/// What a single name before a colon is.
fn plain_head(name: String) -> Head {
    if let Some(key) = Key::of(&name) {
        return Head::Name(Name::Key(key));
    }
    if TOP_LEVEL.iter().any(|known| known.eq_ignore_ascii_case(&name))
        && let Some(path) = Path::of(vec![name.clone()])
    {
        return Head::Name(Name::Path(path));
    }
    match service::source(&name) {
        Some(source) => Head::Service(source.to_owned()),
        None => Head::Unknown(name),
    }
}

/// `arn:aws:`, `arn:aws-cn:` and their like, which are words and no keys.
fn is_aws_arn(text: &str) -> bool {
    let begins = |text: &str, with: &str| {
        text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    begins(text, "arn:aws") && {
        let rest = text["arn:aws".len()..]
            .trim_start_matches(|c: char| c == '-' || c.is_ascii_alphanumeric());
        rest.starts_with(':')
    }
}

/// The text between quotes that open at `open`, and the end past the closing quote. A doubled quote
/// is one quote.
fn unquote(text: &str, open: usize) -> Option<(String, usize)> {
    let mut content = String::new();
    let mut at = open + 1;
    loop {
        let rest = &text[at..];
        let size = rest.find('"')?;
        content.push_str(&rest[..size]);
        at += size + 1;
        if !text[at..].starts_with('"') {
            return Some((content, at));
        }
        content.push('"');
        at += 1;
    }
}
