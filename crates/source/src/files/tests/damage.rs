//! Damaged files: whatever is cut, missing or too long, the whole records come out and the rest is
//! kept.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

fn check(bytes: impl AsRef<[u8]>, expected: Expect) {
    expected.assert_eq(&show(bytes));
}

/// The records of a file, and all bytes that came out of it.
fn read_all(path: &Path, limits: Limits) -> (Vec<String>, usize) {
    let mut records = Vec::new();
    let mut bytes = 0;
    for envelope in read(path, 3, limits).into_iter().flatten() {
        bytes += envelope.bytes().len();
        if let Payload::Record(record) = envelope.payload {
            records.push(String::from_utf8_lossy(&record).into_owned());
        }
    }
    (records, bytes)
}

fn exports() -> Vec<String> {
    let records = ["1", "2\\n{\\\"Id\\\":\\\"9", "3"].map(record);
    let [one, two, three] = &records;
    let rows: Vec<_> =
        records.iter().map(|record| serde_json::json!({"AuditData": record})).collect();
    vec![
        purview_csv(&records),
        format!("Note;AuditData\n\"a\nb\";{}\nc;{}\n;{}", cell(one), cell(two), cell(three)),
        format!("{one}\n{two}\n{three}\n"),
        format!("[{one},{two},\n{three}]"),
        format!(r#"{{"value":[{one},{two},{three}],"@odata.nextLink":"x"}}"#),
        serde_json::to_string_pretty(&rows).unwrap(),
        format!(r#"{{"event":{{"original":{}}}}}"#, serde_json::to_string(one).unwrap()),
    ]
}

#[test]
fn a_cut_loses_no_record_that_stood_before_it() {
    let folder = Folder::new();
    for export in exports() {
        let (whole, _) = read_all(&folder.write(NAME, &export), Limits::default());
        let mut count_before = 0;
        for cut in 0..=export.len() {
            let path = folder.write(NAME, &export.as_bytes()[..cut]);
            let (records, _) = read_all(&path, Limits::default());
            assert_eq!(records[..], whole[..records.len()], "{export} cut at {cut}");
            assert!(records.len() >= count_before, "{export} cut at {cut}");
            count_before = records.len();
        }
        assert_eq!(count_before, whole.len());
    }
}

#[test]
fn a_cut_is_told() {
    let csv = purview_csv(&[record("1"), record("2")]);
    check(
        &csv[..csv.len() - 30],
        expect![[r#"
            purview-csv
            1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
            2 broken, the file ends inside this row: 5a1e0c1f,"2026-01-24T06:54:24.0000000Z ",2,Send,ann@contoso.example,"{""Id"":""2"",""CreationTime"":""2026-01-24T06:54:24" in {"RecordId":"5a1e0c1f","CreationDate":"2026-01-24T06:54:24.0000000Z ","RecordType":"2","Operation":"Send","UserId":"ann@contoso.example"}
        "#]],
    );
    check(
        &csv[..csv.len() - 10],
        expect![[r#"
            purview-csv
            1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
            2 broken, the file ends inside this row: 5a1e0c1f,"2026-01-24T06:54:24.0000000Z ",2,Send,ann@contoso.example,"{""Id"":""2"",""CreationTime"":""2026-01-24T06:54:24"",""Operation"":""Se in {"RecordId":"5a1e0c1f","CreationDate":"2026-01-24T06:54:24.0000000Z ","RecordType":"2","Operation":"Send","UserId":"ann@contoso.example"}
        "#]],
    );
    let [one, two] = [record("1"), record("2")];
    let lines = format!("{one}\n{two}");
    check(
        &lines[..lines.len() - 10],
        expect![[r#"
        audit-records-ndjson
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 broken, the line ends inside its JSON object: {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operatio
    "#]],
    );
    let list = format!("[{one},{two}]");
    check(
        &list[..list.len() - 10],
        expect![[r#"
        audit-records-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 broken, the file ends inside this record: {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation
        error: export: it ends before the closing bracket of its list; what is there was read; get the file again and import it once more
    "#]],
    );
    check(
        &list[..list.len() - 1],
        expect![[r#"
        audit-records-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        error: export: it ends before the closing bracket of its list; what is there was read; get the file again and import it once more
    "#]],
    );
    check(
        &list[list.find("Oper").unwrap()..],
        expect![[r#"
            error: export: no format that we know, so nothing was stored; we read purview-csv, protection-center-csv, unified-audit-log-csv, audit-csv, graph-audit-query-json, unified-audit-log-json, unified-audit-log-clixml, unified-audit-log-list, audit-records-json, audit-records-ndjson, mailbox-audit, admin-audit, message-trace-detail, message-trace, entra-sign-ins, entra-audit-logs, entra-risk-detections, azure-activity-log, intune-audit, diagnostic-settings, log-analytics, wrapped-records-json, json-objects, also in .gz and .zip
        "#]],
    );
    check(
        &lines[lines.find("Oper").unwrap()..],
        expect![[r#"
        audit-records-ndjson
        1 broken, the line is no JSON object: Operation":"Send"}
        2 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
}

#[test]
fn a_header_without_rows_is_no_error() {
    check(purview_csv(&[]), expect![]);
    check("AuditData", expect![]);
}

#[test]
fn a_cell_that_has_swallowed_a_row_is_kept_beside_the_record() {
    // A part of the file stands in it twice: a record without its end has run into the next row.
    let json = cell(&record("2"));
    let damaged = json.strip_suffix('"').unwrap();
    check(
        format!("Note;AuditData\na;\"{{\"\"Id\"\":\"\"1\nb;{damaged}b;{json}\n"),
        expect![[r#"
        audit-csv
        1 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Note":"a","AuditData":"{\"Id\":\"1\nb;{\"\"Id\"\":\"\"2\"\",\"\"CreationTime\"\":\"\"2026-01-24T06:54:24\"\",\"\"Operation\"\":\"\"Send\"\"}b"}
    "#]],
    );
}

#[test]
fn a_cell_that_has_run_into_another_is_kept_whatever_its_column() {
    // A comma too many in the header, a quote missing in the row.
    let json = cell(&record("2"));
    check(
        format!(",Operation,AuditData\na,\"{{\"\"Id\"\":\"\"1\n\"b,{json}\n"),
        expect![[r#"
        audit-csv
        1 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"column 1":"a","Operation":"{\"Id\":\"1\nb"}
    "#]],
    );
}

#[test]
fn a_record_that_has_lost_its_brace_is_kept() {
    let [one, two, three] = [1, 2, 3].map(|number| record(&number.to_string()));
    let torn = two.replacen('{', "]", 1);
    check(
        format!(r#"{{"value":[{one},{torn},{three}],"@odata.count":3}}"#),
        expect![[r#"
        audit-records-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 broken, a member outside its record: "Id":"2"
        3 broken, a member outside its record: "CreationTime":"2026-01-24T06:54:24"
        4 broken, a member outside its record: "Operation":"Send"
        5 {"Id":"3","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        6 broken, no JSON object: ]
        7 broken, no JSON object: "@odata.count"
        8 broken, no JSON object: :3
        9 broken, no JSON object: }
    "#]],
    );
}

#[test]
fn a_row_without_its_record_is_kept_whole() {
    let json = cell(&record("1"));
    check(
        format!(
            "CreationDate,AuditData,host,_raw\n1/2/2026,,\"h\n1\",\"\"\"{{\"\"\"\"Id\"\"\"\":\"\n\
             1/3/2026,{json},h2,\n1/4/2026,\"{{\"\"Id\"\":\",h3,\n1/5/2026\n"
        ),
        expect![[r#"
            audit-csv
            1 broken, AuditData is empty: 1/2/2026,,"h
            1","""{""""Id"""":" in {"CreationDate":"1/2/2026","host":"h\n1","_raw":"\"{\"\"Id\"\":"}
            2 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"host":"h2"}
            3 broken, AuditData is no whole JSON object: 1/4/2026,"{""Id"":",h3, in {"CreationDate":"1/4/2026","host":"h3"}
            4 broken, the row ends before its AuditData: 1/5/2026 in {"CreationDate":"1/5/2026"}
        "#]],
    );
    // A comma that somebody did not quote.
    check(
        format!("Note,AuditData\na,{}\nb,{json}\n", record("1")),
        expect![[r#"
        audit-csv
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Note":"a"}
        2 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Note":"b"}
    "#]],
    );
    check(
        format!("Note,AuditData\na;b;c\nb,{json}\n"),
        expect![[r#"
        audit-csv
        1 broken, the row ends before its AuditData: a;b;c in {"Note":"a;b;c"}
        2 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Note":"b"}
    "#]],
    );
}

#[test]
fn a_missing_quote_costs_one_row() {
    let json = cell(&record("1"));
    let open = json.trim_end_matches('"');
    check(
        format!("Note,AuditData\na,{json}\nb,{open}\nc,{json}\nd,{json}\n"),
        expect![[r#"
            audit-csv
            1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Note":"a"}
            2 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Note":"b"}
            3 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Note":"c"}
            4 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Note":"d"}
        "#]],
    );
    check(
        format!("Note,AuditData\na,{json}\n\"b,{json}\nc,{json}\nd,{json}\n"),
        expect![[r#"
        audit-csv
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Note":"a"}
        2 broken, AuditData is no whole JSON object: "b,"{""Id"":""1"",""CreationTime"":""2026-01-24T06:54:24"",""Operation"":""Send""}" in {"Note":"b,{\"\"Id\"\":\"\"1\"\"","column 3":"Operation\"\":\"\"Send\"\"}\""}
        3 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Note":"c"}
        4 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Note":"d"}
    "#]],
    );
}

#[test]
fn a_missing_quote_hides_no_row_where_all_cells_are_quoted() {
    let rows = |before: &str, after: &str| {
        let row = |id: &str| format!("{before}{}{after}\r\n", cell(&record(id)));
        let open = row("2").replace("\"\r\n", "\r\n");
        format!("{}{open}{}", row("1"), row("3"))
    };
    check(
        format!("\"Note\",\"AuditData\"\r\n{}", rows("\"x\",", "")),
        expect![[r#"
        audit-csv
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Note":"x"}
        2 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Note":"x"}
        3 {"Id":"3","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Note":"x"}
    "#]],
    );
    check(
        format!("\"AuditData\",\"Note\"\r\n{}", rows("", ",\"x\"")),
        expect![[r#"
        audit-csv
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Note":"x"}
        2 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Note":"x\r\n"}
        3 {"Id":"3","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Note":"x"}
    "#]],
    );
}

#[test]
fn a_record_that_has_run_into_the_next_row_is_kept_beside_that_rows_record() {
    let [one, two] = [record("1"), record("2")];
    let torn = &cell(&one)[..40];
    check(
        format!("Note,Operation,AuditData\na,Send,{torn}\"b,Send,{}\n", cell(&two)),
        expect![[r#"
        audit-csv
        1 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Note":"a","AuditData":"{\"Id\":\"1\",\"CreationTime\":\"2026-0b","column 4":"Send"}
    "#]],
    );
    // Another tool's delimiter.
    check(
        format!("Note;AuditData\na,{}\nb;{}\n", cell(&one), cell(&two)),
        expect![[r#"
        audit-csv
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Note":"a"}
        2 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"Note":"b"}
    "#]],
    );
    // A header without its line end.
    check(
        format!("Note,Operation,AuditDataa,Send,{}\nb,Send,{}\n", cell(&one), cell(&two)),
        expect![[r#"
            audit-csv
            1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"column 1":"Note","column 2":"Operation","column 3":"AuditDataa","column 4":"Send"}
            2 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"} in {"column 1":"b","column 2":"Send"}
        "#]],
    );
    let header = "Received,SenderAddress,RecipientAddress,Subject";
    check(
        format!("{header},1/24/2026 6:54:24 AM,a,b,c\n1/24/2026 6:54:25 AM,a,b,c\n"),
        expect![[r#"
        message-trace
        1 broken, the header has run into the row behind it: Received,SenderAddress,RecipientAddress,Subject,1/24/2026 6:54:24 AM,a,b,c
        1 {"Received":"1/24/2026 6:54:25 AM","SenderAddress":"a","RecipientAddress":"b","Subject":"c"}
    "#]],
    );
    check(
        "Received,\"SenderAddress,RecipientAddress,Subject\n1/24/2026 6:54:25 AM,a,b,\"c\"\n",
        expect![[r#"
            error: export: no format that we know, so nothing was stored; we read purview-csv, protection-center-csv, unified-audit-log-csv, audit-csv, graph-audit-query-json, unified-audit-log-json, unified-audit-log-clixml, unified-audit-log-list, audit-records-json, audit-records-ndjson, mailbox-audit, admin-audit, message-trace-detail, message-trace, entra-sign-ins, entra-audit-logs, entra-risk-detections, azure-activity-log, intune-audit, diagnostic-settings, log-analytics, wrapped-records-json, json-objects, also in .gz and .zip
        "#]],
    );
    // A list that a bracket too many ends.
    check(
        format!(r#"{{"value":[{one}],{two}]}}"#),
        expect![[r#"
        audit-records-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        3 broken, no JSON object: ]
    "#]],
    );
}

#[test]
fn what_excel_cut_is_named() {
    let json = cell(&record(&"x".repeat(40_000))[..32_767]);
    let shown = show(format!("AuditData,Note\n{json},a\n{},b\n", cell(&record("2"))));
    assert!(shown.contains("1 broken, AuditData is cut at 32,767 characters, as Excel does;"));
    assert!(shown.ends_with("in {\"Note\":\"b\"}\n"));
}

#[test]
fn a_missing_quote_or_line_end_costs_one_object() {
    let [one, two, three] = ["1", "2", "3"].map(record);
    let open = two.replace("Send\"", "Send");
    check(
        format!("[{one},{open},{two},{three}]"),
        expect![[r#"
        audit-records-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 broken, damaged, up to the next whole record: {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send}
        3 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        4 {"Id":"3","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
    check(
        format!("{one}\n{open}\n{two}\n{three}"),
        expect![[r#"
        audit-records-ndjson
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send}
        3 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        4 {"Id":"3","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
    check(
        format!("{one}\n{two}{three}\n{one}"),
        expect![[r#"
        audit-records-ndjson
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 {"Id":"3","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        3 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
    check(
        format!("{one}\n{}{three}\n{one}", &two[..40]),
        expect![[r#"
        audit-records-ndjson
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 broken, damaged, up to the next whole record: {"Id":"2","CreationTime":"2026-01-24T06:
        2 {"Id":"3","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        3 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
    check(
        format!("[{one},{}][{two},{three}]", &two[..40]),
        expect![[r#"
        audit-records-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 broken, damaged, up to the next whole record: {"Id":"2","CreationTime":"2026-01-24T06:][
        3 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        4 {"Id":"3","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
    check(
        format!("[{one}}},{two},]{three}"),
        expect![[r#"
        audit-records-json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 broken, no JSON object: }
        3 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        4 {"Id":"3","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
}

/// What comes out of a file in which one record is longer than the limit.
fn check_limit(export: String, expected: Expect) {
    let folder = Folder::new();
    let path = folder.write(NAME, export);
    let mut lines = String::new();
    for envelope in read(&path, 2, Limits { record_bytes_max: 200 }) {
        let line = line(&envelope.unwrap());
        lines += &line.replace(&"x".repeat(20), "~").replace("~~", "");
        lines += "\n";
    }
    expected.assert_eq(&lines);
}

#[test]
fn a_record_over_the_limit_is_kept_to_the_limit_and_its_length_told() {
    let [one, long, two] = [record("1"), record(&"x".repeat(3_000_000)), record("2")];
    check_limit(
        purview_csv(&[one.clone(), long.clone(), two.clone()]),
        expect![[r#"
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 broken, 3000151 bytes long, of which the first 200 are kept: the limit for one record: 5a1e0c1f,"2026-01-24T06:54:24.0000000Z ",2,Send,ann@contoso.example,"{""Id"":""x
        3 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
    check_limit(
        format!("{one}\n{long}\n{two}\n"),
        expect![[r#"
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 broken, 3000066 bytes long, of which the first 200 are kept: the limit for one record: {"Id":"~xxxxxxxxxxxxx
        3 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
    check_limit(
        format!("[{one},{long},{two}]"),
        expect![[r#"
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 broken, 3000065 bytes long, of which the first 200 are kept: the limit for one record: {"Id":"~xxxxxxxxxxxxx
        3 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
    check_limit(
        format!(r#"{{"value":[{one},{long},{two}]}}"#),
        expect![[r#"
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 broken, 3000065 bytes long, of which the first 200 are kept: the limit for one record: {"Id":"~xxxxxxxxxxxxx
        3 {"Id":"2","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
    check_limit(
        format!("{one}\n{long}"),
        expect![[r#"
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        2 broken, 3000065 bytes long, of which the first 200 are kept: the limit for one record: {"Id":"~xxxxxxxxxxxxx
    "#]],
    );
    // A quote that is missing makes one row of all that follow.
    check_limit(
        format!("AuditData\n\"{}\n{}\n", "x".repeat(50), cell(&one)),
        expect![[r#"
            1 broken, AuditData is no whole JSON object: "xxxxxxxxxx
            2 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        "#]],
    );
}

proptest! {
    #[test]
    fn no_damage_makes_a_reader_fail(
        export in 0..exports().len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..6),
    ) {
        let mut bytes = exports().swap_remove(export).into_bytes();
        for (place, byte, change) in changes {
            let at = place.index(bytes.len());
            match change {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        let folder = Folder::new();
        let path = folder.write(NAME, &bytes);
        read_all(&path, Limits::default());
        read_all(&path, Limits { record_bytes_max: 50 });
    }

    /// One quote too few in a table costs the row it is missing in, and no other.
    #[test]
    fn a_missing_quote_costs_at_most_its_row(
        place in any::<prop::sample::Index>(),
        all_quoted: bool,
        lines: bool,
    ) {
        let ids = ["1", "2", "3", "4", "5"];
        let row = |id: &&str| {
            let note = if lines { "two\nlines" } else { "note" };
            let case = if all_quoted { "\"c\"" } else { "c" };
            format!("\"{note}\",{case},{},{case}\r\n", cell(&record(id)))
        };
        let rows: Vec<String> = ids.iter().map(row).collect();
        let header = "Note,Case,AuditData,Group\r\n";
        let text = format!("{header}{}", rows.concat());
        let quotes: Vec<usize> = text.match_indices('"').map(|(at, _)| at).collect();
        let at = *place.get(&quotes);
        let damaged = (at - header.len()) / rows[0].len();
        let folder = Folder::new();
        let path = folder.write(NAME, [&text[..at], &text[at + 1..]].concat());
        let (records, _) = read_all(&path, Limits::default());
        for (number, id) in ids.iter().enumerate() {
            prop_assert!(number == damaged || records.contains(&record(id)), "row {number} of {text}");
        }
    }

    /// One quote too few in a list costs the record it is missing in, and no other; but for the
    /// first name of all, from which we learn how records open.
    #[test]
    fn a_missing_quote_costs_at_most_its_object(place in any::<prop::sample::Index>()) {
        let records = ["1", "2", "3", "4", "5"].map(record);
        let text = format!("[{}]", records.join(","));
        let quotes: Vec<usize> = text.match_indices('"').map(|(at, _)| at).collect();
        let at = *place.get(&quotes[2..]);
        let damaged = (at - 1) / (records[0].len() + 1);
        let folder = Folder::new();
        let path = folder.write(NAME, [&text[..at], &text[at + 1..]].concat());
        let (read, _) = read_all(&path, Limits::default());
        for (number, record) in records.iter().enumerate() {
            prop_assert!(number == damaged || read.contains(record), "{number} of {text} at {at}");
        }
    }

    /// A damaged line never costs its neighbours, and its own bytes are kept.
    #[test]
    fn lines_stand_alone(
        lines in prop::collection::vec(prop_oneof![
            2 => any::<u16>().prop_map(|id| record(&id.to_string())),
            1 => r#"[{}"\[\],:a-z\\]{0,30}"#,
        ], 0..12),
    ) {
        let text = format!("{}\n{}", record("first"), lines.join("\n"));
        let folder = Folder::new();
        let (records, bytes) = read_all(&folder.write(NAME, &text), Limits::default());
        for line in &lines {
            if line.contains("Send") {
                prop_assert!(records.contains(line));
            }
        }
        let blank = text.bytes().filter(|byte| matches!(byte, b'\n' | b',')).count();
        prop_assert!(bytes + blank >= text.len());
    }
}
