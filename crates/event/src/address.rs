//! Which address is meant?
//!
//! Microsoft's workloads spell one address in many ways: `203.0.113.7`, `203.0.113.7:51512`,
//! `[203.0.113.7]:51512`, `::ffff:203.0.113.7`, `[2001:db8::1]:443`, `2001:db8::1%4`, with blanks
//! around them. One normal form makes them comparable.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address and, where one was sent, its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    pub ip: IpAddr,
    pub port: Option<u16>,
}

impl Address {
    /// Reads any of the spellings seen; `None` if it is no address.
    pub fn parse(text: &str) -> Option<Address> {
        let text = text.trim();
        // Longest: a v6 address with zone, brackets and port.
        if text.is_empty() || text.len() > 80 {
            return None;
        }
        if let Some(rest) = text.strip_prefix('[') {
            let (inner, after) = rest.split_once(']')?;
            let port = match after {
                "" => None,
                _ => Some(after.strip_prefix(':')?.parse().ok()?),
            };
            return Some(Address { ip: parse_ip(inner)?, port });
        }
        if let Some(ip) = parse_ip(text) {
            return Some(Address { ip, port: None });
        }
        let (host, port) = text.rsplit_once(':')?;
        // Behind a v6 address that leaves groups out, a port cannot be told from a group.
        let ip = parse_ip(host).filter(|ip| ip.is_ipv4() || !host.contains("::"))?;
        Some(Address { ip, port: Some(port.parse().ok()?) })
    }
}

/// A v4 address mapped into v6 is the v4 address; a zone index means nothing outside its host.
fn parse_ip(text: &str) -> Option<IpAddr> {
    let bare = text.split_once('%').map_or(text, |(ip, _)| ip);
    let ip: IpAddr = bare.parse().ok()?;
    Some(match ip {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(ip, IpAddr::V4),
        IpAddr::V4(_) => ip,
    })
}

/// A block of addresses, `203.0.113.0/24`; a single address is a block of its full length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    first: u128,
    mask: u128,
    v4: bool,
    prefix: u8,
}

impl Network {
    /// Reads an address in any spelling, or `address/prefix`.
    pub fn parse(text: &str) -> Option<Network> {
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) => (Address::parse(address)?, Some(prefix.parse::<u8>().ok()?)),
            None => (Address::parse(text)?, None),
        };
        let (bits, length, v4) = bits(address.ip);
        let prefix = prefix.unwrap_or(length);
        if prefix > length || address.port.is_some() {
            return None;
        }
        let mask = match length - prefix {
            128 => 0,
            host => u128::MAX << host,
        };
        Some(Network { first: bits & mask, mask, v4, prefix })
    }

    pub fn contains(&self, ip: IpAddr) -> bool {
        let (bits, _, v4) = bits(ip);
        v4 == self.v4 && bits & self.mask == self.first
    }

    /// The one address, if the block holds just one.
    pub fn single(&self) -> Option<IpAddr> {
        match (self.v4, self.prefix) {
            (true, 32) => Some(IpAddr::V4(Ipv4Addr::from(self.first as u32))),
            (false, 128) => Some(IpAddr::V6(Ipv6Addr::from(self.first))),
            _ => None,
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.v4 {
            true => write!(f, "{}/{}", Ipv4Addr::from(self.first as u32), self.prefix),
            false => write!(f, "{}/{}", Ipv6Addr::from(self.first), self.prefix),
        }
    }
}

fn bits(ip: IpAddr) -> (u128, u8, bool) {
    match ip {
        IpAddr::V4(v4) => (u128::from(u32::from(v4)), 32, true),
        IpAddr::V6(v6) => (u128::from(v6), 128, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_has_one_normal_form() {
        for (text, ip, port) in [
            ("203.0.113.7", "203.0.113.7", None),
            (" 203.0.113.7 ", "203.0.113.7", None),
            ("203.0.113.7:51512", "203.0.113.7", Some(51512)),
            ("[203.0.113.7]:51512", "203.0.113.7", Some(51512)),
            ("[203.0.113.7]", "203.0.113.7", None),
            ("::ffff:203.0.113.7", "203.0.113.7", None),
            ("[::ffff:203.0.113.7]:443", "203.0.113.7", Some(443)),
            ("::ffff:203.0.113.7:443", "203.0.113.7", Some(443)),
            ("2001:DB8:0:0::1", "2001:db8::1", None),
            ("[2001:db8::1]:443", "2001:db8::1", Some(443)),
            ("2001:db8::1%12", "2001:db8::1", None),
            ("2001:db8:0:0:0:0:0:1:443", "2001:db8::1", Some(443)),
            ("2001:db8::1:443", "2001:db8::1:443", None),
        ] {
            let address = Address::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((address.ip.to_string().as_str(), address.port), (ip, port), "{text}");
        }
        for text in ["", "-", "localhost", "203.0.113.7:99999", "1.2.3", "[::1", "<null>"] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }

    #[test]
    fn blocks_hold_their_addresses() {
        for (network, ip, held) in [
            ("203.0.113.0/24", "203.0.113.200", true),
            ("203.0.113.0/24", "203.0.114.1", false),
            ("203.0.113.9/24", "203.0.113.1", true),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("::/0", "8.8.8.8", false),
            ("2001:db8::/32", "2001:db8:9::1", true),
            ("203.0.113.7", "203.0.113.7", true),
        ] {
            let network = Network::parse(network).unwrap();
            assert_eq!(network.contains(ip.parse().unwrap()), held, "{network} {ip}");
        }
        assert!(Network::parse("203.0.113.0/33").is_none());
        assert!(Network::parse("203.0.113.7:80").is_none());
    }
}
