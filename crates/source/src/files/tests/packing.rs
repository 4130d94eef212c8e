//! However a file is encoded and packed, the same records come out.

use std::io::{Cursor, Write};

use expect_test::{Expect, expect};
use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(members: &[(&str, &[u8])], method: CompressionMethod, level: Option<i64>) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(method).compression_level(level);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        match name.strip_suffix('/') {
            Some(folder) => writer.add_directory(folder, options).unwrap(),
            None => {
                writer.start_file(*name, options).unwrap();
                writer.write_all(bytes).unwrap();
            }
        }
    }
    writer.finish().unwrap().into_inner()
}

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    zip(members, CompressionMethod::Deflated, None)
}

fn utf16(text: &str, big_endian: bool) -> Vec<u8> {
    let units = text.encode_utf16();
    units
        .flat_map(|unit| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() })
        .collect()
}

/// Files of several shapes, with letters beyond ASCII and beyond 16 bits.
fn exports() -> Vec<String> {
    let [one, two] = [record("1"), record("é–\u{1f600}")];
    let rows = format!(r#"[{{"AuditData":{0},"Case":"é"}},{{"AuditData":{0}}}]"#, one);
    vec![
        purview_csv(&[one.clone(), two.clone()]),
        format!("#TYPE x\nAuditData,Note\n{},é\n{},\"two\nlines\"", cell(&one), cell(&two)),
        format!("{one}\n{two}\n"),
        format!("[{one},\n {two}]"),
        format!(r#"{{"value":[{one},{two}],"x":1}}"#),
        rows,
    ]
}

#[test]
fn every_encoding_gives_the_same_records() {
    for export in exports() {
        let expected = show(&export);
        assert!(expected.lines().count() == 3 && !expected.contains("broken"), "{expected}");
        let with_mark = format!("\u{feff}{export}");
        let encoded = [
            with_mark.clone().into_bytes(),
            utf16(&with_mark, false),
            utf16(&with_mark, true),
            utf16(&export, false),
            utf16(&export, true),
        ];
        for bytes in encoded {
            assert_eq!(show(&bytes), expected);
            assert_eq!(show(gzip(&bytes)), expected);
        }
    }
}

#[test]
fn every_line_end_gives_the_same_records() {
    for export in exports() {
        let unix = export.replace("\r\n", "\n");
        let expected = show(&unix);
        // A line break inside a cell or record stays as it is written.
        let inside = |shown: String| shown.replace("\\r", "").replace('\r', "");
        for line_end in ["\r\n", "\r\r\n"] {
            assert_eq!(inside(show(unix.replace('\n', line_end))), expected);
        }
        let trimmed = unix.trim_end();
        assert_eq!(show(trimmed), expected);
        assert_eq!(show(format!("{trimmed}\n\n")), expected);
    }
}

#[test]
fn every_packing_gives_the_same_records() {
    for export in exports() {
        let bytes = export.as_bytes();
        let expected = show(bytes);
        assert_eq!(show(gzip(bytes)), expected);
        assert_eq!(show(gzip(&gzip(bytes))), expected);
        let (start, rest) = bytes.split_at(bytes.len() / 2);
        assert_eq!(show([gzip(start), gzip(rest)].concat()), expected, "two gzip members");

        let expected = expected.replacen('\n', " a.csv\n", 1);
        let member = [("a.csv", bytes)];
        assert_eq!(show(zip(&member, CompressionMethod::Stored, None)), expected);
        assert_eq!(show(zip(&member, CompressionMethod::Deflated, None)), expected);
        assert_eq!(show(deflate64(bytes)), expected);
        let inner = gzip(&utf16(&format!("\u{feff}{export}"), false));
        assert_eq!(show(zipped(&[("a.csv", &inner)])), expected);
    }
}

/// What is stored in deflate is stored in the same way in deflate64, which nothing of ours writes.
fn deflate64(bytes: &[u8]) -> Vec<u8> {
    let mut archive = zip(&[("a.csv", bytes)], CompressionMethod::Deflated, Some(1));
    let directory = archive.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    // The place of the method in the local header and in the directory's.
    for method in [8, directory + 10] {
        assert_eq!(archive[method..method + 2], [8, 0]);
        archive[method] = 9;
    }
    archive
}

fn check(bytes: impl AsRef<[u8]>, expected: Expect) {
    expected.assert_eq(&show(bytes));
}

#[test]
fn members_are_read_in_turn_and_one_that_is_bad_costs_no_other() {
    let one = record("1");
    let csv = purview_csv(std::slice::from_ref(&one));
    let inner = zipped(&[("b.json", b"[]")]);
    let members: [(&str, &[u8]); 10] = [
        ("exports/", b""),
        ("exports/a.csv", csv.as_bytes()),
        ("readme.txt", b"These are exports."),
        ("empty.csv", b""),
        ("__MACOSX/exports/._a.csv", b"\0\x05\x16\x07"),
        ("exports/.DS_Store", b"\0\0\0\x01Bud1"),
        ("inner.zip", &inner),
        ("old.7z", b"7z\xbc\xaf\x27\x1c\0\0"),
        ("none.json", b"[]"),
        ("z.json", one.as_bytes()),
    ];
    check(
        zipped(&members),
        expect![[r#"
            purview-csv exports/a.csv
            1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
            error: export!readme.txt: no format that we know, so nothing was stored; we read purview-csv, protection-center-csv, unified-audit-log-csv, audit-csv, graph-audit-query-json, unified-audit-log-json, unified-audit-log-clixml, unified-audit-log-list, audit-records-json, audit-records-ndjson, mailbox-audit, admin-audit, message-trace-detail, message-trace, entra-sign-ins, entra-audit-logs, entra-risk-detections, azure-activity-log, intune-audit, diagnostic-settings, log-analytics, wrapped-records-json, json-objects, also in .gz and .zip
            error: export!empty.csv: the file is empty; check the export
            error: export!inner.zip: a zip archive in a zip archive; unpack the outer archive and import the inner one
            error: export!old.7z: a 7-Zip archive; unpack or export it to CSV or JSON first
            audit-records-ndjson z.json
            1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
        "#]],
    );
    check(
        zipped(&[]),
        expect![[r#"
        error: export: a zip archive without files; check the export
    "#]],
    );
    check(
        zipped(&[("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")]),
        expect![[r#"
        error: export: an Office document; save its sheet as CSV UTF-8 in Excel and import that
    "#]],
    );
}

#[test]
fn a_damaged_member_is_told_after_its_records() {
    let line = format!("{}\n", record("1"));
    let members = [("a.json", line.as_bytes()), ("b.json", line.as_bytes())];
    let mut archive = zip(&members, CompressionMethod::Stored, None);
    let at = archive.windows(4).position(|window| window == b"Send").unwrap();
    archive[at] = b's';
    check(
        &archive,
        expect![[r#"
        audit-records-ndjson a.json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"send"}
        error: export!a.json: its checksum is wrong, so it is damaged; what came before was read; get the file again and import it once more
        audit-records-ndjson b.json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
    // The last bytes hold the directory.
    check(
        &archive[..archive.len() - 4],
        expect![[r#"
        error: export: a zip archive that is cut short or damaged; get it again, or unpack it with a tool that repairs archives
    "#]],
    );
    let mut encrypted = zip(&members, CompressionMethod::Stored, None);
    let directory = encrypted.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    encrypted[directory + 8] |= 1;
    check(
        &encrypted,
        expect![[r#"
        error: export!a.json: it is encrypted; unpack the archive and import the files
        audit-records-ndjson b.json
        1 {"Id":"1","CreationTime":"2026-01-24T06:54:24","Operation":"Send"}
    "#]],
    );
}

#[test]
fn a_gzip_file_that_is_cut_gives_what_came_before() {
    let lines: String = (0..3000).map(|id| format!("{}\n", record(&id.to_string()))).collect();
    let packed = gzip(lines.as_bytes());
    let shown = show(&packed[..packed.len() - 20]);
    let whole = show(&lines);
    let count = shown.lines().filter(|line| whole.contains(line)).count();
    assert!(count > 2500, "{count} lines");
    assert!(shown.ends_with(
        "error: export: it is cut short; what came before was read; get the file again and import \
         it once more\n"
    ));
    assert!(show(&packed[..30]).contains("error: export: it is cut short"));
    let garbage = [&packed[..], b"garbage"].concat();
    assert!(show(garbage).starts_with(&whole));
}

/// A packed file that is cut anywhere yields records of the whole one, or says what is wrong.
#[test]
fn a_packed_file_may_be_cut_anywhere() {
    // What stands around a record may be cut, though the record is whole.
    let record = |line: &str| line.split(" in {").next().unwrap().to_owned();
    for export in exports() {
        let whole: Vec<String> = show(&export).lines().map(record).collect();
        let bytes = export.as_bytes();
        for packed in [gzip(bytes), zipped(&[("a", bytes)]), utf16(&export, false)] {
            for cut in 0..packed.len() {
                for line in show(&packed[..cut]).lines().skip(1).map(record) {
                    let told = line.starts_with("error: export: ") || line.contains(" broken, ");
                    assert!(told || whole.contains(&line), "{export} cut at {cut}: {line}");
                }
            }
        }
    }
}

#[test]
fn an_encoding_that_a_file_does_not_show_is_told() {
    let folder = Folder::new();
    let text = "Received,SenderAddress,RecipientAddress,Subject\n1/24/2026 6:54:24 AM,a,b,Łódź\n";
    let (latin2, _, _) = encoding_rs::ISO_8859_2.encode(text);
    let subject = |bytes: &[u8], encoding: Option<&str>| {
        let path = folder.write(NAME, bytes);
        let mut input = inputs(&[path.display().to_string()]).found.remove(0);
        if let Some(encoding) = encoding {
            input = input.with_encoding(encoding).unwrap();
        }
        let mut envelopes = Vec::new();
        open(&input, Limits::default()).unwrap().next_batch(&mut envelopes, 9, 999).unwrap();
        let record: serde_json::Value = serde_json::from_slice(envelopes[0].bytes()).unwrap();
        record["Subject"].as_str().unwrap().to_owned()
    };
    assert_eq!(subject(&latin2, Some("iso-8859-2")), "Łódź");
    // Without being told nothing is lost: each byte has its own character.
    assert_eq!(subject(&latin2, None), "£ód¼");
    assert_eq!(subject(text.as_bytes(), Some("utf-8")), "Łódź");
    // What a file shows itself counts more than what is told.
    assert_eq!(subject(&utf16(text, false), Some("windows-1252")), "Łódź");
    assert_eq!(subject(format!("\u{feff}{text}").as_bytes(), Some("shift_jis")), "Łódź");
    let input = inputs(&[folder.write(NAME, text).display().to_string()]).found.remove(0);
    let error = input.with_encoding("klingon").err().unwrap().to_string();
    assert!(error.ends_with("no encoding is called klingon; name one such as windows-1252, iso-8859-2, utf-16le or shift_jis"));
}
