//! What becomes of a request?
//!
//! The emulator answers in this process; on the way there and back a request may be refused, lost,
//! cut, stalled or late.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use chrono::DateTime;
use emulator::{Answer, Emulator, Reply};
use futures::{StreamExt, stream};
use source::service::{BoxFuture, Interruption, Request, Response, Transport};

use crate::life::Life;

/// Where the service says it is; nothing listens there.
pub const ROOT: &str = "http://127.0.0.1:1";
const HOST: &str = "127.0.0.1:1";

/// Bytes that arrive at once.
const CHUNK_BYTES: usize = 3000;
/// How long silence is borne.
const SILENCE_MAX: Duration = Duration::from_secs(90);

/// How the network is today: shares of requests.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    /// Connections that are refused.
    pub refused: f64,
    /// Requests that are answered, but the answer is lost.
    pub lost: f64,
    /// Bodies that break off.
    pub reset: f64,
    /// Bodies that stall.
    pub stalled: f64,
    /// Bodies damaged on the way, as a lying compression is.
    pub damaged: f64,
    pub latency_ms_max: i64,
}

/// The way to the service, for one process.
pub struct Network {
    pub life: Arc<Life>,
    pub emulator: Arc<Emulator>,
    pub weather: Arc<Mutex<Weather>>,
    pub started: Started,
}

/// When each content type was first subscribed to, as the service saw it.
pub type Started = Arc<Mutex<BTreeMap<String, i64>>>;

impl Transport for Network {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Interruption>> {
        Box::pin(self.exchange(request))
    }
}

impl Network {
    async fn exchange(&self, request: Request) -> Result<Response, Interruption> {
        let name = format!("{} {}", request.method, target(&request));
        assert!(request.url.as_str().starts_with(ROOT), "{name} left the cloud: {}", request.url);
        self.life.live("send", &name).await;
        let weather = *self.weather.lock().expect("no holder panics");
        self.pause(&weather, &name).await;
        if self.life.meets("connection refused", weather.refused, &name) {
            return Err(Interruption("connection refused".into()));
        }
        let deadline = self.life.time.now() + request.timeout.as_micros() as i64;
        let answer = self.answer(&request);
        self.life.tell(|| format!("{} {name}", answer.status));
        self.pause(&weather, &name).await;
        self.life.live("receive", &name).await;
        if answer.hangs {
            self.life.note("no answer", &name);
            self.silence(deadline).await;
            return Err(Interruption("no answer in time".into()));
        }
        if !answer.delay.is_zero() {
            self.life.note("slow answer", &name);
            self.life.time.sleep(answer.delay).await;
        }
        if self.life.meets("answer lost", weather.lost, &name) {
            return Err(Interruption("connection reset".into()));
        }
        note_status(&self.life, answer.status, &name);
        Ok(self.response(answer, weather, deadline, name))
    }

    fn answer(&self, request: &Request) -> Answer {
        let mut asked = emulator::Request::new(request.method.as_str(), &target(request))
            .with_header("host", HOST)
            .with_body(request.body.clone().unwrap_or_default());
        for (name, value) in &request.headers {
            asked = asked.with_header(name.as_str(), value.to_str().expect("ASCII"));
        }
        let now = DateTime::from_timestamp_micros(self.life.time.now()).expect("a time");
        let answer = match self.emulator.handle(now, &asked) {
            Reply::Answer(answer) => answer,
            Reply::AfterCall(call) => {
                let weather = *self.weather.lock().expect("no holder panics");
                let is_lost = self.life.meets("validation lost", weather.refused, &call.address);
                self.emulator.validated(now, call, (!is_lost).then_some(200))
            }
        };
        if request.url.path().ends_with("/subscriptions/start") && answer.status == 200 {
            let content_type = request.url.query_pairs().find(|(name, _)| name == "contentType");
            let content_type = content_type.map_or(String::new(), |(_, value)| value.into_owned());
            let mut started = self.started.lock().expect("no holder panics");
            started.entry(content_type).or_insert(self.life.time.now());
        }
        answer
    }

    async fn pause(&self, weather: &Weather, name: &str) {
        let (_, chance) = self.life.luck("latency", "latency", name);
        let millis = chance.between(1, weather.latency_ms_max.max(1)) as u64;
        // Micros apart, so that no two answers arrive at the same moment.
        let micros = millis * 1000 + chance.at(1).between(0, 999) as u64;
        self.life.time.sleep(Duration::from_micros(micros)).await;
    }

    async fn silence(&self, deadline: i64) {
        let left = Duration::from_micros((deadline - self.life.time.now()).max(0) as u64);
        self.life.time.sleep(left.min(SILENCE_MAX)).await;
    }

    fn response(&self, answer: Answer, weather: Weather, deadline: i64, name: String) -> Response {
        let headers = answer.headers.iter();
        let headers = headers
            .map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")));
        let body = Bytes::from(answer.body);
        let mut end = None;
        if let Some(at) = answer.cut_at {
            self.life.note("cut body", &name);
            end = Some((at, End::Reset));
        }
        for (fault, rate, kind) in [
            ("connection reset", weather.reset, End::Reset),
            ("stalled body", weather.stalled, End::Stalled),
            ("damaged body", weather.damaged, End::Reset),
        ] {
            if self.life.meets(fault, rate, &name) {
                let (_, chance) = self.life.luck("place", fault, &name);
                end = Some((chance.between(0, body.len() as i64) as usize, kind));
            }
        }
        let stop = end.map_or(body.len(), |(at, _)| at.min(body.len()));
        let chunks: Vec<Bytes> = (0..stop)
            .step_by(CHUNK_BYTES)
            .map(|start| body.slice(start..stop.min(start + CHUNK_BYTES)))
            .collect();
        let life = self.life.clone();
        let first = stream::iter(chunks).then(move |chunk| {
            let (life, name) = (life.clone(), name.clone());
            async move {
                life.live("chunk", &name).await;
                Ok(chunk)
            }
        });
        let life = self.life.clone();
        let last = stream::iter(end).then(move |(_, kind)| {
            let life = life.clone();
            async move {
                if let End::Stalled = kind {
                    let left = Duration::from_micros((deadline - life.time.now()).max(0) as u64);
                    life.time.sleep(left.min(SILENCE_MAX)).await;
                }
                life.live("chunk", "end").await;
                Err(Interruption("connection reset".into()))
            }
        });
        Response {
            status: answer.status,
            headers: headers.collect(),
            body: Box::pin(first.chain(last)),
        }
    }
}

#[derive(Clone, Copy)]
enum End {
    Reset,
    Stalled,
}

fn target(request: &Request) -> String {
    match request.url.query() {
        Some(query) => format!("{}?{query}", request.url.path()),
        None => request.url.path().to_owned(),
    }
}

fn note_status(life: &Life, status: u16, name: &str) {
    let fault = match status {
        401 => "unauthorized",
        403 | 429 => "throttled or forbidden",
        400 => "refused",
        404 | 410 => "not found",
        500.. => "server error",
        _ => return,
    };
    life.note(fault, name);
}
