//! Which feeds does the service offer?

use std::fmt;
use std::str::FromStr;

/// A content type of the Management Activity API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContentType {
    AzureActiveDirectory,
    Exchange,
    /// SharePoint and OneDrive.
    SharePoint,
    /// Every workload that has no content type of its own.
    General,
    /// Data loss prevention events of all workloads, which need the permission `ActivityFeed.ReadDlp`.
    DlpAll,
}

impl ContentType {
    pub const ALL: [ContentType; 5] = [
        ContentType::AzureActiveDirectory,
        ContentType::Exchange,
        ContentType::SharePoint,
        ContentType::General,
        ContentType::DlpAll,
    ];

    /// The name the API uses.
    pub fn as_str(self) -> &'static str {
        match self {
            ContentType::AzureActiveDirectory => "Audit.AzureActiveDirectory",
            ContentType::Exchange => "Audit.Exchange",
            ContentType::SharePoint => "Audit.SharePoint",
            ContentType::General => "Audit.General",
            ContentType::DlpAll => "DLP.All",
        }
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ContentType {
    type Err = String;

    fn from_str(name: &str) -> Result<ContentType, String> {
        ContentType::ALL
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(name))
            .ok_or_else(|| {
                let known = ContentType::ALL.map(ContentType::as_str).join(", ");
                format!("content type {name:?} is unknown; the service offers {known}")
            })
    }
}
