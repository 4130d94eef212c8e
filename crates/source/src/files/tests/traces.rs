//! Message traces, in the words and forms of their sources.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

fn check(bytes: impl AsRef<[u8]>, expected: Expect) {
    expected.assert_eq(&show(bytes));
}

#[test]
fn cmdlets() {
    check(
        "\"Organization\",\"MessageId\",\"Received\",\"SenderAddress\",\"RecipientAddress\",\"Subject\",\"Status\",\"ToIP\",\"FromIP\",\"Size\",\"MessageTraceId\",\"StartDate\",\"EndDate\",\"Index\"\r\n\
         \"contoso.example\",\"<a1@contoso.example>\",\"24.01.2026 06:54:24\",\"ann@contoso.example\",\"bob@contoso.example\",\"Hi \"\"Bob\"\"\r\nagain\",\"Delivered\",,\"203.0.113.7\",\"10450\",\"t1\",,,\"0\"\r\n",
        expect![[r#"
            message-trace
            1 {"Organization":"contoso.example","MessageId":"<a1@contoso.example>","Received":"24.01.2026 06:54:24","SenderAddress":"ann@contoso.example","RecipientAddress":"bob@contoso.example","Subject":"Hi \"Bob\"\r\nagain","Status":"Delivered","ToIP":"","FromIP":"203.0.113.7","Size":"10450","MessageTraceId":"t1","StartDate":"","EndDate":"","Index":"0"}
        "#]],
    );
    check(
        r#"[{"MessageTraceId":"t1","MessageId":"<a1@contoso.example>","Received":"2026-01-24T06:54:24.048Z","SenderAddress":"ann@contoso.example","RecipientAddress":"bob@contoso.example","Subject":"Hi","Status":"Delivered","ToIP":null,"Size":10450}]"#,
        expect![[r#"
            message-trace
            1 {"MessageTraceId":"t1","MessageId":"<a1@contoso.example>","Received":"2026-01-24T06:54:24.048Z","SenderAddress":"ann@contoso.example","RecipientAddress":"bob@contoso.example","Subject":"Hi","Status":"Delivered","ToIP":null,"Size":10450}
        "#]],
    );
    check(
        "MessageId        : <a1@contoso.example>\r\nReceived         : 1/24/2026 6:54:24 AM\r\nSenderAddress    : ann@contoso.example\r\nRecipientAddress : bob@contoso.example\r\n",
        expect![[r#"
            message-trace
            1 {"MessageId":"<a1@contoso.example>","Received":"1/24/2026 6:54:24 AM","SenderAddress":"ann@contoso.example","RecipientAddress":"bob@contoso.example"}
        "#]],
    );
    check(
        "MessageTraceId,MessageId,Date,Event,Action,Detail\nt1,<a1>,1/24/2026 6:54:24 AM,RECEIVE,,Message received by: X\n",
        expect![[r#"
            message-trace-detail
            1 {"MessageTraceId":"t1","MessageId":"<a1>","Date":"1/24/2026 6:54:24 AM","Event":"RECEIVE","Action":"","Detail":"Message received by: X"}
        "#]],
    );
}

#[test]
fn reporting_web_service() {
    check(
        r#"{"d":{"results":[{"__metadata":{"id":"i","type":"TenantReporting.MessageTrace"},"MessageId":"<a1>","Received":"/Date(1769237664000)/","SenderAddress":"ann@contoso.example","RecipientAddress":"bob@contoso.example","MessageTraceId":"t1","Index":0}]}}"#,
        expect![[r#"
            message-trace
            1 {"__metadata":{"id":"i","type":"TenantReporting.MessageTrace"},"MessageId":"<a1>","Received":"/Date(1769237664000)/","SenderAddress":"ann@contoso.example","RecipientAddress":"bob@contoso.example","MessageTraceId":"t1","Index":0}
        "#]],
    );
    check(
        r#"{"odata.metadata":"x","value":[{"MessageId":"<a1>","Received":"2026-01-20T14:54:36.3616847","RecipientAddress":"bob@contoso.example","MessageTraceId":"t1"}],"odata.nextLink":"../../x"}"#,
        expect![[r#"
            message-trace
            1 {"MessageId":"<a1>","Received":"2026-01-20T14:54:36.3616847","RecipientAddress":"bob@contoso.example","MessageTraceId":"t1"}
        "#]],
    );
}

/// An entry as the reporting web service writes one.
fn entry(number: u32) -> String {
    format!(
        r#"<entry>
    <id>https://reports.office365.com/x('{number}')</id>
    <category term="TenantReporting.MessageTrace" scheme="http://schemas.microsoft.com/ado/2007/08/dataservices/scheme" />
    <link rel="edit" title="MessageTrace" href="x" />
    <title />
    <updated>2026-01-25T00:00:00Z</updated>
    <author><name /></author>
    <content type="application/xml">
      <m:properties>
        <d:MessageId>&lt;a{number}&gt;</d:MessageId>
        <d:Received m:type="Edm.DateTime">2026-01-24T06:54:24.048</d:Received>
        <d:SenderAddress>ann@contoso.example</d:SenderAddress>
        <d:RecipientAddress>bob@contoso.example</d:RecipientAddress>
        <d:Subject xml:space="preserve"> R&amp;D &#233;</d:Subject>
        <d:ToIP m:null="true" />
        <d:Size m:type="Edm.Int32">10450</d:Size>
        <d:MessageTraceId m:type="Edm.Guid">t{number}</d:MessageTraceId>
      </m:properties>
    </content>
  </entry>"#
    )
}

fn feed(entries: &[&str]) -> String {
    format!(
        r#"<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<feed xml:base="https://reports.office365.com/ecp/reportingwebservice/reporting.svc/" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" xmlns="http://www.w3.org/2005/Atom">
  <title type="text">MessageTrace</title>
  <id>https://reports.office365.com/ecp/reportingwebservice/reporting.svc/MessageTrace</id>
  <updated>2026-01-25T00:00:00Z</updated>
  <link rel="self" title="MessageTrace" href="MessageTrace" />
  {}
  <link rel="next" href="https://reports.office365.com/x?$skiptoken=1999" />
</feed>
"#,
        entries.join("\n  ")
    )
}

#[test]
fn reporting_web_service_in_atom() {
    let [one, two] = [entry(1), entry(2)];
    let page = feed(&[&one, &two]);
    check(
        &page,
        expect![[r#"
        message-trace
        1 {"__metadata":{"id":"https://reports.office365.com/x('1')","type":"TenantReporting.MessageTrace"},"MessageId":"<a1>","Received":"2026-01-24T06:54:24.048","SenderAddress":"ann@contoso.example","RecipientAddress":"bob@contoso.example","Subject":" R&D é","ToIP":null,"Size":10450,"MessageTraceId":"t1"}
        2 {"__metadata":{"id":"https://reports.office365.com/x('2')","type":"TenantReporting.MessageTrace"},"MessageId":"<a2>","Received":"2026-01-24T06:54:24.048","SenderAddress":"ann@contoso.example","RecipientAddress":"bob@contoso.example","Subject":" R&D é","ToIP":null,"Size":10450,"MessageTraceId":"t2"}
    "#]],
    );
    // Pages one after another, without line breaks, in another encoding.
    let pages = page.repeat(2).replace(['\n', '\r'], " ");
    let utf16: Vec<u8> = pages.encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(
        [&[0xff, 0xfe][..], &utf16].concat(),
        expect![[r#"
        message-trace
        1 {"__metadata":{"id":"https://reports.office365.com/x('1')","type":"TenantReporting.MessageTrace"},"MessageId":"<a1>","Received":"2026-01-24T06:54:24.048","SenderAddress":"ann@contoso.example","RecipientAddress":"bob@contoso.example","Subject":" R&D é","ToIP":null,"Size":10450,"MessageTraceId":"t1"}
        2 {"__metadata":{"id":"https://reports.office365.com/x('2')","type":"TenantReporting.MessageTrace"},"MessageId":"<a2>","Received":"2026-01-24T06:54:24.048","SenderAddress":"ann@contoso.example","RecipientAddress":"bob@contoso.example","Subject":" R&D é","ToIP":null,"Size":10450,"MessageTraceId":"t2"}
        3 {"__metadata":{"id":"https://reports.office365.com/x('1')","type":"TenantReporting.MessageTrace"},"MessageId":"<a1>","Received":"2026-01-24T06:54:24.048","SenderAddress":"ann@contoso.example","RecipientAddress":"bob@contoso.example","Subject":" R&D é","ToIP":null,"Size":10450,"MessageTraceId":"t1"}
        4 {"__metadata":{"id":"https://reports.office365.com/x('2')","type":"TenantReporting.MessageTrace"},"MessageId":"<a2>","Received":"2026-01-24T06:54:24.048","SenderAddress":"ann@contoso.example","RecipientAddress":"bob@contoso.example","Subject":" R&D é","ToIP":null,"Size":10450,"MessageTraceId":"t2"}
    "#]],
    );
    // Its events are a report of their own.
    check(
        feed(&[
            "<entry><content><m:properties><d:MessageTraceId>t1</d:MessageTraceId><d:Date>2026-01-24T06:54:24</d:Date><d:Event>Receive</d:Event></m:properties></content></entry>",
        ]),
        expect![[r#"
            message-trace-detail
            1 {"MessageTraceId":"t1","Date":"2026-01-24T06:54:24","Event":"Receive"}
        "#]],
    );
}

#[test]
fn a_damaged_entry_costs_no_other() {
    let short = |number: u32| {
        format!(
            "<entry><id>i{number}</id><title>w{number}</title><link href=\"x\"/><content><m:properties><d:MessageTraceId>t{number}</d:MessageTraceId><d:RecipientAddress>b</d:RecipientAddress></m:properties></content></entry>"
        )
    };
    let [one, two, three] = [1, 2, 3].map(short);
    check(
        feed(&[&one, &two.replace("</entry>", ""), &three]),
        expect![[r#"
        message-trace
        1 {"__metadata":{"id":"i1","title":"w1"},"MessageTraceId":"t1","RecipientAddress":"b"}
        2 broken, its end is missing, up to the next element: <entry><id>i2</id><title>w2</title><link href="x"/><content><m:properties><d:MessageTraceId>t2</d:MessageTraceId><d:RecipientAddress>b</d:RecipientAddress></m:properties></content>
        3 {"__metadata":{"id":"i3","title":"w3"},"MessageTraceId":"t3","RecipientAddress":"b"}
    "#]],
    );
    check(
        feed(&[&one, &two.replace("<entry>", ""), &three]),
        expect![[r#"
        message-trace
        1 {"__metadata":{"id":"i1","title":"w1"},"MessageTraceId":"t1","RecipientAddress":"b"}
        2 broken, no element of an export: <id>i2</id><title>w2</title><link href="x"/><content><m:properties><d:MessageTraceId>t2</d:MessageTraceId><d:RecipientAddress>b</d:RecipientAddress></m:properties></content></entry>
        3 {"__metadata":{"id":"i3","title":"w3"},"MessageTraceId":"t3","RecipientAddress":"b"}
    "#]],
    );
    check(
        feed(&[&one, &two.replace("</d:Rec", "</d:rec"), &three]),
        expect![[r#"
        message-trace
        1 {"__metadata":{"id":"i1","title":"w1"},"MessageTraceId":"t1","RecipientAddress":"b"}
        2 broken, no XML: ill-formed document: expected `</d:RecipientAddress>`, but `</d:recipientAddress>` was found: <entry><id>i2</id><title>w2</title><link href="x"/><content><m:properties><d:MessageTraceId>t2</d:MessageTraceId><d:RecipientAddress>b</d:recipientAddress></m:properties></content></entry>
        3 {"__metadata":{"id":"i3","title":"w3"},"MessageTraceId":"t3","RecipientAddress":"b"}
    "#]],
    );
    check(
        feed(&[&one, "<entry><content>words</content></entry>", &three]),
        expect![[r#"
        message-trace
        1 {"__metadata":{"id":"i1","title":"w1"},"MessageTraceId":"t1","RecipientAddress":"b"}
        2 broken, no record in this element: <entry><content>words</content></entry>
        3 {"__metadata":{"id":"i3","title":"w3"},"MessageTraceId":"t3","RecipientAddress":"b"}
    "#]],
    );
    check(
        feed(&[&one, &two]).replacen("</title>", "", 1),
        expect![[r#"
            message-trace
            1 broken, no element of an export: <title type="text">MessageTrace
              <id>https://reports.office365.com/ecp/reportingwebservice/reporting.svc/MessageTrace</id>
              <updated>2026-01-25T00:00:00Z</updated>
              <link rel="self" title="MessageTrace" href="MessageTrace" />
            2 {"__metadata":{"id":"i1","title":"w1"},"MessageTraceId":"t1","RecipientAddress":"b"}
            3 {"__metadata":{"id":"i2","title":"w2"},"MessageTraceId":"t2","RecipientAddress":"b"}
        "#]],
    );
    // The tags between two are missing, so that one has run into the other.
    let joined = format!("{one}{two}").replace("</entry><entry>", "");
    check(
        feed(&[&joined, &three]),
        expect![[r#"
        message-trace
        1 broken, no record in this element: <entry><id>i1</id><title>w1</title><link href="x"/><content><m:properties><d:MessageTraceId>t1</d:MessageTraceId><d:RecipientAddress>b</d:RecipientAddress></m:properties></content><id>i2</id><title>w2</title><link href="x"/><content><m:properties><d:MessageTraceId>t2</d:MessageTraceId><d:RecipientAddress>b</d:RecipientAddress></m:properties></content></entry>
        2 {"__metadata":{"id":"i3","title":"w3"},"MessageTraceId":"t3","RecipientAddress":"b"}
    "#]],
    );
    let whole = feed(&[&one, &two]);
    check(
        &whole[..whole.rfind("</m:").unwrap()],
        expect![[r#"
        message-trace
        1 {"__metadata":{"id":"i1","title":"w1"},"MessageTraceId":"t1","RecipientAddress":"b"}
        2 broken, the file ends inside this element: <entry><id>i2</id><title>w2</title><link href="x"/><content><m:properties><d:MessageTraceId>t2</d:MessageTraceId><d:RecipientAddress>b</d:RecipientAddress>
        error: export: it ends before the closing tag of its list; what is there was read; get the file again and import it once more
    "#]],
    );
}

#[test]
fn historical_search() {
    let summary = "origin_timestamp_utc,sender_address,recipient_status,message_subject,total_bytes,message_id,network_message_id,original_client_ip,directionality,connector_id,delivery_priority\r\n\
        2026-01-24T06:54:24.0480000Z,ann@contoso.example,\"bob@contoso.example##Receive, Deliver;cy@example.net##Receive, Send\",Hi,10450,<a1>,n1,203.0.113.7,Originating,,Normal\r\n";
    let utf16: Vec<u8> = summary.encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(
        &utf16,
        expect![[r#"
        message-trace
        1 {"origin_timestamp_utc":"2026-01-24T06:54:24.0480000Z","sender_address":"ann@contoso.example","recipient_status":"bob@contoso.example##Receive, Deliver;cy@example.net##Receive, Send","message_subject":"Hi","total_bytes":"10450","message_id":"<a1>","network_message_id":"n1","original_client_ip":"203.0.113.7","directionality":"Originating","connector_id":"","delivery_priority":"Normal"}
    "#]],
    );
    check(
        "date_time_utc,client_ip,source,event_id,message_id,recipient_address,message_subject\r\n2026-01-24T06:54:24Z,203.0.113.7,SMTP,RECEIVE,<a1>,bob@contoso.example,Hi\r\n",
        expect![[r#"
            message-trace
            1 {"date_time_utc":"2026-01-24T06:54:24Z","client_ip":"203.0.113.7","source":"SMTP","event_id":"RECEIVE","message_id":"<a1>","recipient_address":"bob@contoso.example","message_subject":"Hi"}
        "#]],
    );
}

#[test]
fn tracking_log_of_exchange_server() {
    let log = "#Software: Microsoft Exchange Server\r\n#Version: 15.02.1544.009\r\n#Log-type: Message Tracking Log\r\n#Date: 2026-01-24T00:00:00.000Z\r\n\
        #Fields: date-time,client-ip,source,event-id,message-id,recipient-address,message-subject\r\n\
        2026-01-24T06:54:24.048Z,203.0.113.7,SMTP,RECEIVE,<a1>,bob@contoso.example,\"Hi, Bob\"\r\n";
    check(
        format!("{log}{log}"),
        expect![[r#"
        message-trace
        1 {"date-time":"2026-01-24T06:54:24.048Z","client-ip":"203.0.113.7","source":"SMTP","event-id":"RECEIVE","message-id":"<a1>","recipient-address":"bob@contoso.example","message-subject":"Hi, Bob"}
        2 {"date-time":"2026-01-24T06:54:24.048Z","client-ip":"203.0.113.7","source":"SMTP","event-id":"RECEIVE","message-id":"<a1>","recipient-address":"bob@contoso.example","message-subject":"Hi, Bob"}
    "#]],
    );
}

/// A file that import takes for a trace has rows that decoding takes for one, and the other way
/// round; and the column that tells a row its time tells the event's.
#[test]
fn import_and_decoding_know_a_trace_by_the_same_names() {
    let known = [
        ("Message trace", message_trace::COLUMNS),
        ("Message trace detail", message_trace_detail::COLUMNS),
    ];
    for (name, columns) in known {
        let family = decode::FAMILIES.iter().find(|family| family.name == name).unwrap();
        let decode::family::Fits::Members { any_of, .. } = family.fits else {
            panic!("{name} is told by its members");
        };
        assert_eq!(columns.any_of, any_of, "{name}");
        for time in columns.times {
            let told = (event::Field::CreationTime, *time);
            assert!(family.columns.contains(&told), "{name}: {time}");
        }
    }
}

#[test]
fn a_row_that_is_damaged_costs_no_other() {
    let header = "Received,SenderAddress,RecipientAddress,Subject\n";
    check(
        format!(
            "{header}1/24/2026 6:54:24 AM,a,b,\"Hi\n1/24/2026 6:54:25 AM,a,b,\"Ho\"\n1/24/2026 6:54:26 AM,a,b,He\n"
        ),
        expect![[r#"
            message-trace
            1 broken, a quote is missing or too many, up to the next whole row: 1/24/2026 6:54:24 AM,a,b,"Hi
            2 {"Received":"1/24/2026 6:54:25 AM","SenderAddress":"a","RecipientAddress":"b","Subject":"Ho"}
            3 {"Received":"1/24/2026 6:54:26 AM","SenderAddress":"a","RecipientAddress":"b","Subject":"He"}
        "#]],
    );
    check(
        format!(
            "{header}torn\n1/24/2026 6:54:24 AM,a,b\n########,a,b,Hi\n1/24/2026 6:54:24 AM,a,b,c,d\n,,,\n1/24/2026 6:5"
        ),
        expect![[r#########"
            message-trace
            1 broken, the row has 1 of 4 cells and no time: torn
            2 {"Received":"1/24/2026 6:54:24 AM","SenderAddress":"a","RecipientAddress":"b"}
            3 {"Received":"########","SenderAddress":"a","RecipientAddress":"b","Subject":"Hi"}
            4 {"Received":"1/24/2026 6:54:24 AM","SenderAddress":"a","RecipientAddress":"b","Subject":"c","column 5":"d"}
            5 broken, the file ends inside this row: 1/24/2026 6:5
        "#########]],
    );
}

proptest! {
    /// One quote too few costs the row it is missing in, and no other.
    #[test]
    fn a_missing_quote_costs_at_most_its_row(
        place in any::<prop::sample::Index>(),
        all_quoted: bool,
        lines: bool,
    ) {
        let row = |second: u32| {
            let subject = if lines { "two\nlines" } else { "subject" };
            let [from, to] = if all_quoted { ["\"a\"", "\"b\""] } else { ["a", "b"] };
            format!("\"1/24/2026 6:54:0{second} AM\",{from},\"{subject}\",{to}\r\n")
        };
        let rows: Vec<String> = (1..=5).map(row).collect();
        let header = "Received,SenderAddress,Subject,RecipientAddress\r\n";
        let text = format!("{header}{}", rows.concat());
        let quotes: Vec<usize> = text.match_indices('"').map(|(at, _)| at).collect();
        let at = *place.get(&quotes);
        let damaged = (at - header.len()) / rows[0].len();
        let folder = Folder::new();
        let path = folder.write(NAME, [&text[..at], &text[at + 1..]].concat());
        let found: Vec<String> = read(&path, 3, Limits::default())
            .into_iter()
            .map(|envelope| String::from_utf8_lossy(envelope.unwrap().bytes()).into_owned())
            .collect();
        for number in (0..5).filter(|number| *number != damaged) {
            let time = format!("{{\"Received\":\"1/24/2026 6:54:0{} AM\"", number + 1);
            let count = found.iter().filter(|record| record.starts_with(&time)).count();
            prop_assert_eq!(count, 1, "row {} of {} in {:#?}", number, &text, &found);
        }
    }
}
