//! Until when is a certificate good?
//!
//! Of the certificate only this one field is read (RFC 5280, section 4.1): the service judges the
//! rest.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::assertion::block;

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

/// The DER bytes of the first certificate, which is the app's own where a chain follows.
pub(crate) fn der(pem: &str) -> Result<Vec<u8>, String> {
    let block = block(pem, |label| label == "CERTIFICATE")
        .ok_or("the certificate's PEM holds no CERTIFICATE block")?;
    let base64: String = block.body.split_ascii_whitespace().collect();
    STANDARD.decode(base64).map_err(|_| "the CERTIFICATE block of the PEM is damaged".into())
}

/// When the first certificate of a PEM text expires, in microseconds since 1970.
pub fn certificate_expires(pem: &str) -> Result<i64, String> {
    let der = der(pem)?;
    not_after(&der).ok_or_else(|| "the certificate's time of expiry cannot be read".into())
}

fn not_after(der: &[u8]) -> Option<i64> {
    let (certificate, _) = element(der, SEQUENCE)?;
    let (mut rest, _) = element(certificate, SEQUENCE)?;
    if rest.first() == Some(&VERSION) {
        rest = element(rest, VERSION)?.1;
    }
    // Serial number, signature algorithm and issuer come before.
    for tag in [INTEGER, SEQUENCE, SEQUENCE] {
        rest = element(rest, tag)?.1;
    }
    let (validity, _) = element(rest, SEQUENCE)?;
    let (_, rest) = any_element(validity)?;
    let (text, _) = any_element(rest)?;
    time(rest[0], std::str::from_utf8(text).ok()?)
}

/// `YYMMDDHHMMSSZ` up to 2049, with four digits for the year from then on.
fn time(tag: u8, text: &str) -> Option<i64> {
    let (year, rest) = match tag {
        UTC_TIME => {
            let (year, rest) = text.split_at_checked(2)?;
            let century = if year < "50" { "20" } else { "19" };
            (format!("{century}{year}"), rest)
        }
        GENERALIZED_TIME => {
            let (year, rest) = text.split_at_checked(4)?;
            (year.to_owned(), rest)
        }
        _ => return None,
    };
    let digits = rest.get(..10).filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))?;
    let part = |at: usize| &digits[at..at + 2];
    event::time::parse(&format!(
        "{year}-{}-{}T{}:{}:{}Z",
        part(0),
        part(2),
        part(4),
        part(6),
        part(8)
    ))
}

/// The content of the element with this tag, and what follows it.
fn element(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    (*input.first()? == tag).then_some(())?;
    any_element(input)
}

fn any_element(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = input.get(1..)?.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        // The next bytes, up to four of them, are the length.
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x0f))?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    #[test]
    fn the_time_of_expiry_is_read() {
        let check = |year: i32, month: u8, day: u8| {
            let mut params = CertificateParams::new(["app".to_owned()]).unwrap();
            params.not_after = date_time_ymd(year, month, day);
            let pem = params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem();
            let expected = format!("{year}-{month:02}-{day:02}T00:00:00Z");
            let pem = format!("-----BEGIN OTHER-----\nx\n-----END OTHER-----\n{pem}");
            assert_eq!(certificate_expires(&pem), Ok(event::time::parse(&expected).unwrap()));
        };
        check(2027, 3, 1);
        check(2049, 12, 31);
        check(2051, 6, 30);
        check(1999, 1, 2);
    }

    #[test]
    fn damaged_certificates_are_no_panic() {
        let params = CertificateParams::new(["app".to_owned()]).unwrap();
        let whole = der(&params.self_signed(&KeyPair::generate().unwrap()).unwrap().pem()).unwrap();
        for end in 0..whole.len() {
            not_after(&whole[..end]);
        }
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0xff;
            not_after(&damaged);
        }
        assert!(certificate_expires("hello").unwrap_err().contains("no CERTIFICATE"));
    }
}
