//! What does this record say?
//!
//! [`decode`] turns the bytes of one record into an [`event::Event`]: a tree, the columns of
//! [`event::Field`] and the oddities met on the way. It never fails and never rejects a record for
//! a field: what cannot be read at all as JSON goes to quarantine, whole. [`line`] writes an event
//! as one readable line, [`decoded_json`] as JSON with its codes in words. [`schema`] is what the
//! documentation says of records.
//!
//! A kind of record is a [`Family`]: one file under `family/` that says which members fill which
//! columns and which fields its line shows, and one line in [`FAMILIES`].

mod actor;
mod address;
mod canonical;
mod codes;
mod columns;
mod decode;
mod decoded;
mod drift;
pub mod family;
pub mod form;
mod issues;
mod items;
mod line;
mod members;
mod mend;
mod outcome;
mod read;
pub mod schema;
mod show;
mod words;

pub use codes::{
    logon_type_id, logon_type_name, record_type_id, record_type_name, sign_in_error_name,
    user_type_id, user_type_name,
};
pub use decode::{decode, decode_stored};
pub use decoded::decoded_json;
pub use family::{FAMILIES, Family};
pub use line::{LINE_VALUE_CHARS_MAX, line, write_line};
pub use read::body;
