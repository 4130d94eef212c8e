//! Search-UnifiedAuditLog in each form that PowerShell writes, and what it does to JSON.

use expect_test::{Expect, expect};

use super::*;

fn check(bytes: impl AsRef<[u8]>, expected: Expect) {
    expected.assert_eq(&show(bytes));
}

/// A row of Export-Clixml, as a remote session gives it.
fn clixml_row(id: usize, record: &str) -> String {
    let record =
        record.replace('&', "&amp;").replace('<', "&lt;").replace("\r\n", "_x000D__x000A_");
    let type_names = match id {
        0 => {
            "<TN RefId=\"0\"><T>Deserialized.Microsoft.Exchange.Data.UnifiedAuditLogEvent</T><T>System.Object</T></TN>"
        }
        _ => "<TNRef RefId=\"0\" />",
    };
    format!(
        r#"  <Obj RefId="{id}">
    {type_names}
    <ToString>Microsoft.Exchange.Data.UnifiedAuditLogEvent</ToString>
    <Props>
      <S N="RecordType">ExchangeItem</S>
      <DT N="CreationDate">2026-01-24T06:54:24</DT>
      <S N="AuditData">{record}</S>
      <I32 N="ResultIndex">1</I32>
      <Nil N="Note" />
    </Props>
    <MS>
      <S N="PSComputerName">outlook.office365.com</S>
      <S N="Case">IR-7_x005F_x</S>
      <Obj N="Tags" RefId="{}"><TN RefId="1"><T>System.Object[]</T></TN><LST><S>a</S><I32>2</I32></LST></Obj>
    </MS>
  </Obj>
"#,
        id + 100
    )
}

fn clixml(rows: &[String]) -> String {
    format!(
        "<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n{}</Objs>",
        rows.concat()
    )
}

#[test]
fn clixml_of_search_unified_audit_log() {
    let rows = [clixml_row(0, &record("1")), clixml_row(1, &record("a & <b>\\r\\n"))];
    check(
        clixml(&rows),
        expect![[r#"
        unified-audit-log-clixml
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Case":"IR-7_x","Tags":["a",2]}
        2 {"Id":"a & <b>\r\n","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Case":"IR-7_x","Tags":["a",2]}
    "#]],
    );
    let mut utf16 = vec![0xff, 0xfe];
    utf16.extend(clixml(&rows[..1]).encode_utf16().flat_map(u16::to_le_bytes));
    check(
        utf16,
        expect![[r#"
        unified-audit-log-clixml
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Case":"IR-7_x","Tags":["a",2]}
    "#]],
    );
    // `-InputObject`: one object that is a list.
    let list = format!(
        "<Obj RefId=\"90\"><TN RefId=\"9\"><T>System.Object[]</T></TN><LST>{}</LST></Obj>",
        rows.concat()
    );
    check(
        clixml(&[list]),
        expect![[r#"
        unified-audit-log-clixml
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Case":"IR-7_x","Tags":["a",2]}
        2 {"Id":"a & <b>\r\n","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Case":"IR-7_x","Tags":["a",2]}
    "#]],
    );
    // The texts alone.
    check(
        clixml(&[format!("<S>{}</S>", record("1")), "<S>words</S>".into()]),
        expect![[r#"
        unified-audit-log-clixml
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 broken, no record in this element: <S>words</S>
    "#]],
    );
}

#[test]
fn damaged_clixml_costs_the_row_that_is_damaged() {
    let rows = [1, 2, 3].map(|id| clixml_row(id, &record(&id.to_string())));
    let [one, two, three] = &rows;
    let ids = |text: String| -> Vec<String> {
        show(text)
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()))
            .map(|line| line[..60.min(line.len())].to_owned())
            .collect()
    };
    for damaged in [
        two.replace("  </Obj>", ""),
        two.replace("</Props>", ""),
        two.replace("<Obj RefId=\"2\">", ""),
        two.replace("RefId=\"2\">", "RefId=\"2>"),
        two[..two.len() / 2].to_owned(),
    ] {
        let shown = ids(clixml(&[one.clone(), damaged.clone(), three.clone()]));
        for id in ["1", "3"] {
            let whole = format!("{{\"Id\":\"{id}\"");
            assert!(shown.iter().any(|line| line.contains(&whole)), "{damaged}: {shown:#?}");
        }
    }
}

#[test]
fn convert_to_json() {
    let row = |date: &str| {
        format!(
            r#"{{"RecordType":"ExchangeItem","CreationDate":{date},"AuditData":{},"ResultIndex":1}}"#,
            serde_json::to_string(&record("1")).unwrap()
        )
    };
    let ps5 = row(r#""\/Date(1769237664000)\/""#);
    let typed = row(r#"{"value":"\/Date(1769237664000)\/","DisplayHint":2,"DateTime":"Saturday"}"#);
    check(
        format!("{{\"value\":[{ps5},{typed}],\"Count\":2}}"),
        expect![[r#"
        unified-audit-log-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
}

#[test]
fn a_row_that_has_run_into_another_keeps_both_records() {
    let [one, two] = ["1", "2"].map(|id| serde_json::to_string(&record(id)).unwrap());
    check(
        format!(r#"[{{"RecordType":"x","AuditData":{one},"RecordType":"y","AuditData":{two}}}]"#),
        expect![[r#"
            unified-audit-log-json
            1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"RecordType":"y","AuditData":"{\"Id\":\"2\",\"CreationTime\":\"2026-01-24T06:54:24\",\"Operation\":\"Send\"}"}
        "#]],
    );
}

#[test]
fn a_list_of_search_unified_audit_log() {
    check(
        format!(
            "RecordType   : ExchangeItem\r\nCreationDate : 1/24/2026 6:54:24 AM\r\nAuditData    : {}\r\n\r\nRecordType   : ExchangeItem\nAuditData    : {{\"cut\r\n",
            record("1")
        ),
        expect![[r#"
            unified-audit-log-list
            1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
            2 broken, AuditData is empty or no whole JSON object: RecordType   : ExchangeItem
            AuditData    : {"cut
        "#]],
    );
}
