//! What did a piece of work take?

use std::time::{Duration, Instant};

/// Threads whose names begin so belong to receivers inside this process.
pub const RECEIVER: &str = "receiver";
/// Kafka's C client names the thread of its own broker so.
const MOCK_BROKER: &str = "rdk:mock";
/// What Linux counts CPU time in, for those who read it: USER_HZ of proc(5).
const TICKS_PER_SECOND: f64 = 100.0;

pub struct Cost {
    time: Duration,
    cpu_seconds: f64,
}

impl Cost {
    /// The one that took less time.
    pub fn better(before: Option<Cost>, now: Cost) -> Option<Cost> {
        Some(before.filter(|before| before.time <= now.time).unwrap_or(now))
    }
}

pub struct Meter {
    begun: Instant,
    cpu_ticks: u64,
}

impl Meter {
    pub fn start() -> Meter {
        Meter { cpu_ticks: cpu_ticks(), begun: Instant::now() }
    }

    pub fn stop(self) -> Cost {
        let time = self.begun.elapsed();
        let ticks = cpu_ticks().saturating_sub(self.cpu_ticks);
        Cost { time, cpu_seconds: ticks as f64 / TICKS_PER_SECOND }
    }
}

/// Of this process and the programs that it waited for, without the receivers' threads.
fn cpu_ticks() -> u64 {
    let whole: u64 = stat("/proc/self/stat").iter().sum();
    let threads = std::fs::read_dir("/proc/self/task").expect("Linux").flatten();
    let receivers = threads.map(|thread| thread.path()).filter(|path| {
        let name = std::fs::read_to_string(path.join("comm")).unwrap_or_default();
        name.starts_with(RECEIVER) || name.starts_with(MOCK_BROKER)
    });
    // A thread has no programs of its own, so only its first two numbers count.
    let theirs = receivers.map(|path| stat(&path.join("stat").display().to_string()));
    whole.saturating_sub(theirs.map(|ticks| ticks[0] + ticks[1]).sum())
}

/// utime, stime, cutime and cstime: the fields 14 to 17 of proc_pid_stat(5).
fn stat(path: &str) -> [u64; 4] {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    // The second field is a name in parentheses, which may hold blanks.
    let after_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let mut fields = after_name.split_whitespace().skip(11).map(|it| it.parse().unwrap_or(0));
    std::array::from_fn(|_| fields.next().unwrap_or(0))
}

pub const HEAD: &str =
    "output           records/s   plain r/s  ratio    MB/s  CPU s/M  plain CPU s/M  plain client";

pub fn row(
    name: &str,
    records: u64,
    bytes: usize,
    ours: &Cost,
    plain: &Cost,
    plain_client: &str,
) -> String {
    let rate = |cost: &Cost| records as f64 / cost.time.as_secs_f64();
    let cpu = |cost: &Cost| cost.cpu_seconds / records as f64 * 1e6;
    let megabytes = bytes as f64 / 1e6 / ours.time.as_secs_f64();
    format!(
        "{name:<14} {:>11.0} {:>11.0} {:>6.2} {megabytes:>7.0} {:>8.1} {:>14.1}  {plain_client}",
        rate(ours),
        rate(plain),
        rate(ours) / rate(plain),
        cpu(ours),
        cpu(plain),
    )
}
