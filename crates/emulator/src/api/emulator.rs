//! The emulator itself: what it remembers, and where a request goes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use chrono::{DateTime, Utc};

use super::audience::GRAPH_PREFIX;
use super::errors::{NOT_200, Problem};
use super::faults::Faults;
use super::graph::{GraphThrottle, Queries};
use super::message::{Answer, Reply, Request};
use super::operation::Operation;
use super::options::{EmulatorOptions, TenantSetup};
use super::request_log::{RequestLog, RequestTotals};
use super::subscriptions::Subscriptions;
use super::throttle::Throttle;
use super::token::Version;
use super::truth::{self, PublishedBlob, Tally, Truth};
use super::webhook::{self, NotificationLog, Purpose, Sender, WebhookCall};
use super::{console, content, gzip};
use crate::clock::{self, Millis, SECOND};
use crate::content_type::ContentType;
use crate::generator::Generator;
use crate::publication::{Publication, Regime, Regimes, Staged};
use crate::scenario::{Scenario, Story};
use crate::tenant::OptionsError;

/// Records of played scenarios stay in memory, so their number has an end.
const PLAYS_MAX: usize = 1_000;

/// What was published under earlier faults must stay as it was, so these are all remembered.
const REGIMES_MAX: usize = 10_000;

/// Microsoft 365 as documented: `(state, now, request) -> reply`.
///
/// Nothing in here reads a clock or opens a connection; [`serve`](crate::serve) does.
#[derive(Debug)]
pub struct Emulator {
    pub(super) options: EmulatorOptions,
    pub(super) tenants: Vec<TenantState>,
    faults: RwLock<FaultState>,
    log: Mutex<RequestLog>,
    /// Numbers the requests, for faults that strike by chance.
    pub(super) requests: AtomicU64,
}

#[derive(Debug)]
pub(super) struct TenantState {
    pub(super) generator: Arc<Generator>,
    staged: RwLock<Arc<Staged>>,
    pub(super) subscriptions: Mutex<Subscriptions>,
    pub(super) notifications: Mutex<NotificationLog>,
    tally: Mutex<Tally>,
    pub(super) throttle: Mutex<Throttle>,
    pub(super) graph_throttle: Mutex<GraphThrottle>,
    /// Searches of the audit log that were submitted through Graph.
    pub(super) queries: Mutex<Queries>,
}

#[derive(Debug)]
struct FaultState {
    faults: Faults,
    regimes: Regimes,
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
                generator: Arc::new(Generator::ending(&setup.tenant, now.timestamp_millis())?),
                staged: RwLock::default(),
                subscriptions: Mutex::default(),
                notifications: Mutex::default(),
                tally: Mutex::default(),
                throttle: Mutex::default(),
                graph_throttle: Mutex::default(),
                queries: Mutex::default(),
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
                let answer = console::answer(self, request, rest, now);
                return Reply::Answer(self.finished(request, answer, now));
            }
            [tenant, "oauth2", "token"] => {
                ("Token", Reply::Answer(self.token(request, tenant, Version::V1, now)))
            }
            [tenant, "oauth2", "v2.0", "token"] => {
                ("Token", Reply::Answer(self.token(request, tenant, Version::V2, now)))
            }
            ["metadata", "identity", "oauth2", "token"] | ["msi", "token"] => {
                ("Token", Reply::Answer(self.managed_identity(request, path[0], now)))
            }
            // Next-page links in the reference's samples say v1 without the .0.
            ["api", "v1.0" | "v1", tenant, "activity", "feed", ref rest @ ..] => {
                match Operation::find(&request.method, rest) {
                    Some(operation) => {
                        (operation.name(), self.feed(request, tenant, operation, rest, now))
                    }
                    None => ("Unknown", Reply::Answer(no_such_resource())),
                }
            }
            [version @ ("v1.0" | "beta"), ref rest @ ..] => {
                let (name, answer) = self.graph(request, false, version, rest, now);
                (name, Reply::Answer(answer))
            }
            [GRAPH_PREFIX, version @ ("v1.0" | "beta"), ref rest @ ..] => {
                let (name, answer) = self.graph(request, true, version, rest, now);
                (name, Reply::Answer(answer))
            }
            _ => ("Unknown", Reply::Answer(Answer::text(404, "Not found. See /emulator.\n"))),
        };
        match reply {
            Reply::Answer(answer) => {
                self.count(operation, &answer, publisher_missing(request));
                Reply::Answer(self.finished(request, answer, now))
            }
            call => call,
        }
    }

    /// Ends a start request whose webhook had to prove itself.
    /// `status` is what the webhook answered, None when it could not be reached.
    pub fn validated(&self, now: DateTime<Utc>, call: WebhookCall, status: Option<u16>) -> Answer {
        let now = now.timestamp_millis();
        let Purpose::Validate { webhook, publisher_missing } = call.purpose else {
            return Answer::empty();
        };
        let answer = if status == Some(200) {
            let mut subscriptions = lock(&self.tenants[call.tenant].subscriptions);
            let history = self.options.history_before_start;
            subscriptions.enable(call.content_type, Some(webhook), now, history);
            subscriptions.started(call.content_type, now)
        } else {
            Answer::problem(&Problem::WebhookInvalid(call.address, NOT_200))
        };
        self.count(Operation::Start.name(), &answer, publisher_missing);
        self.finished(&Request::default(), answer, now)
    }

    /// The notifications that are due. Make each call and report it to [`Emulator::notified`].
    pub fn notifications_due(&self, now: DateTime<Utc>) -> Vec<WebhookCall> {
        let now = now.timestamp_millis();
        let faults = self.faults();
        let late_max = i64::from(faults.late_content_seconds) * SECOND;
        let mut calls = Vec::new();
        for (at, tenant) in self.tenants.iter().enumerate() {
            let publication = self.publication(at);
            let setup = &self.options.tenants[at];
            let sender = Sender {
                tenant: at,
                tenant_id: &setup.tenant.tenant_id,
                client_id: &setup.client_id,
            };
            let mut subscriptions = lock(&tenant.subscriptions);
            if faults.webhook_disabled {
                subscriptions.disable_webhooks();
            }
            for content_type in ContentType::ALL {
                let Ok(subscription) = subscriptions.readable(content_type) else { continue };
                let Some(hook) = &subscription.webhook else { continue };
                let describe = |blob: &_| content::describe(blob, &hook.feed_url, &faults);
                calls.extend(webhook::notification(
                    &sender,
                    content_type,
                    hook,
                    &publication,
                    now,
                    late_max,
                    describe,
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

    /// Plays a scenario in a running tenant (by id, or the first one): its last record happens now,
    /// and all of it is published within two `publish_every_ms`.
    ///
    /// # Errors
    /// When there is no such tenant, or it has played 1,000 scenarios already.
    pub fn play(
        &self,
        tenant: Option<&str>,
        scenario: Scenario,
        now: DateTime<Utc>,
    ) -> Result<Story, OptionsError> {
        let at = self.tenant_or_first(tenant)?;
        let tenant = &self.tenants[at];
        let mut staged = tenant.staged.write().unwrap_or_else(PoisonError::into_inner);
        if staged.stories.len() >= PLAYS_MAX {
            return Err(OptionsError(format!("{PLAYS_MAX} scenarios were played; start anew")));
        }
        let mut next = Staged::clone(&staged);
        let story = next.play(&tenant.generator, scenario, now.timestamp_millis());
        *staged = Arc::new(next);
        Ok(story)
    }

    /// What each tenant has published up to `now`.
    pub fn truth(&self, now: DateTime<Utc>) -> Vec<Truth> {
        let faults = self.faults();
        let truth = |(at, setup): (usize, &TenantSetup)| {
            let publication = self.publication(at);
            let counted =
                lock(&self.tenants[at].tally).truth(&publication, &faults, now.timestamp_millis());
            Truth { name: setup.name.clone(), tenant_id: setup.tenant.tenant_id.clone(), ..counted }
        };
        self.options.tenants.iter().enumerate().map(truth).collect()
    }

    /// Every blob of a tenant (by id, or the first one) up to `now`, the very large one left out.
    ///
    /// # Errors
    /// When there is no such tenant.
    pub fn published(
        &self,
        tenant: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Vec<PublishedBlob>, OptionsError> {
        let at = self.tenant_or_first(tenant)?;
        Ok(truth::published(&self.publication(at), now.timestamp_millis()))
    }

    /// The faults in force.
    pub fn faults(&self) -> Faults {
        self.fault_state().0
    }

    /// Puts other faults in force from `now` on.
    ///
    /// # Errors
    /// When a rate lies outside 0 to 1, the page size is 0, or content faults were changed
    /// 10,000 times already.
    pub fn set_faults(&self, faults: Faults, now: DateTime<Utc>) -> Result<(), OptionsError> {
        faults.check().map_err(OptionsError)?;
        let mut state = self.faults.write().unwrap_or_else(PoisonError::into_inner);
        let next = regime(&faults, now.timestamp_millis());
        let last = state.regimes.0.last();
        if !last.is_some_and(|last| Regime { since: next.since, ..*last } == next) {
            let mut regimes = state.regimes.0.as_ref().clone();
            if regimes.len() >= REGIMES_MAX {
                return Err(OptionsError("faults were changed too often; start anew".into()));
            }
            regimes.push(next);
            state.regimes = Regimes(Arc::new(regimes));
        }
        state.faults = faults;
        Ok(())
    }

    /// Requests so far, by operation.
    pub fn requests(&self) -> BTreeMap<&'static str, RequestTotals> {
        self.request_log().operations
    }

    pub(super) fn setups(&self) -> &[TenantSetup] {
        &self.options.tenants
    }

    pub(super) fn request_log(&self) -> RequestLog {
        lock(&self.log).clone()
    }

    pub(super) fn tenant_or_first(&self, id: Option<&str>) -> Result<usize, OptionsError> {
        match id {
            None => Ok(0),
            Some(id) => self
                .find_tenant(id)
                .ok_or_else(|| OptionsError(format!("no tenant has the id {id}"))),
        }
    }

    pub(super) fn find_tenant(&self, id: &str) -> Option<usize> {
        self.options
            .tenants
            .iter()
            .position(|setup| setup.tenant.tenant_id.eq_ignore_ascii_case(id))
    }

    pub(super) fn publication(&self, tenant: usize) -> Publication<'_> {
        let state = &self.tenants[tenant];
        let staged = state.staged.read().unwrap_or_else(PoisonError::into_inner).clone();
        Publication { generator: &state.generator, regimes: self.fault_state().1, staged }
    }

    /// Numbers the requests.
    pub(super) fn next_number(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn base_url(&self, host: Option<&str>) -> String {
        match &self.options.base_url {
            Some(base) => base.trim_end_matches('/').to_owned(),
            None => format!("http://{}", host.unwrap_or("localhost")),
        }
    }

    fn fault_state(&self) -> (Faults, Regimes) {
        let state = self.faults.read().unwrap_or_else(PoisonError::into_inner);
        (state.faults.clone(), state.regimes.clone())
    }

    fn count(&self, operation: &'static str, answer: &Answer, publisher_missing: bool) {
        lock(&self.log).count(operation, answer.status, publisher_missing, answer.body.len());
    }

    /// What goes out of the door: dated by the clock, compressed where the client accepts it.
    fn finished(&self, request: &Request, mut answer: Answer, now: Millis) -> Answer {
        let faults = self.faults();
        if faults.gzip {
            answer = gzip::compressed(request, answer);
        }
        let date = clock::http_date(now + faults.clock_skew_seconds * SECOND);
        answer.headers.push(("Date", date));
        answer
    }
}

/// Whether a feed request lacks the identifier that belongs on every call.
pub(super) fn publisher_missing(request: &Request) -> bool {
    request.path().starts_with("/api/") && request.query("PublisherIdentifier").is_none()
}

/// A panic elsewhere must not stop the emulator: what is behind these locks is always whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn no_such_resource() -> Answer {
    Answer::json(404, r#"{"Message":"No HTTP resource was found that matches the request URI."}"#)
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
