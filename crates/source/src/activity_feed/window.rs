//! Which spans of time can be listed?
//!
//! A listing covers at most 24 hours and starts at most 7 days ago. Its start is inclusive and its
//! end exclusive, so windows that touch neither miss nor repeat (Management Activity API reference).

use std::fmt;
use std::time::Duration;

use event::time;

/// Microseconds since 1970, UTC, as everywhere.
type Micros = i64;

const SECOND: Micros = 1_000_000;
const DAY: Micros = 24 * 3600 * SECOND;

/// The service lists what became available in the last seven days.
const LIFE: Micros = 7 * DAY;

/// How far within the seven days the first window stays, since the service judges by its own clock
/// and only once the request has arrived.
const MARGIN: Micros = 5 * 60 * SECOND;

/// Longest span of one window.
pub const SPAN_MAX: Duration = Duration::from_secs(24 * 3600);
/// Shortest step, which bounds the number of windows.
pub const SPAN_MIN: Duration = Duration::from_secs(60);

/// A span of time that the service will list: whole seconds, at most 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    start: Micros,
    end: Micros,
}

impl Window {
    /// A window from `start` to before `end`, or what is wrong with it. The age is not judged here,
    /// since it depends on the time of asking.
    pub fn new(start: Micros, end: Micros) -> Result<Window, String> {
        let window = Window { start: whole_second(start), end: whole_second(end) };
        let span = window.end - window.start;
        if span <= 0 {
            return Err(format!("window {window}: the end must lie after the start"));
        }
        if span > DAY {
            return Err(format!("window {window}: at most 24 hours can be listed at once"));
        }
        Ok(window)
    }

    /// The first moment inside.
    pub fn start(self) -> Micros {
        self.start
    }

    /// The first moment after.
    pub fn end(self) -> Micros {
        self.end
    }

    /// The start as the service wants it: `YYYY-MM-DDTHH:MM:SS`, UTC without saying so.
    pub fn start_text(self) -> String {
        time::short(self.start)
    }

    /// The end in the same form.
    pub fn end_text(self) -> String {
        time::short(self.end)
    }

    /// What of this window the service will still list, asked soon after `now`. A window planned a
    /// while ago is asked for through this, so that a wait does not cost all of it.
    pub fn within_reach(self, now: Micros) -> Option<Window> {
        let start = self.start.max(earliest(now));
        (start < self.end).then_some(Window { start, end: self.end })
    }

    /// True when the service no longer lists this window whole.
    pub fn is_past(self, now: Micros) -> bool {
        self.start < now - LIFE
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} to {}", self.start_text(), self.end_text())
    }
}

/// The earliest time from which the service will still list, asked soon after `now`.
/// Whatever became available before it is lost to this API.
pub fn earliest(now: Micros) -> Micros {
    // Rounded up, or the first window would start before it.
    -whole_second(-(now - LIFE + MARGIN))
}

/// The windows that cover `since` to before `now`, oldest first, each as long as `step` except the
/// last. What lies before [`earliest`] is left out; `step` is brought into its limits.
pub fn windows(now: Micros, since: Micros, step: Duration) -> Vec<Window> {
    let step = step.clamp(SPAN_MIN, SPAN_MAX).as_secs() as Micros * SECOND;
    let end = whole_second(now);
    let mut start = whole_second(since).max(earliest(now));
    let mut windows = Vec::new();
    while start < end {
        let window = Window { start, end: end.min(start + step) };
        windows.push(window);
        start = window.end;
    }
    windows
}

fn whole_second(micros: Micros) -> Micros {
    micros.div_euclid(SECOND) * SECOND
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Micros {
        time::parse(text).unwrap()
    }

    #[test]
    fn windows_touch_and_end_before_now() {
        let check = |now: &str, since: &str, step_hours: u64, expected: &[&str]| {
            let windows = windows(at(now), at(since), Duration::from_secs(step_hours * 3600));
            let shown: Vec<String> = windows.iter().map(Window::to_string).collect();
            assert_eq!(shown, expected, "{since} to {now} by {step_hours} h");
        };
        check("2026-03-08T10:00:00Z", "2026-03-08T10:00:00Z", 24, &[]);
        check("2026-03-08T10:00:00Z", "2026-03-09T10:00:00Z", 24, &[]);
        check(
            "2026-03-08T10:00:00.900Z",
            "2026-03-08T09:00:00.900Z",
            24,
            &["2026-03-08T09:00:00 to 2026-03-08T10:00:00"],
        );
        // Clocks change in the night of 2026-03-08 in the USA and of 2026-03-29 in Europe: UTC days stay 24 hours.
        check(
            "2026-03-30T00:00:00Z",
            "2026-03-28T00:00:00Z",
            24,
            &[
                "2026-03-28T00:00:00 to 2026-03-29T00:00:00",
                "2026-03-29T00:00:00 to 2026-03-30T00:00:00",
            ],
        );
        check(
            "2024-03-01T01:00:00Z",
            "2024-02-28T13:00:00Z",
            24,
            &[
                "2024-02-28T13:00:00 to 2024-02-29T13:00:00",
                "2024-02-29T13:00:00 to 2024-03-01T01:00:00",
            ],
        );
    }

    #[test]
    fn no_window_starts_before_the_margin_or_spans_more_than_a_day() {
        let now = at("2027-01-03T23:59:59.999999Z");
        let windows = windows(now, 0, Duration::from_secs(48 * 3600));
        assert_eq!(windows.len(), 7);
        assert_eq!(windows[0].to_string(), "2026-12-28T00:05:00 to 2026-12-29T00:05:00");
        assert_eq!(windows[0].start(), earliest(now));
        assert_eq!(windows[6].end_text(), "2027-01-03T23:59:59");
        for pair in windows.windows(2) {
            assert_eq!(pair[0].end(), pair[1].start());
        }
        assert!(!windows[0].is_past(now) && windows[0].is_past(now + MARGIN + SECOND));
    }

    #[test]
    fn a_window_shrinks_as_time_goes_by() {
        let now = at("2026-05-05T05:05:05Z");
        let check = |minutes_later: i64, expected: Option<&str>| {
            let left = windows(now, 0, SPAN_MAX)[0].within_reach(now + minutes_later * 60 * SECOND);
            assert_eq!(left.map(|window| window.to_string()).as_deref(), expected);
        };
        check(0, Some("2026-04-28T05:10:05 to 2026-04-29T05:10:05"));
        check(60, Some("2026-04-28T06:10:05 to 2026-04-29T05:10:05"));
        check(60 * 24, None);
    }

    #[test]
    fn the_step_has_limits() {
        let now = at("2026-05-05T05:05:05Z");
        assert_eq!(windows(now, now - 3600 * SECOND, Duration::ZERO).len(), 60);
        assert_eq!(windows(now, now - 3 * DAY, Duration::from_secs(u64::MAX)).len(), 3);
    }

    #[test]
    fn a_window_is_checked_once() {
        let now = at("2026-05-05T05:05:05Z");
        assert!(Window::new(now, now).is_err());
        assert!(Window::new(now, now - SECOND).is_err());
        assert!(Window::new(now - DAY - SECOND, now).unwrap_err().contains("24 hours"));
        assert!(Window::new(now - DAY, now).is_ok());
    }
}
