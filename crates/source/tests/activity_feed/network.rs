//! Does the client get through the networks of companies: proxies, and authorities of their own?

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use source::activity_feed::ActivityFeed;
use source::service::*;
use tempfile::NamedTempFile;

use crate::support::*;

/// Names that no DNS knows: whoever reaches them went through the proxy.
const LOGIN: &str = "https://login.example.invalid";
const FEED: &str = "https://feed.example.invalid";
const NAMES: [&str; 4] =
    ["login.example.invalid", "feed.example.invalid", "localhost", "127.0.0.1"];

/// An authority that nobody trusts by itself, and a server's certificate from it.
struct Authority {
    pem: NamedTempFile,
    server: Arc<ServerConfig>,
}

fn authority() -> Authority {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let mut pem = NamedTempFile::new().unwrap();
    let root = params.self_signed(&key).unwrap();
    pem.write_all(root.pem().as_bytes()).unwrap();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let names = NAMES.map(String::from);
    let leaf = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .unwrap();
    Authority { pem, server: Arc::new(server) }
}

/// First lines of the requests that a server got.
type Seen = Arc<Mutex<Vec<String>>>;

/// Serves each connection with this function; the address is `127.0.0.1` and a port.
fn listen(serve: impl Fn(TcpStream, &Seen) + Send + Sync + 'static) -> (u16, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Seen::default();
    let (serve, remembered) = (Arc::new(serve), seen.clone());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (serve, remembered) = (serve.clone(), remembered.clone());
            std::thread::spawn(move || serve(stream, &remembered));
        }
    });
    (port, seen)
}

/// A request's head; `None` when the client turned away.
fn head(stream: &mut impl Read) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()
}

fn first_line(head: &str) -> String {
    head.lines().next().unwrap_or_default().to_owned()
}

/// Answers one request, as sign-in service and feed in one.
fn answer(stream: &mut (impl Read + Write), seen: &Seen) {
    let Some(head) = head(stream) else { return };
    let length = head.to_lowercase();
    let length = length.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).unwrap();
    seen.lock().unwrap().push(first_line(&head));
    let body = match head.contains("/token") {
        true => r#"{"access_token":"a","expires_in":3599}"#,
        false => "[]",
    };
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    // A client that distrusts the server is gone by now.
    let _ = stream.write_all(answer.as_bytes());
    let _ = stream.flush();
}

fn answer_over_tls(stream: impl Read + Write, config: &Arc<ServerConfig>, seen: &Seen) {
    let mut stream = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream);
    answer(&mut stream, seen);
    stream.conn.send_close_notify();
    let _ = stream.flush();
}

/// A proxy that stands for all hosts behind it: what it lets through, it answers itself.
fn proxy(mut stream: impl Read + Write, config: &Arc<ServerConfig>, status: &str, seen: &Seen) {
    let Some(head) = head(&mut stream) else { return };
    seen.lock().unwrap().push(first_line(&head));
    let _ = stream.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes());
    let _ = stream.flush();
    if status.starts_with("200") {
        answer_over_tls(stream, config, seen);
    }
}

fn feed(login: &str, api: &str, change: impl Fn(Settings) -> Settings) -> ActivityFeed {
    let settings = settings(&options(1), ROOT);
    let cloud = Cloud::custom(login, api).unwrap();
    ActivityFeed::new(change(Settings { cloud, ..settings })).unwrap()
}

#[tokio::test]
async fn an_authority_of_the_companys_own_is_trusted_when_named() {
    let authority = authority();
    let config = authority.server.clone();
    let (port, seen) = listen(move |stream, seen| answer_over_tls(stream, &config, seen));
    let root = format!("https://localhost:{port}");
    let stranger = feed(&root, &root, |settings| settings).probe().await.api.reached.unwrap_err();
    assert!(
        stranger.starts_with("the certificate is not trusted") && stranger.contains("(ca)"),
        "{stranger}"
    );
    assert_eq!(*seen.lock().unwrap(), Vec::<String>::new());

    let ca = authority.pem.path();
    let trusting = feed(&root, &root, |settings| Settings { ca: Some(ca.into()), ..settings });
    assert_eq!(trusting.probe().await.api.reached.unwrap().status, 200);
    assert_eq!(trusting.subscriptions().await.unwrap(), vec![]);
}

#[tokio::test]
async fn all_goes_through_the_proxy() {
    let authority = authority();
    let config = authority.server.clone();
    let plain = listen(move |stream, seen| proxy(stream, &config, "200 OK", seen));
    let config = authority.server.clone();
    let over_tls = listen(move |stream, seen| {
        let stream = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream);
        proxy(stream, &config, "200 OK", seen);
    });
    for (scheme, (port, seen)) in [("http", plain), ("https", over_tls)] {
        let address = format!("{scheme}://localhost:{port}");
        let feed = feed(LOGIN, FEED, |settings| Settings {
            ca: Some(authority.pem.path().into()),
            proxy: Some(Proxy::parse(&address).unwrap()),
            ..settings
        });
        assert_eq!(feed.subscriptions().await.unwrap(), vec![]);
        let seen = seen.lock().unwrap().clone();
        assert_eq!(seen[0], "CONNECT login.example.invalid:443 HTTP/1.1");
        assert!(seen[1].starts_with("POST /") && seen[3].starts_with("GET /api/v1.0/"), "{seen:?}");
        assert_eq!(seen[2], "CONNECT feed.example.invalid:443 HTTP/1.1");
    }
}

#[tokio::test]
async fn hosts_named_in_no_proxy_are_asked_directly() {
    let authority = authority();
    let config = authority.server.clone();
    let (port, _) = listen(move |stream, seen| proxy(stream, &config, "200 OK", seen));
    let feed = feed(LOGIN, FEED, |settings| Settings {
        ca: Some(authority.pem.path().into()),
        proxy: Some(Proxy::parse(&format!("http://127.0.0.1:{port}")).unwrap()),
        no_proxy: Some("127.0.0.1,feed.example.invalid".into()),
        ..settings
    });
    let probe = feed.probe().await;
    assert_eq!(probe.sign_in.reached.unwrap().status, 200);
    let direct = probe.api.reached.unwrap_err();
    assert!(direct.starts_with("the name cannot be resolved"), "{direct}");
}

#[tokio::test]
async fn a_proxy_in_the_way_is_named() {
    let authority = authority();
    let check = async |port: u16, expected: &str| {
        let feed = feed(LOGIN, FEED, |settings| Settings {
            proxy: Some(Proxy::parse(&format!("http://127.0.0.1:{port}")).unwrap()),
            no_proxy: Some(String::new()),
            ..settings
        });
        let words = feed.probe().await.api.reached.unwrap_err();
        assert!(words.starts_with(expected), "{words}");
    };
    for (status, expected) in [
        ("407 Proxy Authentication Required", "the proxy wants a password; set HTTPS_PROXY"),
        ("403 Forbidden", "the proxy does not let the connection through"),
        ("200 OK", "the certificate is not trusted; if a proxy opens TLS"),
    ] {
        let config = authority.server.clone();
        let (port, _) = listen(move |stream, seen| proxy(stream, &config, status, seen));
        check(port, expected).await;
    }
    // A port that was just given back has nobody behind it.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    check(free, "the proxy is out of reach").await;
}

#[tokio::test]
async fn a_managed_identity_is_not_asked_for_through_the_proxy() {
    let authority = authority();
    let config = authority.server.clone();
    let (port, at_proxy) = listen(move |stream, seen| proxy(stream, &config, "200 OK", seen));
    let (nearby, at_host) = listen(|mut stream, seen| answer(&mut stream, seen));
    let endpoint = format!("http://127.0.0.1:{nearby}/metadata/identity/oauth2/token");
    let feed = feed(LOGIN, FEED, |settings| Settings {
        credential: Credential::ManagedIdentity {
            client_id: None,
            endpoint: IdentityEndpoint::metadata_service_at(&endpoint).unwrap(),
        },
        ca: Some(authority.pem.path().into()),
        proxy: Some(Proxy::parse(&format!("http://127.0.0.1:{port}")).unwrap()),
        no_proxy: Some(String::new()),
        ..settings
    });
    assert_eq!(feed.subscriptions().await.unwrap(), vec![]);
    assert_eq!(at_host.lock().unwrap().len(), 1);
    let seen = at_proxy.lock().unwrap().clone();
    assert!(seen.iter().all(|line| !line.contains("metadata") && !line.contains("127.0.0.1")));
    assert_eq!(seen[0], "CONNECT feed.example.invalid:443 HTTP/1.1");
}

#[tokio::test]
async fn nobody_at_the_door_is_told_from_an_unknown_name() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let root = format!("http://127.0.0.1:{free}");
    let words = feed(&root, &root, |settings| settings).probe().await.api.reached.unwrap_err();
    assert!(words.starts_with("no connection; check firewall"), "{words}");
    let (port, _) = listen(|mut stream, _| {
        let mut hello = [0; 1];
        stream.read_exact(&mut hello).unwrap();
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        std::thread::sleep(std::time::Duration::from_millis(200));
    });
    let root = format!("https://127.0.0.1:{port}");
    let words = feed(&root, &root, |settings| settings).probe().await.api.reached.unwrap_err();
    assert!(words.contains("TLS"), "{words}");
}
