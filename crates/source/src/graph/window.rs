//! Which spans of time can a log be asked for?

use std::fmt;
use std::time::Duration;

use event::time;

use super::Log;

/// Microseconds since 1970, UTC, as everywhere.
type Micros = i64;

const SECOND: Micros = 1_000_000;

/// How far within a log's reach the first window stays, since the service judges by its own clock
/// and only once the request has arrived.
const MARGIN: Micros = 5 * 60 * SECOND;

/// Shortest step, which bounds the number of windows.
const SPAN_MIN: Duration = Duration::from_secs(60);

/// A span of time in whole seconds: its start is inside, its end is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    start: Micros,
    end: Micros,
}

impl Window {
    /// A window from `start` to before `end`, or what is wrong with it. Which log it is for, and
    /// whether that reaches so far back, is judged when it is asked.
    pub fn new(start: Micros, end: Micros) -> Result<Window, String> {
        let window = Window { start: whole_second(start), end: whole_second(end) };
        match window.start < window.end {
            true => Ok(window),
            false => Err(format!("window {window}: the end must lie after the start")),
        }
    }

    /// The first moment inside.
    pub fn start(self) -> Micros {
        self.start
    }

    /// The first moment after.
    pub fn end(self) -> Micros {
        self.end
    }

    /// The start as OData wants it: `2026-01-20T00:00:00Z`.
    pub fn start_text(self) -> String {
        format!("{}Z", time::short(self.start))
    }

    /// The end in the same form.
    pub fn end_text(self) -> String {
        format!("{}Z", time::short(self.end))
    }

    /// What of this window a log still has, asked soon after `now`.
    pub fn within_reach(self, log: Log, now: Micros) -> Option<Window> {
        let start = self.start.max(earliest(log, now));
        (start < self.end).then_some(Window { start, end: self.end })
    }

    /// True when the log no longer has this window whole.
    pub fn is_past(self, log: Log, now: Micros) -> bool {
        self.start < now - micros(log.reach())
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} to {}", time::short(self.start), time::short(self.end))
    }
}

/// The earliest time that a log can be asked for soon after `now`.
pub fn earliest(log: Log, now: Micros) -> Micros {
    // Rounded up, or the first window would start before it.
    -whole_second(-(now - micros(log.reach()) + MARGIN))
}

/// The windows of a log that cover `since` to before `now`, oldest first, each as long as `step`
/// except the last. What lies before [`earliest`] is left out; `step` is at most
/// [`Log::span_max`]. For late rows start [`Log::overlap`] before the end of what was listed.
pub fn windows(log: Log, now: Micros, since: Micros, step: Duration) -> Vec<Window> {
    let step = step.clamp(SPAN_MIN, log.span_max()).as_secs() as Micros * SECOND;
    let end = whole_second(now);
    let mut start = whole_second(since).max(earliest(log, now));
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

fn micros(duration: Duration) -> Micros {
    duration.as_micros() as Micros
}
