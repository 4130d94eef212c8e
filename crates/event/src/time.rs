//! When was that?
//!
//! Times are microseconds since 1970-01-01T00:00:00Z. A text without a zone means UTC, as in every
//! `CreationTime` of the audit schema.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

pub const SECOND: i64 = 1_000_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// Times outside the years 1900 to 2200 are slips of a producer, not events.
const YEARS: std::ops::RangeInclusive<i64> = -2_208_988_800..=7_258_118_400;

/// Reads a time in any of the spellings seen in records and exports: ISO 8601 with or without
/// fraction and zone, `/Date(1769237664000)/`, and the month-first and day-first forms that
/// spreadsheets and PowerShell write. `None` if it is none of them.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let micros = iso(text).or_else(|| json_date(text)).or_else(|| cultural(text))?;
    YEARS.contains(&micros.div_euclid(SECOND)).then_some(micros)
}

/// `2022-09-01T19:57:49`, without zone: the form of the readable line.
pub fn short(micros: i64) -> String {
    seconds(micros).unwrap_or_else(|| format(micros, "%Y-%m-%dT%H:%M:%S"))
}

/// ISO 8601 with `Z` and as many digits as the time has.
pub fn iso_text(micros: i64) -> String {
    let fraction = micros.rem_euclid(SECOND);
    match (seconds(micros), fraction) {
        (Some(text), 0) => text + "Z",
        (Some(text), _) => format!("{text}.{fraction:06}Z"),
        (None, 0) => format(micros, "%Y-%m-%dT%H:%M:%SZ"),
        (None, _) => format(micros, "%Y-%m-%dT%H:%M:%S%.6fZ"),
    }
}

/// `2022-09-01T19:57:49` without a format to read, since every event is written with a time or two.
/// `None` for years that do not have four digits.
fn seconds(micros: i64) -> Option<String> {
    let time = DateTime::from_timestamp_micros(micros)?;
    let year = u32::try_from(time.year()).ok().filter(|year| *year <= 9999)?;
    let mut text = String::with_capacity("2022-09-01T19:57:49.000000Z".len());
    let mut push = |separator: &str, number: u32| {
        text.push_str(separator);
        for digit in [number / 10, number % 10] {
            text.push(char::from_digit(digit, 10).unwrap_or('0'));
        }
    };
    push("", year / 100);
    push("", year % 100);
    push("-", time.month());
    push("-", time.day());
    push("T", time.hour());
    push(":", time.minute());
    push(":", time.second());
    Some(text)
}

/// The day a time falls on, `2022-09-01`, UTC.
pub fn day_text(micros: i64) -> String {
    format(micros, "%Y-%m-%d")
}

fn format(micros: i64, form: &str) -> String {
    match DateTime::from_timestamp_micros(micros) {
        Some(time) => time.format(form).to_string(),
        None => micros.to_string(),
    }
}

/// Nearly every record writes `YYYY-MM-DDTHH:MM:SS`, so this path does no allocation.
fn iso(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let number = |range: std::ops::Range<usize>| -> Option<u32> {
        bytes.get(range)?.iter().try_fold(0u32, |sum, digit| {
            digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0'))
        })
    };
    if bytes.len() < 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(number(0..4)? as i32, number(5..7)?, number(8..10)?)?;
    if bytes.len() == 10 {
        return micros(date.and_time(NaiveTime::MIN));
    }
    if !matches!(bytes[10], b'T' | b't' | b' ') || bytes.get(13) != Some(&b':') {
        return None;
    }
    let (second, rest) = match bytes.get(16) {
        Some(b':') => (number(17..19)?, 19),
        _ => (0, 16),
    };
    // A leap second is folded into the second before it.
    let time = NaiveTime::from_hms_opt(number(11..13)?, number(14..16)?, second.min(59))?;
    let base = micros(date.and_time(time))?;
    let (fraction, zone) = fraction(text.get(rest..)?)?;
    Some(base + fraction - offset(zone)?)
}

/// Splits `.1234567Z` into microseconds and `Z`; digits past the sixth are cut.
fn fraction(text: &str) -> Option<(i64, &str)> {
    let Some(digits) = text.strip_prefix(['.', ',']) else {
        return Some((0, text));
    };
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 {
        return None;
    }
    let value = digits[..length.min(6)].parse::<i64>().ok()?;
    Some((value * 10_i64.pow(6 - length.min(6) as u32), &digits[length..]))
}

/// `Z`, nothing, `+02:00` or `-0500`, in microseconds east of UTC.
fn offset(zone: &str) -> Option<i64> {
    let zone = zone.trim();
    if matches!(zone, "" | "Z" | "z") || zone.eq_ignore_ascii_case("utc") {
        return Some(0);
    }
    let sign = match zone.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = zone[1..].chars().filter(|c| *c != ':').collect();
    if digits.len() != 4 {
        return None;
    }
    let value: i64 = digits.parse().ok()?;
    Some(sign * ((value / 100) * HOUR + (value % 100) * MINUTE))
}

/// Windows PowerShell 5 and OData v2 write milliseconds since 1970.
fn json_date(text: &str) -> Option<i64> {
    let inner = text.trim_matches('\\').strip_prefix("/Date(")?;
    let digits = inner.split_once(')')?.0;
    let zone = digits.char_indices().skip(1).find(|(_, c)| matches!(c, '+' | '-'));
    let end = zone.map_or(digits.len(), |(at, _)| at);
    digits[..end].parse::<i64>().ok()?.checked_mul(1000)
}

/// Month first is what the portals write; a day above 12 in front tells the other order.
fn cultural(text: &str) -> Option<i64> {
    const FORMS: [&str; 14] = [
        "%m/%d/%Y %I:%M:%S %p",
        "%m/%d/%Y %H:%M:%S",
        "%m/%d/%Y %I:%M %p",
        "%m/%d/%Y %H:%M",
        "%d/%m/%Y %I:%M:%S %p",
        "%d/%m/%Y %H:%M:%S",
        "%d/%m/%Y %H:%M",
        "%d.%m.%Y %H:%M:%S",
        "%d.%m.%Y %H:%M",
        "%Y/%m/%d %H:%M:%S",
        // Log Analytics, as its portal saves a table.
        "%m/%d/%Y, %I:%M:%S%.f %p",
        "%m/%d/%Y, %H:%M:%S%.f",
        "%d/%m/%Y, %H:%M:%S%.f",
        "%d.%m.%Y, %H:%M:%S%.f",
    ];
    // Newer .NET cultures put a narrow no-break space before AM and PM.
    let text = text.replace(['\u{202f}', '\u{a0}'], " ");
    FORMS.iter().find_map(|form| NaiveDateTime::parse_from_str(&text, form).ok()).and_then(micros)
}

fn micros(time: NaiveDateTime) -> Option<i64> {
    Some(time.and_utc().timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_seen() {
        for (text, normal) in [
            ("2022-09-01T19:57:49", "2022-09-01T19:57:49Z"),
            ("2022-09-01T19:57:49Z", "2022-09-01T19:57:49Z"),
            ("2022-09-01 19:57:49", "2022-09-01T19:57:49Z"),
            ("2022-09-01T19:57", "2022-09-01T19:57:00Z"),
            ("2022-09-01", "2022-09-01T00:00:00Z"),
            ("2019-11-27T17:01:25.0000000Z ", "2019-11-27T17:01:25Z"),
            ("2022-09-01T19:57:49.1234567Z", "2022-09-01T19:57:49.123456Z"),
            ("2022-09-01T21:57:49+02:00", "2022-09-01T19:57:49Z"),
            ("2022-09-01T14:57:49-0500", "2022-09-01T19:57:49Z"),
            ("5/18/2021 9:13:33 PM", "2021-05-18T21:13:33Z"),
            ("9/20/2023 4:05:03\u{202f}AM", "2023-09-20T04:05:03Z"),
            ("12/13/2023 17:12", "2023-12-13T17:12:00Z"),
            ("24.01.2026 06:54:24", "2026-01-24T06:54:24Z"),
            ("24/01/2026 06:54:24", "2026-01-24T06:54:24Z"),
            ("1/24/2026, 6:54:24.123 PM", "2026-01-24T18:54:24.123000Z"),
            ("24.1.2026, 06:54:24", "2026-01-24T06:54:24Z"),
            ("/Date(1769237664000)/", "2026-01-24T06:54:24Z"),
            (r"\/Date(1769237664000+0100)\/", "2026-01-24T06:54:24Z"),
        ] {
            assert_eq!(parse(text).map(iso_text).as_deref(), Some(normal), "{text}");
        }
    }

    /// Written by hand as the library writes it, in any year.
    #[test]
    fn times_are_written_as_the_library_does() {
        for second in [
            -62_167_219_201,
            -62_167_219_200,
            -1,
            0,
            951_827_696,
            253_402_300_799,
            253_402_300_800,
            1_769_237_664,
        ] {
            for fraction in [0, 1, 500_000, 999_999] {
                let micros = second * SECOND + fraction;
                assert_eq!(short(micros), format(micros, "%Y-%m-%dT%H:%M:%S"));
                let form =
                    if fraction == 0 { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%.6fZ" };
                assert_eq!(iso_text(micros), format(micros, form));
            }
        }
        assert_eq!(iso_text(i64::MAX), format(i64::MAX, "%Y-%m-%dT%H:%M:%S%.6fZ"));
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "yesterday",
            "2022-13-01",
            "2022-02-30T00:00:00",
            "0001-01-01T00:00:00",
            "15",
            "é/1/2022",
            "/Date(é1769237664000)/",
            "/Date()/",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
