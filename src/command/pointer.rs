//! What the mouse did, as the program sees it: no terminal library's types.

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// The left button went down.
    Press,
    /// The mouse moved while it was down.
    Drag,
    /// It came up again.
    Release,
    /// The wheel turned up.
    WheelUp,
    /// The wheel turned down.
    WheelDown,
}

/// What was done where, in cells from the upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pointer {
    /// What was done.
    pub deed: Deed,
    /// The column, from 0.
    pub x: u16,
    /// The line, from 0.
    pub y: u16,
}
