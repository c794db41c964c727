//! How complete what we hold is: watermarks and their words as plain types, computed and never
//! guessed. The formulas are those of the README's section on coverage.

pub mod data;
pub mod doubt;
pub mod hole;
pub mod presence;
pub mod trail;
pub mod watermark;
pub mod whole;
