//! Which feeds does the service offer?

use serde::{Deserialize, Serialize};

/// A content type of the Management Activity API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ContentType {
    #[serde(rename = "Audit.AzureActiveDirectory")]
    AzureActiveDirectory,
    #[serde(rename = "Audit.Exchange")]
    Exchange,
    #[serde(rename = "Audit.SharePoint")]
    SharePoint,
    #[serde(rename = "Audit.General")]
    General,
    #[serde(rename = "DLP.All")]
    Dlp,
}

impl ContentType {
    pub const ALL: [ContentType; 5] = [
        ContentType::AzureActiveDirectory,
        ContentType::Exchange,
        ContentType::SharePoint,
        ContentType::General,
        ContentType::Dlp,
    ];

    /// The name the API uses, for example `Audit.Exchange`.
    pub fn name(self) -> &'static str {
        match self {
            ContentType::AzureActiveDirectory => "Audit.AzureActiveDirectory",
            ContentType::Exchange => "Audit.Exchange",
            ContentType::SharePoint => "Audit.SharePoint",
            ContentType::General => "Audit.General",
            ContentType::Dlp => "DLP.All",
        }
    }

    /// Finds a content type by its name, without regard to case.
    pub fn from_name(name: &str) -> Option<ContentType> {
        ContentType::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(name))
    }

    /// The two spellings inside a content id, for example `audit_exchange$Audit_Exchange`.
    pub(crate) fn in_content_id(self) -> String {
        let name = self.name().replace('.', "_");
        format!("{}${name}", name.to_ascii_lowercase())
    }

    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

impl std::fmt::Display for ContentType {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}
