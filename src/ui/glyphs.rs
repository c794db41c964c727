//! The signs the screen is drawn with, each with a plain ASCII stand-in for terminals (TERM=linux,
//! vt100, a broken locale) that would show boxes instead.

/// Which alphabet may be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Glyphs {
    /// Only ASCII is drawn by the kit itself.
    pub ascii: bool,
}

/// How a vertical line meets a divider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joint {
    /// The vertical begins here and goes down.
    Down,
    /// The vertical ends here and came from above.
    Up,
}

impl Glyphs {
    /// Box drawing, blocks and arrows.
    pub const UNICODE: Self = Self { ascii: false };
    /// Nothing above 0x7e.
    pub const ASCII: Self = Self { ascii: true };

    /// Chooses between the two spellings of a sign.
    pub const fn pick<'a>(self, unicode: &'a str, ascii: &'a str) -> &'a str {
        if self.ascii { ascii } else { unicode }
    }

    /// Stands for what was cut away. One cell in either alphabet, so that columns stay the same.
    pub const fn ellipsis(self) -> &'static str {
        self.pick("…", "~")
    }

    /// A horizontal line.
    pub const fn horizontal(self) -> &'static str {
        self.pick("─", "-")
    }

    /// A vertical line.
    pub const fn vertical(self) -> &'static str {
        self.pick("│", "|")
    }

    /// Where a vertical line meets a horizontal one.
    pub const fn joint(self, joint: Joint) -> &'static str {
        match joint {
            Joint::Down => self.pick("┬", "+"),
            Joint::Up => self.pick("┴", "+"),
        }
    }

    /// The corners of a frame: top left, top right, bottom left, bottom right.
    pub const fn corners(self) -> [&'static str; 4] {
        if self.ascii { ["+", "+", "+", "+"] } else { ["┌", "┐", "└", "┘"] }
    }

    /// The eight heights of a sparkline cell, lowest first.
    pub const fn heights(self) -> [&'static str; 8] {
        if self.ascii {
            [".", ".", ":", ":", "-", "=", "+", "#"]
        } else {
            ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
        }
    }

    /// A full bar cell.
    pub const fn block(self) -> &'static str {
        self.pick("█", "#")
    }

    /// Before a folded and before an unfolded node.
    pub const fn fold(self, open: bool) -> &'static str {
        if open { self.pick("▾", "-") } else { self.pick("▸", "+") }
    }

    /// From one moment to another.
    pub const fn arrow(self) -> &'static str {
        self.pick("→", "->")
    }

    /// Between two facts of a line.
    pub const fn dot(self) -> &'static str {
        self.pick("·", "-")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ascii_alphabet_is_ascii_and_as_wide() {
        let both = |glyphs: Glyphs| {
            let mut all = vec![glyphs.ellipsis(), glyphs.horizontal(), glyphs.vertical()];
            all.extend([Joint::Down, Joint::Up].map(|joint| glyphs.joint(joint)));
            all.extend(glyphs.corners());
            all.extend(glyphs.heights());
            all.extend([glyphs.block(), glyphs.fold(true), glyphs.fold(false), glyphs.dot()]);
            all
        };
        for (unicode, ascii) in both(Glyphs::UNICODE).iter().zip(both(Glyphs::ASCII)) {
            assert!(ascii.is_ascii(), "{ascii}");
            assert_eq!((crate::ui::width(unicode), crate::ui::width(ascii)), (1, 1), "{unicode}");
        }
    }
}
