//! What kind of days does a seed bring?

use emulator::{Faults, TenantCondition, ThrottleAnswer};
use event::time::{DAY, HOUR, MINUTE, SECOND};
use trail365::collect::schedule::Pace;

use crate::chance::Chance;
use crate::disk::Health;
use crate::life::Doom;
use crate::network::Weather;

/// The first second of 2026.
const EPOCH: i64 = 1_767_225_600 * SECOND;

/// Passes in the turmoil, if none is cut short; each writes files, which is what takes real time.
const PASSES_MAX: i64 = 11;

const CONTENT_TYPES: [&str; 5] = [
    "Audit.AzureActiveDirectory",
    "Audit.Exchange",
    "Audit.SharePoint",
    "Audit.General",
    "DLP.All",
];

/// Everything that is drawn before the first day.
#[derive(Clone, Debug)]
pub struct Plan {
    chance: Chance,
    pub start: i64,
    pub content_types: Vec<&'static str>,
    pub history_records: u64,
    pub history_days: u32,
    /// Records a second.
    pub rate: f64,
    pub publish_every_ms: u64,
    pub records_per_blob: u64,
    pub requests_per_minute: Option<u32>,
    pub pace: Pace,
    /// From the end of one pass to the next.
    pub poll: i64,
    /// How long things go wrong.
    pub turmoil: i64,
    /// From one turn of events to the next.
    pub spell: i64,
    /// How long the process stays away, once, after the first spell.
    pub outage: Option<i64>,
    /// Subscriptions are disabled by somebody now and then.
    pub disabling: bool,
    /// Content may be later than the overlap of listings.
    pub very_late: bool,
    pub clock_jumps: bool,
    /// The service pushes, too.
    pub webhook: bool,
    pub dying: f64,
    /// From one checkpoint of the table's log to the next.
    pub checkpoint_commits: u64,
    /// Nothing goes wrong that could cost a record, so none may be lost and no gap remain.
    pub is_gentle: bool,
}

impl Plan {
    pub fn of(seed: u64) -> Plan {
        let chance = Chance::new(seed);
        let of = |purpose: &str| chance.of(purpose);
        let first = of("first type").between(0, 4) as usize;
        let types = of("types").pick(&[1, 1, 2, 2, 3, 5]);
        let is_gentle = of("gentle").strikes(0.3);
        let outage = !is_gentle && of("outage").strikes(0.2);
        let disabling = !is_gentle && of("disabling").strikes(0.25);
        let poll = of("poll").pick(&[20 * MINUTE, HOUR, 2 * HOUR, 5 * HOUR]);
        let passes = of("passes").between(4, PASSES_MAX);
        Plan {
            chance,
            start: EPOCH + of("start").between(0, 700 * DAY),
            content_types: (0..types).map(|n| CONTENT_TYPES[(first + n) % 5]).collect(),
            history_records: of("history").between(0, 60) as u64,
            history_days: of("history days").pick(if is_gentle {
                &[1, 1, 2, 3]
            } else {
                &[1, 2, 3, 8]
            }),
            rate: of("rate").between(2, 100) as f64 / 86_400.0,
            publish_every_ms: of("publish").between(5, 60) as u64 * 60_000,
            records_per_blob: of("per blob").pick(&[1, 5, 20, 200]),
            requests_per_minute: of("requests").pick(&[None, None, None, Some(2000), Some(60)]),
            pace: Pace {
                relist: of("relist").pick(&[HOUR, HOUR, 3 * HOUR, 6 * HOUR]),
                ..Pace::default()
            },
            poll,
            turmoil: passes * poll,
            spell: of("spell").between(2, 4) * poll - MINUTE,
            outage: outage.then(|| of("outage").at(1).between(6 * DAY, 9 * DAY)),
            disabling,
            very_late: !outage && !disabling && of("very late").strikes(0.3),
            clock_jumps: of("clock jumps").strikes(0.3),
            is_gentle,
            webhook: of("webhook").strikes(0.4),
            checkpoint_commits: of("checkpoints").pick(&[3, 20, 20, 20]),
            dying: of("dying").pick(&[0.0, 0.0003, 0.001, 0.003, 0.01]),
        }
    }

    pub fn chance(&self) -> Chance {
        self.chance
    }

    /// How late content may come to light.
    pub fn late_max(&self) -> i64 {
        if self.very_late { 20 * HOUR } else { self.pace.overlap - 10 * MINUTE }
    }

    pub fn doom(&self, life: u64) -> Doom {
        let rate = self.chance.of("doom").at(life).pick(&[0.0, 0.3, 1.0, 3.0]);
        if self.dying * rate == 0.0 { Doom::Never } else { Doom::Rate(self.dying * rate) }
    }

    pub fn downtime(&self, life: u64) -> i64 {
        let chance = self.chance.of("downtime").at(life);
        chance.pick(&[SECOND, 10 * SECOND, 5 * MINUTE, HOUR, 9 * HOUR])
    }

    /// What is wrong with the service during a spell.
    pub fn faults(&self, spell: u64) -> Faults {
        let chance = self.chance.of("faults").at(spell);
        let rate = |name: &str, part: f64, most: f64| {
            let chance = chance.of(name);
            let rate = chance.at(1).between(0, 1000) as f64 / 1000.0 * most;
            if chance.strikes(part) { rate } else { 0.0 }
        };
        let loss = if self.is_gentle { 0.0 } else { 1.0 };
        let strikes = |name: &str, part: f64| chance.of(name).strikes(part);
        let late = chance.of("late").between(10 * MINUTE, self.late_max()) / SECOND;
        Faults {
            requests_per_minute_max: if strikes("storm", 0.15) { 4 } else { 0 },
            throttle_answer: chance.of("storm answer").pick(&[
                ThrottleAnswer::Forbidden,
                ThrottleAnswer::TooManyRequests,
                ThrottleAnswer::Alternating,
            ]),
            error_rate: rate("error", 0.3, 0.5),
            unauthorized_rate: rate("unauthorized", 0.2, 0.3),
            timeout_rate: rate("timeout", 0.15, 0.2),
            cut_body_rate: rate("cut", 0.3, 0.7) * loss,
            json_broken_rate: rate("broken", 0.1, 0.3) * loss,
            duplicate_rate: rate("duplicate", 0.4, 0.6),
            late_content_rate: rate("late rate", 0.5, 0.6),
            late_content_seconds: late as u32,
            expired_content_rate: rate("expired", 0.2, 0.3) * loss,
            content_lifetime_seconds: if strikes("short life", 0.1 * loss) {
                86_400
            } else {
                7 * 86_400
            },
            token_lifetime_seconds: chance.of("token").pick(&[3599, 600, 60, 5]),
            token_error: strikes("token error", 0.05).then_some(7_000_222),
            wrong_host_next_page: strikes("foreign page", 0.1),
            page_loop: strikes("page loop", 0.07),
            page_fault_rate: rate("page fault", 0.2, 0.5),
            subscription_disabled_rate: if self.disabling { rate("off", 0.5, 0.05) } else { 0.0 },
            webhook_disabled: strikes("webhook off", 0.2),
            wrong_host_content_rate: rate("foreign content", 0.15, 0.5),
            slow_rate: rate("slow", 0.2, 0.3),
            slow_ms: chance.of("slow").between(1, 240_000) as u32,
            page_size: chance.of("page").pick(&[1, 2, 5, 20, 200]),
            tenant_condition: match chance.of("tenant").between(0, 40) {
                0 => TenantCondition::Deleted,
                1 => TenantCondition::Misconfigured,
                2 => TenantCondition::AuditingOff,
                _ => TenantCondition::Normal,
            },
            old_window_error: strikes("old error", 0.5),
            ..Faults::default()
        }
    }

    pub fn weather(&self, spell: u64) -> Weather {
        let chance = self.chance.of("weather").at(spell);
        let rate = |name: &str| {
            let chance = chance.of(name);
            let rate = chance.at(1).between(0, 200) as f64 / 1000.0;
            if chance.strikes(0.25) { rate } else { 0.0 }
        };
        let loss = if self.is_gentle { 0.0 } else { 1.0 };
        let is_down = chance.of("down").strikes(0.05);
        Weather {
            refused: if is_down { 1.0 } else { rate("refused") },
            lost: rate("lost"),
            reset: rate("reset") * loss,
            stalled: rate("stalled") * loss / 4.0,
            damaged: rate("damaged") * loss,
            latency_ms_max: chance.of("latency").pick(&[20, 20, 100, 400, 8000]),
        }
    }

    pub fn health(&self, spell: u64) -> Health {
        let chance = self.chance.of("health").at(spell);
        Health {
            is_full: chance.of("full").strikes(0.08),
            fails: if chance.of("fails").strikes(0.2) { 0.01 } else { 0.0 },
        }
    }

    /// By how much the machine's clock is ahead during a spell.
    pub fn clock_ahead(&self, spell: u64) -> i64 {
        let chance = self.chance.of("clock").at(spell);
        if !self.clock_jumps || !chance.strikes(0.5) {
            return 0;
        }
        let sign = chance.at(1).pick(&[-1, 1]);
        sign * chance.at(2).pick(&[90 * SECOND, 10 * MINUTE, HOUR, 7 * HOUR])
    }
}
