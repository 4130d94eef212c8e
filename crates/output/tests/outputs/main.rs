//! Does every output keep the one contract, against a real receiver where there is one?
//!
//! Each service has a file with its receiver; `contract.rs` has what is demanded of all of them.

mod contract;
mod databases;
mod mysql;
mod part;
mod postgres;
mod records;
mod sql;
mod sqlite;
