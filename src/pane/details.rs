//! Everything about the selected event: who did what to which resource, from where, how it ended;
//! then the record itself as a tree that folds, can be searched, and whose every value can become a
//! filter.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use crate::command::action::Action;
use crate::command::chord::{Chord, Key};
use crate::event::field::{Column, Flag, Origin};
use crate::event::json::Json;
use crate::event::verb;
use crate::pane::contract::{Change, Ctx, Reply};
use crate::pane::row;
use crate::query::literal;
use crate::store::segment::RowId;
use crate::store::snapshot::RowRef;
use crate::ui::input::{Edit, Input};
use crate::ui::list::Step;
use crate::ui::theme::Role;
use crate::ui::tree::secret::masked;
use crate::ui::tree::{Secrets, Tree};
use crate::ui::{format, text};

/// Lines that the tree unfolds by itself.
const UNFOLDED: usize = 200;
/// Bytes of REQUEST shown in the strip; the tree shows the rest.
const SNIPPET: usize = 600;
/// From this width on there is room for something at the right end of a line.
const RIGHT_FROM: u16 = 100;
/// What stands before the result at the right end of its line.
const RESULT: &str = "RESULT ";
/// Cells of the labels.
const LABEL: usize = 9;

/// What is shown of one event.
#[expect(clippy::struct_excessive_bools, reason = "four independent switches of the pane")]
#[derive(Debug, Default)]
pub struct Details {
    id: Option<RowId>,
    version: u64,
    facts: Vec<Fact>,
    tree: Tree,
    raw: String,
    as_raw: bool,
    wrap: bool,
    reveal: bool,
    folded: bool,
    find: Option<Input>,
    top: usize,
}

/// One line above the tree.
#[derive(Debug)]
struct Fact {
    label: &'static str,
    text: String,
    right: String,
    role: Role,
    right_role: Role,
}

impl Details {
    /// Reads the event that is selected; called when the selection or the row has changed.
    pub fn load(&mut self, row: Option<RowRef<'_>>, ctx: &Ctx<'_>) {
        let Some(row) = row else {
            *self = Self { wrap: self.wrap, reveal: self.reveal, ..Self::default() };
            return;
        };
        let version = row.part.side.version();
        if self.id == Some(row.id()) && self.version == version {
            return;
        }
        let is_new = self.id != Some(row.id());
        self.id = Some(row.id());
        self.version = version;
        self.raw = String::from_utf8_lossy(&row.raw()).into_owned();
        self.facts = facts(row, Json::of(&self.raw), ctx);
        if is_new {
            self.plant();
            self.top = 0;
            self.find = None;
        }
    }

    fn plant(&mut self) {
        let secrets = if self.reveal { Secrets::Shown } else { Secrets::Hidden };
        self.tree = Tree::new(self.raw.as_str(), UNFOLDED, secrets);
        self.folded = false;
    }

    /// Whether keys go to the search line.
    pub fn is_finding(&self) -> bool {
        self.find.is_some()
    }

    /// A key of the search line.
    pub fn press(&mut self, chord: Chord, ctx: &Ctx<'_>) -> Reply {
        let height = self.tree_area(ctx.area).height;
        let Some(input) = &mut self.find else { return Reply::Ignored };
        match chord.key {
            Key::Enter => {
                let needle = input.value().to_owned();
                self.find = None;
                if self.tree.search(&needle) == 0 {
                    return Reply::Say(format!("nothing here holds {needle:?}"));
                }
                self.tree.next_hit(true, height);
            }
            Key::Esc => {
                self.find = None;
                self.tree.search("");
            }
            Key::Backspace => {
                input.edit(Edit::Backspace);
            }
            Key::Char(c) if !chord.ctrl => {
                input.edit(Edit::Insert(c));
            }
            _ => {}
        }
        Reply::Done
    }

    /// What an action asks of the details.
    pub fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Reply {
        let height = self.tree_area(ctx.area).height;
        let step = match action {
            Action::Next => Step::Down(1),
            Action::Previous => Step::Up(1),
            Action::First => Step::Home,
            Action::Last => Step::End,
            Action::PageDown => Step::HalfDown,
            Action::PageUp => Step::HalfUp,
            Action::Left => {
                self.tree.fold();
                return Reply::Done;
            }
            Action::Right => {
                self.tree.unfold();
                return Reply::Done;
            }
            Action::Details => {
                self.tree.toggle();
                return Reply::Done;
            }
            Action::FoldAll => {
                self.folded = !self.folded;
                if self.folded {
                    self.tree.fold_all();
                } else {
                    self.tree.unfold_all();
                }
                return Reply::Done;
            }
            Action::Raw => {
                self.as_raw = !self.as_raw;
                self.top = 0;
                return Reply::Done;
            }
            Action::Wrap => {
                self.wrap = !self.wrap;
                return Reply::Done;
            }
            Action::Reveal => {
                self.reveal = !self.reveal;
                self.plant();
                let said = if self.reveal {
                    "credentials are shown now"
                } else {
                    "credentials are masked again"
                };
                return Reply::Say(said.into());
            }
            Action::FindInPane => {
                self.find = Some(Input::default());
                return Reply::Done;
            }
            Action::NextHit | Action::PreviousHit => {
                return match self.tree.next_hit(action == Action::NextHit, height) {
                    true => Reply::Done,
                    false => Reply::Say("nothing was searched here: Ctrl-f searches".into()),
                };
            }
            Action::Include => return self.filter(Change::Add),
            Action::Exclude => return self.filter(Change::Exclude),
            _ => return Reply::Ignored,
        };
        if self.as_raw {
            self.scroll_raw(step, ctx);
        } else {
            self.tree.step(step, height);
        }
        Reply::Done
    }

    fn scroll_raw(&mut self, step: Step, ctx: &Ctx<'_>) {
        let page = usize::from(ctx.area.height / 2).max(1);
        let last = self.raw.len() / usize::from(ctx.area.width.max(1));
        self.top = match step {
            Step::Down(n) => self.top + n,
            Step::Up(n) => self.top.saturating_sub(n),
            Step::HalfDown => self.top + page,
            Step::HalfUp => self.top.saturating_sub(page),
            Step::End => last,
            _ => 0,
        }
        .min(last);
    }

    /// The value under the cursor as a term.
    fn filter(&self, change: Change) -> Reply {
        match (self.tree.path(), self.tree.scalar()) {
            (Some(path), Some(value)) => {
                // A leading dot makes any name a path, whatever keys the language has.
                let path = if path.contains('.') { path } else { format!(".{path}") };
                Reply::Filter(change, format!("{path}:{}", literal::quote(&value)))
            }
            _ => Reply::Say("move to a value: + and - take the value under the cursor".into()),
        }
    }

    /// Where the tree is, below the facts.
    fn tree_area(&self, area: Rect) -> Rect {
        // At least half of the pane is the tree's, however much there is to say above it.
        let facts = (self.facts.len() as u16).min(area.height / 2);
        Rect { y: area.y + facts, height: area.height - facts, ..area }
    }

    /// The strip below the stream: the facts, as many as there is room for; one line where there is
    /// room for one.
    pub fn draw_strip(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        if self.id.is_none() || ctx.area.is_empty() {
            return;
        }
        if ctx.area.height == 1 {
            let row = self.id.and_then(|id| ctx.view.snapshot.row(id));
            let parts = row.map(|row| in_a_line(row, ctx)).unwrap_or_default();
            let parts: Vec<_> =
                parts.iter().map(|(text, role)| (text.as_str(), ctx.style(*role))).collect();
            text::put_all(buf, ctx.area, &parts);
            return;
        }
        self.draw_facts(buf, ctx, ctx.area);
    }

    /// The open pane; gives the cursor's place while something is typed into it.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) -> Option<Position> {
        if self.id.is_none() {
            text::put(
                buf,
                ctx.area,
                " No event is selected: the stream has no rows.",
                ctx.style(Role::Dim),
            );
            return None;
        }
        let below = self.tree_area(ctx.area);
        self.draw_facts(buf, ctx, Rect { height: ctx.area.height - below.height, ..ctx.area });
        if self.as_raw {
            self.draw_raw(buf, &ctx.within(below));
        } else {
            self.tree.draw(buf, below, ctx.theme, (ctx.glyphs, ctx.focused));
        }
        let input = self.find.as_ref()?;
        let line = Rect {
            y: ctx.area.bottom().saturating_sub(1),
            height: 1.min(ctx.area.height),
            ..ctx.area
        };
        text::fill(buf, line, ctx.style(Role::Input));
        let x = text::put(buf, line, " find ", ctx.style(Role::Key));
        input.draw(
            buf,
            text::row(x, line.y, line.right().saturating_sub(x)),
            ctx.style(Role::Input),
            &[],
        )
    }

    fn draw_facts(&self, buf: &mut Buffer, ctx: &Ctx<'_>, area: Rect) {
        for (fact, y) in self.facts.iter().zip(area.y..area.bottom()) {
            let line = text::row(area.x, y, area.width);
            let label = format!(" {}", ctx.glyphs.pad(fact.label, LABEL - 1));
            let mut end = line.right();
            let mut x = text::put(buf, line, &label, ctx.style(Role::Title));
            if let Some(result) = fact.right.strip_prefix(RESULT)
                && area.width < RIGHT_FROM
            {
                // How it ended is the one thing at the right that no width goes without.
                let rest = text::row(x, y, end.saturating_sub(x));
                let parts = [(result, ctx.style(fact.right_role)), (" · ", ctx.style(Role::Dim))];
                x = text::put_all(buf, rest, &parts);
            }
            if !fact.right.is_empty() && area.width >= RIGHT_FROM {
                // What stands at the right is worth less than what stands at the left.
                let right = ctx.glyphs.cut_right(&fact.right, usize::from(area.width / 3));
                let width = text::width(&right) as u16 + 2;
                end = end.saturating_sub(width + 1);
                text::put(buf, text::row(end + 1, y, width), &right, ctx.style(fact.right_role));
            }
            let room = end.saturating_sub(x);
            let cut = ctx.glyphs.cut_right(&fact.text, usize::from(room));
            text::put(buf, text::row(x, y, room), &cut, ctx.style(fact.role));
        }
    }

    fn draw_raw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let shown =
            if self.reveal { self.raw.as_str().into() } else { masked(Json::of(&self.raw)) };
        let safe = text::sanitize(&shown);
        let width = usize::from(ctx.area.width);
        let mut lines = vec![];
        let (mut start, mut used) = (0, 0);
        let wanted = self.top + usize::from(ctx.area.height);
        let mut at = 0;
        for (cluster, cells) in text::clusters(&safe) {
            if used + usize::from(cells) > width {
                lines.push(&safe[start..at]);
                (start, used) = (at, 0);
                if lines.len() >= wanted {
                    break;
                }
            }
            used += usize::from(cells);
            at += cluster.len();
        }
        if lines.len() < wanted {
            lines.push(&safe[start..at]);
        }
        for (line, y) in lines.iter().skip(self.top).zip(ctx.area.y..ctx.area.bottom()) {
            text::put(buf, text::row(ctx.area.x, y, ctx.area.width), line, ctx.style(Role::Text));
        }
    }
}

/// Most of the target's cells in the one line: what follows it is worth more than its beginning.
const TARGET_IN_LINE: usize = 32;

/// An event in one line: who did what to which resource, how it ended, from where, with what.
fn in_a_line(row: RowRef<'_>, ctx: &Ctx<'_>) -> Vec<(String, Role)> {
    let column = |column| row.text(column);
    let glyph = verb::glyph(column(Column::Event), column(Column::Verb));
    let sign = if ctx.glyphs.ascii { glyph.ascii() } else { glyph.sign() };
    let (result, role) = row::result(row);
    let on = match column(Column::Target) {
        "-" | "" => String::new(),
        target => format!(" on {}", ctx.glyphs.cut_left(target, TARGET_IN_LINE)),
    };
    vec![
        (format!(" {}", row::actor(row, ctx.glyphs.ascii)), Role::Text),
        (format!(" {sign} {}{on} ", column(Column::Event)), Role::Text),
        (result, role),
        (format!(" · {} · {}", column(Column::Ip), column(Column::Tool)), Role::Dim),
    ]
}

/// The lines above the tree.
fn facts(row: RowRef<'_>, json: Json<'_>, ctx: &Ctx<'_>) -> Vec<Fact> {
    let column = |column| row.text(column);
    let fact = |label, text: String, right: String, role| {
        let right_role = Role::Dim;
        Fact { label, text, right, role, right_role }
    };
    let (result, role) = row::result(row);
    let join = |parts: &[String]| {
        parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" · ")
    };
    let named = |word: &str, value: &str| {
        if value.is_empty() { String::new() } else { format!("{word} {value}") }
    };
    let actor = column(Column::Actor);
    let who = join(&[
        row::actor(row, ctx.glyphs.ascii),
        kind_words(column(Column::Type)).to_owned(),
        named("role", Some(column(Column::Role)).filter(|role| *role != actor).unwrap_or_default()),
        named(
            "session",
            Some(column(Column::Session)).filter(|it| *it != actor).unwrap_or_default(),
        ),
        key_words(column(Column::Key)),
        named("by way of", column(Column::Via)),
    ]);
    let account = ctx.account(column(Column::Account));
    let mut facts = vec![fact("WHO", who, named("account", &account), Role::Text)];
    let service = column(Column::Service).trim_end_matches(".amazonaws.com");
    let verb = match column(Column::Verb) {
        "D" => "dangerous write",
        "W" => "write",
        _ => "read",
    };
    let did = join(&[
        format!("{service} {}", column(Column::Event)),
        verb.into(),
        column(Column::Category).to_owned(),
    ]);
    facts.push(Fact {
        right_role: role,
        ..fact("DID", did, format!("{RESULT}{result}"), Role::Text)
    });
    facts.push(fact("TO", column(Column::Target).to_owned(), String::new(), Role::Text));
    let mfa = match column(Column::Mfa) {
        "yes" => "with MFA",
        "no" => "no MFA",
        _ => "MFA not in the record",
    };
    let from = join(&[
        column(Column::Ip).to_owned(),
        column(Column::Tool).to_owned(),
        column(Column::Region).to_owned(),
        mfa.into(),
    ]);
    facts.push(fact("FROM", from, column(Column::Agent).to_owned(), Role::Text));
    let error = join(&[column(Column::Error).to_owned(), column(Column::Message).to_owned()]);
    if !error.is_empty() {
        facts.push(fact("ANSWER", error, String::new(), role));
    }
    facts.push(fact("WHEN", when(row, ctx), format!("id {}", column(Column::Id)), Role::Text));
    let badges = badges(row);
    if !badges.is_empty() {
        facts.push(fact("NOTE", badges.join(" · "), String::new(), Role::Warning));
    }
    let request = json.get("requestParameters").filter(|request| !request.is_absent());
    if let Some(request) = request {
        let short =
            request.text().get(..request.text().floor_char_boundary(SNIPPET)).unwrap_or_default();
        let shown = if short.len() == request.text().len() {
            masked(request).into_owned()
        } else {
            format!("{}…", mask_cut(short))
        };
        facts.push(fact("REQUEST", shown, String::new(), Role::Dim));
    }
    facts
}

/// A cut request may hide half of a secret, which masking cannot see: then nothing of it is shown.
fn mask_cut(short: &str) -> &str {
    let suspicious =
        ["oken", "assword", "ecret", "redential"].iter().any(|word| short.contains(word));
    if suspicious { "(long; Enter shows it)" } else { short }
}

fn kind_words(kind: &str) -> &str {
    match kind {
        "IAMUser" => "IAM user",
        "AssumedRole" => "role session",
        "FederatedUser" => "federated user",
        "AWSService" => "AWS service",
        "AWSAccount" => "another account",
        "Root" => "the root user",
        "WebIdentityUser" => "web identity",
        "SAMLUser" => "SAML user",
        "IdentityCenterUser" => "Identity Center user",
        other => other,
    }
}

/// A key by its kind and its tail, which is what tells keys apart.
fn key_words(key: &str) -> String {
    let tail = &key[key.char_indices().rev().nth(7).map_or(0, |(at, _)| at)..];
    match key {
        "" => String::new(),
        key if key.starts_with("AKIA") => format!("long-term key …{tail}"),
        key if key.starts_with("ASIA") => format!("session key …{tail}"),
        key => format!("key {key}"),
    }
}

fn when(row: RowRef<'_>, ctx: &Ctx<'_>) -> String {
    let time = format::stamp(row.time(), ctx.zone);
    let mut parts = vec![time];
    let names =
        Origin::ALL.iter().filter(|(origin, _)| row.part.side.origins(row.row) & origin.bit() != 0);
    let by: Vec<&str> = names.map(|(_, name)| *name).collect();
    parts.push(format!("by {}", by.join(" and ")));
    // A file without a label arrives when it is read, which says nothing of its delivery.
    let lag = row.arrival() - row.time();
    if lag < crate::event::time::Millis::hours(24) {
        parts.push(format!("{} after it happened", format::duration(lag)));
    }
    parts.join(" · ")
}

/// What one should know before believing the row.
fn badges(row: RowRef<'_>) -> Vec<&'static str> {
    const BADGES: [(Flag, &str); 6] = [
        (
            Flag::TimeUnknown,
            "time?: eventTime is missing, unreadable or in the future; the delivery time stands in",
        ),
        (Flag::Late, "late: it came after its stream was thought complete"),
        (Flag::Differs, "differs: another body with the same id was seen"),
        (Flag::Unsafe, "holds control or invisible characters, shown as signs"),
        (Flag::NotUtf8, "is not valid UTF-8; odd bytes are shown as \u{fffd}"),
        (Flag::Omitted, "AWS left out or hid a part"),
    ];
    BADGES.iter().filter(|(flag, _)| row.has(*flag)).map(|(_, words)| *words).collect()
}
