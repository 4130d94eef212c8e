//! What time is it in the simulated world?
//!
//! Time moves only when nothing else can: when the runtime has nothing left to run and no work is
//! under way that takes no simulated time, it jumps to the next sleeper. The machine's clock may be
//! off; a sleep lasts as long all the same.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Outlives the processes that run in it.
#[derive(Debug)]
pub struct Time(Mutex<State>);

#[derive(Debug)]
struct State {
    now: i64,
    /// By how much the machine's clock is ahead.
    ahead: i64,
    /// By the moment they wake, in the order in which they went to sleep.
    sleepers: BTreeMap<(i64, u64), Option<Waker>>,
    slept: u64,
    standing: usize,
}

impl Time {
    pub fn starting(now: i64) -> Arc<Time> {
        let sleepers = BTreeMap::new();
        Arc::new(Time(Mutex::new(State { now, ahead: 0, sleepers, slept: 0, standing: 0 })))
    }

    /// Microseconds since 1970, as the service knows it.
    pub fn now(&self) -> i64 {
        self.locked().now
    }

    /// What the machine's clock shows.
    pub fn on_the_machine(&self) -> i64 {
        let state = self.locked();
        state.now + state.ahead
    }

    pub fn set_ahead(&self, micros: i64) {
        self.locked().ahead = micros;
    }

    /// Nothing runs meanwhile.
    pub fn pass(&self, micros: i64) {
        self.locked().now += micros;
    }

    pub fn sleep(self: &Arc<Time>, duration: Duration) -> Sleep {
        let mut state = self.locked();
        state.slept += 1;
        let key = (state.now + duration.as_micros() as i64, state.slept);
        state.sleepers.insert(key, None);
        Sleep { time: self.clone(), key }
    }

    pub fn stand_still(self: &Arc<Time>) -> Standing {
        self.locked().standing += 1;
        Standing(self.clone())
    }

    /// The runtime has nothing to do: on to the next sleeper.
    pub fn advance(&self) {
        let mut state = self.locked();
        if state.standing > 0 {
            return;
        }
        let Some((at, slept)) = state.sleepers.keys().next().copied() else {
            return;
        };
        state.now = state.now.max(at);
        let waker = state.sleepers.get_mut(&(at, slept)).and_then(Option::take);
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no holder panics")
    }
}

pub struct Sleep {
    time: Arc<Time>,
    key: (i64, u64),
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context) -> Poll<()> {
        let mut state = self.time.locked();
        if state.now >= self.key.0 {
            return Poll::Ready(());
        }
        state.sleepers.insert(self.key, Some(context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.time.locked().sleepers.remove(&self.key);
    }
}

/// While it lives, work is done that takes no simulated time.
pub struct Standing(Arc<Time>);

impl Drop for Standing {
    fn drop(&mut self) {
        self.0.locked().standing -= 1;
    }
}
