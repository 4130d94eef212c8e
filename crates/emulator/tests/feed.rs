//! Do the feed's rules hold as the reference documents them?

mod support;

use chrono::Duration;
use emulator::{ContentType, Emulator, EmulatorOptions, Faults, TenantCondition, TenantSetup};
use support::{PUBLISHER, World, code, json, noon, options, text};

const EXCHANGE: &str = "contentType=Audit.Exchange";

/// Asks, and expects an error with this code and message.
fn refuse(world: &World, method: &str, rest: &str, status: u16, expected: &str, message: &str) {
    let answer = world.ask(world.request(method, &world.feed_path(rest)));
    assert_eq!(answer.status, status, "{rest}: {}", text(&answer));
    assert_eq!(code(&answer), expected, "{rest}");
    assert_eq!(json(&answer)["error"]["message"], message, "{rest}");
}

const WINDOW: &str = "Start time and end time must both be specified (or both omitted) and must be less than or equal to 24 hours apart, with the start time prior to end time and start time no more than 7 days in the past.";
const OLD_WINDOW: &str = "Start time and end time must both be specified (or both omitted) and must be less than or equal to 24 hours apart, with the start time no more than 7 days in the past.";

#[test]
fn every_documented_error_has_its_code_and_message() {
    let world = World::of_records(2_000);
    world.start(ContentType::Exchange);
    let check = |method: &str, rest: &str, code: &str, message: &str| {
        refuse(&world, method, rest, 400, code, message);
    };
    let content = |query: &str| format!("subscriptions/content?{EXCHANGE}&{query}");
    check("GET", "subscriptions/content", "AF20001", "Missing parameter: contentType.");
    check("POST", "subscriptions/start", "AF20001", "Missing parameter: contentType.");
    check(
        "GET",
        &content("startTime=tomorrow&endTime=2026-09-30"),
        "AF20002",
        "Invalid parameter type: startTime. Expected type: datetime",
    );
    check(
        "GET",
        "subscriptions/content?contentType=Audit.Nothing",
        "AF20020",
        "The specified content type is not valid.",
    );
    check(
        "GET",
        "subscriptions/content?contentType=Audit.General",
        "AF20022",
        "No subscription found for the specified content type.",
    );
    check(
        "POST",
        "subscriptions/stop?contentType=DLP.All",
        "AF20022",
        "No subscription found for the specified content type.",
    );
    check(
        "POST",
        &format!("subscriptions/start?{EXCHANGE}"),
        "AF20024",
        "The subscription is already enabled. No property change.",
    );
    for query in [
        "startTime=2026-09-30",
        "endTime=2026-09-30",
        "startTime=2026-09-28&endTime=2026-09-29T00:00:01",
        "startTime=2026-09-30T01:00:00&endTime=2026-09-30T01:00:00",
        "startTime=2026-09-22&endTime=2026-09-22T12:00",
    ] {
        check("GET", &content(query), "AF20055", WINDOW);
        check("GET", &format!("subscriptions/notifications?{EXCHANGE}&{query}"), "AF20055", WINDOW);
    }
    check("GET", &content("nextPage=x"), "AF20031", "Invalid nextPage Input: x.");
    let nowhere =
        "20260928101742000999999$20260928101742000000000$audit_exchange$Audit_Exchange$emea0021";
    check(
        "GET",
        &format!("audit/{nowhere}"),
        "AF20050",
        &format!("The specified content ({nowhere}) does not exist."),
    );
    check("GET", "audit/nonsense", "AF20052", "Content ID nonsense in the URL is invalid.");
}

#[test]
fn tenant_and_permission_are_checked() {
    let mut setup = TenantSetup::default();
    setup.tenant.records = 100;
    let mut other = setup.clone();
    other.name = "fabrikam".into();
    other.tenant.tenant_id = "9e1d2c3b-4a5f-4e6d-8c7b-a09182736455".into();
    other.tenant.domain = "fabrikam.com".into();
    other.roles = vec!["ServiceHealth.Read".into()];
    let world = World::new(EmulatorOptions {
        tenants: vec![setup.clone(), other.clone()],
        ..EmulatorOptions::default()
    });
    let ask = |tenant: &str, client: &World| {
        client.ask(
            client.request("GET", &format!("/api/v1.0/{tenant}/activity/feed/subscriptions/list")),
        )
    };
    let answer = ask("contoso", &world);
    assert_eq!((answer.status, code(&answer).as_str()), (400, "AF20013"));
    let answer = ask(&other.tenant.tenant_id, &world);
    assert_eq!(code(&answer), "AF20010");
    assert!(
        text(&answer).contains(&setup.tenant.tenant_id)
            && text(&answer).contains(&other.tenant.tenant_id)
    );

    let stranger = World { setup: other.clone(), ..world };
    let answer = ask(&other.tenant.tenant_id, &stranger);
    assert_eq!((answer.status, code(&answer).as_str()), (403, "AF10001"));
    assert!(text(&answer).contains("(ServiceHealth.Read)"));
}

#[test]
fn conditions_of_the_tenant() {
    let world = World::of_records(100);
    let check = |tenant_condition: TenantCondition, expected: &str| {
        world
            .emulator
            .set_faults(Faults { tenant_condition, ..Faults::default() }, world.now)
            .unwrap();
        let answer = world.get("subscriptions/list");
        assert_eq!(answer.status, 400);
        assert!(code(&answer).starts_with(expected), "{}", text(&answer));
        text(&answer)
    };
    check(TenantCondition::Deleted, "AF20011");
    check(TenantCondition::Misconfigured, "AF20012");
    let body = check(TenantCondition::AuditingOff, "ListSubscriptions [CorrId=");
    assert!(body.contains("DataServiceException: Tenant") && body.contains("\\r\\n"));
}

#[test]
fn tokens_are_needed_and_run_out() {
    let mut world = World::of_records(100);
    let path = world.feed_path("subscriptions/list");
    let denied = |world: &World, header: &str| {
        let request = emulator::Request::new("GET", &path).with_header("Host", "emulator.test");
        let answer = world.ask(if header.is_empty() {
            request
        } else {
            request.with_header("authorization", header)
        });
        assert_eq!(answer.status, 401, "{header}");
        assert_eq!(
            text(&answer),
            r#"{"Message":"Authorization has been denied for this request."}"#
        );
    };
    let token = world.token();
    denied(&world, "");
    denied(&world, "Bearer nonsense");
    denied(&world, &format!("Basic {token}"));
    denied(&world, &format!("Bearer {}x", &token));
    let allowed = |world: &World| {
        let request = emulator::Request::new("GET", &path)
            .with_header("authorization", &format!("Bearer {token}"));
        world.ask(request).status
    };
    assert_eq!(allowed(&world), 200);
    world.later(3_598);
    assert_eq!(allowed(&world), 200);
    world.later(1);
    assert_eq!(allowed(&world), 401);
    denied(&world, &format!("Bearer {token}"));
}

#[test]
fn a_token_for_graph_does_not_open_the_feed() {
    let world = World::of_records(100);
    let mut form = world.v1_form();
    form[3].1 = "https://graph.microsoft.com".into();
    let answer = world.ask(world.token_request("v1", &form));
    let token = json(&answer)["access_token"].as_str().unwrap().to_owned();
    let request = emulator::Request::new("GET", &world.feed_path("subscriptions/list"))
        .with_header("Authorization", &format!("Bearer {token}"));
    assert_eq!(world.ask(request).status, 401);
}

#[test]
fn subscriptions_start_stop_and_list() {
    let mut world = World::of_records(3_000);
    assert_eq!(text(&world.get("subscriptions/list")), "[]");
    let answer = world.start(ContentType::SharePoint);
    let body = json(&answer);
    assert_eq!(body["contentType"], "Audit.SharePoint");
    assert_eq!(body["status"], "enabled");
    assert!(body["webhook"].is_null());
    assert_eq!(code(&world.start(ContentType::SharePoint)), "AF20024");

    let before = world.list_all(ContentType::SharePoint);
    assert!(!before.is_empty());
    let answer = world.post("subscriptions/stop?contentType=Audit.SharePoint", "");
    assert_eq!((answer.status, text(&answer).as_str()), (200, ""));
    assert_eq!(json(&world.get("subscriptions/list"))[0]["status"], "disabled");
    // Nothing is listed or fetched any more.
    assert_eq!(code(&world.get("subscriptions/content?contentType=Audit.SharePoint")), "AF20022");
    assert_eq!(code(&world.fetch(&before[0].uri)), "AF20022");
    assert_eq!(code(&world.post("subscriptions/stop?contentType=Audit.SharePoint", "")), "AF20022");
    // After another start only content from then on.
    world.later(60);
    assert_eq!(world.start(ContentType::SharePoint).status, 200);
    assert!(world.list_all(ContentType::SharePoint).is_empty());
    assert_eq!(code(&world.fetch(&before[0].uri)), "AF20050");
}

#[test]
fn what_comes_between_stop_and_start_is_lost() {
    let mut options = options(0);
    options.tenants[0].tenant.rate = 10.0;
    let mut world = World::new(options);
    world.start_all();
    world.later(600);
    let first = world.list_all(ContentType::Exchange).len();
    world.post(&format!("subscriptions/stop?{EXCHANGE}"), "");
    world.later(600);
    world.start(ContentType::Exchange);
    world.later(600);
    let second = world.list_all(ContentType::Exchange).len();
    assert!(first.abs_diff(second) <= 2, "{first} and {second}");
}

#[test]
fn a_subscription_may_show_no_history() {
    let mut options = options(3_000);
    options.history_before_start = false;
    let world = World::new(options);
    world.start_all();
    assert!(world.collect().ids.is_empty());
}

#[test]
fn an_administrator_may_disable_a_subscription() {
    let world = World::of_records(100);
    world.start(ContentType::General);
    let disable = |by: &str| {
        let target = format!("/emulator/subscriptions/disable?contentType=Audit.General&by={by}");
        world.ask(emulator::Request::new("POST", &target)).status
    };
    assert_eq!(disable("a%20service%20admin"), 200);
    refuse(
        &world,
        "GET",
        "subscriptions/content?contentType=Audit.General",
        400,
        "AF20023",
        "The subscription was disabled by a service admin.",
    );
    assert_eq!(disable("a%20tenant%20admin"), 400);
    assert_eq!(world.start(ContentType::General).status, 200);
}

#[test]
fn listings_carry_what_the_reference_shows() {
    let world = World::of_records(5_000);
    world.start_all();
    let answer = world
        .get(&format!("subscriptions/content?{EXCHANGE}&startTime=2026-09-29&endTime=2026-09-30"));
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(answer.header("expires"), Some("-1"));
    for object in json(&answer).as_array().unwrap() {
        assert_eq!(object["contentType"], "Audit.Exchange");
        let created = object["contentCreated"].as_str().unwrap();
        assert!(("2026-09-29T00:00:00.000Z".."2026-09-30T00:00:00.000Z").contains(&created));
        let id = object["contentId"].as_str().unwrap();
        assert!(id.contains("$audit_exchange$Audit_Exchange$"));
        assert!(
            object["contentUri"].as_str().unwrap().ends_with(&format!("/activity/feed/audit/{id}"))
        );
        let lifetime =
            chrono::DateTime::parse_from_rfc3339(object["contentExpiration"].as_str().unwrap())
                .unwrap()
                - chrono::DateTime::parse_from_rfc3339(created).unwrap();
        assert_eq!(lifetime, Duration::days(7));
    }
    // Without times: the last 24 hours.
    let implied = json(&world.get(&format!("subscriptions/content?{EXCHANGE}")));
    let explicit = world.list(ContentType::Exchange, world.now - Duration::days(1), world.now);
    assert_eq!(implied.as_array().unwrap().len(), explicit.len());
}

#[test]
fn windows_join_without_gap_or_overlap() {
    let world = World::of_records(5_000);
    world.start_all();
    let whole = world.list_all(ContentType::General);
    let mut parts = Vec::new();
    let mut from = world.now - Duration::days(7);
    while from < world.now {
        let until = (from + Duration::minutes(97)).min(world.now + Duration::seconds(1));
        parts.extend(world.list(ContentType::General, from, until));
        from = until;
    }
    let ids =
        |listed: &[support::Listed]| listed.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&parts), ids(&whole));
}

#[test]
fn pages_follow_each_other() {
    let mut options = options(20_000);
    options.faults.page_size = 3;
    let world = World::new(options);
    world.start_all();
    let paged = world.list_all(ContentType::Exchange);
    world.emulator.set_faults(Faults::default(), world.now).unwrap();
    assert_eq!(paged.len(), world.list_all(ContentType::Exchange).len());
    assert!(paged.len() > 100);
}

#[test]
fn a_link_may_point_elsewhere() {
    let world = World::of_records(5_000);
    world.start_all();
    let faults = Faults {
        page_size: 1,
        wrong_host_next_page: true,
        wrong_host_content_rate: 0.5,
        ..Faults::default()
    };
    world.emulator.set_faults(faults, world.now).unwrap();
    let answer = world.get(&format!("subscriptions/content?{EXCHANGE}"));
    assert!(
        answer
            .header("nextpageuri")
            .unwrap()
            .starts_with("https://manage.office.com.attacker.invalid/api/v1.0/")
    );
    world
        .emulator
        .set_faults(Faults { wrong_host_content_rate: 0.5, ..Faults::default() }, world.now)
        .unwrap();
    let listed = world.list_all(ContentType::Exchange);
    let elsewhere = listed.iter().filter(|it| !it.uri.starts_with("http://emulator.test/")).count();
    assert!(elsewhere * 4 > listed.len() && elsewhere * 4 < listed.len() * 3);
}

#[test]
fn content_expires() {
    let mut world = World::of_records(2_000);
    world.start_all();
    let oldest = world.list_all(ContentType::Exchange)[0].clone();
    assert_eq!(world.fetch(&oldest.uri).status, 200);
    world.later(7 * 86_400);
    let answer = world.fetch(&oldest.uri);
    assert_eq!((answer.status, code(&answer).as_str()), (400, "AF20051"));
    assert_eq!(
        json(&answer)["error"]["message"],
        format!(
            "Content requested with the key {} has already expired. Content older than 7 days cannot be retrieved.",
            oldest.id
        )
    );
    // A shorter life is announced in the listing.
    let world = World::of_records(2_000);
    world.start_all();
    world
        .emulator
        .set_faults(Faults { content_lifetime_seconds: 60, ..Faults::default() }, world.now)
        .unwrap();
    let oldest = &world.list_all(ContentType::Exchange)[0];
    let time = |text: &str| chrono::DateTime::parse_from_rfc3339(text).unwrap();
    assert_eq!(time(&oldest.expiration) - time(&oldest.created), Duration::seconds(60));
    assert_eq!(code(&world.fetch(&oldest.uri)), "AF20051");
}

#[test]
fn too_many_requests_are_refused_in_two_ways() {
    let mut options = options(100);
    options.faults.requests_per_minute_max = 3;
    let mut world = World::new(options);
    world.later(15);
    let ask = |world: &World| world.get("subscriptions/list");
    for _ in 0..3 {
        assert_eq!(ask(&world).status, 200);
    }
    let forbidden = ask(&world);
    assert_eq!(forbidden.status, 403);
    assert_eq!(
        text(&forbidden),
        format!(
            "{{'error':{{'code':'AF429','message':'Too many requests. Method=ListSubscriptions, PublisherId={PUBLISHER}'}}}}"
        )
    );
    assert_eq!(forbidden.header("retry-after"), Some("45"));
    let too_many = ask(&world);
    assert_eq!((too_many.status, code(&too_many).as_str()), (429, "AF429"));
    let anonymous =
        world.feed_path("audit/x").replace(&format!("?PublisherIdentifier={PUBLISHER}"), "");
    let answer = world.ask(world.request("GET", &anonymous));
    assert!(
        text(&answer).contains("Method=GetBlob, PublisherId=00000000-0000-0000-0000-000000000000")
    );
    world.later(45);
    assert_eq!(ask(&world).status, 200);
}

#[test]
fn the_service_breaks_on_request() {
    let world = World::of_records(2_000);
    world.start_all();
    let listed = world.list_all(ContentType::Exchange);
    world.emulator.set_faults(Faults { error_rate: 1.0, ..Faults::default() }, world.now).unwrap();
    let mut statuses: Vec<u16> = (0..4).map(|_| world.fetch(&listed[0].uri).status).collect();
    statuses.sort_unstable();
    statuses.dedup();
    assert!(statuses.iter().all(|status| [500, 503].contains(status)), "{statuses:?}");
    world
        .emulator
        .set_faults(
            Faults { cut_body_rate: 1.0, slow_rate: 1.0, slow_ms: 7, ..Faults::default() },
            world.now,
        )
        .unwrap();
    let answer = world.fetch(&listed[0].uri);
    assert!(answer.cut_at.unwrap() < answer.body.len());
    assert_eq!(answer.delay.as_millis(), 7);
}

#[test]
fn dlp_values_need_their_permission() {
    let mut options = options(50_000);
    let secret = |world: &World| {
        world.start(ContentType::Dlp);
        let listed = world.list_all(ContentType::Dlp);
        let bodies: String = listed.iter().map(|it| text(&world.fetch(&it.uri))).collect();
        (
            bodies.contains("DetectedValues"),
            bodies.contains("\"SensitiveInfoDetectionIsIncluded\":true"),
        )
    };
    assert_eq!(secret(&World::new(options.clone())), (true, true));
    options.tenants[0].roles = vec!["ActivityFeed.Read".into()];
    assert_eq!(secret(&World::new(options)), (false, false));
}

#[test]
fn sensitive_types_take_one_language() {
    let world = World::of_records(100);
    let ask = |language: &str| {
        let request = world.request("GET", &world.feed_path("resources/dlpSensitiveTypes"));
        world.ask(if language.is_empty() {
            request
        } else {
            request.with_header("Accept-Language", language)
        })
    };
    assert_eq!(json(&ask(""))[0]["name"], "CreditCardNumber");
    assert_eq!(ask("da-DK").status, 200);
    assert_eq!(code(&ask("da, en")), "AF20053");
    assert_eq!(code(&ask("?!")), "AF20054");
}

#[test]
fn bodies_are_compressed_for_those_who_ask() {
    let world = World::of_records(5_000);
    world.start_all();
    let path = world.feed_path(&format!("subscriptions/content?{EXCHANGE}"));
    let ask =
        || world.ask(world.request("GET", &path).with_header("Accept-Encoding", "gzip, deflate"));
    let answer = ask();
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert!(json(&answer).as_array().unwrap().len() > 1);
    world.emulator.set_faults(Faults { gzip: false, ..Faults::default() }, world.now).unwrap();
    assert_eq!(ask().header("content-encoding"), None);
}

#[test]
fn requests_are_counted() {
    let world = World::of_records(100);
    world.start_all();
    world.ask(world.request(
        "GET",
        &format!("/api/v1.0/{}/activity/feed/subscriptions/list", world.setup.tenant.tenant_id),
    ));
    world.get("subscriptions/list");
    let log = json(&world.ask(emulator::Request::new("GET", "/emulator/log")));
    assert_eq!(log["missing_publisher_identifier"], 1);
    assert_eq!(log["operations"]["ListSubscriptions"]["total"], 2);
    assert_eq!(log["operations"]["ListSubscriptions"]["missing_publisher_identifier"], 1);
    assert_eq!(log["operations"]["StartSubscription"]["by_status"]["200"], 5);
    assert_eq!(world.emulator.requests()["Token"].total, 7);
}

#[test]
fn the_older_window_error_is_kept() {
    let world = World::of_records(100);
    world.start(ContentType::Exchange);
    world
        .emulator
        .set_faults(Faults { old_window_error: true, ..Faults::default() }, world.now)
        .unwrap();
    refuse(
        &world,
        "GET",
        &format!("subscriptions/content?{EXCHANGE}&startTime=2026-09-30"),
        400,
        "AF20030",
        OLD_WINDOW,
    );
}

#[test]
fn publisher_identifiers_are_guids() {
    let world = World::of_records(100);
    let path = format!(
        "/api/v1.0/{}/activity/feed/subscriptions/list?PublisherIdentifier=me",
        world.setup.tenant.tenant_id
    );
    let answer = world.ask(world.request("GET", &path));
    assert_eq!(code(&answer), "AF20002");
    assert!(
        text(&answer).contains("Invalid parameter type: PublisherIdentifier. Expected type: guid")
    );
}

#[test]
fn options_that_cannot_be_used_are_named() {
    let refusal = |change: &dyn Fn(&mut EmulatorOptions)| {
        let mut options = EmulatorOptions::default();
        change(&mut options);
        Emulator::new(options, noon()).unwrap_err().to_string()
    };
    assert!(refusal(&|it| it.tenants.clear()).contains("tenant"));
    assert!(refusal(&|it| it.tenants[0].tenant.tenant_id = "x".into()).contains("tenant_id"));
    assert!(refusal(&|it| it.tenants[0].tenant.domain = "Contoso\"".into()).contains("domain"));
    assert!(refusal(&|it| it.tenants[0].tenant.users = 0).contains("users"));
    assert!(refusal(&|it| it.tenants[0].client_id = "x".into()).contains("client_id"));
    assert!(refusal(&|it| it.tenants.push(it.tenants[0].clone())).contains("share"));
    assert!(refusal(&|it| it.base_url = Some("ftp://x".into())).contains("base_url"));
    assert!(refusal(&|it| it.faults.error_rate = 7.0).contains("error_rate"));
}
