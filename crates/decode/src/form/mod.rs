//! How do other systems want to read an event?
//!
//! Each form is one function: [`ecs()`] for the Elastic Common Schema, [`ocsf()`] for the Open
//! Cybersecurity Schema Framework, [`flat()`] for dotted names. None of them loses a value: what has
//! no place in a schema stands under its own name in `o365.audit` or in `unmapped`. What goes where
//! is data, in files under `data/form/`.

mod classes;
mod convert;
mod ecs;
mod flat;
mod kind;
mod link;
mod lists;
mod ocsf;
mod peer;
mod rules;
mod schema;
mod user_agent;

use event::Event;
use serde_json::Value as Json;

pub use convert::Object;
pub use ecs::{ECS_VERSION, ecs, flattened, is_ecs_field};
pub use flat::{Style, flat};
pub use ocsf::{OcsfVersion, ocsf, ocsf_class_name, ocsf_problems, ocsf_with_raw_data};

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
}

impl Form {
    pub const ALL: [Form; 6] =
        [Form::Raw, Form::Line, Form::Decoded, Form::Ecs, Form::Ocsf, Form::Flat];

    /// The word of the CLI and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Form::Raw => "raw",
            Form::Line => "line",
            Form::Decoded => "decoded",
            Form::Ecs => "ecs",
            Form::Ocsf => "ocsf",
            Form::Flat => "flat",
        }
    }

    /// The form of that name, compared without case.
    pub fn named(name: &str) -> Option<Form> {
        Form::ALL.into_iter().find(|form| form.name().eq_ignore_ascii_case(name))
    }

    /// Appends the event in this form, without a line break at its end. All but `Raw` write one
    /// line; a raw record holds the line breaks it was sent with.
    pub fn write(self, event: &Event, out: &mut Vec<u8>) {
        match self {
            Form::Raw => out.extend_from_slice(event.raw),
            Form::Line => {
                let mut text = String::with_capacity(256);
                crate::write_line(event, &mut text);
                out.extend_from_slice(text.as_bytes());
            }
            Form::Decoded => serde_json::to_writer(out, &crate::decoded_json(event))
                .expect("a vector takes every byte of a JSON value"),
            Form::Ecs => write_json(&ecs(event), out),
            Form::Ocsf => write_json(&ocsf(event, OcsfVersion::default()), out),
            Form::Flat => {
                let flat: serde_json::Map<String, Json> =
                    flat(event, Style::Elastic).into_iter().collect();
                write_json(&flat, out);
            }
        }
    }
}

fn write_json(object: &Object, out: &mut Vec<u8>) {
    serde_json::to_writer(out, object).expect("a vector takes every byte of a JSON value");
}
