//! A server for protocols over HTTP/1.1, with the bad days that a network has.
//!
//! What a service does with a request is a [`Protocol`]; its state outlives a killed server.

use std::collections::{BTreeMap, VecDeque};
use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: BTreeMap<String, String>,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Decompressed.
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Reply {
    pub fn json(status: u16, body: serde_json::Value) -> Reply {
        Reply { status, headers: Vec::new(), body: body.to_string() }
    }

    pub fn empty(status: u16) -> Reply {
        Reply { status, headers: Vec::new(), body: String::new() }
    }
}

pub trait Protocol: Send + 'static {
    fn answer(&mut self, request: &Request) -> Reply;
}

/// What happens to a request instead of the usual.
#[derive(Clone, Debug)]
pub enum Fault {
    /// It is not looked at.
    Answer(Reply),
    /// The work is done, and the answer gets lost.
    LostAnswer,
    /// The connection ends, and nothing is done.
    HangUp,
}

pub struct HttpServer<P> {
    pub port: u16,
    state: Arc<Mutex<State<P>>>,
    tls: Option<TlsAcceptor>,
    running: Option<JoinHandle<()>>,
}

struct State<P> {
    protocol: P,
    faults: VecDeque<Fault>,
    requests: Vec<Request>,
}

/// Of the requests, that many are kept.
const REQUESTS_MAX: usize = 64;

impl<P: Protocol> HttpServer<P> {
    pub async fn start(protocol: P) -> HttpServer<P> {
        HttpServer::start_with(protocol, None).await
    }

    pub async fn start_with(protocol: P, tls: Option<TlsAcceptor>) -> HttpServer<P> {
        let state = State { protocol, faults: VecDeque::new(), requests: Vec::new() };
        let state = Arc::new(Mutex::new(state));
        let port = crate::part::free_port();
        let mut server = HttpServer { port, state, tls, running: None };
        server.restart().await;
        server
    }

    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://localhost:{}", self.port)
    }

    /// What happens to the next requests.
    pub fn faults(&self, faults: impl IntoIterator<Item = Fault>) {
        self.lock().faults.extend(faults);
    }

    /// The first requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.lock().requests.clone()
    }

    pub fn with<T>(&self, look: impl FnOnce(&mut P) -> T) -> T {
        look(&mut self.lock().protocol)
    }

    fn lock(&self) -> MutexGuard<'_, State<P>> {
        self.state.lock().unwrap()
    }

    /// Every connection ends at once.
    pub async fn kill(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
            let _ = running.await;
        }
    }

    pub async fn restart(&mut self) {
        let listener = bind(self.port).await;
        let (state, tls) = (self.state.clone(), self.tls.clone());
        self.running = Some(tokio::spawn(async move {
            // Dropped with this task, and its tasks with it.
            let mut connections = JoinSet::new();
            loop {
                let Ok((stream, _)) = listener.accept().await else { continue };
                let (state, tls) = (state.clone(), tls.clone());
                connections.spawn(async move {
                    match tls {
                        None => serve(stream, &state).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => serve(stream, &state).await,
                            Err(_) => None,
                        },
                    }
                });
            }
        }));
    }
}

/// Listens there; a connection of another test may hold the port for a moment.
pub async fn bind(port: u16) -> TcpListener {
    for _ in 0..600 {
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await {
            return listener;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("port {port} is taken");
}

impl<P> Drop for HttpServer<P> {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
        }
    }
}

/// Answers until the connection ends.
async fn serve<P: Protocol>(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    state: &Mutex<State<P>>,
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let request = read(&mut stream).await?;
        let reply = {
            let mut state = state.lock().unwrap();
            if state.requests.len() < REQUESTS_MAX {
                state.requests.push(request.clone());
            }
            match state.faults.pop_front() {
                None => state.protocol.answer(&request),
                Some(Fault::Answer(reply)) => reply,
                Some(Fault::HangUp) => return None,
                Some(Fault::LostAnswer) => {
                    state.protocol.answer(&request);
                    return None;
                }
            }
        };
        let mut head = format!("HTTP/1.1 {} -\r\n", reply.status);
        for (name, value) in &reply.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if reply.status != 204 {
            head.push_str(&format!("content-length: {}\r\n", reply.body.len()));
        }
        head.push_str("\r\n");
        // The body of an answer to HEAD is only announced.
        if request.method != "HEAD" {
            head.push_str(&reply.body);
        }
        stream.write_all(head.as_bytes()).await.ok()?;
        stream.flush().await.ok()?;
    }
}

async fn read(stream: &mut BufReader<impl AsyncRead + Unpin>) -> Option<Request> {
    let first = line(stream).await?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let url = url::Url::parse(&format!("http://server{target}")).ok()?;
    let mut headers = BTreeMap::new();
    loop {
        let line = line(stream).await?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").map_or(0, |it| it.parse().expect("a length"));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    if headers.get("content-encoding").is_some_and(|it| it == "gzip") {
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut text).expect("gzip");
        body = text;
    }
    let path = url.path().to_owned();
    let query = url.query_pairs().into_owned().collect();
    Some(Request { method, path, query, headers, body })
}

async fn line(stream: &mut BufReader<impl AsyncRead + Unpin>) -> Option<String> {
    let mut line = String::new();
    let count = stream.read_line(&mut line).await.ok()?;
    (count > 0).then(|| line.trim_end().to_owned())
}
