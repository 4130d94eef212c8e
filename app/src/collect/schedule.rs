//! Which windows are to be listed now?

use event::time;
use store::{Coverage, Window};

/// The feed lists up to 24 hours at once (Management Activity API reference). A window that is cut
/// short is listed anew from its beginning, so these are shorter.
pub const FEED_WINDOW_MAX: i64 = 6 * time::HOUR;
/// What the service forgets within this time is listed first.
const URGENT: i64 = 24 * time::HOUR;

/// How closely listings follow each other, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Content may show up late within a window that was listed before, so this much is listed again
    /// each time.
    pub overlap: i64,
    /// After this long everything that the service still has is listed again: what is proven is
    /// that nothing appeared late, not that it could not.
    pub relist: i64,
    /// A window that is not proven this long after its end is a gap.
    pub lag: i64,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace { overlap: 2 * time::HOUR, relist: time::HOUR, lag: 3 * time::HOUR }
    }
}

/// What was never listed and the overlap, in windows no longer than `window_max`: what is about to
/// expire first, then what is new, then further and further back. `first` is the earliest that the
/// service still lists.
pub fn due(
    first: i64,
    now: i64,
    coverage: &[Coverage],
    overlap: i64,
    window_max: i64,
) -> Vec<Window> {
    in_order(first, holes(first, now, coverage, overlap), window_max)
}

/// What was not listed since `since`, in the same order.
pub fn stale(first: i64, now: i64, coverage: &[Coverage], since: i64) -> Vec<Window> {
    let newer: Vec<Coverage> =
        coverage.iter().filter(|span| span.listed >= since).copied().collect();
    in_order(first, holes(first, now, &newer, 0), FEED_WINDOW_MAX)
}

fn in_order(first: i64, holes: Vec<Window>, window_max: i64) -> Vec<Window> {
    let mut windows: Vec<Window> =
        holes.into_iter().flat_map(|hole| cut(hole, window_max)).collect();
    let is_urgent = |window: &Window| window.start < first + URGENT;
    windows.sort_by_key(|window| (!is_urgent(window), -window.start));
    windows
}

/// What was never listed, and the overlap before each listing.
fn holes(first: i64, now: i64, coverage: &[Coverage], overlap: i64) -> Vec<Window> {
    let end = whole_second(now);
    let mut holes = Vec::new();
    let mut at = whole_second(first);
    for span in coverage {
        // What had not settled when it was listed, which after a long pause is long ago. Coverage
        // that reaches into the future was listed by a clock that ran ahead.
        let stop = span.window.stop.min(span.listed - overlap).min(end - overlap);
        if span.window.start > at {
            holes.push(Window { start: at, stop: span.window.start.min(end) });
        }
        at = at.max(stop);
    }
    holes.push(Window { start: at, stop: end });
    holes.retain(|hole| hole.start < hole.stop);
    holes
}

fn cut(hole: Window, window_max: i64) -> impl Iterator<Item = Window> {
    let mut start = whole_second(hole.start);
    std::iter::from_fn(move || {
        let stop = (start + window_max).min(hole.stop);
        let window = Window { start, stop };
        start = stop;
        (window.start < window.stop).then_some(window)
    })
}

fn whole_second(micros: i64) -> i64 {
    micros.div_euclid(time::SECOND) * time::SECOND
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(start: i64, stop: i64) -> Window {
        Window { start: start * time::HOUR, stop: stop * time::HOUR }
    }

    fn listed(start: i64, stop: i64, at: i64) -> Coverage {
        Coverage { window: hours(start, stop), listed: at * time::HOUR }
    }

    #[test]
    fn holes_and_overlap_come_first_and_the_rest_from_time_to_time() {
        let now = 50 * time::HOUR;
        let day = 24 * time::HOUR;
        let check = |coverage: &[Coverage], wanted: &[Window]| {
            assert_eq!(due(0, now, coverage, 2 * time::HOUR, day), wanted, "{coverage:?}");
        };
        check(&[], &[hours(0, 24), hours(48, 50), hours(24, 48)]);
        check(&[listed(0, 49, 50)], &[hours(48, 50)]);
        check(&[listed(0, 30, 49), listed(30, 50, 50)], &[hours(48, 50)]);
        check(&[listed(0, 10, 49), listed(20, 49, 50)], &[hours(10, 20), hours(48, 50)]);
        // After a pause, what had not settled before it.
        check(&[listed(0, 40, 40)], &[hours(38, 50)]);
        check(&[listed(0, 30, 31), listed(30, 50, 50)], &[hours(48, 50), hours(29, 30)]);
        check(&[listed(5, 50, 50)], &[hours(0, 5), hours(48, 50)]);
        check(&[listed(0, 60, 50)], &[hours(48, 50)]);
        let check = |since: i64, wanted: &[Window]| {
            let coverage = [listed(0, 40, 45), listed(40, 48, 49), listed(48, 50, 50)];
            assert_eq!(stale(0, now, &coverage, since * time::HOUR), wanted, "{since}");
        };
        check(45, &[]);
        check(50, &[18, 12, 6, 0, 42, 36, 30, 24].map(|start| hours(start, start + 6)));
        let mut until_40 = vec![hours(18, 24), hours(12, 18), hours(6, 12), hours(0, 6)];
        until_40.extend([hours(36, 40), hours(30, 36), hours(24, 30)]);
        check(46, &until_40);
    }
}
