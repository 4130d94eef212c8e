//! The logs of Entra, Azure and Intune, from the portals, Graph, PowerShell and Sentinel.

use expect_test::{Expect, expect};

use super::*;

fn check(bytes: impl AsRef<[u8]>, expected: Expect) {
    expected.assert_eq(&show(bytes));
}

#[test]
fn entra_sign_ins() {
    check(
        "\u{feff}Date (UTC),Request ID,Username,Application ID ,Incoming token type,IP address,Status,Sign-in error code,Autonomous system  number,Incoming token type\r\n\
         2026-01-04T08:19:41Z,r1,ann@contoso.example,a1,none,203.0.113.9,Failure,50126,64500,primaryRefreshToken\r\n",
        expect![[r#"
            entra-sign-ins
            1 {"Date (UTC)":"2026-01-04T08:19:41Z","Request ID":"r1","Username":"ann@contoso.example","Application ID":"a1","Incoming token type":"none","IP address":"203.0.113.9","Status":"Failure","Sign-in error code":"50126","Autonomous system  number":"64500","Incoming token type (2)":"primaryRefreshToken"}
        "#]],
    );
    check(
        "Date (UTC),Request ID,Service principal ID,Service principal name,Status\n2026-01-04T08:19:41Z,r1,s1,Sync,Success\n",
        expect![[r#"
            entra-sign-ins
            1 {"Date (UTC)":"2026-01-04T08:19:41Z","Request ID":"r1","Service principal ID":"s1","Service principal name":"Sync","Status":"Success"}
        "#]],
    );
    check(
        "CreatedDateTime,UserPrincipalName,AppDisplayName,IPAddress,Status\n2026-01-04 08:19:41,ann@contoso.example,Outlook,203.0.113.9,Success\n",
        expect![[r#"
            entra-sign-ins
            1 {"CreatedDateTime":"2026-01-04 08:19:41","UserPrincipalName":"ann@contoso.example","AppDisplayName":"Outlook","IPAddress":"203.0.113.9","Status":"Success"}
        "#]],
    );
    let graph = r#"{"id":"s1","createdDateTime":"2026-01-24T06:54:24Z","appDisplayName":"Outlook","status":{"errorCode":0}}"#;
    check(
        format!(r#"{{"@odata.context":"x","value":[{graph}],"@odata.nextLink":"y"}}"#),
        expect![[r#"
            entra-sign-ins
            1 {"id":"s1","createdDateTime":"2026-01-24T06:54:24Z","appDisplayName":"Outlook","status":{"errorCode":0}}
        "#]],
    );
    check(
        r#"[{"Id":"s1","CreatedDateTime":"\/Date(1769237664000)\/","AppDisplayName":"Outlook","Status":{"ErrorCode":0},"AdditionalProperties":{}}]"#,
        expect![[r#"
            entra-sign-ins
            1 {"Id":"s1","CreatedDateTime":"\/Date(1769237664000)\/","AppDisplayName":"Outlook","Status":{"ErrorCode":0},"AdditionalProperties":{}}
        "#]],
    );
}

#[test]
fn entra_audit_logs() {
    check(
        "Date (UTC),CorrelationId,Service,Category,Activity,Result,ActorType,ActorUserPrincipalName,Target1Type\n\
         2026-01-04T08:19:41Z,c1,Core Directory,RoleManagement,Add member to role,success,User,root@contoso.example,User\n",
        expect![[r#"
            entra-audit-logs
            1 {"Date (UTC)":"2026-01-04T08:19:41Z","CorrelationId":"c1","Service":"Core Directory","Category":"RoleManagement","Activity":"Add member to role","Result":"success","ActorType":"User","ActorUserPrincipalName":"root@contoso.example","Target1Type":"User"}
        "#]],
    );
    check(
        r#"[{"id":"d1","activityDisplayName":"Add member to role","activityDateTime":"2026-01-24T06:54:24Z","loggedByService":"Core Directory"}]"#,
        expect![[r#"
            entra-audit-logs
            1 {"id":"d1","activityDisplayName":"Add member to role","activityDateTime":"2026-01-24T06:54:24Z","loggedByService":"Core Directory"}
        "#]],
    );
    check(
        r#"[{"id":"k1","riskEventType":"leakedCredentials","detectedDateTime":"2026-01-24T06:54:24Z"}]"#,
        expect![[r#"
            entra-risk-detections
            1 {"id":"k1","riskEventType":"leakedCredentials","detectedDateTime":"2026-01-24T06:54:24Z"}
        "#]],
    );
}

#[test]
fn azure_and_intune() {
    check(
        "Correlation id,Operation name,Status,Event category,Level,Time,Subscription,Event initiated by,Resource type,Resource group,Resource\n\
         c1,Create or update security group,Succeeded,Administrative,Informational,2026-01-24T06:54:24Z,s1,ann@contoso.example,t,g,r\n",
        expect![[r#"
            azure-activity-log
            1 {"Correlation id":"c1","Operation name":"Create or update security group","Status":"Succeeded","Event category":"Administrative","Level":"Informational","Time":"2026-01-24T06:54:24Z","Subscription":"s1","Event initiated by":"ann@contoso.example","Resource type":"t","Resource group":"g","Resource":"r"}
        "#]],
    );
    check(
        r#"[{"eventTimestamp":"2026-01-24T06:54:24Z","operationName":{"value":"a/write"},"caller":"ann@contoso.example"}]"#,
        expect![[r#"
            azure-activity-log
            1 {"eventTimestamp":"2026-01-24T06:54:24Z","operationName":{"value":"a/write"},"caller":"ann@contoso.example"}
        "#]],
    );
    check(
        r#"{"value":[{"id":"i1","activityDateTime":"2026-01-24T06:54:24Z","activityType":"Delete","activityResult":"Success","componentName":"DeviceConfiguration"}]}"#,
        expect![[r#"
            intune-audit
            1 {"id":"i1","activityDateTime":"2026-01-24T06:54:24Z","activityType":"Delete","activityResult":"Success","componentName":"DeviceConfiguration"}
        "#]],
    );
    check(
        "Date,Initiated by (actor),Application name,Activity,Target,Category,Status\n1/24/2026 6:54:24 AM,ann@contoso.example,Portal,Delete,LAP-1,Device,Success\n",
        expect![[r#"
            intune-audit
            1 {"Date":"1/24/2026 6:54:24 AM","Initiated by (actor)":"ann@contoso.example","Application name":"Portal","Activity":"Delete","Target":"LAP-1","Category":"Device","Status":"Success"}
        "#]],
    );
    check(
        r#"{"records":[{"time":"2026-01-24T06:54:24Z","category":"SignInLogs","operationName":"Sign-in activity","properties":{}}]}"#,
        expect![[r#"
            diagnostic-settings
            1 {"time":"2026-01-24T06:54:24Z","category":"SignInLogs","operationName":"Sign-in activity","properties":{}}
        "#]],
    );
}

#[test]
fn queries_of_sentinel() {
    check(
        "\"TimeGenerated [UTC]\",OfficeWorkload,Operation,RecordType\n\"1/24/2026, 6:54:24.123 AM\",Exchange,Send,ExchangeItem\n",
        expect![[r#"
            log-analytics
            1 {"TimeGenerated [UTC]":"1/24/2026, 6:54:24.123 AM","OfficeWorkload":"Exchange","Operation":"Send","RecordType":"ExchangeItem"}
        "#]],
    );
    check(
        r#"[{"TimeGenerated":"2026-01-24T06:54:24Z","OperationName":"x"}]"#,
        expect![[r#"
        log-analytics
        1 {"TimeGenerated":"2026-01-24T06:54:24Z","OperationName":"x"}
    "#]],
    );
}

/// An answer of the API with these rows, in the columns `TimeGenerated`, `Operation` and `Count`.
fn answer(rows: &str) -> String {
    format!(
        r#"{{"tables":[{{"name":"PrimaryResult","columns":[{{"name":"TimeGenerated","type":"datetime"}},{{"name":"Operation","type":"string"}},{{"name":"Count","type":"long"}}],"rows":[{rows}]}}]}}"#
    )
}

#[test]
fn answers_of_log_analytics() {
    let rows = r#"["2026-01-24T06:54:24Z","Send",1],["2026-01-24T06:54:25Z",null,{"a":[2,"]"]}]"#;
    let whole = answer(rows);
    let shown = r#"log-analytics
1 {"TimeGenerated":"2026-01-24T06:54:24Z","Operation":"Send","Count":1}
2 {"TimeGenerated":"2026-01-24T06:54:25Z","Operation":null,"Count":{"a":[2,"]"]}}
"#;
    let pretty: serde_json::Value = serde_json::from_str(&whole).unwrap();
    for text in [
        whole.clone(),
        format!("[{whole}]"),
        serde_json::to_string_pretty(&serde_json::json!([pretty])).unwrap().replace("[]", "[ ]"),
        whole.replace(r#"{"tables""#, r#"{"statistics":{"query":{"rows":[1]}},"tables""#),
        whole.replace(r#""rows""#, r#""x":null,"rows""#),
        whole.replace("tables", "Tables").replace("rows", "Rows").replace("columns", "Columns"),
        // As Azure Data Explorer names them.
        whole
            .replace(r#"{"name":"T"#, r#"{"ColumnName":"T"#)
            .replace(r#""type""#, r#""ColumnType""#),
    ] {
        assert_eq!(show(&text).replace(['\n', ' '], ""), shown.replace(['\n', ' '], ""), "{text}");
    }
    // Several answers, a line each, and tables of other columns.
    let other = r#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"TimeGenerated","type":"datetime"}],"rows":[]},{"name":"x","columns":[{"name":"A","type":"int"},{"name":"a","type":"int"},{"name":"","type":"int"}],"rows":[[1,2,3]]}]}"#;
    check(
        format!("{}\n{other}\n", answer(r#"["2026-01-24T06:54:24Z","Send",1]"#)),
        expect![[r#"
            log-analytics
            1 {"TimeGenerated":"2026-01-24T06:54:24Z","Operation":"Send","Count":1}
            2 {"A":1,"a (2)":2,"column 3":3}
        "#]],
    );
    check(answer(""), expect![]);
}

#[test]
fn the_rows_of_an_answer_hold_records_too() {
    let text = serde_json::to_string(&record("1")).unwrap();
    check(
        format!(
            r#"{{"tables":[{{"name":"t","columns":[{{"name":"Timestamp","type":"datetime"}},{{"name":"RawEventData","type":"dynamic"}}],"rows":[["t",{text}],["u",{}]]}}]}}"#,
            record("2")
        ),
        expect![[r#"
            wrapped-records-json
            1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Timestamp":"t"}
            2 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Timestamp":"u"}
        "#]],
    );
}

#[test]
fn a_damaged_row_of_an_answer_costs_no_other() {
    let rows = [24, 25, 26].map(|second| format!(r#"["2026-01-24T06:54:{second}Z","Send",1]"#));
    let [one, two, three] = &rows;
    let damaged = |two: &str| answer(&format!("{one},\n{two},\n{three}"));
    check(
        damaged(&two.replace("Send\"", "Send")),
        expect![[r#"
        log-analytics
        1 {"TimeGenerated":"2026-01-24T06:54:24Z","Operation":"Send","Count":1}
        2 broken, damaged, up to the next whole row: ["2026-01-24T06:54:25Z","Send,1]
        3 {"TimeGenerated":"2026-01-24T06:54:26Z","Operation":"Send","Count":1}
    "#]],
    );
    check(
        damaged(&two.replace(']', "")),
        expect![[r#"
        log-analytics
        1 {"TimeGenerated":"2026-01-24T06:54:24Z","Operation":"Send","Count":1}
        2 broken, damaged, up to the next whole row: ["2026-01-24T06:54:25Z","Send",1
        3 {"TimeGenerated":"2026-01-24T06:54:26Z","Operation":"Send","Count":1}
    "#]],
    );
    check(
        damaged(&two.replace(",1]", ",1]]")),
        expect![[r#"
            log-analytics
            1 {"TimeGenerated":"2026-01-24T06:54:24Z","Operation":"Send","Count":1}
            2 {"TimeGenerated":"2026-01-24T06:54:25Z","Operation":"Send","Count":1}
            3 {"TimeGenerated":"2026-01-24T06:54:26Z","Operation":"Send","Count":1}
            4 broken, no row of an answer: ]
        "#]],
    );
    check(
        damaged(&two.replace(",1", "")),
        expect![[r#"
        log-analytics
        1 {"TimeGenerated":"2026-01-24T06:54:24Z","Operation":"Send","Count":1}
        2 broken, the row has 2 of 3 cells: ["2026-01-24T06:54:25Z","Send"]
        3 {"TimeGenerated":"2026-01-24T06:54:26Z","Operation":"Send","Count":1}
    "#]],
    );
    check(
        damaged("17,\"words\",{\"a\":1}"),
        expect![[r#"
        log-analytics
        1 {"TimeGenerated":"2026-01-24T06:54:24Z","Operation":"Send","Count":1}
        2 broken, no row of an answer: 17
        3 broken, no row of an answer: "words"
        4 {"a":1}
        5 {"TimeGenerated":"2026-01-24T06:54:26Z","Operation":"Send","Count":1}
    "#]],
    );
    check(
        damaged(two).replace(r#""name":"Op"#, r#""nome":"Op"#),
        expect![[r#"
        json-objects
        1 broken, no names of columns can be read from this: [{"name":"TimeGenerated","type":"datetime"},{"nome":"Operation","type":"string"},{"name":"Count","type":"long"}]
        2 broken, no names of columns stand before this row: ["2026-01-24T06:54:24Z","Send",1]
        3 broken, no names of columns stand before this row: ["2026-01-24T06:54:25Z","Send",1]
        4 broken, no names of columns stand before this row: ["2026-01-24T06:54:26Z","Send",1]
    "#]],
    );
    let whole = damaged(two);
    check(
        &whole[..whole.len() - 20],
        expect![[r#"
        log-analytics
        1 {"TimeGenerated":"2026-01-24T06:54:24Z","Operation":"Send","Count":1}
        2 {"TimeGenerated":"2026-01-24T06:54:25Z","Operation":"Send","Count":1}
        3 broken, the file ends inside this record: ["2026-01-24T06:5
        error: export: it ends before the closing bracket of its list; what is there was read; get the file again and import it once more
    "#]],
    );
    check(
        &whole[..whole.len() - 3],
        expect![[r#"
        log-analytics
        1 {"TimeGenerated":"2026-01-24T06:54:24Z","Operation":"Send","Count":1}
        2 {"TimeGenerated":"2026-01-24T06:54:25Z","Operation":"Send","Count":1}
        3 {"TimeGenerated":"2026-01-24T06:54:26Z","Operation":"Send","Count":1}
        error: export: it ends before the closing bracket of its list; what is there was read; get the file again and import it once more
    "#]],
    );
}

/// A brace out of place ends the table before its rows.
#[test]
fn rows_that_have_lost_their_table_are_kept() {
    let whole = answer(r#"["2026-01-24T06:54:24Z","Send",1]"#);
    check(
        whole.replacen("[{\"name\":\"T", "[}\"name\":\"T", 1),
        expect![[r#"
        json-objects
        1 broken, no names of columns can be read from this: [}
        2 broken, no names of columns stand before this row: ["2026-01-24T06:54:24Z","Send",1]
        3 broken, no row of an answer: ]
        4 broken, no row of an answer: }
    "#]],
    );
    check(
        whole.replace(",\"rows\"", "},\"rows\""),
        expect![[r#"
        log-analytics
        1 broken, no row of an answer: "rows"
        2 broken, no row of an answer: :
        3 broken, damaged, up to the next whole row: [
        4 {"TimeGenerated":"2026-01-24T06:54:24Z","Operation":"Send","Count":1}
        5 broken, no row of an answer: ]
        6 broken, no row of an answer: }
    "#]],
    );
    check(
        whole.replace(",\"rows\"", "}],\"rows\""),
        expect![[r#"
        log-analytics
        1 {"TimeGenerated":"2026-01-24T06:54:24Z","Operation":"Send","Count":1}
        2 broken, no row of an answer: ]
        3 broken, no row of an answer: }
    "#]],
    );
    check(
        whole.replace("[[\"2026-01-24T06:54:24Z\",", ""),
        expect![[r#"
        json-objects
        1 broken, no list, as there should be: "Send"
        2 broken, no row of an answer: 1
        3 broken, no row of an answer: ]
        4 broken, no row of an answer: ]
    "#]],
    );
    check(
        whole.replace("\"}],\"rows\":", "\",\"rows\":") + "]",
        expect![[r#"
        json-objects
        1 broken, no names of columns can be read from this: [{"name":"TimeGenerated","type":"datetime"},{"name":"Operation","type":"string"},{"name":"Count","type":"long","rows":[["2026-01-24T06:54:24Z","Send",1]]}]
        error: export: it ends before the closing bracket of its list; what is there was read; get the file again and import it once more
    "#]],
    );
    let sources = r#"{"dataSources":[{"resourceId":"r","tables":["T"]}],"tables""#;
    check(
        whole.replace("{\"tables\"", sources),
        expect![[r#"
        log-analytics
        1 {"TimeGenerated":"2026-01-24T06:54:24Z","Operation":"Send","Count":1}
    "#]],
    );
}

/// The column that tells the time is not that of the table before.
#[test]
fn a_table_of_an_answer_knows_nothing_of_the_one_before() {
    let one = answer(r#"["2026-01-24T06:54:24Z","Send",1]"#);
    check(
        format!(r#"{one}{{"tables":[{{"columns":[],"rows":[[1,[]"#),
        expect![[r#"
        log-analytics
        1 {"TimeGenerated":"2026-01-24T06:54:24Z","Operation":"Send","Count":1}
        2 broken, the file ends inside this record: [1,[]
        error: export: it ends before the closing bracket of its list; what is there was read; get the file again and import it once more
    "#]],
    );
    check(
        format!("{one}{one}").replace("1]]}]}{", r#"1]]},{"rows":[["x",[]]]}]}{"#),
        expect![[r#"
        log-analytics
        1 {"TimeGenerated":"2026-01-24T06:54:24Z","Operation":"Send","Count":1}
        2 broken, no names of columns stand before this row: ["x",[]]
        3 {"TimeGenerated":"2026-01-24T06:54:24Z","Operation":"Send","Count":1}
    "#]],
    );
}

#[test]
fn an_answer_that_is_not_complete_says_so() {
    let whole = answer(r#"["2026-01-24T06:54:24Z","Send",1]"#);
    let error = r#"{"code":"PartialError","message":"There were some errors"}"#;
    check(
        format!(r#"{},"error":{error},"render":null}}"#, whole.strip_suffix('}').unwrap()),
        expect![[r#"
            log-analytics
            1 {"TimeGenerated":"2026-01-24T06:54:24Z","Operation":"Send","Count":1}
            2 broken, the service says here that its answer is not complete: {"code":"PartialError","message":"There were some errors"}
        "#]],
    );
}

#[test]
fn records_that_other_tools_keep() {
    let one = record("1");
    let text = serde_json::to_string(&one).unwrap();
    check(
        format!(r#"{{"_index":"i","_source":{{"@timestamp":"t","o365":{{"audit":{one}}}}}}}"#),
        expect![[r#"
            wrapped-records-json
            1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"_index":"i","_source":{"@timestamp":"t"}}
        "#]],
    );
    check(
        format!(
            r#"{{"preview":false,"offset":0,"lastrow":true,"result":{{"_raw":{text},"source":"s"}}}}"#
        ),
        expect![[r#"
            wrapped-records-json
            1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"preview":false,"offset":0,"lastrow":true,"result":{"source":"s"}}
        "#]],
    );
    check(
        format!("_time,_raw\n2026-01-24,{}\n", cell(&one)),
        expect![[r#"
        audit-csv
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"_time":"2026-01-24"}
    "#]],
    );
    check(
        format!("Timestamp,ActionType,RawEventData\n2026-01-24,Send,{}\n", cell(&one)),
        expect![[r#"
            audit-csv
            1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Timestamp":"2026-01-24","ActionType":"Send"}
        "#]],
    );
    check(
        format!(
            r#"{{"schema":[],"results":[{{"Timestamp":"t","RawEventData":{text}}},{{"Timestamp":"u","RawEventData":{one}}}]}}"#
        ),
        expect![[r#"
            wrapped-records-json
            1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Timestamp":"t"}
            2 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Timestamp":"u"}
        "#]],
    );
}
