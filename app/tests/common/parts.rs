//! Where are the programs that scripts/install-parts installed?

use std::path::PathBuf;

/// Python with the packages of scripts/parts/requirements.txt.
pub fn python() -> PathBuf {
    let home = || format!("{}/.cache", std::env::var("HOME").unwrap_or_default());
    let cache = std::env::var("XDG_CACHE_HOME").unwrap_or_else(|_| home());
    let python = PathBuf::from(cache).join("trail365/parts/venv/bin/python");
    assert!(python.is_file(), "{} is not there: run scripts/install-parts", python.display());
    python
}
