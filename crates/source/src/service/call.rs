//! How does one request get its answer?
//!
//! Each try waits for the tenant's budget, carries a token that is still good, and is read for what
//! its failure means; what may pass is tried again after a pause.

use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue,
};
use url::Url;

use super::Service;
use super::budget::Budget;
use super::cloud::Api;
use super::connections::Connection;
use super::error::{Error, Kind};
use super::pace::Slot;
use super::refusal::{Reaction, Refusal};
use super::retry::{Cause, Next, TRIES_MAX, Tries, retry_after};
use super::token::Token;
use super::transport::{Body, Method, Request, Response};
use super::turns::Priority;

/// Largest answer that is read whole: a page of a listing, or a refusal.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// One request to the API, and what it is for in words that follow "cannot".
pub(crate) struct Call {
    pub operation: String,
    pub method: Method,
    /// Already checked to lie within the cloud.
    pub url: Url,
    /// JSON.
    pub body: Option<String>,
    pub timeout: Duration,
    pub priority: Priority,
}

/// An answer whose body is still to come.
pub(crate) struct Opened {
    pub response: Response,
    pub slot: Slot,
    _connection: Option<Connection>,
}

/// An answer that was read whole.
pub(crate) struct Answer {
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Why a try failed.
pub(crate) struct Failure {
    pub refusal: Refusal,
    pub status: Option<u16>,
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// What was met before or without a whole answer.
    pub fn local(reaction: Reaction, words: String) -> Failure {
        let refusal = Refusal { reaction, code: None, words, body: String::new() };
        Failure { refusal, status: None, retry_after: None }
    }

    pub fn fault(words: String) -> Failure {
        Failure::local(Reaction::Retry(Cause::Fault), words)
    }

    pub fn into_error(self, kind: Kind, tenant: &event::TenantName, operation: &str) -> Error {
        let Refusal { code, words, body, .. } = self.refusal;
        Error::new(kind, tenant, operation, words).with_answer(code, self.status, body)
    }
}

impl Service {
    /// An answer read whole, asked for until it is there or the tries are used up.
    pub(crate) async fn answer(&self, call: &Call) -> Result<Answer, Error> {
        self.answer_within(&self.budget, call).await
    }

    /// The same for a call that draws from a budget of its own.
    pub(crate) async fn answer_within(
        &self,
        budget: &Budget,
        call: &Call,
    ) -> Result<Answer, Error> {
        let _permit = self.controls.acquire().await.expect("never closed");
        self.persist(budget, call, |token| self.try_answer(call, token)).await
    }

    /// An answer whose body is still to come, in a slot of `downloads`.
    pub(crate) async fn open(&self, call: &Call, slot: Slot) -> Result<Opened, Error> {
        let slot = Mutex::new(slot);
        let opened = self.persist(&self.budget, call, |token| self.try_slot(call, token, &slot));
        let (response, connection) = opened.await?;
        let slot = slot.into_inner().expect("no holder panics");
        Ok(Opened { response, slot, _connection: connection })
    }

    async fn persist<T, F>(
        &self,
        budget: &Budget,
        call: &Call,
        attempt: impl Fn(Token) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let mut tries = Tries::up_to(TRIES_MAX);
        let mut renewed = false;
        loop {
            budget.take(call.priority).await;
            // Only now: a token fetched before the wait may have run out during it.
            let token = self.tokens.current().await;
            let token = token.map_err(|error| error.during(&call.operation))?;
            let serial = token.serial;
            let failure = match attempt(token).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let kind = match failure.refusal.reaction {
                Reaction::Retry(cause) => {
                    match self.pause(budget, &mut tries, cause, &failure).await {
                        None => continue,
                        Some(after) => Kind::Later { after },
                    }
                }
                Reaction::RenewToken if !renewed => {
                    renewed = true;
                    self.counters.retry();
                    self.tokens.forget(serial).await;
                    continue;
                }
                Reaction::RenewToken => Kind::Denied,
                Reaction::Fail(kind) => kind,
            };
            return Err(failure.into_error(kind, &self.settings.tenant, &call.operation));
        }
    }

    /// Pauses until the next try is due; a time is given back when it is not for this call to wait.
    async fn pause(
        &self,
        budget: &Budget,
        tries: &mut Tries,
        cause: Cause,
        failure: &Failure,
    ) -> Option<Duration> {
        let next = tries.failed(cause, failure.retry_after, self.world.fraction());
        let (Next::Pause(pause) | Next::GiveUp(pause)) = next;
        if cause == Cause::Throttled {
            self.counters.throttle();
            budget.close(pause);
        }
        if next == Next::GiveUp(pause) {
            return Some(pause);
        }
        self.counters.retry();
        self.world.clock.sleep(pause).await;
        None
    }

    async fn try_answer(&self, call: &Call, token: Token) -> Result<Answer, Failure> {
        let (response, _connection) = self.try_open(call, token).await?;
        let body = read_whole(response.body, ANSWER_BYTES_MAX).await?;
        self.counters.bytes(body.len());
        Ok(Answer { headers: response.headers, body })
    }

    /// One try of a download, whose outcome sets the pace of the others.
    async fn try_slot(
        &self,
        call: &Call,
        token: Token,
        slot: &Mutex<Slot>,
    ) -> Result<(Response, Option<Connection>), Failure> {
        let start = self.world.clock.now();
        let outcome = self.try_open(call, token).await;
        let mut slot = slot.lock().expect("no holder panics");
        match &outcome {
            Ok(_) => {
                let took = self.world.clock.now().saturating_sub(start);
                slot.went_well(Duration::from_micros(u64::try_from(took).unwrap_or(0)));
            }
            Err(failure) if matches!(failure.refusal.reaction, Reaction::Retry(_)) => {
                slot.met_trouble();
                slot.renew();
            }
            // What is refused for good says nothing about the pace.
            Err(_) => {}
        }
        outcome
    }

    async fn try_open(
        &self,
        call: &Call,
        token: Token,
    ) -> Result<(Response, Option<Connection>), Failure> {
        let connection = match &self.settings.connections {
            Some(connections) => Some(connections.one().await),
            None => None,
        };
        self.counters.request();
        let request = Request {
            method: call.method.clone(),
            url: call.url.clone(),
            headers: headers(call, token),
            body: call.body.clone(),
            timeout: call.timeout,
        };
        let sent = self.world.transport.send(self.named(request)).await;
        let response = sent.map_err(|interruption| {
            Failure::fault(format!("the service is out of reach: {}", interruption.0))
        })?;
        match response.status {
            200..=299 if is_page(&response.headers) => Err(Failure::fault(
                "a web page came instead of the service's answer; maybe a proxy sent it".into(),
            )),
            200..=299 => Ok((response, connection)),
            status => Err(self.refused(status, response).await),
        }
    }

    /// Graph asks its clients to name each request, so that support can find it in its logs (Graph
    /// reference, "Best practices"). An answer that is a refusal repeats the name.
    fn named(&self, mut request: Request) -> Request {
        if self.api == Api::Graph {
            let id = HeaderValue::try_from(self.world.guid()).expect("a GUID is plain text");
            request.headers.insert(CLIENT_REQUEST_ID, id);
        }
        request
    }

    async fn refused(&self, status: u16, response: Response) -> Failure {
        // A refusal whose text is cut or endless still has a status.
        let body = read_some(response.body, REFUSAL_BYTES_MAX).await;
        self.counters.bytes(body.len());
        Failure {
            refusal: (self.read_refusal)(status, &body),
            status: Some(status),
            retry_after: retry_after(&response.headers, self.world.clock.now()),
        }
    }
}

const CLIENT_REQUEST_ID: &str = "client-request-id";

/// Of a refusal, this much is read.
const REFUSAL_BYTES_MAX: usize = 64 << 10;

fn headers(call: &Call, token: Token) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, token.header);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if call.body.is_some() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    } else if call.method == Method::POST {
        // Some gateways want a length even where there is nothing.
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    headers
}

/// The service never answers with a web page; captive portals and proxies do.
fn is_page(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    value.is_some_and(|value| value.to_ascii_lowercase().starts_with(b"text/html"))
}

/// The body to its end.
pub(crate) async fn read_whole(mut body: Body, bytes_max: usize) -> Result<Bytes, Failure> {
    let mut whole = Vec::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|interruption| {
            Failure::fault(format!("the answer broke off: {}", interruption.0))
        })?;
        if whole.len() + chunk.len() > bytes_max {
            let words = format!("the answer is longer than {bytes_max} bytes");
            return Err(Failure::local(Reaction::Fail(Kind::Broken), words));
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.into())
}

/// The beginning of the body, whatever follows.
pub(crate) async fn read_some(mut body: Body, bytes_max: usize) -> Bytes {
    let mut some = Vec::new();
    while some.len() < bytes_max
        && let Some(Ok(chunk)) = body.next().await
    {
        let room = bytes_max - some.len();
        some.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    some.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity_feed::{ContentType, Window};
    use crate::scripted::*;
    use crate::service::{CONTROLS_MAX, Clock, Kind};

    #[tokio::test]
    async fn what_may_pass_is_tried_again() {
        let check = async |trouble: Reply| {
            let set = set(in_turn(vec![trouble, reply(200, "[]")]));
            set.feed.subscriptions().await.unwrap();
            let counts = set.feed.counts();
            assert_eq!((counts.requests, counts.retries), (2, 1));
        };
        check(unreachable()).await;
        check(reply(500, "")).await;
        check(reply(503, "<html>busy</html>")).await;
        check(refusal(500, "AF50000")).await;
        check(refusal(403, "AF429")).await;
        check(reply(429, "")).await;
        check(reply(408, "")).await;
        check(reply(200, "[{").broken_off()).await;
        check(
            reply(200, "<html>sign in to the guest network</html>")
                .header("content-type", "text/html; charset=utf-8"),
        )
        .await;
        check(reply(401, "")).await;
        check(refusal(401, "AF10001")).await;
    }

    #[tokio::test]
    async fn tries_and_pauses_have_an_end() {
        let set = set(|seen| (!seen.is_sign_in()).then(|| reply(502, "")));
        let error = set.feed.subscriptions().await.unwrap_err();
        let Kind::Later { after } = error.kind() else { panic!("{error}") };
        assert!((16..=32).contains(&after.as_secs()), "{after:?}");
        assert_eq!(set.network.calls().len(), TRIES_MAX as usize);
        let sleeps = set.clock.sleeps.lock().unwrap();
        for (tries, pause) in sleeps.iter().enumerate() {
            let whole = Duration::from_secs(1 << tries);
            assert!(*pause >= whole / 2 && *pause <= whole, "{sleeps:?}");
        }
    }

    #[tokio::test]
    async fn a_throttled_call_silences_the_whole_tenant() {
        let mut calls = 0;
        let set = set(move |seen| {
            if seen.is_sign_in() {
                return None;
            }
            calls += 1;
            Some(match calls {
                1 => refusal(403, "AF429").header("retry-after", "40"),
                _ => reply(200, "[]"),
            })
        });
        let start = set.clock.now();
        set.feed.subscriptions().await.unwrap();
        assert!(set.clock.now() - start >= 40_000_000);
        assert_eq!(set.feed.counts().throttled, 1);
        // Whoever comes next finds no burst of requests waiting.
        let before = set.clock.sleeps.lock().unwrap().len();
        set.feed.subscriptions().await.unwrap();
        assert!(set.clock.sleeps.lock().unwrap().len() > before);
    }

    #[tokio::test]
    async fn a_long_pause_is_left_to_the_caller() {
        let set = set(in_turn(vec![refusal(429, "AF429").header("retry-after", "600")]));
        let error = set.feed.subscriptions().await.unwrap_err();
        let Kind::Later { after } = error.kind() else { panic!("{error}") };
        assert!((600..=601).contains(&after.as_secs()));
    }

    #[tokio::test]
    async fn a_refused_token_is_renewed_once() {
        let set = set(|seen| (!seen.is_sign_in()).then(|| refusal(401, "AF10001")));
        let error = set.feed.list(ContentType::DlpAll, window()).next_page().await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (Kind::Denied, Some(401)));
        let text = error.to_string();
        assert!(
            text.starts_with("tenant contoso: cannot list DLP.All from ")
                && text.contains("ActivityFeed.Read is not granted; consent to it in Entra")
                && text.ends_with("[AF10001, HTTP 401]"),
            "{text}"
        );
        let lines = set.network.lines();
        assert!(lines[0].ends_with("token-1") && lines[1].ends_with("token-2"), "{lines:?}");
        assert_eq!(lines.len(), 2);
    }

    fn window() -> Window {
        let now = event::time::parse(NOW).unwrap();
        Window::new(now - 3_600_000_000, now).unwrap()
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let there = "https://example.org/steal";
        let set = set(in_turn(vec![reply(302, "").header("location", there)]));
        let error = set.feed.subscriptions().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Untrusted);
        assert_eq!(set.network.calls().len(), 1);
    }

    #[tokio::test]
    async fn an_endless_answer_is_not_read_to_its_end() {
        let megabyte = Bytes::from(vec![b' '; 1 << 20]);
        let mut endless = reply(200, "[");
        for _ in 0..65 {
            endless = endless.chunk(megabyte.clone());
        }
        let set = set(in_turn(vec![endless]));
        let error = set.feed.subscriptions().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Broken);
    }

    #[tokio::test]
    async fn no_more_than_the_permitted_number_of_calls_are_under_way() {
        let set = set(|seen| (!seen.is_sign_in()).then(|| reply(200, "[]")));
        let calls = (0..50).map(|_| set.feed.subscriptions());
        for outcome in futures::future::join_all(calls).await {
            outcome.unwrap();
        }
        assert_eq!(set.network.under_way_max(), CONTROLS_MAX);
    }
}
