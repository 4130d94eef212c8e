//! What kind of account acted?
//!
//! A service, an application or a person: UserType says it in part, and says Regular of many that
//! are no person. So the form of UserId is asked first, then UserType, then UserKey. Forms as seen
//! in public records; UserType from MicrosoftDocs/office-365-management-api.

use event::{Event, Field};

/// Someone with an account of the tenant, an administrator as well.
const PERSON: &str = "person";
/// A guest, or a technician of a partner.
const EXTERNAL: &str = "external";
/// An application or service principal of Entra.
const APPLICATION: &str = "application";
/// An account that Microsoft's own servers, jobs and operators run under.
const SERVICE: &str = "service";
/// No account: the logic of a service, or a policy.
const SYSTEM: &str = "system";
/// Someone who did not have to sign in.
const ANONYMOUS: &str = "anonymous";

/// What [`Field::ActorKind`] holds; `None` where the record names nobody.
pub fn kind(event: &Event) -> Option<&'static str> {
    let user_id = event.text(Field::UserId).unwrap_or("").trim();
    let user_key = event.text(Field::UserKey).unwrap_or("").trim();
    by_name(user_id)
        .or_else(|| by_guid(event, user_id))
        .or_else(|| by_type(event.int(Field::UserType)?, user_id))
        .or_else(|| by_name(user_key))
        .or_else(|| (!user_id.is_empty() && !is_nobody(user_id)).then_some(PERSON))
}

/// The forms of a name that no person has, or that a guest has.
fn by_name(name: &str) -> Option<&'static str> {
    if let Some((account, domain)) = name.split_once('@') {
        return match () {
            _ if domain.eq_ignore_ascii_case("sharepoint") => Some(APPLICATION),
            _ if starts(account, "urn:spo:") => Some(urn(name)),
            _ if find(account, "#EXT#") => Some(EXTERNAL),
            _ if SERVICE_ACCOUNTS.iter().any(|prefix| starts(account, prefix)) => Some(SERVICE),
            _ => None,
        };
    }
    match () {
        _ if starts(name, "urn:spo:") => Some(urn(name)),
        _ if SERVICES.iter().any(|prefix| starts(name, prefix)) => Some(SERVICE),
        _ if starts(name, "ServicePrincipal_") => Some(APPLICATION),
        _ if name.eq_ignore_ascii_case("Application") => Some(APPLICATION),
        _ if name.eq_ignore_ascii_case("anonymous") => Some(ANONYMOUS),
        _ if name.eq_ignore_ascii_case("Certificate") => Some(SERVICE),
        _ if name.eq_ignore_ascii_case("app@sharepoint") => Some(APPLICATION),
        _ => None,
    }
}

/// Names, and beginnings of names, of Microsoft's services: Windows' own accounts, the agents of
/// the compliance services, and the operators of the data centres.
const SERVICES: &[&str] = &[
    "NT AUTHORITY\\",
    "NT SERVICE\\",
    "SHAREPOINT\\system",
    "Microsoft\\ServiceOperator",
    "Microsoft Substrate Management",
    "Microsoft Exchange",
    "Microsoft Operator",
    "Microsoft Teams Sync",
    "FfoServicePartnerUser",
    "SecurityComplianceAlerts",
    "DlpAgent",
    "ThreatIntel",
    "System",
    "S-1-5-18",
    "S-1-5-19",
    "S-1-5-20",
    "S-1-0-0",
    "HealthMailbox",
];

/// Beginnings of mailboxes that Exchange itself owns.
const SERVICE_ACCOUNTS: &[&str] = &[
    "HealthMailbox",
    "SystemMailbox{",
    "DiscoverySearchMailbox{",
    "FederatedEmail.",
    "Migration.",
];

/// SharePoint's accounts without an account: `urn:spo:anon#...`, `urn:spo:guest#ann@fabrikam.example`.
fn urn(name: &str) -> &'static str {
    match () {
        _ if find(name, "anon#") => ANONYMOUS,
        _ if find(name, "guest#") => EXTERNAL,
        _ => SERVICE,
    }
}

/// An object id for a name is an application's, but for the sign-ins of users, which name whom
/// they do not know by it.
fn by_guid(event: &Event, user_id: &str) -> Option<&'static str> {
    if !is_guid(user_id) {
        return None;
    }
    let sign_in = matches!(event.int(Field::RecordType), Some(9 | 15));
    match event.int(Field::UserType) {
        Some(0 | 2) | None if sign_in => Some(PERSON),
        Some(4) => Some(SYSTEM),
        Some(10) => Some(EXTERNAL),
        _ => Some(APPLICATION),
    }
}

fn by_type(user_type: i64, user_id: &str) -> Option<&'static str> {
    match user_type {
        0 | 2 if !is_nobody(user_id) => Some(PERSON),
        // Data-centre administrators and system accounts.
        3 => Some(SERVICE),
        4 | 7 | 8 => Some(SYSTEM),
        5 | 6 => Some(APPLICATION),
        9 | 10 => Some(EXTERNAL),
        _ => None,
    }
}

/// What services write where there is nobody to name.
fn is_nobody(name: &str) -> bool {
    ["", "Not Available", "NOT-FOUND", "__NULL__", "Unknown", "-"]
        .iter()
        .any(|word| name.eq_ignore_ascii_case(word))
}

fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn starts(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

fn find(text: &str, part: &str) -> bool {
    text.as_bytes().windows(part.len()).any(|w| w.eq_ignore_ascii_case(part.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use event::{Cell, Key, Value};

    #[test]
    fn accounts_are_told_apart() {
        let guid = "2f2d6c1e-aaaa-4222-8333-0123456789ab";
        let user = "ann@contoso.example";
        for (user_id, user_type, user_key, record_type, kind) in [
            (user, Some(0), "10032000ABCDEF01", 6, Some(PERSON)),
            (user, Some(2), "", 1, Some(PERSON)),
            (user, None, "", 1, Some(PERSON)),
            ("ann@contoso.onmicrosoft.com", Some(0), "", 1, Some(PERSON)),
            ("CONTOSO\\ann", Some(0), "", 1, Some(PERSON)),
            ("S-1-5-21-1-2-3-1104", Some(0), "", 1, Some(PERSON)),
            ("bob_fabrikam.example#EXT#@contoso.onmicrosoft.com", Some(0), "", 6, Some(EXTERNAL)),
            (user, Some(10), "", 6, Some(EXTERNAL)),
            (user, Some(9), "", 8, Some(EXTERNAL)),
            ("urn:spo:guest#bob@fabrikam.example", Some(0), "", 6, Some(EXTERNAL)),
            ("urn:spo:anon#00ff", Some(0), "", 6, Some(ANONYMOUS)),
            ("urn:spo:tenantanon#00ff", Some(0), "", 6, Some(ANONYMOUS)),
            ("anonymous", Some(0), "", 6, Some(ANONYMOUS)),
            (
                "NT AUTHORITY\\SYSTEM (Microsoft.Exchange.ServiceHost)",
                Some(3),
                "",
                1,
                Some(SERVICE),
            ),
            ("NT AUTHORITY\\SYSTEM (w3wp)", Some(2), "", 1, Some(SERVICE)),
            ("S-1-5-18", Some(2), "S-1-5-18", 2, Some(SERVICE)),
            ("SHAREPOINT\\system", Some(0), "", 4, Some(SERVICE)),
            ("Microsoft\\ServiceOperator", Some(0), "S-1-0-0", 4, Some(SERVICE)),
            ("Microsoft Substrate Management", Some(0), "", 8, Some(SERVICE)),
            ("SystemMailbox{1f05a927}@contoso.example", Some(0), "", 2, Some(SERVICE)),
            ("SecurityComplianceAlerts", Some(4), "", 40, Some(SERVICE)),
            ("Certificate", Some(4), "Not Available", 8, Some(SERVICE)),
            ("ann", Some(3), "", 1, Some(SERVICE)),
            ("app@sharepoint", Some(0), "i:0i.t|00000003|app@sharepoint", 14, Some(APPLICATION)),
            ("ServicePrincipal_2f2d6c1e", Some(4), "Not Available", 8, Some(APPLICATION)),
            ("NOT-FOUND", Some(5), "NOT-FOUND", 52, Some(APPLICATION)),
            ("Backup", Some(5), "", 25, Some(APPLICATION)),
            (guid, Some(0), guid, 52, Some(APPLICATION)),
            (guid, Some(6), "", 8, Some(APPLICATION)),
            (guid, Some(4), "__NULL__", 295, Some(SYSTEM)),
            (guid, Some(0), "", 15, Some(PERSON)),
            (user, Some(4), "DlpAgent", 13, Some(SYSTEM)),
            ("", Some(7), "", 1, Some(SYSTEM)),
            ("", None, "S-1-5-18", 1, Some(SERVICE)),
            ("Not Available", Some(0), "Not Available", 15, None),
            ("", None, "", 1, None),
        ] {
            let mut event = Event::new(Key { id: 0, content: 0 }, b"", Value::Null);
            event.set_text(Field::UserId, user_id);
            event.set_text(Field::UserKey, user_key);
            event.set(Field::RecordType, Cell::Int(record_type));
            if let Some(user_type) = user_type {
                event.set(Field::UserType, Cell::Int(user_type));
            }
            assert_eq!(super::kind(&event), kind, "{user_id} {user_type:?} {user_key}");
        }
    }
}
