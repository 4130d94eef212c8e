//! Services over TCP: syslog to rsyslog, GELF and Fluentd's protocol to a server that reads,
//! acknowledges where the protocol has it, and keeps nothing.
//!
//! The plain client writes, batch by batch, the bytes that our service wrote in an unmeasured
//! delivery.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use output::Service;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use crate::http_server::bind;
use crate::rsyslog::Rsyslog;
use crate::{Batches, Pair, part, requests};

struct Streams {
    kind: &'static str,
    /// Of the service, without the address.
    settings: &'static str,
    /// Where is delivered what is measured.
    port: u16,
    sink: Sink,
    /// What our service writes for each batch.
    written: Vec<Vec<u8>>,
    connection: Option<TcpStream>,
    _rsyslog: Option<Rsyslog>,
}

pub async fn syslog() -> Box<dyn Pair> {
    let rsyslog = Rsyslog::start("tcp", "").await;
    let mut streams = start("syslog", "", false).await;
    streams.port = rsyslog.port;
    streams._rsyslog = Some(rsyslog);
    streams
}

pub async fn gelf() -> Box<dyn Pair> {
    start("gelf", "", false).await
}

pub async fn fluentd() -> Box<dyn Pair> {
    start("fluentd", "", true).await
}

async fn start(kind: &'static str, settings: &'static str, acknowledges: bool) -> Box<Streams> {
    let sink = Sink::start(acknowledges).await;
    Box::new(Streams {
        kind,
        settings,
        port: sink.port,
        sink,
        written: Vec::new(),
        connection: None,
        _rsyslog: None,
    })
}

impl Streams {
    fn open(&self, port: u16) -> Box<dyn Service> {
        crate::open(self.kind, &format!("address = '127.0.0.1:{port}'\n{}", self.settings))
    }
}

#[async_trait]
impl Pair for Streams {
    fn plain_client(&self) -> &'static str {
        match self.sink.acknowledges {
            true => "tokio TcpStream with the same bytes and acknowledgements",
            false => "tokio TcpStream with the same bytes",
        }
    }

    async fn ours(&mut self, _: u32) -> Box<dyn Service> {
        self.open(self.port)
    }

    /// A connection for each batch, so that its bytes end with it.
    async fn prepare(&mut self, _: u32, batches: &Batches) {
        if self.written.is_empty() {
            *self.sink.kept.lock().expect("not poisoned") = Some(Vec::new());
            for (index, batch) in batches.iter().enumerate() {
                self.open(self.sink.port).deliver(batch).await.expect("taken");
                self.sink.has_kept(index + 1).await;
            }
            let kept = self.sink.kept.lock().expect("not poisoned").take();
            self.written = kept.expect("kept");
        }
        let connection = TcpStream::connect(("127.0.0.1", self.port)).await.expect("connected");
        connection.set_nodelay(true).expect("set");
        self.connection = Some(connection);
    }

    async fn plain(&mut self, _: &Batches) {
        let connection = self.connection.as_mut().expect("connected");
        let mut answer = [0; 256];
        for bytes in &self.written {
            connection.write_all(bytes).await.expect("written");
            if self.sink.acknowledges {
                // An answer of few bytes comes in one piece.
                assert!(connection.read(&mut answer).await.expect("read") > 0);
            }
        }
    }
}

type Kept = Arc<Mutex<Option<Vec<Vec<u8>>>>>;

struct Sink {
    port: u16,
    acknowledges: bool,
    /// What each connection brought, while it is wanted.
    kept: Kept,
    runtime: Option<Runtime>,
}

impl Sink {
    async fn start(acknowledges: bool) -> Sink {
        let runtime = requests::receiver_runtime();
        let (port, kept) = (part::free_port(), Kept::default());
        let listener = runtime.spawn(bind(port)).await.expect("bound");
        runtime.spawn(accept(listener, acknowledges, kept.clone()));
        Sink { port, acknowledges, kept, runtime: Some(runtime) }
    }

    async fn has_kept(&self, count: usize) {
        let kept = || self.kept.lock().expect("not poisoned").as_ref().map_or(0, Vec::len);
        while kept() < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.runtime.take().expect("there").shutdown_background();
    }
}

async fn accept(listener: TcpListener, acknowledges: bool, kept: Kept) {
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        let kept = kept.clone();
        tokio::spawn(async move {
            // One that began before is of no interest when it ends.
            let is_kept = kept.lock().expect("not poisoned").is_some();
            let bytes = take(stream, acknowledges, is_kept).await;
            match &mut *kept.lock().expect("not poisoned") {
                Some(kept) if is_kept => kept.push(bytes),
                _ => {}
            }
        });
    }
}

/// Reads to the end, and returns what it read if it is wanted.
async fn take(mut stream: TcpStream, acknowledges: bool, is_kept: bool) -> Vec<u8> {
    let (mut bytes, mut message) = (Vec::new(), Vec::with_capacity(8 << 20));
    while stream.read_buf(&mut message).await.is_ok_and(|count| count > 0) {
        if acknowledges {
            let Some((chunk, used)) = chunk(&message) else { continue };
            assert_eq!(used, message.len(), "a message follows the acknowledgement of the last");
            let mut answer = Vec::new();
            rmp::encode::write_map_len(&mut answer, 1).expect("memory takes all writes");
            rmp::encode::write_str(&mut answer, "ack").expect("memory takes all writes");
            rmp::encode::write_str(&mut answer, &chunk).expect("memory takes all writes");
            let _ = stream.write_all(&answer).await;
        }
        if is_kept {
            bytes.extend_from_slice(&message);
        }
        message.clear();
    }
    bytes
}

/// The name of the chunk to acknowledge and the length of its message, once it is whole: tag,
/// entries and options, as the forward protocol's specification has it.
fn chunk(message: &[u8]) -> Option<(String, usize)> {
    let mut rest = message;
    rmp::decode::read_array_len(&mut rest).ok()?;
    let tag_bytes = rmp::decode::read_str_len(&mut rest).ok()?;
    rest = rest.get(tag_bytes as usize..)?;
    let entries_bytes = rmp::decode::read_bin_len(&mut rest).ok()?;
    rest = rest.get(entries_bytes as usize..)?;
    let options = rmpv::decode::read_value(&mut rest).ok()?;
    let mut options = options.as_map()?.iter();
    let (_, chunk) = options.find(|(name, _)| name.as_str() == Some("chunk"))?;
    Some((chunk.as_str()?.to_owned(), message.len() - rest.len()))
}
