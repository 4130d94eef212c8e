//! `auditLogs/signIns`: who signed in to what, from where, and did it work?
//!
//! v1.0 shows the interactive sign-ins of people. beta does the same unless its filter names
//! another kind in signInEventTypes, and adds properties.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Call;
use super::error::GraphError;
use super::filter::Filter;
use super::late::{self, named};
use super::page::{self, Shape};
use crate::clock::Millis;
use crate::publication::Publication;
use crate::random::{Guid, blend_text};
use crate::record::sign_in::ERRORS;
use crate::tenant::apps;
use crate::tenant::{Office, Tenant};

/// AzureActiveDirectoryStsLogon
const RECORD_TYPE: u16 = 15;
const EVENT_TYPES: &str = "signInEventTypes";
const INTERACTIVE: &str = "interactiveUser";

/// Where addresses lie that belong to no office: a city, its country, latitude and longitude.
const ELSEWHERE: [(&str, &str, f64, f64); 4] = [
    ("Lagos", "NG", 6.45, 3.39),
    ("Bucharest", "RO", 44.43, 26.1),
    ("Sao Paulo", "BR", -23.55, -46.63),
    ("Jakarta", "ID", -6.2, 106.85),
];

pub(super) fn answer(call: &Call<'_>, id: Option<&str>) -> Result<String, GraphError> {
    let filter = Filter::read(call.option("filter").as_deref())?;
    let publication = call.publication();
    let tenant = &publication.generator.tenant;
    let make = |origin: &_| sign_in(&late::record(&publication, origin), tenant, call.beta);
    let range = filter.range("createdDateTime");
    let rows = late::rows(&publication, RECORD_TYPE, range, call.now);
    if let Some(id) = id {
        let found = rows.iter().map(|(_, origin)| make(origin)).find(|row| row["id"] == id);
        return found.map(|row| row.to_string()).ok_or_else(|| GraphError::not_found(id));
    }
    let wanted = match filter.any_of(EVENT_TYPES) {
        Some(kind) if call.beta => kind,
        _ => INTERACTIVE,
    };
    let shape = Shape {
        path: "auditLogs/signIns".into(),
        time: "createdDateTime",
        page_default: 1_000,
        page_max: 1_000,
    };
    page::answer(call, &shape, rows, |origin| {
        let mut row = make(origin);
        if row[EVENT_TYPES][0] != wanted || !filter.admits(&row) {
            return None;
        }
        if !call.beta
            && let Some(row) = row.as_object_mut()
        {
            row.remove(EVENT_TYPES);
        }
        Some(row.to_string())
    })
}

/// How many sign-ins of each kind can be read by now.
pub(super) fn counts(publication: &Publication<'_>, now: Millis) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    for (_, origin) in late::rows(publication, RECORD_TYPE, (None, None), now) {
        *counts.entry(event_type(&late::record(publication, &origin))).or_insert(0) += 1;
    }
    counts
}

/// A sign-in as Graph shows it, from the record that the feed publishes of it.
fn sign_in(record: &Value, tenant: &Tenant, beta: bool) -> Value {
    let text = |name: &str| record[name].as_str().unwrap_or_default();
    let kind = event_type(record);
    let number: i64 = text("ErrorNumber").parse().unwrap_or(0);
    let by_program = kind == "servicePrincipal";
    let person = Guid::parse(text("UserKey"))
        .and_then(|id| tenant.people.iter().find(|person| person.object_id == id));
    let principal = text("UserId").strip_prefix("ServicePrincipal_").unwrap_or_default();
    let extended = &record["ExtendedProperties"];
    let resource = text("ObjectId");
    let mut row = json!({
        "id": text("IntraSystemId"),
        "createdDateTime": format!("{}Z", text("CreationTime")),
        "userDisplayName": person.map_or("", |person| &person.display),
        "userPrincipalName": if by_program { String::new() } else { text("UserId").to_lowercase() },
        "userId": if by_program { "" } else { text("UserKey") },
        "appId": text("ApplicationId"),
        "appDisplayName": app_name(text("ApplicationId")),
        "ipAddress": text("ClientIP"),
        "userAgent": named(extended, "UserAgent"),
        "clientAppUsed": client_app(record),
        "correlationId": text("InterSystemsId"),
        "conditionalAccessStatus": access_status(number),
        "isInteractive": kind == INTERACTIVE,
        "riskDetail": "none",
        "riskLevelAggregated": "none",
        "riskLevelDuringSignIn": "none",
        "riskState": "none",
        "riskEventTypes": [],
        "riskEventTypes_v2": [],
        "resourceDisplayName": app_name(resource),
        "resourceId": resource,
        "resourceTenantId": tenant.id,
        "homeTenantId": tenant.id,
        "servicePrincipalId": principal,
        "servicePrincipalName": if by_program { app_name(text("ApplicationId")) } else { "" },
        "authenticationAppDeviceDetails": null,
        "status": status(number),
        "deviceDetail": device(record),
        "location": location(tenant, person.map(|it| it.office), text("ClientIP")),
        "appliedConditionalAccessPolicies": policies(number),
        EVENT_TYPES: [kind],
    });
    if beta {
        add_beta(&mut row, record, number);
    }
    row
}

/// Token requests happen without the person; programs sign in as themselves.
fn event_type(record: &Value) -> &'static str {
    if record["UserType"] == 4 {
        return "servicePrincipal";
    }
    match named(&record["ExtendedProperties"], "RequestType") {
        "OAuth2:Token" => "nonInteractiveUser",
        _ => INTERACTIVE,
    }
}

fn add_beta(row: &mut Value, record: &Value, number: i64) {
    let strong = number == 50074 || number == 50076 || number == 500_121;
    row["authenticationRequirement"] =
        if strong { "multiFactorAuthentication" } else { "singleFactorAuthentication" }.into();
    row["authenticationProtocol"] = "none".into();
    row["incomingTokenType"] = "none".into();
    row["crossTenantAccessType"] = "none".into();
    row["sessionId"] = named(&record["DeviceProperties"], "SessionId").into();
    row["tokenIssuerType"] = "AzureAD".into();
    row["userType"] = "member".into();
    row["uniqueTokenIdentifier"] = record["IntraSystemId"].clone();
    row["flaggedForReview"] = false.into();
    row["processingTimeInMilliseconds"] = 120.into();
    row["autonomousSystemNumber"] = 64_496.into();
}

fn status(number: i64) -> Value {
    let name = ERRORS.iter().find(|(known, _)| known.parse() == Ok(number)).map(|(_, name)| *name);
    json!({
        "errorCode": number,
        "failureReason": if number == 0 { "Other." } else { name.unwrap_or("Unknown") },
        "additionalDetails": (number == 500_121).then_some("MFA denied; user declined the authentication"),
    })
}

fn access_status(number: i64) -> &'static str {
    match number {
        53003 => "failure",
        0 | 50074 | 50076 => "success",
        _ => "notApplied",
    }
}

fn policies(number: i64) -> Value {
    let result = match access_status(number) {
        "notApplied" => return json!([]),
        result => result,
    };
    json!([{
        "id": "6f1d7a52-3c0e-4b8a-9f21-5d0c7b9e4a10",
        "displayName": "Require multifactor authentication",
        "enforcedGrantControls": ["Mfa"],
        "enforcedSessionControls": [],
        "result": result,
    }])
}

fn client_app(record: &Value) -> &'static str {
    match named(&record["DeviceProperties"], "OS") {
        "" => "",
        "Ios" | "Android" => "Mobile Apps and Desktop clients",
        _ => "Browser",
    }
}

fn device(record: &Value) -> Value {
    let list = &record["DeviceProperties"];
    let managed = named(list, "IsCompliantAndManaged") == "True";
    json!({
        "deviceId": named(list, "Id"),
        "displayName": named(list, "DisplayName"),
        "operatingSystem": named(list, "OS"),
        "browser": named(list, "BrowserType"),
        "isCompliant": named(list, "IsCompliant") == "True",
        "isManaged": managed,
        "trustType": if managed { "Azure AD joined" } else { "" },
    })
}

/// The office the address belongs to, else that of the person if the address is one of theirs.
fn location(tenant: &Tenant, office: Option<usize>, address: &str) -> Value {
    let by_address = tenant.offices.iter().find(|it| it.addresses.iter().any(|own| own == address));
    let at_home = address.starts_with("198.51.100.") || address.starts_with("2001:db8:");
    let office = by_address.or_else(|| office.filter(|_| at_home).map(|at| &tenant.offices[at]));
    let (city, country, latitude, longitude) = match office {
        Some(office) => place(office),
        // Programs run in data centres, under private addresses here.
        None if address.starts_with("10.") || at_home => ("Dublin", "IE".into(), 53.35, -6.26),
        None => {
            let at = blend_text(3, address) as usize % ELSEWHERE.len();
            let (city, country, latitude, longitude) = ELSEWHERE[at];
            (city, country.into(), latitude, longitude)
        }
    };
    json!({
        "city": city,
        "state": city,
        "countryOrRegion": country,
        "geoCoordinates": {"altitude": null, "latitude": latitude, "longitude": longitude},
    })
}

fn place(office: &Office) -> (&'static str, String, f64, f64) {
    let (latitude, longitude) = match office.city {
        "Copenhagen" => (55.68, 12.57),
        "London" => (51.51, -0.13),
        "New York" => (40.71, -74.01),
        "Bengaluru" => (12.97, 77.59),
        "Singapore" => (1.29, 103.85),
        _ => (37.77, -122.42),
    };
    (office.city, office.country.to_uppercase(), latitude, longitude)
}

fn app_name(id: &str) -> &'static str {
    let known = [&apps::EXCHANGE_ONLINE, &apps::SHAREPOINT_ONLINE, &apps::GRAPH];
    known
        .into_iter()
        .chain(&apps::SIGN_IN)
        .chain(&apps::CUSTOMER)
        .find(|app| app.id == id)
        .map_or("Windows Azure Active Directory", |app| app.name)
}
