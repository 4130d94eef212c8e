use std::time::Duration;

use super::*;
use crate::service::Clock;

/// Lists an hour of a log that is refused so, again and again.
async fn refused(log: Log, reply: impl Fn() -> Reply + Send + 'static) -> (Error, Scene) {
    let scene = scene(move |seen| (!seen.is_sign_in()).then(&reply));
    let error = scene.graph.list(log, hour(1)).next_page().await.err().unwrap();
    (error, scene)
}

#[tokio::test]
async fn a_denial_names_the_permission_and_where_to_consent() {
    for log in Log::ALL {
        let (error, scene) = refused(log, || denied("Authorization_RequestDenied")).await;
        assert_eq!((error.kind(), error.status()), (Kind::Denied, Some(403)));
        assert_eq!(error.code(), Some("Authorization_RequestDenied"));
        let text = error.to_string();
        assert!(
            text.starts_with(&format!("tenant contoso: cannot list {log}"))
                && text.contains(&format!(": {} is not granted; consent to it", log.permission()))
                && text.contains("Microsoft Graph > Application permissions")
                && text.contains("(it says: No.)"),
            "{text}"
        );
        assert!(error.body().contains("client-request-id"));
        assert_eq!(scene.network.calls().len(), 1);
    }
    let (error, _) = refused(Log::MessageTrace, || denied("UnknownError")).await;
    let text = error.to_string();
    assert!(text.contains("ExchangeMessageTrace.Read.All") && text.contains("8bd644d1"), "{text}");
}

#[tokio::test]
async fn a_missing_licence_and_a_proxy_are_told_apart_from_a_permission() {
    let code = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";
    let (error, _) = refused(Log::SignIns, move || denied(code)).await;
    let text = error.to_string();
    assert_eq!((error.kind(), error.code()), (Kind::Denied, Some(code)));
    assert!(text.contains("P1 or P2") && !text.contains("consent"), "{text}");
    let (error, _) = refused(Log::SignIns, || reply(403, "<html>blocked</html>")).await;
    let text = error.to_string();
    assert_eq!((error.kind(), error.code()), (Kind::Denied, None));
    assert!(text.contains("proxy") && !text.contains("consent"), "{text}");
}

#[tokio::test]
async fn each_status_has_its_reaction() {
    let check = async |status: u16, code: &'static str, calls: usize, expected: &str| {
        let (error, scene) = refused(Log::SignIns, move || refusal(status, code)).await;
        let kind = format!("{:?}", error.kind());
        assert_eq!(kind.split(' ').next(), Some(expected), "{status} {code}: {error}");
        assert_eq!(scene.network.calls().len(), calls, "{status} {code}");
        assert_eq!(error.code(), Some(code));
    };
    check(400, "BadRequest", 1, "Rejected").await;
    check(400, "Request_UnsupportedQuery", 1, "Rejected").await;
    check(401, "InvalidAuthenticationToken", 2, "Denied").await;
    check(401, "CompactToken", 2, "Denied").await;
    check(403, "Forbidden", 1, "Denied").await;
    check(403, "TooManyRequests", 6, "Later").await;
    check(404, "Request_ResourceNotFound", 1, "Rejected").await;
    check(404, "UnknownError", 1, "Rejected").await;
    check(409, "Conflict", 1, "Rejected").await;
    check(423, "Locked", 6, "Later").await;
    check(429, "TooManyRequests", 6, "Later").await;
    check(429, "activityLimitReached", 6, "Later").await;
    check(500, "InternalServerError", 6, "Later").await;
    check(502, "UnknownError", 6, "Later").await;
    check(503, "serviceNotAvailable", 6, "Later").await;
    check(504, "gatewayTimeout", 6, "Later").await;
}

#[tokio::test]
async fn throttling_is_obeyed_with_and_without_a_time() {
    let check = async |header: Option<&'static str>, least_ms: i64, most_ms: i64| {
        let throttled = refusal(429, "TooManyRequests");
        let throttled = match header {
            Some(value) => throttled.header("retry-after", value),
            None => throttled,
        };
        let scene = scene(in_turn(vec![throttled, page("", "")]));
        let start = scene.clock.now();
        scene.graph.list(Log::ServiceIssues, hour(1)).next_page().await.unwrap();
        let waited = (scene.clock.now() - start) / 1000;
        assert!((least_ms..=most_ms).contains(&waited), "{header:?}: {waited}");
        assert_eq!(scene.graph.counts().throttled, 1);
    };
    check(Some("2.128"), 2128, 3200).await;
    check(Some("30"), 30_000, 31_100).await;
    check(None, 5000, 10_100).await;
}

#[tokio::test]
async fn a_throttled_workload_does_not_hold_up_the_others() {
    let scene = scene(|seen| {
        let reports = seen.url.path().contains("auditLogs");
        (!seen.is_sign_in()).then(|| match reports {
            true => refusal(429, "TooManyRequests").header("retry-after", "600"),
            false => page("", ""),
        })
    });
    let error = scene.graph.list(Log::SignIns, hour(1)).next_page().await.err().unwrap();
    let Kind::Later { after } = error.kind() else { panic!("{error}") };
    assert!(after >= Duration::from_secs(600));
    let start = scene.clock.now();
    scene.graph.list(Log::ServiceIssues, hour(1)).next_page().await.unwrap();
    assert_eq!(scene.clock.now(), start);
}

#[tokio::test]
async fn a_window_past_the_reach_of_its_log_is_a_gap() {
    let check = async |hours_ago: i64, status: u16, expected: Kind| {
        let scene = scene(in_turn(vec![refusal(status, "BadRequest")]));
        let mut listing = scene.graph.list(Log::MessageTrace, hour(hours_ago));
        let error = listing.next_page().await.err().unwrap();
        assert_eq!(error.kind(), expected, "{error}");
    };
    check(24, 400, Kind::Rejected).await;
    check(24 * 90, 400, Kind::Expired).await;
    check(24 * 90, 404, Kind::Rejected).await;
}

#[tokio::test]
async fn strange_refusals_stay_readable() {
    let check = async |body: &'static str| {
        let (error, _) = refused(Log::SignIns, move || reply(400, body)).await;
        assert_eq!(error.kind(), Kind::Rejected);
        let text = error.to_string();
        assert!(text.len() < 1200 && !text.contains(char::is_control), "{text}");
    };
    check("").await;
    check("[1").await;
    check(r#"{"error":"text"}"#).await;
    check(r#"{"error":{"code":7,"message":{"value":"x"}}}"#).await;
    check(r#"{"error":{"code":"a\u001b[2J","message":"b\r\nc\u202e"}}"#).await;
}

#[test]
fn a_cloud_without_graph_is_refused() {
    let (world, ..) = world(|_| None);
    let cloud = crate::service::Cloud::custom("http://127.0.0.1:1", "http://127.0.0.1:1").unwrap();
    let settings = Settings { cloud, ..settings() };
    let error = Graph::within(settings, world).err().unwrap();
    assert_eq!(error.kind(), Kind::Misconfigured);
    assert!(error.to_string().contains("graph_url"), "{error}");
}
