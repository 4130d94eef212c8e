//! What shall go wrong on purpose?

use serde::{Deserialize, Serialize};

const SKEW_SECONDS_MAX: i64 = 100 * 366 * 86_400;

/// Faults on request. All are off by default; rates lie between 0 and 1.
///
/// They are set by options at the start, or while running with `POST /emulator/faults` and a JSON
/// object that names some of the fields; `GET /emulator/faults` shows them all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Feed requests each tenant may make in a minute of the clock; 0 for no limit.
    pub requests_per_minute_max: u32,
    /// Graph refuses what goes beyond its documented limits: 5 requests in 10 seconds for sign-ins
    /// and directory audits, 100 in 5 minutes for message traces, 200 audit queries a day.
    pub graph_throttle: bool,
    /// Share of audit queries that end as failed.
    pub audit_query_failed_rate: f64,
    /// Seconds that an audit query runs, however often it is asked after. 0: some polls or half a
    /// minute, whichever comes first.
    pub audit_query_seconds: u32,
    /// How too many requests are refused.
    pub throttle_answer: ThrottleAnswer,
    /// Share of requests to feed and Graph that fail with 500 (AF50000 in the feed) or, each second
    /// time, 503 (HTML of a proxy in the feed).
    pub error_rate: f64,
    /// Share of requests to feed and Graph that are refused with 401 although the token is good.
    pub unauthorized_rate: f64,
    /// Share of requests to feed and Graph that are never answered; the connection stays open.
    pub timeout_rate: f64,
    /// Share of blob downloads that break off in the middle of the body.
    pub cut_body_rate: f64,
    /// Share of compressed answers of feed and Graph that are damaged in the middle.
    /// Strikes clients that accept gzip.
    pub gzip_lies_rate: f64,
    /// Share of blobs whose JSON breaks in the middle, each time they are fetched.
    pub json_broken_rate: f64,
    /// Share of records published again in a later blob. Holds for content published from now on.
    pub duplicate_rate: f64,
    /// Share of blobs that a listing shows `late_content_seconds` after their contentCreated.
    /// Holds for content published from now on.
    pub late_content_rate: f64,
    pub late_content_seconds: u32,
    /// Share of blobs that are listed but have expired when fetched (AF20051).
    /// Holds for content published from now on.
    pub expired_content_rate: f64,
    /// Seconds from contentCreated to contentExpiration.
    pub content_lifetime_seconds: u32,
    /// Life of access tokens.
    pub token_lifetime_seconds: u32,
    /// Every token request fails with this AADSTS number, for example 7000222.
    pub token_error: Option<u32>,
    /// The link to the next page points to another host, which a client must not follow with its
    /// token. In feed and Graph.
    pub wrong_host_next_page: bool,
    /// The link to the next page leads to the same page again, without end. In feed and Graph.
    pub page_loop: bool,
    /// Share of next pages that are refused: AF20031 in the feed, 400 in Graph.
    pub page_fault_rate: f64,
    /// Share of listings at which the service disables the subscription (AF20023). It stays so
    /// until it is started again, and what was published before is not shown then.
    pub subscription_disabled_rate: f64,
    /// Webhooks are disabled as after many failures; a start enables them for a moment only.
    pub webhook_disabled: bool,
    /// Share of listed blobs whose contentUri points to another host.
    pub wrong_host_content_rate: f64,
    /// Share of requests to feed and Graph that are answered after `slow_ms`.
    pub slow_rate: f64,
    pub slow_ms: u32,
    /// Blobs on one page of a listing. The real service publishes no figure.
    pub page_size: u32,
    /// Whether bodies are compressed for clients that accept it.
    pub gzip: bool,
    /// What is wrong with the tenants themselves.
    pub tenant_condition: TenantCondition,
    /// The Date header is wrong by so many seconds, ahead when positive.
    pub clock_skew_seconds: i64,
    /// Refuse windows with AF20030 and its older text instead of AF20055.
    pub old_window_error: bool,
}

impl Default for Faults {
    fn default() -> Self {
        Faults {
            requests_per_minute_max: 0,
            graph_throttle: false,
            audit_query_failed_rate: 0.0,
            audit_query_seconds: 0,
            throttle_answer: ThrottleAnswer::Alternating,
            error_rate: 0.0,
            unauthorized_rate: 0.0,
            timeout_rate: 0.0,
            cut_body_rate: 0.0,
            gzip_lies_rate: 0.0,
            json_broken_rate: 0.0,
            duplicate_rate: 0.0,
            late_content_rate: 0.0,
            late_content_seconds: 600,
            expired_content_rate: 0.0,
            // The reference promises 7 days from the first availability.
            content_lifetime_seconds: 7 * 86_400,
            token_lifetime_seconds: 3_599,
            token_error: None,
            wrong_host_next_page: false,
            page_loop: false,
            page_fault_rate: 0.0,
            subscription_disabled_rate: 0.0,
            webhook_disabled: false,
            wrong_host_content_rate: 0.0,
            slow_rate: 0.0,
            slow_ms: 2_000,
            page_size: 200,
            gzip: true,
            tenant_condition: TenantCondition::Normal,
            clock_skew_seconds: 0,
            old_window_error: false,
        }
    }
}

/// How the service refuses a request over the limit. Both answers carry Retry-After.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThrottleAnswer {
    /// 403 with AF429 in single quotes, as the troubleshooting page shows.
    Forbidden,
    /// 429 with AF429 in JSON.
    TooManyRequests,
    /// One, then the other.
    Alternating,
}

/// What state the tenants are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TenantCondition {
    Normal,
    /// AF20011
    Deleted,
    /// AF20012
    Misconfigured,
    /// The unified audit log is off: a diagnostic text instead of a code.
    AuditingOff,
}

impl Faults {
    /// Changes the named fields.
    pub(crate) fn changed(&self, changes: &str) -> Result<Faults, String> {
        let changes: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(changes).map_err(|error| format!("not a JSON object: {error}"))?;
        let mut fields = serde_json::to_value(self).map_err(|error| error.to_string())?;
        if let Some(known) = fields.as_object_mut() {
            known.extend(changes);
        }
        let faults: Faults = serde_json::from_value(fields).map_err(|error| error.to_string())?;
        faults.check()?;
        Ok(faults)
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        let rates = [
            ("error_rate", self.error_rate),
            ("unauthorized_rate", self.unauthorized_rate),
            ("timeout_rate", self.timeout_rate),
            ("cut_body_rate", self.cut_body_rate),
            ("gzip_lies_rate", self.gzip_lies_rate),
            ("json_broken_rate", self.json_broken_rate),
            ("audit_query_failed_rate", self.audit_query_failed_rate),
            ("page_fault_rate", self.page_fault_rate),
            ("subscription_disabled_rate", self.subscription_disabled_rate),
            ("duplicate_rate", self.duplicate_rate),
            ("late_content_rate", self.late_content_rate),
            ("expired_content_rate", self.expired_content_rate),
            ("wrong_host_content_rate", self.wrong_host_content_rate),
            ("slow_rate", self.slow_rate),
        ];
        for (name, rate) in rates {
            if !(0.0..=1.0).contains(&rate) {
                return Err(format!("{name} {rate} must lie between 0 and 1"));
            }
        }
        if self.clock_skew_seconds.abs() > SKEW_SECONDS_MAX {
            return Err(format!(
                "clock_skew_seconds {} must lie within a hundred years",
                self.clock_skew_seconds
            ));
        }
        if self.page_size == 0 {
            return Err("page_size must be at least 1".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_name_fields() {
        let faults = Faults::default()
            .changed(r#"{"error_rate":0.5,"throttle_answer":"forbidden"}"#)
            .unwrap();
        assert_eq!(faults.error_rate, 0.5);
        assert_eq!(faults.throttle_answer, ThrottleAnswer::Forbidden);
        assert_eq!(faults.page_size, Faults::default().page_size);
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        let refusal = |changes: &str| Faults::default().changed(changes).unwrap_err();
        assert!(refusal(r#"{"eror_rate":0.5}"#).contains("eror_rate"));
        assert!(refusal(r#"{"slow_rate":2}"#).contains("slow_rate"));
        assert!(refusal(r#"{"page_size":0}"#).contains("page_size"));
        assert!(refusal("[]").contains("JSON object"));
    }
}
