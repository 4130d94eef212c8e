//! What does a token say about itself?
//!
//! It is decoded and not verified: it came over TLS from the sign-in service, and nothing here rests
//! on it but what is shown to an administrator. Clients must get along without (the service may
//! change the form of its tokens), so a token that cannot be read is no error.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::error::readable;

/// The claims of a token that help to see what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// What the app may do: `roles` of an app, `scp` of a user.
    pub permissions: Vec<String>,
    /// `tid`.
    pub tenant_id: Option<String>,
    /// `appid`, or `azp` in tokens of version 2.
    pub app_id: Option<String>,
    /// `aud`.
    pub audience: Option<String>,
    /// `exp`, in microseconds since 1970.
    pub expires: Option<i64>,
}

/// Permissions that are shown; a token holds far fewer.
const PERMISSIONS_MAX: usize = 200;

impl Claims {
    /// Reads a token; `None` when it is not of the usual form.
    pub(crate) fn read(token: &str) -> Option<Claims> {
        let payload = token.split('.').nth(1)?;
        let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        let claims: Value = serde_json::from_slice(&payload).ok()?;
        claims.is_object().then_some(())?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(readable);
        let roles = claims.get("roles").and_then(Value::as_array).into_iter().flatten();
        let roles = roles.filter_map(Value::as_str).map(readable);
        let scopes = text("scp").unwrap_or_default();
        let scopes = scopes.split_ascii_whitespace().map(str::to_owned);
        let expires = claims.get("exp").and_then(Value::as_i64);
        Some(Claims {
            permissions: roles.chain(scopes).take(PERMISSIONS_MAX).collect(),
            tenant_id: text("tid"),
            app_id: text("appid").or_else(|| text("azp")),
            audience: text("aud"),
            expires: expires.and_then(|seconds| seconds.checked_mul(1_000_000)),
        })
    }

    pub fn permits(&self, permission: &str) -> bool {
        self.permissions.iter().any(|known| known.eq_ignore_ascii_case(permission))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token that says this, unsigned.
    fn token(claims: &str) -> String {
        format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn claims_are_read_with_tolerance() {
        let check = |claims: &str, expected: &str| {
            let shown = Claims::read(&token(claims)).map_or("none".to_owned(), |claims| {
                let Claims { permissions, tenant_id, app_id, expires, .. } = claims;
                format!("{permissions:?} {tenant_id:?} {app_id:?} {expires:?}")
            });
            assert_eq!(shown, expected, "{claims}");
        };
        check(
            r#"{"roles":["ActivityFeed.Read","A\nB",7],"tid":"t","appid":"a","exp":1790000000}"#,
            r#"["ActivityFeed.Read", "A B"] Some("t") Some("a") Some(1790000000000000)"#,
        );
        check(r#"{"scp":"A B","azp":"a"}"#, r#"["A", "B"] None Some("a") None"#);
        check(r#"{"roles":"A","exp":"soon","tid":1}"#, "[] None None None");
        check(r#"{"exp":9223372036854775807}"#, "[] None None None");
        check("[]", "none");
        check("<html>", "none");
        for opaque in ["", "a", "a.b", "a.!.c", "EwB4A8l6BAAU"] {
            assert_eq!(Claims::read(opaque), None);
        }
    }

    #[test]
    fn permissions_are_compared_without_case() {
        let claims = Claims::read(&token(r#"{"roles":["ActivityFeed.Read"]}"#)).unwrap();
        assert!(claims.permits("activityfeed.read") && !claims.permits("ActivityFeed.ReadDlp"));
    }
}
