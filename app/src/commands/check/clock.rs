//! Does this machine's clock agree with the service's?

use event::time;
use source::service::HostProbe;

use super::report::Items;

/// With a clock further off, it is worth a word.
const SKEW_NOTED: i64 = 60 * time::SECOND;
/// With a clock further off, a signed assertion may be refused, and the ends of windows are wrong.
const SKEW_MAX: i64 = 5 * time::MINUTE;

const FIX: &str = "timedatectl set-ntp true; timedatectl timesync-status (or chronyc tracking) \
                   shows the offset";

pub fn check(hosts: &[&HostProbe], items: &mut Items) {
    let skew = |host: &&HostProbe| {
        let reached = host.reached.as_ref().ok()?;
        // What an answer took may be off as well.
        let slack = i64::try_from(reached.took.as_micros()).unwrap_or(0);
        Some((reached.clock_ahead?, slack, host.origin.clone()))
    };
    let Some((ahead, slack, origin)) = hosts.iter().find_map(skew) else {
        if hosts.iter().any(|host| host.reached.is_ok()) {
            items.note("clock", "no host says its time, so the clock was not compared");
        }
        return;
    };
    let seconds = ahead.abs() / time::SECOND;
    let side = if ahead > 0 { "ahead of" } else { "behind" };
    let words = format!("this machine's clock is {seconds} seconds {side} {origin}");
    match ahead.abs() - slack {
        off if off > SKEW_MAX => {
            let words = format!("{words}; sign-in by certificate and the ends of windows go wrong");
            items.wrong("clock", words, FIX);
        }
        off if off > SKEW_NOTED => items.warn("clock", words, FIX),
        _ => items.ok("clock", format!("agrees with {origin}")),
    }
}
