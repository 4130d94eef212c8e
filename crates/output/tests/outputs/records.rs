//! Records to deliver.

use bytes::Bytes;
use event::{Cell, Field, Key};
use output::Record;
use serde_json::json;

/// What somebody might put into a subject or a file name.
pub const HOSTILE: &[&str] = &[
    "plain",
    "line\nbreak \r\n and \0 and \u{1b}[31mred\u{1b}[0m",
    "quote \" ' ` backslash \\ percent %s %n",
    "'; drop table events; --",
    "=HYPERLINK(\"http://x.example\")",
    "<script>alert(1)</script> & ]]>",
    "a|b=c\\d^e\tf",
    "\u{202e}right to left \u{feff} \u{1f480} \u{e000}",
];

/// The `n`th record. Its body is one line of JSON that carries its key and number.
pub fn record(n: u64) -> Record {
    let key = Key { id: n.wrapping_mul(0x9e37_79b9_7f4a_7c15), content: n };
    let text = HOSTILE[n as usize % HOSTILE.len()];
    let body = json!({"key": key.to_string(), "n": n, "text": text}).to_string();
    let mut record = Record {
        key,
        raw: Bytes::from(body.clone()),
        cells: vec![None; Field::COUNT],
        body: Bytes::from(body),
        typed: None,
    };
    let mut set = |field: Field, cell| record.cells[field as usize] = Some(cell);
    set(Field::CreationTime, Cell::Time(1_714_557_600_000_000 + n as i64 * 1_000_000));
    set(Field::IngestTime, Cell::Time(1_714_561_200_000_000));
    set(Field::Id, Cell::Text(format!("00000000-0000-4000-8000-{n:012x}").into()));
    set(Field::Tenant, Cell::Text("contoso".into()));
    set(Field::RecordType, Cell::Int(1 + (n % 3) as i64));
    set(Field::RecordTypeName, Cell::Text("ExchangeAdmin".into()));
    set(Field::Workload, Cell::Text("Exchange".into()));
    set(Field::Operation, Cell::Text("New-InboxRule".into()));
    set(Field::UserId, Cell::Text("ann@contoso.example".into()));
    set(Field::ClientAddress, Cell::Text("203.0.113.7".into()));
    set(Field::ItemName, Cell::Text(text.into()));
    record
}

pub fn records(count: u64) -> Vec<Record> {
    (0..count).map(record).collect()
}
