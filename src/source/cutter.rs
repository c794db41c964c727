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
    text: Text,
    /// Where the current line begins.
    line: usize,
    /// Just past the last line feed that stands between two values.
    boundary: usize,
    value: Value,
    /// A line that is complete by itself was met inside a value; whether it is a line of its own
    /// or an element shows in what follows it.
    doubt: bool,
    shape: Shape,
}

/// Whether the place is inside a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Text {
    #[default]
    Outside,
    Inside,
    /// After a backslash.
    Escaped,
}

/// How the current value goes over lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Value {
    /// Not so far.
    #[default]
    OnLine,
    /// A line feed was met inside.
    Spans,
    /// A line feed was met inside a string of it: nesting means nothing from there on.
    Torn,
}

/// What the stream is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Shape {
    #[default]
    Unknown,
    /// So far each array and object stood on a line of its own.
    Lines,
    /// A value went over several lines.
    Documents,
    /// Each line stands for itself, even if broken. This stays.
    Proven,
}

impl Cutter {
    /// Adds what came next.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        if self.shape != Shape::Proven {
            self.look();
            if self.shape == Shape::Proven {
                // The lines that were held back may go now.
                self.seen = self.boundary;
            }
        }
        if self.shape == Shape::Proven {
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

    /// Whether so far each line stands for itself.
    pub fn is_lines(&self) -> bool {
        self.extent() == Extent::Lines
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
        match self.shape {
            Shape::Lines | Shape::Proven => Extent::Lines,
            Shape::Unknown | Shape::Documents => Extent::Whole,
        }
    }

    /// Follows the fresh bytes until they end or prove to be lines.
    fn look(&mut self) {
        while self.seen < self.buffer.len() && self.shape != Shape::Proven {
            let at = self.seen;
            let byte = self.buffer[at];
            self.seen = at + 1;
            if self.doubt && !byte.is_ascii_whitespace() {
                self.doubt = false;
                if !matches!(byte, b',' | b']' | b'}') {
                    self.shape = Shape::Proven;
                    return;
                }
            }
            match (byte, self.text) {
                (b'\n', _) => self.line_feed(at),
                (_, Text::Escaped) | (b'"', Text::Outside) => self.text = Text::Inside,
                (b'\\', Text::Inside) => self.text = Text::Escaped,
                (b'"', Text::Inside) => self.text = Text::Outside,
                (_, Text::Inside) => self.seen = self.string_rest(at),
                (b'{' | b'[', _) => self.depth += 1,
                (b'}' | b']', _) => self.depth = self.depth.saturating_sub(1),
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
        let line = &self.buffer[begin..at];
        let in_string = std::mem::take(&mut self.text) != Text::Outside;
        if self.depth > 0 || self.value == Value::Torn {
            if self.value != Value::OnLine && is_line(line) {
                // After other lines this is one more of them; else what follows decides.
                if self.shape == Shape::Lines {
                    self.shape = Shape::Proven;
                } else {
                    self.doubt = true;
                }
            }
            if in_string {
                self.value = Value::Torn;
            } else if self.value == Value::OnLine {
                self.value = Value::Spans;
            }
            return;
        }
        if self.value == Value::Spans {
            self.shape = Shape::Documents;
        } else if self.shape == Shape::Unknown {
            let start = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii_start();
            if matches!(start.first(), Some(b'{' | b'[')) && is_complete(start) {
                self.shape = Shape::Lines;
            }
        }
        self.value = Value::OnLine;
        self.boundary = at + 1;
    }
}
