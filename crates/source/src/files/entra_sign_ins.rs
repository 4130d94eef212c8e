//! Entra's sign-in logs: the portal's CSV and JSON of each of the four kinds (interactive,
//! non-interactive, service principal, managed identity), Graph's objects, and those as Get-MgAuditLogSignIn
//! and ConvertTo-Json write them, with capital letters.
//!
//! Names from MicrosoftDocs/entra-docs, howto-download-logs.md, from Graph (signIn), and from CSV
//! files as downloaded: some names end with a blank, one stands twice, and columns come and go.

use super::format::Format;
use super::read::Columns;

pub(super) static FORMAT: Format = Format {
    name: "entra-sign-ins",
    about: "sign-ins of Entra as CSV or JSON, from the portal, Graph or PowerShell",
    claims: |sample| sample.has(&COLUMNS),
    records: |sample| sample.row_records(COLUMNS),
};

const COLUMNS: Columns = Columns {
    any_of: &[
        &["Date (UTC)", "Request ID"],
        &["Request ID", "Sign-in error code"],
        &["Request ID", "Failure reason"],
        &["createdDateTime", "appDisplayName"],
        &["createdDateTime", "conditionalAccessStatus"],
        &["createdDateTime", "signInEventTypes"],
    ],
    times: &["Date (UTC)", "Date", "createdDateTime"],
};
