//! Who really did it: the way from the selected event back through every role and key, hop by hop,
//! ending in a sentence.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::chord::{Chord, Key};
use crate::command::effect::Effect;
use crate::event::field::Column;
use crate::event::grant::{Grant, How};
use crate::event::name::tail;
use crate::export::safe;
use crate::insight::family::Family;
use crate::pane::contract::{Change, Ctx, Reply};
use crate::pane::row::{self, cut_actor};
use crate::pane::term::term;
use crate::pane::tree;
use crate::query::literal;
use crate::store::kin::{Chain, Hop, Kin, Root, Sure};
use crate::store::segment::RowId;
use crate::store::snapshot::RowRef;
use crate::ui::list::Viewport;
use crate::ui::theme::Role;
use crate::ui::{format, popup, text};

/// The widest the view becomes, and how much of that no text may take.
const WIDTH: u16 = 112;
const FRAME: u16 = 5;
/// The most lines of the sentence it ends in.
const SENTENCE: usize = 3;

/// The view while it is open. It follows what is learned of its event.
#[derive(Debug, Clone, Copy)]
pub struct Lineage {
    row: RowId,
    /// Whether everything that the root did is shown, and where the cursor is in that.
    tree: Option<Viewport>,
}

/// One line of the view: what stands before its branch, what it says, and how.
struct Line {
    depth: usize,
    text: String,
    right: String,
    role: Role,
}

impl Line {
    fn new(depth: usize, text: impl Into<String>, role: Role) -> Self {
        Self { depth, text: text.into(), right: String::new(), role }
    }
}

impl Lineage {
    /// The view of an event.
    pub fn of(row: RowId) -> Self {
        Self { row, tree: None }
    }

    /// The event.
    pub fn row(self) -> RowId {
        self.row
    }

    /// What a key does: the events of the root, of the session, of the key; or the sentence is
    /// copied; or everything that the root did is shown as a tree.
    pub fn press(&mut self, chord: Chord, ctx: &Ctx<'_>) -> Reply {
        let Some(row) = ctx.view.snapshot.row(self.row) else { return Reply::Close };
        if let Some(list) = &mut self.tree {
            return match tree::press(list, chord, family(self.row, ctx), ctx) {
                Reply::Ignored => {
                    self.tree = None;
                    Reply::Done
                }
                reply => reply,
            };
        }
        let chain = ctx.view.snapshot.kin().chain(row.who());
        let of = |column: Column| match row.text(column) {
            "" => Reply::Say("the record has none".into()),
            value => Reply::Filter(Change::Replace, term(column, value)),
        };
        match chord.key {
            Key::Enter | Key::Tab if chain.root.sure == Sure::Unknown => {
                Reply::Say("nobody knows who is behind it yet".into())
            }
            Key::Tab => {
                self.tree = Some(Viewport::default());
                Reply::Done
            }
            Key::Enter => {
                let name = literal::quote(&chain.root.name);
                Reply::Filter(Change::Replace, format!("root:{name}"))
            }
            Key::Char('s') => of(Column::Arn),
            Key::Char('k') => of(Column::Key),
            Key::Char('y') => {
                let said = safe::shown(&sentence(row, &chain)).into_owned();
                Reply::Do(Effect::Copy(said, "who did it, in a sentence"))
            }
            _ => Reply::Close,
        }
    }

    /// Draws the view over the rows.
    pub fn draw(self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let row = ctx.view.snapshot.row(self.row);
        if let (Some(list), Some(row)) = (self.tree, row) {
            let root = ctx.view.snapshot.kin().chain(row.who()).root;
            return tree::draw(buf, ctx, list, &root, family(self.row, ctx));
        }
        let (title, lines) = if let Some(row) = row {
            let when = format::clock(row.time(), ctx.zone);
            (format!("WHO REALLY DID {} {when}", row::event(row)), lines(row, ctx))
        } else {
            let gone = "the event has left the buffer: nothing more can be said of it";
            ("WHO REALLY DID IT".to_owned(), vec![Line::new(0, gone, Role::Warning)])
        };
        let area = popup::centered(ctx.area, WIDTH, lines.len() as u16 + 3);
        let styles = (ctx.style(Role::Popup), ctx.style(Role::Title));
        let inside = popup::frame(buf, area, &title, styles, ctx.glyphs);
        // Where there is no room for all of it, its end is the answer.
        let hidden = (lines.len() + 1).saturating_sub(usize::from(inside.height));
        for (line, y) in lines.iter().skip(hidden).zip(inside.y..inside.bottom()) {
            draw_line(buf, &ctx.within(text::row(inside.x, y, inside.width)), line);
        }
        if inside.height > 0 {
            let keys = text::row(inside.x, inside.bottom() - 1, inside.width);
            text::fill(buf, keys, ctx.style(Role::Popup));
            let words = self.keys(row, usize::from(keys.width), ctx);
            text::put_cut(buf, keys, &words, ctx.style(Role::Dim), ctx.glyphs);
        }
    }
}

impl Lineage {
    /// The keys, each with how many events it shows; only what fits into `cells` whole.
    fn keys(self, row: Option<RowRef<'_>>, cells: usize, ctx: &Ctx<'_>) -> String {
        let family = family(self.row, ctx);
        let many = |of: fn(&Family) -> u64| {
            family.map_or(String::new(), |family| format!(" ({})", format::count(of(family))))
        };
        let enter = ctx.glyphs.pick("↵", "Enter");
        let root = row.map(|row| ctx.view.snapshot.kin().chain(row.who()).root);
        let mut hints = vec![];
        if let Some(root) = root.filter(|root| root.sure != Sure::Unknown) {
            let who = cut_actor(&root.shown, 24, ctx.glyphs);
            hints.push(format!("{enter} all {who} did{}", many(|it| it.of_root)));
            hints.push("Tab tree".to_owned());
        }
        hints.push(format!("s this session{}", many(|it| it.of_session)));
        let key = row.map_or("", |row| row.text(Column::Key));
        if !key.is_empty() {
            hints.push(format!("k key {}{}", tail(key), many(|it| it.of_key)));
        }
        hints.extend(["y copy", "esc"].map(str::to_owned));
        popup::hints(hints, cells)
    }
}

/// What was counted for this event, once it was.
fn family<'a>(row: RowId, ctx: &Ctx<'a>) -> Option<&'a Family> {
    ctx.insight.family.as_deref().filter(|family| family.row == row)
}

fn draw_line(buf: &mut Buffer, ctx: &Ctx<'_>, line: &Line) {
    let Rect { width, .. } = ctx.area;
    let branch = match line.depth {
        0 => String::new(),
        depth => format!("{}{} ", "   ".repeat(depth - 1), ctx.glyphs.pick("└─", "`-")),
    };
    let right = text::width(&line.right) as u16;
    let room = width.saturating_sub(right + u16::from(right > 0)).saturating_sub(1);
    let words = format!("{branch}{}", line.text);
    let cut = ctx.glyphs.cut_right(&words, usize::from(room));
    text::put(buf, ctx.area, &cut, ctx.style(line.role));
    if right > 0 {
        let role = match &*line.right {
            "PROVEN" => Role::Good,
            "INFERRED" => Role::Warning,
            _ => Role::Dim,
        };
        text::put_right(buf, ctx.area, &line.right, ctx.style(role), ctx.glyphs);
    }
}

/// From the root down to the event.
fn lines(row: RowRef<'_>, ctx: &Ctx<'_>) -> Vec<Line> {
    let kin = ctx.view.snapshot.kin();
    let chain = kin.chain(row.who());
    let mut lines = first_lines(row, &chain, kin, ctx);
    for (depth, hop) in (1..).zip(chain.hops.iter().rev()) {
        lines.extend(hop_lines(depth, hop, ctx));
    }
    let depth = chain.hops.len() + 1;
    let (result, _) = row::result(row);
    lines.push(Line {
        right: "< this row".to_owned(),
        ..Line::new(
            depth,
            format!(
                "{} {}  on {}  {result}",
                row::event(row),
                format::clock(row.time(), ctx.zone),
                ctx.glyphs.cut_left(row.text(Column::Target), 32),
            ),
            Role::Text,
        )
    });
    lines.push(Line::new(0, "", Role::Text));
    let room = usize::from(WIDTH.min(ctx.area.width).saturating_sub(FRAME));
    let said = text::wrap(&sentence(row, &chain), room, SENTENCE, ctx.glyphs);
    lines.extend(said.into_iter().map(|line| Line::new(0, line, Role::Accent)));
    if !chain.why.is_empty() {
        lines.push(Line::new(0, format!("   {}", why(&chain, ctx)), Role::Dim));
    }
    lines
}

/// Why the chain ends where it does; an unknown beginning may still arrive.
fn why(chain: &Chain, ctx: &Ctx<'_>) -> String {
    let claims = ctx.view.ledger.streams.iter().filter_map(|stream| {
        let word = stream.word;
        Some((word.to()?, word.sign(), stream.name.origin.word()))
    });
    match claims.min().filter(|_| chain.root.sure == Sure::Unknown) {
        Some((to, sign, source)) => {
            let to = format::near(to, ctx.now, ctx.zone);
            format!("{}; {source} complete to {sign}{to}", chain.why)
        }
        None => chain.why.to_owned(),
    }
}

/// The root itself: who, with which key, from where.
fn first_lines(row: RowRef<'_>, chain: &Chain, kin: &Kin, ctx: &Ctx<'_>) -> Vec<Line> {
    let first = first_call(chain).map(|hop| &hop.grant.by);
    let (kind, key) = match first {
        Some(by) => (&*by.kind, &*by.key),
        None => (row.text(Column::Type), row.text(Column::Key)),
    };
    let who = match chain.root.sure {
        Sure::Unknown => "? not known".to_owned(),
        Sure::Proven | Sure::Inferred => chain.root.shown.to_string(),
    };
    let name = if chain.root.name.is_empty() { kind } else { &chain.root.name };
    let mut lines = vec![Line::new(0, format!("{who}   {name}"), Role::Title)];
    if !key.is_empty() {
        let made = match key.starts_with("AKIA") {
            true => "long-term key, made before these events",
            false => "session key, issued before these events",
        };
        let made = if chain.hops.is_empty() { made } else { "key" };
        lines.push(Line::new(0, format!("   {made} {}", tail(key)), Role::Dim));
    }
    let ip = first_call(chain).map_or(row.text(Column::Ip), |hop| &hop.grant.ip);
    lines.push(Line::new(0, format!("   from {ip}"), Role::Dim));
    let at = first_call(chain).map_or(row.time(), |hop| hop.grant.at);
    let sign_in = kin.sign_in(&chain.root.name, at).filter(|_| !key.starts_with("AKIA"));
    lines.extend(sign_in.map(|grant| {
        let when = format::clock(grant.at, ctx.zone);
        Line::new(0, format!("   signed in to the console {when} from {}", grant.ip), Role::Dim)
    }));
    lines
}

fn hop_lines(depth: usize, hop: &Hop, ctx: &Ctx<'_>) -> Vec<Line> {
    let Hop { grant, sure } = hop;
    if grant.how == How::SourceIdentity {
        let key = tail(&grant.key);
        let text = format!("source identity {}  in every record of key {key}", grant.by.actor);
        return vec![Line {
            right: word(*sure).to_uppercase(),
            ..Line::new(depth, text, Role::Text)
        }];
    }
    let when = format::clock(grant.at, ctx.zone);
    let issued = format!("{} {when}  issued key {}", grant.how.event(), tail(&grant.key));
    let issued = match sure {
        Sure::Proven => issued,
        _ => format!(
            "{} {when}  began the session; its calls use keys of their own",
            grant.how.event()
        ),
    };
    let right = word(*sure).to_uppercase();
    let first = Line { right, ..Line::new(depth, issued, Role::Text) };
    vec![first, Line::new(0, format!("{}{}", "   ".repeat(depth), stands_for(grant)), Role::Dim)]
}

/// What issued credentials stand for.
fn stands_for(grant: &Grant) -> String {
    match (grant.how, grant.session.rsplit_once(":assumed-role/")) {
        (_, Some((_, rest))) => match rest.split_once('/') {
            Some((role, session)) => format!("role {role}   session {session}"),
            None => format!("role {rest}"),
        },
        (How::AccessKey, None) => format!("a long-term key of user {}", grant.session),
        (How::AssumeRoot, None) => "the root of a member account, for one task".to_owned(),
        (_, None) if grant.session.is_empty() => "the same identity".to_owned(),
        (_, None) => grant.session.to_string(),
    }
}

/// The first call of a chain. That a session carries a name is no call.
fn first_call(chain: &Chain) -> Option<&Hop> {
    chain.hops.iter().rev().find(|hop| hop.grant.how != How::SourceIdentity)
}

/// How sure something is.
pub(crate) fn word(sure: Sure) -> &'static str {
    match sure {
        Sure::Proven => "proven",
        Sure::Inferred => "inferred",
        Sure::Unknown => "unknown",
    }
}

/// What can be pasted: `So: alice did it, by key …EXAMPLE1 from 203.0.113.7, through 1 role.`
fn sentence(row: RowRef<'_>, chain: &Chain) -> String {
    let Chain { hops, root: Root { shown, sure, .. }, .. } = chain;
    let through = match hops.len() {
        0 => String::new(),
        n => format!(", through {}", format::counted(n as u64, "step", "steps")),
    };
    let roles = hops.iter().filter(|hop| hop.grant.session.contains(":assumed-role/")).count();
    let through = match roles {
        n if n == hops.len() && n > 0 => {
            format!(", through {}", format::counted(n as u64, "role", "roles"))
        }
        _ => through,
    };
    let (key, ip) = match first_call(chain) {
        Some(hop) => (&*hop.grant.by.key, &*hop.grant.ip),
        None => (row.text(Column::Key), row.text(Column::Ip)),
    };
    let by = if key.is_empty() { String::new() } else { format!(", by key {}", tail(key)) };
    match sure {
        Sure::Unknown => format!(
            "So: nobody can say yet who used {}{through}: its beginning is unknown.",
            row.text(Column::Actor)
        ),
        Sure::Inferred => {
            format!(
                "So: {shown} did it, it seems{by} from {ip}{through}. Not every step is proven."
            )
        }
        Sure::Proven => format!("So: {shown} did it{by} from {ip}{through}. All steps proven."),
    }
}

/// The line of the details: who is behind the event, by what, and how sure that is.
pub(crate) fn in_a_line(row: RowRef<'_>, kin: &Kin, ctx: &Ctx<'_>) -> (String, &'static str) {
    let chain = kin.chain(row.who());
    let said = word(chain.root.sure);
    let text = match (&*chain.hops, chain.root.sure) {
        (_, Sure::Unknown) => chain.why.to_owned(),
        ([], _) => "itself".to_owned(),
        ([.., first], _) if first.grant.how == How::SourceIdentity => {
            format!("{} · source identity of the session", chain.root.shown)
        }
        ([.., first], _) => {
            let when = format::clock(first.grant.at, ctx.zone);
            let steps = match chain.hops.len() {
                1 => String::new(),
                n => format!(" and {} more", n - 1),
            };
            format!("{} · {} {when}{steps}", chain.root.shown, first.grant.how.event())
        }
    };
    (text, said)
}
