//! What happened, on one line?
//!
//! `2022-09-01T19:57:49 Exchange Set-MailboxPlan: ExchangeAdmin, UserType: DcAdmin, UserId: ...,
//! ClientIP: -, ResultStatus: True, ObjectId: ...` and so on: the fields every record has, then
//! those of its family. Nothing in it moves a cursor, and a quoted value holds no field.

use event::{Event, Field, time};

use crate::family;
pub use crate::show::LINE_VALUE_CHARS_MAX;
use crate::show::{column_text, named, write_field, write_value};

/// The fields of every line, after time, workload, operation and record type.
const EVERY: [Field; 4] = [Field::UserType, Field::UserId, Field::ClientIP, Field::ResultStatus];

/// The readable line of an event, without a line break at its end.
pub fn line(event: &Event) -> String {
    let mut out = String::with_capacity(256);
    write_line(event, &mut out);
    out
}

/// Appends the readable line of an event, without a line break at its end.
pub fn write_line(event: &Event, out: &mut String) {
    match event.time(Field::CreationTime) {
        Some(micros) => out.push_str(&time::short(micros)),
        None => out.push('-'),
    }
    if event.is_quarantined() {
        return write_quarantined(event, out);
    }
    out.push(' ');
    write_value(&column_text(event, Field::Workload), out);
    out.push(' ');
    write_value(&column_text(event, Field::Operation), out);
    out.push_str(": ");
    write_value(&named(event, Field::RecordType), out);
    for field in EVERY {
        write_field(field.name(), &named(event, field), out);
    }
    for shown in family::of(event).line {
        shown.write(event, out);
    }
}

fn write_quarantined(event: &Event, out: &mut String) {
    out.push_str(" quarantine: ");
    write_value(&column_text(event, Field::Quarantine), out);
    // The export's outer row may tell what the record itself cannot.
    for field in [Field::Operation, Field::UserId] {
        if event.cell(field).is_some() {
            write_field(field.name(), &column_text(event, field), out);
        }
    }
    for field in [Field::Source, Field::Origin, Field::Position] {
        write_field(field.name(), &column_text(event, field), out);
    }
    write_field("Text", event.body.as_text().as_deref().unwrap_or(""), out);
}
