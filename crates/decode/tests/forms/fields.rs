//! Which fields are written, in the forms that are objects.

use decode::form::{Fields, Form, Object, flattened};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::shared::{ROLE, SHARING, any_json, decode, envelope};

fn check(form: Form, record: &str, only: &[&str], without: &[&str], expected: Json) {
    let envelope = envelope(record);
    let event = decode(&envelope);
    let fields = Fields::new(only, without).unwrap();
    assert_eq!(fields.fits(form), Ok(()));
    let mut out = Vec::new();
    form.write_with(&event, &fields, &mut out);
    assert_eq!(serde_json::from_slice::<Json>(&out).unwrap(), expected, "{}", form.name());
}

#[test]
fn fields_are_chosen_in_every_form() {
    check(
        Form::Decoded,
        ROLE,
        &["CreationTime", "userid", "ModifiedProperties.Role.DisplayName", "RecordType*"],
        &[],
        json!({
            "CreationTime": "2026-01-24T06:54:24", "UserId": "ann@contoso.example", "RecordType": 8,
            "RecordTypeName": "AzureActiveDirectory",
            "ModifiedProperties": [{"Name": "Role.DisplayName", "NewValue": "Global Administrator", "OldValue": ""}],
        }),
    );
    check(
        Form::Ecs,
        ROLE,
        &["user", "@timestamp"],
        &["user.target", "user.email"],
        json!({
            "@timestamp": "2026-01-24T06:54:24Z",
            "user": {"domain": "contoso.example", "id": "ann@contoso.example", "name": "ann", "roles": ["Admin"]},
        }),
    );
    check(
        Form::Ocsf,
        ROLE,
        &["class_uid", "time", "observables.value"],
        &[],
        json!({
            "class_uid": 3007, "time": 1_769_237_664_000_i64,
            "observables": [{"value": "ann@contoso.example"}, {"value": "ann@contoso.example"},
                {"value": "bob@contoso.example"}, {"value": "bob@contoso.example"}],
        }),
    );
    check(
        Form::Flat,
        SHARING,
        &["o365.audit.Target*"],
        &["o365.audit.TargetUserOrGroupType"],
        json!({"o365.audit.TargetUserOrGroupName": "eve@fabrikam.example"}),
    );
    // Unreadable bytes have no field that could be named.
    check(Form::Decoded, "no record", &["UserId"], &[], Json::Null);
    check(Form::Decoded, "no record", &[], &["UserId"], json!("no record"));
}

const NAMES: [&str; 6] =
    ["UserId", "Item", "Item.Subject", "Parameters", "o365.audit.Item", "User*"];

proptest! {
    /// The plain model: a dotted name is written if a field of the first list begins it, and none
    /// of the second.
    #[test]
    fn a_flat_document_has_the_fields_that_were_chosen(
        value in any_json(),
        only in prop::collection::vec(prop::sample::select(&NAMES[..]), 0..3),
        without in prop::collection::vec(prop::sample::select(&NAMES[..]), 0..3),
    ) {
        let Json::Object(members) = value else { return Ok(()) };
        // Lists are transparent; here they are names like others.
        let plain = flattened(&members).into_iter().filter(|(_, value)| !value.is_array());
        let plain: Object = plain.collect();
        let mut pruned = plain.clone();
        Fields::new(&only, &without).unwrap().prune(&mut pruned, "");
        let means = |patterns: &[&str], name: &str| {
            let name = name.to_lowercase();
            patterns.iter().map(|pattern| pattern.to_lowercase()).any(|pattern| {
                match pattern.strip_suffix('*') {
                    Some(begin) => name.starts_with(begin),
                    None => name == pattern || name.starts_with(&format!("{pattern}.")),
                }
            })
        };
        let expected: Object = plain
            .into_iter()
            .filter(|(name, _)| (only.is_empty() || means(&only, name)) && !means(&without, name))
            .collect();
        // An object without members is told whole or not at all.
        let scalar = |map: &Object| -> Vec<(String, Json)> {
            map.iter().filter(|(_, v)| !v.is_object()).map(|(n, v)| (n.clone(), v.clone())).collect()
        };
        prop_assert_eq!(scalar(&pruned), scalar(&expected));
    }
}
