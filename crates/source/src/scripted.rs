//! A network for tests: each request is answered by a script and remembered.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use event::TenantName;
use futures::stream;
use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderName};
use url::Url;

use crate::activity_feed::ActivityFeed;
use crate::service::world::tests::{HastyClock, Seeded};
use crate::service::*;

pub const TENANT: &str = "0e9b3178-9678-47dd-a509-37222ca96b42";
pub const CLIENT: &str = "50842eb7-edc8-4019-85dd-5a5c1f2bb085";
pub const NOW: &str = "2026-09-28T12:00:00";

/// A request as it arrived.
#[derive(Clone)]
pub struct Seen {
    pub method: Method,
    pub url: Url,
    pub authorization: String,
    pub length: Option<String>,
    /// The name that Graph wants each request to have.
    pub request_id: Option<String>,
    pub form: String,
}

impl Seen {
    /// Method, path below the feed with its query, and token: `GET subscriptions/list? Bearer token-1`.
    pub fn line(&self) -> String {
        let path = self.url.path().rsplit_once("/activity/feed/").map_or("", |(_, path)| path);
        let query = self.url.query().unwrap_or_default();
        let mut pairs = self.url.query_pairs();
        let named = pairs.any(|(name, value)| {
            name.eq_ignore_ascii_case("PublisherIdentifier") && value == TENANT
        });
        assert!(self.is_sign_in() || named, "no publisher: {}", self.url);
        let query = query.replace(&format!("PublisherIdentifier={TENANT}"), "");
        format!("{} {path}?{} {}", self.method, query.trim_matches('&'), self.authorization)
    }

    pub fn is_sign_in(&self) -> bool {
        self.url.path().ends_with("/token")
    }
}

pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    chunks: Vec<Result<Bytes, Interruption>>,
    unreachable: bool,
}

pub fn reply(status: u16, body: impl Into<Bytes>) -> Reply {
    Reply { status, headers: Vec::new(), chunks: vec![Ok(body.into())], unreachable: false }
}

/// A refusal in the documented shape.
pub fn refusal(status: u16, code: &str) -> Reply {
    reply(status, format!(r#"{{"error":{{"code":"{code}","message":"Words."}}}}"#))
}

pub fn unreachable() -> Reply {
    Reply { unreachable: true, ..reply(0, "") }
}

pub fn granted(token: &str, seconds: u32) -> Reply {
    let body =
        format!(r#"{{"token_type":"Bearer","expires_in":{seconds},"access_token":"{token}"}}"#);
    reply(200, body)
}

impl Reply {
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }

    pub fn chunk(mut self, chunk: impl Into<Bytes>) -> Reply {
        self.chunks.push(Ok(chunk.into()));
        self
    }

    pub fn broken_off(mut self) -> Reply {
        self.chunks.push(Err(Interruption("connection reset".into())));
        self
    }
}

type Script = Box<dyn FnMut(&Seen) -> Option<Reply> + Send>;

pub struct Scripted {
    script: Mutex<Script>,
    seen: Mutex<Vec<Seen>>,
    /// Requests under way, and the most that ever were.
    under_way: AtomicUsize,
    under_way_max: AtomicUsize,
}

impl Transport for Scripted {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Interruption>> {
        let header = |name| {
            let value = request.headers.get(name)?;
            Some(value.to_str().unwrap().to_owned())
        };
        let seen = Seen {
            authorization: header(AUTHORIZATION).unwrap_or_default(),
            length: header(CONTENT_LENGTH),
            request_id: header(HeaderName::from_static("client-request-id")),
            method: request.method.clone(),
            url: request.url.clone(),
            form: request.body.clone().unwrap_or_default(),
        };
        let sign_ins = self.sign_ins().len() + 1;
        self.seen.lock().unwrap().push(seen.clone());
        let reply = (self.script.lock().unwrap())(&seen);
        let reply = reply.unwrap_or_else(|| match seen.is_sign_in() {
            true => granted(&format!("token-{sign_ins}"), 3599),
            false => panic!("the script does not know {}", seen.url),
        });
        Box::pin(async move {
            // Real networks let other tasks run meanwhile.
            let under_way = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
            self.under_way_max.fetch_max(under_way, Ordering::SeqCst);
            tokio::task::yield_now().await;
            self.under_way.fetch_sub(1, Ordering::SeqCst);
            match reply.unreachable {
                true => Err(Interruption("connection refused".into())),
                false => Ok(response(reply)),
            }
        })
    }
}

fn response(reply: Reply) -> Response {
    let mut headers = HeaderMap::new();
    for (name, value) in reply.headers {
        headers.append(HeaderName::from_static(name), value.parse().unwrap());
    }
    Response { status: reply.status, headers, body: Box::pin(stream::iter(reply.chunks)) }
}

impl Scripted {
    pub fn sign_ins(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().iter().filter(|seen| seen.is_sign_in()).cloned().collect()
    }

    pub fn calls(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().iter().filter(|seen| !seen.is_sign_in()).cloned().collect()
    }

    pub fn under_way_max(&self) -> usize {
        self.under_way_max.load(Ordering::SeqCst)
    }

    /// The calls to the API in a line each.
    pub fn lines(&self) -> Vec<String> {
        self.calls().iter().map(Seen::line).collect()
    }
}

/// A client in a world of its own.
pub struct Set {
    pub feed: ActivityFeed,
    pub network: Arc<Scripted>,
    pub clock: Arc<HastyClock>,
}

pub fn settings() -> Settings {
    Settings::new(
        TenantName::new("contoso").unwrap(),
        Guid::parse("tenant_id", TENANT).unwrap(),
        Guid::parse("client_id", CLIENT).unwrap(),
        Credential::Secret(Secret::in_memory("hunter2")),
        Cloud::named("commercial").unwrap(),
    )
}

/// A client whose requests the script answers; sign-ins it leaves alone are granted.
pub fn set(script: impl FnMut(&Seen) -> Option<Reply> + Send + 'static) -> Set {
    set_with(settings(), script)
}

pub fn set_with(
    settings: Settings,
    script: impl FnMut(&Seen) -> Option<Reply> + Send + 'static,
) -> Set {
    let (world, network, clock) = world(script);
    Set { feed: ActivityFeed::within(settings, world), network, clock }
}

/// A world of its own whose network is the script.
pub fn world(
    script: impl FnMut(&Seen) -> Option<Reply> + Send + 'static,
) -> (World, Arc<Scripted>, Arc<HastyClock>) {
    let network = Arc::new(Scripted {
        script: Mutex::new(Box::new(script)),
        seen: Mutex::default(),
        under_way: AtomicUsize::new(0),
        under_way_max: AtomicUsize::new(0),
    });
    let clock = HastyClock::at(NOW);
    let world = World {
        clock: clock.clone(),
        random: Arc::new(Seeded(AtomicU64::new(7))),
        transport: network.clone(),
    };
    (world, network, clock)
}

/// Answers API calls with these replies in turn, sign-ins as usual.
pub fn in_turn(replies: Vec<Reply>) -> impl FnMut(&Seen) -> Option<Reply> + Send + 'static {
    let mut replies = replies.into_iter();
    move |seen| match seen.is_sign_in() {
        true => None,
        false => replies.next(),
    }
}
