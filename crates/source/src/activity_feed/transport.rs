//! How do bytes get to the service and back?

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use reqwest::header::{HeaderMap, HeaderValue, USER_AGENT};
use reqwest::redirect;
use url::Url;

use super::cloud::Cloud;
use super::settings::Settings;
use super::world::BoxFuture;

pub use reqwest::Method;

/// One request. It has no `Debug`, since its headers and body carry secrets.
pub struct Request {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Option<String>,
    /// For the whole answer, its body included.
    pub timeout: Duration,
}

/// One answer, its body still arriving, unpacked if it was compressed.
pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Body,
}

pub type Body = Pin<Box<dyn Stream<Item = Result<Bytes, Interruption>> + Send>>;

/// The network failed before the whole answer was here. All such failures may pass.
#[derive(Clone, Debug)]
pub struct Interruption(pub String);

/// The network.
pub trait Transport: Send + Sync + 'static {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Interruption>>;
}

/// The network of this machine, through reqwest.
pub struct HttpTransport {
    client: reqwest::Client,
}

impl HttpTransport {
    /// A pool of connections with the timeouts and the proxy of these settings, or what keeps it
    /// from being made.
    pub fn new(settings: &Settings) -> Result<HttpTransport, String> {
        let builder = reqwest::Client::builder()
            .connect_timeout(settings.timeouts.connect)
            .read_timeout(settings.timeouts.read)
            // A redirect would carry the token to an address that nobody checked.
            .redirect(redirect::Policy::none())
            .referer(false);
        let builder = match &settings.proxy {
            _ if settings.cloud.is_loopback() => within_this_machine(builder, &settings.cloud),
            Some(proxy) => builder.proxy(
                reqwest::Proxy::all(proxy.url().clone())
                    .map_err(|error| format!("proxy {}: {}", proxy.url(), words(error)))?,
            ),
            None => builder,
        };
        let client = builder
            .build()
            .map_err(|error| format!("the HTTP client cannot start: {}", words(error)))?;
        Ok(HttpTransport { client })
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Interruption>> {
        Box::pin(async move {
            let mut builder = self
                .client
                .request(request.method, request.url)
                .headers(request.headers)
                .header(USER_AGENT, HeaderValue::from_static(PROGRAM))
                .timeout(request.timeout);
            if let Some(body) = request.body {
                builder = builder.body(body);
            }
            let mut response = builder.send().await.map_err(interruption)?;
            let headers = std::mem::take(response.headers_mut());
            Ok(Response {
                status: response.status().as_u16(),
                headers,
                body: Box::pin(response.bytes_stream().map(|chunk| chunk.map_err(interruption))),
            })
        })
    }
}

const PROGRAM: &str = concat!("trail365/", env!("CARGO_PKG_VERSION"));

/// No proxy stands between this machine and itself, and plain http needs no certificates, which a
/// small container may lack.
fn within_this_machine(builder: reqwest::ClientBuilder, cloud: &Cloud) -> reqwest::ClientBuilder {
    let builder = builder.no_proxy();
    match [cloud.login(), cloud.api()].iter().all(|url| url.scheme() == "http") {
        true => builder.tls_certs_only([]),
        false => builder,
    }
}

fn interruption(error: reqwest::Error) -> Interruption {
    Interruption(words(error))
}

/// The error and its causes in one line; the cause, such as a failed look-up or an untrusted
/// certificate, is what an administrator can act on.
fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = match error.is_timeout() {
        true => "no answer in time".to_owned(),
        false => error.to_string(),
    };
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !words.contains(&text) {
            words = format!("{words}: {text}");
        }
        cause = inner.source();
    }
    words
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A network on which nothing is reached.
    pub struct Nowhere;

    impl Transport for Nowhere {
        fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, Interruption>> {
            Box::pin(async { Err(Interruption("nothing is reached".into())) })
        }
    }
}
