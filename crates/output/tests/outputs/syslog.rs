//! rsyslog over UDP, TCP and TLS.

use async_trait::async_trait;
use event::{Cell, Field};
use output::{Guarantee, Record, Service};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, UdpSocket};

use crate::authority::Authority;
use crate::contract::{self, Arrived, Receiver};
use crate::open::{open, open_error, outcome};
use crate::part;
use crate::records;
use crate::rsyslog::Rsyslog;

#[async_trait]
impl Receiver for Rsyslog {
    fn service(&self) -> Box<dyn Service> {
        open("syslog", &self.settings)
    }

    async fn kill(&mut self) {
        Rsyslog::kill(self);
    }

    async fn restart(&mut self) {
        Rsyslog::restart(self).await;
    }

    /// A message that was cut off by a killed sender is no record.
    async fn received(&mut self) -> Vec<Arrived> {
        let text = self.text();
        let messages = text.lines().filter_map(|line| line.split_once('\t'));
        messages
            .filter_map(|(_, message)| {
                let message = message.trim_start_matches([' ', '\u{feff}']);
                serde_json::from_str(message).ok().map(|json| Arrived::of_json(&json))
            })
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn arrives_in_order() {
    for (transport, settings) in [
        ("tcp", ""),
        ("tcp", "framing = \"line_feed\""),
        ("tcp", "protocol = \"rfc3164\"\nbom = false"),
        ("tls", ""),
    ] {
        contract::arrives_in_order(&mut Rsyslog::start(transport, settings).await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn survives_kills() {
    let mut rsyslog = Rsyslog::start("tcp", "").await;
    contract::survives_kills(&mut rsyslog, Guarantee::Unanswered, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn datagrams_arrive() {
    for settings in ["", "protocol = \"rfc3164\""] {
        let mut rsyslog = Rsyslog::start("udp", settings).await;
        let parked = contract::deliver(&mut *rsyslog.service(), records::records(200)).await;
        assert!(parked.is_empty());
        rsyslog.lines(200).await;
        let numbers: Vec<u64> = rsyslog.received().await.iter().map(|it| it.n).collect();
        assert_eq!(numbers, (0..200).collect::<Vec<u64>>());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_is_not_trusted_is_told() {
    let mut rsyslog = Rsyslog::start("tls", "").await;
    let other = Authority::new();
    rsyslog.settings = rsyslog.settings.replace(&rsyslog.authority.trusted(), &other.trusted());
    let outcome = outcome(&mut *rsyslog.service(), &records::records(1)).await;
    assert!(outcome.starts_with("denied: ") && outcome.contains("tls.ca"), "{outcome}");
}

fn hostile() -> Record {
    let mut record = records::record(1);
    let mut set = |field: Field, text: &'static str| {
        record.cells[field as usize] = Some(Cell::Text(text.into()));
    };
    set(Field::Tenant, "con\ntoso \u{fc}");
    set(Field::Operation, "a\"] [x@1 y=\"z\\\n<13>1 - forged - - - -");
    set(Field::RecordTypeName, "two words\u{1b}and more than thirty-two characters");
    set(Field::Outcome, "failure");
    record.body = "{\"a\":\n\t\"\u{7f}\u{9b}31m\u{fc}\"}\u{0}".into();
    record
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_text_stays_one_message() {
    for framing in ["octet_counting", "line_feed"] {
        let rsyslog = Rsyslog::start("tcp", &format!("framing = \"{framing}\"")).await;
        let mut batch = vec![hostile()];
        batch.extend(records::records(1));
        assert_eq!(outcome(&mut *rsyslog.service(), &batch).await, "taken");
        let lines = rsyslog.lines(2).await;
        assert_eq!(lines.len(), 2, "{lines:?}");
        let line = &lines[0];
        assert!(line.starts_with("132 con_toso__ trail365 two_words_and_more_than_thirty-t 2024-05-01T10:00:01Z [trail365@32473 key=\""), "{line}");
        assert!(line.contains(r#" tenant="con toso ü" workload="Exchange" operation="a\"\] [x@1 y=\"z\\ <13>1 - forged - - - -"]"#), "{line}");
        assert!(line.ends_with("\"\\u007f\\u009b31mü\"} "), "{line}");
        assert!(lines[1].starts_with("134 contoso trail365 ExchangeAdmin 2024-05-01T10:00:00Z"));
    }
}

/// One message as it is on the wire.
async fn datagram(settings: &str, record: Record) -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    let settings = format!("address = \"127.0.0.1:{port}\"\ntransport = \"udp\"\n{settings}");
    open("syslog", &settings).deliver(&[record]).await.unwrap();
    let mut bytes = vec![0; 65_536];
    let count = socket.recv(&mut bytes).await.unwrap();
    String::from_utf8(bytes[..count].to_vec()).unwrap()
}

#[tokio::test]
async fn messages_are_written_as_the_documents_say() {
    let with = |body: &'static str| {
        let mut record = records::record(0);
        record.body = body.into();
        record
    };
    let id = records::record(0).id();
    let data = format!(
        "[trail365@32473 key=\"{id}\" tenant=\"contoso\" workload=\"Exchange\" operation=\"New-InboxRule\"]"
    );
    for (settings, body, expected) in [
        (
            "",
            "plain",
            format!("<134>1 2024-05-01T10:00:00Z contoso trail365 - ExchangeAdmin {data} plain"),
        ),
        (
            "",
            "\u{fc}",
            format!(
                "<134>1 2024-05-01T10:00:00Z contoso trail365 - ExchangeAdmin {data} \u{feff}\u{fc}"
            ),
        ),
        (
            "bom = false",
            "\u{fc}",
            format!("<134>1 2024-05-01T10:00:00Z contoso trail365 - ExchangeAdmin {data} \u{fc}"),
        ),
        (
            "protocol = \"rfc3164\"\nfacility = \"audit\"\nhostname = \"h\"\napp_name = \"m365\"",
            "a\tb",
            "<110>May  1 10:00:00 h m365: a\tb".to_owned(),
        ),
    ] {
        assert_eq!(datagram(settings, with(body)).await, expected);
    }
}

#[tokio::test]
async fn what_is_too_long_is_refused_and_never_cut() {
    for (settings, bytes, way_out) in [
        ("transport = \"udp\"", 70_000, "tcp"),
        ("transport = \"udp\"\nprotocol = \"rfc3164\"", 1_025, "tcp"),
        ("transport = \"udp\"\nmessage_bytes_max = 9000000", 70_000, "tcp"),
        ("message_bytes_max = 500", 501, "message_bytes_max = 500"),
    ] {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = tcp.local_addr().unwrap().port();
        let udp = UdpSocket::bind(("127.0.0.1", port)).await.unwrap();
        let settings = format!("address = \"127.0.0.1:{port}\"\n{settings}");
        let mut batch = records::records(3);
        batch[1].body = "x".repeat(bytes).into();
        let refused = outcome(&mut *open("syslog", &settings), &batch).await;
        assert!(
            refused.starts_with("refused: 1: a message of ") && refused.contains(way_out),
            "{refused}"
        );
        drop(udp);
    }
}

#[tokio::test]
async fn a_peer_that_hung_up_is_noticed_before_the_next_batch() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut service =
        open("syslog", &format!("address = \"127.0.0.1:{port}\"\nframing = \"line_feed\""));
    for n in 0..3 {
        let batch = [records::record(n)];
        let delivering = service.deliver(&batch);
        let receiving = async {
            let (mut peer, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; 4096];
            let count = peer.read(&mut bytes).await.unwrap();
            // The sender looks at the connection once more before it calls the batch taken.
            (peer, String::from_utf8(bytes[..count].to_vec()).unwrap())
        };
        let (delivered, (peer, text)) = tokio::join!(delivering, receiving);
        delivered.unwrap();
        assert!(text.contains(&format!("\"n\":{n}")), "{text}");
        drop(peer);
    }
}

#[tokio::test]
async fn nobody_there_is_tried_again_later() {
    let port = part::free_port();
    let mut service = open("syslog", &format!("address = \"127.0.0.1:{port}\""));
    let outcome = outcome(&mut *service, &records::records(1)).await;
    assert!(outcome.starts_with(&format!("later: syslog 127.0.0.1:{port}: ")), "{outcome}");
}

#[test]
fn settings_that_cannot_work_are_told() {
    for (settings, expected) in [
        ("", "missing field `address`"),
        ("address = \"siem:x\"", "HOST:PORT"),
        ("address = \"siem\"\nfacility = \"local9\"", "none of kern, user"),
        ("address = \"siem\"\ntransport = \"sctp\"", "unknown variant `sctp`"),
        ("address = \"siem\"\nframe = \"x\"", "unknown field `frame`"),
    ] {
        let error = open_error("syslog", settings);
        assert!(error.contains(expected), "{settings}: {error}");
    }
}
