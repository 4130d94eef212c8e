//! What diagnostic settings send to a storage account or an event hub: Entra, Intune and Azure in
//! one envelope, an object a line or in a list `records`.

use super::format::Format;
use super::read::Columns;

pub(super) static FORMAT: Format = Format {
    name: "diagnostic-settings",
    about: "JSON of diagnostic settings: Entra, Intune, Azure activity",
    claims: |sample| sample.has(&COLUMNS),
    records: |sample| sample.row_records(COLUMNS),
};

const COLUMNS: Columns = Columns {
    any_of: &[&["time", "category", "properties"], &["time", "category", "operationName"]],
    times: &["time"],
};
