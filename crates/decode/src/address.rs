//! Which address did the client have?
//!
//! [`event::Address`] reads one address in any spelling. Some workloads write more around it:
//! several addresses of a chain of proxies, a host name with its address in parentheses, quotes.

use std::borrow::Cow;

use event::Address;

/// Texts beyond this length are not searched for an address.
const TEXT_BYTES_MAX: usize = 256;

/// The normal form of the first address in the text; borrowed where the text is that form already.
pub fn normalise<'a>(text: &Cow<'a, str>) -> Option<Cow<'a, str>> {
    let address = Address::parse(text).or_else(|| search(text))?;
    // Every spelling of a v4 address that parses without brackets, blanks and port is the normal one.
    if address.ip.is_ipv4() && text.bytes().all(|b| b == b'.' || b.is_ascii_digit()) {
        return Some(text.clone());
    }
    Some(Cow::Owned(address.ip.to_string()))
}

/// The port behind the address or host name: `203.0.113.7:443`, `[2001:db8::1]:443`,
/// `mail.contoso.example:443`.
pub fn port(text: &str) -> Option<u16> {
    // Most addresses have none, and end in other letters than `:` and digits.
    let digits = text.trim_end().bytes().rev().take_while(u8::is_ascii_digit).count();
    let (head, digits) = text.trim_end().split_at(text.trim_end().len() - digits);
    if digits.is_empty() || !head.ends_with(':') || text.len() > TEXT_BYTES_MAX {
        return None;
    }
    let host = head[..head.len() - 1].trim_start();
    let is_name = || {
        let sign = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
        host.bytes().any(|b| b.is_ascii_alphabetic()) && host.bytes().all(sign)
    };
    match Address::parse(text) {
        Some(address) => address.port,
        None if is_name() => digits.parse().ok(),
        None => search(text)?.port,
    }
}

fn search(text: &str) -> Option<Address> {
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    text.split([',', ';', ' ', '(', ')', '[', ']', '"', '\'', '='])
        .map(|part| part.trim_start_matches('/'))
        .find_map(Address::parse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_found_behind_addresses_and_names() {
        for (text, expected) in [
            ("203.0.113.7", None),
            ("203.0.113.7:51512", Some(51512)),
            (" 203.0.113.7:51512 ", Some(51512)),
            ("[2001:db8::1]:443", Some(443)),
            ("[2001:db8::1]", None),
            ("2001:db8::443", None),
            ("::ffff:203.0.113.7:443", Some(443)),
            ("mail.contoso.example:443", Some(443)),
            ("mail.contoso.example:65536", None),
            ("/203.0.113.7:443", Some(443)),
            ("at 10:15", None),
            ("", None),
        ] {
            assert_eq!(port(text), expected, "{text}");
        }
    }

    #[test]
    fn addresses_are_found_in_their_surroundings() {
        for (text, normal) in [
            ("203.0.113.7", Some("203.0.113.7")),
            ("203.0.113.7:51512", Some("203.0.113.7")),
            ("[2001:DB8::1]:443", Some("2001:db8::1")),
            ("::ffff:203.0.113.7:443", Some("203.0.113.7")),
            ("203.0.113.7, 10.0.0.1", Some("203.0.113.7")),
            ("[mail.contoso.example (203.0.113.7)]", Some("203.0.113.7")),
            ("\"203.0.113.7\"", Some("203.0.113.7")),
            ("[203.0.113.7:443]", Some("203.0.113.7")),
            ("/203.0.113.7:443", Some("203.0.113.7")),
            ("<null>", None),
            ("203.0.113.0/24", None),
            ("not an address", None),
        ] {
            assert_eq!(normalise(&text.into()).as_deref(), normal, "{text}");
        }
    }
}
