//! The forms: what holds for any record, and what one record of each kind becomes.

#[path = "../common/mod.rs"]
mod common;

mod cef;
mod csv;
mod ecs;
mod fields;
mod flat;
mod gelf;
mod leef;
mod ocsf;
mod shared;

use decode::form::mailbox_audit::MailboxEntry;
use decode::form::{Form, Object};
use event::Event;
use proptest::prelude::*;
use serde_json::Value as Json;

use crate::shared::{
    CEF_RULES, CLASSES, ECS_RULES, FAMILIES, LEEF_RULES, OCSF_RULES, any_json, decode, envelope,
    lines,
};

/// What every form promises, whatever the record.
fn holds(event: &Event) {
    ecs::holds(event);
    ocsf::holds(event);
    flat::holds(event);
    gelf::holds(event);
    cef::holds(event);
    leef::holds(event);
    csv::holds(event);
    mailbox_entry_holds(event);
    // What is written straight from the record says what the tree says.
    written_is(Form::Ecs, event, decode::form::ecs(event));
    written_is(Form::Ocsf, event, decode::form::ocsf(event, Default::default()));
    for form in Form::ALL {
        let mut out = Vec::new();
        form.write(event, &mut out);
        let is_json = !matches!(form, Form::Raw | Form::Line | Form::Cef | Form::Leef | Form::Csv);
        assert!(!is_json || serde_json::from_slice::<Json>(&out).is_ok(), "{}", form.name());
        let is_line =
            out.iter().all(|byte| *byte >= b' ' || (form == Form::Leef && *byte == b'\t'));
        assert!(form == Form::Raw || is_line, "{}", form.name());
    }
}

/// Each field has a cell and a line, whatever stands in them.
fn mailbox_entry_holds(event: &Event) {
    let Some(entry) = MailboxEntry::of(event) else { return };
    let (mut list, mut csv) = (String::new(), String::new());
    entry.write_list(&mut list);
    entry.write_csv(&mut csv);
    assert_eq!(list.lines().count(), MailboxEntry::FIELDS.len(), "{list}");
    assert!(!csv.contains(char::is_control), "{csv}");
}

fn written_is(form: Form, event: &Event, tree: Object) {
    let mut out = Vec::new();
    form.write(event, &mut out);
    let tree = serde_json::to_vec(&tree).unwrap();
    let read = |bytes: &[u8]| serde_json::from_slice::<Json>(bytes).unwrap();
    assert_eq!(read(&out), read(&tree), "{}", form.name());
    // A member written twice would be one after reading.
    assert_eq!(out.len(), tree.len(), "{}", form.name());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn any_record_has_every_form(
        value in any_json(),
        record_type in prop::option::of(prop_oneof![-1..480i64, prop::sample::select(vec![2i64, 6, 8, 11, 14, 15, 25, 28, 40, 64])]),
        operation in prop::option::of(prop::sample::select(lines(CLASSES).map(|cells| cells[1]).collect::<Vec<_>>())),
    ) {
        let mut value = value;
        if let Json::Object(members) = &mut value {
            if let Some(id) = record_type {
                members.insert("RecordType".to_owned(), id.into());
            }
            if let Some(operation) = operation {
                members.insert("Operation".to_owned(), operation.into());
            }
        }
        let envelope = envelope(value.to_string());
        holds(&decode(&envelope));
    }

    #[test]
    fn records_of_other_schemas_have_every_form(value in any_json(), family in 0..FAMILIES.len()) {
        let mut members: Object = serde_json::from_str(FAMILIES[family]).unwrap();
        if let Json::Object(more) = value {
            for (name, value) in more {
                members.entry(name).or_insert(value);
            }
        }
        members.remove("RecordType");
        let envelope = envelope(Json::Object(members).to_string());
        holds(&decode(&envelope));
    }

    #[test]
    fn any_bytes_have_every_form(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let envelope = envelope(bytes);
        holds(&decode(&envelope));
    }
}

#[test]
fn every_family_named_by_a_rule_exists() {
    let whom = [ECS_RULES, OCSF_RULES, CEF_RULES, LEEF_RULES, CLASSES]
        .into_iter()
        .flat_map(lines)
        .map(|cells| cells[0]);
    for name in whom.flat_map(|names| names.split(',')) {
        let is_word = matches!(name, "*" | "audit") || name.starts_with("category:");
        let is_type = name.parse().is_ok_and(|id| decode::record_type_name(id).is_some());
        let is_family = decode::FAMILIES.iter().any(|family| family.name == name);
        assert!(is_word || is_type || is_family, "{name}");
    }
}

#[test]
fn forms_have_names() {
    for form in Form::ALL {
        assert_eq!(Form::named(&form.name().to_uppercase()), Some(form));
    }
    assert_eq!(Form::named("xml"), None);
}
