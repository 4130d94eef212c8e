//! Each kind of table is told by its columns, and yields its records and what stands around them.

use expect_test::{Expect, expect};

use super::*;

fn check(bytes: impl AsRef<[u8]>, expected: Expect) {
    expected.assert_eq(&show(bytes));
}

#[test]
fn purview() {
    check(
        purview_csv(&[record("1"), record("2")]),
        expect![[r#"
        purview-csv
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
    // Admin units are said nowhere else.
    check(
        format!(
            "RecordId,CreationDate,RecordType,Operation,UserId,AuditData,AssociatedAdminUnits,\
             AssociatedAdminUnitNames\n1,12/13/2023 17:12,2,Send,ann,{},u1,\"North, South\"\n",
            cell(&record("1"))
        ),
        expect![[r#"
            purview-csv
            1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"AssociatedAdminUnits":"u1","AssociatedAdminUnitNames":"North, South"}
        "#]],
    );
    // The oldest ones stop at AuditData.
    check(
        format!(
            "RecordId,CreationDate,RecordType,Operation,UserId,AuditData\n1,,2,Send,ann,{}",
            cell(&record("1"))
        ),
        expect![[r#"
            purview-csv
            1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        "#]],
    );
}

#[test]
fn protection_center() {
    let row =
        format!("2019-11-27T17:01:25.0000000Z,ann@contoso.example,Send,{}", cell(&record("1")));
    check(
        format!("CreationDate,UserIds,Operations,AuditData\n{row}\n"),
        expect![[r#"
        protection-center-csv
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
    check(
        format!("CreationDate,UserIds,RecordType,AuditData\r\n{row}\r\n"),
        expect![[r#"
        protection-center-csv
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
}

#[test]
fn tables_of_other_tools() {
    let record = record("1");
    let json = cell(&record);
    let purview = purview_csv(std::slice::from_ref(&record));
    // Splunk keeps the row it read.
    let raw = cell(&format!("\"ann\",{json}"));
    for (table, wrapper) in [
        (
            format!(" creationdate ; auditdata ;Case\n1/2/2026;{json};\"IR-7\"\n"),
            r#" in {"Case":"IR-7"}"#,
        ),
        (format!("Row\tAuditData\n1\t{record}\n"), r#" in {"Row":"1"}"#),
        (format!("sep=|\r\nAuditData|Note\r\n{json}|\r\n"), ""),
        (format!("AuditData\n{json}\n"), ""),
        (
            format!("\u{feff}\"AuditData\",\"Operation\",\"Id\"\n{json},Send,2\n"),
            r#" in {"Id":"2"}"#,
        ),
        // A column that is there twice, one without a name, and a cell too many.
        (
            format!("Note,,Note,AuditData\na,b,c,{json},d\n"),
            r#" in {"Note":"a","column 2":"b","Note (3)":"c","column 5":"d"}"#,
        ),
        (format!("AuditData,auditdata\nsee right,{json}\n"), r#" in {"AuditData":"see right"}"#),
        // Spark escapes by a backslash.
        (
            format!("Case,AuditData\nIR-7,\"{}\"\n", record.replace('"', "\\\"")),
            r#" in {"Case":"IR-7"}"#,
        ),
        (format!("AuditData,host,_raw\n{json},h1,{raw}\n"), r#" in {"host":"h1"}"#),
        // A part of a file that was split has no header.
        (purview.split_once('\n').unwrap().1.to_owned(), ""),
    ] {
        assert_eq!(show(&table), format!("audit-csv\n1 {record}{wrapper}\n"), "{table}");
    }
}

#[test]
fn tables_of_several_rows() {
    let record = record("1");
    let json = cell(&record);
    let raw = cell(&format!("\"ann\",{json}"));
    for (table, wrappers) in [
        // Excel's rows of nothing.
        (format!("Note,AuditData\n,{json}\n,,,\r\n \nb,{json}"), vec!["", r#" in {"Note":"b"}"#]),
        (
            format!("AuditData,host,_raw\n,h1,{raw}\n{json},h2,{json}\n,h3,{json}\n"),
            vec![
                r#" in {"host":"h1","_raw":"ann"}"#,
                r#" in {"host":"h2"}"#,
                r#" in {"host":"h3"}"#,
            ],
        ),
        // A part of a file that was split.
        (
            format!("x,{json}\ny,{json}\n"),
            vec![r#" in {"column 1":"x"}"#, r#" in {"column 1":"y"}"#],
        ),
        // Files that were joined repeat their header, in whatever shape.
        (
            format!("AuditData,Note\n{json},a\n\u{feff}Note,AuditData\nb,{json}\n"),
            vec![r#" in {"Note":"a"}"#, r#" in {"Note":"b"}"#],
        ),
    ] {
        let lines = wrappers.iter().enumerate();
        let lines: String =
            lines.map(|(row, wrapper)| format!("{} {record}{wrapper}\n", row + 1)).collect();
        assert_eq!(show(&table), format!("audit-csv\n{lines}"), "{table}");
    }
}

#[test]
fn columns_that_are_named_in_another_language() {
    let [one, two] = [record("1"), record("2")].map(|record| cell(&record));
    let header = "Datensatz-ID;Erstellungsdatum;Vorgang;Überwachungsdaten;Verwaltungseinheiten";
    let table = |rows: &[&str]| format!("{header}\r\n{}\r\n", rows.join("\r\n"));
    let row = |json: &str| format!("5a1e0c1f;24.01.2026 06:54:24;Send;{json};");
    check(
        table(&[&row(&one), &row(&two)]),
        expect![[r#"
        audit-csv
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Datensatz-ID":"5a1e0c1f","Erstellungsdatum":"24.01.2026 06:54:24","Vorgang":"Send"}
        2 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Datensatz-ID":"5a1e0c1f","Erstellungsdatum":"24.01.2026 06:54:24","Vorgang":"Send"}
    "#]],
    );
    // One that is damaged, none at first, an empty row, and the header again.
    check(
        table(&[
            &row(""),
            &row("\"{\"\"Id\"\":\""),
            ";;;;",
            &row(&one),
            header,
            &row(&two),
            "torn",
        ]),
        expect![[r#"
            audit-csv
            1 broken, Überwachungsdaten is empty: 5a1e0c1f;24.01.2026 06:54:24;Send;; in {"Datensatz-ID":"5a1e0c1f","Erstellungsdatum":"24.01.2026 06:54:24","Vorgang":"Send"}
            2 broken, Überwachungsdaten is no whole JSON object: 5a1e0c1f;24.01.2026 06:54:24;Send;"{""Id"":"; in {"Datensatz-ID":"5a1e0c1f","Erstellungsdatum":"24.01.2026 06:54:24","Vorgang":"Send"}
            3 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Datensatz-ID":"5a1e0c1f","Erstellungsdatum":"24.01.2026 06:54:24","Vorgang":"Send"}
            4 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Datensatz-ID":"5a1e0c1f","Erstellungsdatum":"24.01.2026 06:54:24","Vorgang":"Send"}
            5 broken, the row ends before its Überwachungsdaten: torn in {"Datensatz-ID":"torn"}
        "#]],
    );
    // In the code page of its machine.
    let latin = format!("Größe;Überwachungsdaten\nmäßig;{one}\n");
    let latin: Vec<u8> = latin.chars().map(|c| c as u8).collect();
    check(
        latin,
        expect![[r#"
        audit-csv
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Größe":"mäßig"}
    "#]],
    );
    // A part of a file that was split, its first record cut by Excel.
    check(
        format!("a;Send;\"{{\"\"Id\"\":2026\"\nb;Send;{one}\n"),
        expect![[r#"
        audit-csv
        1 broken, AuditData is no whole JSON object: a;Send;"{""Id"":2026" in {"column 1":"a","column 2":"Send"}
        2 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"column 1":"b","column 2":"Send"}
    "#]],
    );
    // A column that no header names.
    check(
        format!("Notiz\nx,{one}\ny,{two}\n"),
        expect![[r#"
        audit-csv
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Notiz":"x"}
        2 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Notiz":"y"}
    "#]],
    );
}

#[test]
fn of_two_columns_of_records_none_is_chosen() {
    let json = cell(&record("1"));
    let refused = show(format!("Davor,Danach\n{json},{json}\n"));
    assert!(refused.starts_with("error: export: no format that we know"), "{refused}");
    let refused = show(format!("Davor,Danach\n{json},\n,{json}\n"));
    assert!(refused.starts_with("error: export: no format that we know"), "{refused}");
    // Nor is one of objects that are no records.
    let refused = show("Name,Daten\n1,\"{\"\"a\"\":1}\"\n");
    assert!(refused.starts_with("error: export: no format that we know"), "{refused}");
}
