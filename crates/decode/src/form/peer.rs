//! Which host does the text of an address name?
//!
//! Besides the spellings that [`event::Address`] reads there are host names: `mail.contoso.example`,
//! `host:port`, `[host]:port`, and Exchange's `host (address)`, with or without brackets around it.

use event::Address;

/// What the text of an address names; each part may be missing.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Peer<'t> {
    pub ip: Option<String>,
    pub port: Option<u16>,
    pub domain: Option<&'t str>,
}

pub fn parse(text: &str) -> Peer<'_> {
    let text = text.trim();
    if let Some(address) = Address::parse(text) {
        return Peer { ip: Some(address.ip.to_string()), port: address.port, domain: None };
    }
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if let Some((host, rest)) = inner.split_once('(') {
        let address = rest.trim_end().strip_suffix(')').and_then(Address::parse);
        return Peer {
            ip: address.map(|address| address.ip.to_string()),
            port: address.and_then(|address| address.port),
            domain: host_name(host.trim()),
        };
    }
    let (host, port) = match inner.rsplit_once(':') {
        Some((host, port)) => match port.parse() {
            Ok(port) => (host.trim_matches(['[', ']']), Some(port)),
            Err(_) => return Peer::default(),
        },
        None => (inner, None),
    };
    match host_name(host) {
        Some(domain) => Peer { ip: None, port, domain: Some(domain) },
        None => Peer::default(),
    }
}

fn host_name(text: &str) -> Option<&str> {
    let fits = !text.is_empty()
        && text.len() <= 253
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
        && text.starts_with(|c: char| c.is_ascii_alphanumeric());
    fits.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_hosts_are_told_apart() {
        for (text, ip, port, domain) in [
            ("203.0.113.7", "203.0.113.7", None, ""),
            ("::ffff:203.0.113.7", "203.0.113.7", None, ""),
            ("[2001:db8::1]:443", "2001:db8::1", Some(443), ""),
            ("[203.0.113.7]:443", "203.0.113.7", Some(443), ""),
            ("mail.contoso.example", "", None, "mail.contoso.example"),
            ("mail.contoso.example:443", "", Some(443), "mail.contoso.example"),
            ("[mail.contoso.example]:443", "", Some(443), "mail.contoso.example"),
            ("MAIL01 (203.0.113.7)", "203.0.113.7", None, "MAIL01"),
            ("[MAIL01 (203.0.113.7)]", "203.0.113.7", None, "MAIL01"),
            ("VI1PR01MB0001 (15.20.4200.000)\r\n", "", None, "VI1PR01MB0001"),
            ("not an address", "", None, ""),
            ("a:b", "", None, ""),
        ] {
            let found = parse(text);
            let shown = (found.ip.as_deref().unwrap_or(""), found.port, found.domain.unwrap_or(""));
            assert_eq!(shown, (ip, port, domain), "{text}");
        }
    }
}
