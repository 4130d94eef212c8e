//! What happened to this document?

use expect_test::{Expect, expect};

use crate::{answer, ask, told};
use report::Ask;

/// Draft.docx is renamed to Plan.docx, moved to the archive and deleted there; another Plan.docx
/// lies elsewhere, and another Draft.docx is made after the first is gone.
const RECORDS: &[&str] = &[
    r#"{"Id":"1","RecordType":6,"CreationTime":"2026-03-02T08:00:00","Operation":"FileUploaded","Workload":"SharePoint","UserId":"ann@contoso.example","UserType":0,"SiteUrl":"https://contoso.example/sites/a/","SourceFileName":"Draft.docx","ObjectId":"https://contoso.example/sites/a/Docs/Draft.docx"}"#,
    r#"{"Id":"2","RecordType":6,"CreationTime":"2026-03-02T09:00:00","Operation":"FileRenamed","Workload":"SharePoint","UserId":"ann@contoso.example","UserType":0,"SiteUrl":"https://contoso.example/sites/a/","SourceRelativeUrl":"Docs","SourceFileName":"Draft.docx","DestinationRelativeUrl":"Docs","DestinationFileName":"Plan.docx","ObjectId":"https://contoso.example/sites/a/Docs/Draft.docx"}"#,
    r#"{"Id":"3","RecordType":6,"CreationTime":"2026-03-02T10:00:00","Operation":"FileDownloaded","Workload":"SharePoint","UserId":"bob@contoso.example","UserType":0,"ClientIP":"203.0.113.9","SiteUrl":"https://contoso.example/sites/a/","SourceFileName":"Plan.docx","ObjectId":"https://contoso.example/sites/a/Docs/Plan.docx"}"#,
    r#"{"Id":"4","RecordType":14,"CreationTime":"2026-03-02T11:00:00","Operation":"SharingSet","Workload":"SharePoint","UserId":"bob@contoso.example","UserType":0,"SiteUrl":"https://contoso.example/sites/a/","SourceFileName":"Plan.docx","ObjectId":"https://contoso.example/sites/a/Docs/Plan.docx","TargetUserOrGroupName":"eve@fabrikam.example","TargetUserOrGroupType":"Guest"}"#,
    r#"{"Id":"5","RecordType":11,"CreationTime":"2026-03-02T11:01:00","Operation":"DLPRuleMatch","Workload":"SharePoint","UserId":"bob@contoso.example","UserKey":"DlpAgent","SharePointMetaData":{"FileName":"Plan.docx","FilePathUrl":"https://contoso.example/sites/a/Docs/Plan.docx"},"PolicyDetails":[{"PolicyName":"Cards","Rules":[{"RuleName":"Card numbers","Actions":["BlockAccess"]}]}]}"#,
    r#"{"Id":"6","RecordType":6,"CreationTime":"2026-03-03T08:00:00","Operation":"FileMoved","Workload":"SharePoint","UserId":"ann@contoso.example","UserType":0,"SiteUrl":"https://contoso.example/sites/a/","SourceFileName":"Plan.docx","DestinationRelativeUrl":"Docs/Archive","DestinationFileName":"Plan.docx","ObjectId":"https://contoso.example/sites/a/Docs/Plan.docx"}"#,
    r#"{"Id":"7","RecordType":6,"CreationTime":"2026-03-03T09:00:00","Operation":"FileRecycled","Workload":"SharePoint","UserId":"ann@contoso.example","UserType":0,"SiteUrl":"https://contoso.example/sites/a/","SourceFileName":"Plan.docx","ObjectId":"https://contoso.example/sites/a/Docs/Archive/Plan.docx"}"#,
    r#"{"Id":"8","RecordType":6,"CreationTime":"2026-03-03T09:30:00","Operation":"FileRestored","Workload":"SharePoint","UserId":"ann@contoso.example","UserType":0,"SiteUrl":"https://contoso.example/sites/a/","SourceFileName":"Plan.docx","ObjectId":"https://contoso.example/sites/a/Docs/Archive/Plan.docx"}"#,
    r#"{"Id":"9","RecordType":6,"CreationTime":"2026-03-03T10:00:00","Operation":"FileUploaded","Workload":"SharePoint","UserId":"kim@contoso.example","UserType":0,"SiteUrl":"https://contoso.example/sites/a/","SourceFileName":"Draft.docx","ObjectId":"https://contoso.example/sites/a/Docs/Draft.docx"}"#,
    r#"{"Id":"10","RecordType":6,"CreationTime":"2026-03-03T11:00:00","Operation":"FileAccessed","Workload":"SharePoint","UserId":"kim@contoso.example","UserType":0,"SiteUrl":"https://contoso.example/sites/b/","SourceFileName":"Plan.docx","ObjectId":"https://contoso.example/sites/b/Docs/Plan.docx"}"#,
    r#"{"Id":"11","RecordType":2,"CreationTime":"2026-03-03T11:00:00","Operation":"Send","Workload":"Exchange","UserId":"kim@contoso.example","UserType":0,"Item":{"Subject":"Plan.docx"}}"#,
];

fn check(document: &str, expected: Expect) {
    let mut ask: Ask = ask(|_| {});
    ask.document = Some(document.to_owned());
    let answer = answer("document-history", &ask, RECORDS);
    let text = told(&answer, &["documents", "people", "history"]);
    let acts = text.lines().skip_while(|line| *line != "[people]");
    expected.assert_eq(&(acts.collect::<Vec<_>>().join("\n") + "\n"));
}

#[test]
fn under_its_first_name() {
    check(
        "https://contoso.example/sites/a/Docs/Draft.docx",
        expect![[r#"
            [people]
            ann@contoso.example | 0 | 0 | 1 | 2 | 0 | 1 | 1 | 0 | 0 | 5 | 2026-03-02T08:00:00Z | 2026-03-03T09:30:00Z
            bob@contoso.example | 0 | 1 | 0 | 0 | 1 | 0 | 0 | 1 | 0 | 3 | 2026-03-02T10:00:00Z | 2026-03-02T11:01:00Z
            kim@contoso.example | 0 | 0 | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 1 | 2026-03-03T10:00:00Z | 2026-03-03T10:00:00Z
            [documents]
            https://contoso.example/sites/a/Docs/Draft.docx | 3 | 2026-03-02T08:00:00Z | 2026-03-03T10:00:00Z
            https://contoso.example/sites/a/Docs/Plan.docx | 4 | 2026-03-02T10:00:00Z | 2026-03-03T08:00:00Z
            https://contoso.example/sites/a/Docs/Archive/Plan.docx | 2 | 2026-03-03T09:00:00Z | 2026-03-03T09:30:00Z
            [history]
            2026-03-02T08:00:00Z | ann@contoso.example | Changed | FileUploaded | https://contoso.example/sites/a/Docs/Draft.docx |  |  |  |  | unknown
            2026-03-02T09:00:00Z | ann@contoso.example | Moved | FileRenamed | https://contoso.example/sites/a/Docs/Draft.docx | → https://contoso.example/sites/a/Docs/Plan.docx |  |  |  | unknown
            2026-03-02T10:00:00Z | bob@contoso.example | Downloaded | FileDownloaded | https://contoso.example/sites/a/Docs/Plan.docx |  | 203.0.113.9 | outside |  | unknown
            2026-03-02T11:00:00Z | bob@contoso.example | Shared | SharingSet | https://contoso.example/sites/a/Docs/Plan.docx | with eve@fabrikam.example (Guest) |  |  |  | unknown
            2026-03-02T11:01:00Z | bob@contoso.example | DLP matched | DLPRuleMatch | https://contoso.example/sites/a/Docs/Plan.docx | Cards: Card numbers |  |  |  | failure
            2026-03-03T08:00:00Z | ann@contoso.example | Moved | FileMoved | https://contoso.example/sites/a/Docs/Plan.docx | → https://contoso.example/sites/a/Docs/Archive/Plan.docx |  |  |  | unknown
            2026-03-03T09:00:00Z | ann@contoso.example | Deleted | FileRecycled | https://contoso.example/sites/a/Docs/Archive/Plan.docx |  |  |  |  | unknown
            2026-03-03T09:30:00Z | ann@contoso.example | Restored | FileRestored | https://contoso.example/sites/a/Docs/Archive/Plan.docx |  |  |  |  | unknown
            2026-03-03T10:00:00Z | kim@contoso.example | Changed | FileUploaded | https://contoso.example/sites/a/Docs/Draft.docx |  |  |  |  | unknown
            - 3 URLs fit: compare their list before you take them for one document.
            - Renamed or moved: https://contoso.example/sites/a/Docs/Draft.docx → https://contoso.example/sites/a/Docs/Plan.docx, https://contoso.example/sites/a/Docs/Plan.docx → https://contoso.example/sites/a/Docs/Archive/Plan.docx.
            - Names are followed where a document was renamed or moved itself, not where a folder above it was.
        "#]],
    );
}

#[test]
fn under_its_last_name() {
    check(
        "https://contoso.example/sites/a/Docs/Archive/Plan.docx",
        expect![[r#"
            [people]
            ann@contoso.example | 0 | 0 | 1 | 2 | 0 | 1 | 1 | 0 | 0 | 5 | 2026-03-02T08:00:00Z | 2026-03-03T09:30:00Z
            bob@contoso.example | 0 | 1 | 0 | 0 | 1 | 0 | 0 | 1 | 0 | 3 | 2026-03-02T10:00:00Z | 2026-03-02T11:01:00Z
            [documents]
            https://contoso.example/sites/a/Docs/Draft.docx | 2 | 2026-03-02T08:00:00Z | 2026-03-02T09:00:00Z
            https://contoso.example/sites/a/Docs/Plan.docx | 4 | 2026-03-02T10:00:00Z | 2026-03-03T08:00:00Z
            https://contoso.example/sites/a/Docs/Archive/Plan.docx | 2 | 2026-03-03T09:00:00Z | 2026-03-03T09:30:00Z
            [history]
            2026-03-02T08:00:00Z | ann@contoso.example | Changed | FileUploaded | https://contoso.example/sites/a/Docs/Draft.docx |  |  |  |  | unknown
            2026-03-02T09:00:00Z | ann@contoso.example | Moved | FileRenamed | https://contoso.example/sites/a/Docs/Draft.docx | → https://contoso.example/sites/a/Docs/Plan.docx |  |  |  | unknown
            2026-03-02T10:00:00Z | bob@contoso.example | Downloaded | FileDownloaded | https://contoso.example/sites/a/Docs/Plan.docx |  | 203.0.113.9 | outside |  | unknown
            2026-03-02T11:00:00Z | bob@contoso.example | Shared | SharingSet | https://contoso.example/sites/a/Docs/Plan.docx | with eve@fabrikam.example (Guest) |  |  |  | unknown
            2026-03-02T11:01:00Z | bob@contoso.example | DLP matched | DLPRuleMatch | https://contoso.example/sites/a/Docs/Plan.docx | Cards: Card numbers |  |  |  | failure
            2026-03-03T08:00:00Z | ann@contoso.example | Moved | FileMoved | https://contoso.example/sites/a/Docs/Plan.docx | → https://contoso.example/sites/a/Docs/Archive/Plan.docx |  |  |  | unknown
            2026-03-03T09:00:00Z | ann@contoso.example | Deleted | FileRecycled | https://contoso.example/sites/a/Docs/Archive/Plan.docx |  |  |  |  | unknown
            2026-03-03T09:30:00Z | ann@contoso.example | Restored | FileRestored | https://contoso.example/sites/a/Docs/Archive/Plan.docx |  |  |  |  | unknown
            - 3 URLs fit: compare their list before you take them for one document.
            - Renamed or moved: https://contoso.example/sites/a/Docs/Draft.docx → https://contoso.example/sites/a/Docs/Plan.docx, https://contoso.example/sites/a/Docs/Plan.docx → https://contoso.example/sites/a/Docs/Archive/Plan.docx.
            - Names are followed where a document was renamed or moved itself, not where a folder above it was.
        "#]],
    );
}

#[test]
fn by_name_alone() {
    check(
        "plan.docx",
        expect![[r#"
            [people]
            ann@contoso.example | 0 | 0 | 1 | 2 | 0 | 1 | 1 | 0 | 0 | 5 | 2026-03-02T08:00:00Z | 2026-03-03T09:30:00Z
            bob@contoso.example | 0 | 1 | 0 | 0 | 1 | 0 | 0 | 1 | 0 | 3 | 2026-03-02T10:00:00Z | 2026-03-02T11:01:00Z
            kim@contoso.example | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 1 | 2026-03-03T11:00:00Z | 2026-03-03T11:00:00Z
            [documents]
            https://contoso.example/sites/a/Docs/Draft.docx | 2 | 2026-03-02T08:00:00Z | 2026-03-02T09:00:00Z
            https://contoso.example/sites/a/Docs/Plan.docx | 4 | 2026-03-02T10:00:00Z | 2026-03-03T08:00:00Z
            https://contoso.example/sites/a/Docs/Archive/Plan.docx | 2 | 2026-03-03T09:00:00Z | 2026-03-03T09:30:00Z
            https://contoso.example/sites/b/Docs/Plan.docx | 1 | 2026-03-03T11:00:00Z | 2026-03-03T11:00:00Z
            [history]
            2026-03-02T08:00:00Z | ann@contoso.example | Changed | FileUploaded | https://contoso.example/sites/a/Docs/Draft.docx |  |  |  |  | unknown
            2026-03-02T09:00:00Z | ann@contoso.example | Moved | FileRenamed | https://contoso.example/sites/a/Docs/Draft.docx | → https://contoso.example/sites/a/Docs/Plan.docx |  |  |  | unknown
            2026-03-02T10:00:00Z | bob@contoso.example | Downloaded | FileDownloaded | https://contoso.example/sites/a/Docs/Plan.docx |  | 203.0.113.9 | outside |  | unknown
            2026-03-02T11:00:00Z | bob@contoso.example | Shared | SharingSet | https://contoso.example/sites/a/Docs/Plan.docx | with eve@fabrikam.example (Guest) |  |  |  | unknown
            2026-03-02T11:01:00Z | bob@contoso.example | DLP matched | DLPRuleMatch | https://contoso.example/sites/a/Docs/Plan.docx | Cards: Card numbers |  |  |  | failure
            2026-03-03T08:00:00Z | ann@contoso.example | Moved | FileMoved | https://contoso.example/sites/a/Docs/Plan.docx | → https://contoso.example/sites/a/Docs/Archive/Plan.docx |  |  |  | unknown
            2026-03-03T09:00:00Z | ann@contoso.example | Deleted | FileRecycled | https://contoso.example/sites/a/Docs/Archive/Plan.docx |  |  |  |  | unknown
            2026-03-03T09:30:00Z | ann@contoso.example | Restored | FileRestored | https://contoso.example/sites/a/Docs/Archive/Plan.docx |  |  |  |  | unknown
            2026-03-03T11:00:00Z | kim@contoso.example | Viewed | FileAccessed | https://contoso.example/sites/b/Docs/Plan.docx |  |  |  |  | unknown
            - 4 URLs fit: compare their list before you take them for one document.
            - Renamed or moved: https://contoso.example/sites/a/Docs/Draft.docx → https://contoso.example/sites/a/Docs/Plan.docx, https://contoso.example/sites/a/Docs/Plan.docx → https://contoso.example/sites/a/Docs/Archive/Plan.docx.
            - Names are followed where a document was renamed or moved itself, not where a folder above it was.
        "#]],
    );
}
