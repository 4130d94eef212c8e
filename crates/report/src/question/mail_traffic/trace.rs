//! What does one row of a message trace say?
//!
//! Get-MessageTrace, its second version and the reporting service write one form, Graph another, the
//! downloadable reports a third, and the tracking log of Exchange Server that with hyphens. A row is
//! mostly a message and a recipient; an enhanced summary has all recipients in one row.

use event::{Event, Field};

use crate::question::told;

/// Recipients read of one row.
const RECIPIENTS_MAX: usize = 1_000;

pub struct Trace {
    pub time: Option<i64>,
    pub id: String,
    pub sender: String,
    pub subject: String,
    pub bytes: u64,
    pub deliveries: Vec<Delivery>,
}

/// One recipient of a message, and what became of it there.
#[derive(Debug, PartialEq)]
pub struct Delivery {
    pub recipient: String,
    pub status: Status,
    /// The service's own word where it is none of the known, and the reason of a failure.
    pub reason: String,
}

/// Later ones replace earlier ones: a message is pending before it is delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    #[default]
    Unknown,
    Pending,
    Expanded,
    Delivered,
    FilteredAsSpam,
    Quarantined,
    Failed,
}

impl Status {
    pub const ALL: [Status; 7] = [
        Status::Unknown,
        Status::Pending,
        Status::Expanded,
        Status::Delivered,
        Status::FilteredAsSpam,
        Status::Quarantined,
        Status::Failed,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Status::Unknown => "Unknown",
            Status::Pending => "Pending",
            Status::Expanded => "Expanded",
            Status::Delivered => "Delivered",
            Status::FilteredAsSpam => "FilteredAsSpam",
            Status::Quarantined => "Quarantined",
            Status::Failed => "Failed",
        }
    }

    /// A status, the last step of an enhanced summary, or the event of an extended report.
    pub fn read(word: &str) -> Status {
        let word = word.trim().to_ascii_lowercase();
        match word.as_str() {
            "delivered" | "deliver" | "send" | "resolved" => Status::Delivered,
            "failed" | "fail" | "badmail" | "poisonmessage" => Status::Failed,
            "quarantined" | "quarantine" => Status::Quarantined,
            "filteredasspam" => Status::FilteredAsSpam,
            "expanded" | "expand" => Status::Expanded,
            "pending" | "gettingstatus" | "none" | "receive" | "defer" | "submit" => {
                Status::Pending
            }
            _ => Status::Unknown,
        }
    }
}

/// Events of extended reports and tracking logs that say what became of a message. The others tell
/// its way: sixteen rows a message, which would count it as often.
pub const ENDS: &[&str] = &["DELIVER", "SEND", "FAIL", "EXPAND", "BADMAIL"];
pub const SUMMARY: &str = "MessageTrace";

const IDS: &[&str] = &["MessageId", "message_id", "message-id", "MessageTraceId"];
const SIZES: &[&str] = &["Size", "total_bytes", "total-bytes"];

impl Trace {
    pub fn of(event: &Event) -> Trace {
        let body = &event.body;
        Trace {
            time: told::time(event),
            id: told::text(body, IDS).unwrap_or_default(),
            sender: told::folded(event, Field::UserId),
            subject: told::column(event, Field::ItemName),
            bytes: told::number(body, SIZES).unwrap_or(0).max(0) as u64,
            deliveries: deliveries(event),
        }
    }
}

fn deliveries(event: &Event) -> Vec<Delivery> {
    if let Some(all) = told::text(&event.body, &["recipient_status"]).filter(|it| it.contains("##"))
    {
        return all.split(';').take(RECIPIENTS_MAX).filter_map(of_summary).collect();
    }
    let operation = told::column(event, Field::Operation);
    let word = match operation == SUMMARY {
        true => told::column(event, Field::ResultStatus),
        false => operation,
    };
    let status = Status::read(&word);
    let reason = match status {
        Status::Failed => reason(event),
        Status::Unknown => word,
        _ => String::new(),
    };
    let recipients = told::folded(event, Field::ObjectId);
    let recipients = recipients.split(';').map(str::trim).filter(|it| !it.is_empty());
    recipients
        .take(RECIPIENTS_MAX)
        .map(|recipient| Delivery {
            recipient: recipient.to_owned(),
            status,
            reason: reason.clone(),
        })
        .collect()
}

/// `bob@contoso.example##Receive, Send`: the last step counts.
fn of_summary(part: &str) -> Option<Delivery> {
    let (recipient, steps) = part.trim().split_once("##")?;
    let last = steps.rsplit(',').next().unwrap_or(steps).trim();
    let status = Status::read(last);
    let reason = if status == Status::Unknown { last.to_owned() } else { String::new() };
    Some(Delivery { recipient: event::fold(recipient.trim()), status, reason })
}

/// Summaries give none; an extended report has the answer of the server.
fn reason(event: &Event) -> String {
    const REASONS: &[&str] =
        &["recipient_status", "recipient-status", "Detail", "source_context", "source-context"];
    told::text(&event.body, REASONS).unwrap_or_default()
}
