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

#[cfg(test)]
mod tests {
    use super::check as judge;
    use super::*;
    use crate::config::Config;

    #[test]
    fn throttling_is_wrong_and_a_high_figure_is_noted() {
        let check = |requests_per_minute: u32, throttled: u64, state: &str| {
            let config = Config::parse(&format!(
                "[[tenant]]\nname = 'contoso'\ntenant_id = '0e9b3178-9678-47dd-a509-37222ca96b42'\nmanaged_identity = true\nrequests_per_minute = {requests_per_minute}"
            ));
            let settings = config.unwrap().tenant[0].settings().unwrap();
            let mut items = Items::of_installation();
            judge(&settings, Counts { requests: 9, throttled, ..Counts::default() }, &mut items);
            assert_eq!(items.marks(), [state], "{requests_per_minute} {throttled}");
        };
        check(2000, 0, "ok");
        check(2001, 0, "note");
        check(100, 1, "WRONG");
    }
}
