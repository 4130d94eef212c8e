//! `security/auditLog/queries/{id}/records`: what did a search of the audit log find?
//!
//! Records are those of the feed, letter for letter, in an envelope.

use serde_json::Value;
use serde_json::json;

use super::Call;
use super::audit_search::{self, Filters, Query};
use super::error::GraphError;
use super::page::{self, Position, Shape};
use super::record_type_names;
use crate::content_type::ContentType;
use crate::publication::{Origin, Publication};
use crate::record::{CATALOG, Kind};

/// What stands in front of a record's own fields.
const ODATA_TYPE: &str = r##"{"@odata.type":"#microsoft.graph.security.defaultAuditData","##;

/// auditLogUserType by number.
const USER_TYPES: [&str; 11] = [
    "Regular",
    "Reserved",
    "Admin",
    "DcAdmin",
    "System",
    "Application",
    "ServicePrincipal",
    "CustomPolicy",
    "SystemPolicy",
    "PartnerTechnician",
    "Guest",
];

pub(super) fn answer(call: &Call<'_>, id: &str) -> Result<String, GraphError> {
    let query = audit_search::succeeded(call, id)?;
    let publication = call.publication();
    let shape = Shape {
        path: format!("security/auditLog/queries('{id}')/records"),
        time: "createdDateTime",
        // Both figures as other collectors saw them.
        page_default: 150,
        page_max: 1_000,
    };
    let dlp_values = call.setup().roles.iter().any(|role| role == "ActivityFeed.ReadDlp");
    page::answer(call, &shape, candidates(&publication, &query), |origin| {
        let text = written(&publication, origin, dlp_values);
        let record = serde_json::from_str(&text).unwrap_or_default();
        admits(&query.filters, &record, &text).then(|| envelope(&record, &text))
    })
}

/// How many records a search finds.
pub(super) fn count(call: &Call<'_>, query: &Query) -> u64 {
    let publication = call.publication();
    let candidates = candidates(&publication, query);
    if !query.filters.looks_inside() {
        return candidates.len() as u64;
    }
    let found = candidates.iter().filter(|(_, origin)| {
        let text = written(&publication, origin, true);
        admits(&query.filters, &serde_json::from_str(&text).unwrap_or_default(), &text)
    });
    found.count() as u64
}

/// The records of the span that were published when the search was submitted and whose kind fits.
fn candidates(publication: &Publication<'_>, query: &Query) -> Vec<(Position, Origin)> {
    let Some((from, until)) = query.filters.span() else { return Vec::new() };
    let mut found = Vec::new();
    for content_type in ContentType::ALL {
        let happened = publication.happened(content_type, from, until.min(query.submitted));
        let fitting = happened.into_iter().filter(|it| {
            it.published <= query.submitted
                && query.filters.fits_kind(CATALOG.kinds[publication.kind_of(&it.origin)])
        });
        found.extend(fitting.map(|it| {
            let tie = ((content_type.index() as u64) << 56) | it.origin.number();
            (Position { time: it.time, tie }, it.origin)
        }));
    }
    found
}

fn written(publication: &Publication<'_>, origin: &Origin, dlp_values: bool) -> String {
    let mut json = Vec::with_capacity(2_048);
    publication.write(origin, dlp_values, &mut json);
    String::from_utf8_lossy(&json).into_owned()
}

impl Filters {
    fn fits_kind(&self, kind: &Kind) -> bool {
        let among = |list: &[String], value: &str| {
            list.is_empty() || list.iter().any(|known| known.eq_ignore_ascii_case(value))
        };
        let service = self.service_filter.as_deref().filter(|it| !it.is_empty());
        among(&self.operation_filters, kind.operation)
            && among(&self.record_type_filters, record_type_names::name(kind.record_type))
            && among(&self.service_filters, kind.workload)
            && service.is_none_or(|service| service.eq_ignore_ascii_case(kind.workload))
    }

    /// Whether the kind of a record is not enough to judge it by.
    fn looks_inside(&self) -> bool {
        let lists =
            [&self.user_principal_name_filters, &self.ip_address_filters, &self.object_id_filters];
        lists.iter().any(|list| !list.is_empty())
            || self.keyword_filter.as_deref().is_some_and(|keyword| !keyword.is_empty())
    }
}

fn admits(filters: &Filters, record: &Value, text: &str) -> bool {
    let among = |list: &[String], value: &str| {
        list.is_empty() || list.iter().any(|known| known.eq_ignore_ascii_case(value))
    };
    let field = |name: &str| record[name].as_str().unwrap_or_default();
    let keyword = filters.keyword_filter.as_deref().unwrap_or_default().to_lowercase();
    among(&filters.user_principal_name_filters, field("UserId"))
        && among(&filters.ip_address_filters, &without_port(address(record)))
        && among(&filters.object_id_filters, field("ObjectId"))
        && (keyword.is_empty() || text.to_lowercase().contains(&keyword))
}

fn envelope(record: &Value, text: &str) -> String {
    let user_type = record["UserType"].as_u64().unwrap_or_default() as usize;
    let record_type = record["RecordType"].as_u64().unwrap_or_default() as u16;
    let envelope = json!({
        "id": record["Id"],
        "createdDateTime": format!("{}Z", record["CreationTime"].as_str().unwrap_or_default()),
        "auditLogRecordType": record_type_names::name(record_type),
        "operation": record["Operation"],
        "organizationId": record["OrganizationId"],
        "userType": USER_TYPES.get(user_type).copied().unwrap_or("unknownFutureValue"),
        "userId": record["UserId"],
        "service": record["Workload"],
        "objectId": record["ObjectId"].as_str().unwrap_or_default(),
        "userPrincipalName": record["UserId"],
        "clientIp": address(record),
        "administrativeUnits": [""],
    });
    let envelope = envelope.to_string();
    let open = envelope.strip_suffix('}').unwrap_or_default();
    // The record is copied as text: numbers and the order of fields stay as they are.
    format!("{open},\"auditData\":{ODATA_TYPE}{}}}", text.trim_start_matches('{'))
}

/// Exchange says ClientIPAddress where others say ClientIP.
fn address(record: &Value) -> &str {
    ["ClientIP", "ClientIPAddress"]
        .iter()
        .find_map(|name| record[*name].as_str())
        .unwrap_or_default()
}

/// `192.0.2.1:50123` and `[2001:db8::1]:50123` without their ports.
fn without_port(address: &str) -> String {
    if let Some((inner, _)) = address.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return inner.to_owned();
    }
    match address.split_once(':') {
        Some((host, port)) if !port.contains(':') => host.to_owned(),
        _ => address.to_owned(),
    }
}
