//! How is a connection of a protocol without HTTP made, and is it still good?

use std::net::SocketAddr;
use std::time::Duration;

use futures::FutureExt;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::http_answer::printable;
use super::{ANSWER_SECONDS_MAX, CONNECT_SECONDS_MAX};
use crate::{Error, Result, Tls};

pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Duplex for T {}

/// What fits into a datagram of IPv4.
pub(crate) const DATAGRAM_BYTES_MAX: usize = 65_507;

/// Plain or encrypted.
pub(crate) type Stream = Box<dyn Duplex>;

/// `HOST`, `HOST:PORT` or `[IPv6]:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub host: String,
    pub port: u16,
}

impl Address {
    pub fn read(text: &str, port: u16) -> std::result::Result<Address, String> {
        let wrong = || format!("address: {text} is not HOST, HOST:PORT or [IPV6]:PORT");
        let (host, port) = match text.strip_prefix('[').and_then(|it| it.split_once(']')) {
            Some((host, "")) => (host, port),
            Some((host, rest)) => {
                let port = rest.strip_prefix(':').ok_or_else(wrong)?;
                (host, port.parse().map_err(|_| wrong())?)
            }
            None => match text.split_once(':') {
                Some((host, port)) => (host, port.parse().map_err(|_| wrong())?),
                None => (text, port),
            },
        };
        let fits = |char: char| char.is_ascii_alphanumeric() || "-._:%".contains(char);
        if host.is_empty() || port == 0 || !host.chars().all(fits) {
            return Err(wrong());
        }
        Ok(Address { host: host.to_owned(), port })
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') {
            write!(out, "[{}]:{}", self.host, self.port)
        } else {
            write!(out, "{}:{}", self.host, self.port)
        }
    }
}

/// What carries messages that nobody answers.
pub(crate) enum Link {
    Datagrams(UdpSocket),
    Stream(Stream),
}

#[derive(Clone, Copy)]
pub(crate) enum Way<'a> {
    Udp,
    Tcp,
    Tls(&'a Tls),
}

impl Link {
    /// The old link while it is good, otherwise a new one.
    pub async fn keep(old: Option<Link>, who: &str, to: &Address, way: Way<'_>) -> Result<Link> {
        match old {
            Some(Link::Datagrams(socket)) => return Ok(Link::Datagrams(socket)),
            Some(Link::Stream(mut stream)) => {
                let closed = is_closed(&mut stream).await;
                if !closed {
                    return Ok(Link::Stream(stream));
                }
            }
            None => {}
        }
        Ok(match way {
            Way::Udp => Link::Datagrams(datagrams(who, to).await?),
            Way::Tcp => Link::Stream(connect(who, to, None).await?),
            Way::Tls(tls) => Link::Stream(connect(who, to, Some(tls)).await?),
        })
    }
}

/// Writes, and looks once more whether the peer is still there.
pub(crate) async fn write_unanswered(who: &str, stream: &mut Stream, bytes: &[u8]) -> Result<()> {
    write(who, stream, bytes).await?;
    if is_closed(stream).await {
        return Err(Error::later(format!("{who}: the connection was closed")));
    }
    Ok(())
}

/// Connects; with `tls` the peer has to prove that it is the host.
pub(crate) async fn connect(who: &str, address: &Address, tls: Option<&Tls>) -> Result<Stream> {
    let config = tls.map(Tls::config).transpose()?;
    let connecting = async {
        let plain = TcpStream::connect((address.host.as_str(), address.port)).await;
        let plain = plain.map_err(|error| failed(who, &error))?;
        plain.set_nodelay(true).map_err(|error| failed(who, &error))?;
        let Some(config) = config else {
            return Ok(Box::new(plain) as Stream);
        };
        let name = ServerName::try_from(address.host.clone())
            .map_err(|error| Error::denied(format!("{who}: {}: {error}", address.host)))?;
        let stream = TlsConnector::from(config).connect(name, plain).await;
        Ok(Box::new(stream.map_err(|error| failed(who, &error))?) as Stream)
    };
    within(CONNECT_SECONDS_MAX, who, "no connection", connecting).await
}

/// A socket for the first address of the host.
async fn datagrams(who: &str, address: &Address) -> Result<UdpSocket> {
    let failed = |error: std::io::Error| failed(who, &error);
    let mut found =
        tokio::net::lookup_host((address.host.as_str(), address.port)).await.map_err(failed)?;
    let peer = found.next().ok_or_else(|| Error::later(format!("{who}: no address")))?;
    let own: SocketAddr = match peer {
        SocketAddr::V4(_) => ([0; 4], 0).into(),
        SocketAddr::V6(_) => ([0u16; 8], 0).into(),
    };
    let socket = UdpSocket::bind(own).await.map_err(failed)?;
    socket.connect(peer).await.map_err(failed)?;
    Ok(socket)
}

pub(crate) async fn write(who: &str, stream: &mut Stream, bytes: &[u8]) -> Result<()> {
    let writing = async {
        stream.write_all(bytes).await.map_err(|error| failed(who, &error))?;
        stream.flush().await.map_err(|error| failed(who, &error))
    };
    within(ANSWER_SECONDS_MAX, who, "nothing is taken", writing).await
}

/// Reads some more bytes; the end of the stream is an error.
pub(crate) async fn read(who: &str, stream: &mut Stream, into: &mut Vec<u8>) -> Result<()> {
    let reading = async {
        match stream.read_buf(into).await {
            Ok(0) => Err(Error::later(format!("{who}: the connection was closed"))),
            Ok(_) => Ok(()),
            Err(error) => Err(failed(who, &error)),
        }
    };
    within(ANSWER_SECONDS_MAX, who, "no answer", reading).await
}

/// Has the peer hung up? For protocols in which it never says a word: what is written then would
/// be lost without an error.
pub(crate) async fn is_closed(stream: &mut Stream) -> bool {
    // Gives the runtime a chance to hear of it.
    tokio::task::yield_now().await;
    let mut ignored = [0; 256];
    loop {
        match stream.read(&mut ignored).now_or_never() {
            None => return false,
            Some(Ok(0)) | Some(Err(_)) => return true,
            Some(Ok(_)) => {}
        }
    }
}

async fn within<T>(
    limit: Duration,
    who: &str,
    words: &str,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    match timeout(limit, work).await {
        Ok(done) => done,
        Err(_) => Err(Error::later(format!("{who}: {words} within {} s", limit.as_secs()))),
    }
}

/// A certificate that is not trusted stays so; any other failure may pass.
fn failed(who: &str, error: &std::io::Error) -> Error {
    let words = format!("{who}: {}", printable(&error.to_string()));
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    match inner {
        Some(rustls::Error::InvalidCertificate(_)) => {
            Error::denied(format!("{words}; set tls.ca to the authority's PEM file"))
        }
        _ => Error::later(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        for (text, expected) in [
            ("siem", Ok("siem:514")),
            ("siem.example:6514", Ok("siem.example:6514")),
            ("192.0.2.1:1", Ok("192.0.2.1:1")),
            ("[2001:db8::1]", Ok("[2001:db8::1]:514")),
            ("[2001:db8::1]:99", Ok("[2001:db8::1]:99")),
            ("", Err(())),
            ("siem:", Err(())),
            ("siem:0", Err(())),
            ("siem:70000", Err(())),
            ("tcp://siem:514", Err(())),
            ("[::1]x", Err(())),
            ("a b:1", Err(())),
        ] {
            let read = Address::read(text, 514).map(|it| it.to_string()).map_err(|_| ());
            assert_eq!(read, expected.map(str::to_owned), "{text}");
        }
    }
}
