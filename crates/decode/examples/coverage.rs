//! How much of the documented schema is understood? Prints docs/coverage.md.
//!
//! `cargo run -p trail365-decode --example coverage > docs/coverage.md`

use std::collections::BTreeMap;

use decode::form::{OcsfVersion, ocsf, ocsf_class_name};
use decode::schema::{self, Kind};
use decode::{FAMILIES, family::Fits};
use event::{Event, Field, Key, Value};

fn main() {
    println!("# What is understood\n");
    println!(
        "Printed by `cargo run -p trail365-decode --example coverage`. Agreement with other mappings stands in"
    );
    println!("[ecs.md](ecs.md) and [ocsf.md](ocsf.md).\n");
    summary();
    classes();
    record_types();
}

fn summary() {
    let types = schema::record_types();
    let with_class = types.iter().filter(|(id, _)| schema::classes_of(*id).len() > 1).count();
    let with_line = types.iter().filter(|(id, _)| family_of(*id).is_some()).count();
    let (documented, observed): (Vec<_>, Vec<_>) =
        schema::classes().iter().flat_map(|it| &it.fields).partition(|it| it.is_documented());
    let enumerations = schema::enumerations().count();
    let members: usize = schema::enumerations().map(|it| it.members.len()).sum();
    println!("| what | how many |\n| --- | ---: |");
    for (what, count) in [
        ("RecordTypes with a name and an SQL view", types.len()),
        ("of them with documented or observed fields of their own", with_class),
        ("of them with a readable line of their own", with_line),
        ("classes of the audit schema", schema::classes().len()),
        ("documented fields", documented.len()),
        ("fields that records have and the documentation has not", observed.len()),
        ("enumerations", enumerations),
        ("their values", members),
        ("families of records outside the audit schema", other_families()),
    ] {
        println!("| {what} | {count} |");
    }
}

fn other_families() -> usize {
    FAMILIES.iter().filter(|family| matches!(family.fits, Fits::Members { .. })).count()
}

fn family_of(record_type: i64) -> Option<&'static str> {
    FAMILIES.iter().find_map(|family| match family.fits {
        Fits::RecordTypes(types) if types.contains(&record_type) => Some(family.name),
        _ => None,
    })
}

fn classes() {
    println!(
        "\n## Classes\n\n| class | documented fields | typed | observed |\n| --- | ---: | ---: | ---: |"
    );
    for class in schema::classes() {
        let documented = class.fields.iter().filter(|field| field.is_documented());
        let typed = documented.clone().filter(|field| field.kind != Kind::Any).count();
        let count = documented.count();
        let observed = class.fields.len() - count;
        println!("| {} | {count} | {typed} | {observed} |", class.name);
    }
}

fn record_types() {
    println!("\n## RecordTypes\n");
    println!(
        "The OCSF class is that of an event of the type whose operation nothing is known of.\n"
    );
    println!(
        "| RecordType | name | columns | readable line | OCSF class |\n| ---: | --- | ---: | --- | --- |"
    );
    let mut by_class: BTreeMap<u64, usize> = BTreeMap::new();
    for (id, name) in schema::record_types() {
        let class = ocsf_class(*id);
        *by_class.entry(class).or_default() += 1;
        let line = family_of(*id).unwrap_or("by the schema");
        let columns = schema::columns_of(*id).len();
        println!("| {id} | {name} | {columns} | {line} | {class} {} |", class_name(class));
    }
    println!("\n## OCSF classes\n\n| class | RecordTypes |\n| --- | ---: |");
    for (class, count) in by_class {
        println!("| {class} {} | {count} |", class_name(class));
    }
}

fn ocsf_class(record_type: i64) -> u64 {
    let raw = format!(r#"{{"RecordType":{record_type},"Operation":"Something"}}"#);
    let body = Value::from_json(&raw).expect("JSON");
    let mut event = Event::new(Key::of(None, &body), raw.as_bytes(), body.clone());
    event.set(Field::RecordType, event::Cell::Int(record_type));
    let name = decode::record_type_name(record_type).unwrap_or_default();
    event.set_text(Field::RecordTypeName, name);
    event.set_text(Field::Operation, "Something");
    let object = ocsf(&event, OcsfVersion::default());
    object.get("class_uid").and_then(serde_json::Value::as_u64).unwrap_or(0)
}

fn class_name(class: u64) -> String {
    ocsf_class_name(class as _).map_or_else(|| "Base Event".to_owned(), Into::into)
}
