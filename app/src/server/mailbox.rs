//! What do programs get of mailbox audit?
#![allow(unused_qualifications, reason = "the macro that describes the API writes paths in full")]

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State as Shared};
use decode::form::mailbox_audit::{LogonType, MailboxSearch};
use event::Filter;
use search::{ListQuery, Order, Scope};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::State;
use super::answer::{ErrorBody, Refusal};
use super::api::{Answer, read_time};
use crate::mailbox_entries::Entries;

/// Entries of one answer unless told otherwise, as many as Exchange shows, and at most.
const LIMIT_DEFAULT: usize = 1_000;
const LIMIT_MAX: usize = 10_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MailboxParameters {
    /// Mailboxes, with commas: addresses, GUIDs, aliases or `DOMAIN\name`; `*` and `?` are wildcards.
    #[serde(default)]
    mailboxes: String,
    /// Who reached it, with commas: owner, admin, delegate, external.
    #[serde(default)]
    logon_types: String,
    /// What was done, with commas: SendAs,HardDelete.
    #[serde(default)]
    operations: String,
    /// Who did it, with commas; `*` and `?` are wildcards.
    #[serde(default)]
    users: String,
    external_access: Option<bool>,
    has_attachments: Option<bool>,
    from: Option<String>,
    to: Option<String>,
    tenant: Option<String>,
    /// 1,000 unless given, at most 10,000.
    limit: Option<usize>,
}

#[derive(Serialize, ToSchema)]
pub struct MailboxAnswer {
    /// Newest first, each with the fields of Search-MailboxAuditLog that say something.
    #[schema(value_type = Vec<Object>)]
    entries: Vec<Value>,
    /// There are more than the limit.
    more: bool,
}

/// Entries of the audit logs of mailboxes, as Search-MailboxAuditLog shows them with ShowDetails.
#[utoipa::path(get, path = "/api/v1/mailbox/search", params(MailboxParameters),
    responses((status = 200, body = MailboxAnswer), (status = 400, body = ErrorBody)))]
pub async fn search(
    Shared(state): Shared<Arc<State>>,
    Query(parameters): Query<MailboxParameters>,
) -> Answer<MailboxAnswer> {
    let limit = parameters.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX);
    let between =
        Filter::between(read_time("from", &parameters.from)?, read_time("to", &parameters.to)?);
    let scope = Scope::events(Filter::all([between, filter(&parameters)?]));
    let searcher = state.searcher(parameters.tenant.as_deref()).await?;
    let order = Order::NewestFirst;
    let query = ListQuery { scope, order, limit: Some(limit + 1), after: None };
    let rows = searcher.page(&query).await?;
    let entries = Entries::of(state.store())?;
    let shown = rows.iter().take(limit);
    let shown = shown.filter_map(|row| {
        let event = row.event(decode::body(&row.raw));
        entries.entry(&event).map(|entry| Value::Object(entry.json()))
    });
    Ok(Json(MailboxAnswer { entries: shown.collect(), more: rows.len() > limit }))
}

fn filter(parameters: &MailboxParameters) -> Result<Filter, Refusal> {
    let list = |text: &str| -> Vec<String> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    };
    let logon_types = list(&parameters.logon_types);
    let logon_types = logon_types.iter().map(|word| word.parse::<LogonType>());
    let wrong = |words: String| Refusal::wrong(words, "see docs/mailbox-audit.md");
    let search = MailboxSearch {
        mailboxes: list(&parameters.mailboxes),
        logon_types: logon_types.collect::<Result<_, _>>().map_err(wrong)?,
        operations: list(&parameters.operations),
        users: list(&parameters.users),
        external_access: parameters.external_access,
        has_attachments: parameters.has_attachments,
    };
    search.filter().map_err(wrong)
}
