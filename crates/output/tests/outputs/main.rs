//! Does every output keep the one contract, against a real receiver where there is one?
//!
//! Each service has a file with its receiver; `contract.rs` has what is demanded of all of them.

mod authority;
mod azure_monitor;
mod contract;
mod elasticsearch;
mod fluentd;
mod gelf;
mod http;
mod http_server;
mod open;
mod part;
mod records;
mod splunk_hec;
mod syslog;
