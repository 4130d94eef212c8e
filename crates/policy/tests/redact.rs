//! Is what is redacted gone, and all else as it was?

use event::{Value, resolve};
use policy::{FieldPath, redact_record, redact_wrapper};
use proptest::prelude::*;

fn paths(texts: &[&str]) -> Vec<FieldPath> {
    texts.iter().map(|text| FieldPath::parse(text).unwrap()).collect()
}

fn redacted(json: &str, fields: &[&str]) -> Option<String> {
    let fields = paths(fields);
    let body = Value::from_json(json).unwrap();
    let cut = redact_record(json.as_bytes(), &body, &fields.iter().collect::<Vec<_>>());
    cut.map(|bytes| String::from_utf8(bytes).unwrap())
}

#[test]
fn what_is_named_is_cut_and_all_else_keeps_its_bytes() {
    for (json, path, expected) in [
        (r#"{"Subject":"SECRET"}"#, "Subject", r#"{"Subject":"[redacted]"}"#),
        (
            r#"{ "subject" :  "SECRET" , "n":1.0e3}"#,
            "Subject",
            r#"{ "subject" :  "[redacted]" , "n":1.0e3}"#,
        ),
        (r#"{"S\u0075bject":"SECRET"}"#, "Subject", r#"{"S\u0075bject":"[redacted]"}"#),
        (r#"{"Subject":7}"#, "Subject", r#"{"Subject":null}"#),
        (
            r#"{"Subject":{"a":"SECRET"},"b":"\u00e9"}"#,
            "Subject",
            r#"{"Subject":null,"b":"\u00e9"}"#,
        ),
        (r#"{"Subject":["SECRET"]}"#, "Subject", r#"{"Subject":null}"#),
        (
            r#"{"Subject":"SECRET","Subject":"SECRET"}"#,
            "Subject",
            r#"{"Subject":"[redacted]","Subject":"[redacted]"}"#,
        ),
        (
            r#"{"Item":{"Subject":"SECRET"},"Subject":"x"}"#,
            "Item.Subject",
            r#"{"Item":{"Subject":"[redacted]"},"Subject":"x"}"#,
        ),
        (
            r#"{"Item":[{"Subject":"SECRET"},{"Subject":"SECRET"}]}"#,
            "item.subject",
            r#"{"Item":[{"Subject":"[redacted]"},{"Subject":"[redacted]"}]}"#,
        ),
        (r#"{"a":[[{"Subject":"SECRET"}]]}"#, "Subject", r#"{"a":[[{"Subject":"[redacted]"}]]}"#),
        (
            r#"{"P":[{"Name":"To","Value":"SECRET"},{"Name":"x","Value":"y"}]}"#,
            "P.To",
            r#"{"P":[{"Name":"To","Value":"[redacted]"},{"Name":"x","Value":"y"}]}"#,
        ),
        (
            r#"{"P":[{"Name":"To","Value":"SECRET"}]}"#,
            "To",
            r#"{"P":[{"Name":"To","Value":"[redacted]"}]}"#,
        ),
        (
            r#"{"P":[{"Name":"To","NewValue":"SECRET","OldValue":["SECRET"]}]}"#,
            "P.To",
            r#"{"P":[{"Name":"To","NewValue":"[redacted]","OldValue":null}]}"#,
        ),
        (
            r#"{"P":[{"Name":"Role.Name","NewValue":"n","OldValue":"SECRET"}]}"#,
            "P.Role.Name.OldValue",
            r#"{"P":[{"Name":"Role.Name","NewValue":"n","OldValue":"[redacted]"}]}"#,
        ),
        (
            r#"{"P":[{"Name":"a","Value":"{\"To\":\"SECRET\",\"b\":1}"}]}"#,
            "P.a.To",
            r#"{"P":[{"Name":"a","Value":"{\"To\":\"[redacted]\",\"b\":1}"}]}"#,
        ),
        (
            r#"{"P":"{\"q\":\"{\\\"To\\\":\\\"SECRET\\\"}\"}"}"#,
            "To",
            r#"{"P":"{\"q\":\"{\\\"To\\\":\\\"[redacted]\\\"}\"}"}"#,
        ),
        (
            r#"{"P":"[{\"Name\":\"To\",\"Value\":\"SECRET\"}]"}"#,
            "P.To",
            r#"{"P":"[{\"Name\":\"To\",\"Value\":\"[redacted]\"}]"}"#,
        ),
        (r#"{"P":"{\"To\":\"SECRET\",}"}"#, "P.To", r#"{"P":"[redacted]"}"#),
        (r#"{"P":"-Identity ann -To \"SECRET\""}"#, "P.To", r#"{"P":"[redacted]"}"#),
        (r#"{"P":"From=a;To=SECRET"}"#, "To", r#"{"P":"[redacted]"}"#),
        (r#"{"P":"From=a;To=b"}"#, "Q.To", ""),
        (r#"{"Subject":null,"a":1}"#, "Subject", ""),
        (r#"{"Subject":"[redacted]"}"#, "Subject", ""),
        (r#"{"Subjects":"kept"}"#, "Subject", ""),
        (r#"{"Subject":"kept"}"#, "Item.Subject", ""),
        ("{}", "Subject", ""),
    ] {
        let cut = redacted(json, &[path]);
        assert_eq!(cut.as_deref().unwrap_or_default(), expected, "{path} of {json}");
        if let Some(cut) = cut {
            assert!(!cut.contains("SECRET"), "{cut}");
            assert_eq!(redacted(&cut, &[path]), None, "twice is once: {cut}");
        }
    }
}

#[test]
fn several_paths_are_cut_at_once() {
    let json = r#"{"a":{"b":"SECRET","c":2},"d":"SECRET","e":"{\"b\":\"SECRET\"}"}"#;
    let cut = redacted(json, &["a", "a.b", "d", "b"]).unwrap();
    assert_eq!(cut, r#"{"a":null,"d":"[redacted]","e":"{\"b\":\"[redacted]\"}"}"#);
}

#[test]
fn a_record_that_was_mended_is_written_from_its_tree() {
    let body = Value::from_json(r#"{"Path":"\\Inbox","Subject":"SECRET"}"#).unwrap();
    let fields = paths(&["Subject"]);
    for raw in [
        br#"{"Path":"\Inbox","Subject":"SECRET",}"#.as_slice(),
        br#"{"Path":"\\Inbox","Subject":"SECRET \ud800"}"#,
        b"{\"Subject\":\"SECRET\xff\"}",
        b"\xef\xbb\xbf{\"Subject\":\"SECRET\"}",
    ] {
        let cut = redact_record(raw, &body, &[&fields[0]]).unwrap();
        assert_eq!(cut, br#"{"Path":"\\Inbox","Subject":"[redacted]"}"#);
    }
}

#[test]
fn what_an_export_says_around_the_record_is_cut_by_its_own_names() {
    let wrapper = r#"{"UserIds":"SECRET","User":"SECRET","userPrincipalName":"SECRET","Operations":"Send","ItemSubject":"x","Subject":"y"}"#;
    let cut = |field: &str| redact_wrapper(wrapper, &paths(&[field]).iter().collect::<Vec<_>>());
    assert!(!cut("UserId").unwrap().contains("SECRET"));
    assert!(cut("Item.Subject").unwrap().ends_with(r#""Subject":"[redacted]"}"#));
    assert!(cut("Operation").unwrap().contains(r#""Operations":"[redacted]""#));
    assert_eq!(cut("ClientIP"), None);
    let broken = redact_wrapper("{SECRET", &paths(&["a"]).iter().collect::<Vec<_>>());
    assert_eq!(broken.as_deref(), Some(r#""[redacted]""#));
}

#[test]
fn deep_nesting_goes_as_a_whole() {
    let mut json = r#"{"Subject":"SECRET"}"#.to_owned();
    // Texts in texts: each level doubles the backslashes, so ten are many.
    for _ in 0..10 {
        json = serde_json::json!({ "inner": json }).to_string();
    }
    assert!(!redacted(&json, &["Subject"]).unwrap().contains("SECRET"));
    let nested = "[".repeat(120) + r#"{"Subject":"SECRET"}"# + &"]".repeat(120);
    assert!(!redacted(&nested, &["Subject"]).unwrap().contains("SECRET"));
    // Each text is shallow enough to be read, and the two together are too deep to be gone into.
    let text = serde_json::json!("[".repeat(100) + r#""SECRET""# + &"]".repeat(100));
    let nested = format!("{}{text}{}", "[".repeat(100), "]".repeat(100));
    assert!(!redacted(&nested, &["Subject"]).unwrap().contains("SECRET"));
}

/// Records of few names, so that paths meet them.
fn tree() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::json!(null)),
        any::<i64>().prop_map(|n| serde_json::json!(n)),
        "[a-c]{0,2}".prop_map(|text| serde_json::json!(text)),
        Just(serde_json::json!("b=SECRET;c=1")),
        Just(serde_json::json!("-b SECRET -c x")),
        Just(serde_json::json!("SECRET")),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let named = ("[ab]", inner.clone());
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::hash_map("[abc]", inner.clone(), 0..4)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            named.prop_map(|(name, value)| serde_json::json!([{ "Name": name, "Value": value }])),
            inner.prop_map(|inner| serde_json::json!(inner.to_string())),
        ]
    })
}

proptest! {
    /// The measure is the search: whatever it would find under the path is gone.
    #[test]
    fn nothing_is_left_that_a_search_would_find(tree in tree(), path in "[abc](\\.[abc]){0,2}") {
        let json = tree.to_string();
        let out = redacted(&json, &[&path]).unwrap_or(json);
        let value = Value::from_json(&out).unwrap();
        resolve(&value, &path, &mut |value| {
            let gone = value.is_null() || value.as_text().is_some_and(|text| text == "[redacted]");
            // In a list of plain texts a name finds itself.
            let is_name = value.as_text().is_some_and(|text| path.ends_with(&*text));
            assert!(gone || is_name, "{path} of {out}");
            false
        });
    }

    #[test]
    fn redaction_keeps_the_form(tree in tree(), path in "[abc](\\.[abc]){0,2}") {
        let json = tree.to_string();
        if let Some(out) = redacted(&json, &[&path]) {
            prop_assert!(Value::from_json(&out).is_ok());
            prop_assert_eq!(redacted(&out, &[&path]), None);
        }
    }
}
