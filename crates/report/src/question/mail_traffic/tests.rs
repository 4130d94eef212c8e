//! The same kind of row in the words of its sources.

use expect_test::expect;

use super::KIND;
use crate::question::inquiry;

const RECORDS: &str = r#"
{"MessageTraceId":"t1","MessageId":"<m1@fabrikam.example>","Received":"2026-03-01T08:00:00","SenderAddress":"xi@fabrikam.example","RecipientAddress":"Ann@contoso.example","Subject":"Terms","Status":"GettingStatus","Size":900}
{"MessageTraceId":"t1","MessageId":"<m1@fabrikam.example>","Received":"2026-03-01T08:00:00","SenderAddress":"xi@fabrikam.example","RecipientAddress":"ann@contoso.example","Subject":"Terms","Status":"Delivered","Size":900}
{"id":"t2","messageId":"<m2@contoso.example>","receivedDateTime":"2026-03-01T09:00:00Z","senderAddress":"ann@contoso.example","recipientAddress":"bob@contoso.example","subject":"Plan","status":"delivered","size":5000}
{"MessageTraceId":"t3","MessageId":"<m3@contoso.example>","Received":"2026-03-02T09:00:00","SenderAddress":"ann@contoso.example","RecipientAddress":"xi@fabrikam.example","Subject":"Film","Status":"Failed","Size":90000}
{"MessageTraceId":"t4","MessageId":"<m4@spam.example>","Received":"2026-03-02T10:00:00","SenderAddress":"s@spam.example","RecipientAddress":"bob@contoso.example","Subject":"Win","Status":"Quarantined","Size":10}
{"origin_timestamp_utc":"2026-03-03T10:00:00Z","sender_address":"bob@contoso.example","recipient_status":"xi@fabrikam.example##Receive, Send;ann@contoso.example##Receive, Deliver","message_subject":"Notes","total_bytes":"700","message_id":"<m5@contoso.example>"}
{"date_time_utc":"2026-03-03T11:00:00Z","event_id":"FAIL","sender_address":"bob@contoso.example","recipient_address":"no@fabrikam.example","recipient_status":"550 5.1.1 no such user","message_subject":"Hello","total_bytes":"300","message_id":"<m6@contoso.example>"}
{"date_time_utc":"2026-03-03T11:00:00Z","event_id":"AGENTINFO","sender_address":"bob@contoso.example","recipient_address":"no@fabrikam.example","message_subject":"Hello","total_bytes":"300","message_id":"<m6@contoso.example>"}
{"Id":"x1","RecordType":2,"CreationTime":"2026-03-03T12:00:00","Operation":"Send","UserId":"bob@contoso.example","Workload":"Exchange","MailboxOwnerUPN":"bob@contoso.example","LogonType":0}
"#;

#[test]
fn every_form_counts_once() {
    inquiry::check(
        &KIND,
        "",
        RECORDS,
        expect![[r#"
        Messages, counted for each recipient: 7
        Inside: 2
        Out: 3
        In: 2
        Delivered: 4
        Failed: 2 !
        Quarantined: 1
        Bytes: 97610
        chart Messages by day [inside, out, in, elsewhere]
          2026-03-01 [1, 0, 1, 0]
          2026-03-02 [0, 1, 1, 0]
          2026-03-03 [1, 2, 0, 0]
        table statuses
          Delivered | 4
          Failed | 2
          Quarantined | 1
        table failures
          fabrikam.example |  | 1 | 2026-03-02T09:00:00Z | 2026-03-02T09:00:00Z
          fabrikam.example | 550 5.1.1 no such user | 1 | 2026-03-03T11:00:00Z | 2026-03-03T11:00:00Z
        table senders
          bob@contoso.example | 3 | 1700 | 2026-03-03T10:00:00Z | 2026-03-03T11:00:00Z
          ann@contoso.example | 2 | 95000 | 2026-03-01T09:00:00Z | 2026-03-02T09:00:00Z
          s@spam.example | 1 | 10 | 2026-03-02T10:00:00Z | 2026-03-02T10:00:00Z
          xi@fabrikam.example | 1 | 900 | 2026-03-01T08:00:00Z | 2026-03-01T08:00:00Z
        table recipients
          ann@contoso.example | 2 | 1600 | 2026-03-01T08:00:00Z | 2026-03-03T10:00:00Z
          bob@contoso.example | 2 | 5010 | 2026-03-01T09:00:00Z | 2026-03-02T10:00:00Z
          xi@fabrikam.example | 2 | 90700 | 2026-03-02T09:00:00Z | 2026-03-03T10:00:00Z
          no@fabrikam.example | 1 | 300 | 2026-03-03T11:00:00Z | 2026-03-03T11:00:00Z
        table domains
          fabrikam.example | 1 | 3 | 91900 | 2026-03-01T08:00:00Z | 2026-03-03T11:00:00Z
          spam.example | 1 | 0 | 10 | 2026-03-02T10:00:00Z | 2026-03-02T10:00:00Z
        table largest
          90000 | 2026-03-02T09:00:00Z | ann@contoso.example | Film | <m3@contoso.example>
          5000 | 2026-03-01T09:00:00Z | ann@contoso.example | Plan | <m2@contoso.example>
          900 | 2026-03-01T08:00:00Z | xi@fabrikam.example | Terms | <m1@fabrikam.example>
          700 | 2026-03-03T10:00:00Z | bob@contoso.example | Notes | <m5@contoso.example>
          300 | 2026-03-03T11:00:00Z | bob@contoso.example | Hello | <m6@contoso.example>
          10 | 2026-03-02T10:00:00Z | s@spam.example | Win | <m4@spam.example>
    "#]],
    );
}

#[test]
fn of_one_user() {
    inquiry::check(
        &KIND,
        "user=xi@fabrikam.example",
        RECORDS,
        expect![[r#"
        Messages, counted for each recipient: 4
        Inside: 1
        Out: 2
        In: 1
        Delivered: 3
        Failed: 1 !
        Bytes: 92300
        chart Messages by day [inside, out, in, elsewhere]
          2026-03-01 [0, 0, 1, 0]
          2026-03-02 [0, 1, 0, 0]
          2026-03-03 [1, 1, 0, 0]
        table statuses
          Delivered | 3
          Failed | 1
        table failures
          fabrikam.example |  | 1 | 2026-03-02T09:00:00Z | 2026-03-02T09:00:00Z
        table senders
          bob@contoso.example | 2 | 1400 | 2026-03-03T10:00:00Z | 2026-03-03T10:00:00Z
          ann@contoso.example | 1 | 90000 | 2026-03-02T09:00:00Z | 2026-03-02T09:00:00Z
          xi@fabrikam.example | 1 | 900 | 2026-03-01T08:00:00Z | 2026-03-01T08:00:00Z
        table recipients
          ann@contoso.example | 2 | 1600 | 2026-03-01T08:00:00Z | 2026-03-03T10:00:00Z
          xi@fabrikam.example | 2 | 90700 | 2026-03-02T09:00:00Z | 2026-03-03T10:00:00Z
        table domains
          fabrikam.example | 1 | 2 | 91600 | 2026-03-01T08:00:00Z | 2026-03-03T10:00:00Z
        table largest
          90000 | 2026-03-02T09:00:00Z | ann@contoso.example | Film | <m3@contoso.example>
          900 | 2026-03-01T08:00:00Z | xi@fabrikam.example | Terms | <m1@fabrikam.example>
          700 | 2026-03-03T10:00:00Z | bob@contoso.example | Notes | <m5@contoso.example>
    "#]],
    );
}
