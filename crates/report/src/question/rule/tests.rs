//! Rules as cmdlets, as a command line, and as Outlook writes them.

use std::collections::BTreeSet;

use event::{Event, Key, Value};

use super::Rule;

fn rule(json: &str) -> Rule {
    let event = Event::new(Key { id: 0, content: 0 }, b"", Value::from_json(json).unwrap());
    Rule::of(&event, &BTreeSet::from(["contoso.example".to_owned()]))
}

#[test]
fn traits_are_named() {
    let cmdlet = |pairs: &[(&str, &str)]| {
        let pairs: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!(r#"{{"Name":"{name}","Value":"{value}"}}"#))
            .collect();
        format!(r#"{{"Parameters":[{}]}}"#, pairs.join(","))
    };
    for (json, traits) in [
        (cmdlet(&[("Name", "Newsletters"), ("MoveToFolder", "News")]), ""),
        (cmdlet(&[("Name", ".."), ("DeleteMessage", "True")]), "deletes; name says nothing"),
        (cmdlet(&[("Name", "Old mail"), ("DeleteMessage", "False")]), ""),
        (
            cmdlet(&[
                ("Name", "Feeds"),
                ("MoveToFolder", "ann:\\\\RSS Feeds"),
                ("MarkAsRead", "True"),
            ]),
            "moves to rss feeds; marks as read",
        ),
        (
            cmdlet(&[("Name", "Orders"), ("SubjectContainsWords", "Invoices;reach;IBAN")]),
            "looks for invoice, iban",
        ),
        (
            cmdlet(&[("Name", "To Xi"), ("ForwardTo", "\\\"Xi\\\" [SMTP:xi@fabrikam.example]")]),
            "sends mail outside",
        ),
        (cmdlet(&[("Name", "To Bo"), ("ForwardTo", "bo@contoso.example")]), ""),
        (
            r#"{"Parameters":"-Name \"ab\" -RedirectTo xi@fabrikam.example -DeleteMessage"}"#
                .into(),
            "sends mail outside; deletes; name says nothing",
        ),
    ] {
        assert_eq!(rule(&json).traits.joined(), traits, "{json}");
    }
}

#[test]
fn rules_of_outlook() {
    let json = r#"{"OperationProperties":[{"Name":"RuleOperation","Value":"AddMailboxRule"},
        {"Name":"RuleName","Value":"x"},{"Name":"RuleCondition","Value":"(SubjectProperty=payment)"},
        {"Name":"RuleActions","Value":"[{\"ActionType\":\"Forward\",\"Recipients\":[\"xi@fabrikam.example\"]},{\"ActionType\":\"Delete\"}]"}]}"#;
    let rule = rule(json);
    assert_eq!(rule.actions.joined(), "Forward; Delete");
    assert_eq!(rule.outside, ["xi@fabrikam.example"]);
    assert_eq!(
        rule.traits.joined(),
        "sends mail outside; deletes; looks for payment; name says nothing"
    );
}
