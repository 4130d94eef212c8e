//! Through which server, and as whom, is mail sent?

use std::net::IpAddr;
use std::path::PathBuf;

use anyhow::{Result, anyhow, bail};
use event::Pattern;
use serde::Deserialize;
use source::service::Secret;

use crate::mail;

/// What servers commonly take, once it is encoded for mail.
const ATTACHMENT_BYTES_DEFAULT: u64 = 20 << 20;
/// An attachment is in memory while it is sent, some times over.
const ATTACHMENT_BYTES_MAX: u64 = 150 << 20;

/// `[mail]` of the configuration.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    pub server: String,
    pub port: Option<u16>,
    #[serde(default)]
    pub tls: MailTls,
    /// Without TLS beyond loopback: passwords and audit records can be read on the way.
    #[serde(default)]
    pub allow_plain: bool,
    pub username: Option<String>,
    /// A reference.
    pub password: Option<String>,
    pub from: String,
    /// Whom the HTTP API may send to: addresses, or patterns such as `*@contoso.example`.
    #[serde(default)]
    pub recipients: Vec<String>,
    #[serde(default = "attachment_bytes_default")]
    pub attachment_bytes_max: u64,
    /// The server's base address, for links to results that are too large to attach.
    pub link: Option<String>,
    /// A PEM file of certificate authorities to trust besides the machine's.
    pub ca: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    /// Begins plain and is encrypted before anything is told; refused where the server cannot.
    #[default]
    StartTls,
    /// Encrypted from the first byte.
    Tls,
    None,
}

fn attachment_bytes_default() -> u64 {
    ATTACHMENT_BYTES_DEFAULT
}

impl Mail {
    pub fn check(&self) -> Result<()> {
        self.try_check().map_err(|error| anyhow!("mail: {error:#}"))
    }

    fn try_check(&self) -> Result<()> {
        let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
        if self.server.is_empty() || !self.server.chars().all(is_host) {
            bail!("server {:?} is no name of a host; write smtp.contoso.example", self.server);
        }
        if self.tls == MailTls::None && !self.is_loopback() && !self.allow_plain {
            bail!(
                "tls = \"none\" sends audit records in the clear to {}; use \"starttls\" or \"tls\", or set allow_plain = true",
                self.server
            );
        }
        mail::sender(&self.from)?;
        if self.username.is_some() != self.password.is_some() {
            bail!("username and password go together");
        }
        if let Some(password) = &self.password {
            Secret::parse(password).map_err(|error| anyhow!("password: {error}"))?;
        }
        if !(1..=ATTACHMENT_BYTES_MAX).contains(&self.attachment_bytes_max) {
            bail!("attachment_bytes_max is 1 to {ATTACHMENT_BYTES_MAX}");
        }
        if let Some(link) = &self.link {
            let is_web = link.starts_with("https://") || link.starts_with("http://");
            if !is_web || link.chars().any(|c| c.is_whitespace() || c.is_control()) {
                bail!(
                    "link {link:?} is no address of a server; write https://trail365.contoso.example"
                );
            }
        }
        if let Some(other) = self.recipients.iter().find(|pattern| !pattern.contains('@')) {
            bail!(
                "recipients: {other:?} is no address; write soc@contoso.example or *@contoso.example"
            );
        }
        Ok(())
    }

    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            MailTls::StartTls => 587,
            MailTls::Tls => 465,
            MailTls::None => 25,
        })
    }

    /// May the HTTP API send there?
    pub fn permits(&self, address: &str) -> bool {
        self.recipients.iter().any(|pattern| Pattern::wildcard(pattern).matches(address))
    }

    fn is_loopback(&self) -> bool {
        self.server.eq_ignore_ascii_case("localhost")
            || self.server.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn read(lines: &str) -> String {
        let text = format!("[mail]\n{lines}");
        match Config::parse(&text) {
            Ok(config) => format!("{:?}", config.mail.unwrap()),
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn settings_say_what_is_wrong_with_them() {
        const GOOD: &str = "server = 'smtp.contoso.example'\nfrom = 'audit@contoso.example'\n";
        let check = |lines: &str, words: &str| {
            let shown = read(&format!("{GOOD}{lines}"));
            assert!(shown.contains(words), "{shown}\nshould say {words}");
            assert!(!shown.contains("hunter2"), "{shown}");
        };
        check("", "tls: StartTls");
        check("tls = 'none'", "in the clear to smtp.contoso.example");
        check("tls = 'none'\nallow_plain = true", "tls: None");
        check("tls = 'ssl'", "unknown variant `ssl`");
        check("username = 'audit'", "username and password go together");
        check("username = 'audit'\npassword = 'hunter2'", "env:NAME");
        check("username = 'audit'\npassword = 'env:P'", "env:P");
        check("pasword = 'env:P'", "did you mean `password`?");
        check("link = 'trail365'", "no address of a server");
        check("attachment_bytes_max = 0", "1 to 157286400");
        check("recipients = ['everybody']", "\"everybody\" is no address");
        let local = "server = '127.0.0.1'\nfrom = 'Audit <audit@contoso.example>'\ntls = 'none'";
        assert!(read(local).contains("tls: None"), "{}", read(local));
        assert!(read("server = 'a b'\nfrom = 'x@y.example'").contains("no name of a host"));
        assert!(read("server = 'a'\nfrom = 'nobody'").contains("from \"nobody\""));
    }

    #[test]
    fn the_api_sends_to_whom_the_configuration_names() {
        let text = "[mail]\nserver = 'a'\nfrom = 'x@contoso.example'\nrecipients = ['soc@fabrikam.example', '*@contoso.example']";
        let mail = Config::parse(text).unwrap().mail.unwrap();
        for (address, is_permitted) in [
            ("SOC@fabrikam.example", true),
            ("ann@contoso.example", true),
            ("ann@fabrikam.example", false),
            ("ann@contoso.example.fabrikam.example", false),
        ] {
            assert_eq!(mail.permits(address), is_permitted, "{address}");
        }
    }
}
