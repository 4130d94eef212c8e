//! How do other systems want to read an event?
//!
//! Each form is one function: [`ecs()`] for the Elastic Common Schema, [`ocsf()`] for the Open
//! Cybersecurity Schema Framework, [`flat()`] for dotted names, [`gelf()`] for Graylog. None of them
//! loses a value: what has no place in a schema stands under its own name in `o365.audit` or in
//! `unmapped`. [`cef()`] and [`leef()`] are lines of keys and values, bounded as [`LEFT_OUT`] says, and
//! [`csv()`] is a line of the columns. What goes where is data, in files under `data/form/`. Which
//! fields are written can be chosen with [`Fields`]. [`mailbox_audit`] is apart: it writes what the
//! audit log of a mailbox says, and has an answer for its records alone.

mod cef;
mod classes;
mod convert;
mod csv;
mod ecs;
mod fields;
mod flat;
mod gelf;
mod keyed;
mod kind;
mod leef;
mod link;
mod lists;
pub mod mailbox_audit;
mod ocsf;
mod peer;
mod quick;
mod rest;
mod rules;
mod schema;
mod severity;
mod user_agent;

use event::Event;
use serde_json::Value as Json;

use rest::write_json;

pub use cef::cef;
pub use convert::Object;
pub use csv::{csv, csv_cell, csv_header};
pub use ecs::{ECS_VERSION, ecs, flattened, is_ecs_field};
pub use fields::{FIELD_BYTES_MAX, FIELDS_MAX, Fields};
pub use flat::{Style, flat};
pub use gelf::{GELF_VALUE_BYTES_MAX, gelf};
pub use keyed::{LEFT_OUT, RECORD, RECORD_BYTES_MAX};
pub use leef::{LeefDelimiter, leef};
pub use ocsf::{OcsfVersion, ocsf, ocsf_class_name, ocsf_problems, ocsf_with_raw_data};
pub use severity::{severity, syslog_level};

/// A form an event can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The record as sent, byte for byte.
    Raw,
    /// One readable line.
    Line,
    /// The record as JSON, with names beside its codes.
    Decoded,
    /// Elastic Common Schema, a nested JSON object.
    Ecs,
    /// Open Cybersecurity Schema Framework, a JSON object, in the newest version.
    Ocsf,
    /// Dotted names of the whole record, a JSON object one level deep.
    Flat,
    /// Graylog Extended Log Format, a JSON object.
    Gelf,
    /// ArcSight's Common Event Format, a line of keys and values.
    Cef,
    /// IBM's Log Event Extended Format, a line of keys and values with tabs between.
    Leef,
    /// The columns as comma-separated values.
    Csv,
}

impl Form {
    pub const ALL: [Form; 10] = [
        Form::Raw,
        Form::Line,
        Form::Decoded,
        Form::Ecs,
        Form::Ocsf,
        Form::Flat,
        Form::Gelf,
        Form::Cef,
        Form::Leef,
        Form::Csv,
    ];

    /// The word of the CLI and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Form::Raw => "raw",
            Form::Line => "line",
            Form::Decoded => "decoded",
            Form::Ecs => "ecs",
            Form::Ocsf => "ocsf",
            Form::Flat => "flat",
            Form::Gelf => "gelf",
            Form::Cef => "cef",
            Form::Leef => "leef",
            Form::Csv => "csv",
        }
    }

    /// The form of that name, compared without case.
    pub fn named(name: &str) -> Option<Form> {
        Form::ALL.into_iter().find(|form| form.name().eq_ignore_ascii_case(name))
    }

    /// Appends the event in this form, without a line break at its end. All but `Raw` write one
    /// line; a raw record holds the line breaks it was sent with.
    pub fn write(self, event: &Event, out: &mut Vec<u8>) {
        self.write_with(event, &Fields::ALL, out);
    }

    /// The same with some fields only. `Raw` and `Line` are written whole: [`Fields::fits`] tells
    /// beforehand.
    pub fn write_with(self, event: &Event, fields: &Fields, out: &mut Vec<u8>) {
        match self {
            Form::Raw => out.extend_from_slice(event.raw),
            Form::Line => write_text(out, |text| crate::write_line(event, text)),
            Form::Cef => write_text(out, |text| cef(event, fields, text)),
            Form::Leef => {
                write_text(out, |text| leef(event, LeefDelimiter::default(), fields, text));
            }
            Form::Csv => write_text(out, |text| csv(event, fields, text)),
            Form::Decoded => write_json(&decoded(event, fields), out),
            Form::Ecs if fields.is_all() => ecs::write_ecs(event, out),
            Form::Ecs => write_object(ecs(event), fields, out),
            Form::Ocsf if fields.is_all() => {
                ocsf::write_ocsf(event, OcsfVersion::default(), out);
            }
            Form::Ocsf => write_object(ocsf(event, OcsfVersion::default()), fields, out),
            Form::Flat => {
                write_object(flat(event, Style::Elastic).into_iter().collect(), fields, out);
            }
            Form::Gelf => write_json(&Json::Object(gelf(event, fields)), out),
        }
    }
}

fn write_text(out: &mut Vec<u8>, write: impl FnOnce(&mut String)) {
    let mut text = String::with_capacity(1024);
    write(&mut text);
    out.extend_from_slice(text.as_bytes());
}

/// Quarantined bytes are a text without fields: nothing of it is left where fields are named.
fn decoded(event: &Event, fields: &Fields) -> Json {
    let mut json = crate::decoded_json(event);
    match &mut json {
        Json::Object(object) => fields.prune(object, ""),
        text if !fields.has("") => *text = Json::Null,
        _ => {}
    }
    json
}

fn write_object(mut object: Object, fields: &Fields, out: &mut Vec<u8>) {
    fields.prune(&mut object, "");
    write_json(&Json::Object(object), out);
}
