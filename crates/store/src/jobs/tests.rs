//! The queue beside a slow, obvious one.

use std::collections::BTreeMap;

use event::time;

use super::*;

fn open() -> (tempfile::TempDir, Jobs) {
    let folder = tempfile::tempdir().unwrap();
    let jobs = Jobs::open(&folder.path().join("jobs.sqlite")).unwrap();
    (folder, jobs)
}

fn new(name: &str) -> NewJob {
    NewJob {
        name: name.to_owned(),
        what: "operation:SendAs".to_owned(),
        spec: "{}".to_owned(),
        deliveries: vec![
            (Outlet::Folder, "/srv/audit".to_owned()),
            (Outlet::Mail, "soc@contoso.example".to_owned()),
        ],
        keep: time::DAY,
    }
}

/// What a job should be: nothing but its state and how far it is.
type Model = BTreeMap<String, (JobState, u64, Option<i64>)>;

fn step(jobs: &Jobs, model: &mut Model, dice: u64, now: i64) {
    let ids: Vec<String> = model.keys().cloned().collect();
    let id = ids.get((dice / 16) as usize % ids.len().max(1)).cloned().unwrap_or_default();
    let state = model.get(&id).map(|job| job.0);
    let is_running = state == Some(JobState::Running);
    match dice % 16 {
        0..4 => {
            let job = jobs.create(&new("nightly"), now).unwrap();
            assert!(model.insert(job.id, (JobState::Queued, 0, None)).is_none(), "a new id");
        }
        4..7 => {
            let next = model.iter().find(|(_, job)| job.0 == JobState::Queued);
            let next = next.map(|(id, _)| id.clone());
            assert_eq!(jobs.claim_next(now).unwrap().map(|job| job.id), next);
            next.map(|id| model.insert(id, (JobState::Running, 0, None)));
        }
        7..9 => {
            assert_eq!(jobs.progress(&id, dice, Some(99)).unwrap(), is_running);
            is_running.then(|| model.insert(id, (JobState::Running, dice, None)));
        }
        9..12 => {
            let finished = Finished { events: 7, file: "a.csv".to_owned(), ..Finished::default() };
            assert_eq!(jobs.finish(&id, &finished, now).unwrap(), is_running);
            is_running.then(|| model.insert(id, (JobState::Done, 7, Some(now + time::DAY))));
        }
        12 => {
            assert_eq!(jobs.fail(&id, "the disk is full", now).unwrap(), is_running);
            is_running.then(|| model.get_mut(&id).unwrap().0 = JobState::Failed);
        }
        13 => {
            let found = jobs.cancel(&id, now).unwrap();
            assert_eq!(found.is_some(), state.is_some());
            if state.is_some_and(|state| !state.has_ended()) {
                model.get_mut(&id).unwrap().0 = JobState::Cancelled;
            }
        }
        14 if dice.is_multiple_of(3) => {
            assert_eq!(jobs.remove(&id).unwrap(), model.remove(&id).is_some());
        }
        14 => {
            let due = |job: &&mut (JobState, u64, Option<i64>)| {
                job.0 == JobState::Done && job.2.is_some_and(|expires| expires <= now)
            };
            let expired = model.values_mut().filter(due).map(|job| job.0 = JobState::Expired);
            assert_eq!(jobs.expire(now).unwrap().len(), expired.count());
        }
        _ => {
            // Released first, so that none comes to the end of its tries.
            for id in &ids {
                jobs.release(id).unwrap();
            }
            jobs.requeue_interrupted(now).unwrap();
            for job in model.values_mut().filter(|job| job.0 == JobState::Running) {
                *job = (JobState::Queued, 0, None);
            }
        }
    }
}

#[test]
fn the_queue_does_what_the_model_does() {
    for seed in 0..4_u64 {
        let (_folder, jobs) = open();
        let mut model = Model::new();
        let mut dice = 365 + seed;
        for step_number in 0..200 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
            step(&jobs, &mut model, dice >> 33, step_number * time::HOUR);
            let mut found: Vec<_> = jobs.list().unwrap();
            found.reverse();
            let found: Vec<_> =
                found.into_iter().map(|job| (job.id, (job.state, job.done, job.expires))).collect();
            assert_eq!(found, model.clone().into_iter().collect::<Vec<_>>(), "seed {seed}");
        }
    }
}

#[test]
fn a_result_is_delivered_once_it_is_there_and_until_it_is_given_up() {
    let (_folder, jobs) = open();
    let id = jobs.create(&new("a"), 1).unwrap().id;
    assert!(jobs.next_delivery(i64::MAX).unwrap().is_none(), "nothing to deliver");
    jobs.claim_next(2).unwrap();
    jobs.finish(&id, &Finished::default(), 3).unwrap();
    let (job, mut delivery) = jobs.next_delivery(3).unwrap().unwrap();
    assert_eq!((job.id.as_str(), delivery.to.as_str()), (id.as_str(), "/srv/audit"));
    delivery.state = DeliveryState::Done;
    jobs.note_delivery(&id, &delivery).unwrap();
    let (_, mut mail) = jobs.next_delivery(3).unwrap().unwrap();
    assert_eq!(mail.outlet, Outlet::Mail);
    (mail.tries, mail.due) = (1, 10);
    jobs.note_delivery(&id, &mail).unwrap();
    assert!(jobs.next_delivery(9).unwrap().is_none(), "it waits");
    assert_eq!(jobs.next_delivery(10).unwrap().unwrap().1, mail);
    assert_eq!(jobs.waiting_deliveries().unwrap(), 1);
    jobs.expire(3 + time::DAY).unwrap();
    let states: Vec<_> =
        jobs.get(&id).unwrap().unwrap().deliveries.into_iter().map(|it| it.state).collect();
    assert_eq!(states, [DeliveryState::Done, DeliveryState::Failed]);
}

#[test]
fn a_schedule_makes_one_job_for_each_time() {
    let (_folder, jobs) = open();
    jobs.meet_schedule("weekly", 10).unwrap();
    for (due, makes) in [(10, false), (20, true), (20, false), (15, false), (30, true)] {
        let made = jobs.create_due("weekly", due, &new("weekly"), 40).unwrap();
        assert_eq!(made.is_some(), makes, "{due}");
    }
    jobs.meet_schedule("weekly", 99).unwrap();
    assert_eq!(jobs.last_due("weekly").unwrap(), Some(30));
    assert_eq!(jobs.list().unwrap().len(), 2);
}

#[test]
fn limits_are_told() {
    let (_folder, jobs) = open();
    let refused = |change: fn(&mut NewJob), words: &str| {
        let mut job = new("a");
        change(&mut job);
        let error = jobs.create(&job, 1).unwrap_err().to_string();
        assert!(error.contains(words), "{error}\nshould say {words}");
    };
    refused(|job| job.name = "ä".repeat(65), "1 to 64 characters");
    refused(|job| job.name = String::new(), "1 to 64 characters");
    refused(|job| job.name = "a\r\nBcc: b@fabrikam.example".to_owned(), "without line breaks");
    refused(|job| job.spec = "x".repeat(Jobs::SPEC_BYTES_MAX + 1), "make several jobs");
    refused(|job| job.deliveries = vec![(Outlet::Mail, String::new()); 51], "at most 50");
    jobs.create(&NewJob { name: "ä".repeat(64), ..new("") }, 1).unwrap();
}

#[test]
fn ended_jobs_make_room_and_results_do_not() {
    let (_folder, jobs) = open();
    let first = jobs.create(&new("first"), 1).unwrap();
    for _ in 1..Jobs::COUNT_MAX {
        jobs.create(&new("more"), 1).unwrap();
    }
    let error = jobs.create(&new("one too many"), 1).unwrap_err().to_string();
    assert!(error.contains("trail365 job remove"), "{error}");
    jobs.cancel(&first.id, 2).unwrap();
    jobs.create(&new("in its place"), 3).unwrap();
    assert_eq!(jobs.get(&first.id).unwrap(), None);
    let queued = jobs.counts().unwrap();
    assert_eq!(queued[0], (JobState::Queued, Jobs::COUNT_MAX));
}

#[test]
fn a_job_that_kills_its_workers_is_given_up() {
    let (_folder, jobs) = open();
    let id = jobs.create(&new("deadly"), 1).unwrap().id;
    let state = || jobs.get(&id).unwrap().unwrap().state;
    for _ in 1..Jobs::INTERRUPTIONS_MAX {
        jobs.claim_next(2).unwrap().unwrap();
        jobs.requeue_interrupted(3).unwrap();
        assert_eq!(state(), JobState::Queued);
        // A worker that was asked to end is nobody's fault.
        jobs.claim_next(2).unwrap().unwrap();
        jobs.release(&id).unwrap();
    }
    jobs.claim_next(2).unwrap().unwrap();
    jobs.requeue_interrupted(3).unwrap();
    assert_eq!(state(), JobState::Failed);
}

#[test]
fn the_file_outlives_its_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobs.sqlite");
    let made = Jobs::open(&path).unwrap().create(&new("kept"), 1_760_000_000_000_000).unwrap();
    assert_eq!(made.id, "20251009-000001");
    assert_eq!(Jobs::open(&path).unwrap().list().unwrap(), [made]);
}
