//! Whatever a file holds, its reader ends, takes bounded memory and loses nothing of it in silence.
//!
//! Files of every format are damaged in many ways, and random bytes are read as well. `FUZZ_CASES`
//! sets how many cases a target runs: few by default, so that the suite stays fast.

use proptest::prelude::*;
use proptest::test_runner::Config;

use super::*;

/// So many cases, if nobody asks for more.
const CASES: u32 = 96;

fn config() -> Config {
    let cases = std::env::var("FUZZ_CASES").ok().and_then(|cases| cases.parse().ok());
    Config { cases: cases.unwrap_or(CASES), failure_persistence: None, ..Config::default() }
}

/// A word that is found again wherever it gets to.
fn word(number: u32) -> String {
    format!("Tok{number:04}z")
}

fn words(count: u32) -> Vec<String> {
    (1..=count).map(word).collect()
}

fn audit_record(number: u32) -> String {
    format!(
        r#"{{"Id":"{}","CreationTime":"2026-01-24T06:54:24","Operation":"Send","UserId":"{}"}}"#,
        word(10 * number),
        word(10 * number + 1)
    )
}

/// A table of three rows with a word in each cell but those that `fixed` gives.
fn table(header: &str, fixed: &[(&str, &str)], delimiter: &str, quoted: bool) -> String {
    let columns: Vec<&str> = header.split(',').collect();
    let quote = if quoted { "\"" } else { "" };
    let names: Vec<String> = columns.iter().map(|name| format!("{quote}{name}{quote}")).collect();
    let mut text = names.join(delimiter) + "\r\n";
    for row in 1..=3 {
        let cells: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(place, column)| {
                let known = fixed.iter().find(|(name, _)| name == column);
                let own = word(100 * row + place as u32);
                let cell = known.map_or(own, |(_, text)| (*text).to_owned());
                format!("{quote}{cell}{quote}")
            })
            .collect();
        text += &(cells.join(delimiter) + "\r\n");
    }
    text
}

fn clixml() -> String {
    let row = |number: u32| {
        format!(
            "<Obj RefId=\"{number}\"><TNRef RefId=\"0\" /><Props><S N=\"AuditData\">{}</S><I32 N=\"ResultIndex\">1</I32></Props><MS><S N=\"Case\">{}</S></MS></Obj>\n",
            audit_record(number),
            word(1000 + number)
        )
    };
    format!("<Objs Version=\"1.1.0.1\">\n{}{}{}</Objs>", row(1), row(2), row(3))
}

fn search_results() -> String {
    let event = |number: u32| {
        let [path, id, subject] = [10, 20, 30].map(|place| word(100 * number + place));
        format!(
            "<Event MailboxGuid=\"g\" LastAccessed=\"2026-03-04T09:15:42Z\" Operation=\"Send\" LogonType=\"Admin\" FolderPathName=\"{path}\">\n<SourceItems>\n<Item Id=\"{id}\" Subject=\"{subject}\" />\n</SourceItems>\n</Event>\n"
        )
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<SearchResults>\n{}{}{}</SearchResults>",
        event(1),
        event(2),
        event(3)
    )
}

fn report() -> String {
    let entry = |number: u32| {
        let [id, subject] = [10, 20].map(|place| word(100 * number + place));
        format!(
            "<entry>\n<id>{id}</id>\n<title />\n<content type=\"application/xml\">\n<m:properties>\n<d:MessageTraceId>t</d:MessageTraceId>\n<d:RecipientAddress m:null=\"true\" />\n<d:Subject>{subject}</d:Subject>\n</m:properties>\n</content>\n</entry>\n"
        )
    };
    format!(
        "<feed xmlns:d=\"d\" xmlns:m=\"m\">\n<title type=\"text\">MessageTrace</title>\n{}{}{}<link rel=\"next\" href=\"x\" /></feed>",
        entry(1),
        entry(2),
        entry(3)
    )
}

fn answer() -> String {
    let row = |number: u32| {
        format!(r#"["2026-01-24T06:54:24Z","{}","{}",1]"#, word(10 * number), word(10 * number + 1))
    };
    let columns = [("TimeGenerated", "datetime"), ("A", "string"), ("B", "dynamic"), ("C", "int")];
    let columns = columns.map(|(name, kind)| format!(r#"{{"name":"{name}","type":"{kind}"}}"#));
    format!(
        r#"{{"tables":[{{"name":"PrimaryResult","columns":[{}],"rows":[{},{},{}]}}]}}"#,
        columns.join(","),
        row(1),
        row(2),
        row(3)
    )
}

fn list() -> String {
    let block = |number: u32| {
        let [path, subject] = [1, 2].map(|place| word(10 * number + place));
        format!(
            "Operation      : Send\r\nLogonType      : Admin\r\nFolderPathName : {path} and\r\n                 more\r\nItemSubject    : {subject}\r\nLastAccessed   : 3/4/2026 9:15:42 AM\r\n\r\n\r\n"
        )
    };
    format!("\r\n{}{}{}", block(1), block(2), block(3))
}

/// One file of every format, and of each way in which it is written down.
fn fixtures() -> Vec<String> {
    let [one, two, three] = [1, 2, 3].map(audit_record);
    let rows: Vec<_> = [&one, &two, &three]
        .iter()
        .map(|record| serde_json::json!({"AuditData": record, "Case": word(77)}))
        .collect();
    let objects = |members: &str| {
        let object = |number: u32| format!(r#"{{{members},"note":"{}"}}"#, word(number));
        format!("[{},\n{},\n{}]", object(1), object(2), object(3))
    };
    let text = |record: &str| serde_json::to_string(record).unwrap();
    let time = "1/24/2026 6:54:24 AM";
    vec![
        purview_csv(&[one.clone(), two.clone(), three.clone()]),
        format!(
            "CreationDate,UserIds,Operations,AuditData\nt,u,o,{}\nt,u,o,{}\n",
            cell(&one),
            cell(&two)
        ),
        format!("Note;AuditData\n{};{}\n{};{}", word(90), cell(&one), word(91), cell(&two)),
        format!("Notiz;Daten\n{};{}\n{};{}", word(96), cell(&one), word(97), cell(&two)),
        format!("_time,_raw\n{},{}\n{},{}\n", word(92), cell(&one), word(93), cell(&two)),
        serde_json::to_string_pretty(&rows).unwrap(),
        clixml(),
        format!("AuditData : {one}\r\nNote      : {}\r\n\r\n\r\nAuditData : {two}\r\n", word(94)),
        format!("[{one},{two},\n{three}]"),
        format!("{one}\n{two}\n{three}\n"),
        format!(r#"{{"@odata.context":"x","value":[{one},{two},{three}],"@odata.nextLink":"y"}}"#),
        format!(
            r#"[{{"auditLogRecordType":"x","createdDateTime":"t","auditData":{one}}},{{"auditLogRecordType":"x","auditData":{two}}}]"#
        ),
        format!(r#"{{"event":{{"original":{}}},"tags":"{}"}}"#, text(&one), word(95)),
        format!(r#"{{"preview":false,"result":{{"_raw":{}}}}}{}"#, text(&one), "\n"),
        search_results(),
        search_results().replace("<Item Id", "<ItemId"),
        report(),
        answer(),
        list(),
        table(
            "Operation,LastAccessed,LogonType,FolderPathName",
            &[("LastAccessed", time)],
            ",",
            true,
        ),
        table("CmdletName,RunDate,Caller,Error", &[("RunDate", "24.01.2026 06:54:24")], ";", false),
        table("Received,SenderAddress,RecipientAddress,Subject", &[("Received", time)], ",", false),
        table("MessageTraceId,Date,Event,Detail", &[("Date", time)], "\t", true),
        String::from("#Software: x\r\n#Fields: ")
            + &table(
                "date-time,message-id,recipient-address,source",
                &[("date-time", "2026-01-24T06:54:24.048Z")],
                ",",
                false,
            ),
        table(
            "Date (UTC),Request ID,Username,Status",
            &[("Date (UTC)", "2026-01-24T06:54:24Z")],
            ",",
            true,
        ),
        table(
            "Date (UTC),Activity,ActorType,Target1Type",
            &[("Date (UTC)", "2026-01-24T06:54:24Z")],
            ",",
            true,
        ),
        table(
            "Time,Operation name,Event initiated by,Resource",
            &[("Time", "2026-01-24T06:54:24Z")],
            ",",
            false,
        ),
        table("Date,Initiated by (actor),Activity,Target", &[("Date", time)], ",", false),
        table(
            "TimeGenerated [UTC],Operation,UserId",
            &[("TimeGenerated [UTC]", "2026-01-24T06:54:24Z")],
            ",",
            true,
        ),
        objects(r#""createdDateTime":"2026-01-24T06:54:24Z","appDisplayName":"a""#),
        objects(
            r#""activityDisplayName":"a","activityDateTime":"2026-01-24T06:54:24Z","loggedByService":"c""#,
        ),
        objects(r#""time":"2026-01-24T06:54:24Z","category":"c","properties":{}"#),
        objects(r#""eventTimestamp":"2026-01-24T06:54:24Z","operationName":{"value":"v"}"#),
        objects(r#""a":1"#),
        format!(
            r#"{{"d":{{"results":{}}}}}"#,
            objects(
                r#""MessageTraceId":"t","RecipientAddress":"r","Received":"/Date(1769237664000)/""#
            )
        ),
    ]
}

#[test]
fn every_format_is_among_the_files() {
    let folder = Folder::new();
    let mut seen: Vec<&str> = Vec::new();
    for fixture in fixtures() {
        let path = folder.write(NAME, &fixture);
        let envelopes = read(&path, usize::MAX, Limits::default());
        for envelope in envelopes {
            let envelope = envelope.unwrap();
            assert!(
                matches!(envelope.payload, Payload::Record(_)),
                "{fixture}: {}",
                line(&envelope)
            );
            seen.push(envelope.provenance.source);
        }
    }
    for format in FORMATS {
        let elsewhere = ["entra-risk-detections", "unified-audit-log-csv"].contains(&format.name);
        assert!(elsewhere || seen.contains(&format.name), "{}", format.name);
    }
}

/// One way of damaging a file.
#[derive(Clone, Debug)]
enum Damage {
    Set(prop::sample::Index, u8),
    Insert(prop::sample::Index, u8),
    Remove(prop::sample::Index, usize),
    Repeat(prop::sample::Index, usize),
    Cut(prop::sample::Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let place = any::<prop::sample::Index>;
    // The bytes that formats are made of do more harm than others.
    let byte = || {
        prop_oneof![
            4 => prop::sample::select(b"\"'<>{}[]/\\,;:=&\r\n\t #?!-".as_slice()),
            1 => any::<u8>(),
        ]
    };
    prop_oneof![
        4 => (place(), byte()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        4 => (place(), byte()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        4 => (place(), 1..40usize).prop_map(|(at, length)| Damage::Remove(at, length)),
        1 => (place(), 1..200usize).prop_map(|(at, length)| Damage::Repeat(at, length)),
        1 => place().prop_map(Damage::Cut),
    ]
}

fn damaged(mut bytes: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        match damage {
            Damage::Set(at, byte) => bytes[at.index(length)] = *byte,
            Damage::Insert(at, byte) => bytes.insert(at.index(length), *byte),
            Damage::Remove(at, count) => {
                let at = at.index(length);
                bytes.drain(at..(at + count).min(length));
            }
            Damage::Repeat(at, count) => {
                let at = at.index(length);
                let part = bytes[at..(at + count).min(length)].to_vec();
                bytes.splice(at..at, part);
            }
            Damage::Cut(at) => bytes.truncate(at.index(length)),
        }
    }
    bytes
}

/// What came out of a file: all its bytes as one text, with a mark between two envelopes.
struct Read {
    text: String,
    envelopes: usize,
    /// The file was refused whole.
    refused: bool,
}

fn read_all(bytes: &[u8], records_max: usize, limits: Limits) -> Read {
    let folder = Folder::new();
    let path = folder.write(NAME, bytes);
    let mut all = Read { text: String::new(), envelopes: 0, refused: false };
    let outcomes = read(&path, records_max, limits);
    // Each envelope stands for at least one byte of the file.
    assert!(outcomes.len() <= bytes.len() + 2, "{} of {} bytes", outcomes.len(), bytes.len());
    for outcome in outcomes {
        let Ok(envelope) = outcome else { continue };
        if let Payload::Broken { bytes, .. } = &envelope.payload {
            assert!(bytes.len() <= limits.record_bytes_max);
        }
        if let Some(wrapper) = &envelope.wrapper {
            let _: serde_json::Value = serde_json::from_str(wrapper).expect("a wrapper is JSON");
            all.text += wrapper;
        }
        all.text += &String::from_utf8_lossy(envelope.bytes());
        all.text.push('\u{1}');
        all.envelopes += 1;
    }
    all.refused = all.envelopes == 0;
    all
}

/// The words that a text still holds whole.
fn words_in(text: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for window in text.windows(word(0).len()) {
        let is_word = window.starts_with(b"Tok")
            && window[3..7].iter().all(u8::is_ascii_digit)
            && window[7] == b'z';
        if is_word {
            found.push(String::from_utf8_lossy(window).into_owned());
        }
    }
    found
}

#[test]
fn words_are_found() {
    assert_eq!(words_in(b"a,Tok0001z;Tok0002z Tok12z"), words(2));
}

proptest! {
    #![proptest_config(config())]

    /// Every word of a damaged file is in a record, beside one, or in quarantine.
    #[test]
    fn nothing_is_lost_in_silence(
        file in any::<prop::sample::Index>(),
        damages in prop::collection::vec(damage(), 1..5),
        in_utf16: bool,
    ) {
        let fixture = file.get(&fixtures()).clone();
        let text = damaged(fixture.into_bytes(), &damages);
        let text = String::from_utf8_lossy(&text).into_owned();
        let bytes = match in_utf16 {
            true => [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect(),
            false => text.clone().into_bytes(),
        };
        let all = read_all(&bytes, 1 << 20, Limits::default());
        for word in words_in(text.as_bytes()) {
            prop_assert!(all.refused || all.text.contains(&word), "{word} of\n{text}\nin\n{}", all.text);
        }
    }

    /// Neither the size of a batch nor the limit of a record makes a reader fail or run on.
    #[test]
    fn a_reader_ends(
        file in any::<prop::sample::Index>(),
        damages in prop::collection::vec(damage(), 0..9),
        records_max in 1..4usize,
        record_bytes_max in 1..400usize,
    ) {
        let fixture = file.get(&fixtures()).clone();
        let bytes = damaged(fixture.into_bytes(), &damages);
        let limits = Limits { record_bytes_max };
        let few = read_all(&bytes, records_max, limits);
        let many = read_all(&bytes, usize::MAX, limits);
        prop_assert_eq!(few.text, many.text);
    }

    /// Random bytes behind the beginning of a file of some format.
    #[test]
    fn arbitrary_bytes_do_no_harm(
        file in any::<prop::sample::Index>(),
        kept in any::<prop::sample::Index>(),
        bytes in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..400),
            prop::collection::vec(prop::sample::select(b"\"'<>{}[]/\\,;:=&\r\n\t #?!-aO".as_slice()), 0..400),
        ],
    ) {
        let fixture = file.get(&fixtures()).clone().into_bytes();
        let start = &fixture[..kept.index(fixture.len() + 1)];
        read_all(&[start, &bytes].concat(), 7, Limits::default());
        read_all(&bytes, 7, Limits { record_bytes_max: 20 });
    }
}
