//! How do bytes get to the service and back?

use std::fs::File;
use std::io::Read;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use reqwest::header::{HeaderMap, HeaderValue, USER_AGENT};
use reqwest::{Certificate, NoProxy, redirect};
use url::{Origin, Url};

use super::cloud::Cloud;
use super::credential::Credential;
use super::settings::{Proxy, Settings};
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
    /// Where a managed identity is asked for, and the way there, on which no proxy stands.
    nearby: Option<(Origin, reqwest::Client)>,
}

impl HttpTransport {
    /// A pool of connections with the timeouts and the proxy of these settings, or what keeps it
    /// from being made.
    pub fn new(settings: &Settings) -> Result<HttpTransport, String> {
        let builder = trusting(builder(settings), settings)?;
        let builder = match &settings.proxy {
            _ if settings.cloud.is_loopback() => within_this_machine(builder, &settings.cloud),
            Some(proxy) => through(builder, proxy, settings)?,
            None => builder,
        };
        Ok(HttpTransport { client: build(builder, settings)?, nearby: nearby(settings)? })
    }

    fn client(&self, url: &Url) -> &reqwest::Client {
        match &self.nearby {
            Some((origin, client)) if *origin == url.origin() => client,
            _ => &self.client,
        }
    }
}

fn builder(settings: &Settings) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .connect_timeout(settings.timeouts.connect)
        .read_timeout(settings.timeouts.read)
        // A redirect would carry the token to an address that nobody checked.
        .redirect(redirect::Policy::none())
        .referer(false)
}

fn build(builder: reqwest::ClientBuilder, settings: &Settings) -> Result<reqwest::Client, String> {
    builder.build().map_err(|error| {
        let error = words(error);
        match &settings.ca {
            Some(path) => format!(
                "the HTTP client cannot start; are the certificates in ca {} good? {error}",
                path.display()
            ),
            None => format!("the HTTP client cannot start: {error}"),
        }
    })
}

fn through(
    builder: reqwest::ClientBuilder,
    proxy: &Proxy,
    settings: &Settings,
) -> Result<reqwest::ClientBuilder, String> {
    let url = proxy.url();
    let without = match &settings.no_proxy {
        Some(hosts) => NoProxy::from_string(hosts),
        None => NoProxy::from_env(),
    };
    let proxy = reqwest::Proxy::all(url.clone());
    let proxy = proxy.map_err(|error| format!("proxy {url}: {}", words(error)))?;
    Ok(builder.proxy(proxy.no_proxy(without)))
}

/// Certificates of authorities are a few kilobytes each.
const CA_BYTES_MAX: u64 = 4 << 20;

/// Trusts the authorities of the settings besides those of the machine.
fn trusting(
    builder: reqwest::ClientBuilder,
    settings: &Settings,
) -> Result<reqwest::ClientBuilder, String> {
    let Some(path) = &settings.ca else { return Ok(builder) };
    let error = |why: String| format!("ca {}: {why}", path.display());
    let mut pem = Vec::new();
    let file = File::open(path).map_err(|why| error(why.to_string()))?;
    file.take(CA_BYTES_MAX).read_to_end(&mut pem).map_err(|why| error(why.to_string()))?;
    let certificates = Certificate::from_pem_bundle(&pem)
        .map_err(|_| error("the file holds a damaged certificate".into()))?;
    if certificates.is_empty() {
        return Err(error("the file holds no certificate; PEM is expected".into()));
    }
    Ok(builder.tls_certs_merge(certificates))
}

/// A proxy that passed on what the host tells about this program's identity could keep it.
fn nearby(settings: &Settings) -> Result<Option<(Origin, reqwest::Client)>, String> {
    let Credential::ManagedIdentity { endpoint, .. } = &settings.credential else {
        return Ok(None);
    };
    Ok(Some((endpoint.url().origin(), build(builder(settings).no_proxy(), settings)?)))
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Interruption>> {
        Box::pin(async move {
            let mut builder = self
                .client(&request.url)
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
    match cloud.is_plain() {
        true => builder.tls_certs_only([]),
        false => builder,
    }
}

fn interruption(error: reqwest::Error) -> Interruption {
    Interruption(words(error))
}

/// The error and its causes in one line, after what it means; the cause, such as a failed look-up
/// or an untrusted certificate, is what an administrator can act on.
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
    let meaning = MEANINGS.iter().find(|(sign, _)| words.contains(sign));
    match meaning {
        Some((_, meaning)) => format!("{meaning} ({words})"),
        None => words,
    }
}

/// How the layers below name what failed, and what it means. The proxy comes first, since what
/// fails on the way to it has the other signs as well.
const MEANINGS: &[(&str, &str)] = &[
    (
        "proxy authorization required",
        "the proxy wants a password; set HTTPS_PROXY=http://user:password@host:port in the \
         environment",
    ),
    ("failed to create underlying connection", "the proxy is out of reach; check its address"),
    ("tunnel error", "the proxy does not let the connection through; allow the host there"),
    ("proxy connect", "the proxy is out of reach; check its address"),
    ("dns error", "the name cannot be resolved; check DNS, or set a proxy"),
    (
        "UnknownIssuer",
        "the certificate is not trusted; if a proxy opens TLS, name its certificate authority (ca)",
    ),
    ("invalid peer certificate", "the certificate is not accepted; check the clock and the proxy"),
    ("tcp connect error", "no connection; check firewall and proxy"),
    ("received corrupt message", "what answers does not speak TLS; check the proxy's address"),
];

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::sync::mpsc;

    use super::*;
    use crate::scripted::settings;

    /// A network on which nothing is reached.
    pub struct Nowhere;

    impl Transport for Nowhere {
        fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, Interruption>> {
            Box::pin(async { Err(Interruption("nothing is reached".into())) })
        }
    }

    /// A server that answers each connection with the next of these texts and tells what it was
    /// sent. After the last answer it holds its connections open in silence.
    async fn server(answers: Vec<Vec<u8>>) -> (Url, mpsc::UnboundedReceiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let (sender, receiver) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut silent = Vec::new();
            let mut answers = answers.into_iter();
            while let Ok((mut connection, _)) = listener.accept().await {
                let mut request = vec![0; 4096];
                let length = connection.read(&mut request).await.unwrap();
                let text = String::from_utf8_lossy(&request[..length]).to_lowercase();
                if sender.send(text).is_err() {
                    return;
                }
                match answers.next() {
                    Some(answer) => connection.write_all(&answer).await.unwrap(),
                    None => silent.push(connection),
                }
            }
        });
        (root, receiver)
    }

    fn transport(root: &Url) -> HttpTransport {
        let cloud = Cloud::custom(root.as_str(), root.as_str()).unwrap();
        HttpTransport::new(&Settings { cloud, ..settings() }).unwrap()
    }

    fn request(method: Method, url: &Url) -> Request {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static("Bearer t"));
        if method == Method::POST {
            headers.insert("content-length", HeaderValue::from_static("0"));
        }
        let timeout = Duration::from_millis(300);
        Request { method, url: url.clone(), headers, body: None, timeout }
    }

    /// Status and body, or how it was interrupted.
    async fn ask(transport: &HttpTransport, request: Request) -> Result<(u16, Bytes), String> {
        let mut response = transport.send(request).await.map_err(|error| error.0)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.body.next().await {
            body.extend_from_slice(&chunk.map_err(|error| error.0)?);
        }
        Ok((response.status, body.into()))
    }

    #[test]
    fn an_authority_that_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let check = |text: Option<&str>, expected: &str| {
            if let Some(text) = text {
                std::fs::write(&path, text).unwrap();
            }
            let settings = Settings { ca: Some(path.clone()), ..settings() };
            let error = HttpTransport::new(&settings).err().unwrap();
            assert!(error.contains("ca.pem") && error.contains(expected), "{error}");
        };
        check(None, "No such file");
        check(Some("hello"), "no certificate");
        check(Some("-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----"), "damaged");
        let none = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
        check(Some(none), "are the certificates");
    }

    #[tokio::test]
    async fn requests_are_sent_as_they_are_and_redirects_are_not_followed() {
        let elsewhere = b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        let (root, mut seen) = server(vec![elsewhere.to_vec(), elsewhere.to_vec()]).await;
        let transport = transport(&root);
        let url = root.join("/a$1?x=1").unwrap();
        assert_eq!(ask(&transport, request(Method::GET, &url)).await, Ok((302, Bytes::new())));
        let text = seen.recv().await.unwrap();
        assert!(text.starts_with("get /a$1?x=1 http/1.1\r\n"), "{text}");
        for header in ["authorization: bearer t", "accept-encoding: gzip", "user-agent: trail365/"]
        {
            assert!(text.contains(header), "{header} in {text}");
        }
        assert_eq!(ask(&transport, request(Method::POST, &url)).await, Ok((302, Bytes::new())));
        let text = seen.recv().await.unwrap();
        assert!(text.matches("content-length: 0\r\n").count() == 1, "{text}");
        assert!(seen.try_recv().is_err());
    }

    #[tokio::test]
    async fn packed_bodies_are_unpacked_and_damaged_ones_are_interruptions() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(br#"[{"a":1}]"#).unwrap();
        let packed = encoder.finish().unwrap();
        let head = |length: usize| {
            format!(
                "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            )
        };
        let answer = |length: usize, body: &[u8]| [head(length).as_bytes(), body].concat();
        let half = &packed[..packed.len() / 2];
        let (root, _seen) = server(vec![
            answer(packed.len(), &packed),
            answer(packed.len(), half),
            answer(half.len(), half),
            answer(4, b"oops"),
        ])
        .await;
        let transport = transport(&root);
        let whole = Bytes::from_static(br#"[{"a":1}]"#);
        assert_eq!(ask(&transport, request(Method::GET, &root)).await, Ok((200, whole)));
        for _ in 0..3 {
            ask(&transport, request(Method::GET, &root)).await.unwrap_err();
        }
    }

    #[tokio::test]
    async fn silence_and_closed_doors_are_named() {
        let (root, _seen) = server(vec![]).await;
        let silence = ask(&transport(&root), request(Method::GET, &root)).await.unwrap_err();
        assert!(silence.starts_with("no answer in time"), "{silence}");
        // A port that was just given back has nobody behind it.
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let nobody = Url::parse(&format!("http://{free}/?token=hush")).unwrap();
        let closed = ask(&transport(&root), request(Method::GET, &nobody)).await.unwrap_err();
        assert!(closed.contains("refused") && !closed.contains("hush"), "{closed}");
    }
}
