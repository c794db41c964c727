//! The binary: reads what was typed and runs it.

fn main() {}
