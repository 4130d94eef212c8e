//! How is a search brought to its end?

use std::time::Duration;

use serde_json::Value;

use super::query::AuditQuery;
use super::records::AuditQueryPosition;
use super::report::{AuditQueryReport, AuditQueryState};
use super::{NEEDS, PATH};
use crate::graph::{Graph, log};
use crate::service::error::{Error, Kind, excerpt};
use crate::service::transport::Method;

/// The pauses between two looks at a search grow from the first to the second.
pub const POLL_PAUSE_MIN: Duration = Duration::from_secs(30);
pub const POLL_PAUSE_MAX: Duration = Duration::from_secs(5 * 60);

/// Searches run for minutes to hours. After this long the caller is told to look again later.
pub const RUN_TIME_MAX: Duration = Duration::from_secs(24 * 3600);

impl Graph {
    /// Submits a search. Store the position before anything else: with it, and with nothing else,
    /// the search is found again. There is no way to delete a search, and at least 200 may be
    /// submitted in 24 hours; beyond that the error is [`Kind::Later`].
    ///
    /// When the network fails after the service has understood, the search is submitted again and
    /// the first one runs for nobody.
    pub async fn submit_audit_query(
        &self,
        query: &AuditQuery,
    ) -> Result<AuditQueryPosition, Error> {
        let operation = format!("submit an audit query from {}", query.window);
        if !log::is_global(&self.settings().cloud) {
            let words = "the Graph of this cloud has no audit queries; import a Purview export";
            return Err(self.error(Kind::Misconfigured, &operation, words));
        }
        let body = Some(query.body());
        let answer = self.ask(&operation, NEEDS, Method::POST, self.url(PATH), body).await?;
        let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let id = json["id"].as_str().and_then(AuditQueryPosition::new);
        id.ok_or_else(|| {
            let words = "the answer names no query";
            let body = excerpt(&answer.body);
            self.error(Kind::Broken, &operation, words).with_answer(None, None, body)
        })
    }

    /// Looks once how far a search is.
    pub async fn audit_query_report(
        &self,
        position: &AuditQueryPosition,
    ) -> Result<AuditQueryReport, Error> {
        let operation = format!("look at audit query {}", position.id());
        let url = position.address(self);
        let answer = self.ask(&operation, NEEDS, Method::GET, url, None).await;
        let answer = answer.map_err(|error| match error.status() {
            // Searches go with time, as those made in Purview do.
            Some(404 | 410) => error.with_kind(Kind::Expired),
            _ => error,
        })?;
        let json: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        AuditQueryReport::read(&json).map_err(|words| {
            let body = excerpt(&answer.body);
            self.error(Kind::Broken, &operation, words).with_answer(None, None, body)
        })
    }

    /// Waits until a search has succeeded. A service that is out of reach for a while is waited for.
    ///
    /// [`Kind::Rejected`] means that the search failed or was cancelled: submit it anew.
    /// [`Kind::Expired`] means that the service no longer knows it. [`Kind::Later`] means that it
    /// runs longer than [`RUN_TIME_MAX`]; it may be waited for again.
    pub async fn finished_audit_query(
        &self,
        position: &AuditQueryPosition,
    ) -> Result<AuditQueryReport, Error> {
        let mut pause = POLL_PAUSE_MIN;
        let mut waited = Duration::ZERO;
        loop {
            let words = match self.audit_query_report(position).await {
                Ok(report) => match report.state {
                    AuditQueryState::Succeeded => return Ok(report),
                    AuditQueryState::Failed => return Err(self.ended(position, "it failed")),
                    AuditQueryState::Cancelled => {
                        return Err(self.ended(position, "somebody cancelled it"));
                    }
                    AuditQueryState::NotStarted => "it has not started".to_owned(),
                    AuditQueryState::Running => "it still runs".to_owned(),
                },
                Err(error) => match error.kind() {
                    Kind::Later { after } if waited < RUN_TIME_MAX => {
                        pause = pause.max(after);
                        error.to_string()
                    }
                    _ => return Err(error),
                },
            };
            if waited >= RUN_TIME_MAX {
                let operation = format!("finish audit query {}", position.id());
                let hours = RUN_TIME_MAX.as_secs() / 3600;
                let words = format!("{words} after {hours} hours");
                return Err(self.error(Kind::Later { after: POLL_PAUSE_MAX }, &operation, words));
            }
            self.0.service.world.clock.sleep(pause).await;
            waited += pause;
            pause = (pause * 3 / 2).min(POLL_PAUSE_MAX);
        }
    }

    fn ended(&self, position: &AuditQueryPosition, why: &str) -> Error {
        let operation = format!("finish audit query {}", position.id());
        self.error(Kind::Rejected, &operation, format!("{why}; submit it anew"))
    }
}
