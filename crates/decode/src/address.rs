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
