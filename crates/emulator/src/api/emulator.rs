//! The emulator itself: routing, and the rules common to all feed operations.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::content::{self, Listing, Window};
use super::credentials::{self, Claims};
use super::errors::{NOT_200, Problem};
use super::faults::{Faults, TenantCondition, ThrottleAnswer};
use super::options::{EmulatorOptions, TenantSetup};
use super::request_log::RequestLog;
use super::subscriptions::{self, Subscriptions};
use super::token::{self, TokenRequest, Version};
use super::truth::{Tally, Truth};
use super::webhook::{self, NotificationLog, Purpose, Sender, WebhookCall};
use super::{console, sensitive_types};
use crate::clock::{MINUTE, Millis, SECOND};
use crate::content_type::ContentType;
use crate::generator::Generator;
use crate::publication::{Publication, Regime, Regimes, request_guid};
use crate::random::{Guid, blend, threshold};
use crate::tenant::OptionsError;

const JSON: &str = "application/json; charset=utf-8";
/// PublisherIdentifier in errors when the client sent none.
const NO_PUBLISHER: &str = "00000000-0000-0000-0000-000000000000";
/// Bodies below this size are not worth compressing.
const GZIP_BYTES_MIN: usize = 512;

/// An HTTP request, without the connection it came on.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    /// Path and query, as on the request line.
    pub target: String,
    /// Names in any case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn new(method: &str, target: &str) -> Request {
        Request { method: method.into(), target: target.into(), ..Request::default() }
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Request {
        self.headers.push((name.into(), value.into()));
        self
    }

    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Request {
        self.body = body.into();
        self
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// A query parameter; names are read without regard to case.
    pub(super) fn query(&self, name: &str) -> Option<String> {
        let query = self.target.split_once('?')?.1;
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.into_owned())
            .filter(|value| !value.is_empty())
    }
}

/// An HTTP answer, with what the connection shall do to it.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// Send the body only up to here, then break the connection. Content-Length states the whole.
    pub cut_at: Option<usize>,
    /// Wait so long before answering.
    pub delay: Duration,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn json(status: u16, body: impl Into<Vec<u8>>) -> Answer {
        Answer {
            status,
            headers: vec![("Content-Type", JSON.into())],
            body: body.into(),
            ..Answer::default()
        }
    }

    pub(super) fn text(status: u16, body: &str) -> Answer {
        let headers = vec![("Content-Type", "text/plain; charset=utf-8".into())];
        Answer { status, headers, body: body.into(), ..Answer::default() }
    }

    fn empty() -> Answer {
        Answer { status: 200, ..Answer::default() }
    }
}

/// What the emulator wants to happen next.
#[derive(Clone, Debug)]
pub enum Reply {
    Answer(Answer),
    /// The webhook must be asked first. Report its status to [`Emulator::validated`],
    /// which gives the answer.
    AfterCall(WebhookCall),
}

/// Microsoft 365 as documented: `(state, now, request) -> reply`.
///
/// Nothing in here reads a clock or opens a connection; [`serve`](crate::serve) does.
#[derive(Debug)]
pub struct Emulator {
    options: EmulatorOptions,
    tenants: Vec<TenantState>,
    faults: RwLock<FaultState>,
    log: Mutex<RequestLog>,
    /// Numbers the requests, for faults that strike by chance.
    requests: AtomicU64,
}

#[derive(Debug)]
struct TenantState {
    generator: Generator,
    subscriptions: Mutex<Subscriptions>,
    notifications: Mutex<NotificationLog>,
    tally: Mutex<Tally>,
    throttle: Mutex<Throttle>,
}

#[derive(Debug)]
struct FaultState {
    faults: Faults,
    regimes: Regimes,
}

/// Requests in the current minute of the clock.
#[derive(Debug, Default)]
struct Throttle {
    minute: i64,
    requests: u32,
    refused: u64,
}

/// A feed request that has passed the checks common to all.
struct Call<'a> {
    now: Millis,
    request: &'a Request,
    tenant: usize,
    claims: Claims,
    faults: Faults,
    publisher: Option<String>,
    feed_url: String,
}

impl Emulator {
    /// An emulator whose history ends at `now` (or at each tenant's `end_time`) and is published already.
    ///
    /// # Errors
    /// When an option cannot be used; the text names it.
    pub fn new(options: EmulatorOptions, now: DateTime<Utc>) -> Result<Emulator, OptionsError> {
        options.check()?;
        let mut tenants = Vec::new();
        for setup in &options.tenants {
            tenants.push(TenantState {
                generator: Generator::ending(&setup.tenant, now.timestamp_millis())?,
                subscriptions: Mutex::default(),
                notifications: Mutex::default(),
                tally: Mutex::default(),
                throttle: Mutex::default(),
            });
        }
        let regimes = Regimes(Arc::new(vec![regime(&options.faults, Millis::MIN)]));
        let faults = RwLock::new(FaultState { faults: options.faults.clone(), regimes });
        Ok(Emulator {
            options,
            tenants,
            faults,
            log: Mutex::default(),
            requests: AtomicU64::new(0),
        })
    }

    /// Answers a request.
    pub fn handle(&self, now: DateTime<Utc>, request: &Request) -> Reply {
        let now = now.timestamp_millis();
        let path: Vec<&str> = request.path().split('/').filter(|part| !part.is_empty()).collect();
        let (operation, reply) = match path[..] {
            ["emulator", ref rest @ ..] => {
                return Reply::Answer(console::answer(self, request, rest, now));
            }
            [tenant, "oauth2", "token"] => ("Token", self.token(request, tenant, Version::V1, now)),
            [tenant, "oauth2", "v2.0", "token"] => {
                ("Token", self.token(request, tenant, Version::V2, now))
            }
            // Next-page links in the reference's samples say v1 without the .0.
            ["api", "v1.0" | "v1", tenant, "activity", "feed", ref rest @ ..] => {
                let operation = operation_of(&request.method, rest);
                let reply = match operation {
                    Some(operation) => self.feed(request, tenant, operation, rest, now),
                    None => Reply::Answer(Answer::json(
                        404,
                        r#"{"Message":"No HTTP resource was found that matches the request URI."}"#,
                    )),
                };
                (operation.map_or("Unknown", Operation::name), reply)
            }
            _ => ("Unknown", Reply::Answer(Answer::text(404, "Not found. See /emulator.\n"))),
        };
        if let Reply::Answer(answer) = &reply {
            self.count(request, operation, answer);
        }
        match reply {
            Reply::Answer(answer) => Reply::Answer(self.compressed(request, answer)),
            call => call,
        }
    }

    /// Ends a start request whose webhook had to prove itself.
    /// `status` is what the webhook answered, None when it could not be reached.
    pub fn validated(&self, now: DateTime<Utc>, call: WebhookCall, status: Option<u16>) -> Answer {
        let now = now.timestamp_millis();
        let Purpose::Validate(webhook) = call.purpose else { return Answer::empty() };
        let answer = if status == Some(200) {
            let mut subscriptions = lock(&self.tenants[call.tenant].subscriptions);
            subscriptions.enable(
                call.content_type,
                Some(webhook),
                now,
                self.options.history_before_start,
            );
            started(&subscriptions, call.content_type, now)
        } else {
            problem_answer(&Problem::WebhookInvalid(call.address, NOT_200))
        };
        lock(&self.log).count(Operation::Start.name(), answer.status, false, answer.body.len());
        answer
    }

    /// The notifications that are due. Make each call and report it to [`Emulator::notified`].
    pub fn notifications_due(&self, now: DateTime<Utc>) -> Vec<WebhookCall> {
        let now = now.timestamp_millis();
        let (faults, regimes) = self.fault_state();
        let mut calls = Vec::new();
        for (at, tenant) in self.tenants.iter().enumerate() {
            let publication =
                Publication { generator: &tenant.generator, regimes: regimes.clone() };
            let setup = &self.options.tenants[at];
            let sender = Sender {
                tenant: at,
                tenant_id: &setup.tenant.tenant_id,
                client_id: &setup.client_id,
            };
            let subscriptions = lock(&tenant.subscriptions);
            for content_type in ContentType::ALL {
                let Ok(subscription) = subscriptions.readable(content_type) else { continue };
                let Some(hook) = &subscription.webhook else { continue };
                let late_max = i64::from(faults.late_content_seconds) * SECOND;
                calls.extend(webhook::notification(
                    &sender,
                    content_type,
                    hook,
                    &publication,
                    now,
                    late_max,
                    |blob| content::describe(blob, &hook.feed_url, &faults),
                ));
            }
        }
        calls
    }

    /// Takes note of a notification's outcome: 200 is success, anything else is tried again.
    pub fn notified(&self, now: DateTime<Utc>, call: &WebhookCall, status: Option<u16>) {
        let now = now.timestamp_millis();
        let tenant = &self.tenants[call.tenant];
        let mut subscriptions = lock(&tenant.subscriptions);
        let mut notifications = lock(&tenant.notifications);
        webhook::record(&mut subscriptions, &mut notifications, call, status == Some(200), now);
    }

    /// What each tenant has published up to `now`.
    pub fn truth(&self, now: DateTime<Utc>) -> Vec<Truth> {
        self.truth_at(now.timestamp_millis())
    }

    /// The faults in force.
    pub fn faults(&self) -> Faults {
        self.fault_state().0
    }

    /// Puts other faults in force from `now` on.
    ///
    /// # Errors
    /// When a rate lies outside 0 to 1 or the page size is 0.
    pub fn set_faults(&self, faults: Faults, now: DateTime<Utc>) -> Result<(), OptionsError> {
        faults.check().map_err(OptionsError)?;
        self.put_faults(faults, now.timestamp_millis());
        Ok(())
    }

    /// Requests so far, by operation.
    pub fn requests(&self) -> std::collections::BTreeMap<&'static str, super::RequestTotals> {
        self.request_log().operations
    }

    pub(super) fn truth_at(&self, now: Millis) -> Vec<Truth> {
        let (faults, regimes) = self.fault_state();
        let tenants = self.tenants.iter().zip(&self.options.tenants);
        tenants
            .map(|(tenant, setup)| {
                let publication =
                    Publication { generator: &tenant.generator, regimes: regimes.clone() };
                let mut truth = lock(&tenant.tally).truth(&publication, &faults, now);
                truth.name = setup.name.clone();
                truth.tenant_id = setup.tenant.tenant_id.clone();
                truth
            })
            .collect()
    }

    pub(super) fn setups(&self) -> &[TenantSetup] {
        &self.options.tenants
    }

    pub(super) fn request_log(&self) -> RequestLog {
        lock(&self.log).clone()
    }

    pub(super) fn change_faults(&self, changes: &str, now: Millis) -> Result<(), String> {
        let faults = self.faults().changed(changes)?;
        self.put_faults(faults, now);
        Ok(())
    }

    pub(super) fn disable_subscription(
        &self,
        tenant: Option<&str>,
        content_type: ContentType,
        by: &str,
    ) -> Result<(), String> {
        let at = match tenant {
            None => 0,
            Some(id) => self.find_tenant(id).ok_or_else(|| format!("no tenant {id}"))?,
        };
        lock(&self.tenants[at].subscriptions)
            .disable(content_type, by)
            .map_err(|problem| problem.to_string())
    }

    fn put_faults(&self, faults: Faults, now: Millis) {
        let mut state = self.faults.write().unwrap_or_else(PoisonError::into_inner);
        let next = regime(&faults, now);
        let mut regimes = state.regimes.0.as_ref().clone();
        let unchanged = regimes.last().is_some_and(|last| Regime { since: now, ..*last } == next);
        if !unchanged {
            regimes.push(next);
            state.regimes = Regimes(Arc::new(regimes));
        }
        state.faults = faults;
    }

    fn fault_state(&self) -> (Faults, Regimes) {
        let state = self.faults.read().unwrap_or_else(PoisonError::into_inner);
        (state.faults.clone(), state.regimes.clone())
    }

    fn token(&self, request: &Request, tenant: &str, version: Version, now: Millis) -> Reply {
        if request.method != "POST" {
            return Reply::Answer(Answer::text(405, "POST a form here.\n"));
        }
        let faults = self.faults();
        let base_url = self.base_url(request.header("host"));
        let token_request = TokenRequest {
            version,
            tenant,
            url: format!("{base_url}{}", request.path()),
            base_url: &base_url,
            body: &request.body,
            now,
            lifetime_seconds: faults.token_lifetime_seconds,
            fault: faults.token_error,
            key: self.options.seed,
            number: self.requests.fetch_add(1, Ordering::Relaxed),
        };
        let setups: Vec<&TenantSetup> = self.options.tenants.iter().collect();
        let (status, body) = token::answer(&token_request, &setups);
        let mut answer = Answer::json(status, body);
        answer.headers.push(("Cache-Control", "no-store".into()));
        Reply::Answer(answer)
    }

    fn feed(
        &self,
        request: &Request,
        tenant: &str,
        operation: Operation,
        path: &[&str],
        now: Millis,
    ) -> Reply {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let faults = self.faults();
        let strikes = |rate: f64, fault: u64| {
            blend(self.options.seed ^ (fault << 48), number) < threshold(rate)
        };
        let delay = if strikes(faults.slow_rate, 1) {
            Duration::from_millis(faults.slow_ms.into())
        } else {
            Duration::ZERO
        };
        let reply = match self.admit(request, tenant, operation, now) {
            Err(answer) => Reply::Answer(answer),
            Ok(_) if strikes(faults.error_rate, 2) => Reply::Answer(broken(number)),
            Ok(call) => self
                .run(&call, operation, path)
                .unwrap_or_else(|problem| Reply::Answer(problem_answer(&problem))),
        };
        match reply {
            Reply::Answer(mut answer) => {
                answer.delay = delay;
                let may_cut = operation == Operation::GetBlob && answer.status == 200;
                if may_cut && strikes(faults.cut_body_rate, 3) {
                    answer.cut_at = Some(blend(number, 9) as usize % answer.body.len().max(1));
                }
                Reply::Answer(answer)
            }
            call => call,
        }
    }

    /// The checks common to all operations: token, tenant, permission, publisher, rate.
    fn admit<'a>(
        &self,
        request: &'a Request,
        tenant: &str,
        operation: Operation,
        now: Millis,
    ) -> Result<Call<'a>, Answer> {
        let claims = self.authenticated(request, now).ok_or_else(|| {
            Answer::json(401, r#"{"Message":"Authorization has been denied for this request."}"#)
        })?;
        let at = self
            .check_tenant(tenant, &claims, operation)
            .map_err(|problem| problem_answer(&problem))?;
        if !claims.roles.iter().any(|role| role == "ActivityFeed.Read") {
            return Err(problem_answer(&Problem::PermissionMissing(claims.roles.join(", "))));
        }
        let publisher = request.query("PublisherIdentifier");
        if publisher.as_deref().is_some_and(|text| Guid::parse(text).is_none()) {
            return Err(problem_answer(&Problem::ParameterType("PublisherIdentifier", "guid")));
        }
        let faults = self.faults();
        self.throttle(at, &faults, operation, publisher.as_deref(), now)
            .map_err(|problem| problem_answer(&problem))?;
        let feed_url =
            self.feed_url(request.header("host"), &self.options.tenants[at].tenant.tenant_id);
        Ok(Call { now, request, tenant: at, claims, faults, publisher, feed_url })
    }

    fn authenticated(&self, request: &Request, now: Millis) -> Option<Claims> {
        let (scheme, token) = request.header("authorization")?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let claims = credentials::open(token.trim(), self.options.seed, now)?;
        let base_url = self.base_url(request.header("host"));
        let audience_fits =
            token::RESOURCES.contains(&claims.aud.as_str()) || claims.aud == base_url;
        audience_fits.then_some(claims)
    }

    fn check_tenant(
        &self,
        tenant: &str,
        claims: &Claims,
        operation: Operation,
    ) -> Result<usize, Problem> {
        if Guid::parse(tenant).is_none() {
            return Err(Problem::TenantNotGuid(tenant.to_owned()));
        }
        if !tenant.eq_ignore_ascii_case(&claims.tid) {
            return Err(Problem::TenantMismatch(tenant.to_owned(), claims.tid.clone()));
        }
        match self.faults().tenant_condition {
            TenantCondition::Normal => {}
            TenantCondition::Deleted => return Err(Problem::TenantUnknown(tenant.to_owned())),
            TenantCondition::Misconfigured => {
                return Err(Problem::TenantMisconfigured(tenant.to_owned()));
            }
            TenantCondition::AuditingOff => {
                let request =
                    request_guid(self.options.seed, self.requests.load(Ordering::Relaxed))
                        .to_string();
                return Err(Problem::auditing_off(operation.name(), tenant, &request));
            }
        }
        self.find_tenant(tenant).ok_or_else(|| Problem::TenantUnknown(tenant.to_owned()))
    }

    fn find_tenant(&self, id: &str) -> Option<usize> {
        self.options
            .tenants
            .iter()
            .position(|setup| setup.tenant.tenant_id.eq_ignore_ascii_case(id))
    }

    fn throttle(
        &self,
        tenant: usize,
        faults: &Faults,
        operation: Operation,
        publisher: Option<&str>,
        now: Millis,
    ) -> Result<(), Problem> {
        let mut throttle = lock(&self.tenants[tenant].throttle);
        let minute = now.div_euclid(MINUTE);
        if throttle.minute != minute {
            throttle.minute = minute;
            throttle.requests = 0;
        }
        throttle.requests = throttle.requests.saturating_add(1);
        if faults.requests_per_minute_max == 0
            || throttle.requests <= faults.requests_per_minute_max
        {
            return Ok(());
        }
        throttle.refused += 1;
        let status = match faults.throttle_answer {
            ThrottleAnswer::Forbidden => 403,
            ThrottleAnswer::TooManyRequests => 429,
            ThrottleAnswer::Alternating => {
                if throttle.refused % 2 == 1 {
                    403
                } else {
                    429
                }
            }
        };
        let rest = (minute + 1) * MINUTE - now;
        Err(Problem::TooMany {
            method: operation.name(),
            publisher: publisher.unwrap_or(NO_PUBLISHER).to_owned(),
            status,
            retry_after_seconds: (rest as u64).div_ceil(1_000),
        })
    }

    fn run(&self, call: &Call<'_>, operation: Operation, path: &[&str]) -> Result<Reply, Problem> {
        let answer = match operation {
            Operation::Start => return self.start(call),
            Operation::Stop => {
                let content_type = content_type_of(call)?;
                lock(&self.tenants[call.tenant].subscriptions).stop(content_type)?;
                Answer::empty()
            }
            Operation::List => {
                let subscriptions = lock(&self.tenants[call.tenant].subscriptions);
                uncached(Answer::json(200, subscriptions.to_json(call.now).to_string()))
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
        let content_type = content_type_of(call)?;
        let webhook = subscriptions::parse_webhook(
            &call.request.body,
            &call.feed_url,
            call.now,
            self.options.loopback_webhooks,
        )?;
        let mut subscriptions = lock(&self.tenants[call.tenant].subscriptions);
        if !subscriptions.would_change(content_type, webhook.as_ref(), call.now) {
            return Err(Problem::AlreadyEnabled);
        }
        if let Some(webhook) = webhook {
            let code =
                request_guid(self.options.seed ^ 0xC0DE, self.requests.load(Ordering::Relaxed))
                    .to_string();
            return Ok(Reply::AfterCall(webhook::validation(
                call.tenant,
                content_type,
                webhook,
                &code,
            )));
        }
        subscriptions.enable(content_type, None, call.now, self.options.history_before_start);
        Ok(Reply::Answer(started(&subscriptions, content_type, call.now)))
    }

    fn list_content(&self, call: &Call<'_>) -> Result<Answer, Problem> {
        let content_type = content_type_of(call)?;
        let window = window_of(call)?;
        let visible_from =
            lock(&self.tenants[call.tenant].subscriptions).readable(content_type)?.visible_from;
        let next_page = call.request.query("nextPage");
        let publication = self.publication(call.tenant);
        let listing = Listing {
            publication: &publication,
            faults: &call.faults,
            feed_url: call.feed_url.clone(),
            content_type,
            window,
            visible_from,
            next_page: next_page.as_deref(),
            publisher: call.publisher.as_deref(),
            now: call.now,
        };
        let (body, next) = listing.answer()?;
        let mut answer = uncached(Answer::json(200, body));
        answer.headers.extend(next.map(|url| ("NextPageUri", url)));
        Ok(answer)
    }

    fn list_notifications(&self, call: &Call<'_>) -> Result<Answer, Problem> {
        let content_type = content_type_of(call)?;
        let window = window_of(call)?;
        lock(&self.tenants[call.tenant].subscriptions).readable(content_type)?;
        let objects = lock(&self.tenants[call.tenant].notifications).list(
            content_type,
            window.from,
            window.until,
        );
        Ok(uncached(Answer::json(200, serde_json::Value::from(objects).to_string())))
    }

    fn blob(&self, call: &Call<'_>, id: &str) -> Result<Answer, Problem> {
        let id = percent_decoded(id);
        let publication = self.publication(call.tenant);
        let blob = content::find(&publication, &id, &call.faults, call.now)?;
        let visible_from = lock(&self.tenants[call.tenant].subscriptions)
            .readable(blob.key.content_type)?
            .visible_from;
        if blob.created < visible_from {
            return Err(Problem::ContentMissing(id));
        }
        let dlp_values = call.claims.roles.iter().any(|role| role == "ActivityFeed.ReadDlp");
        Ok(Answer::json(200, content::body(&publication, &blob, dlp_values)))
    }

    fn publication(&self, tenant: usize) -> Publication<'_> {
        Publication { generator: &self.tenants[tenant].generator, regimes: self.fault_state().1 }
    }

    fn base_url(&self, host: Option<&str>) -> String {
        match &self.options.base_url {
            Some(base) => base.trim_end_matches('/').to_owned(),
            None => format!("http://{}", host.unwrap_or("localhost")),
        }
    }

    fn feed_url(&self, host: Option<&str>, tenant: &str) -> String {
        format!("{}/api/v1.0/{tenant}/activity/feed", self.base_url(host))
    }

    fn count(&self, request: &Request, operation: &'static str, answer: &Answer) {
        let is_feed = request.path().starts_with("/api/");
        let missing = is_feed && request.query("PublisherIdentifier").is_none();
        lock(&self.log).count(operation, answer.status, missing, answer.body.len());
    }

    fn compressed(&self, request: &Request, mut answer: Answer) -> Answer {
        let accepted =
            request.header("accept-encoding").is_some_and(|value| value.contains("gzip"));
        if !accepted || answer.body.len() < GZIP_BYTES_MIN || !self.faults().gzip {
            return answer;
        }
        let mut encoder =
            GzEncoder::new(Vec::with_capacity(answer.body.len() / 8), Compression::fast());
        // Writing into memory cannot fail.
        if encoder.write_all(&answer.body).is_ok()
            && let Ok(body) = encoder.finish()
        {
            answer.cut_at = answer.cut_at.map(|at| at * body.len() / answer.body.len());
            answer.body = body;
            answer.headers.push(("Content-Encoding", "gzip".into()));
            answer.headers.push(("Vary", "Accept-Encoding".into()));
        }
        answer
    }
}

/// An operation of the feed; names as the service uses them in AF429.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Start,
    Stop,
    List,
    ListContent,
    ListNotifications,
    GetBlob,
    SensitiveTypes,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Operation::Start => "StartSubscription",
            Operation::Stop => "StopSubscription",
            Operation::List => "ListSubscriptions",
            Operation::ListContent => "ListContent",
            Operation::ListNotifications => "ListNotifications",
            Operation::GetBlob => "GetBlob",
            Operation::SensitiveTypes => "GetDlpSensitiveTypes",
        }
    }
}

fn operation_of(method: &str, path: &[&str]) -> Option<Operation> {
    match (method, path) {
        ("POST", ["subscriptions", "start"]) => Some(Operation::Start),
        ("POST", ["subscriptions", "stop"]) => Some(Operation::Stop),
        ("GET", ["subscriptions", "list"]) => Some(Operation::List),
        ("GET", ["subscriptions", "content"]) => Some(Operation::ListContent),
        ("GET", ["subscriptions", "notifications"]) => Some(Operation::ListNotifications),
        ("GET", ["audit", _]) => Some(Operation::GetBlob),
        ("GET", ["resources", name]) if name.eq_ignore_ascii_case("dlpSensitiveTypes") => {
            Some(Operation::SensitiveTypes)
        }
        _ => None,
    }
}

fn content_type_of(call: &Call<'_>) -> Result<ContentType, Problem> {
    let name = call.request.query("contentType").ok_or(Problem::ParameterMissing("contentType"))?;
    ContentType::from_name(&name).ok_or(Problem::ContentTypeInvalid)
}

fn window_of(call: &Call<'_>) -> Result<Window, Problem> {
    let (start, end) = (call.request.query("startTime"), call.request.query("endTime"));
    Window::read(start.as_deref(), end.as_deref(), call.now, call.faults.old_window_error)
}

fn started(subscriptions: &Subscriptions, content_type: ContentType, now: Millis) -> Answer {
    let body = subscriptions
        .one_to_json(content_type, now)
        .map(|value| value.to_string())
        .unwrap_or_default();
    uncached(Answer::json(200, body))
}

fn problem_answer(problem: &Problem) -> Answer {
    let mut answer = Answer::json(problem.status(), problem.body());
    if let Problem::TooMany { retry_after_seconds, .. } = problem {
        answer.headers.push(("Retry-After", retry_after_seconds.to_string()));
    }
    answer
}

/// A failure of the service, or each second time of a proxy before it.
fn broken(number: u64) -> Answer {
    if number.is_multiple_of(2) {
        return problem_answer(&Problem::Internal);
    }
    let html = "<html><head><title>503 Service Unavailable</title></head><body><h1>Service Unavailable</h1></body></html>";
    Answer {
        status: 503,
        headers: vec![("Content-Type", "text/html".into())],
        body: html.into(),
        ..Answer::default()
    }
}

fn uncached(mut answer: Answer) -> Answer {
    answer.headers.extend([
        ("Pragma", "no-cache".into()),
        ("Cache-Control", "no-cache".into()),
        ("Expires", "-1".into()),
    ]);
    answer
}

fn regime(faults: &Faults, since: Millis) -> Regime {
    Regime {
        since,
        duplicate_rate: faults.duplicate_rate,
        late_rate: faults.late_content_rate,
        late_seconds: faults.late_content_seconds,
        expired_rate: faults.expired_content_rate,
    }
}

/// Clients may write the `$` of a content id as `%24`.
fn percent_decoded(text: &str) -> String {
    text.replace("%24", "$")
}

/// A panic elsewhere must not stop the emulator: what is behind these locks is always whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
