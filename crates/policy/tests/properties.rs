//! What holds of any policy and any events?

mod common;

use std::collections::HashSet;

use common::{event, now, quarantined};
use event::{Event, Filter, Pattern, Test, time};
use policy::{
    Act, Actions, Bypass, FieldPath, Group, Hold, MailboxPolicy, Policy, Preset, Retention, Rule,
    Verdict,
};
use proptest::prelude::*;
use proptest::sample::select;

const OPERATIONS: [&str; 6] =
    ["Send", "HardDelete", "FolderBind", "UserLoggedIn", "AttachmentAccess", "Move"];
const USERS: [&str; 3] = ["ann@contoso.example", "svc@contoso.example", "eve@fabrikam.example"];

/// The text of a record, or bytes that are none.
#[derive(Clone, Debug)]
enum Arrival {
    Record(String),
    Broken,
}

impl Arrival {
    fn event(&self) -> Event<'_> {
        match self {
            Arrival::Record(json) => event(json),
            Arrival::Broken => quarantined(b"{broken"),
        }
    }
}

fn arrival() -> impl Strategy<Value = Arrival> {
    let record = (
        select(&OPERATIONS),
        select(&USERS),
        select(&USERS),
        0..8_i64,
        select(&[1_i64, 2, 3, 15, 50]),
        prop::option::of(0..400_i64),
    );
    let record = record.prop_map(|(operation, user, owner, logon, record_type, age)| {
        let time = age.map(|days| {
            let time = time::iso_text(now() - days * time::DAY);
            format!(r#""CreationTime":"{time}","#)
        });
        Arrival::Record(format!(
            r#"{{{}"Operation":"{operation}","UserId":"{user}","MailboxOwnerUPN":"{owner}","LogonType":{logon},"RecordType":{record_type},"FolderId":"{record_type}"}}"#,
            time.unwrap_or_default()
        ))
    });
    prop_oneof![9 => record, 1 => Just(Arrival::Broken)]
}

fn filter() -> impl Strategy<Value = Filter> {
    let field = |name: &'static str| {
        move |pattern: &str| Filter::field(name, Test::Matches(Pattern::wildcard(pattern)))
    };
    prop_oneof![
        Just(Filter::All),
        select(&OPERATIONS).prop_map(field("Operation")),
        select(&USERS).prop_map(field("UserId")),
        select(&["1", "2", "50"]).prop_map(field("RecordType")),
    ]
}

fn rule() -> impl Strategy<Value = Rule> {
    let act = prop_oneof![
        Just(Act::Keep),
        Just(Act::Drop),
        Just(Act::Redact(vec![FieldPath::parse("Item.Subject").unwrap()])),
    ];
    ("[a-z]{3}", filter(), act).prop_map(|(name, filter, act)| Rule { name, filter, act })
}

fn block() -> impl Strategy<Value = MailboxPolicy> {
    let parts = (
        prop::option::of(select(&USERS)),
        any::<bool>(),
        select(&Preset::ALL),
        any::<bool>(),
        prop::option::of(1..300_i64),
    );
    parts.prop_map(|(user, enabled, preset, consolidate, days)| MailboxPolicy {
        mailboxes: user.map(Pattern::exact).into_iter().collect(),
        audit_enabled: enabled,
        consolidate_folder_bind: consolidate,
        audit_delegate: Actions::all(),
        audit_log_age_limit: days.map(|days| days * time::DAY),
        ..MailboxPolicy::new("block", preset)
    })
}

fn policy() -> impl Strategy<Value = Policy> {
    let retention = (filter(), 1..300_i64).prop_map(|(filter, days)| Retention {
        name: "retention".into(),
        filter,
        age_limit: days * time::DAY,
    });
    let hold = filter().prop_map(|filter| Hold { name: "hold".into(), filter });
    let parts = (
        prop::collection::vec(rule(), 0..5),
        prop::collection::vec(block(), 0..3),
        prop::collection::vec(select(&USERS).prop_map(Bypass::new), 0..2),
        prop::collection::vec(retention, 0..3),
        prop::collection::vec(hold, 0..2),
    );
    parts.prop_map(|(rules, mailboxes, bypass, retention, holds)| Policy {
        rules,
        mailboxes,
        bypass,
        retention,
        holds,
    })
}

proptest! {
    #[test]
    fn rules_after_the_one_that_decides_change_nothing(
        policy in policy(), arrival in arrival(), act in select(&[Act::Keep, Act::Drop]),
        more in prop::collection::vec(rule(), 1..4),
    ) {
        let event = arrival.event();
        let mut policy = policy;
        policy.rules.push(Rule { name: "all".into(), filter: Filter::All, act });
        let mut longer = policy.clone();
        longer.rules.extend(more);
        prop_assert_eq!(policy.judge(&event, now()), longer.judge(&event, now()));
    }

    #[test]
    fn rules_that_do_not_fit_change_nothing(policy in policy(), arrival in arrival()) {
        let event = arrival.event();
        let mut shorter = policy.clone();
        shorter.rules.retain(|rule| rule.filter.matches(&event));
        prop_assert_eq!(policy.judge(&event, now()), shorter.judge(&event, now()));
    }

    #[test]
    fn retention_removes_neither_what_is_held_nor_what_is_young(
        policy in policy(), arrival in arrival(),
    ) {
        let event = arrival.event();
        let held = policy.holds.iter().any(|hold| hold.filter.matches(&event));
        let age = event.time(event::Field::CreationTime).map(|time| now() - time);
        if let Some(retention) = policy.expired(&event, now()) {
            prop_assert!(!held);
            prop_assert!(age.is_some_and(|age| age >= retention.age_limit));
            prop_assert!(age >= policy.shortest_age_limit());
        }
    }

    #[test]
    fn a_day_that_goes_whole_holds_nothing_to_keep(policy in policy(), arrival in arrival()) {
        let event = arrival.event();
        if let Some(time) = event.time(event::Field::CreationTime) {
            let stop = (time.div_euclid(time::DAY) + 1) * time::DAY;
            if policy.expires_whole(stop, now()).is_some() {
                prop_assert!(policy.expired(&event, now()).is_some());
            }
        }
    }

    #[test]
    fn nothing_is_lost_and_every_judgement_is_explained(
        policy in policy(), arrivals in prop::collection::vec(arrival(), 0..20),
    ) {
        let mut groups: HashSet<Group> = HashSet::new();
        let (mut kept, mut dropped, mut counted) = (0, 0, 0);
        let mut quarantined = 0;
        for arrival in &arrivals {
            let event = arrival.event();
            let judgement = policy.judge(&event, now());
            let steps = policy.explain(&event, now());
            prop_assert!(steps.iter().any(|step| step.rule == judgement.rule));
            match judgement.verdict {
                Verdict::Keep if event.is_quarantined() => quarantined += 1,
                _ if event.is_quarantined() => prop_assert!(false, "quarantined bytes are kept"),
                Verdict::Keep => kept += 1,
                Verdict::Drop => dropped += 1,
                Verdict::Consolidate(group) if groups.insert(group) => kept += 1,
                Verdict::Consolidate(_) => counted += 1,
            }
            if policy.keeps_everything() {
                prop_assert_eq!(judgement.verdict, Verdict::Keep);
                prop_assert!(judgement.redact.is_empty());
            }
        }
        prop_assert_eq!(kept + dropped + counted + quarantined, arrivals.len());
    }
}
