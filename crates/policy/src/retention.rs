//! How long may we keep it?

use event::{Event, Field, Filter, time};

/// How old the events of a filter may be. Where several fit an event, the first decides.
#[derive(Clone, Debug, PartialEq)]
pub struct Retention {
    pub name: String,
    pub filter: Filter,
    /// Microseconds; see [`AGE_LIMIT_DEFAULT`].
    pub age_limit: i64,
}

/// What must not be deleted for its age, however old.
#[derive(Clone, Debug, PartialEq)]
pub struct Hold {
    pub name: String,
    pub filter: Filter,
}

/// 90 days, as Exchange keeps the entries of a mailbox.
pub const AGE_LIMIT_DEFAULT: i64 = 90 * time::DAY;

/// 100 years: a longer limit is a slip of the pen.
pub const AGE_LIMIT_MAX: i64 = 36_500 * time::DAY;

/// Is it so old at `now`? What tells no time is never too old.
pub(crate) fn is_over(event: &Event, age_limit: i64, now: i64) -> bool {
    event.time(Field::CreationTime).is_some_and(|time| has_passed(time, age_limit, now))
}

/// Did the time pass at least so long ago?
pub(crate) fn has_passed(time: i64, age_limit: i64, now: i64) -> bool {
    now.saturating_sub(time) >= age_limit
}

/// Reads an age limit in microseconds: `90d`, `12h`, `4w`, days alone (`365`), or as Exchange
/// writes it (`90.00:00:00`).
pub fn parse_age_limit(text: &str) -> Result<i64, String> {
    let slip = |why: &str| {
        Err(format!("age limit {text:?} {why}: write 90d, 12h, 4w, 365 (days) or 90.00:00:00"))
    };
    match read_span(text.trim()) {
        None => slip("cannot be read"),
        Some(0) => slip("keeps nothing, for which there are rules that drop"),
        Some(limit) if limit > AGE_LIMIT_MAX => slip("is longer than 100 years"),
        Some(limit) => Ok(limit),
    }
}

/// The form of Exchange: `90.00:00:00`.
pub fn age_limit_text(age_limit: i64) -> String {
    let seconds = age_limit / time::SECOND;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    format!("{days}.{:02}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60)
}

/// A span in any of the spellings, also none at all and one without end.
pub(crate) fn read_span(text: &str) -> Option<i64> {
    if text.contains(':') {
        return read_clock(text);
    }
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "d" => time::DAY,
        "h" => time::HOUR,
        "w" => 7 * time::DAY,
        _ => return None,
    };
    number(digits)?.checked_mul(unit)
}

/// `90.00:00:00` or `12:00:00`; a fraction of a second is cut.
fn read_clock(text: &str) -> Option<i64> {
    let (days, clock) = match text.split_once(':')?.0.split_once('.') {
        Some((days, _)) => (number(days)?, &text[days.len() + 1..]),
        None => (0, text),
    };
    let clock = clock.split_once('.').map_or(clock, |(clock, _)| clock);
    let parts: Vec<i64> = clock.split(':').map(number).collect::<Option<_>>()?;
    let [hours @ 0..24, minutes @ 0..60, seconds @ 0..60] = parts[..] else {
        return None;
    };
    let within = hours * time::HOUR + minutes * time::MINUTE + seconds * time::SECOND;
    days.checked_mul(time::DAY)?.checked_add(within)
}

fn number(digits: &str) -> Option<i64> {
    let plain = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    plain.then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_limits_in_every_spelling() {
        for (text, limit) in [
            ("90d", AGE_LIMIT_DEFAULT),
            ("365", 365 * time::DAY),
            (" 12H ", 12 * time::HOUR),
            ("4w", 28 * time::DAY),
            ("90.00:00:00", AGE_LIMIT_DEFAULT),
            ("1.12:30:15", 36 * time::HOUR + 30 * time::MINUTE + 15 * time::SECOND),
            ("12:00:00", 12 * time::HOUR),
            ("1.00:00:00.5", time::DAY),
            ("36500", AGE_LIMIT_MAX),
        ] {
            assert_eq!(parse_age_limit(text), Ok(limit), "{text}");
        }
    }

    #[test]
    fn what_is_no_age_limit_says_what_is() {
        for (text, why) in [
            ("", "cannot be read"),
            ("d", "cannot be read"),
            ("-5", "cannot be read"),
            ("+5", "cannot be read"),
            ("five days", "cannot be read"),
            ("90s", "cannot be read"),
            ("1.24:00:00", "cannot be read"),
            ("1.00:00", "cannot be read"),
            ("99999999999999999999", "cannot be read"),
            ("9223372036854775807d", "cannot be read"),
            ("0", "keeps nothing"),
            ("00:00:00", "keeps nothing"),
            ("36501", "is longer than 100 years"),
        ] {
            let error = parse_age_limit(text).unwrap_err();
            assert!(error.contains(why) && error.contains("write 90d"), "{text}: {error}");
        }
    }

    #[test]
    fn the_form_of_exchange_reads_back() {
        for limit in [AGE_LIMIT_DEFAULT, time::HOUR, 3 * time::DAY + 61 * time::SECOND] {
            assert_eq!(parse_age_limit(&age_limit_text(limit)), Ok(limit));
        }
        assert_eq!(age_limit_text(AGE_LIMIT_DEFAULT), "90.00:00:00");
    }
}
