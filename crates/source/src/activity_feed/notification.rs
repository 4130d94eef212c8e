//! What did somebody send to the webhook?
//!
//! Anybody can call it, so a call is believed only if it carries the AuthID, and what it says is
//! held to the tenant. The addresses in it are text until [`ActivityFeed::fetch`] has checked them.
//!
//! [`ActivityFeed::fetch`]: super::ActivityFeed::fetch

use std::collections::HashSet;

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::listing::{BlobRef, Item};
use crate::service::Guid;
use crate::service::error::readable;

/// Longest body of a call that is read. The service limits the number of items, and does not say to
/// how many; these are thousands.
pub const BYTES_MAX: usize = 1 << 20;

/// Items that are not ours are shown up to this number.
const STRANGE_MAX: usize = 20;

const AUTH_ID: &str = "webhook-authid";
const VALIDATION_CODE: &str = "webhook-validationcode";

/// Who may call, and about what.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    pub tenant_id: &'a Guid,
    /// The text that the webhook was set with. Without one, anybody is believed.
    pub auth_id: Option<&'a str>,
}

/// A call that is believed. Answer it with 200 and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// The service asks whether somebody is there.
    Validation { code: String },
    /// Content became available.
    Notification {
        blobs: Vec<BlobRef>,
        /// Items of other tenants or of no known shape, for the log. It is hostile text.
        strange: Vec<String>,
    },
}

/// Why a call is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    TooLong,
    /// The AuthID is missing or another.
    Unknown,
    /// The validation codes of header and body differ, or one is missing.
    CodesDiffer,
    Unreadable,
}

impl Refused {
    /// The HTTP status to answer with.
    pub fn status(self) -> u16 {
        match self {
            Refused::TooLong => 413,
            Refused::Unknown => 403,
            Refused::CodesDiffer | Refused::Unreadable => 400,
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Refused::TooLong => "the call is too long",
            Refused::Unknown => "the AuthID is missing or wrong",
            Refused::CodesDiffer => "the validation codes of header and body do not agree",
            Refused::Unreadable => "the call is neither a validation nor a notification",
        }
    }
}

/// Reads a request that came in at the webhook's address.
pub fn read_call(headers: &HeaderMap, body: &[u8], expected: &Expected) -> Result<Call, Refused> {
    if body.len() > BYTES_MAX {
        return Err(Refused::TooLong);
    }
    if !is_known(headers, expected.auth_id) {
        return Err(Refused::Unknown);
    }
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let body: Value = serde_json::from_slice(body).map_err(|_| Refused::Unreadable)?;
    let header = headers.get(VALIDATION_CODE).map(|value| value.as_bytes());
    let code = body.get("validationCode");
    match (header, code, &body) {
        (None, None, Value::Array(items)) => Ok(notification(items, expected.tenant_id)),
        (None, None, _) => Err(Refused::Unreadable),
        (Some(header), Some(Value::String(code)), _) if header == code.as_bytes() => {
            Ok(Call::Validation { code: code.clone() })
        }
        _ => Err(Refused::CodesDiffer),
    }
}

/// The comparison takes as long for a wrong AuthID as for a nearly right one.
fn is_known(headers: &HeaderMap, auth_id: Option<&str>) -> bool {
    let Some(auth_id) = auth_id else { return true };
    let sent = headers.get(AUTH_ID).map_or(&b""[..], |value| value.as_bytes());
    // Hashes of blake3 are compared in constant time.
    blake3::hash(sent) == blake3::hash(auth_id.as_bytes())
}

fn notification(items: &[Value], tenant_id: &Guid) -> Call {
    let (mut blobs, mut strange) = (Vec::new(), Vec::new());
    let mut content_ids = HashSet::new();
    for item in items {
        match blob(item, tenant_id) {
            Some(blob) if content_ids.insert(blob.content_id.clone()) => blobs.push(blob),
            Some(_) => {}
            None if strange.len() < STRANGE_MAX => strange.push(readable(&item.to_string())),
            None => {}
        }
    }
    Call::Notification { blobs, strange }
}

/// One item, if it is the tenant's.
fn blob(item: &Value, tenant_id: &Guid) -> Option<BlobRef> {
    let tenant = item.get("tenantId")?.as_str()?;
    if !tenant.eq_ignore_ascii_case(tenant_id.as_str()) {
        return None;
    }
    let item = Item::read(item)?;
    Some(BlobRef {
        content_type: item.content_type?,
        content_id: item.content_id.to_owned(),
        uri: item.uri?.to_owned(),
        created: item.created,
        expires: item.expires,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity_feed::ContentType;
    use crate::scripted::*;
    use crate::service::Kind;

    const AUTH: &str = "t-7";

    fn read(headers: &[(&'static str, &str)], body: &str) -> Result<Call, Refused> {
        let tenant_id = Guid::parse("tenant_id", TENANT).unwrap();
        let expected = Expected { tenant_id: &tenant_id, auth_id: Some(AUTH) };
        let headers = headers.iter().map(|(name, value)| {
            (name.to_ascii_lowercase().parse().unwrap(), value.parse().unwrap())
        });
        read_call(&headers.collect(), body.as_bytes(), &expected)
    }

    fn item(tenant: &str, content_type: &str, id: &str) -> String {
        format!(
            r#"{{"tenantId":"{tenant}","clientId":"{CLIENT}","contentType":"{content_type}","contentId":"{id}","contentUri":"https://manage.office.com/api/v1.0/{tenant}/activity/feed/audit/{id}","contentCreated":"2026-09-28T10:17:42.000Z","contentExpiration":"2026-10-05T10:17:42.000Z","new":1}}"#
        )
    }

    /// Ids of the blobs, and how many items are strange.
    fn show(call: Result<Call, Refused>) -> String {
        match call {
            Err(refused) => format!("{refused:?} {}", refused.status()),
            Ok(Call::Validation { code }) => format!("validate {code}"),
            Ok(Call::Notification { blobs, strange }) => {
                let ids: Vec<&str> = blobs.iter().map(|blob| blob.content_id.as_str()).collect();
                format!("{} +{}", ids.join(" "), strange.len())
            }
        }
    }

    #[test]
    fn validations_are_read_and_others_refused() {
        let check = |headers: &[(&'static str, &str)], body: &str, expected: &str| {
            assert_eq!(show(read(headers, body)), expected, "{body}");
        };
        let auth = ("Webhook-AuthID", AUTH);
        let code = ("Webhook-ValidationCode", "c0de");
        let body = r#"{"validationCode":"c0de","more":{}}"#;
        check(&[auth, code], body, "validate c0de");
        check(&[auth, code], &format!("\u{feff}{body}"), "validate c0de");
        check(&[auth], body, "CodesDiffer 400");
        check(&[auth, code], r#"{"validationCode":"other"}"#, "CodesDiffer 400");
        check(&[auth, code], r#"{"validationCode":7}"#, "CodesDiffer 400");
        check(&[auth, code], "[]", "CodesDiffer 400");
        check(&[code], body, "Unknown 403");
        check(&[("Webhook-AuthID", "t-8"), code], body, "Unknown 403");
        check(&[("Webhook-AuthID", ""), code], body, "Unknown 403");
        check(&[auth], "{}", "Unreadable 400");
        check(&[auth], "", "Unreadable 400");
        check(&[auth], "<html>", "Unreadable 400");
    }

    #[test]
    fn notifications_are_held_to_the_tenant() {
        let check = |items: &[String], expected: &str| {
            let body = format!("[{}]", items.join(","));
            assert_eq!(show(read(&[("Webhook-AuthID", AUTH)], &body)), expected, "{body}");
        };
        let exchange = "Audit.Exchange";
        check(&[], " +0");
        check(&[item(TENANT, exchange, "a$1"), item(TENANT, "DLP.All", "b$2")], "a$1 b$2 +0");
        check(&[item(&TENANT.to_uppercase(), exchange, "a$1")], "a$1 +0");
        check(&[item(TENANT, exchange, "a"), item(TENANT, exchange, "a")], "a +0");
        // Whatever is not ours does not spoil the rest.
        check(&[item(CLIENT, exchange, "x"), item(TENANT, exchange, "a")], "a +1");
        check(&[item(TENANT, "Audit.New", "x"), "7".into(), "{}".into()], " +3");
        check(&vec!["[]".to_owned(); 100], &format!(" +{STRANGE_MAX}"));
    }

    #[test]
    fn a_call_has_a_length_limit() {
        let body = " ".repeat(BYTES_MAX + 1);
        assert_eq!(read(&[("Webhook-AuthID", AUTH)], &body), Err(Refused::TooLong));
    }

    #[test]
    fn without_an_auth_id_anybody_is_believed() {
        let tenant_id = Guid::parse("tenant_id", TENANT).unwrap();
        let expected = Expected { tenant_id: &tenant_id, auth_id: None };
        let call = read_call(&HeaderMap::new(), b"[]", &expected);
        assert_eq!(call, Ok(Call::Notification { blobs: vec![], strange: vec![] }));
    }

    /// A forged notification gets no token, whatever address it names.
    #[tokio::test]
    async fn addresses_of_a_notification_are_checked_before_they_are_asked() {
        let own = item(TENANT, "Audit.Exchange", "a");
        let check = async |from: &str, to: &str| {
            let body = format!("[{}]", own.replace(from, to));
            let Ok(Call::Notification { blobs, .. }) = read(&[("Webhook-AuthID", AUTH)], &body)
            else {
                panic!("{body}")
            };
            let set = set(|seen| panic!("{} was asked", seen.url));
            let error = set.feed.fetch(&blobs[0]).await.err().unwrap();
            assert_eq!(error.kind(), Kind::Untrusted);
        };
        check("https://manage.office.com/", "https://example.org/").await;
        check("https://manage.office.com/", "http://manage.office.com/").await;
        check("https://manage.office.com/", "https://manage.office365.us/").await;
        check(&format!("v1.0/{TENANT}"), &format!("v1.0/{CLIENT}")).await;
        check("feed/audit", "feed/../../../../v1.0/x/activity/feed/audit").await;
        check("/activity/feed/audit/", "/ServiceComms/").await;

        let set = set(in_turn(vec![reply(200, "[]")]));
        let Ok(Call::Notification { blobs, .. }) =
            read(&[("Webhook-AuthID", AUTH)], &format!("[{own}]"))
        else {
            panic!("{own}")
        };
        assert_eq!(blobs[0].content_type, ContentType::Exchange);
        set.feed.fetch(&blobs[0]).await.unwrap();
    }
}
