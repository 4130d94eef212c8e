//! Cells of any text come back as they were written.

use proptest::prelude::*;

use super::*;

/// JSON texts, and what is none.
fn audit_data() -> impl Strategy<Value = String> {
    let text = r#"[a-z"\\,;\r\n\t é}{]{0,20}"#;
    prop_oneof![
        9 => text.prop_map(|text| serde_json::json!({"Id": text, "Operation": "Send"}).to_string()),
        1 => text.prop_map(|text| text),
    ]
}

proptest! {
    /// The `csv` crate, which writes what the standard says, is the model.
    #[test]
    fn what_the_csv_crate_writes_is_read(
        rows in prop::collection::vec((audit_data(), r#"[a-z"\\,;\r\n\t é]{0,9}"#), 0..20),
        crlf: bool,
        always_quoted: bool,
        delimiter in prop::sample::select(b",;\t|".as_slice()),
    ) {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(delimiter)
            .terminator(if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
            .quote_style(match always_quoted {
                true => csv::QuoteStyle::Always,
                false => csv::QuoteStyle::Necessary,
            })
            .from_writer(Vec::new());
        writer.write_record(["Note", "AuditData", "Case"]).unwrap();
        for (data, note) in &rows {
            writer.write_record([note.as_str(), data, "IR-7"]).unwrap();
        }
        let folder = Folder::new();
        let path = folder.write(NAME, writer.into_inner().unwrap());
        let envelopes = read(&path, usize::MAX, Limits::default());
        prop_assert_eq!(envelopes.len(), rows.len());
        for (envelope, (data, note)) in envelopes.iter().zip(&rows) {
            let envelope = envelope.as_ref().unwrap();
            match &envelope.payload {
                Payload::Record(bytes) => prop_assert_eq!(&bytes[..], data.trim().as_bytes()),
                Payload::Broken { .. } => prop_assert!(!data.contains("Operation")),
            }
            let wrapper: serde_json::Value =
                serde_json::from_str(envelope.wrapper.as_ref().unwrap()).unwrap();
            prop_assert_eq!(&wrapper["Case"], "IR-7");
            if !note.trim().is_empty() {
                prop_assert_eq!(&wrapper["Note"], note);
            }
        }
    }
}
