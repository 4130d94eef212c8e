//! Will the service's quota do?

use source::service::{Counts, REQUESTS_PER_MINUTE, Settings};

use super::report::Items;

pub fn check(settings: &Settings, counts: Counts, items: &mut Items) {
    let configured = settings.requests_per_minute;
    if counts.throttled > 0 {
        let words = format!(
            "{} of {} requests of this check were refused as too many, with {configured} requests \
             a minute configured",
            counts.throttled, counts.requests
        );
        let fix = format!(
            "another program uses the tenant's quota with the same publisher_identifier ({}): lower \
             requests_per_minute in either, or ask Microsoft support for a higher quota",
            settings.publisher_identifier
        );
        return items.wrong("quota", words, fix);
    }
    if configured > REQUESTS_PER_MINUTE && !settings.cloud.is_loopback() {
        let words = format!(
            "{configured} requests a minute are configured; every tenant is granted \
             {REQUESTS_PER_MINUTE}, larger ones more"
        );
        let fix =
            format!("requests_per_minute = {REQUESTS_PER_MINUTE}, if collecting is throttled");
        return items.warn("quota", words, fix);
    }
    let words = format!(
        "{configured} requests a minute are configured; none of the {} of this check was throttled",
        counts.requests
    );
    items.ok("quota", words);
}
