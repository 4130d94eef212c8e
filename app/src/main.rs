//! The one binary: see [`trail365::cli`] for its commands.

use std::process::ExitCode;

/// Gives memory back when a large blob or a long search is over; the system's own keeps it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    trail365::cli::run()
}
