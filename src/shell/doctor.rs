//! `trailtop doctor`: what these credentials may read, what is missing, and the policy that allows
//! it.

use std::process::ExitCode;

use crate::cli::Doctor;
use crate::shell::headless::tell;

/// Wrong usage.
const USAGE: u8 = 2;

/// `trailtop doctor [SOURCE…]`
#[cfg(feature = "aws")]
pub fn run_doctor(typed: &Doctor) -> ExitCode {
    match crate::shell::checkup::run(typed) {
        Ok(ending) => ending,
        Err(error) => {
            tell(&format!("{error:#}"));
            ExitCode::from(USAGE)
        }
    }
}

/// Without AWS there is nothing to ask.
#[cfg(not(feature = "aws"))]
pub fn run_doctor(_: &Doctor) -> ExitCode {
    tell(&"this trailtop was built without AWS: it reads files, standard input and the demo");
    ExitCode::from(USAGE)
}
