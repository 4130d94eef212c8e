//! Does a client that lists and fetches find exactly what the truth says?

mod support;

use emulator::{Faults, Scenario, Truth};
use support::{Collected, World, options};

fn agree(collected: &Collected, truth: &Truth) {
    assert_eq!(collected.blobs.len() as u64, truth.blobs);
    assert_eq!(collected.records, truth.records);
    assert_eq!(collected.ids.len() as u64, truth.distinct_ids);
    let entries = |map: &std::collections::BTreeMap<&'static str, u64>| -> Vec<(String, u64)> {
        map.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    };
    let mine = |map: &std::collections::BTreeMap<String, u64>| -> Vec<(String, u64)> {
        map.iter().map(|(name, count)| (name.clone(), *count)).collect()
    };
    assert_eq!(entries(&collected.by_content_type), entries(&truth.by_content_type));
    assert_eq!(mine(&collected.by_workload), entries(&truth.by_workload));
    assert_eq!(collected.by_record_type, truth.by_record_type);
    assert_eq!(mine(&collected.by_operation), entries(&truth.by_operation));
}

#[test]
fn a_collector_finds_what_was_published() {
    let mut options = options(20_000);
    options.tenants[0].tenant.scenarios = Scenario::ALL.to_vec();
    let world = World::new(options);
    world.start_all();
    let collected = world.collect();
    let truth = &world.emulator.truth(world.now)[0];
    assert!(truth.records > 20_000);
    agree(&collected, truth);
    for story in &truth.scenarios {
        assert!(story.record_ids.iter().all(|id| collected.ids.contains(id)), "{}", story.scenario);
    }
}

#[test]
fn duplicates_and_late_content_are_counted() {
    let mut options = options(10_000);
    options.faults = Faults {
        duplicate_rate: 0.1,
        late_content_rate: 0.2,
        late_content_seconds: 300,
        ..Faults::default()
    };
    let mut world = World::new(options);
    world.start_all();
    let early = world.collect();
    agree(&early, &world.emulator.truth(world.now)[0]);
    assert!((early.ids.len() as u64) < 10_000);
    world.later(301);
    let late = world.collect();
    let truth = &world.emulator.truth(world.now)[0];
    agree(&late, truth);
    assert_eq!(truth.distinct_ids, 10_000);
    assert!(truth.duplicates > 500);
}

#[test]
fn live_records_are_counted() {
    let mut options = options(2_000);
    options.tenants[0].tenant.rate = 5.0;
    let mut world = World::new(options);
    world.start_all();
    for seconds in [0, 1, 60, 600] {
        world.later(seconds);
        agree(&world.collect(), &world.emulator.truth(world.now)[0]);
    }
    let live = world.emulator.truth(world.now)[0].distinct_ids - 2_000;
    assert!((3_200..=3_305).contains(&live), "{live}");
}

#[test]
fn expired_content_is_what_a_client_misses() {
    let mut options = options(10_000);
    options.faults = Faults { expired_content_rate: 0.1, duplicate_rate: 0.3, ..Faults::default() };
    let world = World::new(options);
    world.start_all();
    let mut collected = Collected::default();
    let mut expired = 0;
    for content_type in emulator::ContentType::ALL {
        for listed in world.list_all(content_type) {
            let answer = world.fetch(&listed.uri);
            if answer.status == 200 {
                collected.add(content_type, &support::json(&answer));
            } else {
                assert_eq!(support::code(&answer), "AF20051");
                expired += 1;
            }
        }
    }
    let truth = &world.emulator.truth(world.now)[0];
    assert_eq!(expired, truth.expired_blobs);
    assert!(truth.expired_records > 0);
    assert_eq!(collected.ids.len() as u64 + truth.expired_records, truth.distinct_ids);
}

#[test]
fn scenarios_played_later_are_published_and_told() {
    let mut options = options(2_000);
    options.tenants[0].tenant.rate = 2.0;
    let mut world = World::new(options);
    world.start_all();
    world.later(100);
    let first = world.emulator.play(None, Scenario::NonOwnerAccess, world.now).unwrap();
    world.later(1);
    let second = world
        .emulator
        .play(Some(&world.setup.tenant.tenant_id), Scenario::NonOwnerAccess, world.now)
        .unwrap();
    assert!(world.emulator.play(Some("nobody"), Scenario::PasswordSpray, world.now).is_err());
    world.later(20);
    let collected = world.collect();
    let truth = &world.emulator.truth(world.now)[0];
    agree(&collected, truth);
    assert_eq!(truth.scenarios.len(), 2);
    for story in [first, second] {
        assert!(story.record_ids.iter().all(|id| collected.ids.contains(id)));
    }
}
