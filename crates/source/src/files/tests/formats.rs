//! Each format is told by its content, and yields its records and what stands around them.

use expect_test::{Expect, expect};

use super::*;

fn check(bytes: impl AsRef<[u8]>, expected: Expect) {
    expected.assert_eq(&show(bytes));
}

#[test]
fn search_unified_audit_log() {
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
    // What scripts make of it.
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

#[test]
fn records() {
    let [one, two] = [record("1"), record("2")];
    check(
        format!("[{one},{two}]"),
        expect![[r#"
        audit-records-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
    check(
        format!("{one}\n{two}"),
        expect![[r#"
        audit-records-ndjson
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
    check(
        format!("\u{feff}\r\n {one} \r\n\r\n{two},\r\n"),
        expect![[r#"
        audit-records-ndjson
        2 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        4 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
    check(
        format!("{one}{two}"),
        expect![[r#"
        audit-records-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
    let pretty = one.replace(',', ",\n  ");
    check(
        &pretty,
        expect![[r#"
        audit-records-json
        1 {"Id":"1",
          "CreationTime":"2026-01-24T06:54:24",
          "Operation":"Send"}
    "#]],
    );
    check(
        format!("{pretty}\n{pretty}\n"),
        expect![[r#"
        audit-records-json
        1 {"Id":"1",
          "CreationTime":"2026-01-24T06:54:24",
          "Operation":"Send"}
        2 {"Id":"1",
          "CreationTime":"2026-01-24T06:54:24",
          "Operation":"Send"}
    "#]],
    );
    check(
        format!("[[{one}],[{two}]]"),
        expect![[r#"
        audit-records-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
    check("[]", expect![]);
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
    check(
        &one,
        expect![[r##"
            graph-audit-query-json
            1 {"@odata.type":"#a", "Id":"1", "CreationTime":"t", "Operation":"Send"} in {"userId":"x","userPrincipalName":"ann@contoso.example"}
        "##]],
    );
    check(
        format!("[{one},{two}]"),
        expect![[r##"
            graph-audit-query-json
            1 {"@odata.type":"#a", "Id":"1", "CreationTime":"t", "Operation":"Send"} in {"userId":"x","userPrincipalName":"ann@contoso.example"}
            2 {"@odata.type":"#a", "Id":"2", "CreationTime":"t", "Operation":"Send"} in {"userId":"x","userPrincipalName":"ann@contoso.example","clientIp":"203.0.113.7","administrativeUnits":["u1"]}
        "##]],
    );
    check(
        format!(
            r#"{{"@odata.context":"https://graph.microsoft.com/x","@odata.count":2,
            "value":[{one},{two}],"@odata.nextLink":"https://graph.microsoft.com/y"}}"#
        ),
        expect![[r##"
            graph-audit-query-json
            1 {"@odata.type":"#a", "Id":"1", "CreationTime":"t", "Operation":"Send"} in {"userId":"x","userPrincipalName":"ann@contoso.example"}
            2 {"@odata.type":"#a", "Id":"2", "CreationTime":"t", "Operation":"Send"} in {"userId":"x","userPrincipalName":"ann@contoso.example","clientIp":"203.0.113.7","administrativeUnits":["u1"]}
        "##]],
    );
    let page = format!(r#"{{"value":[{}]}}"#, one.replace('\n', ""));
    check(
        format!("{page}\n{page}\n"),
        expect![[r##"
            graph-audit-query-json
            1 {"@odata.type":"#a", "Id":"1", "CreationTime":"t", "Operation":"Send"} in {"userId":"x","userPrincipalName":"ann@contoso.example"}
            2 {"@odata.type":"#a", "Id":"1", "CreationTime":"t", "Operation":"Send"} in {"userId":"x","userPrincipalName":"ann@contoso.example"}
        "##]],
    );
    check(
        format!("[{page},\n{page}]"),
        expect![[r##"
            graph-audit-query-json
            1 {"@odata.type":"#a", "Id":"1", "CreationTime":"t", "Operation":"Send"} in {"userId":"x","userPrincipalName":"ann@contoso.example"}
            2 {"@odata.type":"#a", "Id":"1", "CreationTime":"t", "Operation":"Send"} in {"userId":"x","userPrincipalName":"ann@contoso.example"}
        "##]],
    );
    check(r#"{"@odata.context":"x","value":[]}"#, expect![]);
}

#[test]
fn wrapped_by_other_tools() {
    let one = record("1");
    let text = serde_json::to_string(&one).unwrap();
    check(
        format!(r#"{{"@timestamp":"t","event":{{"original":{text},"kind":"event"}}}}"#),
        expect![[r#"
        wrapped-records-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"@timestamp":"t","event":{"kind":"event"}}
    "#]],
    );
    check(
        format!(r#"{{"event.original":{text},"tags":[]}}"#),
        expect![[r#"
        wrapped-records-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
    check(
        format!(r#"{{"preview":false,"result":{{"_raw":{text},"host":"h"}}}}"#),
        expect![[r#"
        wrapped-records-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"preview":false,"result":{"host":"h"}}
    "#]],
    );
    check(
        format!(r#"{{"_time":"t","_raw":{text}}}"#),
        expect![[r#"
        wrapped-records-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"_time":"t"}
    "#]],
    );
    check(
        format!(r#"{{"input":{{"message":{text}}},"expected":{{"a":1}}}}"#),
        expect![[r#"
        wrapped-records-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"expected":{"a":1}}
    "#]],
    );
    check(
        format!(r#"{{"message":{text}}}{{"message":"plain words"}}"#),
        expect![[r#"
        wrapped-records-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 {"message":"plain words"}
    "#]],
    );
    check(
        format!(r#"{{"time":1,"host":"h","event":{one}}}"#),
        expect![[r#"
        wrapped-records-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"time":1,"host":"h"}
    "#]],
    );
    check(
        format!(
            r#"{{"took":3,"hits":{{"total":{{"value":1}},"hits":[{{"_id":"a","_source":{one}}}]}}}}"#
        ),
        expect![[r#"
            wrapped-records-json
            1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"_id":"a"}
        "#]],
    );
    check(
        format!(r#"{{"events":[{{"event":{{"original":{text}}}}}]}}"#),
        expect![[r#"
        wrapped-records-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
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
        "  \r\n",
        expect![[r#"
            error: export: no format that we know, so nothing was stored; we read purview-csv, protection-center-csv, unified-audit-log-csv, audit-csv, graph-audit-query-json, unified-audit-log-json, unified-audit-log-clixml, unified-audit-log-list, audit-records-json, audit-records-ndjson, mailbox-audit, admin-audit, message-trace-detail, message-trace, entra-sign-ins, entra-audit-logs, entra-risk-detections, azure-activity-log, intune-audit, diagnostic-settings, log-analytics, wrapped-records-json, json-objects, also in .gz and .zip
        "#]],
    );
    check(
        "Dear all,\n\nplease find attached",
        expect![[r#"
            error: export: no format that we know, so nothing was stored; we read purview-csv, protection-center-csv, unified-audit-log-csv, audit-csv, graph-audit-query-json, unified-audit-log-json, unified-audit-log-clixml, unified-audit-log-list, audit-records-json, audit-records-ndjson, mailbox-audit, admin-audit, message-trace-detail, message-trace, entra-sign-ins, entra-audit-logs, entra-risk-detections, azure-activity-log, intune-audit, diagnostic-settings, log-analytics, wrapped-records-json, json-objects, also in .gz and .zip
        "#]],
    );
    check(
        "{\\rtf1\\ansi}",
        expect![[r#"
            error: export: no format that we know, so nothing was stored; we read purview-csv, protection-center-csv, unified-audit-log-csv, audit-csv, graph-audit-query-json, unified-audit-log-json, unified-audit-log-clixml, unified-audit-log-list, audit-records-json, audit-records-ndjson, mailbox-audit, admin-audit, message-trace-detail, message-trace, entra-sign-ins, entra-audit-logs, entra-risk-detections, azure-activity-log, intune-audit, diagnostic-settings, log-analytics, wrapped-records-json, json-objects, also in .gz and .zip
        "#]],
    );
    check(
        "[section]\nkey=value\n",
        expect![[r#"
            error: export: no format that we know, so nothing was stored; we read purview-csv, protection-center-csv, unified-audit-log-csv, audit-csv, graph-audit-query-json, unified-audit-log-json, unified-audit-log-clixml, unified-audit-log-list, audit-records-json, audit-records-ndjson, mailbox-audit, admin-audit, message-trace-detail, message-trace, entra-sign-ins, entra-audit-logs, entra-risk-detections, azure-activity-log, intune-audit, diagnostic-settings, log-analytics, wrapped-records-json, json-objects, also in .gz and .zip
        "#]],
    );
    check(
        "%PDF-1.7\n",
        expect![[r#"
        error: export: a PDF document; unpack or export it to CSV or JSON first
    "#]],
    );
    check(
        "Name,Value\n1,2\n",
        expect![[r#"
            error: export: no format that we know, so nothing was stored; we read purview-csv, protection-center-csv, unified-audit-log-csv, audit-csv, graph-audit-query-json, unified-audit-log-json, unified-audit-log-clixml, unified-audit-log-list, audit-records-json, audit-records-ndjson, mailbox-audit, admin-audit, message-trace-detail, message-trace, entra-sign-ins, entra-audit-logs, entra-risk-detections, azure-activity-log, intune-audit, diagnostic-settings, log-analytics, wrapped-records-json, json-objects, also in .gz and .zip
        "#]],
    );
}

#[test]
fn every_format_has_a_name_of_its_own() {
    let mut names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), FORMATS.len());
}
