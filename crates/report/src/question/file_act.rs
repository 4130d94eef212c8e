//! What was done to a document?

/// The kinds of act that a reader tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileAct {
    Viewed,
    Downloaded,
    Changed,
    Moved,
    Shared,
    Deleted,
    Restored,
    Matched,
    Other,
}

impl FileAct {
    pub const ALL: [FileAct; 9] = [
        FileAct::Viewed,
        FileAct::Downloaded,
        FileAct::Changed,
        FileAct::Moved,
        FileAct::Shared,
        FileAct::Deleted,
        FileAct::Restored,
        FileAct::Matched,
        FileAct::Other,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            FileAct::Viewed => "Viewed",
            FileAct::Downloaded => "Downloaded",
            FileAct::Changed => "Changed",
            FileAct::Moved => "Moved",
            FileAct::Shared => "Shared",
            FileAct::Deleted => "Deleted",
            FileAct::Restored => "Restored",
            FileAct::Matched => "DLP matched",
            FileAct::Other => "Other",
        }
    }

    /// By the name of the operation. SharePoint adds operations freely, so the words in the name
    /// tell; of two words the earlier line counts.
    pub fn of(operation: &str) -> FileAct {
        let fits = |words: &[&str]| words.iter().any(|word| operation.contains(word));
        WORDS.iter().find(|(words, _)| fits(words)).map_or(FileAct::Other, |(_, act)| *act)
    }
}

const WORDS: &[(&[&str], FileAct)] = &[
    (&["Dlp", "DLP"], FileAct::Matched),
    (&["Sharing", "Link", "AddedToGroup", "AccessRequest"], FileAct::Shared),
    (&["Download"], FileAct::Downloaded),
    (&["Restored"], FileAct::Restored),
    (&["Deleted", "Recycled"], FileAct::Deleted),
    (&["Renamed", "Moved", "Copied"], FileAct::Moved),
    (&["Accessed", "Previewed", "Viewed"], FileAct::Viewed),
    (&["Uploaded", "Modified", "Created", "Updated", "CheckedIn", "Discarded"], FileAct::Changed),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_have_an_act() {
        for (operation, act) in [
            ("FileAccessed", FileAct::Viewed),
            ("FileAccessedExtended", FileAct::Viewed),
            ("FilePreviewed", FileAct::Viewed),
            ("FileDownloaded", FileAct::Downloaded),
            ("FileSyncDownloadedFull", FileAct::Downloaded),
            ("FileSyncUploadedFull", FileAct::Changed),
            ("FileModified", FileAct::Changed),
            ("FileRenamed", FileAct::Moved),
            ("FileMoved", FileAct::Moved),
            ("FileRecycled", FileAct::Deleted),
            ("FileDeletedFirstStageRecycleBin", FileAct::Deleted),
            ("FileRestored", FileAct::Restored),
            ("SharingSet", FileAct::Shared),
            ("AnonymousLinkCreated", FileAct::Shared),
            ("DLPRuleMatch", FileAct::Matched),
            ("FileCheckedOut", FileAct::Other),
        ] {
            assert_eq!(FileAct::of(operation), act, "{operation}");
        }
    }
}
