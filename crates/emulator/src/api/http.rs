//! How does the emulator get onto a socket?

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request as HttpRequest, State};
use axum::http::Response;
use chrono::Utc;
use futures::{StreamExt, stream};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task;

use super::chunks::Chunks;
use super::emulator::Emulator;
use super::message::{Answer, Reply, Request};
use super::webhook::WebhookCall;

/// Larger request bodies are refused; the API takes a webhook or a form.
const REQUEST_BYTES_MAX: usize = 1 << 20;
/// Webhooks must answer within this time.
const WEBHOOK_TIMEOUT: Duration = Duration::from_secs(10);
const CUT_PAUSE: Duration = Duration::from_millis(30);
/// How often new content is looked for, to notify webhooks of it.
const NOTIFY_EVERY: Duration = Duration::from_millis(500);

/// Serves the emulator on `listener` until `shutdown` completes. Must run inside a tokio runtime.
///
/// # Errors
/// Those of the listener.
pub async fn serve(
    listener: TcpListener,
    emulator: Arc<Emulator>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let client = reqwest::Client::builder()
        .timeout(WEBHOOK_TIMEOUT)
        .no_proxy()
        .build()
        .map_err(io::Error::other)?;
    let (stop, stopped) = watch::channel(false);
    let shutdown = async move {
        shutdown.await;
        // Answers that never come must not hold up the end.
        let _ = stop.send(true);
    };
    let notifier = tokio::spawn(notify(emulator.clone(), client.clone()));
    let router = Router::new().fallback(answer).with_state(Shell { emulator, client, stopped });
    let result = axum::serve(listener, router).with_graceful_shutdown(shutdown).await;
    notifier.abort();
    result
}

#[derive(Clone)]
struct Shell {
    emulator: Arc<Emulator>,
    client: reqwest::Client,
    stopped: watch::Receiver<bool>,
}

async fn answer(State(mut shell): State<Shell>, request: HttpRequest) -> Response<Body> {
    let Ok(request) = read(request).await else {
        return send(Answer { status: 413, ..Answer::default() });
    };
    let emulator = shell.emulator.clone();
    // Making a blob is computation; it must not hold up the reactor.
    let Ok(reply) = task::spawn_blocking(move || emulator.handle(Utc::now(), &request)).await
    else {
        return send(Answer { status: 500, ..Answer::default() });
    };
    let answer = match reply {
        Reply::Answer(answer) => answer,
        Reply::AfterCall(call) => {
            let status = post(&shell.client, &call).await;
            shell.emulator.validated(Utc::now(), call, status)
        }
    };
    if answer.hangs {
        // An error means that the server is gone, which ends the wait as well.
        let _ = shell.stopped.wait_for(|stopped| *stopped).await;
    }
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    send(answer)
}

async fn read(request: HttpRequest) -> Result<Request, axum::Error> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, REQUEST_BYTES_MAX).await?;
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    Ok(Request {
        method: parts.method.as_str().to_owned(),
        target: target.to_owned(),
        headers,
        body: body.to_vec(),
    })
}

fn send(answer: Answer) -> Response<Body> {
    let mut response = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        response = response.header(*name, value);
    }
    let body = match (answer.stream, answer.cut_at) {
        (None, None) => Body::from(answer.body),
        (Some(chunks), None) => Body::from_stream(stream::iter(chunks.iter().map(whole))),
        (None, Some(at)) => {
            response = response.header("Content-Length", answer.body.len());
            let first = Bytes::from(answer.body).slice(..at);
            broken_off(std::iter::once(first))
        }
        (Some(chunks), Some(at)) => broken_off(first_bytes(chunks, at)),
    };
    response.body(body).unwrap_or_else(|_| Response::new(Body::empty()))
}

/// A body that ends with an error, upon which the connection is closed. The pause lets the first
/// part go out, so that the client sees a beginning.
fn broken_off(first: impl Iterator<Item = Bytes> + Send + 'static) -> Body {
    let failure = async {
        tokio::time::sleep(CUT_PAUSE).await;
        Err(io::Error::other("cut on request"))
    };
    Body::from_stream(stream::iter(first.map(Ok)).chain(stream::once(failure)))
}

fn whole(chunk: Vec<u8>) -> Result<Bytes, io::Error> {
    Ok(Bytes::from(chunk))
}

/// The beginning of a body that is made while it is sent.
fn first_bytes(chunks: Chunks, at: usize) -> impl Iterator<Item = Bytes> + Send + 'static {
    chunks.iter().scan(at, |rest, chunk| {
        let length = chunk.len().min(*rest);
        *rest -= length;
        (length > 0).then(|| Bytes::from(chunk).slice(..length))
    })
}

async fn notify(emulator: Arc<Emulator>, client: reqwest::Client) {
    loop {
        tokio::time::sleep(NOTIFY_EVERY).await;
        let finder = emulator.clone();
        let Ok(calls) = task::spawn_blocking(move || finder.notifications_due(Utc::now())).await
        else {
            continue;
        };
        for call in calls {
            let status = post(&client, &call).await;
            emulator.notified(Utc::now(), &call, status);
        }
    }
}

/// The status of the webhook's answer, None when there was none.
async fn post(client: &reqwest::Client, call: &WebhookCall) -> Option<u16> {
    let mut request = client.post(&call.address).body(call.body.clone());
    for (name, value) in &call.headers {
        request = request.header(*name, value);
    }
    request.send().await.ok().map(|response| response.status().as_u16())
}
