//! How many events a second are written in each form on one core?
//!
//! `cargo run --release -p trail365-decode --example form_speed [FILE.ndjson [FORM]]`: the file
//! holds one record a line; without a file, invented records of about 1.3 kB are used. With a file it also
//! tells how many events are sound OCSF, and names what is not.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use decode::form::{Form, OcsfVersion, ocsf, ocsf_problems};
use event::{Envelope, Event, Provenance};

fn main() {
    let path = std::env::args().nth(1);
    let text = match &path {
        Some(path) => std::fs::read(path).expect("a readable file"),
        None => invented(),
    };
    let provenance =
        Arc::new(Provenance { source: "ndjson", content_type: "", origin: "speed".to_owned() });
    let envelopes: Vec<Envelope> = (1..)
        .zip(text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()))
        .map(|(at, line)| Envelope::record(&provenance, at, Bytes::copy_from_slice(line)))
        .collect();
    let events: Vec<Event> = envelopes.iter().map(|e| decode::decode(e, "contoso", 0)).collect();
    let only = std::env::args().nth(2).and_then(|name| Form::named(&name));
    for form in Form::ALL.into_iter().filter(|form| only.is_none_or(|only| only == *form)) {
        measure(form, &events);
    }
    if path.is_some() {
        print_problems(&events);
    }
}

/// Events timed at once: few enough that some round of them is not disturbed.
const SLICE: usize = 200;

/// Repeats for about three seconds and adds up the best round of each slice.
fn measure(form: Form, events: &[Event]) {
    let begin = Instant::now();
    let mut best = vec![f64::MAX; events.len().div_ceil(SLICE)];
    let mut out = Vec::new();
    let mut bytes = 0;
    while begin.elapsed().as_secs_f64() < 3.0 {
        bytes = 0;
        for (slice, best) in events.chunks(SLICE).zip(&mut best) {
            let start = Instant::now();
            for event in slice {
                out.clear();
                form.write(event, &mut out);
                bytes += black_box(&out).len();
            }
            *best = best.min(start.elapsed().as_secs_f64());
        }
    }
    println!(
        "{}: {:.0} events/s, {} bytes an event",
        form.name(),
        events.len() as f64 / best.iter().sum::<f64>(),
        bytes / events.len().max(1)
    );
}

fn print_problems(events: &[Event]) {
    for version in OcsfVersion::ALL {
        let mut classes: BTreeMap<i64, usize> = BTreeMap::new();
        let mut problems: BTreeMap<String, usize> = BTreeMap::new();
        for event in events {
            let object = ocsf(event, version);
            *classes.entry(object["class_uid"].as_i64().unwrap_or(-1)).or_default() += 1;
            for problem in ocsf_problems(&object) {
                *problems.entry(problem).or_default() += 1;
            }
        }
        println!(
            "OCSF {}: {} events, classes {classes:?}, problems {problems:?}",
            version.name(),
            events.len()
        );
    }
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
