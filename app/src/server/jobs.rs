//! How do programs ask for jobs, and get their results?
#![allow(unused_qualifications, reason = "the macro that describes the API writes paths in full")]

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State as Shared};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use event::time;
use futures::Stream;
use serde::{Deserialize, Serialize};
use source::service::{Clock, MachineClock};
use store::{Delivery, Job, Jobs};
use tokio::io::AsyncReadExt;
use utoipa::ToSchema;

use super::State;
use super::answer::{ErrorBody, Refusal, internal};
use super::api::{Answer, read_time};
use crate::jobs::request::KEEP_DEFAULT;
use crate::jobs::{Format, JobSpec, ReportAsk, Request, Search, What, delete_result, result_path};

/// Read and sent at once.
const CHUNK_BYTES: usize = 64 << 10;

#[derive(Serialize, ToSchema)]
pub struct JobsAnswer {
    jobs: Vec<JobAnswer>,
}

/// A job. Times are ISO 8601, or null where they did not come yet.
#[derive(Serialize, ToSchema)]
pub struct JobAnswer {
    id: String,
    name: String,
    /// What it looks for, in one line.
    what: String,
    format: String,
    /// queued, running, done, failed, cancelled or expired.
    state: &'static str,
    /// Events written.
    done: u64,
    /// Events to write, once they are counted.
    total: Option<u64>,
    created: String,
    started: Option<String>,
    finished: Option<String>,
    /// When its result is deleted.
    expires: Option<String>,
    error: Option<String>,
    /// The name of its result.
    file: Option<String>,
    bytes: Option<u64>,
    deliveries: Vec<DeliveryAnswer>,
}

#[derive(Serialize, ToSchema)]
pub struct DeliveryAnswer {
    /// A folder or a mail address.
    to: String,
    /// waiting, done or failed.
    state: &'static str,
    words: String,
}

impl JobAnswer {
    pub fn new(job: &Job) -> JobAnswer {
        let spec: Option<JobSpec> = serde_json::from_str(&job.spec).ok();
        let delivery = |delivery: &Delivery| DeliveryAnswer {
            to: delivery.to.clone(),
            state: delivery.state.name(),
            words: delivery.words.clone(),
        };
        JobAnswer {
            id: job.id.clone(),
            name: job.name.clone(),
            what: job.what.clone(),
            format: spec.map_or(String::new(), |spec| spec.format.name().to_owned()),
            state: job.state.name(),
            done: job.done,
            total: job.total,
            created: time::iso_text(job.created),
            started: job.started.map(time::iso_text),
            finished: job.finished.map(time::iso_text),
            expires: job.expires.map(time::iso_text),
            error: job.error.clone(),
            file: job.file.clone(),
            bytes: job.bytes,
            deliveries: job.deliveries.iter().map(delivery).collect(),
        }
    }
}

/// All jobs, newest first.
#[utoipa::path(get, path = "/api/v1/jobs", responses((status = 200, body = JobsAnswer)))]
pub async fn jobs(Shared(state): Shared<Arc<State>>) -> Answer<JobsAnswer> {
    let jobs = match state.store().existing_jobs()? {
        Some(jobs) => jobs.list()?,
        None => Vec::new(),
    };
    Ok(Json(JobsAnswer { jobs: jobs.iter().map(JobAnswer::new).collect() }))
}

/// A search, or with `report` a report.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JobRequest {
    name: Option<String>,
    /// In the search language.
    query: Option<String>,
    /// Addresses, or patterns such as `*@contoso.com`.
    #[serde(default)]
    mailboxes: Vec<String>,
    /// owner, admin, delegate or external.
    #[serde(default)]
    logon_types: Vec<String>,
    #[serde(default)]
    operations: Vec<String>,
    /// Events from this time on.
    from: Option<String>,
    /// Before this time.
    to: Option<String>,
    tenant: Option<String>,
    /// xml, csv, json or parquet; for reports html, csv or json.
    format: String,
    /// Addresses that the configuration's `mail.recipients` permits.
    #[serde(default)]
    mail_to: Vec<String>,
    report: Option<String>,
    /// Of the report: user, mailbox, address, document, session.
    #[serde(default)]
    parameters: BTreeMap<String, String>,
}

/// Asks for a job.
#[utoipa::path(post, path = "/api/v1/jobs", request_body = JobRequest,
    responses((status = 201, body = JobAnswer), (status = 400, body = ErrorBody)))]
pub async fn create(
    Shared(state): Shared<Arc<State>>,
    Json(request): Json<JobRequest>,
) -> Result<(StatusCode, Json<JobAnswer>), Refusal> {
    let mail = state.mail();
    // Whoever may ask us may not send audit records to whom they like.
    let stranger = request.mail_to.iter().find(|to| !mail.is_some_and(|mail| mail.permits(to)));
    if let Some(stranger) = stranger {
        let words = format!("{stranger:?} is no recipient of this server");
        let hint = "add it to mail.recipients of the configuration, or download the result";
        return Err(Refusal::wrong(words, hint));
    }
    let hint = "mend the request; docs/jobs.md has every field";
    let wrong = |error: anyhow::Error| Refusal::wrong(format!("{error:#}"), hint);
    let job = request.read()?.job(mail).map_err(wrong)?;
    let job = match state.store().jobs()?.create(&job, MachineClock.now()) {
        Err(error @ store::Error::Job(_)) => {
            return Err(Refusal::new(StatusCode::CONFLICT, error.to_string(), "remove some jobs"));
        }
        created => created?,
    };
    Ok((StatusCode::CREATED, Json(JobAnswer::new(&job))))
}

impl JobRequest {
    fn read(self) -> Result<Request, Refusal> {
        let format = Format::named(&self.format);
        let format =
            format.map_err(|error| Refusal::wrong(error.to_string(), "use one of them"))?;
        let search = Search {
            query: self.query.unwrap_or_default(),
            mailboxes: self.mailboxes,
            logon_types: self.logon_types,
            operations: self.operations,
            ..Search::default()
        };
        let what = match self.report {
            Some(_) if search != Search::default() => {
                let words = "a job is a search or a report";
                return Err(Refusal::wrong(words, "leave out report, or what belongs to a search"));
            }
            Some(report) => What::Report(ReportAsk { report, parameters: self.parameters }),
            None => What::Search(search),
        };
        let spec = JobSpec {
            what,
            format,
            from: read_time("from", &self.from)?,
            to: read_time("to", &self.to)?,
            tenant: self.tenant.filter(|tenant| !tenant.is_empty()),
        };
        let name = self.name.filter(|name| !name.is_empty());
        let (folder, mail_to) = (None, self.mail_to);
        Ok(Request { name, spec, folder, mail_to, keep: KEEP_DEFAULT })
    }
}

/// One job.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", params(("id" = String, Path, description = "The job's id")),
    responses((status = 200, body = JobAnswer), (status = 404, body = ErrorBody)))]
pub async fn job(Shared(state): Shared<Arc<State>>, Path(id): Path<String>) -> Answer<JobAnswer> {
    let (_, job) = known(&state, &id)?;
    Ok(Json(JobAnswer::new(&job)))
}

/// Ends a job that has no result yet; one that has ended stays as it is.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/cancel",
    params(("id" = String, Path, description = "The job's id")),
    responses((status = 200, body = JobAnswer), (status = 404, body = ErrorBody)))]
pub async fn cancel(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
) -> Answer<JobAnswer> {
    let (jobs, _) = known(&state, &id)?;
    let job = jobs.cancel(&id, MachineClock.now())?.ok_or_else(|| unknown(&id))?;
    Ok(Json(JobAnswer::new(&job)))
}

/// Forgets a job and deletes its result.
#[utoipa::path(delete, path = "/api/v1/jobs/{id}",
    params(("id" = String, Path, description = "The job's id")),
    responses((status = 204), (status = 404, body = ErrorBody)))]
pub async fn remove(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let (jobs, _) = known(&state, &id)?;
    jobs.remove(&id)?;
    delete_result(state.store().data_dir(), &id).map_err(internal)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The result.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/result",
    params(("id" = String, Path, description = "The job's id")),
    responses((status = 200, description = "The file", body = [u8], content_type = "application/octet-stream"),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody)))]
pub async fn result(
    Shared(state): Shared<Arc<State>>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let (_, job) = known(&state, &id)?;
    let Some(path) = result_path(state.store().data_dir(), &job, MachineClock.now()) else {
        let words = format!("job {id} is {}: it has no result", job.state.name());
        return Err(Refusal::new(StatusCode::CONFLICT, words, "wait for it, or ask once more"));
    };
    let file = tokio::fs::File::open(&path).await.map_err(internal)?;
    let bytes = file.metadata().await.map_err(internal)?.len();
    let spec: JobSpec = serde_json::from_str(&job.spec).map_err(internal)?;
    let mut response = Response::new(Body::from_stream(chunks(file)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(spec.format.media_type()));
    headers.insert(CONTENT_LENGTH, bytes.into());
    // Names of results are letters, digits and dashes.
    let disposition = format!("attachment; filename=\"{}\"", job.file.unwrap_or_default());
    headers.insert(CONTENT_DISPOSITION, disposition.parse().map_err(internal)?);
    Ok(response)
}

fn chunks(file: tokio::fs::File) -> impl Stream<Item = std::io::Result<Bytes>> {
    futures::stream::try_unfold(file, |mut file| async move {
        let mut chunk = vec![0; CHUNK_BYTES];
        let count = file.read(&mut chunk).await?;
        chunk.truncate(count);
        Ok((count > 0).then(|| (Bytes::from(chunk), file)))
    })
}

fn known(state: &State, id: &str) -> Result<(Jobs, Job), Refusal> {
    let jobs = state.store().existing_jobs()?.ok_or_else(|| unknown(id))?;
    let job = jobs.get(id)?.ok_or_else(|| unknown(id))?;
    Ok((jobs, job))
}

fn unknown(id: &str) -> Refusal {
    let words = format!("there is no job {id:?}");
    Refusal::new(StatusCode::NOT_FOUND, words, "see /api/v1/jobs")
}
