//! What time is it at the service?
//!
//! Windows, the lives of content and gaps are spans of the service's time. A machine whose clock is
//! off by hours would ask for spans that the service refuses, believe that it has listed what is
//! yet to come, and note its gaps where they are not. So where the two differ by more than a
//! little, the service's own Date counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use super::probe::{CLOCK_SKEW_MAX, date};
use super::transport::{Interruption, Request, Response, Transport};
use super::world::{BoxFuture, Clock, World};

impl World {
    /// The same world, on the service's time once an answer has told it.
    pub fn on_service_time(self) -> World {
        let clock = Arc::new(ServiceClock { machine: self.clock, ahead: AtomicI64::new(0) });
        let transport = Arc::new(Dated { transport: self.transport, clock: clock.clone() });
        World { clock, transport, ..self }
    }
}

struct ServiceClock {
    machine: Arc<dyn Clock>,
    /// Microseconds by which the machine's clock is too far ahead.
    ahead: AtomicI64,
}

impl Clock for ServiceClock {
    fn now(&self) -> i64 {
        self.machine.now() - self.ahead.load(Ordering::Relaxed)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        self.machine.sleep(duration)
    }

    fn stand_still(&self) -> Box<dyn Send> {
        self.machine.stand_still()
    }
}

/// Reads the time from each answer.
struct Dated {
    transport: Arc<dyn Transport>,
    clock: Arc<ServiceClock>,
}

impl Transport for Dated {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, Interruption>> {
        Box::pin(async move {
            let asked = self.clock.machine.now();
            let response = self.transport.send(request).await?;
            if let Some(date) = date(&response.headers) {
                let ahead = ahead(asked, date, self.clock.machine.now());
                self.clock.ahead.store(ahead, Ordering::Relaxed);
            }
            Ok(response)
        })
    }
}

/// By how much a clock is certainly ahead that showed these times around a moment of this date;
/// little is nothing.
fn ahead(asked: i64, date: i64, answered: i64) -> i64 {
    let little = CLOCK_SKEW_MAX.as_micros() as i64;
    let (least, most) = (asked - date, answered.max(asked) - date);
    match (least > little, most < -little) {
        (true, _) => least,
        (_, true) => most,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn a_clock_far_off_is_put_right_and_a_slow_answer_is_none() {
        let check = |asked: i64, date: i64, answered: i64, expected: i64| {
            let found = ahead(asked * SECOND, date * SECOND, answered * SECOND);
            assert_eq!(found, expected * SECOND, "{asked} {date} {answered}");
        };
        check(1000, 1000, 1001, 0);
        check(1000, 1119, 1001, 0);
        check(1000, 1000, 1900, 0);
        check(1000, 1900, 1900, 0);
        check(5000, 1000, 5001, 4000);
        check(1000, 5000, 1001, -3999);
        // It was set back while the answer was on its way.
        check(5000, 5000, 1000, 0);
    }
}
