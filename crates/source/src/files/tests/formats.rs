//! Each format is told by its content, and yields its records and what stands around them.

use expect_test::{Expect, expect};

use super::*;

fn check(bytes: impl AsRef<[u8]>, expected: Expect) {
    expected.assert_eq(&show(bytes));
}

#[test]
fn search_unified_audit_log_as_csv() {
    let header = "\"RecordType\",\"CreationDate\",\"UserIds\",\"Operations\",\"AuditData\",\
                  \"ResultIndex\",\"ResultCount\",\"Identity\",\"IsValid\",\"ObjectState\"";
    let row = format!(
        "\"ExchangeItem\",\"24.01.2026 06:54:24\",\"ann@contoso.example\",\"Send\",{},\"1\",\"1\",\
         \"1\",\"True\",\"Unchanged\"",
        cell(&record("1"))
    );
    check(
        format!("{header}\r\n{row}\r\n"),
        expect![[r#"
        unified-audit-log-csv
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
    check(
        format!(
            "#TYPE Deserialized.Microsoft.Exchange.Data.ApplicationLogic.UnifiedAuditLogEvent\r\n\
             \"PSComputerName\",\"RunspaceId\",\"PSShowComputerName\",{header}\r\n\
             \"outlook.office365.com\",\"56d5e2ad\",\"False\",{row}\r\n"
        ),
        expect![[r#"
            unified-audit-log-csv
            1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        "#]],
    );
}

#[test]
fn search_unified_audit_log_as_json() {
    let row = format!(
        r#"{{"RecordType":"ExchangeItem","CreationDate":"\/Date(1769237664000)\/","UserIds":"ann",
            "Operations":"Send","AuditData":{},"ResultIndex":1,"ResultCount":2,"Identity":"1",
            "IsValid":true,"ObjectState":"Unchanged"}}"#,
        serde_json::to_string(&record("1")).unwrap()
    );
    check(
        &row,
        expect![[r#"
        unified-audit-log-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
    check(
        format!("[{row},\r\n{row}]"),
        expect![[r#"
        unified-audit-log-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
    let line = row.replace('\n', "");
    check(
        format!("{line}\r\n{line}"),
        expect![[r#"
        unified-audit-log-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
}

#[test]
fn what_scripts_make_of_search_unified_audit_log() {
    check(
        format!(
            r#"[{{"AuditData":{},"Case":"IR-7"}},{{"AuditData":""}},{{"AuditData":null}}]"#,
            record("1")
        ),
        expect![[r#"
            unified-audit-log-json
            1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Case":"IR-7"}
            2 broken, AuditData is empty or no whole JSON object: {"AuditData":""}
            3 broken, AuditData is empty or no whole JSON object: {"AuditData":null}
        "#]],
    );
    let texts = [record("1"), record("2")];
    check(
        serde_json::to_string_pretty(&texts).unwrap(),
        expect![[r#"
        audit-records-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
}

/// What a file with these records, at these places in it, is read as.
fn shown(format: &str, records: &[(u64, &str)]) -> String {
    let lines: String = records.iter().map(|(place, text)| format!("{place} {text}\n")).collect();
    format!("{format}\n{lines}")
}

#[test]
fn records() {
    let [one, two] = [record("1"), record("2")];
    let pretty = one.replace(',', ",\n  ");
    let [json, lines] = ["audit-records-json", "audit-records-ndjson"];
    for (text, expected) in [
        (format!("[{one},{two}]"), shown(json, &[(1, &one), (2, &two)])),
        (format!("{one}\n{two}"), shown(lines, &[(1, &one), (2, &two)])),
        (format!("\u{feff}\r\n {one} \r\n\r\n{two},\r\n"), shown(lines, &[(2, &one), (4, &two)])),
        (format!("{one}{two}"), shown(json, &[(1, &one), (2, &two)])),
        (pretty.clone(), shown(json, &[(1, &pretty)])),
        (format!("{pretty}\n{pretty}\n"), shown(json, &[(1, &pretty), (2, &pretty)])),
        (format!("[[{one}],[{two}]]"), shown(json, &[(1, &one), (2, &two)])),
        ("[]".to_owned(), String::new()),
    ] {
        assert_eq!(show(&text), expected, "{text}");
    }
}

#[test]
fn graph() {
    let row = |id: &str, around: &str| {
        format!(
            r##"{{"id":"{id}","createdDateTime":"2026-01-24T06:54:24Z","auditLogRecordType":"Send",
            "operation":"Send","userId":"x","userPrincipalName":"ann@contoso.example",{around}
            "auditData":{{"@odata.type":"#a", "Id":"{id}", "CreationTime":"t", "Operation":"Send"}}}}"##
        )
    };
    let one = row("1", r#""clientIp":null,"administrativeUnits":[""],"#);
    let two = row("2", r#""clientIp":"203.0.113.7","administrativeUnits":["u1"],"#);
    let unwrapped = |id: &str, around: &str| {
        format!(
            r##"{{"@odata.type":"#a", "Id":"{id}", "CreationTime":"t", "Operation":"Send"}} in {{"userId":"x","userPrincipalName":"ann@contoso.example"{around}}}"##
        )
    };
    let first = unwrapped("1", "");
    let second = unwrapped("2", r#","clientIp":"203.0.113.7","administrativeUnits":["u1"]"#);
    let page = format!(r#"{{"value":[{}]}}"#, one.replace('\n', ""));
    for (text, records) in [
        (one.clone(), vec![&first]),
        (format!("[{one},{two}]"), vec![&first, &second]),
        (
            format!(
                r#"{{"@odata.context":"https://graph.microsoft.com/x","@odata.count":2,
            "value":[{one},{two}],"@odata.nextLink":"https://graph.microsoft.com/y"}}"#
            ),
            vec![&first, &second],
        ),
        (format!("{page}\n{page}\n"), vec![&first, &first]),
        (format!("[{page},\n{page}]"), vec![&first, &first]),
    ] {
        let records: Vec<(u64, &str)> =
            (1..).zip(records.into_iter().map(String::as_str)).collect();
        assert_eq!(show(&text), shown("graph-audit-query-json", &records), "{text}");
    }
    check(r#"{"@odata.context":"x","value":[]}"#, expect![]);
}

#[test]
fn wrapped_by_other_tools() {
    let one = record("1");
    let text = serde_json::to_string(&one).unwrap();
    for (object, wrapper) in [
        (
            format!(r#"{{"@timestamp":"t","event":{{"original":{text},"kind":"event"}}}}"#),
            r#" in {"@timestamp":"t","event":{"kind":"event"}}"#,
        ),
        (format!(r#"{{"event.original":{text},"tags":[]}}"#), ""),
        (
            format!(r#"{{"preview":false,"result":{{"_raw":{text},"host":"h"}}}}"#),
            r#" in {"preview":false,"result":{"host":"h"}}"#,
        ),
        (format!(r#"{{"_time":"t","_raw":{text}}}"#), r#" in {"_time":"t"}"#),
        (
            format!(r#"{{"input":{{"message":{text}}},"expected":{{"a":1}}}}"#),
            r#" in {"expected":{"a":1}}"#,
        ),
        (
            format!(r#"{{"message":{text}}}{{"message":"plain words"}}"#),
            "\n2 {\"message\":\"plain words\"}",
        ),
        (format!(r#"{{"time":1,"host":"h","event":{one}}}"#), r#" in {"time":1,"host":"h"}"#),
        (
            format!(
                r#"{{"took":3,"hits":{{"total":{{"value":1}},"hits":[{{"_id":"a","_source":{one}}}]}}}}"#
            ),
            r#" in {"_id":"a"}"#,
        ),
        (format!(r#"{{"events":[{{"event":{{"original":{text}}}}}]}}"#), ""),
    ] {
        let expected = format!("wrapped-records-json\n1 {one}{wrapper}\n");
        assert_eq!(show(&object), expected, "{object}");
    }
}

#[test]
fn any_other_objects() {
    check(
        r#"[{"a":1},{"b":[{"c":2}]}]"#,
        expect![[r#"
        json-objects
        1 {"a":1}
        2 {"b":[{"c":2}]}
    "#]],
    );
    check(
        r#"{"name":"x","steps":[{"a":1}]}"#,
        expect![[r#"
        json-objects
        1 {"name":"x","steps":[{"a":1}]}
    "#]],
    );
    check(
        "{\"a\":1}\nnot this\n{\"b\":2}\n",
        expect![[r#"
        json-objects
        1 {"a":1}
        2 broken, the line is no JSON object: not this
        3 {"b":2}
    "#]],
    );
    check(
        "[{\"a\":1}, 17, null, \"x\"]",
        expect![[r#"
        json-objects
        1 {"a":1}
        2 broken, no JSON object: 17
        3 broken, no JSON object: null
        4 broken, no JSON object: "x"
    "#]],
    );
}

#[test]
fn what_is_no_export_is_refused_by_name() {
    check(
        "",
        expect![[r#"
        error: export: the file is empty; check the export
    "#]],
    );
    check(
        "%PDF-1.7\n",
        expect![[r#"
        error: export: a PDF document; unpack or export it to CSV or JSON first
    "#]],
    );
    for text in [
        "  \r\n",
        "Dear all,\n\nplease find attached",
        "{\\rtf1\\ansi}",
        "[section]\nkey=value\n",
        "Name,Value\n1,2\n",
    ] {
        let refused = show(text);
        let known: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
        let known = known.join(", ");
        assert_eq!(
            refused,
            format!(
                "error: export: no format that we know, so nothing was stored; we read {known}, also in .gz and .zip\n"
            ),
            "{text}"
        );
    }
}

#[test]
fn every_format_has_a_name_of_its_own() {
    let mut names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), FORMATS.len());
}
