//! What does a search ask for?

use serde::Serialize;

use crate::graph::Window;

/// A search of the unified audit log. What stands in a list is joined by "or", the lists by "and";
/// an empty list filters nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditQuery {
    /// Shown in Purview, so that an administrator knows whose search it is.
    pub name: String,
    /// By the time of the events.
    pub window: Window,
    /// Names as in the record, such as `ExchangeAdmin`.
    pub record_types: Vec<String>,
    /// Free text.
    pub keyword: Option<String>,
    /// Workloads, such as `Exchange`.
    pub services: Vec<String>,
    pub operations: Vec<String>,
    /// User principal names.
    pub users: Vec<String>,
    pub ip_addresses: Vec<String>,
    /// Paths of files and folders, and names of objects that an administrator changed.
    pub objects: Vec<String>,
    pub administrative_units: Vec<String>,
}

/// The names of v1.0 (auditLogQuery in the metadata). Older pages and beta have `serviceFilter`, a
/// single text, in place of `serviceFilters`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(rename = "@odata.type")]
    odata_type: &'static str,
    display_name: &'a str,
    filter_start_date_time: String,
    filter_end_date_time: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    record_type_filters: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keyword_filter: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    service_filters: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    operation_filters: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    user_principal_name_filters: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    ip_address_filters: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    object_id_filters: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    administrative_unit_id_filters: &'a [String],
}

impl AuditQuery {
    /// A search for everything in a window.
    pub fn new(name: impl Into<String>, window: Window) -> AuditQuery {
        AuditQuery {
            name: name.into(),
            window,
            record_types: Vec::new(),
            keyword: None,
            services: Vec::new(),
            operations: Vec::new(),
            users: Vec::new(),
            ip_addresses: Vec::new(),
            objects: Vec::new(),
            administrative_units: Vec::new(),
        }
    }

    /// The same search in so many parts of its window, oldest first, which together find what it
    /// finds. There are fewer when the window has fewer seconds. Whether the service counts the last
    /// second of a window in is not published, so a record on the border may be found twice.
    pub fn split(&self, parts: usize) -> Vec<AuditQuery> {
        const SECOND: i64 = 1_000_000;
        let (start, seconds) =
            (self.window.start(), (self.window.end() - self.window.start()) / SECOND);
        let parts = i64::try_from(parts).unwrap_or(i64::MAX).clamp(1, seconds);
        // Wide, since seconds and parts may each be large.
        let border = |part: i64| {
            let offset = i128::from(seconds) * i128::from(part) / i128::from(parts);
            start + offset as i64 * SECOND
        };
        let part = |number: i64| AuditQuery {
            name: match parts {
                1 => self.name.clone(),
                _ => format!("{} ({} of {parts})", self.name, number + 1),
            },
            window: Window::new(border(number), border(number + 1))
                .expect("each part has a second at least"),
            ..self.clone()
        };
        (0..parts).map(part).collect()
    }

    /// The body of the request that submits it.
    pub(super) fn body(&self) -> String {
        let body = Body {
            odata_type: "#microsoft.graph.security.auditLogQuery",
            display_name: &self.name,
            filter_start_date_time: self.window.start_text(),
            filter_end_date_time: self.window.end_text(),
            record_type_filters: self.record_types.iter().map(|name| camel_case(name)).collect(),
            keyword_filter: self.keyword.as_deref(),
            service_filters: &self.services,
            operation_filters: &self.operations,
            user_principal_name_filters: &self.users,
            ip_address_filters: &self.ip_addresses,
            object_id_filters: &self.objects,
            administrative_unit_id_filters: &self.administrative_units,
        };
        serde_json::to_string(&body).expect("text always has a JSON form")
    }
}

/// A record type as Graph writes it in a request: `ExchangeAdmin` is `exchangeAdmin`, `CRM` is `crm`
/// and `MIPLabel` is `mipLabel`.
fn camel_case(name: &str) -> String {
    let capitals = name.bytes().take_while(u8::is_ascii_uppercase).count();
    let small_follows = name.as_bytes().get(capitals).is_some_and(u8::is_ascii_lowercase);
    let lowered = match capitals > 1 && small_follows {
        // The last capital begins the next word.
        true => capitals - 1,
        false => capitals,
    };
    format!("{}{}", name[..lowered].to_ascii_lowercase(), &name[lowered..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_types_are_written_as_graph_wants_them() {
        let check = |name: &str, expected: &str| assert_eq!(camel_case(name), expected);
        check("ExchangeAdmin", "exchangeAdmin");
        check("exchangeAdmin", "exchangeAdmin");
        check("AzureActiveDirectoryStsLogon", "azureActiveDirectoryStsLogon");
        check("CRM", "crm");
        check("MIPLabel", "mipLabel");
        check("AeD", "aeD");
        check("MS365DIncident", "ms365DIncident");
        check("HRSignal", "hrSignal");
        check("OneDrive", "oneDrive");
        check("Ümlaut", "Ümlaut");
        check("", "");
    }

    fn query(start: &str, end: &str) -> AuditQuery {
        let time = |text| event::time::parse(text).unwrap();
        AuditQuery::new("case 17", Window::new(time(start), time(end)).unwrap())
    }

    #[test]
    fn the_body_holds_what_is_asked_and_nothing_else() {
        let mut query = query("2026-01-20", "2026-01-24");
        assert_eq!(
            query.body(),
            r##"{"@odata.type":"#microsoft.graph.security.auditLogQuery","displayName":"case 17","filterStartDateTime":"2026-01-20T00:00:00Z","filterEndDateTime":"2026-01-24T00:00:00Z"}"##
        );
        query.record_types = vec!["ExchangeAdmin".into()];
        query.keyword = Some("a \"word\"".into());
        query.services = vec!["Exchange".into()];
        query.operations = vec!["New-InboxRule".into()];
        query.users = vec!["ann@fabrikam.example".into()];
        query.ip_addresses = vec!["192.0.2.7".into()];
        query.objects = vec!["a".into()];
        query.administrative_units = vec!["b".into()];
        let body = query.body();
        let filters = body.split_once("24T00:00:00Z\",").unwrap().1;
        assert_eq!(
            filters,
            r#""recordTypeFilters":["exchangeAdmin"],"keywordFilter":"a \"word\"","serviceFilters":["Exchange"],"operationFilters":["New-InboxRule"],"userPrincipalNameFilters":["ann@fabrikam.example"],"ipAddressFilters":["192.0.2.7"],"objectIdFilters":["a"],"administrativeUnitIdFilters":["b"]}"#
        );
    }

    #[test]
    fn parts_touch_and_cover_the_window() {
        let check = |query: &AuditQuery, parts: usize, expected: usize| {
            let split = query.split(parts);
            assert_eq!(split.len(), expected, "{parts}");
            assert_eq!(split[0].window.start(), query.window.start());
            assert_eq!(split[expected - 1].window.end(), query.window.end());
            for pair in split.windows(2) {
                assert_eq!(pair[0].window.end(), pair[1].window.start());
            }
        };
        let day = query("2026-01-20T00:00:00", "2026-01-21T00:00:01");
        check(&day, 0, 1);
        check(&day, 1, 1);
        check(&day, 7, 7);
        let seconds = query("2026-01-20T00:00:00", "2026-01-20T00:00:03");
        check(&seconds, 2, 2);
        check(&seconds, usize::MAX, 3);
        assert_eq!(day.split(1)[0], day);
        assert_eq!(day.split(3)[1].name, "case 17 (2 of 3)");
    }
}
