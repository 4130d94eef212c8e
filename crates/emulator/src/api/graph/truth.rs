//! What can be read through Graph by now? Tests hold what a client collected against this.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{directory_audits, message_traces, sign_ins};
use crate::api::emulator::Emulator;

/// Rows of one tenant that have come to light.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GraphTruth {
    pub tenant_id: String,
    /// By kind: interactiveUser, nonInteractiveUser, servicePrincipal.
    pub sign_ins: BTreeMap<&'static str, u64>,
    pub directory_audits: u64,
    /// One for each message and recipient.
    pub message_traces: u64,
}

impl Emulator {
    /// What Graph shows of each tenant at `now`. Looks at each Entra record, so it takes a while.
    pub fn graph_truth(&self, now: DateTime<Utc>) -> Vec<GraphTruth> {
        let now = now.timestamp_millis();
        let truth = |at: usize| {
            let publication = self.publication(at);
            GraphTruth {
                tenant_id: publication.generator.tenant.id.clone(),
                sign_ins: sign_ins::counts(&publication, now),
                directory_audits: directory_audits::count(&publication, now),
                message_traces: message_traces::count(publication.generator, now),
            }
        };
        (0..self.tenants.len()).map(truth).collect()
    }
}
