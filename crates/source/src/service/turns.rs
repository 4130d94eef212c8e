//! Whose turn is it?
//!
//! Fresh data goes before back-fill: what is new is looked at by people, what is old is only to be
//! there before it expires. Within a priority the order is that of asking, and back-fill keeps a
//! small share, so that a busy tenant's history arrives too.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::oneshot;

/// How urgent is a request?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Priority {
    #[default]
    Fresh,
    /// It yields to fresh requests that wait. Which back-fill comes first is for the caller to say,
    /// by asking in that order.
    Backfill,
}

/// After so many fresh turns in a row, back-fill that waits has one.
pub(crate) const FRESH_IN_A_ROW_MAX: u32 = 9;

/// Lets callers in one by one.
#[derive(Clone, Default)]
pub(crate) struct Turns(Arc<Mutex<Queues>>);

#[derive(Default)]
struct Queues {
    is_taken: bool,
    fresh: VecDeque<oneshot::Sender<Turn>>,
    backfill: VecDeque<oneshot::Sender<Turn>>,
    fresh_in_a_row: u32,
}

/// Held by whoever's turn it is; the next has its turn when this is dropped. It travels to the next
/// by itself, so a waiter that is gone passes it on.
pub(crate) struct Turn {
    turns: Turns,
    priority: Priority,
    /// The share of back-fill, which yields to nobody.
    is_share: bool,
}

impl Turns {
    /// Waits for a turn.
    pub async fn take(&self, priority: Priority) -> Turn {
        let waiting = {
            let mut queues = self.locked();
            if !queues.is_taken {
                queues.is_taken = true;
                return self.turn(&mut queues, priority);
            }
            let (sender, waiting) = oneshot::channel();
            queues.of(priority).push_back(sender);
            waiting
        };
        waiting.await.expect("turns are handed on, never lost")
    }

    /// Gives a turn of back-fill to a fresh request that came meanwhile, and waits for another at
    /// the head of its queue. Any other turn is kept.
    pub async fn yield_to_fresh(&self, turn: Turn) -> Turn {
        let waiting = {
            let mut queues = self.locked();
            // Those who wait no longer are no reason to yield.
            queues.fresh.retain(|waiter| !waiter.is_closed());
            if turn.priority == Priority::Fresh || turn.is_share || queues.fresh.is_empty() {
                return turn;
            }
            let (sender, waiting) = oneshot::channel();
            queues.backfill.push_front(sender);
            waiting
        };
        drop(turn);
        waiting.await.expect("turns are handed on, never lost")
    }

    /// The turn of the next, once somebody's is over.
    fn pass_on(&self) {
        loop {
            let (waiter, turn) = {
                let mut queues = self.locked();
                let Some(priority) = queues.next() else {
                    queues.is_taken = false;
                    return;
                };
                let waiter = queues.of(priority).pop_front().expect("it is the next");
                if waiter.is_closed() {
                    continue;
                }
                (waiter, self.turn(&mut queues, priority))
            };
            // Outside of the lock: a waiter that went away this moment drops the turn, which comes
            // back here.
            drop(waiter.send(turn));
            return;
        }
    }

    fn turn(&self, queues: &mut Queues, priority: Priority) -> Turn {
        let is_share = priority == Priority::Backfill && queues.is_share_due();
        queues.fresh_in_a_row = match priority {
            Priority::Fresh => queues.fresh_in_a_row.saturating_add(1),
            // A turn that is yielded again has not been used.
            Priority::Backfill if is_share => 0,
            Priority::Backfill => queues.fresh_in_a_row,
        };
        Turn { turns: self.clone(), priority, is_share }
    }

    fn locked(&self) -> MutexGuard<'_, Queues> {
        self.0.lock().expect("no holder panics")
    }
}

impl Queues {
    fn of(&mut self, priority: Priority) -> &mut VecDeque<oneshot::Sender<Turn>> {
        match priority {
            Priority::Fresh => &mut self.fresh,
            Priority::Backfill => &mut self.backfill,
        }
    }

    fn is_share_due(&self) -> bool {
        self.fresh_in_a_row >= FRESH_IN_A_ROW_MAX
    }

    fn next(&self) -> Option<Priority> {
        match (self.fresh.is_empty(), self.backfill.is_empty()) {
            (true, true) => None,
            (true, false) => Some(Priority::Backfill),
            (false, false) if self.is_share_due() => Some(Priority::Backfill),
            (false, _) => Some(Priority::Fresh),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.pass_on();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Priority::{Backfill, Fresh};

    /// The order in which waiters of these priorities are let in, the first holding the turn while
    /// the others queue up: `f0 b1 ...`.
    async fn order(waiters: &[Priority]) -> String {
        let turns = Turns::default();
        let first = turns.take(Fresh).await;
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        for (number, &priority) in waiters.iter().enumerate() {
            let (turns, order) = (turns.clone(), order.clone());
            tasks.push(tokio::spawn(async move {
                let _turn = turns.take(priority).await;
                let letter = if priority == Fresh { 'f' } else { 'b' };
                order.lock().unwrap().push(format!("{letter}{number}"));
            }));
            tokio::task::yield_now().await;
        }
        drop(first);
        for task in tasks {
            task.await.unwrap();
        }
        let order = order.lock().unwrap();
        order.join(" ")
    }

    #[tokio::test]
    async fn fresh_goes_first_and_back_fill_keeps_a_share() {
        assert_eq!(order(&[Backfill, Fresh, Backfill, Fresh]).await, "f1 f3 b0 b2");
        let mut many = vec![Backfill, Backfill];
        many.extend([Fresh; 12]);
        // The first fresh turn was that of the test itself.
        assert_eq!(order(&many).await, "f2 f3 f4 f5 f6 f7 f8 f9 b0 f10 f11 f12 f13 b1");
    }

    #[tokio::test]
    async fn back_fill_yields_while_it_waits_with_its_turn() {
        let turns = Turns::default();
        let turn = turns.take(Backfill).await;
        let turn = turns.yield_to_fresh(turn).await;
        let fresh = tokio::spawn({
            let turns = turns.clone();
            async move { drop(turns.take(Fresh).await) }
        });
        tokio::task::yield_now().await;
        let turn = turns.yield_to_fresh(turn).await;
        assert!(fresh.is_finished());
        drop(turn);
        drop(turns.take(Backfill).await);
    }

    #[tokio::test]
    async fn whoever_waits_no_longer_loses_no_turn() {
        let turns = Turns::default();
        let turn = turns.take(Fresh).await;
        let mut gone = Box::pin(turns.take(Fresh));
        assert!(futures::poll!(&mut gone).is_pending());
        let mut handed = Box::pin(turns.take(Fresh));
        assert!(futures::poll!(&mut handed).is_pending());
        let mut last = Box::pin(turns.take(Backfill));
        assert!(futures::poll!(&mut last).is_pending());
        drop(gone);
        // The second is given its turn, and goes before it looks.
        drop(turn);
        drop(handed);
        last.await;
    }
}
