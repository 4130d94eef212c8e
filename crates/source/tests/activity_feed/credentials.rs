//! Does each way to sign in lead to the feed, and does a wrong one say what to put right?

use chrono::DateTime;
use emulator::{Faults, FederatedCredential};
use source::activity_feed::ContentType;
use source::service::*;

use crate::support::*;

const IMDS: &str = "http://127.0.0.1:1/metadata/identity/oauth2/token";
const MSI: &str = "http://127.0.0.1:1/msi/token";

fn client_id() -> Guid {
    Guid::parse("client_id", &options(1).tenants[0].client_id).unwrap()
}

#[tokio::test]
async fn a_managed_identity_reads_the_feed() {
    let header = |text: &str| Some(Secret::in_memory(text));
    let app_service = |text| IdentityEndpoint::of_environment(Some(MSI), header(text)).unwrap();
    let virtual_machine = IdentityEndpoint::metadata_service_at(IMDS).unwrap();
    let feed = async |client_id: Option<Guid>, endpoint: IdentityEndpoint, faults| {
        let credential = Credential::ManagedIdentity { client_id, endpoint };
        let options = emulator::EmulatorOptions { faults, ..options(100) };
        let tenant = Tenant::with(options, |settings| Settings {
            credential: credential.clone(),
            ..settings
        });
        match tenant.feed.ensure_subscriptions(&[ContentType::Exchange]).await {
            Ok(mut outcomes) => outcomes.remove(0).1.map(drop),
            Err(error) => Err(error),
        }
    };
    let none = Faults::default;
    feed(None, virtual_machine.clone(), none()).await.unwrap();
    feed(Some(client_id()), virtual_machine.clone(), none()).await.unwrap();
    feed(None, app_service("emulator-identity"), none()).await.unwrap();

    let stranger = Guid::parse("client_id", "50842eb7-edc8-4019-85dd-5a5c1f2bb085").unwrap();
    let error = feed(Some(stranger), virtual_machine.clone(), none()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Misconfigured);
    assert!(error.to_string().contains("assign one"), "{error}");
    let error = feed(None, app_service("wrong"), none()).await.unwrap_err();
    assert!(error.to_string().contains("IDENTITY_HEADER"), "{error}");
    let faults = Faults { token_error: Some(700016), ..none() };
    let error = feed(None, virtual_machine, faults).await.unwrap_err();
    assert_eq!(error.code(), Some("AADSTS700016"), "{error}");
}

#[tokio::test]
async fn a_federated_token_reads_the_feed_and_a_wrong_one_is_named() {
    let trusted = FederatedCredential::default();
    let noon = DateTime::from_timestamp_micros(NOON).unwrap();
    let sign_in = async |token: String| {
        let mut options = options(100);
        options.tenants[0].federated = Some(trusted.clone());
        let tenant = Tenant::with(options, |settings| Settings {
            credential: Credential::FederatedToken { file: Secret::in_memory(&token) },
            ..settings
        });
        tenant.feed.ensure_subscriptions(&[ContentType::Exchange]).await.map(drop)
    };
    sign_in(trusted.token(noon, 3600)).await.unwrap();
    let check = async |wrong: FederatedCredential, code: &str, words: &str| {
        let error = sign_in(wrong.token(noon, 3600)).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (Kind::Misconfigured, Some(code)), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    };
    let like = || trusted.clone();
    let other = || "other".to_owned();
    check(FederatedCredential { issuer: other(), ..like() }, "AADSTS700211", "issuer").await;
    check(FederatedCredential { audience: other(), ..like() }, "AADSTS700212", "audience").await;
    check(FederatedCredential { subject: other(), ..like() }, "AADSTS700213", "subject").await;
    let error = sign_in(trusted.token(noon, -3600)).await.unwrap_err();
    assert_eq!(error.code(), Some("AADSTS700024"), "{error}");
}

#[tokio::test]
async fn a_token_shows_what_was_granted() {
    let tenant = Tenant::new(options(100));
    let claims = tenant.feed.claims().await.unwrap().unwrap();
    assert!(claims.permits("ActivityFeed.Read") && !claims.permits("ActivityFeed.Write"));
    let setup = &options(100).tenants[0];
    assert_eq!(claims.tenant_id.as_ref(), Some(&setup.tenant.tenant_id));
    assert_eq!(claims.app_id.as_ref(), Some(&setup.client_id));
    assert!(claims.expires.unwrap() > tenant.clock.now());
    assert_eq!(tenant.feed.counts().tokens, 1);
}
