//! One file for each verb.

pub mod check;
pub mod collect;
pub mod demo;
pub mod emulate;
pub mod gaps;
pub mod import;
pub mod init;
pub mod issues;
pub mod job;
pub mod ledger;
pub mod mailbox;
pub mod output;
pub mod policy;
pub mod query;
pub mod report;
pub mod search;
pub mod serve;
pub mod sql;
pub mod status;

use clap::ValueEnum;

/// For commands whose answer a program may read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    Table,
    Json,
    Csv,
}
