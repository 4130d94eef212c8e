//! How far do our forms agree with what others make of the same records?
//!
//! `cargo run --release -p trail365-decode --example ecs_agreement -- ecs FOLDER` decodes the inputs
//! of every set in the folder, compares each field of the expected documents with ours, and prints
//! Markdown: a line for each set, then every field that differs with the reason. `-- ocsf FOLDER`
//! does it for OCSF, and a third word `examples` shows a value of each difference. `-- classes`
//! prints which record types become which classes. Reasons are lines of `data/form/differences.tsv`; a difference without one is
//! named as unexplained, and makes the command end with 1.
//!
//! Formats of a set: `{input: {message}, expected}` (SEKOIA-IO/intake-formats), `NAME` beside
//! `NAME-expected-keyfields.json` or `NAME-expected.json` (elastic/integrations), and `NAME.raw`
//! beside `NAME.ocsf` (ocsf/examples).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use bytes::Bytes;
use event::{Address, Envelope, Provenance, time};
use serde_json::{Map, Value};

/// One record with the document that another made of it.
struct Case {
    record: String,
    expected: Map<String, Value>,
}

/// What was counted for one set.
#[derive(Default)]
struct Count {
    cases: usize,
    fields: usize,
    agreed: usize,
    /// Fields outside the schema, which are not compared.
    beyond: usize,
}

/// Values that differed, by set and field: how often, and one example.
type Differences = BTreeMap<(String, String), (usize, String)>;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let (form, folder) = match (words.next(), words.next()) {
        (Some(form), None) if form == "classes" => {
            print_classes();
            return ExitCode::SUCCESS;
        }
        (Some(form), Some(folder)) if form == "ecs" || form == "ocsf" => (form, folder),
        _ => {
            eprintln!("usage: ecs_agreement ecs|ocsf FOLDER [examples] | classes");
            return ExitCode::from(2);
        }
    };
    let with_examples = words.next().is_some_and(|word| word == "examples");
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    let mut differences = Differences::new();
    for path in files(Path::new(&folder)) {
        let set = path.parent().and_then(|parent| parent.strip_prefix(&folder).ok());
        let set = set.map(|set| set.display().to_string()).unwrap_or_default();
        let cases = if form == "ocsf" { ocsf_cases(&path) } else { ecs_cases(&path) };
        for case in cases {
            let count = counts.entry(set.clone()).or_default();
            count.cases += 1;
            compare(&form, &set, &case, count, &mut differences);
        }
    }
    print_counts(&counts);
    match print_differences(&form, &differences, with_examples) {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a readable folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> Option<Value> {
    serde_json::from_str(&std::fs::read_to_string(path).ok()?).ok()
}

fn ecs_cases(path: &Path) -> Vec<Case> {
    let beside = |ending: &str| PathBuf::from(format!("{}{ending}", path.display()));
    let expected = ["-expected-keyfields.json", "-expected.json"]
        .iter()
        .find_map(|ending| read(&beside(ending)));
    if let Some(expected) = expected {
        let expected = match expected {
            Value::Object(mut document) => document.remove("expected").unwrap_or_default(),
            list => list,
        };
        let Value::Array(documents) = expected else { return Vec::new() };
        let records = records_of(path);
        let paired = records.into_iter().zip(documents);
        return paired
            .filter_map(|(record, expected)| match expected {
                Value::Object(expected) => Some(Case { record, expected }),
                _ => None,
            })
            .collect();
    }
    let Some(Value::Object(mut case)) = read(path) else { return Vec::new() };
    let record = case.get("input").and_then(|input| input.get("message")?.as_str());
    let Some(record) = record.map(str::to_owned) else { return Vec::new() };
    match case.remove("expected") {
        Some(Value::Object(expected)) => vec![Case { record, expected }],
        _ => Vec::new(),
    }
}

/// One record a line, or the events of a pipeline test.
fn records_of(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let test: Option<Value> = serde_json::from_str(&text).ok();
    match test.as_ref().and_then(|test| test.get("events")?.as_array()) {
        Some(events) => events
            .iter()
            .filter_map(|e| e["event"]["original"].as_str())
            .map(str::to_owned)
            .collect(),
        None => text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect(),
    }
}

fn ocsf_cases(path: &Path) -> Vec<Case> {
    if path.extension().is_none_or(|extension| extension != "raw") {
        return Vec::new();
    }
    let record = std::fs::read_to_string(path).unwrap_or_default();
    match read(&path.with_extension("ocsf")) {
        Some(Value::Object(expected)) => vec![Case { record, expected }],
        _ => Vec::new(),
    }
}

fn compare(form: &str, set: &str, case: &Case, count: &mut Count, differences: &mut Differences) {
    let provenance =
        Provenance { source: "ndjson", content_type: "", origin: "agreement".to_owned() };
    let record = Bytes::copy_from_slice(case.record.as_bytes());
    let envelope = Envelope::record(&Arc::new(provenance), 1, record);
    let event = decode::decode(&envelope, "contoso", 0);
    let ours = match form {
        "ocsf" => decode::form::ocsf(&event, decode::form::OcsfVersion::V1_4),
        _ => decode::form::ecs(&event),
    };
    let ours = decode::form::flattened(&ours);
    for (name, expected) in decode::form::flattened(&case.expected) {
        // Upstream's key fields name the members of o365.audit without that prefix.
        let name = match name.contains('.') || name == "@timestamp" || !set.contains("elastic") {
            true => name,
            false => format!("o365.audit.{name}"),
        };
        if form == "ecs" && !is_compared(&name) {
            count.beyond += 1;
            continue;
        }
        count.fields += 1;
        let found = ours.get(&name).cloned().or_else(|| beneath(&ours, &name));
        if found.as_ref().is_some_and(|found| agree(found, &expected)) {
            count.agreed += 1;
            continue;
        }
        let shown = found.map_or("nothing".to_owned(), |found| short(&found));
        let example = format!("{} (expected {})", shown, short(&expected));
        let difference = differences.entry((set.to_owned(), name)).or_insert((0, example));
        difference.0 += 1;
    }
}

/// Fields of ECS, and Elastic's own. The copy of the input and what Elastic's agent adds say
/// nothing of a mapping.
fn is_compared(name: &str) -> bool {
    let ours = [
        "agent.",
        "input.",
        "log.file",
        "log.offset",
        "event.ingested",
        "event.original",
        "ecs.",
        "tags",
        "message",
    ];
    if ours.iter().any(|begin| name.starts_with(begin)) {
        return false;
    }
    name.starts_with("o365.audit.") || decode::form::is_ecs_field(name)
}

/// An expected list or object whose members stand one by one in our flattened document.
fn beneath(ours: &Map<String, Value>, name: &str) -> Option<Value> {
    let prefix = format!("{name}.");
    let members: Map<String, Value> = ours
        .iter()
        .filter_map(|(key, value)| Some((key.strip_prefix(&prefix)?.to_owned(), value.clone())))
        .collect();
    (!members.is_empty()).then_some(Value::Object(members))
}

/// Lists are sets, times are instants in the coarser precision, addresses are addresses, and a
/// keyword may be written as a number.
fn agree(ours: &Value, expected: &Value) -> bool {
    if ours == expected {
        return true;
    }
    let list = |value: &Value| -> Vec<Value> {
        match value {
            Value::Array(items) => items.clone(),
            value => vec![value.clone()],
        }
    };
    if ours.is_array() || expected.is_array() {
        let (ours, expected) = (list(ours), list(expected));
        return ours.iter().all(|one| expected.iter().any(|other| agree(one, other)))
            && expected.iter().all(|one| ours.iter().any(|other| agree(other, one)));
    }
    if let (Value::Object(ours), Value::Object(expected)) = (ours, expected) {
        // What we say beyond the expected is no disagreement.
        return expected
            .iter()
            .all(|(key, expected)| ours.get(key).is_some_and(|ours| agree(ours, expected)));
    }
    let (Some(ours), Some(expected)) = (text(ours), text(expected)) else { return false };
    if ours == expected {
        return true;
    }
    if let (Some(a), Some(b)) = (Address::parse(&ours), Address::parse(&expected)) {
        return a == b;
    }
    let is_time = |text: &str| text.len() >= 19 && text.as_bytes()[4] == b'-';
    match (time::parse(&ours), time::parse(&expected)) {
        (Some(a), Some(b)) if is_time(&ours) && is_time(&expected) => a / 1000 == b / 1000,
        _ => false,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string().replace('|', "\\|").replace(['\n', '\r'], " ");
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn print_counts(counts: &BTreeMap<String, Count>) {
    println!("| set | records | fields | agree | |");
    println!("| --- | ---: | ---: | ---: | ---: |");
    let mut sum = Count::default();
    for (set, count) in counts {
        print_count(set, count);
        sum.cases += count.cases;
        sum.fields += count.fields;
        sum.agreed += count.agreed;
        sum.beyond += count.beyond;
    }
    if counts.len() > 1 {
        print_count("all", &sum);
    }
    if sum.beyond > 0 {
        println!("\nNot compared: {} fields that are no ECS fields.", sum.beyond);
    }
}

fn print_count(set: &str, count: &Count) {
    let percent = 100.0 * count.agreed as f64 / count.fields.max(1) as f64;
    println!(
        "| {} | {} | {} | {} | {percent:.1} % |",
        if set.is_empty() { "(the folder)" } else { set },
        count.cases,
        count.fields,
        count.agreed
    );
}

/// Prints every field that differs, and tells how many have no reason.
fn print_differences(form: &str, differences: &Differences, with_examples: bool) -> usize {
    let reasons = reasons(form);
    let mut unexplained = BTreeSet::new();
    let mut by_field: BTreeMap<&str, (usize, &str, BTreeSet<&str>)> = BTreeMap::new();
    for ((set, field), (times, example)) in differences {
        let entry = by_field.entry(field).or_insert((0, example, BTreeSet::new()));
        entry.0 += times;
        entry.2.insert(set);
    }
    if by_field.is_empty() {
        return 0;
    }
    println!("\n| field that differs | times | why |");
    println!("| --- | ---: | --- |");
    for (field, (times, example, sets)) in &by_field {
        let reason = reasons.iter().find(|(name, set, _)| {
            let fits = *name == *field
                || name.strip_suffix('*').is_some_and(|begin| field.starts_with(begin));
            fits && (set.is_empty() || sets.iter().all(|one| one.contains(set)))
        });
        let why = reason.map_or("UNEXPLAINED", |(_, _, why)| why);
        if reason.is_none() {
            unexplained.insert(*field);
        }
        match with_examples {
            true => println!("| {field} | {times} | {why}: {example} |"),
            false => println!("| {field} | {times} | {why} |"),
        }
    }
    unexplained.len()
}

/// The classes of each record type, from the table that the forms read.
fn print_classes() {
    let mut rows: Vec<(String, Vec<String>)> = Vec::new();
    let lines = include_str!("../data/form/classes.tsv").lines();
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let cells: Vec<&str> = line.split('\t').collect();
        let class = decode::form::ocsf_class_name(cells[5].parse().unwrap_or(-1));
        let class = format!("{} {}", cells[5], class.unwrap_or("?"));
        let whom = cells[0].split(',').map(|name| match name.parse() {
            Ok(id) => format!("{id} {}", decode::record_type_name(id).unwrap_or("?")),
            Err(_) => match name.strip_prefix("category:") {
                Some("*") => "directory audit, any other category".to_owned(),
                Some(category) => format!("directory audit, {category}"),
                None if name == "*" => "any other, by verb".to_owned(),
                None => name.to_owned(),
            },
        });
        for whom in whom {
            match rows.iter_mut().find(|(name, _)| *name == whom) {
                Some((_, classes)) if classes.contains(&class) => {}
                Some((_, classes)) => classes.push(class.clone()),
                None => rows.push((whom, vec![class.clone()])),
            }
        }
    }
    println!("| record type | classes |");
    println!("| --- | --- |");
    for (whom, classes) in rows {
        println!("| {whom} | {} |", classes.join(", "));
    }
}

/// Field, set and reason of the differences that are meant.
fn reasons(form: &str) -> Vec<(&'static str, &'static str, &'static str)> {
    include_str!("../data/form/differences.tsv")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|line| {
            let mut cells = line.split('\t');
            let (which, field, set, why) =
                (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
            (which == form).then_some((field, set, why))
        })
        .collect()
}
