//! Which windows are to be listed now?

use event::time;
use store::{Coverage, Window};

/// The feed's longest window (Management Activity API reference).
pub const FEED_WINDOW_MAX: i64 = 24 * time::HOUR;

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

/// The windows due, each within the service's limit, in the order in which they should be listed:
/// what is about to expire, then what is new, then further and further back.
///
/// `first` is the earliest the service still lists; `since` is the time before which a listing no
/// longer counts, such as the start of this process.
pub fn due(first: i64, now: i64, coverage: &[Coverage], pace: &Pace, since: i64) -> Vec<Window> {
    let is_stale = |span: &Coverage| span.listed < since || span.listed + pace.relist <= now;
    let holes = match coverage.iter().any(is_stale) {
        true => vec![Window { start: whole_second(first), stop: whole_second(now) }],
        false => holes(first, now, coverage, pace.overlap),
    };
    in_order(first, holes, FEED_WINDOW_MAX)
}

/// The same for a log that is too slow to be listed again: what was never listed, and the overlap.
pub fn due_once(
    first: i64,
    now: i64,
    coverage: &[Coverage],
    overlap: i64,
    window_max: i64,
) -> Vec<Window> {
    in_order(first, holes(first, now, coverage, overlap), window_max)
}

fn in_order(first: i64, holes: Vec<Window>, window_max: i64) -> Vec<Window> {
    let mut windows: Vec<Window> =
        holes.into_iter().flat_map(|hole| cut(hole, window_max)).collect();
    let is_urgent = |window: &Window| window.start < first + FEED_WINDOW_MAX;
    windows.sort_by_key(|window| (!is_urgent(window), -window.start));
    windows
}

/// What was never listed, and the overlap at the end.
fn holes(first: i64, now: i64, coverage: &[Coverage], overlap: i64) -> Vec<Window> {
    let end = whole_second(now);
    let mut holes = Vec::new();
    let mut at = whole_second(first);
    for span in coverage {
        // Coverage that reaches into the future was listed by a clock that ran ahead.
        let stop = span.window.stop.min(end - overlap);
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
    fn holes_and_overlap_are_listed_and_all_of_it_from_time_to_time() {
        let pace = Pace { relist: 10 * time::HOUR, ..Pace::default() };
        let check = |coverage: &[Coverage], since: i64, wanted: &[Window]| {
            let windows = due(0, 50 * time::HOUR, coverage, &pace, since * time::HOUR);
            assert_eq!(windows, wanted, "{coverage:?}");
        };
        let all = [hours(0, 24), hours(48, 50), hours(24, 48)];
        check(&[], 0, &all);
        check(&[listed(0, 49, 49)], 0, &[hours(48, 50)]);
        check(&[listed(0, 30, 49), listed(30, 50, 50)], 0, &[hours(48, 50)]);
        check(&[listed(0, 10, 49), listed(20, 49, 49)], 0, &[hours(10, 20), hours(48, 50)]);
        check(&[listed(5, 50, 50)], 0, &[hours(0, 5), hours(48, 50)]);
        check(&[listed(0, 60, 50)], 0, &[hours(48, 50)]);
        // A listing of this process's life counts for a while.
        check(&[listed(0, 30, 40), listed(30, 49, 49)], 0, &all);
        check(&[listed(0, 49, 49)], 50, &all);
    }
}
