//! How does a letter get out?
//!
//! By SMTP through the configured server, encrypted before anything is told, each letter to one
//! recipient. What a server says decides whether trying again makes sense.

use std::error::Error as _;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Attachment, Body, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{AsyncSmtpTransport, Error as SmtpError};
use lettre::{Address, AsyncTransport, Message, Tokio1Executor};
use source::service::Secret;

use crate::config::{Mail, MailTls};
use crate::present::printable;

/// How long a server may take to answer the connection.
const CONNECT_MAX: Duration = Duration::from_secs(20);
/// How long it may take all in all, the largest attachment included.
const SEND_MAX: Duration = Duration::from_secs(600);
const PROBE_MAX: Duration = Duration::from_secs(60);
/// Servers are long-winded at times.
const WORDS_CHARS_MAX: usize = 300;
/// Codes by which servers say that a message is larger than they take (RFC 5321, RFC 1870, and 523
/// of some).
const TOO_LARGE: [u16; 2] = [552, 523];

/// A letter to one recipient.
#[derive(Clone, Debug)]
pub struct Letter {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub attachment: Option<Enclosure>,
    /// The left side of its Message-ID: the same letter sent twice is known as one.
    pub id: String,
}

#[derive(Clone, Debug)]
pub struct Enclosure {
    pub name: String,
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

/// Why a letter was not taken, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Trying again may help.
    Later(String),
    /// A smaller one may pass.
    TooLarge(String),
    /// Trying again does not help.
    Never(String),
}

impl Failure {
    pub fn words(&self) -> &str {
        match self {
            Failure::Later(words) | Failure::TooLarge(words) | Failure::Never(words) => words,
        }
    }
}

/// Checks an address to send to.
pub fn address(text: &str) -> Result<Address> {
    text.parse().map_err(|_| anyhow!("{text:?} is no mail address; write soc@contoso.example"))
}

/// Checks who mails come from: an address, or a name and an address.
pub fn sender(text: &str) -> Result<Mailbox> {
    text.parse().map_err(|_| {
        anyhow!("from {text:?} is no mail address; write \"trail365 <audit@contoso.example>\"")
    })
}

/// Sends the letter. The words say what the server answered.
pub async fn send(settings: &Mail, letter: &Letter) -> Result<String, Failure> {
    let message =
        message(settings, letter).map_err(|error| Failure::Never(format!("{error:#}")))?;
    let transport = transport(settings)?;
    match tokio::time::timeout(SEND_MAX, transport.send(message)).await {
        Ok(Ok(answer)) => {
            let answer: Vec<&str> = answer.message().collect();
            Ok(cut(&format!("taken: {}", answer.join(" "))))
        }
        Ok(Err(error)) => Err(failure(settings, &error)),
        Err(_) => Err(Failure::Later(format!("no end after {} s", SEND_MAX.as_secs()))),
    }
}

/// Connects, encrypts and signs in, and sends nothing.
pub async fn probe(settings: &Mail) -> Result<(), Failure> {
    let transport = transport(settings)?;
    match tokio::time::timeout(PROBE_MAX, transport.test_connection()).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => Err(Failure::Later("the server does not answer NOOP".to_owned())),
        Ok(Err(error)) => Err(failure(settings, &error)),
        Err(_) => Err(Failure::Later(format!("no answer within {} s", PROBE_MAX.as_secs()))),
    }
}

/// The names of what goes into headers may be anybody's words, so control characters are written
/// out; the library encodes the rest.
fn message(settings: &Mail, letter: &Letter) -> Result<Message> {
    let from = sender(&settings.from)?;
    let id = format!("<{}@{}>", letter.id, from.email.domain());
    let builder = Message::builder()
        .from(from)
        .to(Mailbox::new(None, address(&letter.to)?))
        .subject(printable(&letter.subject))
        .message_id(Some(id));
    let text = SinglePart::plain(letter.text.clone());
    let Some(Enclosure { name, media_type, bytes }) = &letter.attachment else {
        return Ok(builder.singlepart(text)?);
    };
    // Every byte arrives as it is: other encodings may change the ends of lines.
    let body = Body::new_with_encoding(bytes.clone(), ContentTransferEncoding::Base64)
        .map_err(|_| anyhow!("the attachment cannot be encoded"))?;
    let kind = ContentType::parse(media_type).context("the attachment's type")?;
    let attachment = Attachment::new(printable(name)).body(body, kind);
    Ok(builder.multipart(MultiPart::mixed().singlepart(text).singlepart(attachment))?)
}

fn transport(settings: &Mail) -> Result<AsyncSmtpTransport<Tokio1Executor>, Failure> {
    let never = |error: anyhow::Error| Failure::Never(format!("{error:#}"));
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.server)
        .port(settings.port())
        .timeout(Some(CONNECT_MAX))
        .tls(tls(settings).map_err(never)?);
    if let (Some(name), Some(password)) = (&settings.username, &settings.password) {
        let password = Secret::parse(password).and_then(|password| password.read());
        let password =
            password.map_err(|words| Failure::Never(format!("mail.password: {words}")))?;
        builder = builder
            .credentials(Credentials::new(name.clone(), password.expose().to_owned()))
            .authentication(vec![Mechanism::Plain, Mechanism::Login]);
    }
    Ok(builder.build())
}

fn tls(settings: &Mail) -> Result<Tls> {
    if settings.tls == MailTls::None {
        return Ok(Tls::None);
    }
    let mut builder = TlsParameters::builder(settings.server.clone());
    if let Some(path) = &settings.ca {
        let named = || format!("mail.ca {}", path.display());
        let pem = std::fs::read(path).with_context(named)?;
        for certificate in pem_blocks(&pem) {
            builder = builder.add_root_certificate(
                Certificate::from_pem(certificate.as_bytes()).with_context(named)?,
            );
        }
    }
    let parameters = builder.build().context("TLS")?;
    Ok(match settings.tls {
        MailTls::Tls => Tls::Wrapper(parameters),
        MailTls::StartTls | MailTls::None => Tls::Required(parameters),
    })
}

/// Each certificate of a PEM file by itself.
fn pem_blocks(pem: &[u8]) -> Vec<String> {
    const END: &str = "-----END CERTIFICATE-----";
    let text = String::from_utf8_lossy(pem);
    text.split_inclusive(END).filter(|block| block.ends_with(END)).map(str::to_owned).collect()
}

fn failure(settings: &Mail, error: &SmtpError) -> Failure {
    let (server, words) = (&settings.server, cut(&error.to_string()));
    if let Some(why) = distrust(error) {
        return Failure::Never(format!(
            "the certificate of {server} is not trusted ({why}); name its authority with mail.ca"
        ));
    }
    if error.is_permanent() {
        let code = error.status().map(u16::from).unwrap_or_default();
        return match code {
            code if TOO_LARGE.contains(&code) => Failure::TooLarge(words),
            534 | 535 => Failure::Never(format!(
                "{server} does not let us in: {words}; look at mail.username and mail.password"
            )),
            _ => Failure::Never(words),
        };
    }
    match error.is_client() {
        true => Failure::Never(format!("{server}: {words}")),
        false => Failure::Later(format!("{server}: {words}")),
    }
}

/// Why TLS did not trust the server, if that is what went wrong.
fn distrust(error: &SmtpError) -> Option<String> {
    let mut cause = error.source();
    while let Some(inner) = cause {
        let io = inner.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let tls = io
            .and_then(|inner| inner.downcast_ref::<rustls::Error>())
            .or_else(|| inner.downcast_ref::<rustls::Error>());
        if let Some(rustls::Error::InvalidCertificate(why)) = tls {
            return Some(format!("{why:?}"));
        }
        cause = inner.source();
    }
    None
}

fn cut(words: &str) -> String {
    printable(words).chars().take(WORDS_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Mail {
        let text = "server = 'localhost'\nfrom = 'Audit <audit@contoso.example>'";
        toml::from_str(text).unwrap()
    }

    fn letter(subject: &str, name: &str) -> Letter {
        let enclosure =
            Enclosure { name: name.to_owned(), media_type: "text/csv", bytes: b"a\nb".to_vec() };
        Letter {
            to: "soc@contoso.example".to_owned(),
            subject: subject.to_owned(),
            text: "10 entries".to_owned(),
            attachment: Some(enclosure),
            id: "20260304-000001.0".to_owned(),
        }
    }

    /// The names of headers, those of the parts included.
    fn headers(letter: &Letter) -> Vec<String> {
        let bytes = message(&settings(), letter).unwrap().formatted();
        let text = String::from_utf8(bytes).unwrap();
        let lines = text.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
        let names = lines.filter_map(|line| line.split_once(": ").map(|(name, _)| name.to_owned()));
        names.collect()
    }

    #[test]
    fn no_name_adds_a_header() {
        let usual = headers(&letter("nightly", "SearchResult.xml"));
        for hostile in [
            "a\r\nBcc: mallory@fabrikam.example",
            "a\nBcc: mallory@fabrikam.example",
            "a\rBcc: mallory@fabrikam.example",
            "a\u{0}b",
            "a\u{2028}Bcc: x@fabrikam.example",
            "a\u{85}Bcc: x@fabrikam.example",
            "=?utf-8?q?a=0D=0ABcc:_x@fabrikam.example?=",
            "\"; filename=\"evil.exe",
            "ä 漢字 \u{202e}gpj.exe",
            &"long ".repeat(100),
        ] {
            assert_eq!(headers(&letter(hostile, hostile)), usual, "{hostile:?}");
        }
    }

    #[test]
    fn addresses_are_one_address() {
        for (text, is_one) in [
            ("soc@contoso.example", true),
            ("first.last+tag@contoso.example", true),
            ("soc", false),
            ("soc@", false),
            ("soc@contoso.example, mallory@fabrikam.example", false),
            ("soc@contoso.example\r\nBcc: mallory@fabrikam.example", false),
            ("<soc@contoso.example>", false),
            ("soc@contoso.example>\r\nDATA", false),
            ("", false),
        ] {
            assert_eq!(address(text).is_ok(), is_one, "{text:?}");
        }
    }

    #[test]
    fn a_bundle_of_authorities_is_taken_apart() {
        let block = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----";
        let bundle = format!("# ours\n{block}\n{block}\nrest");
        assert_eq!(pem_blocks(bundle.as_bytes()).len(), 2);
        assert!(pem_blocks(b"").is_empty());
    }
}
