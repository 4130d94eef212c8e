//! Which schedules are due?

use anyhow::Result;
use chrono::{DateTime, Datelike, NaiveDate};
use event::time;
use store::{Job, Jobs};

use crate::config::{Config, Schedule};

/// 1970-01-01 was a Thursday.
const FIRST_MONDAY: i64 = 4 * time::DAY;

/// How often, and at which time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    pub every: Every,
    /// Since midnight UTC, microseconds.
    pub at: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// Counted from midnight, 1970-01-01.
    Length(i64),
    /// On Mondays.
    Week,
    /// On the first day.
    Month,
}

impl Rhythm {
    /// The last time, up to now, at which it is due.
    pub fn last(&self, now: i64) -> i64 {
        let since = now - self.at;
        self.at
            + match self.every {
                Every::Length(length) => since.div_euclid(length) * length,
                Every::Week => {
                    let week = 7 * time::DAY;
                    (since - FIRST_MONDAY).div_euclid(week) * week + FIRST_MONDAY
                }
                Every::Month => month_begin(since),
            }
    }
}

fn month_begin(micros: i64) -> i64 {
    let date = DateTime::from_timestamp_micros(micros).unwrap_or_default().date_naive();
    let first = NaiveDate::from_ymd_opt(date.year(), date.month(), 1).unwrap_or_default();
    first.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros()
}

/// Makes a job for each schedule that is due. One that was due several times while nobody looked
/// makes one job, for the last of them; one that is new begins with the next.
pub fn make_due(jobs: &Jobs, config: &Config, now: i64) -> Vec<Result<Job>> {
    let made = config.schedule.iter().map(|schedule| make(jobs, schedule, config, now));
    made.filter_map(Result::transpose).collect()
}

fn make(jobs: &Jobs, schedule: &Schedule, config: &Config, now: i64) -> Result<Option<Job>> {
    let due = schedule.rhythm()?.last(now);
    match jobs.last_due(&schedule.name)? {
        None => jobs.meet_schedule(&schedule.name, due)?,
        Some(last) if last >= due => {}
        Some(_) => {
            let job = schedule.job(due, config.mail.as_ref())?;
            return Ok(jobs.create_due(&schedule.name, due, &job, now)?);
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_time_is_found() {
        let check = |every, at_hours: i64, now: &str, last: &str| {
            let rhythm = Rhythm { every, at: at_hours * time::HOUR };
            let found = rhythm.last(time::parse(now).unwrap());
            assert_eq!(time::short(found), last, "{every:?} at {at_hours} as of {now}");
        };
        let day = Every::Length(time::DAY);
        check(day, 6, "2026-03-04T05:59:59", "2026-03-03T06:00:00");
        check(day, 6, "2026-03-04T06:00:00", "2026-03-04T06:00:00");
        check(Every::Length(12 * time::HOUR), 6, "2026-03-04T19:00:00", "2026-03-04T18:00:00");
        check(Every::Week, 6, "2026-03-04T12:00:00", "2026-03-02T06:00:00");
        check(Every::Week, 6, "2026-03-02T05:00:00", "2026-02-23T06:00:00");
        check(Every::Month, 6, "2026-03-01T05:00:00", "2026-02-01T06:00:00");
        check(Every::Month, 6, "2026-03-01T06:00:00", "2026-03-01T06:00:00");
        check(Every::Month, 0, "2024-02-29T23:00:00", "2024-02-01T00:00:00");
    }

    #[test]
    fn a_schedule_catches_up_once() {
        let folder = tempfile::tempdir().unwrap();
        let options = store::Options { data_dir: folder.path().to_owned(), tables_url: None };
        let jobs = store::Store::open(&options).unwrap().jobs().unwrap();
        let text = "[[schedule]]\nname = 'nightly'\nlast = '1d'\nevery = 'day'\nat = '06:00'";
        let config = Config::parse(text).unwrap();
        let at = |text: &str| time::parse(text).unwrap();
        let made = |now: &str| {
            let made = make_due(&jobs, &config, at(now));
            let made = made.into_iter().map(|job| job.unwrap().what);
            made.collect::<Vec<_>>().join("|")
        };
        assert_eq!(made("2026-03-04T07:00:00"), "", "new: begins with the next");
        assert_eq!(made("2026-03-05T05:59:00"), "");
        let span = "all events; from 2026-03-04T06:00:00Z; to 2026-03-05T06:00:00Z";
        assert_eq!(made("2026-03-05T06:00:01"), span);
        assert_eq!(made("2026-03-05T06:00:02"), "", "once");
        let span = "all events; from 2026-03-08T06:00:00Z; to 2026-03-09T06:00:00Z";
        assert_eq!(made("2026-03-09T12:00:00"), span, "for the last of four");
        assert_eq!(made("2026-03-06T12:00:00"), "", "a clock that went back");
    }
}
