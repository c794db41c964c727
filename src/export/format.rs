//! The forms a result is written in. A row becomes bytes once, when it matches; what is held,
//! sorted and spilled are these bytes, and the last step only adds widths and commas.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::event::json::Json;
use crate::event::time::Timestamp;
use crate::export::column::Chosen;
use crate::export::minify::minify;
use crate::export::safe;
use crate::store::snapshot::RowRef;

/// The forms of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns.
    Table,
    /// One original record a line.
    Ndjson,
    /// The original records as one array.
    Json,
    /// Comma-separated values, safe to open in a spreadsheet.
    Csv,
    /// A Markdown table.
    Md,
}

/// How rows become text, and what was learned of their widths on the way.
#[derive(Debug, Clone)]
pub struct Page {
    format: Format,
    /// The width in cells when the result goes to a terminal.
    terminal: Option<u16>,
    header: Vec<String>,
    widths: Vec<usize>,
    /// Once the header is written the widths stay.
    is_fitted: bool,
    rows: u64,
}

/// No column of a table is made wider than this.
const WIDEST: usize = 80;
/// Nor narrower, when a terminal has too little room.
const NARROWEST: usize = 6;

impl Page {
    /// A page with these column names; `terminal` is the width of the terminal it is shown on.
    pub fn new(format: Format, header: Vec<String>, terminal: Option<u16>) -> Self {
        let widths = header.iter().map(|name| name.width()).collect();
        Self { format, terminal, header, widths, is_fitted: false, rows: 0 }
    }

    /// Whether rows are the records themselves.
    pub fn is_records(&self) -> bool {
        matches!(self.format, Format::Ndjson | Format::Json)
    }

    /// Whether counts are written as plain lines, parted by TABs.
    pub fn is_plain(&self) -> bool {
        self.format == Format::Table
    }

    /// A matching event as the bytes that are kept of it.
    pub fn event(
        &mut self,
        row: RowRef<'_>,
        raw: &[u8],
        columns: &[Chosen],
        now: Timestamp,
    ) -> Vec<u8> {
        if self.is_records() {
            return self.record(raw);
        }
        let text = String::from_utf8_lossy(raw);
        let json = Json::of(&text);
        let cells: Vec<_> = columns.iter().map(|column| column.text(row, json, now)).collect();
        self.cells(&cells)
    }

    /// A record on one line.
    pub(crate) fn record(&self, raw: &[u8]) -> Vec<u8> {
        let mut line = vec![];
        minify(raw, &mut line);
        if self.terminal.is_some() {
            line = safe::shown(&String::from_utf8_lossy(&line)).into_owned().into_bytes();
        }
        line
    }

    /// A row of cells as the bytes that are kept of it.
    pub fn cells(&mut self, cells: &[impl AsRef<str>]) -> Vec<u8> {
        let mut line = String::new();
        match self.format {
            Format::Table => {
                for (at, cell) in cells.iter().enumerate() {
                    let text = safe::shown(cell.as_ref());
                    if !self.is_fitted {
                        self.widths[at] = self.widths[at].max(text.width());
                    }
                    // No cell holds a TAB once it is safe, so it can part them.
                    line.push_str(if at > 0 { "\t" } else { "" });
                    line.push_str(&text);
                }
            }
            Format::Csv => self.csv(cells, &mut line),
            Format::Md => md(cells, &mut line),
            Format::Ndjson | Format::Json => self.object(cells, &mut line),
        }
        line.into_bytes()
    }

    /// What stands before the first row.
    pub fn head(&mut self) -> Vec<u8> {
        self.fit();
        let header = self.header.clone();
        match self.format {
            Format::Table => self.aligned(&header.join("\t")).into_bytes(),
            Format::Csv => [self.cells(&header), b"\n".to_vec()].concat(),
            Format::Md => {
                let rule = "| --- ".repeat(header.len()) + "|\n";
                [self.cells(&header), b"\n".to_vec(), rule.into_bytes()].concat()
            }
            Format::Ndjson => vec![],
            Format::Json => b"[".to_vec(),
        }
    }

    /// A row that was kept, as it is written.
    pub fn row(&mut self, kept: &[u8], out: &mut Vec<u8>) {
        self.rows += 1;
        match self.format {
            Format::Table => {
                out.extend(self.aligned(&String::from_utf8_lossy(kept)).into_bytes());
            }
            Format::Json => {
                out.extend_from_slice(if self.rows > 1 { b",\n" } else { b"\n" });
                out.extend_from_slice(kept);
            }
            Format::Ndjson | Format::Csv | Format::Md => {
                out.extend_from_slice(kept);
                out.push(b'\n');
            }
        }
    }

    /// What stands behind the last row.
    pub fn tail(&self) -> &'static [u8] {
        match (self.format, self.rows) {
            (Format::Json, 0) => b"]\n",
            (Format::Json, _) => b"\n]\n",
            _ => b"",
        }
    }

    /// Settles the widths: as wide as the widest cell, but together no wider than the terminal.
    fn fit(&mut self) {
        self.is_fitted = true;
        self.widths.iter_mut().for_each(|width| *width = (*width).min(WIDEST));
        let Some(room) = self.terminal.map(usize::from) else { return };
        let gaps = 2 * self.widths.len().saturating_sub(1);
        while self.widths.iter().sum::<usize>() + gaps > room {
            match self.widths.iter_mut().max() {
                Some(widest) if *widest > NARROWEST => *widest -= 1,
                _ => break,
            }
        }
    }

    /// A line of cells under each other, parted by two blanks.
    fn aligned(&self, kept: &str) -> String {
        let mut line = String::new();
        let last = self.header.len().saturating_sub(1);
        for (at, cell) in kept.split('\t').enumerate() {
            let Some(&width) = self.widths.get(at) else { break };
            line.push_str(if at > 0 { "  " } else { "" });
            if at == last && self.terminal.is_none() {
                line.push_str(cell);
                break;
            }
            let keeps_tail = KEEP_TAIL.contains(&self.header[at].as_str());
            let text = if self.terminal.is_some() {
                cut(cell, width, keeps_tail)
            } else {
                cell.to_owned()
            };
            line.push_str(&text);
            if at < last {
                line.push_str(&" ".repeat(width.saturating_sub(text.width())));
            }
        }
        let mut line = match self.terminal {
            Some(room) => cut(line.trim_end(), usize::from(room), false),
            None => line.trim_end().to_owned(),
        };
        line.push('\n');
        line
    }

    /// A line of comma-separated values. Quoted where a comma, a semicolon (the comma of half the
    /// world's spreadsheets), a quote, a control or a blank at an end could be misread.
    fn csv(&self, cells: &[impl AsRef<str>], line: &mut String) {
        for (at, cell) in cells.iter().enumerate() {
            line.push_str(if at > 0 { "," } else { "" });
            let cell = cell.as_ref();
            let shown = if self.terminal.is_some() { safe::shown(cell) } else { cell.into() };
            let guard = if is_formula(cell) { "'" } else { "" };
            let marks = |c: char| matches!(c, ',' | ';' | '"') || c.is_ascii_control();
            if shown.contains(marks) || cell.trim() != cell || cells.len() == 1 && cell.is_empty() {
                line.extend(["\"", guard, &shown.replace('"', "\"\""), "\""]);
            } else {
                line.extend([guard, &shown]);
            }
        }
    }

    /// A row of counts as a JSON object: numbers where the header says so.
    fn object(&self, cells: &[impl AsRef<str>], line: &mut String) {
        for (at, (name, cell)) in self.header.iter().zip(cells).enumerate() {
            line.push_str(if at > 0 { "," } else { "{" });
            line.extend([&self.text(name), ":"]);
            if name == COUNT && at == 0 {
                line.push_str(cell.as_ref());
            } else {
                line.push_str(&self.text(cell.as_ref()));
            }
        }
        line.push('}');
    }

    fn text(&self, text: &str) -> String {
        let json = serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_owned());
        if self.terminal.is_some() { safe::shown(&json).into_owned() } else { json }
    }
}

/// The header of the number in a table of counts.
pub const COUNT: &str = "count";

/// Columns whose tail tells values apart.
const KEEP_TAIL: &[&str] = &["target", "arn", "role", "key", "principal"];

/// Whether a spreadsheet would take a cell for a formula. A lone `-` is none.
fn is_formula(cell: &str) -> bool {
    cell != "-" && cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

fn md(cells: &[impl AsRef<str>], line: &mut String) {
    for cell in cells {
        line.push_str("| ");
        for c in safe::shown(cell.as_ref()).chars() {
            if matches!(c, '\\' | '|' | '`' | '*' | '[' | ']' | '<' | '~' | '#' | '!' | '&') {
                line.push('\\');
            }
            line.push(c);
        }
        line.push(' ');
    }
    line.push('|');
}

/// A text of at most `width` cells, with an ellipsis where something was cut.
fn cut(text: &str, width: usize, keeps_tail: bool) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let fits = |chars: &mut dyn Iterator<Item = char>| -> Vec<char> {
        let mut room = width.saturating_sub(1);
        let taken = chars.take_while(|c| {
            let wide = c.width().unwrap_or(0);
            let fits = wide <= room;
            room = room.saturating_sub(wide);
            fits
        });
        taken.collect()
    };
    match (width, keeps_tail) {
        (0, _) => String::new(),
        (_, false) => fits(&mut text.chars()).into_iter().chain(['…']).collect(),
        (_, true) => {
            ['…'].into_iter().chain(fits(&mut text.chars().rev()).into_iter().rev()).collect()
        }
    }
}

#[cfg(test)]
#[path = "format_tests.rs"]
mod tests;
