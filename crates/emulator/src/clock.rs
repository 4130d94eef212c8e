//! How is time counted and written?
//!
//! Everything inside counts milliseconds since 1970 in UTC; `now` always comes from the caller.
//! Audit records carry seconds and no zone, listings carry milliseconds and a `Z`
//! (Management Activity API reference).

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub(crate) type Millis = i64;

pub(crate) const SECOND: Millis = 1_000;
pub(crate) const MINUTE: Millis = 60 * SECOND;
pub(crate) const HOUR: Millis = 60 * MINUTE;
pub(crate) const DAY: Millis = 24 * HOUR;

pub(crate) fn to_utc(time: Millis) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(time).unwrap_or(DateTime::UNIX_EPOCH)
}

/// `2026-09-28T10:17:42.000Z`, as in contentCreated.
pub(crate) fn with_millis(time: Millis) -> String {
    to_utc(time).format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// `2026-09-28T10:17:42`, the form clients must send and records carry.
pub(crate) fn seconds(time: Millis) -> String {
    to_utc(time).format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// `2026-09-28T10:17:42Z`, the form of Graph.
pub(crate) fn with_zone(time: Millis) -> String {
    seconds(time) + "Z"
}

/// `20260928101742`, the form inside a content id.
pub(crate) fn compact(time: Millis) -> String {
    to_utc(time).format("%Y%m%d%H%M%S").to_string()
}

/// `Mon, 28 Sep 2026 10:17:42 GMT`, as in the Date header.
pub(crate) fn http_date(time: Millis) -> String {
    to_utc(time).format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Reads startTime and endTime. Only the three documented shapes are taken, none with a zone.
pub(crate) fn parse_query_time(text: &str) -> Option<Millis> {
    // chrono reads "2026-9-8" too, so the length is checked first.
    let time = match text.len() {
        10 => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0)?,
        16 => NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").ok()?,
        19 => NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").ok()?,
        _ => return None,
    };
    Some(time.and_utc().timestamp_millis())
}

/// Reads a webhook expiration, which may carry a zone or a fraction.
pub(crate) fn parse_any_time(text: &str) -> Option<Millis> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.timestamp_millis());
    }
    parse_query_time(text)
}

/// Hour of the week, 0 being Monday 00:00 UTC.
pub(crate) fn hour_of_week(time: Millis) -> usize {
    // 1970-01-01 was a Thursday.
    ((time.div_euclid(HOUR) + 3 * 24).rem_euclid(7 * 24)) as usize
}

/// Days since 1970, for things that change once a day (sessions).
pub(crate) fn day_number(time: Millis) -> u64 {
    time.div_euclid(DAY) as u64
}

/// Appends `2026-09-28T10:17:42`. The record writers call this several times for each record,
/// which is why it does not go through chrono.
pub(crate) fn write_seconds(time: Millis, out: &mut Vec<u8>) {
    let total_seconds = time.div_euclid(SECOND);
    let (year, month, day) = civil_from_days(total_seconds.div_euclid(86_400));
    let second_of_day = total_seconds.rem_euclid(86_400) as u32;
    let mut text = *b"0000-00-00T00:00:00";
    two_digits(&mut text, 0, year / 100);
    two_digits(&mut text, 2, year % 100);
    two_digits(&mut text, 5, month);
    two_digits(&mut text, 8, day);
    two_digits(&mut text, 11, second_of_day / 3_600);
    two_digits(&mut text, 14, second_of_day / 60 % 60);
    two_digits(&mut text, 17, second_of_day % 60);
    out.extend_from_slice(&text);
}

fn two_digits(text: &mut [u8; 19], at: usize, value: u32) {
    text[at] = b'0' + (value / 10) as u8;
    text[at + 1] = b'0' + (value % 10) as u8;
}

/// Days since 1970 to year, month, day: Howard Hinnant's "civil_from_days".
fn civil_from_days(days: i64) -> (u32, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
    let month = (if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 }) as u32;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year as u32, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fast_and_slow_writers_agree() {
        for day in 0..12_000_i64 {
            let time = 1_500_000_000_000 + day * DAY + day * 7_919 * SECOND;
            let mut out = Vec::new();
            write_seconds(time, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), seconds(time));
        }
    }

    #[test]
    fn query_times_come_in_three_shapes() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(parse_query_time(text).map(seconds).as_deref(), expected, "{text}");
        };
        check("2026-03-04", Some("2026-03-04T00:00:00"));
        check("2026-03-04T10:11", Some("2026-03-04T10:11:00"));
        check("2026-03-04T10:11:12", Some("2026-03-04T10:11:12"));
        check("2026-03-04T10:11:12Z", None);
        check("2026-03-04T10:11:12.000Z", None);
        check("2026-3-4", None);
        check("yesterday", None);
        check("2026-13-04", None);
    }

    #[test]
    fn weeks_start_on_monday() {
        let monday = parse_query_time("2026-03-02").unwrap();
        assert_eq!(hour_of_week(monday), 0);
        assert_eq!(hour_of_week(monday - HOUR), 167);
    }
}
