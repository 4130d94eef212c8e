//! JSON objects of a shape we have no name for. Each is taken as a record as it stands: decoding
//! rejects nothing, and what it does not understand stays searchable.

use super::format::{Format, Sample};
use super::read::Found;

pub(super) static FORMAT: Format = Format {
    name: "json-objects",
    about: "any other JSON objects, in a list or one after another",
    claims: |sample| matches!(sample, Sample::Json(_)),
    records: |sample| sample.json_records(|_| Found::Whole),
};
