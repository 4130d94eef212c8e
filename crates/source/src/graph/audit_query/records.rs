//! How are the records of a search read, and read on after a crash?

use event::Envelope;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{NEEDS, PATH};
use crate::files::graph_audit_query_json;
use crate::graph::pages::Pages;
use crate::graph::{Graph, page};
use crate::service::error::{Error, Kind};

/// The content type of the records.
const CONTENT_TYPE: &str = "Graph.AuditQuery";

/// Where a search stands: which it is, and which of its pages is next. It is for the caller to
/// store, together with the records of the page before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditQueryPosition {
    id: String,
    /// `None` before the first page.
    next_link: Option<String>,
    /// Pages and records before the next page.
    pages: u64,
    records: u64,
    is_done: bool,
}

impl AuditQueryPosition {
    /// The beginning of a search by its id; `None` for what is no id.
    pub fn new(id: &str) -> Option<AuditQueryPosition> {
        // The id becomes part of an address.
        let fits = (1..=ID_CHARS_MAX).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        fits.then(|| AuditQueryPosition {
            id: id.to_owned(),
            next_link: None,
            pages: 0,
            records: 0,
            is_done: false,
        })
    }

    /// The service's id of the search, a GUID.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Records read so far, for [`AuditQueryReport::completeness`](super::AuditQueryReport::completeness).
    pub fn records(&self) -> u64 {
        self.records
    }

    /// True when the last page was read.
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// The address of the search. A stored id is one part of it, whatever somebody made of it.
    pub(super) fn address(&self, graph: &Graph) -> Url {
        let mut url = graph.url(PATH);
        append(&mut url, &self.id);
        url
    }
}

fn append(url: &mut Url, part: &str) {
    url.path_segments_mut().expect("Graph has an http address").push(part);
}

/// Longer than any id that was seen.
const ID_CHARS_MAX: usize = 100;

/// The records of a search that has succeeded, page by page.
pub struct AuditRecords {
    position: AuditQueryPosition,
    pages: Pages,
    /// Pages read before this reading began.
    pages_before: u64,
}

impl Graph {
    /// Reads the records of a search that has [succeeded](Graph::finished_audit_query), from a position on.
    pub fn audit_query_records(&self, position: AuditQueryPosition) -> Result<AuditRecords, Error> {
        let operation = format!("read the records of audit query {}", position.id);
        let first = match &position.next_link {
            // It was stored, and whoever can write there must not get the token.
            Some(link) => self.trusted(&operation, link)?,
            None => {
                let mut url = position.address(self);
                append(&mut url, "records");
                url
            }
        };
        let pages = Pages::new(self, operation, NEEDS, first);
        Ok(AuditRecords { pages_before: position.pages, position, pages })
    }
}

impl AuditRecords {
    /// The records of the next page, or `None` after the last. After an error the failed page may be
    /// asked for again, here or from the [position](Self::position); with [`Kind::Broken`] the pages
    /// lead nowhere, and the search is read from its [beginning](AuditQueryPosition::new).
    ///
    /// An envelope holds what stands in auditData, which is the record as the feed would bring it,
    /// and around it what else the auditLogRecord says: so the same record from the feed, an export
    /// and a search is one record.
    pub async fn next_page(&mut self) -> Result<Option<Vec<Envelope>>, Error> {
        if self.position.is_done {
            return Ok(None);
        }
        let rows = match self.pages.next_page().await {
            Ok(Some(rows)) => rows,
            Ok(None) => return Ok(None),
            // The first page of a reading that goes on is a link that the service gave long ago.
            Err(error) => return Err(self.judged(error)),
        };
        let page = self.pages_before + self.pages.read();
        self.position = self.position_after(page, rows.len() as u64);
        let origin = format!("audit query {} page {page}", self.position.id);
        let unwrap = graph_audit_query_json::unwrap;
        Ok(Some(page::envelopes(rows, CONTENT_TYPE, origin, unwrap)))
    }

    /// Where to read on once the records of all pages so far are stored.
    pub fn position(&self) -> &AuditQueryPosition {
        &self.position
    }

    fn position_after(&self, page: u64, records: u64) -> AuditQueryPosition {
        let next_link = self.pages.next_link().map(Url::to_string);
        let is_done = self.pages.is_done();
        // Where the way on is barred, only the beginning is left.
        let (pages, records) = match next_link.is_some() || is_done {
            true => (page, self.position.records + records),
            false => (0, 0),
        };
        AuditQueryPosition { id: self.position.id.clone(), next_link, pages, records, is_done }
    }

    fn judged(&self, error: Error) -> Error {
        let resumed = self.position.next_link.is_some();
        match error.kind() {
            Kind::Rejected if resumed => error.with_kind(Kind::Broken),
            Kind::Rejected if error.status() == Some(404) => error.with_kind(Kind::Expired),
            _ => error,
        }
    }
}
