//! The denied lens: who was refused what, why, and what came of it. People and roles first, AWS
//! services below, one line a cause. Every row is a filter.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::command::action::Action;
use crate::command::effect::Effect;
use crate::event::field::Column;
use crate::event::name;
use crate::event::time::Timestamp;
use crate::insight::denied::{Denied as Reckoned, Group, Key, Moment, Since, Sort};
use crate::insight::lens::Insight;
use crate::pane::before;
use crate::pane::board::{self, Parts, draw_cursor, draw_nothing, inside, line_style};
use crate::pane::columns::{DENIED as COLUMNS, Table};
use crate::pane::contract::{Change, Ctx, Pointed, Reply};
use crate::pane::steps::step_of;
use crate::pane::term::{shown, term};
use crate::ui::list::{Step, Viewport};
use crate::ui::table::{self, Place};
use crate::ui::theme::Role;
use crate::ui::{bars, format, text};

/// Below this width what was denied says more than how often.
const NARROW: u16 = 50;
/// Which column says how often.
const TIMES: usize = 1;
/// From this height on there is room for the strip below the table.
const STRIP_FROM: u16 = 13;

/// The view: its order, and where the cursor is.
#[derive(Debug, Default)]
pub struct Denied {
    sort: usize,
    /// The group under the cursor.
    selected: Option<Key>,
    /// Its place, for when it is gone.
    at: usize,
    first: usize,
    moment: Option<Moment>,
}

impl Denied {
    /// The order to reckon it in.
    pub fn wanted(&self) -> Sort {
        Sort::ALL[self.sort].0
    }

    /// The moment of the group under the cursor.
    pub fn moment(&self) -> Option<Moment> {
        self.moment
    }

    /// Takes new groups: the cursor stays on its group, or where it was if that is gone.
    pub fn accept(&mut self, insight: &Insight) {
        let Some(denied) = self.mine(insight) else { return };
        self.at = self.place(denied);
        let group = nth(denied, self.at);
        self.selected = group.map(|group| group.key.clone());
        self.moment = group.map(|group| group.before);
    }

    fn mine<'a>(&self, insight: &'a Insight) -> Option<&'a Reckoned> {
        insight.denied.as_deref().filter(|denied| denied.sort == self.wanted())
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
            }
            Action::Denied => return Reply::Close,
            Action::Zoom => return Reply::Say("the denied lens has the screen already".into()),
            Action::Details
            | Action::Include
            | Action::Exclude
            | Action::Pivot
            | Action::Before
            | Action::Lineage
            | Action::CopyText => return self.choose(action, ctx),
            _ => return Reply::Ignored,
        }
        Reply::Done
    }

    fn choose(&self, action: Action, ctx: &Ctx<'_>) -> Reply {
        let group = self.mine(ctx.insight).and_then(|denied| nth(denied, self.place(denied)));
        let Some(group) = group else {
            return Reply::Say("nothing is selected".into());
        };
        let all = || terms(group).join(" ");
        match action {
            Action::Exclude => Reply::Filter(Change::Exclude, format!("({})", all())),
            Action::Include => Reply::Filter(Change::Add, all()),
            Action::Pivot => Reply::Filter(Change::Replace, all()),
            Action::Before => Reply::Before(group.before),
            Action::Lineage => Reply::Lineage(group.row),
            Action::CopyText => {
                Reply::Do(Effect::Copy(ticket(group, ctx), "the group as text for a ticket"))
            }
            _ => {
                let denied = "result:denied".to_owned();
                Reply::Show(terms(group).into_iter().chain([denied]).collect())
            }
        }
    }

    fn place(&self, denied: &Reckoned) -> usize {
        let mut groups = denied.people.iter().chain(&denied.services);
        let mine = groups.position(|group| self.selected.as_ref() == Some(&group.key));
        let all = denied.people.len() + denied.services.len();
        mine.unwrap_or(self.at.min(all.saturating_sub(1)))
    }

    fn go(&mut self, step: Step, ctx: &Ctx<'_>) {
        let Some(denied) = self.mine(ctx.insight) else { return };
        let rows = denied.people.len() + denied.services.len();
        let mut list = Viewport { cursor: self.place(denied), top: self.first };
        list.step(step, rows, parts(ctx).rows.height);
        (self.at, self.first) = (list.cursor, list.top);
        let group = nth(denied, list.cursor);
        self.selected = group.map(|group| group.key.clone());
        self.moment = group.map(|group| group.before);
    }

    /// Selects the group at this line of the screen, where there is one.
    pub fn point(&mut self, y: u16, ctx: &Ctx<'_>) -> Pointed {
        let Some(denied) = self.mine(ctx.insight) else { return Pointed::Nothing };
        let (area, lines) = (parts(ctx).rows, Lines::of(denied));
        let cursor = self.place(denied);
        let list = self.list(denied, &lines, area.height);
        let line = list.row_at(y, area, lines.all);
        let Some(at) = line.and_then(|line| lines.group(line)) else { return Pointed::Nothing };
        self.go(Step::To(at), ctx);
        Pointed::at(at == cursor)
    }

    /// What is seen of the lines.
    fn list(&self, denied: &Reckoned, lines: &Lines, height: u16) -> Viewport {
        let mut list = Viewport { cursor: lines.of_group(self.place(denied)), top: self.first };
        list.settle(lines.all, height);
        list
    }

    /// Where what is below the table is.
    pub(crate) fn strip(ctx: &Ctx<'_>) -> Rect {
        parts(ctx).strip
    }

    /// Draws the view.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        let parts = parts(ctx);
        let denied = self.mine(ctx.insight);
        self.draw_title(buf, &ctx.within(parts.title), denied.filter(|_| ctx.is_current));
        let Some(denied) = denied else {
            let words = format!("   looking for what was denied {}", ctx.glyphs.ellipsis());
            text::put(buf, parts.rows, &words, ctx.style(Role::Dim));
            return;
        };
        let without = (ctx.area.width < NARROW).then_some(TIMES);
        let places = ctx.columns.of(Table::Denied);
        let places = places.places(ctx.area.width.saturating_sub(4), without);
        for place in &places {
            let sorted = [6, 1, 4, 0][self.sort];
            let is_sorted = place.column == if sorted == 6 { 4 } else { sorted };
            let role = if is_sorted { Role::TitleFocused } else { Role::Title };
            let column = &COLUMNS[place.column].cells;
            let title = column.title.replace('→', ctx.glyphs.arrow());
            let look = (ctx.style(role), ctx.glyphs);
            table::cell(buf, inside(parts.headings), (*place, column.fit), &title, look);
        }
        if nth(denied, 0).is_none() {
            let looked_at = format::counted(ctx.view.in_window as u64, "row", "rows");
            let looked_at = format!("{looked_at} looked at, noise included");
            return draw_nothing(buf, &ctx.within(parts.rows), "nothing was denied", &looked_at);
        }
        self.draw_rows(buf, &ctx.within(parts.rows), denied, &places);
        if let Some(group) = nth(denied, self.place(denied)) {
            draw_strip(buf, &ctx.within(parts.strip), group);
        }
    }

    /// The groups, and a divider where those of services begin.
    fn draw_rows(&self, buf: &mut Buffer, ctx: &Ctx<'_>, denied: &Reckoned, places: &[Place]) {
        let (lines, cursor) = (Lines::of(denied), self.place(denied));
        let list = self.list(denied, &lines, ctx.area.height);
        list.draw(buf, ctx.area, lines.all, |buf, line, at| {
            let ctx = ctx.within(line);
            let Some(at) = lines.group(at) else { return draw_services(buf, &ctx, denied) };
            if let Some(group) = nth(denied, at) {
                draw_group(buf, &ctx, group, places, at == cursor);
            }
        });
    }

    fn draw_title(&self, buf: &mut Buffer, ctx: &Ctx<'_>, denied: Option<&Reckoned>) {
        let all = denied.map_or_else(
            || ctx.glyphs.ellipsis().to_owned(),
            |denied| {
                let (groups, times) = (denied.groups.0 as u64, denied.times.0);
                format!("{} in {}", format::count(times), groups_of(groups))
            },
        );
        let words = format!("DENIED people and roles: {all}");
        let title = bars::Title { x: 0, text: &words, style: ctx.style(Role::TitleFocused) };
        bars::divider(buf, ctx.area, &[title], &[], (ctx.style(Role::Divider), ctx.glyphs));
        let sort = Sort::ALL[self.sort].1;
        let key = ctx.keymap.key(Action::Order);
        let words = format!("by actor + action {} {key} sort: {sort}", ctx.glyphs.dot());
        if text::width(&words) + 40 < usize::from(ctx.area.width) {
            bars::divider_end(buf, ctx.area, &words, ctx.style(Role::Dim), ctx.glyphs);
        }
    }
}

/// The lines of the list: a group each, and a divider where those of services begin.
struct Lines {
    all: usize,
    divider: Option<usize>,
}

impl Lines {
    fn of(denied: &Reckoned) -> Self {
        let (people, services) = (denied.people.len(), denied.services.len());
        let divider = (services > 0).then_some(people);
        Self { all: people + services + usize::from(divider.is_some()), divider }
    }

    /// The line of a group.
    fn of_group(&self, at: usize) -> usize {
        at + usize::from(self.divider.is_some_and(|line| at >= line))
    }

    /// The group of a line; none on the divider.
    fn group(&self, line: usize) -> Option<usize> {
        let is_below = self.divider.is_some_and(|divider| line > divider);
        (self.divider != Some(line)).then(|| line - usize::from(is_below))
    }
}

fn groups_of(n: u64) -> String {
    format::counted(n, "group", "groups")
}

/// The groups one after the other, people first.
fn nth(denied: &Reckoned, at: usize) -> Option<&Group> {
    denied.people.get(at).or_else(|| denied.services.get(at.checked_sub(denied.people.len())?))
}

/// Where the parts of the view are.
fn parts(ctx: &Ctx<'_>) -> Parts {
    let strip = match ctx.area.height {
        ..STRIP_FROM => 0,
        STRIP_FROM..18 => 4,
        18..26 => 5,
        _ => 8,
    };
    Parts::of(ctx.area, board::strip(ctx, strip))
}

/// The terms that keep what a group is made of.
fn terms(group: &Group) -> Vec<String> {
    let Key { actor, account, service, place, .. } = &group.key;
    let event = match &*group.actions {
        [(event, _)] => term(Column::Event, event),
        several => {
            let all: Vec<String> =
                several.iter().map(|(event, _)| term(Column::Event, event)).collect();
            format!("({})", all.join(" OR "))
        }
    };
    let mut terms = vec![term(Column::Actor, actor), term(Column::Service, service), event];
    if !account.is_empty() {
        terms.push(term(Column::Account, account));
    }
    if !place.is_empty() {
        let bucket = term(Column::Target, place);
        let inside = crate::query::literal::quote(&format!("{place}/")).replacen('=', "", 1);
        terms.push(format!("({bucket} OR target:{inside})"));
    }
    terms
}

fn draw_services(buf: &mut Buffer, ctx: &Ctx<'_>, denied: &Reckoned) {
    let words = format!("DENIED AWS services: {}", format::count(denied.times.1));
    let title = bars::Title { x: 0, text: &words, style: ctx.style(Role::Title) };
    bars::divider(buf, ctx.area, &[title], &[], (ctx.style(Role::Divider), ctx.glyphs));
    let causes = format::counted(denied.groups.1 as u64, "cause", "causes");
    let causes = format!("folded: {causes}");
    bars::divider_end(buf, ctx.area, &causes, ctx.style(Role::Dim), ctx.glyphs);
}

fn draw_group(buf: &mut Buffer, ctx: &Ctx<'_>, group: &Group, places: &[Place], is_cursor: bool) {
    let style = |role| line_style(ctx, is_cursor, role);
    if is_cursor {
        draw_cursor(buf, ctx);
    }
    for place in places {
        let cells = usize::from(place.width);
        let (words, role) = match place.column {
            0 => (shown(Column::Actor, &group.key.actor, cells, ctx), Role::Text),
            1 => (times(group.times), Role::Denied),
            2 => (action(group), Role::Text),
            3 => (on(group, cells, ctx), Role::Text),
            4 => (span(group, ctx), Role::Dim),
            5 => (why(group), Role::Text),
            6 => since(group, ctx),
            _ => (shown(Column::Account, &group.key.account, cells, ctx), Role::Dim),
        };
        let fit = COLUMNS[place.column].cells.fit;
        table::cell(buf, inside(ctx.area), (*place, fit), &words, (style(role), ctx.glyphs));
    }
}

fn times(n: u64) -> String {
    if n < 1_000_000 { format::count(n) } else { format::short_count(n) }
}

/// `s3:PutObject, HeadBucket`
fn action(group: &Group) -> String {
    let events: Vec<&str> = group.actions.iter().take(8).map(|(event, _)| &**event).collect();
    format!("{}:{}", name::service(&group.key.service), events.join(", "))
}

/// One target by its name, several by their number.
fn on(group: &Group, cells: usize, ctx: &Ctx<'_>) -> String {
    let place = &group.key.place;
    if !place.is_empty() {
        return shown(Column::Target, place, cells, ctx);
    }
    match (group.on.distinct, &*group.on.one) {
        (0 | 1, "*" | "-" | "?") => group.on.one.to_string(),
        (0 | 1, one) => shown(Column::Target, one, cells, ctx),
        (n, _) => format!("{} {}", format::count(n as u64), group.on.kind),
    }
}

/// From when to when, without saying the day twice.
fn span(group: &Group, ctx: &Ctx<'_>) -> String {
    let (zone, arrow) = (ctx.zone, ctx.glyphs.arrow());
    let (first, last) = (group.first, group.last);
    let from = format::near(first, ctx.now, zone);
    if first.0.div_euclid(1000) == last.0.div_euclid(1000) {
        return from;
    }
    let is_other_day = format::is_other_day(first, last, zone);
    let is_today = !format::is_other_day(last, ctx.now, zone);
    match (is_other_day, is_today) {
        (false, true) => format!("{from} {arrow} {}", format::clock(last, zone)),
        (false, false) => {
            let day = format::short_date(first, zone);
            format!("{day} {} {arrow} {}", format::minute(first, zone), format::minute(last, zone))
        }
        (true, _) => {
            format!(
                "{} {arrow} {}",
                format::short_date(first, zone),
                format::short_date(last, zone)
            )
        }
    }
}

/// The most frequent reason, and whether there are others.
fn why(group: &Group) -> String {
    match &*group.why {
        [] => String::new(),
        [(why, _)] => why.word().to_owned(),
        [(why, _), others @ ..] => format!("{} +{}", why.word(), others.len()),
    }
}

/// What came of it, and how much that matters.
fn since(group: &Group, ctx: &Ctx<'_>) -> (String, Role) {
    let near = |at: Timestamp| format::near(at, ctx.now, ctx.zone);
    match group.since {
        Since::NotTried => ("not tried again".into(), Role::Dim),
        Since::GoingOn => ("going on".into(), Role::Warning),
        Since::After(least, most) => {
            let (least, most) = (least.0 / 1000, most.0 / 1000);
            let words = match (least, most) {
                (_, 0) => "ok same second".into(),
                (0, most) => format!("ok within {most} s"),
                (least, most) if least == most => format!("ok after {most} s"),
                (least, most) => format!("ok after {least}-{most} s"),
            };
            (words, Role::Accent)
        }
        Since::Ok(at, n, all) if n == all => (format!("ok {}", near(at)), Role::Accent),
        Since::Ok(at, n, all) => (format!("ok {} ({n} of {all})", near(at)), Role::Accent),
        Since::Elsewhere(_) => ("ok on others".into(), Role::Text),
        Since::Failed => ("failed since".into(), Role::Text),
    }
}

/// Below the table: what changed before the group under the cursor.
fn draw_strip(buf: &mut Buffer, ctx: &Ctx<'_>, group: &Group) {
    if ctx.area.is_empty() {
        return;
    }
    let near = |at: Timestamp| format::near(at, ctx.now, ctx.zone);
    let actor = shown(Column::Actor, &group.key.actor, 28, ctx);
    let what = action(group);
    let what = ctx.glyphs.cut_right(&what, 36);
    let words = match (group.since, group.before.since) {
        (Since::Ok(at, ..), Some(since)) => {
            format!("{actor} {what}: denied {}, ok {}. Changed in between", near(since), near(at))
        }
        _ => format!("{actor} {what}: first denied {}. Changed before", near(group.first)),
    };
    let found = before::found(group.before, ctx);
    let many =
        found.map_or(String::new(), |found| format!(": {}", format::count(found.found as u64)));
    let words = format!("{words} ({}){many}", ctx.keymap.key(Action::Before));
    let room = usize::from(ctx.area.width).saturating_sub(6);
    let words = ctx.glyphs.cut_right(&words, room);
    let title = bars::Title { x: 0, text: &words, style: ctx.style(Role::Title) };
    bars::divider(buf, ctx.area, &[title], &[], (ctx.style(Role::Divider), ctx.glyphs));
    let below = Rect { y: ctx.area.y + 1, height: ctx.area.height - 1, ..ctx.area };
    let line = text::row(below.x, below.y, below.width);
    let cut = ctx.glyphs.cut_right(&reasons(group), usize::from(line.width)).into_owned();
    text::put(buf, line, &cut, ctx.style(Role::Dim));
    let said = 1.min(below.height);
    let rest = Rect { y: below.y + said, height: below.height - said, ..below };
    before::draw_changes(buf, &ctx.within(rest), found, None);
}

/// What the words of the column say: `WHY encoded: the message is encoded (sts:…)`.
fn reasons(group: &Group) -> String {
    let said = group.why.iter().map(|(why, _)| format!("{}: {}", why.word(), why.sentence()));
    let said: Vec<String> = said.collect();
    if said.is_empty() { String::new() } else { format!("   WHY {}", said.join(" · ")) }
}

/// A group as text for a ticket: times in full, with their zone.
fn ticket(group: &Group, ctx: &Ctx<'_>) -> String {
    let stamp = |at: Timestamp| format::stamp(at, ctx.zone);
    let Key { actor, account, .. } = &group.key;
    let times = if group.times == 1 {
        "once".into()
    } else {
        format!("{} times", format::count(group.times))
    };
    let on = on(group, 200, ctx);
    let why: Vec<&str> = group.why.iter().map(|(why, _)| why.sentence()).collect();
    let when = match group.first == group.last {
        true => stamp(group.first),
        false => format!("{} to {}", stamp(group.first), stamp(group.last)),
    };
    let since = match group.since {
        Since::Ok(at, ..) => format!("ok {}", stamp(at)),
        _ => since(group, ctx).0,
    };
    let mut lines = vec![
        format!("{actor} (account {account}) was denied {} {times} on {on}", action(group)),
        format!("When: {when} ({})", format::zone_name(group.first, ctx.zone)),
        format!("Why: {}", why.join("; ")),
        format!("Since then: {since}"),
    ];
    if let Some(found) = before::found(group.before, ctx) {
        lines.push(format!("Changed before: {}", found.found));
        let changes = found.changes.iter().take(10);
        lines.extend(changes.filter_map(|it| Some(format!("  {}", before::sentence(it, ctx)?))));
    }
    lines.iter().map(|line| text::sanitize(line) + "\n").collect()
}
