//! What does one sign-in say, whichever log tells it?
//!
//! The unified audit log (UserLoggedIn, UserLoginFailed), Graph's signIns, the portal's downloads and
//! the diagnostic settings name the same things differently.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use event::{Address, Event, Field};

use super::client::{family, is_legacy};
use crate::question::told;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Opened,
    /// Asked for more, a second factor for instance; neither opened nor failed.
    Interrupted,
    Failed,
}

pub struct SignIn {
    /// The same in every log that tells it.
    pub id: String,
    pub time: Option<i64>,
    pub user: String,
    pub address: String,
    /// City and country where the record says, else the network.
    pub place: String,
    pub client: String,
    pub application: String,
    pub protocol: String,
    pub legacy: bool,
    pub ending: Ending,
    /// 0 where it opened.
    pub error: i64,
    /// The record's own name for the error.
    pub reason: String,
}

/// Where a record does not say.
const NOT_TOLD: &str = "not told";

const ERRORS: &[&str] = &[
    "ErrorNumber",
    "status.errorCode",
    "Sign-in error code",
    "ErrorCode",
    "ResultType",
    "properties.status.errorCode",
];
const REASONS: &[&str] = &[
    "LogonError",
    "status.failureReason",
    "Failure reason",
    "ResultDescription",
    "properties.status.failureReason",
];
const APPLICATIONS: &[&str] =
    &["appDisplayName", "Application", "properties.appDisplayName", "ApplicationDisplayName"];
const PROTOCOLS: &[&str] =
    &["clientAppUsed", "Client app", "properties.clientAppUsed", "ExtendedProperties.RequestType"];

impl SignIn {
    pub fn of(event: &Event) -> SignIn {
        let body = &event.body;
        let user_agent = told::column(event, Field::UserAgent);
        let protocol = told::text(body, PROTOCOLS).unwrap_or_else(|| NOT_TOLD.to_owned());
        let address = told::column(event, Field::ClientAddress);
        let error = told::number(body, ERRORS)
            .or_else(|| event.text(Field::ResultStatus)?.trim().parse().ok())
            .unwrap_or(0);
        SignIn {
            // Graph's id and the portal's request are called so in the unified audit log.
            id: told::text(body, &["IntraSystemId"])
                .map_or_else(|| told::folded(event, Field::Id), |id| event::fold(&id)),
            time: told::time(event),
            user: told::folded(event, Field::UserId),
            place: place(event).unwrap_or_else(|| network(&address)),
            address,
            client: family(&user_agent),
            application: told::text(body, APPLICATIONS)
                .or_else(|| told::text(body, &["ApplicationId", "appId"]))
                .unwrap_or_else(|| NOT_TOLD.to_owned()),
            legacy: is_legacy(&protocol, &user_agent),
            protocol,
            ending: ending(event),
            error,
            reason: told::text(body, REASONS).unwrap_or_default(),
        }
    }
}

fn ending(event: &Event) -> Ending {
    match event.text(Field::Outcome) {
        Some("success") => Ending::Opened,
        Some("interrupted") => Ending::Interrupted,
        _ => Ending::Failed,
    }
}

fn place(event: &Event) -> Option<String> {
    let at = |name: &str| {
        let within = format!("properties.location.{name}");
        told::text(&event.body, &[&format!("location.{name}"), &within])
    };
    match (at("city"), at("countryOrRegion")) {
        (Some(city), Some(country)) => Some(format!("{city}, {country}")),
        (None, Some(country)) => Some(country),
        (Some(city), None) => Some(city),
        // The portal writes one text.
        (None, None) => {
            let text = told::text(&event.body, &["Location"])?;
            (!text.starts_with('{')).then_some(text)
        }
    }
}

/// The block that mostly belongs to one customer: /24, or /48 of IPv6.
pub fn network(address: &str) -> String {
    match Address::parse(address).map(|address| address.ip) {
        None => "no address".to_owned(),
        Some(IpAddr::V4(ip)) => {
            let [a, b, c, _] = ip.octets();
            format!("{}/24", Ipv4Addr::new(a, b, c, 0))
        }
        Some(IpAddr::V6(ip)) => {
            let [a, b, c, ..] = ip.segments();
            format!("{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    }
}
