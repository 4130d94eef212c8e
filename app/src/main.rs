//! The one binary: see [`trail365::cli`] for its commands.

use std::process::ExitCode;

fn main() -> ExitCode {
    trail365::cli::run()
}
