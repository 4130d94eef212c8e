//! Does the XML that a search of mailboxes is written in come back as it was?

use decode::form::mailbox_audit::XmlWriter;
use event::{Event, Field, Key};
use proptest::prelude::*;

use super::*;

/// What of an event has to last: its key, its bytes and why it was kept apart.
type Lasting = (Key, Vec<u8>, Option<String>);

fn lasting(event: &Event) -> Lasting {
    (event.key, event.raw.to_vec(), event.text(Field::Quarantine).map(str::to_owned))
}

fn decoded(envelopes: &[Envelope], take: &mut dyn FnMut(&Event)) {
    envelopes.iter().for_each(|envelope| take(&decode::decode(envelope, "contoso", 0)));
}

/// Writes the events as XML and reads that.
fn check(records: &[Envelope]) {
    let mut writer = XmlWriter::begin(Vec::new()).unwrap();
    let mut written: Vec<Lasting> = Vec::new();
    decoded(records, &mut |event| {
        writer.event(event).unwrap();
        written.push(lasting(event));
    });
    let xml = writer.finish().unwrap();
    let folder = Folder::new();
    let path = folder.write(NAME, &xml);
    let envelopes: Vec<Envelope> =
        read(&path, usize::MAX, Limits::default()).into_iter().map(Result::unwrap).collect();
    let mut found: Vec<Lasting> = Vec::new();
    decoded(&envelopes, &mut |event| found.push(lasting(event)));
    assert!(envelopes.iter().all(|envelope| envelope.wrapper.is_none()));
    assert!(envelopes.iter().all(|envelope| envelope.provenance.source == "mailbox-audit"));
    assert_eq!(found, written, "{}", String::from_utf8_lossy(&xml));
}

fn envelope(bytes: impl Into<Vec<u8>>) -> Envelope {
    let provenance = Provenance { source: "test", content_type: "", origin: String::new() };
    Envelope::record(&Arc::new(provenance), 1, bytes.into().into())
}

/// A record of each kind that is written in a way of its own, and records that are odd.
fn records() -> Vec<Vec<u8>> {
    [
        r#"{"Id":"1","RecordType":2,"Operation":"Send","CreationTime":"2026-01-24T06:54:24","Item":{"Subject":"a ]]> <b> & 'c'\u0000\ud83d\ude00"}}"#,
        r#"{"Id":"2","RecordType":3,"Operation":"Move","AffectedItems":[{"Id":"1","Subject":"&#13;&amp;"},{"Id":"2"}]}"#,
        r#"{"Id":"3","RecordType":50,"Operation":"MailItemsAccessed","Folders":[{"Path":"\\Inbox","FolderItems":[{"InternetMessageId":"<1@contoso.example>"}]}]}"#,
        r#"{"MailboxGuid":"1","LastAccessed":"2026-03-04T09:15:42Z","Operation":"Copy","LogonType":"Admin","AuditData":"{}","SourceItems":[{"Id":"7","Id":"8"}]}"#,
        r#"{"CmdletName":"Set-Mailbox","RunDate":"2026-03-04T09:15:42Z","Caller":"ann","Quarantine":"no","AuditDataBase64":"!"}"#,
        r#"{"id":"4","createdDateTime":"2026-01-24T06:54:24Z","appDisplayName":"x","status":{"errorCode":50126}}"#,
        "{\n\t\"Id\": \"5\",\r\n \"RecordType\": 15, \"Operation\": \"\u{85}\u{2028}\u{fffe}\u{fffd}\u{7f}\" }\n ",
        r#"{"Id":"6","RecordType":6,"Half":"\ud83d","Number":1.50e3,"Big":123456789012345678901234567890}"#,
        r#"{"Id":"7","RecordType":1,"Cut":"#,
        "{'Id':'8','RecordType':2}",
        "",
        "\u{feff}{\"Id\":\"9\"}",
        "<Event AuditData='x'>",
    ]
    .into_iter()
    .map(|record| record.as_bytes().to_vec())
    .chain([b"{\"Id\":\"10\",\"RecordType\":2,\"UserId\":\"\xff\xfe\x00\"}".to_vec(), vec![0, 1, 2]])
    .collect()
}

#[test]
fn records_of_every_kind_come_back() {
    let records: Vec<Envelope> = records().into_iter().map(envelope).collect();
    check(&records);
    records.into_iter().for_each(|record| check(&[record]));
}

#[test]
fn bytes_that_a_reader_gave_up_come_back_to_the_quarantine() {
    let whole = envelope(r#"{"Id":"1","RecordType":2}"#);
    let reason = "the 'row' ends\tafter <3> cells".to_owned();
    let bytes = whole.bytes().clone();
    check(&[Envelope { payload: Payload::Broken { bytes, reason }, ..whole }]);
}

#[test]
fn long_values_come_back() {
    let long = "'<&>\\n".repeat(1 << 20);
    check(&[envelope(format!(r#"{{"Id":"1","RecordType":2,"Item":{{"Subject":"{long}"}}}}"#))]);
}

#[test]
fn a_damaged_record_is_told() {
    let event = |attributes: &str| format!("<SearchResults><Event {attributes}/></SearchResults>");
    for (attributes, words) in [
        ("AuditDataBase64='AQ=*'", "AuditDataBase64 is no base64: "),
        ("AuditDataBase64='A'", "AuditDataBase64 is no base64: "),
        ("Operation='Send' AuditDataBase64='A Q=='", "AuditDataBase64 is no base64: "),
    ] {
        let other = "AuditData='{\"Id\":\"1\"}'";
        let shown = show(event(&format!("{attributes}/><Event {other}")));
        assert!(shown.starts_with(&format!("mailbox-audit\n1 broken, {words}")), "{shown}");
        assert!(shown.ends_with("\n2 {\"Id\":\"1\"}\n"), "{shown}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_bytes_come_back(records in prop::collection::vec(any_record(), 1..12)) {
        let records: Vec<Envelope> = records.into_iter().map(envelope).collect();
        check(&records);
    }
}

/// Records of the list with some bytes changed, and bytes of any kind.
fn any_record() -> impl Strategy<Value = Vec<u8>> {
    let slips = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    let slipped = (prop::sample::select(records()), slips).prop_map(|(mut record, slips)| {
        for (at, byte) in slips {
            if !record.is_empty() {
                let at = at.index(record.len());
                record[at] = byte;
            }
        }
        record
    });
    let text = "[<>&'\"\\]\\[{}:,a-z\u{0}-\u{20}\u{7f}-\u{9f}\u{d7ff}\u{e000}\u{fffd}-\u{ffff}\u{10000}]{0,60}";
    let text = text.prop_map(|text: String| text.into_bytes());
    prop_oneof![slipped, text, prop::collection::vec(any::<u8>(), 0..60)]
}
