use std::time::Duration;

use super::*;
use crate::service::Cloud;

const DAY: i64 = 86_400_000_000;

fn at(text: &str) -> i64 {
    event::time::parse(text).unwrap()
}

#[test]
fn logs_have_names_and_sensible_facts() {
    for log in Log::ALL {
        let facts = log.facts();
        assert!(log.as_str().starts_with("Graph."), "{log}");
        assert_eq!(log.as_str().parse::<Log>(), Ok(log));
        assert_eq!(log.as_str()["Graph.".len()..].to_lowercase().parse::<Log>(), Ok(log));
        assert!(log.permission().ends_with(".Read.All"));
        assert!(log.overlap() < log.span_max() * 3 && log.span_max() <= log.reach(), "{log}");
        assert_eq!(facts.path.starts_with("beta/"), facts.also.is_some());
        assert_eq!(log.is_by_time(), log != Log::ServiceOverviews);
    }
    let names: std::collections::BTreeSet<&str> = Log::ALL.map(Log::as_str).into();
    assert_eq!(names.len(), Log::ALL.len());
    let error = "Graph.Mail".parse::<Log>().unwrap_err();
    assert!(error.contains("Graph.SignIns, "), "{error}");
    let quota = Log::DirectoryAudits.quota().unwrap();
    assert_eq!((quota.requests, quota.per), (5, Duration::from_secs(10)));
    assert_eq!(Log::ServiceIssues.quota(), None);
}

#[test]
fn message_traces_are_of_the_global_cloud() {
    let check = |cloud: &str, expected: bool| {
        let cloud = Cloud::named(cloud).unwrap();
        assert_eq!(Log::MessageTrace.is_offered(&cloud), expected);
        assert!(Log::SignIns.is_offered(&cloud));
    };
    check("commercial", true);
    check("gcc", true);
    check("gcc-high", false);
    check("dod", false);
    check("china", false);
}

#[test]
fn windows_touch_and_stay_within_the_reach_of_their_log() {
    let now = at("2026-05-05T05:05:05.5");
    let check = |log: Log, since: i64, hours: u64, count: usize, first: &str| {
        let windows = windows(log, now, since, Duration::from_secs(hours * 3600));
        assert_eq!(windows.len(), count, "{log}");
        assert_eq!(windows[0].to_string(), first);
        assert_eq!(windows[count - 1].end_text(), "2026-05-05T05:05:05Z");
        for pair in windows.windows(2) {
            assert_eq!(pair[0].end(), pair[1].start());
        }
    };
    check(Log::SignIns, now - DAY / 24, 24, 1, "2026-05-05T04:05:05 to 2026-05-05T05:05:05");
    check(Log::SignIns, 0, 48, 30, "2026-04-05T05:10:06 to 2026-04-06T05:10:06");
    // The busiest log in hours, whatever is asked.
    check(Log::NonInteractiveSignIns, 0, 48, 720, "2026-04-05T05:10:06 to 2026-04-05T06:10:06");
    check(Log::MessageTrace, 0, 48, 90, "2026-02-04T05:10:06 to 2026-02-05T05:10:06");
    assert_eq!(windows(Log::SignIns, now, now, Duration::ZERO), []);
    assert_eq!(windows(Log::SignIns, now, now + DAY, Duration::ZERO), []);
}

#[test]
fn a_window_is_checked_once_and_shrinks_as_time_goes_by() {
    let now = at("2026-05-05T05:05:05");
    assert!(Window::new(now, now + 999_999).unwrap_err().contains("after the start"));
    assert!(Window::new(now, now - DAY).is_err());
    let window = Window::new(now - 30 * DAY, now - 29 * DAY).unwrap();
    assert!(!window.is_past(Log::SignIns, now) && window.is_past(Log::SignIns, now + 1));
    let left = window.within_reach(Log::SignIns, now).unwrap();
    assert_eq!(left.to_string(), "2026-04-05T05:10:05 to 2026-04-06T05:05:05");
    assert_eq!(window.within_reach(Log::SignIns, now + DAY), None);
    assert_eq!(window.within_reach(Log::MessageTrace, now + DAY), Some(window));
}
