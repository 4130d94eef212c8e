//! `admin/exchange/tracing/messageTraces`: which mail went from whom to whom, and did it arrive?
//!
//! One row for each message and recipient; the rows of a message share its id. A message that is
//! pending comes again, with another status, once it has arrived.

use std::time::Duration;

use super::log::Facts;
use super::workload::Workload;

const HOUR: Duration = Duration::from_secs(3600);

pub(super) static FACTS: Facts = Facts {
    name: "Graph.MessageTrace",
    path: "v1.0/admin/exchange/tracing/messageTraces",
    time: Some("receivedDateTime"),
    also: None,
    // The reference knows `ge` and `le` here, always both. So a row at the very end of a window may
    // be in the next as well.
    end: "le",
    // The default is 1,000 and the most 5,000: with 100 requests in 5 minutes that counts.
    top: Some(5000),
    permission: "ExchangeMessageTrace.Read.All",
    hint: "message traces also need the service principal of the app \
           8bd644d1-64a1-4d4b-ae52-2e0cbf64e373 in the tenant: New-MgServicePrincipal -AppId \
           8bd644d1-64a1-4d4b-ae52-2e0cbf64e373",
    workload: Workload::MessageTrace,
    // "{startDateTime} must not be more than 90 days before the current date"
    reach: Duration::from_secs(90 * 24 * 3600),
    // Traces show a message some minutes after it came, and its last status when there is one.
    overlap: HOUR,
    // The service takes 10 days; a day is soon listed anew after a failure.
    span_max: HOUR.saturating_mul(24),
    global_cloud_only: true,
};
