//! Does the loop do what each kind of error asks for?

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use event::{Field, Key};
use output::{
    Counts, Error, Feed, Limits, Outcome, Parked, Record, Refusal, Result, Retry, Service, Until,
    pump,
};
use tokio::sync::watch;

fn record(n: u64) -> Record {
    Record {
        key: Key { id: n, content: n },
        raw: Bytes::new(),
        cells: vec![None; Field::COUNT],
        body: Bytes::from(n.to_string()),
        typed: None,
    }
}

/// Batches of at most `limits.records`.
struct Numbers {
    left: VecDeque<u64>,
    settled: u64,
    taken: u64,
    parked: Vec<(u64, String)>,
}

impl Numbers {
    fn up_to(count: u64) -> Numbers {
        Numbers { left: (0..count).collect(), settled: 0, taken: 0, parked: Vec::new() }
    }
}

#[async_trait]
impl Feed for Numbers {
    async fn next(&mut self, limits: &Limits) -> std::result::Result<Vec<Record>, String> {
        let count = self.left.len().min(limits.records);
        self.taken += count as u64;
        Ok(self.left.drain(..count).map(record).collect())
    }

    async fn settle(&mut self, parked: Vec<Parked>) -> std::result::Result<(), String> {
        self.settled = self.taken;
        self.parked.extend(parked.into_iter().map(|it| (it.record.key.id, it.reason)));
        Ok(())
    }
}

/// Answers by what the batch holds, and by how often it was asked.
struct Scripted<F> {
    answer: F,
    calls: u32,
    took: Arc<Mutex<Vec<u64>>>,
}

#[async_trait]
impl<F: FnMut(&[u64], u32) -> Result<()> + Send> Service for Scripted<F> {
    async fn deliver(&mut self, records: &[Record]) -> Result<()> {
        let numbers: Vec<u64> = records.iter().map(|record| record.key.id).collect();
        self.calls += 1;
        let answer = (self.answer)(&numbers, self.calls);
        let refused: Vec<usize> = match &answer {
            Ok(()) => Vec::new(),
            Err(Error::Some(refusals)) => refusals.iter().map(|it| it.index).collect(),
            Err(_) => return answer,
        };
        let took = numbers.iter().enumerate().filter(|(index, _)| !refused.contains(index));
        self.took.lock().unwrap().extend(took.map(|(_, number)| *number));
        answer
    }
}

const LIMITS: Limits = Limits { records: 4, bytes: 1 << 20, linger: Duration::from_millis(1) };
const RETRY: Retry = Retry {
    first: Duration::from_millis(1),
    longest: Duration::from_millis(2),
    denied: Duration::from_millis(1),
};

/// What was taken, what was parked, how it ended, and the last counts.
async fn run(
    count: u64,
    failures_max: u32,
    answer: impl FnMut(&[u64], u32) -> Result<()> + Send,
) -> (Vec<u64>, Vec<(u64, String)>, Outcome, Counts) {
    let took = Arc::new(Mutex::new(Vec::new()));
    let mut service = Scripted { answer, calls: 0, took: took.clone() };
    let mut feed = Numbers::up_to(count);
    let (_keep, stop) = watch::channel(false);
    let last = Mutex::new(Counts::default());
    let tell = |counts: &Counts| *last.lock().unwrap() = counts.clone();
    let until = Until::CaughtUp { failures_max };
    let outcome = pump(&mut service, &mut feed, &LIMITS, &RETRY, until, stop, &tell).await.unwrap();
    let took = took.lock().unwrap().clone();
    (took, feed.parked, outcome, last.into_inner().unwrap())
}

#[tokio::test]
async fn what_fails_for_now_is_tried_again() {
    for error in [Error::later("busy"), Error::denied("no such token")] {
        let (took, parked, outcome, counts) = run(10, 9, |_, call| match call % 3 {
            0 => Ok(()),
            _ => Err(error.clone()),
        })
        .await;
        assert_eq!(took, (0..10).collect::<Vec<u64>>());
        assert!(parked.is_empty());
        assert_eq!(outcome, Outcome::CaughtUp);
        assert_eq!((counts.records, counts.batches, counts.errors), (10, 3, 6));
        assert_eq!(counts.trouble, None);
    }
}

#[tokio::test]
async fn refused_records_are_parked_and_the_rest_goes_on() {
    let (took, parked, outcome, counts) = run(10, 9, |numbers, _| {
        let odd = numbers.iter().enumerate().filter(|(_, number)| *number % 5 == 3);
        let refusals: Vec<Refusal> =
            odd.map(|(index, _)| Refusal { index, reason: "odd".to_owned() }).collect();
        if refusals.is_empty() { Ok(()) } else { Err(Error::Some(refusals)) }
    })
    .await;
    assert_eq!(took, [0, 1, 2, 4, 5, 6, 7, 9]);
    assert_eq!(parked, [(3, "odd".to_owned()), (8, "odd".to_owned())]);
    assert_eq!(outcome, Outcome::CaughtUp);
    assert_eq!((counts.records, counts.parked), (8, 2));
}

#[tokio::test]
async fn the_record_to_blame_is_found_by_halving() {
    let (took, parked, _, counts) = run(12, 9, |numbers, _| match numbers.contains(&6) {
        true => Err(Error::whole("cannot be parsed")),
        false => Ok(()),
    })
    .await;
    assert_eq!(took, [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11]);
    assert_eq!(parked, [(6, "cannot be parsed".to_owned())]);
    assert_eq!((counts.records, counts.parked), (11, 1));
}

#[tokio::test]
async fn a_single_pass_gives_up_in_the_end() {
    let (took, _, outcome, counts) = run(10, 3, |_, _| Err(Error::later("nobody is there"))).await;
    assert!(took.is_empty());
    assert_eq!(outcome, Outcome::GaveUp("nobody is there".to_owned()));
    assert_eq!(counts.errors, 3);
    assert_eq!(counts.trouble.as_deref(), Some("nobody is there"));
}

#[tokio::test]
async fn stopping_waits_for_nobody() {
    let (stop, stopped) = watch::channel(false);
    let answer = |_: &[u64], _| {
        Err(Error::Later { words: "in an hour".to_owned(), after: Some(Duration::from_secs(3600)) })
    };
    let mut service = Scripted { answer, calls: 0, took: Arc::default() };
    let mut feed = Numbers::up_to(4);
    let tell = |_: &Counts| {
        stop.send(true).unwrap();
    };
    let outcome =
        pump(&mut service, &mut feed, &LIMITS, &RETRY, Until::Stopped, stopped, &tell).await;
    assert_eq!(outcome, Ok(Outcome::Stopped));
    assert_eq!(feed.settled, 0, "what was not taken is delivered by the next start");
}
