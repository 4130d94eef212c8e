//! When do people work, and from which addresses?

use super::people::Person;
use crate::random::threshold;

/// A place with its clock and its internet addresses.
#[derive(Debug)]
pub(crate) struct Office {
    pub(crate) city: &'static str,
    /// As Teams clients report it.
    pub(crate) time_zone: &'static str,
    pub(crate) country: &'static str,
    pub(crate) utc_offset_hours: i64,
    pub(crate) addresses: Vec<String>,
    /// Chance to be active by hour of the week (UTC), as a bound for 64-bit hashes.
    pub(crate) activity: [u64; 168],
    /// Share of the staff, in percent.
    pub(crate) share: u64,
}

/// City, time zone, country, offset from UTC without daylight saving, share of the staff.
const CITIES: [(&str, &str, &str, i64, u64); 6] = [
    ("Copenhagen", "Europe/Copenhagen", "dk", 1, 34),
    ("London", "Europe/London", "gb", 0, 22),
    ("New York", "America/New_York", "us", -5, 20),
    ("Bengaluru", "Asia/Kolkata", "in", 5, 12),
    ("Singapore", "Asia/Singapore", "sg", 8, 7),
    ("San Francisco", "America/Los_Angeles", "us", -8, 5),
];

/// A small firm has one office, a larger one up to six.
pub(crate) fn open(users: usize) -> Vec<Office> {
    let count = match users {
        0..=20 => 1,
        21..=80 => 3,
        _ => CITIES.len(),
    };
    CITIES[..count].iter().enumerate().map(|(at, city)| office(at as u64, *city)).collect()
}

fn office(
    at: u64,
    (city, time_zone, country, utc_offset_hours, share): (
        &'static str,
        &'static str,
        &'static str,
        i64,
        u64,
    ),
) -> Office {
    // Four addresses of the documentation ranges for each office, apart from those of the attackers.
    let first = 16 + at * 8;
    let mut addresses: Vec<String> = (0..3).map(|n| format!("192.0.2.{}", first + n)).collect();
    addresses.push(format!("2001:db8:{:x}::{:x}", 0x10 + at, 0x25));
    Office {
        city,
        time_zone,
        country,
        utc_offset_hours,
        addresses,
        activity: activity(utc_offset_hours),
        share,
    }
}

fn activity(utc_offset_hours: i64) -> [u64; 168] {
    let mut table = [0; 168];
    for (hour, slot) in table.iter_mut().enumerate() {
        *slot = threshold(local_activity((hour as i64 + utc_offset_hours).rem_euclid(168)));
    }
    table
}

/// Mornings and afternoons of weekdays, a dip at noon, a little in the evening and at weekends.
fn local_activity(local_hour_of_week: i64) -> f64 {
    let weekend = local_hour_of_week / 24 >= 5;
    let share = match local_hour_of_week % 24 {
        8 => 0.70,
        9..=11 => 1.0,
        12 => 0.55,
        13..=15 => 0.95,
        16 => 0.75,
        17 => 0.40,
        7 | 18 => 0.20,
        19..=21 => 0.10,
        _ => 0.02,
    };
    if weekend { share * 0.06 } else { share }
}

/// Activity of everybody by hour of the week, scaled so that the mean is 1.
pub(crate) fn bustle(offices: &[Office], people: &[Person]) -> [f64; 168] {
    let mut heads = vec![0.0; offices.len()];
    for person in people {
        heads[person.office] += 1.0;
    }
    let mut table = [0.0; 168];
    for (hour, slot) in table.iter_mut().enumerate() {
        for (office, head_count) in offices.iter().zip(&heads) {
            *slot += head_count
                * local_activity((hour as i64 + office.utc_offset_hours).rem_euclid(168));
        }
    }
    let mean = table.iter().sum::<f64>() / 168.0;
    table.map(|value| value / mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offices_sleep_at_night() {
        let office = office(0, CITIES[2]);
        // 15:00 UTC on a Tuesday is 10:00 in New York; 04:00 UTC is 23:00 there.
        assert!(office.activity[24 + 15] > 20 * office.activity[24 + 4]);
        // Saturday is quiet.
        assert!(office.activity[24 + 15] > 10 * office.activity[5 * 24 + 15]);
    }
}
