//! Standard output: a line a record, for a pipe or a container's log.

use std::io::Write;

use async_trait::async_trait;
use serde::Deserialize;

use crate::{Error, Guarantee, Kind, Record, Result, Service, Takes, settings};

pub const KIND: Kind = Kind {
    name: "stdout",
    about: "a line a record on standard output",
    takes: Takes::Body("decoded"),
    guarantee: Guarantee::AtLeastOnce,
    open: |table, _| {
        settings::read::<Settings>(table)?;
        Ok(Box::new(Stdout))
    },
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {}

struct Stdout;

#[async_trait]
impl Service for Stdout {
    async fn deliver(&mut self, records: &[Record]) -> Result<()> {
        let mut lines = Vec::with_capacity(records.iter().map(|it| it.body.len() + 1).sum());
        for record in records {
            lines.extend_from_slice(&record.body);
            lines.push(b'\n');
        }
        // A pipe may be full for as long as its reader likes.
        let written = tokio::task::spawn_blocking(move || {
            let mut stdout = std::io::stdout().lock();
            stdout.write_all(&lines)?;
            stdout.flush()
        });
        let written = written.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        written.map_err(|error| Error::denied(format!("standard output: {error}")))
    }
}
