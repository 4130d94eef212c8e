//! Does every output keep the one contract, against a real receiver where there is one?
//!
//! Each service has a file with its receiver; `contract.rs` has what is demanded of all of them.

mod broker;
mod contract;
mod file;
mod object;
mod part;
mod records;

/// Secrets are read as the program reads them, from files.
fn world(format: Option<&'static str>) -> output::World {
    let secret = |reference: &str| {
        let path = reference.strip_prefix("file:").ok_or("tests keep secrets in files")?;
        let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
        Ok(text.trim().to_owned())
    };
    output::World { secret, format, header: None }
}
