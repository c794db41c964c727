//! Where a stream of bytes may be cut so that no JSON value is cut with it. Follows the nesting byte
//! by byte as the bytes come, so that a stream is looked at once however slowly it comes.

use crate::event::envelope::{Extent, is_complete, is_line};

/// Bytes gathered until they can be cut.
#[derive(Debug, Default)]
pub struct Cutter {
    /// What was not handed over yet.
    buffer: Vec<u8>,
    /// Where `buffer` begins in the stream.
    base: u64,
    /// How far `buffer` was looked at.
    seen: usize,
    depth: u64,
    in_string: bool,
    escaped: bool,
    /// Where the current line begins.
    line: usize,
    /// Just past the last line feed that stands between two values.
    boundary: usize,
    /// A line feed was met inside the current value.
    spans: bool,
    /// A string went over a line feed: nesting means nothing from there on.
    torn: bool,
    /// A line that is complete by itself was met inside a value; whether it is a line of its own
    /// or an element shows in what follows it.
    doubt: bool,
    /// An array or object stood on a line of its own.
    had_line: bool,
    /// A value went over several lines.
    had_document: bool,
    /// Each line stands for itself; once known it stays.
    lines: bool,
}

impl Cutter {
    /// Adds what came next.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        if !self.lines {
            self.look();
            if self.lines {
                // The lines that were held back may go now.
                self.seen = self.boundary;
            }
        }
        if self.lines {
            let fresh = &self.buffer[self.seen..];
            if let Some(lf) = memchr::memrchr(b'\n', fresh) {
                self.boundary = self.seen + lf + 1;
            }
            self.seen = self.buffer.len();
        }
    }

    /// How many bytes are held.
    pub fn held(&self) -> usize {
        self.buffer.len()
    }

    /// Whether anything can be cut off.
    pub fn is_ready(&self) -> bool {
        self.boundary > 0
    }

    /// Takes the bytes up to the last place where a cut hurts nothing.
    pub fn cut(&mut self) -> (u64, Vec<u8>, Extent) {
        let extent = self.extent();
        let rest = self.buffer.split_off(self.boundary);
        let bytes = std::mem::replace(&mut self.buffer, rest);
        let base = self.base;
        self.base += bytes.len() as u64;
        self.seen -= self.boundary;
        self.line = self.line.saturating_sub(self.boundary);
        self.boundary = 0;
        (base, bytes, extent)
    }

    /// Takes what is left at the end of the stream. A stream that was never cut is whole.
    pub fn finish(self) -> (u64, Vec<u8>, Extent) {
        let extent = if self.base == 0 { Extent::Whole } else { self.extent() };
        (self.base, self.buffer, extent)
    }

    /// Forgets all that is held beyond `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.buffer.truncate(len);
        self.boundary = self.boundary.min(len);
    }

    fn extent(&self) -> Extent {
        let only_lines = self.had_line && !self.had_document;
        if self.lines || only_lines { Extent::Lines } else { Extent::Whole }
    }

    /// Follows the fresh bytes until they end or prove to be lines.
    fn look(&mut self) {
        while self.seen < self.buffer.len() && !self.lines {
            let at = self.seen;
            let byte = self.buffer[at];
            self.seen = at + 1;
            if self.doubt && !byte.is_ascii_whitespace() {
                self.lines = !matches!(byte, b',' | b']' | b'}');
                self.doubt = false;
            }
            match byte {
                b'\n' => self.line_feed(at),
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                _ if self.in_string => self.seen = self.string_rest(at),
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }

    /// The next byte of a string that means something.
    fn string_rest(&self, at: usize) -> usize {
        let rest = &self.buffer[at..];
        at + memchr::memchr3(b'"', b'\\', b'\n', rest).unwrap_or(rest.len())
    }

    fn line_feed(&mut self, at: usize) {
        let begin = std::mem::replace(&mut self.line, at + 1);
        self.torn |= self.in_string && self.depth > 0;
        (self.in_string, self.escaped) = (false, false);
        if self.depth > 0 || self.torn {
            let line = &self.buffer[begin..at];
            if self.spans && is_line(line) {
                // After other lines this is one more of them; else what follows decides.
                self.lines = self.had_line && !self.had_document;
                self.doubt = !self.lines;
            }
            self.spans = true;
            return;
        }
        let line = &self.buffer[begin..at];
        if self.spans {
            self.had_document = true;
        } else if !self.had_line {
            let first = line.trim_ascii_start().strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
            let is_container = matches!(first.trim_ascii_start().first(), Some(b'{' | b'['));
            self.had_line = is_container && is_complete(line);
        }
        self.spans = false;
        self.boundary = at + 1;
    }
}
