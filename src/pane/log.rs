//! What the program had to say: notices, newest last.

use std::collections::VecDeque;

use ratatui::buffer::Buffer;

use crate::event::time::Timestamp;
use crate::pane::contract::Ctx;
use crate::ui::theme::Role;
use crate::ui::{format, text};

/// The most notices kept.
const KEPT: usize = 500;

/// The notices of this run.
#[derive(Debug, Default)]
pub struct Log {
    lines: VecDeque<(Timestamp, String)>,
}

impl Log {
    /// Adds a notice.
    pub fn add(&mut self, at: Timestamp, line: String) {
        if self.lines.len() == KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back((at, line));
    }

    /// Draws the last ones.
    pub fn draw(&self, buf: &mut Buffer, ctx: &Ctx<'_>) {
        if self.lines.is_empty() {
            text::put(buf, ctx.area, " Nothing was said yet.", ctx.style(Role::Dim));
        }
        let skip = self.lines.len().saturating_sub(usize::from(ctx.area.height));
        for ((at, line), y) in self.lines.iter().skip(skip).zip(ctx.area.y..) {
            let area = text::row(ctx.area.x, y, ctx.area.width);
            let x = text::put(
                buf,
                area,
                &format!(" {} ", format::clock(*at, ctx.zone)),
                ctx.style(Role::Dim),
            );
            text::put(
                buf,
                text::row(x, y, area.right().saturating_sub(x)),
                line,
                ctx.style(Role::Text),
            );
        }
    }
}
