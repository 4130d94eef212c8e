//! How many records a second are decoded on one core?
//!
//! `cargo run --release -p trail365-decode --example speed [FILE.ndjson]`: the file holds one
//! record a line; without a file, invented records of about 1.3 kB are used.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use event::{Envelope, Provenance};

fn main() {
    let text = match std::env::args().nth(1) {
        Some(path) => std::fs::read(path).expect("a readable file"),
        None => invented(),
    };
    let provenance =
        Arc::new(Provenance { source: "ndjson", content_type: "", origin: "speed".to_owned() });
    let envelopes: Vec<Envelope> = text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .enumerate()
        .map(|(index, line)| {
            Envelope::record(&provenance, index as u64 + 1, Bytes::copy_from_slice(line))
        })
        .collect();
    let bytes: usize = envelopes.iter().map(|e| e.bytes().len()).sum();
    measure("decode", envelopes.len(), bytes, || {
        for envelope in &envelopes {
            black_box(decode::decode(envelope, "contoso", 0));
        }
    });
    let mut out = String::new();
    measure("decode and line", envelopes.len(), bytes, || {
        for envelope in &envelopes {
            out.clear();
            decode::write_line(&decode::decode(envelope, "contoso", 0), &mut out);
            black_box(&out);
        }
    });
}

/// Repeats for about three seconds and prints the best round.
fn measure(what: &str, records: usize, bytes: usize, mut round: impl FnMut()) {
    let begin = Instant::now();
    let mut best = f64::MAX;
    while begin.elapsed().as_secs_f64() < 3.0 {
        let start = Instant::now();
        round();
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!(
        "{what}: {:.0} records/s, {:.0} MB/s, {} bytes a record",
        records as f64 / best,
        bytes as f64 / best / 1e6,
        bytes / records.max(1)
    );
}

fn invented() -> Vec<u8> {
    let mut text = String::new();
    for n in 0..5000 {
        text.push_str(&format!(
            concat!(
                r#"{{"CreationTime":"2026-01-24T06:{:02}:{:02}","Id":"7b1f0a52-0000-4aaa-8bbb-{:012x}","#,
                r#""Operation":"MailItemsAccessed","OrganizationId":"5f2d6c1e-1111-4222-8333-0123456789ab","#,
                r#""RecordType":50,"ResultStatus":"Succeeded","UserKey":"10032000ABCDEF01","UserType":0,"Version":1,"#,
                r#""Workload":"Exchange","UserId":"ann{}@contoso.example","AppId":"00000002-0000-0ff1-ce00-000000000000","#,
                r#""ClientAppId":"","ClientIPAddress":"203.0.113.{}","ClientInfoString":"Client=OWA;Mozilla/5.0 (Windows NT 10.0; Win64; x64)","#,
                r#""ExternalAccess":false,"InternalLogonType":0,"LogonType":0,"LogonUserSid":"S-1-5-21-1-2-3-1104","#,
                r#""MailboxGuid":"3f0c2a51-77b1-4a0e-9d56-0c1de2f3a4b5","MailboxOwnerSid":"S-1-5-21-1-2-3-1104","#,
                r#""MailboxOwnerUPN":"ann{}@contoso.example","#,
                r#""OperationProperties":[{{"Name":"MailAccessType","Value":"Bind"}},{{"Name":"IsThrottled","Value":"False"}}],"#,
                r#""OrganizationName":"contoso.example","OriginatingServer":"VI1PR01MB0001 (15.20.4200.000)\r\n","#,
                r#""SessionId":"9a4ed2ac-6767-4d4d-9a9a-{:012x}","#,
                r#""Folders":[{{"FolderItems":[{{"InternetMessageId":"<{}@contoso.example>","SizeInBytes":4711}}],"#,
                r#""Id":"LgAAAAB0000000000000000000000000000000000001","Path":"\\Inbox"}}],"OperationCount":1}}"#,
                "\n"
            ),
            n / 60 % 60, n % 60, n, n % 97, n % 250, n % 97, n / 7, n
        ));
    }
    text.into_bytes()
}
