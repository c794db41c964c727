//! The sessions view: a line per sign-in or long-term key, with a bar on an axis of time; below it the
//! story of the selected one.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::action::Action;
use crate::event::field::{Column, Flag};
use crate::event::grant::{Grant, How};
use crate::event::name::tail;
use crate::event::time::{Millis, Timestamp};
use crate::insight::lens::Insight;
use crate::insight::sessions::{Began, Session, Sessions as Reckoned, SessionsWanted, Sort};
use crate::pane::board::{self, Parts, draw_cursor, draw_nothing, inside, line_style};
use crate::pane::columns::{SESSIONS as COLUMNS, Table};
use crate::pane::contract::{Change, Ctx, Pointed, Reply};
use crate::pane::steps::step_of;
use crate::pane::story;
use crate::pane::term::{shown, term};
use crate::ui::list::{Step, Viewport};
use crate::ui::table::{self, Place};
use crate::ui::theme::Role;
use crate::ui::{bars, format, text};

/// The column of the bar.
const BAR: usize = 2;
/// Which column each order sorts by.
const SORTED: [usize; Sort::ALL.len()] = [1, BAR, 3, 4, 5];
/// Lines of the story by the height there is.
const STORY: [(u16, u16); 4] = [(30, 13), (22, 9), (14, 5), (0, 0)];

/// The view: its order, and where the cursor is.
#[derive(Debug, Default)]
pub struct Sessions {
    sort: usize,
    /// The name of the session under the cursor.
    selected: Option<Arc<str>>,
    /// Its place, for when it is gone.
    at: usize,
    first: usize,
}

impl Sessions {
    /// What to reckon.
    pub fn wanted(&self) -> SessionsWanted {
        SessionsWanted { sort: Sort::ALL[self.sort].0, selected: self.selected.clone() }
    }

    /// Takes new sessions: the cursor stays on its session, or where it was if that is gone.
    pub fn accept(&mut self, insight: &Insight) {
        let Some(found) = self.mine(insight) else { return };
        self.at = self.place(found);
        self.selected = found.sessions.get(self.at).map(|it| Arc::clone(&it.name));
    }

    fn mine<'a>(&self, insight: &'a Insight) -> Option<&'a Reckoned> {
        insight.sessions.as_deref().filter(|it| it.sort == Sort::ALL[self.sort].0)
    }

    fn place(&self, found: &Reckoned) -> usize {
        let is_mine = |it: &Session| self.selected.as_ref() == Some(&it.name);
        let mine = found.sessions.iter().position(is_mine);
        mine.unwrap_or(self.at.min(found.sessions.len().saturating_sub(1)))
    }

    /// What an action asks of the view.
    pub fn act(&mut self, action: Action, ctx: &Ctx<'_>) -> Reply {
        if let Some(step) = step_of(action) {
            self.go(step, ctx);
            return Reply::Done;
        }
        match action {
            Action::Order => {
                self.sort = (self.sort + 1) % Sort::ALL.len();
                self.first = 0;
                Reply::Done
            }
            Action::Sessions => Reply::Close,
            Action::Zoom => Reply::Say("the sessions have the screen already".into()),
            Action::Details
            | Action::Include
            | Action::Exclude
            | Action::Pivot
            | Action::Lineage
            | Action::Before
            | Action::Mark => self.choose(action, ctx),
            _ => Reply::Ignored,
        }
    }

    fn choose(&self, action: Action, ctx: &Ctx<'_>) -> Reply {
        let found = self.mine(ctx.insight);
        let session = found.and_then(|found| found.sessions.get(self.place(found)));
        let Some(session) = session else { return Reply::Say("nothing is selected".into()) };
        let terms = || terms(session, ctx);
        match action {
            Action::Exclude => Reply::Filter(Change::Exclude, format!("({})", terms().join(" "))),
            Action::Include => Reply::Filter(Change::Add, terms().join(" ")),
            Action::Pivot => Reply::Filter(Change::Replace, terms().join(" ")),
            Action::Lineage => Reply::Lineage(session.first.1),
            Action::Before => Reply::Before(crate::insight::denied::Moment {
                until: session.first.1,
                since: None,
            }),
            Action::Mark => match ctx.view.snapshot.row(session.first.1) {
                Some(row) => Reply::Mark(row.id(), !row.has(Flag::Marked)),
                None => Reply::Say("its first event has left the buffer".into()),
            },
            _ => Reply::Show(terms()),
        }
    }

    fn go(&mut self, step: Step, ctx: &Ctx<'_>) {
        let Some(found) = self.mine(ctx.insight) else { return };
        let mut list = Viewport { cursor: self.place(found), top: self.first };
        list.step(step, found.sessions.len(), parts(ctx).rows.height);
        (self.at, self.first) = (list.cursor, list.top);
        self.selected = found.sessions.get(self.at).map(|it| Arc::clone(&it.name));
    }

    /// Selects the session at this line of the screen, where there is one.
    pub fn point(&mut self, y: u16, ctx: &Ctx<'_>) -> Pointed {
        let Some(found) = self.mine(ctx.insight) else { return Pointed::Nothing };
        let (area, all) = (parts(ctx).rows, found.sessions.len());
        let mut list = Viewport { cursor: self.place(found), top: self.first };
        list.settle(all, area.height);
        let Some(at) = list.row_at(y, area, all) else { return Pointed::Nothing };
        self.go(Step::To(at), ctx);
        Pointed::at(at == list.cursor)
    }

    /// Where what is below the table is.
    pub(crate) fn strip(ctx: &Ctx<'_>) -> Rect {
        parts(ctx).strip
    }

    /// Draws the view.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let parts = parts(ctx);
        let found = self.mine(ctx.insight);
        self.draw_title(buf, &ctx.within(parts.title), found.filter(|_| ctx.is_current));
        let Some(found) = found else {
            let words = format!("   looking for sessions {}", ctx.glyphs.ellipsis());
            text::put(buf, parts.rows, &words, ctx.style(Role::Dim));
            return;
        };
        let places = ctx.columns.of(Table::Sessions).places(ctx.area.width.saturating_sub(4), None);
        for place in &places {
            let is_sorted = place.column == SORTED[self.sort];
            let role = if is_sorted { Role::TitleFocused } else { Role::Title };
            let look = (ctx.style(role), ctx.glyphs);
            let title = match place.column {
                BAR => axis(found, place.width, ctx),
                column => COLUMNS[column].cells.title.to_owned(),
            };
            let fit = COLUMNS[place.column].cells.fit;
            table::cell(buf, inside(parts.headings), (*place, fit), &title, look);
        }
        if found.sessions.is_empty() {
            let others = format::counted(found.others, "row", "rows");
            let others = format!("{others} of AWS services and of callers without any");
            let what = "nobody used credentials";
            return draw_nothing(buf, &ctx.within(parts.rows), what, &others);
        }
        let cursor = self.place(found);
        let mut list = Viewport { cursor, top: self.first };
        list.settle(found.sessions.len(), parts.rows.height);
        list.draw(buf, parts.rows, found.sessions.len(), |buf, line, at| {
            draw_session(buf, &ctx.within(line), &found.sessions[at], &places, at == cursor);
        });
        let session = &found.sessions[cursor];
        let told = found.story.as_ref().filter(|(name, _)| *name == session.name);
        let told = told.map(|(_, story)| story.as_slice());
        story::draw(buf, &ctx.within(parts.strip), session, &title(session, ctx), told);
    }

    fn draw_title(&self, buf: &mut Buffer, ctx: &Ctx<'_>, found: Option<&Reckoned>) {
        let all = found.map_or_else(
            || ctx.glyphs.ellipsis().to_owned(),
            |found| format::count(found.found as u64),
        );
        let words = format!("SESSIONS {all}, a line per set of credentials in use");
        let title = bars::Title { x: 0, text: &words, style: ctx.style(Role::TitleFocused) };
        bars::divider(buf, ctx.area, &[title], &[], (ctx.style(Role::Divider), ctx.glyphs));
        let mut right =
            format!("{} sort: {}", ctx.keymap.key(Action::Order), Sort::ALL[self.sort].1);
        if let Some((keys, of)) = found.map(|found| found.folded).filter(|it| it.0 > it.1) {
            let sign_ins = format::counted(of as u64, "sign-in", "sign-ins");
            right = format!("{keys} console keys are {sign_ins} {} {right}", ctx.glyphs.dot());
        }
        if text::width(&words) + text::width(&right) + 10 < usize::from(ctx.area.width) {
            bars::divider_end(buf, ctx.area, &right, ctx.style(Role::Dim), ctx.glyphs);
        }
    }
}

/// The terms that keep the events of a session.
pub(crate) fn terms(session: &Session, ctx: &Ctx<'_>) -> Vec<String> {
    let sign_in = session.sign_in.and_then(|id| ctx.view.snapshot.row(id));
    let sign_in = sign_in.map(|row| term(Column::Id, row.text(Column::Id)));
    if session.n_keys == session.keys.len() && (session.n_keys > 0 || sign_in.is_some()) {
        let keys = session.keys.iter().map(|key| term(Column::Key, key));
        let any: Vec<String> = keys.chain(sign_in).collect();
        return vec![match &any[..] {
            [one] => one.clone(),
            several => format!("({})", several.join(" OR ")),
        }];
    }
    let (from, to) = (session.first.0, session.last.0 + Millis(1));
    vec![term(Column::Arn, &session.arn), format!("time:{from}..{to}")]
}

/// Where the parts of the view are.
fn parts(ctx: &Ctx<'_>) -> Parts {
    let story = STORY.iter().find(|(least, _)| ctx.area.height >= *least).map_or(0, |it| it.1);
    Parts::of(ctx.area, board::strip(ctx, story))
}

/// When the bars begin and end.
fn axis(found: &Reckoned, cells: u16, ctx: &Ctx<'_>) -> String {
    let end = found.start + Millis(found.step.0.saturating_mul(found.steps() as i64));
    let is_long = format::is_other_day(found.start, end, ctx.zone);
    let said = |at: Timestamp| match is_long {
        true => format!("{} {}", format::short_date(at, ctx.zone), format::minute(at, ctx.zone)),
        false => format::minute(at, ctx.zone),
    };
    let (from, to) = (said(found.start), said(end));
    let cells = usize::from(cells);
    match cells.checked_sub(text::width(&from) + text::width(&to)) {
        Some(gap) if gap > 0 => format!("{from}{}{to}", " ".repeat(gap)),
        _ => from,
    }
}

fn draw_session(
    buf: &mut Buffer,
    ctx: &Ctx<'_>,
    session: &Session,
    places: &[Place],
    is_cursor: bool,
) {
    let style = |role| line_style(ctx, is_cursor, role);
    if is_cursor {
        draw_cursor(buf, ctx);
    }
    let number = |n: u64, role: Role| match n {
        0 => (ctx.glyphs.dot().to_owned(), Role::Dim),
        n if n < 1_000_000 => (n.to_string(), role),
        n => (format::short_count(n), role),
    };
    for place in places {
        let cells = usize::from(place.width);
        if place.column == BAR {
            let area = inside(ctx.area);
            let at = text::row(area.x + place.x, area.y, place.width);
            let values = bars::resample(&session.bar, place.width);
            bars::sparkline(buf, at, &values, 0, (style(Role::Bar), ctx.glyphs));
            continue;
        }
        let (words, role) = match place.column {
            0 => (shown(Column::Actor, &session.actor, cells, ctx), who(session)),
            1 => (how(session, ctx), Role::Text),
            3 => number(session.events, Role::Text),
            4 => number(session.writes, Role::Text),
            5 => number(session.denied, Role::Denied),
            _ => number(session.ips as u64, Role::Text),
        };
        let fit = COLUMNS[place.column].cells.fit;
        table::cell(buf, inside(ctx.area), (*place, fit), &words, (style(role), ctx.glyphs));
    }
}

/// The root is loud.
fn who(session: &Session) -> Role {
    if &*session.actor == crate::event::identity::ROOT { Role::Root } else { Role::Text }
}

/// How it began, below what made it.
pub(crate) fn how(session: &Session, ctx: &Ctx<'_>) -> String {
    let branch = match session.depth {
        0 => String::new(),
        depth => format!("{}{} ", "  ".repeat(depth - 1), ctx.glyphs.pick("└", "`")),
    };
    let near = |at: Timestamp| format::near(at, ctx.now, ctx.zone);
    let words = match &session.began {
        Began::SignIn(at, mfa) => {
            let mfa = match &**mfa {
                "yes" => " with MFA",
                "no" => " no MFA",
                _ => "",
            };
            format!("console {}{mfa}", near(*at))
        }
        Began::Console(at) => format!("console {}, not seen", near(*at)),
        Began::Issued(grant) => issued(grant, &session.actor, ctx),
        Began::At(at) => format!("{}, not seen", near(*at)),
        Began::LongTerm => match session.keys.iter().find(|key| key.starts_with("AKIA")) {
            Some(key) => format!("key {} begun: unknown", tail(key)),
            None => "long-term key, begun: unknown".into(),
        },
        Began::Unknown => "begun: unknown".into(),
    };
    format!("{branch}{words}")
}

/// What issued the key, by name.
fn issued(grant: &Grant, actor: &str, ctx: &Ctx<'_>) -> String {
    let when = format::near(grant.at, ctx.now, ctx.zone);
    let name = match grant.how {
        How::AccessKey => return format!("key {} made {when}", tail(&grant.key)),
        How::Saml if grant.session.contains("/AWSReservedSSO_") => "Identity Center",
        How::IdentityCenter => "Identity Center",
        How::Saml => "SAML",
        How::WebIdentity => "web identity",
        How::SessionToken => "session token",
        How::FederationToken => "federation token",
        How::RolesAnywhere => "roles anywhere",
        How::SourceIdentity => "source identity",
        How::AssumeRole | How::AssumeRoot | How::SignIn => grant.how.event(),
    };
    let by = &grant.by.actor;
    if by.is_empty() || **by == *actor {
        format!("{name} {when}")
    } else {
        format!("{name} {when} by {by}")
    }
}

/// What stands over the story.
fn title(session: &Session, ctx: &Ctx<'_>) -> String {
    let keys = match (&session.keys[..], session.n_keys) {
        ([], _) => String::new(),
        ([key], _) => format!(" key {}", tail(key)),
        (_, n) => format!(" {n} keys"),
    };
    let ips = match session.ips {
        1 => session.ip.to_string(),
        n => format!("{n} addresses"),
    };
    let actor = shown(Column::Actor, &session.actor, 40, ctx);
    format!("{actor}{keys} {dot} {ips}", dot = ctx.glyphs.dot())
}
