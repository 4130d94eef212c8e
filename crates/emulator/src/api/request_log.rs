//! What was asked for, how often, and how was it answered?

use std::collections::BTreeMap;

use serde::Serialize;

/// Requests of one operation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RequestTotals {
    pub total: u64,
    /// By HTTP status.
    pub by_status: BTreeMap<u16, u64>,
    /// Feed requests without the PublisherIdentifier that belongs on every call.
    pub missing_publisher_identifier: u64,
    /// Bytes of answer bodies before compression.
    pub bytes: u64,
}

/// Totals by operation, for example `GetBlob`.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct RequestLog {
    pub(crate) operations: BTreeMap<&'static str, RequestTotals>,
}

impl RequestLog {
    pub(crate) fn count(
        &mut self,
        operation: &'static str,
        status: u16,
        publisher_missing: bool,
        bytes: usize,
    ) {
        let totals = self.operations.entry(operation).or_default();
        totals.total += 1;
        *totals.by_status.entry(status).or_insert(0) += 1;
        totals.missing_publisher_identifier += u64::from(publisher_missing);
        totals.bytes += bytes as u64;
    }

    pub(crate) fn missing_publisher_identifier(&self) -> u64 {
        self.operations.values().map(|totals| totals.missing_publisher_identifier).sum()
    }
}
