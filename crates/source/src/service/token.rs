//! Which token is good now?
//!
//! One token serves all calls of a tenant. It is renewed some time before it expires, by one caller
//! while the others wait; if renewing fails while the old token still holds, the old one is used on.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderValue;
use tokio::sync::Mutex;

use super::call::{Failure, read_some, read_whole};
use super::cloud::Api;
use super::counters::Counters;
use super::credential::{self, Credential, Fingerprint};
use super::error::{Error, Kind};
use super::managed_identity;
use super::refusal::Reaction;
use super::retry::{Next, TRIES_MAX, Tries, retry_after};
use super::settings::Settings;
use super::sign_in::{self, Grant};
use super::transport::{Request, Response};
use super::world::World;

/// A token is renewed this long before it expires, or a quarter of its life if that is less.
const RENEW_BEFORE: Duration = Duration::from_secs(10 * 60);

/// After a failed sign-in nobody tries again for this long: callers in a queue would otherwise each
/// knock with the same wrong secret.
const FAILED_HOLD: Duration = Duration::from_secs(20);

/// Largest answer of the sign-in service that is read.
const ANSWER_BYTES_MAX: usize = 1 << 20;

const SIGN_IN: &str = "sign in";

/// A bearer token, ready to send. It has no `Debug`.
#[derive(Clone)]
pub(crate) struct Token {
    /// Marked as sensitive, so that no layer below logs it.
    pub header: HeaderValue,
    /// Tells tokens apart, so that only the one that was refused is forgotten.
    pub serial: u64,
}

pub(crate) struct Tokens {
    settings: Arc<Settings>,
    /// What the tokens are for.
    api: Api,
    world: World,
    counters: Arc<Counters>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    failed: Option<Failed>,
    serial: u64,
}

/// A sign-in that failed, and what with.
struct Failed {
    hold: Range<i64>,
    error: Error,
    credential: Fingerprint,
}

impl Failed {
    /// True while nobody should try again. Whoever put a better credential in place need not wait.
    fn holds(&self, now: i64, credential: &Credential) -> bool {
        let is_about_it = matches!(self.error.kind(), Kind::Misconfigured | Kind::Denied);
        self.hold.contains(&now) && !(is_about_it && self.credential != credential.fingerprint())
    }
}

struct Held {
    token: Token,
    received: i64,
    renew: i64,
    expires: i64,
}

impl Held {
    fn is_fresh(&self, now: i64) -> bool {
        (self.received..self.renew).contains(&now)
    }

    fn is_valid(&self, now: i64) -> bool {
        (self.received..self.expires).contains(&now)
    }
}

impl Tokens {
    pub fn new(settings: Arc<Settings>, api: Api, world: World, counters: Arc<Counters>) -> Tokens {
        Tokens { settings, api, world, counters, state: Mutex::default() }
    }

    /// A token that is good now, signed in for if need be.
    pub async fn current(&self) -> Result<Token, Error> {
        let mut state = self.state.lock().await;
        let now = self.world.clock.now();
        if let Some(held) = state.held.as_ref().filter(|held| held.is_fresh(now)) {
            return Ok(held.token.clone());
        }
        let usable = state.held.as_ref().filter(|held| held.is_valid(now));
        let usable = usable.map(|held| held.token.clone());
        if let Some(failed) = &state.failed
            && failed.holds(now, &self.settings.credential)
        {
            return usable.ok_or_else(|| failed.error.clone());
        }
        // With a token at hand, nobody need wait for the pauses between tries.
        let tries = if usable.is_some() { 1 } else { TRIES_MAX };
        // Taken before it is used: what is put in place meanwhile counts as changed.
        let credential = self.settings.credential.fingerprint();
        match self.sign_in(Tries::up_to(tries)).await {
            Ok(grant) => self.hold(&mut state, grant),
            Err(error) => {
                let now = self.world.clock.now();
                let hold = now..now + micros(FAILED_HOLD);
                state.failed = Some(Failed { hold, error: error.clone(), credential });
                usable.ok_or(error)
            }
        }
    }

    /// The service refused this token: the next call signs in anew, unless somebody already has.
    pub async fn forget(&self, serial: u64) {
        let mut state = self.state.lock().await;
        if state.held.as_ref().is_some_and(|held| held.token.serial == serial) {
            state.held = None;
        }
    }

    fn hold(&self, state: &mut State, grant: Grant) -> Result<Token, Error> {
        let header = HeaderValue::try_from(format!("Bearer {}", grant.token));
        let mut header = header.map_err(|_| {
            self.error(Kind::Broken, "the token holds characters that no header may have")
        })?;
        header.set_sensitive(true);
        state.serial += 1;
        let token = Token { header, serial: state.serial };
        let received = self.world.clock.now();
        let before = RENEW_BEFORE.min(grant.life / 4);
        state.held = Some(Held {
            token: token.clone(),
            received,
            renew: received + micros(grant.life - before),
            expires: received + micros(grant.life),
        });
        state.failed = None;
        self.counters.token();
        Ok(token)
    }

    async fn sign_in(&self, mut tries: Tries) -> Result<Grant, Error> {
        loop {
            // The credential is read for each try: it may just have been rotated.
            let request = credential::sign_in(&self.settings, self.api, &self.world);
            let request = request.map_err(|words| self.error(Kind::Misconfigured, words))?;
            let failure = match self.try_sign_in(request).await {
                Ok(grant) => return Ok(grant),
                Err(failure) => failure,
            };
            let kind = match failure.refusal.reaction {
                Reaction::Retry(cause) => {
                    let fraction = self.world.fraction();
                    match tries.failed(cause, failure.retry_after, fraction) {
                        Next::GiveUp(after) => Kind::Later { after },
                        Next::Pause(pause) => {
                            self.world.clock.sleep(pause).await;
                            continue;
                        }
                    }
                }
                Reaction::RenewToken => Kind::Denied,
                Reaction::Fail(kind) => kind,
            };
            return Err(failure.into_error(kind, &self.settings.tenant, SIGN_IN));
        }
    }

    async fn try_sign_in(&self, request: Request) -> Result<Grant, Failure> {
        let host = request.url.host_str().unwrap_or_default().to_owned();
        let sent = self.world.transport.send(request).await;
        let response = sent.map_err(|interruption| {
            let why = interruption.0;
            Failure::fault(match self.settings.credential {
                Credential::ManagedIdentity { .. } => {
                    format!("{host} {}: {why}", managed_identity::OUT_OF_REACH)
                }
                _ => format!("{host} is out of reach: {why}"),
            })
        })?;
        let Response { status, headers, body } = response;
        let now = self.world.clock.now();
        let failure = |refusal, pause: Option<Duration>| Failure {
            refusal,
            status: Some(status),
            retry_after: retry_after(&headers, now).or(pause),
        };
        if status == 200 {
            let body = read_whole(body, ANSWER_BYTES_MAX).await?;
            return sign_in::grant(&body, now).map_err(|refusal| failure(refusal, None));
        }
        let body = read_some(body, ANSWER_BYTES_MAX).await;
        let (refusal, pause) = match self.settings.credential {
            Credential::ManagedIdentity { .. } => managed_identity::refusal(status, &body),
            _ => (sign_in::refusal(status, &body), None),
        };
        Err(failure(refusal, pause))
    }

    fn error(&self, kind: Kind, words: impl Into<String>) -> Error {
        Error::new(kind, &self.settings.tenant, SIGN_IN, words)
    }
}

fn micros(duration: Duration) -> i64 {
    duration.as_micros() as i64
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
    use url::form_urlencoded;

    use super::*;
    use crate::scripted::*;
    use crate::service::{Clock, Guid, IdentityEndpoint, Method, Secret, TokenEndpoint};

    fn form(seen: &Seen) -> HashMap<String, String> {
        form_urlencoded::parse(seen.form.as_bytes()).into_owned().collect()
    }

    #[tokio::test]
    async fn callers_share_one_token_and_it_is_renewed_before_it_expires() {
        let set = set(|seen| (!seen.is_sign_in()).then(|| reply(200, "[]")));
        let calls = (0..8).map(|_| set.feed.subscriptions());
        for outcome in futures::future::join_all(calls).await {
            outcome.unwrap();
        }
        assert_eq!(set.network.sign_ins().len(), 1);
        let check = async |advance_seconds: u64, token: &str| {
            set.clock.advance(Duration::from_secs(advance_seconds));
            set.feed.subscriptions().await.unwrap();
            assert_eq!(set.network.calls().last().unwrap().authorization, token);
        };
        check(2990, "Bearer token-1").await;
        check(10, "Bearer token-2").await;
        check(3600, "Bearer token-3").await;
        assert_eq!(set.feed.counts().tokens, 3);
    }

    #[tokio::test]
    async fn while_renewing_fails_the_old_token_is_used_to_its_end() {
        let mut sign_ins = 0;
        let set = set(move |seen| {
            if !seen.is_sign_in() {
                return Some(reply(200, "[]"));
            }
            sign_ins += 1;
            (2..=9).contains(&sign_ins).then(|| reply(503, ""))
        });
        set.feed.subscriptions().await.unwrap();
        set.clock.advance(Duration::from_secs(3100));
        for _ in 0..5 {
            set.feed.subscriptions().await.unwrap();
        }
        // One try, not one for each call, and no pause.
        assert_eq!(set.network.sign_ins().len(), 2);
        assert!(set.clock.sleeps.lock().unwrap().is_empty());
        set.clock.advance(Duration::from_secs(600));
        let error = set.feed.subscriptions().await.unwrap_err();
        assert!(matches!(error.kind(), Kind::Later { .. }), "{error}");
        assert!(error.to_string().contains("sign in to list the subscriptions"), "{error}");
        set.clock.advance(Duration::from_secs(60));
        set.feed.subscriptions().await.unwrap();
    }

    #[tokio::test]
    async fn each_endpoint_gets_its_form() {
        let check = async |endpoint, path: &str, key: &str, value: &str| {
            let settings = Settings { token_endpoint: endpoint, ..settings() };
            let set = set_with(settings, |_| None);
            set.feed.sign_in().await.unwrap();
            let seen = &set.network.sign_ins()[0];
            assert_eq!(
                seen.url.as_str(),
                format!("https://login.microsoftonline.com/{TENANT}/{path}")
            );
            assert_eq!(seen.authorization, "");
            let expected = [
                ("grant_type", "client_credentials"),
                ("client_id", CLIENT),
                ("client_secret", "hunter2"),
                (key, value),
            ];
            let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
            assert_eq!(form(seen), HashMap::from(expected));
        };
        let root = "https://manage.office.com";
        check(TokenEndpoint::V1, "oauth2/token", "resource", root).await;
        check(TokenEndpoint::V2, "oauth2/v2.0/token", "scope", &format!("{root}/.default")).await;
    }

    #[tokio::test]
    async fn a_certificate_signs_an_assertion_for_the_endpoint() {
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
        let certificate = CertificateParams::default().self_signed(&key).unwrap();
        let credential = Credential::Certificate {
            certificate: Secret::in_memory(certificate.pem()),
            key: Secret::in_memory(key.serialize_pem()),
        };
        let set = set_with(Settings { credential, ..settings() }, |_| None);
        set.feed.sign_in().await.unwrap();
        let form = form(&set.network.sign_ins()[0]);
        let expected = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        assert_eq!(form["client_assertion_type"], expected);
        assert!(!form.contains_key("client_secret"));
        let claims = jsonwebtoken::dangerous::insecure_decode::<serde_json::Value>(
            &form["client_assertion"],
        );
        let claims = claims.unwrap().claims;
        assert_eq!(claims["aud"], set.network.sign_ins()[0].url.as_str());
        assert_eq!(claims["nbf"], event::time::parse(NOW).unwrap() / 1_000_000);
        Guid::parse("jti", claims["jti"].as_str().unwrap()).unwrap();
    }

    #[tokio::test]
    async fn a_failure_is_typed_and_held_and_a_rotated_secret_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let secret = Secret::parse(&format!("file:{}", path.display())).unwrap();
        let settings = Settings { credential: Credential::Secret(secret), ..settings() };
        let set = set_with(settings, |seen| {
            let refused = r#"{"error":"invalid_client","error_codes":[7000222]}"#;
            seen.form.contains("old").then(|| reply(401, refused))
        });
        let error = set.feed.sign_in().await.unwrap_err();
        assert_eq!(error.kind(), Kind::Misconfigured);
        assert!(error.to_string().contains("the client secret: file"), "{error}");
        assert!(set.network.sign_ins().is_empty());

        std::fs::write(&path, "old").unwrap();
        for _ in 0..3 {
            let error = set.feed.sign_in().await.unwrap_err();
            assert_eq!((error.kind(), error.code()), (Kind::Misconfigured, Some("AADSTS7000222")));
            assert!(
                error
                    .to_string()
                    .starts_with("tenant contoso: cannot sign in: the client secret has expired")
            );
        }
        assert_eq!(set.network.sign_ins().len(), 1);
        set.clock.advance(FAILED_HOLD);
        set.feed.sign_in().await.unwrap_err();
        assert_eq!(set.network.sign_ins().len(), 2);

        // Whoever rotates the secret need not wait.
        std::fs::write(&path, "new").unwrap();
        set.feed.sign_in().await.unwrap();
    }

    /// The old secret is revoked while its token is in use, and the file replaced.
    #[tokio::test]
    async fn a_secret_rotated_in_flight_costs_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "old").unwrap();
        let secret = Secret::parse(&format!("file:{}", path.display())).unwrap();
        let settings = Settings { credential: Credential::Secret(secret), ..settings() };
        let mut sign_ins = 0;
        let set = set_with(settings, move |seen| {
            if !seen.is_sign_in() {
                return Some(reply(200, "[]"));
            }
            sign_ins += 1;
            let refused = r#"{"error":"invalid_client","error_codes":[7000215]}"#;
            (sign_ins > 1 && seen.form.contains("old")).then(|| reply(401, refused))
        });
        let call = async || {
            set.feed.subscriptions().await.unwrap();
            set.network.calls().last().unwrap().authorization.clone()
        };
        assert_eq!(call().await, "Bearer token-1");
        set.clock.advance(Duration::from_secs(3100));
        assert_eq!(call().await, "Bearer token-1");
        std::fs::write(&path, "new").unwrap();
        assert_eq!(call().await, "Bearer token-3");
    }

    /// While the sign-in service is out of order, a changed credential is no reason to knock.
    #[tokio::test]
    async fn a_changed_credential_does_not_shorten_an_outage() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "old").unwrap();
        let secret = Secret::parse(&format!("file:{}", path.display())).unwrap();
        let settings = Settings { credential: Credential::Secret(secret), ..settings() };
        let set = set_with(settings, |_| Some(reply(503, "")));
        set.feed.sign_in().await.unwrap_err();
        std::fs::write(&path, "new").unwrap();
        set.feed.sign_in().await.unwrap_err();
        assert_eq!(set.network.sign_ins().len(), TRIES_MAX as usize);
    }

    #[tokio::test]
    async fn a_federated_token_is_read_for_each_sign_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let file = Secret::parse(&format!("file:{}", path.display())).unwrap();
        let credential = Credential::FederatedToken { file };
        let set = set_with(Settings { credential, ..settings() }, |_| None);
        let error = set.feed.sign_in().await.unwrap_err();
        assert!(error.to_string().contains("the federated token: file"), "{error}");
        for token in ["a.b.c", "d.e.f"] {
            std::fs::write(&path, format!("{token}\n")).unwrap();
            set.feed.sign_in().await.unwrap();
            let form = form(set.network.sign_ins().last().unwrap());
            assert_eq!(form["client_assertion"], token);
            assert!(form["client_assertion_type"].ends_with("jwt-bearer"));
            assert!(!form.contains_key("client_secret") && form["client_id"] == CLIENT);
            set.clock.advance(Duration::from_secs(3600));
        }
    }

    #[tokio::test]
    async fn a_managed_identity_is_asked_for_nearby() {
        let credential = Credential::ManagedIdentity {
            client_id: None,
            endpoint: IdentityEndpoint::metadata_service(),
        };
        let check = async |replies: Vec<Reply>, expected: &str| {
            let mut replies = replies.into_iter();
            let settings = Settings { credential: credential.clone(), ..settings() };
            let set = set_with(settings, move |seen| {
                assert_eq!(seen.url.host_str(), Some("169.254.169.254"));
                assert_eq!((&seen.method, seen.form.as_str()), (&Method::GET, ""));
                replies.next()
            });
            let start = set.clock.now();
            let outcome = match set.feed.sign_in().await {
                Ok(()) => "token".to_owned(),
                Err(error) => format!("{:?}: {error}", error.kind()),
            };
            assert!(outcome.contains(expected), "{outcome}");
            (set.clock.now() - start) / 1_000_000
        };
        assert_eq!(check(vec![], "token").await, 0);
        check(vec![reply(404, ""), reply(500, ""), reply(429, "")], "token").await;
        assert!(check(vec![reply(410, "")], "token").await >= 70);
        check(
            vec![reply(400, "")],
            "Misconfigured: tenant contoso: cannot sign in: there is no such",
        )
        .await;
        let silence = (0..6).map(|_| unreachable()).collect();
        check(silence, "169.254.169.254 is out of reach; there are managed identities only").await;
    }

    #[tokio::test]
    async fn odd_grants_do_no_harm_and_are_not_quoted() {
        let check = async |body: &'static str| {
            let set = set(move |_| Some(reply(200, body)));
            let error = set.feed.sign_in().await.unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hush"), "{error:?}");
            assert!(!error.to_string().contains("hunter2"));
        };
        check(r#"{"access_token":"hush\r\nX: y"}"#).await;
        check(r#"{"access_token":"hush"#).await;
        check("<html>hush</html>").await;
    }
}
