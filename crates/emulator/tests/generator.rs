//! Is the generated tenant believable, and the same each time?

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use chrono::{DateTime, Datelike, Timelike, Utc};
use emulator::{ContentType, Generated, Generator, Scenario, TenantOptions};
use serde_json::Value;

fn end() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-09-30T12:00:00Z").unwrap().to_utc()
}

fn options(records: u64) -> TenantOptions {
    TenantOptions {
        records,
        end_time: Some(end()),
        scenarios: Scenario::ALL.to_vec(),
        ..TenantOptions::default()
    }
}

fn generate(options: TenantOptions) -> Vec<(Generated, Value)> {
    let generator = Generator::new(options).unwrap();
    let read = |record: Generated| {
        let value = serde_json::from_slice(&record.json)
            .unwrap_or_else(|error| panic!("{error} in {}", String::from_utf8_lossy(&record.json)));
        (record, value)
    };
    generator.iter().map(read).collect()
}

/// One tenant for the tests that only look: enough records for the rarest kinds to occur.
static TENANT: LazyLock<Vec<(Generated, Value)>> = LazyLock::new(|| generate(options(40_000)));

fn text<'a>(record: &'a Value, name: &str) -> &'a str {
    record[name].as_str().unwrap_or_default()
}

fn is_service(record: &Value) -> bool {
    let user = text(record, "UserId");
    matches!(record["UserType"].as_u64(), Some(3..=6))
        || user.starts_with("NT AUTHORITY")
        || matches!(user, "S-1-5-18" | "app@sharepoint")
}

#[test]
fn equal_options_make_equal_tenants() {
    let lines = |options: TenantOptions| {
        let generator = Generator::new(options).unwrap();
        let mut out = Vec::new();
        generator.write_ndjson(0..generator.len(), &mut out).unwrap();
        out
    };
    assert_eq!(lines(options(3_000)), lines(options(3_000)));
    let other = TenantOptions { seed: 366, ..options(3_000) };
    assert_ne!(lines(options(3_000)), lines(other));
}

#[test]
fn any_range_is_a_piece_of_the_whole() {
    let generator = Generator::new(options(2_000)).unwrap();
    let write = |range| {
        let mut out = Vec::new();
        assert_eq!(generator.write_ndjson(range, &mut out).unwrap(), out.len() as u64);
        out
    };
    let whole = write(0..generator.len());
    let pieces =
        [write(0..1), write(1..777), write(777..777), write(777..generator.len())].concat();
    assert!(whole == pieces);
    assert!(write(generator.len()..u64::MAX).is_empty());
}

#[test]
fn every_record_is_json_with_the_common_fields() {
    let records = &*TENANT;
    let mut ids = HashSet::new();
    let mut kinds = HashSet::new();
    for (_, record) in records {
        assert!(ids.insert(text(record, "Id").to_owned()));
        for name in ["CreationTime", "Operation", "OrganizationId", "Workload"] {
            assert!(!text(record, name).is_empty(), "{name} in {record}");
        }
        for name in ["UserId", "UserKey"] {
            assert!(record[name].is_string(), "{name} in {record}");
        }
        assert_eq!(record["Version"], 1);
        assert!(record["RecordType"].is_u64() && record["UserType"].is_u64());
        kinds.insert((
            text(record, "Workload"),
            text(record, "Operation"),
            record["RecordType"].as_u64(),
        ));
    }
    assert!(kinds.len() > 190, "{}", kinds.len());
    let bytes: usize = records.iter().map(|(generated, _)| generated.json.len()).sum();
    assert!((1_200..1_450).contains(&(bytes / records.len())), "{}", bytes / records.len());
}

#[test]
fn records_come_in_the_order_of_time_and_end_before_the_end() {
    let records = &*TENANT;
    assert!(records.windows(2).all(|pair| pair[0].0.creation_time <= pair[1].0.creation_time));
    for (generated, record) in records {
        let written = generated.creation_time.format("%Y-%m-%dT%H:%M:%S").to_string();
        assert_eq!(text(record, "CreationTime"), written);
    }
    assert!(records[0].0.creation_time >= end() - chrono::Duration::days(7));
    assert!(records[records.len() - 1].0.creation_time < end());
    let latest = records
        .iter()
        .rev()
        .take(20)
        .all(|(it, _)| it.creation_time > end() - chrono::Duration::hours(2));
    assert!(latest, "a demo shows events of the last hours");
}

#[test]
fn about_two_thirds_are_services() {
    let records = &*TENANT;
    let services = records.iter().filter(|(_, record)| is_service(record)).count();
    let share = services as f64 / records.len() as f64;
    assert!((0.60..=0.72).contains(&share), "{share}");
}

#[test]
fn people_work_by_day_and_services_always() {
    let records = &*TENANT;
    let (mut by_hour, mut weekend, mut weekday) = ([0_u32; 24], 0, 0);
    let mut services_by_hour = [0_u32; 24];
    for (generated, record) in records {
        let time = generated.creation_time;
        let weekend_day = time.weekday().number_from_monday() > 5;
        if is_service(record) {
            services_by_hour[time.hour() as usize] += 1;
        } else if weekend_day {
            weekend += 1;
        } else {
            weekday += 1;
            by_hour[time.hour() as usize] += 1;
        }
    }
    // Most offices lie in Europe and America: 14:00 UTC is busy, 23:00 is not.
    assert!(by_hour[14] > 5 * by_hour[23], "{by_hour:?}");
    assert!(weekday > 12 * weekend, "{weekday} and {weekend}");
    let (least, most) =
        (services_by_hour.iter().min().unwrap(), services_by_hour.iter().max().unwrap());
    assert!(most < &(least * 2), "{services_by_hour:?}");
}

#[test]
fn all_content_types_and_workloads_occur() {
    let records = &*TENANT;
    let mut content_types: BTreeMap<ContentType, u64> = BTreeMap::new();
    let mut workloads: HashSet<&str> = HashSet::new();
    let mut record_types: HashSet<u64> = HashSet::new();
    for (generated, record) in records {
        *content_types.entry(generated.content_type).or_default() += 1;
        workloads.insert(text(record, "Workload"));
        record_types.insert(record["RecordType"].as_u64().unwrap());
    }
    assert_eq!(content_types.len(), 5);
    for workload in [
        "Exchange",
        "SharePoint",
        "OneDrive",
        "AzureActiveDirectory",
        "MicrosoftTeams",
        "SecurityComplianceCenter",
        "ThreatIntelligence",
        "Yammer",
        "PowerBI",
        "MicrosoftForms",
        "MicrosoftFlow",
        "PowerApps",
        "Planner",
        "CRM",
        "Copilot",
        "Quarantine",
        "AirInvestigation",
        "Endpoint",
        "PublicEndpoint",
        "ComplianceManager",
        "PowerPlatform",
    ] {
        assert!(workloads.contains(workload), "{workload}");
    }
    for record_type in [
        1, 2, 3, 4, 6, 8, 11, 13, 14, 15, 18, 20, 21, 22, 25, 28, 36, 40, 43, 50, 52, 56, 63, 64,
        65, 66, 83, 261,
    ] {
        assert!(record_types.contains(&record_type), "{record_type}");
    }
}

#[test]
fn the_oddities_of_real_tenants_occur() {
    let records = &*TENANT;
    let any = |test: &dyn Fn(&Value) -> bool| records.iter().any(|(_, record)| test(record));
    let address =
        |test: fn(&str) -> bool| any(&move |record| record["ClientIP"].as_str().is_some_and(test));
    assert!(address(|ip| ip.parse::<std::net::Ipv4Addr>().is_ok()), "v4");
    assert!(address(|ip| ip.parse::<std::net::Ipv6Addr>().is_ok()), "v6");
    assert!(address(|ip| ip.parse::<std::net::SocketAddrV4>().is_ok()), "v4 with port");
    assert!(address(|ip| ip.parse::<std::net::SocketAddrV6>().is_ok()), "v6 with port");
    assert!(address(str::is_empty), "empty");
    assert!(any(&|record| record.get("ClientIP").is_none()), "absent");
    assert!(any(&|record| record["ClientIPAddress"].is_string()), "ClientIPAddress");
    assert!(any(&|record| text(record, "OriginatingServer").ends_with("\r\n")), "CRLF");
    assert!(any(&|record| text(record, "Operation")
        == "Update application – Certificates and secrets management "));
    assert!(any(&|record| text(record, "UserId").starts_with("ServicePrincipal_")));
    assert!(any(&|record| text(record, "UserId").len() == 36
        && text(record, "UserId").matches('-').count() == 4));
    for user in [
        "app@sharepoint",
        "S-1-5-18",
        "Certificate",
        "NOT-FOUND",
        r"NT AUTHORITY\SYSTEM (Microsoft.Exchange.ServiceHost)",
    ] {
        assert!(any(&|record| text(record, "UserId") == user), "{user}");
    }
    assert!(any(&|record| text(record, "UserId").starts_with("urn:spo:anon#")));
    for status in ["True", "Succeeded", "Success", "Successful", "TRUE", "1"] {
        assert!(any(&|record| text(record, "ResultStatus") == status), "{status}");
    }
    assert!(any(&|record| record.get("ResultStatus").is_none()));
    // One person in two spellings.
    let users: HashSet<&str> = records.iter().map(|(_, record)| text(record, "UserId")).collect();
    assert!(users.iter().any(|user| user.contains('@')
        && user.to_lowercase() != **user
        && users.contains(user.to_lowercase().as_str())));
    // JSON inside strings.
    let inner = |record: &Value, pointer: &str| {
        record
            .pointer(pointer)
            .and_then(Value::as_str)
            .is_some_and(|text| serde_json::from_str::<Value>(text).is_ok_and(|it| it.is_object()))
    };
    assert!(any(&|record| inner(record, "/Data")), "alert data");
    assert!(any(&|record| inner(record, "/ExtendedProperties/0/Value")), "additional details");
    assert!(any(&|record| record
        .pointer("/ModifiedProperties/0/NewValue")
        .is_some_and(|value| value == "[\r\n  true\r\n]")));
    assert!(any(&|record| text(record, "EventData").contains("<Permissions granted>")));
    // Attackers write subjects, and record types are newer than any list.
    let subject = |start: &str| any(&|record| text(record, "Subject").starts_with(start));
    assert!(subject("=HYPERLINK(") && subject("<img") && subject("\u{1b}[2J"));
    assert!(any(&|record| text(record, "Subject").contains('\u{202e}')));
    assert!(any(&|record| record["RecordType"].as_u64() > Some(1_000)));
    // Properties as strings, as objects, not at all; parameters as a list and as a command line.
    assert!(any(&|record| record.pointer("/ModifiedProperties/0").is_some_and(Value::is_string)));
    assert!(any(&|record| record.pointer("/ModifiedProperties/0").is_some_and(Value::is_object)));
    assert!(any(&|record| record["Parameters"].is_array()));
    assert!(any(&|record| record["Parameters"].is_string()));
}

#[test]
fn addresses_are_documentation_or_private_ones() {
    for (_, record) in &*TENANT {
        for name in ["ClientIP", "ClientIPAddress", "ActorIpAddress", "SenderIp", "UserIp"] {
            let address = text(record, name);
            let allowed = address.is_empty()
                || [
                    "192.0.2.",
                    "198.51.100.",
                    "203.0.113.",
                    "2001:db8:",
                    "[2001:db8:",
                    "10.",
                    "::1",
                ]
                .iter()
                .any(|start| address.starts_with(start));
            assert!(allowed, "{name} {address}");
        }
    }
}

#[test]
fn people_sign_in_where_they_work() {
    let records = &*TENANT;
    // The session of a day joins sign-ins and mailbox records.
    let mut sign_ins: HashMap<&str, &str> = HashMap::new();
    for (_, record) in records {
        for property in record["DeviceProperties"].as_array().into_iter().flatten() {
            if property["Name"] == "SessionId" {
                sign_ins.insert(property["Value"].as_str().unwrap(), text(record, "UserId"));
            }
        }
    }
    let joined: Vec<bool> = records
        .iter()
        .filter(|(_, record)| record["RecordType"] == 50 && !is_service(record))
        .filter_map(|(_, record)| {
            sign_ins.get(text(record, "SessionId")).map(|user| *user == text(record, "UserId"))
        })
        .collect();
    assert!(joined.len() > 500);
    assert!(joined.iter().all(|same| *same));
}

#[test]
fn stories_are_in_the_records() {
    let generator = Generator::new(options(5_000)).unwrap();
    let records: HashMap<String, Value> = generator
        .iter()
        .map(|generated| serde_json::from_slice::<Value>(&generated.json).unwrap())
        .map(|record| (text(&record, "Id").to_owned(), record))
        .collect();
    assert_eq!(generator.stories().len(), 5);
    for story in generator.stories() {
        let planted: Vec<&Value> = story.record_ids.iter().map(|id| &records[id]).collect();
        let count = |operation: &str| {
            planted.iter().filter(|record| text(record, "Operation") == operation).count()
        };
        let least = match story.scenario {
            Scenario::BusinessEmailCompromise => vec![
                ("New-InboxRule", 1),
                ("MailItemsAccessed", 20),
                ("Send", 1),
                ("HardDelete", 1),
            ],
            Scenario::PasswordSpray => vec![("UserLoginFailed", 100), ("UserLoggedIn", 1)],
            Scenario::MassDownload => vec![("FileDownloaded", 150)],
            Scenario::IllicitConsent => vec![
                ("Consent to application.", 1),
                ("Add service principal.", 1),
                ("MailItemsAccessed", 20),
            ],
            Scenario::NonOwnerAccess => {
                vec![("Add-MailboxPermission", 1), ("MailItemsAccessed", 15), ("SendAs", 1)]
            }
        };
        for (operation, least) in least {
            assert!(
                count(operation) >= least,
                "{}: {operation} {}",
                story.scenario,
                count(operation)
            );
        }
        let times: Vec<&str> = planted.iter().map(|record| text(record, "CreationTime")).collect();
        assert_eq!(times.iter().min(), Some(&story.first.as_str()));
        assert_eq!(times.iter().max(), Some(&story.last.as_str()));
        assert!(
            story.story.ends_with('.')
                && !story.victims.is_empty()
                && !story.attacker_addresses.is_empty()
        );
    }
}

#[test]
fn small_tenants_work_too() {
    for (users, records, days) in [(1, 50, 1), (3, 0, 1), (25, 500, 2), (2_000, 2_000, 30)] {
        let options = TenantOptions { users, days, ..options(records) };
        let generator = Generator::new(options).unwrap();
        assert_eq!(generator.iter().count() as u64, generator.len());
    }
}

#[test]
fn scenarios_are_known_by_name() {
    for scenario in Scenario::ALL {
        assert_eq!(scenario.name().parse(), Ok(scenario));
    }
    assert!("ransomware".parse::<Scenario>().unwrap_err().contains("password-spray"));
}
