//! How is a request to the feed answered?
//!
//! First come the checks common to all operations ([`admission`](super::admission)), then the
//! faults that strike by chance, then the operation.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::admission::{Call, denied};
use super::chunks::Chunks;
use super::content::{self, Listing, Window};
use super::emulator::{Emulator, lock, publisher_missing};
use super::errors::Problem;
use super::luck::{Luck, Strike};
use super::message::{Answer, Reply, Request};
use super::operation::Operation;
use super::{sensitive_types, subscriptions, webhook};
use crate::clock::Millis;
use crate::content_type::ContentType;
use crate::publication::large::LargeBody;
use crate::publication::{self, request_guid};

impl Emulator {
    pub(super) fn feed(
        &self,
        request: &Request,
        tenant: &str,
        operation: Operation,
        path: &[&str],
        now: Millis,
    ) -> Reply {
        let number = self.next_number();
        let faults = self.faults();
        let luck = Luck::new(self.options.seed, number);
        if luck.strikes(faults.timeout_rate, Strike::Timeout) {
            return Reply::Answer(Answer::never());
        }
        let reply = match self.admit(request, tenant, operation, luck, now) {
            Err(answer) => Reply::Answer(answer),
            Ok(_) if luck.strikes(faults.unauthorized_rate, Strike::Unauthorized) => {
                Reply::Answer(denied())
            }
            Ok(_) if luck.strikes(faults.error_rate, Strike::Error) => {
                Reply::Answer(broken(number))
            }
            Ok(call) => {
                let done = self.run(&call, operation, path);
                done.unwrap_or_else(|problem| Reply::Answer(Answer::problem(&problem)))
            }
        };
        let Reply::Answer(mut answer) = reply else { return reply };
        if luck.strikes(faults.slow_rate, Strike::Slow) {
            answer.delay = Duration::from_millis(faults.slow_ms.into());
        }
        answer.gzip_lies = luck.strikes(faults.gzip_lies_rate, Strike::GzipLies);
        let is_blob = operation == Operation::GetBlob && answer.status == 200;
        if is_blob && luck.strikes(faults.cut_body_rate, Strike::CutBody) {
            let length = match answer.stream {
                Some(_) => self.large_blob_bytes_min(),
                None => answer.body.len(),
            };
            answer.cut_at = Some(luck.place(length));
        }
        Reply::Answer(answer)
    }

    fn run(&self, call: &Call<'_>, operation: Operation, path: &[&str]) -> Result<Reply, Problem> {
        let answer = match operation {
            Operation::Start => return self.start(call),
            Operation::Stop => self.stop(call)?,
            Operation::List => {
                let subscriptions = lock(&self.tenants[call.tenant].subscriptions);
                Answer::json(200, subscriptions.to_json(call.now).to_string()).uncached()
            }
            Operation::ListContent => self.list_content(call)?,
            Operation::ListNotifications => self.list_notifications(call)?,
            Operation::GetBlob => self.blob(call, path.get(1).copied().unwrap_or_default())?,
            Operation::SensitiveTypes => {
                sensitive_types::check_language(call.request.header("accept-language"))?;
                Answer::json(200, sensitive_types::NAMES)
            }
        };
        Ok(Reply::Answer(answer))
    }

    fn start(&self, call: &Call<'_>) -> Result<Reply, Problem> {
        let content_type = call.content_type()?;
        let loopback = self.options.loopback_webhooks;
        let webhook =
            subscriptions::parse_webhook(&call.request.body, &call.feed_url, call.now, loopback)?;
        let mut subscriptions = lock(&self.tenants[call.tenant].subscriptions);
        if !subscriptions.would_change(content_type, webhook.as_ref(), call.now) {
            return Err(Problem::AlreadyEnabled);
        }
        if let Some(webhook) = webhook {
            let code = self.some_guid(0xC0DE);
            let missing = publisher_missing(call.request);
            return Ok(Reply::AfterCall(webhook::validation(
                call.tenant,
                content_type,
                webhook,
                &code,
                missing,
            )));
        }
        subscriptions.enable(content_type, None, call.now, self.options.history_before_start);
        Ok(Reply::Answer(subscriptions.started(content_type, call.now)))
    }

    fn stop(&self, call: &Call<'_>) -> Result<Answer, Problem> {
        let content_type = call.content_type()?;
        lock(&self.tenants[call.tenant].subscriptions).stop(content_type)?;
        Ok(Answer::empty())
    }

    fn list_content(&self, call: &Call<'_>) -> Result<Answer, Problem> {
        let content_type = call.content_type()?;
        let window = call.window()?;
        let disabled = call.faults.subscription_disabled_rate;
        if call.luck.strikes(disabled, Strike::SubscriptionDisabled) {
            lock(&self.tenants[call.tenant].subscriptions)
                .disable(content_type, "a service admin")?;
        }
        let visible_from = self.visible_from(call, content_type)?;
        let next_page = call.next_page()?;
        let publication = self.publication(call.tenant);
        let listing = Listing {
            publication: &publication,
            faults: &call.faults,
            feed_url: &call.feed_url,
            content_type,
            window,
            visible_from,
            next_page: next_page.as_deref(),
            now: call.now,
        };
        let (body, next) = listing.answer()?;
        Ok(page(body, next))
    }

    fn list_notifications(&self, call: &Call<'_>) -> Result<Answer, Problem> {
        let content_type = call.content_type()?;
        let window = call.window()?;
        self.visible_from(call, content_type)?;
        let next_page = call.next_page()?;
        let after = next_page.as_deref().map(publication::read_page_token).transpose()?;
        let page_size = call.faults.page_size as usize;
        let notifications = lock(&self.tenants[call.tenant].notifications);
        let (objects, last) = notifications.list(
            content_type,
            window.from,
            window.until,
            after.map(|(number, _)| number),
            page_size,
        );
        let next = last.map(|(number, sent)| {
            let query = content::page_query(
                content_type,
                window,
                &publication::page_token(sent, number, 0),
            );
            format!("{}/subscriptions/notifications?{query}", call.feed_url)
        });
        Ok(page(serde_json::Value::from(objects).to_string(), next))
    }

    fn blob(&self, call: &Call<'_>, id: &str) -> Result<Answer, Problem> {
        // Clients may write the `$` of a content id as `%24`.
        let id = id.replace("%24", "$");
        let publication = self.publication(call.tenant);
        let blob = content::find(&publication, &id, &call.faults, call.now)?;
        if blob.created < self.visible_from(call, blob.key.content_type)? {
            return Err(Problem::ContentMissing(id));
        }
        if blob.key.is_large() {
            let generator = self.tenants[call.tenant].generator.clone();
            let stream = Chunks::new(move || LargeBody::of(generator.clone()));
            return Ok(Answer { stream: Some(stream), ..Answer::json(200, "") });
        }
        let breaks = content::is_broken(&blob, &call.faults);
        let dlp_values = call.claims.roles.iter().any(|role| role == "ActivityFeed.ReadDlp");
        Ok(Answer::json(200, content::body(&publication, &blob, breaks, dlp_values)))
    }

    /// From when on the subscription shows content; an error when it shows none.
    fn visible_from(&self, call: &Call<'_>, content_type: ContentType) -> Result<Millis, Problem> {
        let subscriptions = lock(&self.tenants[call.tenant].subscriptions);
        Ok(subscriptions.readable(content_type)?.visible_from)
    }

    /// The smallest of the large blobs, so that a cut lies within any of them.
    fn large_blob_bytes_min(&self) -> usize {
        let sizes = self.tenants.iter().map(|tenant| tenant.generator.large_blob_bytes);
        sizes.filter(|bytes| *bytes > 0).min().unwrap_or(0) as usize
    }

    pub(super) fn some_guid(&self, purpose: u64) -> String {
        let number = self.requests.load(Ordering::Relaxed);
        request_guid(self.options.seed ^ purpose, number).to_string()
    }
}

impl Call<'_> {
    fn content_type(&self) -> Result<ContentType, Problem> {
        let name =
            self.request.query("contentType").ok_or(Problem::ParameterMissing("contentType"))?;
        ContentType::from_name(&name).ok_or(Problem::ContentTypeInvalid)
    }

    /// The token of a next page, unless a fault spoils it.
    fn next_page(&self) -> Result<Option<String>, Problem> {
        match self.request.query("nextPage") {
            Some(token) if self.luck.strikes(self.faults.page_fault_rate, Strike::Page) => {
                Err(Problem::NextPage(token))
            }
            token => Ok(token),
        }
    }

    fn window(&self) -> Result<Window, Problem> {
        let (start, end) = (self.request.query("startTime"), self.request.query("endTime"));
        Window::read(start.as_deref(), end.as_deref(), self.now, self.faults.old_window_error)
    }
}

fn page(body: String, next: Option<String>) -> Answer {
    let mut answer = Answer::json(200, body).uncached();
    answer.headers.extend(next.map(|url| ("NextPageUri", url)));
    answer
}

/// A failure of the service, or each second time of a proxy before it.
fn broken(number: u64) -> Answer {
    if number.is_multiple_of(2) {
        return Answer::problem(&Problem::Internal);
    }
    let html = "<html><head><title>503 Service Unavailable</title></head><body><h1>Service Unavailable</h1></body></html>";
    let headers = vec![("Content-Type", "text/html".into())];
    Answer { status: 503, headers, body: html.into(), ..Answer::default() }
}
