//! Do the column evaluator and the row evaluator agree on every filter and event, and do counts?

use std::collections::{BTreeMap, BTreeSet};

use event::{
    Cell, Compare, Event, Field, Filter, Key, Name, Network, Pattern, TenantName, Test, Value, time,
};
use proptest::prelude::*;
use search::{Cache, ListQuery, Order, Scope, Searcher, SummaryQuery};
use store::{Chunk, Options, Rows, Store};

/// A record as JSON text; few values, so that filters hit.
fn record() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("Send"),
        Just("send"),
        Just("New-InboxRule"),
        Just("Grüße"),
        Just("a\\\\b"),
        Just("line\\nbreak"),
        Just("\\u0053end"),
        Just("")
    ];
    let ip = prop_oneof![
        Just("203.0.113.7"),
        Just("203.0.113.7:443"),
        Just("[2001:db8::1]:9"),
        Just("none")
    ];
    let value = (word.clone(), word, ip, 0..5i64, any::<bool>());
    (value, 0..1_000_000u64).prop_map(|((operation, name, ip, number, flag), id)| {
        format!(
            r#"{{"Id":"{id}","Operation":"{operation}","ClientIP":"{ip}","Size":{number},"Flag":{flag},
            "Parameters":[{{"Name":"ForwardTo","Value":"{name}"}}],"Item":{{"Subject":"{name} x","Nothing":null}}}}"#
        )
    })
}

fn pattern() -> impl Strategy<Value = Pattern> {
    prop_oneof![
        prop_oneof![Just("send"), Just("*rule"), Just("gr*e"), Just("*"), Just("?end"), Just("")]
            .prop_map(Pattern::wildcard),
        prop_oneof![
            Just("end"),
            Just("n"),
            Just("ü"),
            Just("nb"),
            Just("\\"),
            Just("u0053"),
            Just("203.0"),
            Just("ForwardTo")
        ]
        .prop_map(Pattern::containing),
    ]
}

fn test() -> impl Strategy<Value = Test> {
    let compare = prop_oneof![
        Just(Compare::Less),
        Just(Compare::AtMost),
        Just(Compare::More),
        Just(Compare::AtLeast)
    ];
    let network = prop_oneof![Just("203.0.113.0/24"), Just("203.0.113.7"), Just("::/0")];
    prop_oneof![
        Just(Test::Exists),
        pattern().prop_map(Test::Matches),
        network.prop_map(|text| Test::Within(Network::parse(text).unwrap())),
        (compare.clone(), 0..5i64).prop_map(|(c, n)| Test::Number(c, n as f64)),
        (compare, 0..48i64).prop_map(|(c, n)| Test::Time(c, start() + n * time::HOUR)),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    let name = prop_oneof![
        Just("Operation"),
        Just("ClientIP"),
        Just("CreationTime"),
        Just("RecordType"),
        Just("UserId"),
        Just("Id"),
        Just("Size"),
        Just("Flag"),
        Just("Parameters.ForwardTo"),
        Just("Parameters"),
        Just("Item.Subject"),
        Just("Item.Nothing"),
        Just("Absent"),
    ];
    let leaf = prop_oneof![
        Just(Filter::All),
        (name, test()).prop_map(|(name, test)| Filter::field(name, test)),
        pattern().prop_map(|p| Filter::Text(Pattern::wildcard(&format!("*{}*", p.source())))),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 1..3).prop_map(Filter::Or),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
}

fn start() -> i64 {
    time::parse("2024-05-01T00:00:00").unwrap()
}

fn body(bytes: &[u8]) -> Value<'_> {
    Value::from_json(std::str::from_utf8(bytes).unwrap()).unwrap()
}

/// The columns a decoder would fill.
fn event(raw: &str, number: usize) -> Event<'_> {
    let body = body(raw.as_bytes());
    let text = |name| body.get(name).and_then(Value::as_text).map(|t| t.into_owned());
    let (id, operation, ip) = (text("Id"), text("Operation"), text("ClientIP"));
    let mut event = Event::new(Key::of(id.as_deref(), &body), raw.as_bytes(), body);
    event.set_text(Field::Id, id.unwrap());
    event.set_text(Field::Operation, operation.unwrap());
    if let Some(address) = event::Address::parse(ip.as_deref().unwrap()) {
        event.set_text(Field::ClientAddress, address.ip.to_string());
    }
    event.set_text(Field::ClientIP, ip.unwrap());
    if number.is_multiple_of(3) {
        event.set(Field::RecordType, Cell::Int(number as i64 % 5));
        event.set_text(Field::UserId, "Ann@contoso.example");
    }
    if !number.is_multiple_of(7) {
        event.set(Field::CreationTime, Cell::Time(start() + number as i64 * time::HOUR));
    }
    event
}

async fn searcher(folder: &std::path::Path, records: &[String]) -> Searcher {
    let options = Options { data_dir: folder.to_owned(), tables_url: None };
    let store = Store::open(&options).unwrap();
    let tenant = TenantName::new("contoso").unwrap();
    let mut writer = store.writer(&tenant, Chunk::Large).await.unwrap();
    let mut rows = Rows::default();
    records.iter().enumerate().for_each(|(number, raw)| rows.push(&event(raw, number)));
    writer.push(rows.finish()).await.unwrap();
    writer.commit(&[], 1).await.unwrap();
    Searcher::new(store.tables().await.unwrap(), Cache::new(1 << 20), body)
}

/// Counts as the summary should, one event after another.
async fn assert_summary(searcher: &Searcher, filter: &Filter, records: &[String]) {
    let interval = 5 * time::HOUR;
    let mut keys = BTreeSet::new();
    let (mut buckets, mut operations, mut subjects) =
        (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for (number, raw) in records.iter().enumerate() {
        let event = event(raw, number);
        if !keys.insert(event.key) || !filter.matches(&event) {
            continue;
        }
        if let Some(time) = event.time(Field::CreationTime) {
            *buckets.entry(time.div_euclid(interval) * interval).or_insert(0) += 1;
        }
        *operations.entry(event.text(Field::Operation).unwrap().to_owned()).or_insert(0) += 1;
        let subject = event.body.get("Item").and_then(|item| item.get("Subject"));
        let subject = subject.and_then(Value::as_text).unwrap().into_owned();
        *subjects.entry(subject).or_insert(0) += 1;
    }
    let query = SummaryQuery {
        scope: Scope::events(filter.clone()),
        interval: Some(interval),
        facets: ["Operation", "Item.Subject"].map(Name::parse).to_vec(),
        top: usize::MAX,
    };
    let summary = searcher.summary(&query).await.unwrap();
    assert_eq!(summary.total, operations.values().sum::<u64>(), "{filter:?}");
    let counted = |facet: usize| -> BTreeMap<String, u64> {
        summary.facets[facet].values.iter().map(|v| (v.value.clone(), v.count)).collect()
    };
    assert_eq!((counted(0), counted(1)), (operations, subjects), "{filter:?}");
    let histogram = summary.histogram.unwrap().buckets;
    let histogram: BTreeMap<i64, u64> = histogram.iter().map(|b| (b.start, b.count)).collect();
    assert_eq!(histogram, buckets, "{filter:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn columns_and_rows_agree(
        records in prop::collection::vec(record(), 1..40),
        filters in prop::collection::vec(filter(), 40),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        runtime.block_on(async {
            let searcher = searcher(folder.path(), &records).await;
            for filter in filters {
                let mut expected: Vec<Key> = records
                    .iter()
                    .enumerate()
                    .map(|(number, raw)| event(raw, number))
                    .filter(|event| filter.matches(event))
                    .map(|event| event.key)
                    .collect();
                expected.sort_unstable();
                expected.dedup();
                let query = ListQuery {
                    scope: Scope::events(filter.clone()),
                    order: Order::NewestFirst,
                    limit: None,
                    after: None,
                };
                let rows = searcher.page(&query).await.unwrap();
                let mut found: Vec<Key> = rows.iter().map(|row| row.key).collect();
                found.sort_unstable();
                assert_eq!(found, expected, "{filter:?}");
                assert_summary(&searcher, &filter, &records).await;
            }
        });
    }
}
