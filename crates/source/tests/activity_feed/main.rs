//! Does the client get everything the emulated service has, on good days and on bad ones?

mod credentials;
mod network;
mod push;
mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use emulator::{Emulator, EmulatorOptions, Faults, TenantCondition, ThrottleAnswer, serve};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use source::activity_feed::*;
use source::service::*;
use support::*;

fn with_faults(records: u64, faults: Faults) -> EmulatorOptions {
    EmulatorOptions { faults, ..options(records) }
}

#[tokio::test]
async fn all_that_is_published_is_collected() {
    let tenant = Tenant::new(options(5_000));
    let collected = tenant.collect().await;
    collected.agrees(&tenant.truth());
    assert_eq!(collected.errors, BTreeMap::new());
    let missing = tenant.emulator.requests().values().map(|t| t.missing_publisher_identifier).sum();
    assert_eq!((missing, tenant.requests("Token", 0)), (0u64, 1));
    let counts = tenant.feed.counts();
    assert_eq!((counts.retries, counts.throttled), (0, 0));
    assert!(counts.bytes > 5_000 * 500);
}

/// Faults that pass cost time and nothing else.
#[tokio::test]
async fn what_passes_costs_nothing() {
    let check = async |records: u64, faults: Faults| {
        let tenant = Tenant::new(with_faults(records, faults));
        let collected = tenant.collect().await;
        collected.agrees(&tenant.truth());
        (tenant, collected)
    };
    let (tenant, _) = check(4_000, Faults { page_size: 1, ..Faults::default() }).await;
    assert!(tenant.requests("AvailableContent", 0) > 35 || tenant.feed.counts().requests > 80);

    let (tenant, _) = check(4_000, Faults { error_rate: 0.2, ..Faults::default() }).await;
    assert!(tenant.feed.counts().retries > 5);

    let (_, collected) = check(6_000, Faults { cut_body_rate: 0.4, ..Faults::default() }).await;
    assert!(collected.count("Cut") > 3, "{:?}", collected.errors);

    let (tenant, _) = check(4_000, Faults { duplicate_rate: 0.2, ..Faults::default() }).await;
    assert!(tenant.truth().duplicates > 300);

    let (tenant, _) = check(8_000, Faults { token_lifetime_seconds: 3, ..Faults::default() }).await;
    assert!(tenant.feed.counts().tokens > 1);

    for throttle_answer in [ThrottleAnswer::Forbidden, ThrottleAnswer::TooManyRequests] {
        let faults = Faults { requests_per_minute_max: 30, throttle_answer, ..Faults::default() };
        let (tenant, _) = check(8_000, faults).await;
        assert!(tenant.feed.counts().throttled > 0);
    }
}

#[tokio::test]
async fn a_bad_day_loses_nothing() {
    let faults = Faults {
        requests_per_minute_max: 120,
        error_rate: 0.15,
        cut_body_rate: 0.2,
        duplicate_rate: 0.1,
        token_lifetime_seconds: 40,
        page_size: 2,
        ..Faults::default()
    };
    let tenant = Tenant::new(with_faults(10_000, faults));
    tenant.collect().await.agrees(&tenant.truth());
}

#[tokio::test]
async fn a_budget_that_fits_is_never_throttled() {
    let faults = Faults { requests_per_minute_max: 30, ..Faults::default() };
    let tenant = Tenant::with(with_faults(8_000, faults), |settings| Settings {
        requests_per_minute: 30,
        ..settings
    });
    tenant.collect().await.agrees(&tenant.truth());
    let counts = tenant.feed.counts();
    assert!(counts.throttled == 0 && counts.requests > 60, "{counts:?}");
}

#[tokio::test]
async fn expired_blobs_are_gaps_and_the_rest_is_there() {
    let faults = Faults { expired_content_rate: 0.2, ..Faults::default() };
    let tenant = Tenant::new(with_faults(8_000, faults));
    let collected = tenant.collect().await;
    let truth = tenant.truth();
    assert!(truth.expired_blobs > 0);
    assert_eq!(collected.count("Expired"), truth.expired_blobs);
    assert_eq!(collected.ids.len() as u64, truth.distinct_ids - truth.expired_records);
}

#[tokio::test]
async fn late_content_is_found_by_listing_again() {
    let faults = Faults { late_content_rate: 0.5, late_content_seconds: 300, ..Faults::default() };
    let tenant = Tenant::new(with_faults(4_000, faults));
    let early = tenant.collect().await;
    assert!(early.records < 4_000);
    tenant.clock.advance(Duration::from_secs(301));
    tenant.collect().await.agrees(&tenant.truth());
}

/// The wire panics when a request leaves the cloud, so these also show that no token does.
#[tokio::test]
async fn addresses_outside_the_cloud_are_refused() {
    let faults = Faults { wrong_host_next_page: true, page_size: 2, ..Faults::default() };
    let tenant = Tenant::new(with_faults(8_000, faults));
    let collected = tenant.collect().await;
    assert!(collected.windows_not_whole > 0 && collected.records > 0);
    assert_eq!(collected.count("Untrusted"), collected.windows_not_whole);

    let faults = Faults { wrong_host_content_rate: 0.3, ..Faults::default() };
    let tenant = Tenant::new(with_faults(8_000, faults));
    let collected = tenant.collect().await;
    assert!(collected.count("Untrusted") > 0 && collected.records > 0);
    assert_eq!(collected.windows_not_whole, 0);
}

/// What an administrator has to see to is said once, in words, and is not tried again and again.
#[tokio::test]
async fn what_does_not_pass_is_said() {
    let check = async |options: EmulatorOptions, kind: Kind, code: Option<&str>, words: &str| {
        let tenant = Tenant::new(options);
        let error = tenant.feed.ensure_subscriptions(&[ContentType::Exchange]).await;
        let error = match error {
            Err(error) => error,
            Ok(mut outcomes) => outcomes.remove(0).1.unwrap_err(),
        };
        assert_eq!((error.kind(), error.code()), (kind, code), "{error}");
        let text = error.to_string();
        assert!(text.starts_with("tenant contoso: cannot ") && text.contains(words), "{text}");
        assert!(tenant.feed.counts().requests <= 3);
    };
    let token_error = |number| Faults { token_error: Some(number), ..Faults::default() };
    let condition = |tenant_condition| Faults { tenant_condition, ..Faults::default() };
    let of = |faults| with_faults(100, faults);
    use Kind::*;
    check(of(token_error(7000222)), Misconfigured, Some("AADSTS7000222"), "expired").await;
    check(of(token_error(700016)), Misconfigured, Some("AADSTS700016"), "client_id").await;
    check(of(token_error(90002)), Misconfigured, Some("AADSTS90002"), "tenant_id").await;
    check(of(condition(TenantCondition::Deleted)), Misconfigured, Some("AF20011"), "cloud").await;
    check(of(condition(TenantCondition::Misconfigured)), Misconfigured, Some("AF20012"), "support")
        .await;
    check(of(condition(TenantCondition::AuditingOff)), Denied, None, "UnifiedAuditLogIngestion")
        .await;
    let mut roles = options(100);
    roles.tenants[0].roles = vec!["ServiceHealth.Read".into()];
    check(roles, Denied, Some("AF10001"), "ActivityFeed.Read is not granted; consent to it").await;
}

#[tokio::test]
async fn wrong_credentials_are_named() {
    let wrong = Tenant::with(options(100), |settings| Settings {
        credential: Credential::Secret(Secret::in_memory("wrong")),
        ..settings
    });
    let error = wrong.feed.sign_in().await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (Kind::Misconfigured, Some("AADSTS7000215")));
    assert!(!format!("{error} {error:?}").contains("wrong\""));
}

#[tokio::test]
async fn both_token_endpoints_take_secret_and_certificate() {
    let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
    let certificate = CertificateParams::default().self_signed(&key).unwrap();
    let mut options = options(100);
    options.tenants[0].client_certificate = Some(certificate.pem());
    let pem = Credential::Certificate {
        certificate: Secret::in_memory(certificate.pem()),
        key: Secret::in_memory(key.serialize_pem()),
    };
    for token_endpoint in [TokenEndpoint::V1, TokenEndpoint::V2] {
        for certificate in [false, true] {
            let tenant = Tenant::with(options.clone(), |settings| Settings {
                token_endpoint,
                credential: match certificate {
                    true => pem.clone(),
                    false => settings.credential.clone(),
                },
                ..settings
            });
            tenant.feed.ensure_subscriptions(&ContentType::ALL).await.unwrap();
        }
    }
}

#[tokio::test]
async fn listing_tells_a_missing_subscription_and_a_past_window() {
    let tenant = Tenant::new(options(100));
    let now = tenant.clock.now();
    let kind = async |content_type, window| {
        tenant.feed.list(content_type, window).next_page().await.map(drop).map_err(|e| e.kind())
    };
    let window = windows(now, 0, SPAN_MAX)[0];
    assert_eq!(kind(ContentType::General, window).await, Err(Kind::NoSubscription));
    tenant.feed.start(ContentType::General).await.unwrap();
    tenant.feed.start(ContentType::General).await.unwrap();
    assert_eq!(kind(ContentType::General, window).await, Ok(()));
    let past = Window::new(window.start() - 7_200_000_000, window.end() - 7_200_000_000).unwrap();
    assert_eq!(kind(ContentType::General, past).await, Err(Kind::Expired));
}

/// Tasks of a pipeline move between threads, and so must what they wait for.
#[tokio::test]
async fn calls_can_be_spawned() {
    let tenant = Tenant::new(options(300));
    let feed = tenant.feed.clone();
    let window = windows(tenant.clock.now(), 0, SPAN_MAX)[6];
    let task = tokio::spawn(async move {
        feed.ensure_subscriptions(&ContentType::ALL).await.unwrap();
        let mut listing = feed.list(ContentType::Exchange, window);
        let mut records = 0;
        while let Some(page) = listing.next_page().await.unwrap() {
            for blob in page.blobs {
                let mut stream = feed.fetch(&blob).await.unwrap();
                while let Some(batch) = stream.next_batch().await.unwrap() {
                    records += batch.len();
                }
            }
        }
        records
    });
    assert!(task.await.unwrap() > 0);
}

/// The same over a socket: reqwest, gzip, connections that break.
#[tokio::test]
async fn over_a_socket_all_is_collected_too() {
    let faults =
        Faults { cut_body_rate: 0.3, duplicate_rate: 0.1, page_size: 3, ..Faults::default() };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}", listener.local_addr().unwrap());
    let options = EmulatorOptions { base_url: None, ..with_faults(5_000, faults) };
    // This test keeps real time, so it is not to wait for a budget.
    let settings = Settings { requests_per_minute: 1_000_000, ..settings(&options, &root) };
    let feed = ActivityFeed::new(settings).unwrap();
    let emulator = Arc::new(Emulator::new(options, chrono::Utc::now()).unwrap());
    tokio::spawn(serve(listener, emulator.clone(), std::future::pending()));
    tokio::time::sleep(Duration::from_millis(1100)).await;

    let collected = collect(&feed, &MachineClock).await;
    collected.agrees(&emulator.truth(chrono::Utc::now())[0]);
    assert!(collected.count("Cut") > 0, "{:?}", collected.errors);
}
