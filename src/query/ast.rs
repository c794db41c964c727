//! The tree of a filter. It prints itself as a filter: `parse(print(tree)) == tree`.

use std::fmt;
use std::sync::Arc;

use crate::event::field::{self, Kind, Row};
use crate::query::literal;
use crate::query::path::Path;

/// What a filter says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// Every row: the empty filter.
    Everything,
    /// Rows of all of these; made by [`Tree::and`].
    And(Vec<Tree>),
    /// Rows of any of these; made by [`Tree::or`].
    Or(Vec<Tree>),
    /// Rows that the inner tree drops.
    Not(Box<Tree>),
    /// A substring of a key or scalar of the record; never empty.
    Text(String),
    /// A named filter text, and what it says.
    Preset(String, Arc<Tree>),
    /// The values of a key or path; at least one item.
    Term(Name, Vec<Item>),
}

/// What stands before the colon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// A key of the table of fields.
    Key(Key),
    /// A path through the record.
    Path(Path),
}

/// A key of the filter language.
#[derive(Clone, Copy)]
pub struct Key(&'static Row);

/// What a value may be compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A text, compared by the kind of the key, without case; never empty.
    Text(String),
    /// `=exact`: the whole value, case kept; never empty.
    Exact(String),
    /// A pattern with at least one `*`, and not `*` alone.
    Glob(String),
    /// A regular expression, without the slashes.
    Regex(String),
    /// `~letters`; never empty.
    Letters(String),
    /// `>=n` and its like.
    Compare(Order, String),
    /// `a..b`, `a..` or `..b`.
    Range(Option<String>, Option<String>),
    /// `*`: present.
    Present,
    /// `none`: absent, null or empty.
    Absent,
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// `>`
    Above,
    /// `>=`
    From,
    /// `<`
    Below,
    /// `<=`
    UpTo,
}

impl Order {
    /// Every comparison with its sign, longer signs first.
    pub const SIGNS: [(&'static str, Order); 4] =
        [(">=", Order::From), ("<=", Order::UpTo), (">", Order::Above), ("<", Order::Below)];

    /// How it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::From => ">=",
            Self::Below => "<",
            Self::UpTo => "<=",
        }
    }
}

impl Key {
    /// The key of this name, in any case.
    pub fn of(name: &str) -> Option<Self> {
        field::FIELDS.iter().find(|row| row.name.eq_ignore_ascii_case(name)).map(Self)
    }

    /// Its row in the table of fields.
    pub fn row(self) -> &'static Row {
        self.0
    }

    /// Whether comparisons and ranges exist for it.
    pub fn is_ordered(self) -> bool {
        matches!(self.0.kind, Kind::Time | Kind::Duration | Kind::Ordered(_))
    }

    /// The words a value must be one of; empty where any value will do.
    pub fn words(self) -> &'static [&'static str] {
        match self.0.kind {
            Kind::Set(words) | Kind::Ordered(words) => words,
            Kind::YesNo => &["yes", "no"],
            Kind::Word | Kind::Text | Kind::Ip | Kind::Time | Kind::Duration => &[],
        }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for Key {}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl Tree {
    /// Rows of all of these; flat, and without what keeps everything.
    pub fn and(trees: impl IntoIterator<Item = Tree>) -> Self {
        let mut flat = vec![];
        for tree in trees {
            match tree {
                Self::Everything => {}
                Self::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Self::Everything,
            1 => flat.remove(0),
            _ => Self::And(flat),
        }
    }

    /// Rows of any of these; flat. Everything, if one of them is everything or there is none.
    pub fn or(trees: impl IntoIterator<Item = Tree>) -> Self {
        let mut flat = vec![];
        for tree in trees {
            match tree {
                Self::Everything => return Self::Everything,
                Self::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Self::Everything,
            1 => flat.remove(0),
            _ => Self::Or(flat),
        }
    }

    /// Rows that the tree drops; of a negation what it negates.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// How many nodes the tree has, those of presets included.
    pub fn size(&self) -> usize {
        match self {
            Self::Everything | Self::Text(_) => 1,
            Self::And(inner) | Self::Or(inner) => 1 + inner.iter().map(Self::size).sum::<usize>(),
            Self::Not(inner) => 1 + inner.size(),
            Self::Preset(_, inner) => 1 + inner.size(),
            Self::Term(_, items) => items.len(),
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, in_group: bool) -> fmt::Result {
        match self {
            Self::Everything => Ok(()),
            Self::And(trees) => write_all(f, trees, " ", in_group),
            Self::Or(trees) => write_all(f, trees, " OR ", in_group),
            // Only a caller that negates the empty filter gets here: nothing is present and absent.
            Self::Not(inner) if **inner == Self::Everything => f.write_str("event:* event:none"),
            Self::Not(inner) => {
                f.write_str("-")?;
                match **inner {
                    Self::And(_) | Self::Or(_) | Self::Not(_) => inner.write_group(f),
                    _ => inner.write(f, in_group),
                }
            }
            Self::Text(text) => f.write_str(&literal::word(text)),
            Self::Preset(name, _) => write!(f, "@{name}"),
            Self::Term(name, items) => {
                write!(f, "{name}:")?;
                for (at, item) in items.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { "," })?;
                    item.write(f, name, in_group)?;
                }
                Ok(())
            }
        }
    }

    fn write_group(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        self.write(f, true)?;
        f.write_str(")")
    }
}

fn write_all(
    f: &mut fmt::Formatter<'_>,
    trees: &[Tree],
    between: &str,
    in_group: bool,
) -> fmt::Result {
    for (at, tree) in trees.iter().enumerate() {
        f.write_str(if at == 0 { "" } else { between })?;
        match tree {
            Tree::Or(_) => tree.write_group(f)?,
            other => other.write(f, in_group)?,
        }
    }
    Ok(())
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, false)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => f.write_str(key.0.name),
            Self::Path(path) => path.fmt(f),
        }
    }
}

impl Item {
    fn write(&self, f: &mut fmt::Formatter<'_>, name: &Name, in_group: bool) -> fmt::Result {
        match self {
            // `none` is a word of its own only for a key that lists it.
            Self::Text(text) if text == "none" && has_none(name) => f.write_str(text),
            Self::Text(text) => f.write_str(&literal::item(text)),
            Self::Exact(text) => write!(f, "={}", literal::rest_of_item(text)),
            // Inside a group a `)` would end the item; a regular expression says the same.
            Self::Glob(pattern) if in_group && pattern.contains(')') => {
                write!(f, "/{}/", regex_of_glob(pattern, name))
            }
            Self::Glob(pattern) => f.write_str(pattern),
            Self::Regex(pattern) => write!(f, "/{pattern}/"),
            Self::Letters(letters) => write!(f, "~{}", literal::rest_of_item(letters)),
            Self::Compare(order, operand) => {
                write!(f, "{}{}", order.sign(), literal::rest_of_item(operand))
            }
            Self::Range(from, to) => {
                let text = |end: &Option<String>| end.clone().unwrap_or_default();
                write!(f, "{}..{}", text(from), text(to))
            }
            Self::Present => f.write_str("*"),
            Self::Absent => f.write_str("none"),
        }
    }
}

/// Whether `none` is one of the words of the key, and so does not mean absent there.
pub(crate) fn has_none(name: &Name) -> bool {
    matches!(name, Name::Key(key) if key.words().contains(&"none"))
}

fn regex_of_glob(pattern: &str, name: &Name) -> String {
    let is_part = matches!(name, Name::Key(key) if key.row().kind == Kind::Text);
    let parts: Vec<String> = pattern
        .split('*')
        .map(|part| regex::escape(part).replace('/', r"\/").replace(' ', r"\s"))
        .collect();
    let body = parts.join(r"[\s\S]*");
    if is_part { body } else { format!("^{body}$") }
}
