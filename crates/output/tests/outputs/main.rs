//! Does every output keep the one contract, against a real receiver where there is one?
//!
//! Each service has a file with its receiver; `contract.rs` has what is demanded of all of them.

mod authority;
mod azure_monitor;
mod broker;
mod brokers;
mod contract;
mod databases;
mod elasticsearch;
mod file;
mod fluentd;
mod gelf;
mod http;
mod http_server;
mod mysql;
mod object;
mod open;
mod part;
mod postgres;
mod records;
mod rsyslog;
mod splunk_hec;
mod sql;
mod sqlite;
mod stores;
mod syslog;

/// Secrets are read as the program reads them, from files.
fn world(format: Option<&'static str>) -> output::World {
    let secret = |reference: &str| {
        let path = reference.strip_prefix("file:").ok_or("tests keep secrets in files")?;
        let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
        Ok(text.trim().to_owned())
    };
    output::World { secret, format, header: None }
}
