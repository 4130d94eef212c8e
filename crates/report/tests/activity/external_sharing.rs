//! What was shared with outsiders, and what is still open?

use expect_test::{Expect, expect};

use crate::{answer, ask, told};
use report::Ask;

const RECORDS: &[&str] = &[
    r#"{"Id":"1","RecordType":14,"CreationTime":"2026-03-02T08:00:00","Operation":"AnonymousLinkCreated","Workload":"OneDrive","UserId":"ann@contoso.example","UserType":0,"ObjectId":"https://contoso.example/a/Plan.docx","UniqueSharingId":"l1"}"#,
    r##"{"Id":"2","RecordType":14,"CreationTime":"2026-03-02T09:00:00","Operation":"AnonymousLinkUsed","Workload":"OneDrive","UserId":"urn:spo:anon#00ff","UserType":0,"ObjectId":"https://contoso.example/a/Plan.docx","ClientIP":"203.0.113.9"}"##,
    r#"{"Id":"3","RecordType":14,"CreationTime":"2026-03-02T10:00:00","Operation":"AnonymousLinkCreated","Workload":"OneDrive","UserId":"ann@contoso.example","UserType":0,"ObjectId":"https://contoso.example/a/Gone.docx","UniqueSharingId":"l2"}"#,
    r#"{"Id":"4","RecordType":14,"CreationTime":"2026-03-02T11:00:00","Operation":"AnonymousLinkRemoved","Workload":"OneDrive","UserId":"ann@contoso.example","UserType":0,"ObjectId":"https://contoso.example/a/Gone.docx"}"#,
    r#"{"Id":"5","RecordType":14,"CreationTime":"2026-03-02T12:00:00","Operation":"CompanyLinkCreated","Workload":"SharePoint","UserId":"bob@contoso.example","UserType":0,"ObjectId":"https://contoso.example/a/Menu.docx"}"#,
    r#"{"Id":"6","RecordType":14,"CreationTime":"2026-03-02T13:00:00","Operation":"AddedToSecureLink","Workload":"SharePoint","UserId":"bob@contoso.example","UserType":0,"ObjectId":"https://contoso.example/a/Offer.docx","TargetUserOrGroupName":"eve@fabrikam.example","TargetUserOrGroupType":"Guest"}"#,
    r#"{"Id":"7","RecordType":14,"CreationTime":"2026-03-02T13:01:00","Operation":"AddedToSecureLink","Workload":"SharePoint","UserId":"bob@contoso.example","UserType":0,"ObjectId":"https://contoso.example/a/Offer.docx","TargetUserOrGroupName":"kim@contoso.example","TargetUserOrGroupType":"Member"}"#,
    r##"{"Id":"8","RecordType":14,"CreationTime":"2026-03-02T14:00:00","Operation":"SharingSet","Workload":"SharePoint","UserId":"bob@contoso.example","UserType":0,"ObjectId":"https://contoso.example/a/Offer.docx","TargetUserOrGroupName":"max_fabrikam.example#EXT#@contoso.example","TargetUserOrGroupType":"Member"}"##,
    r#"{"Id":"9","RecordType":14,"CreationTime":"2026-03-02T15:00:00","Operation":"SharingInvitationCreated","Workload":"SharePoint","UserId":"ann@contoso.example","UserType":0,"ObjectId":"https://contoso.example/b","TargetUserOrGroupName":"joe@partner.example"}"#,
    r#"{"Id":"10","RecordType":14,"CreationTime":"2026-03-03T15:00:00","Operation":"SharingInvitationAccepted","Workload":"SharePoint","UserId":"joe@partner.example","UserType":0,"ObjectId":"https://contoso.example/b","TargetUserOrGroupName":"joe@partner.example"}"#,
    r##"{"Id":"11","RecordType":6,"CreationTime":"2026-03-04T15:00:00","Operation":"FileDownloaded","Workload":"SharePoint","UserId":"joe_partner.example#EXT#@contoso.example","UserType":0,"ObjectId":"https://contoso.example/b/List.xlsx","ClientIP":"198.51.100.3"}"##,
    r#"{"Id":"12","RecordType":6,"CreationTime":"2026-03-04T15:00:00","Operation":"FileDownloaded","Workload":"SharePoint","UserId":"ann@contoso.example","UserType":0,"ObjectId":"https://contoso.example/b/List.xlsx"}"#,
];

fn check(change: fn(&mut Ask), expected: Expect) {
    let answer = answer("external-sharing", &ask(change), RECORDS);
    expected.assert_eq(&told(&answer, &["shares", "outsiders"]));
}

#[test]
fn everything() {
    check(
        |_| {},
        expect![[r#"
        Shares: 6
        Still open to outsiders: 4
        !Open anyone links: 1
        Open company links: 1
        People who shared: 2
        Outsiders who came: 1
        [shares]
        open | invitation | https://contoso.example/b | joe@partner.example | ann@contoso.example | 2026-03-02T15:00:00Z |  | 1 | joe@partner.example | 2026-03-03T15:00:00Z | 2026-03-03T15:00:00Z
        open | permission | https://contoso.example/a/Offer.docx | max_fabrikam.example#EXT#@contoso.example | bob@contoso.example | 2026-03-02T14:00:00Z |  | 0 |  |  | 
        open | link for people | https://contoso.example/a/Offer.docx | eve@fabrikam.example | bob@contoso.example | 2026-03-02T13:00:00Z |  | 0 |  |  | 
        open | company link | https://contoso.example/a/Menu.docx |  | bob@contoso.example | 2026-03-02T12:00:00Z |  | 0 |  |  | 
        open | anyone link | https://contoso.example/a/Plan.docx |  | ann@contoso.example | 2026-03-02T08:00:00Z |  | 1 | urn:spo:anon#00ff | 2026-03-02T09:00:00Z | 2026-03-02T09:00:00Z
        removed | anyone link | https://contoso.example/a/Gone.docx |  | ann@contoso.example | 2026-03-02T10:00:00Z | 2026-03-02T11:00:00Z | 0 |  |  | 
        [outsiders]
        joe_partner.example#EXT#@contoso.example | FileDownloaded | https://contoso.example/b/List.xlsx | 198.51.100.3 | 1 | 2026-03-04T15:00:00Z | 2026-03-04T15:00:00Z
        - Open means made or used in this span and not seen to be removed in it; what was shared before and not used does not show.
    "#]],
    );
}

#[test]
fn without_known_domains() {
    check(
        |ask| ask.domains.clear(),
        expect![[r#"
        Shares: 5
        Still open to outsiders: 3
        !Open anyone links: 1
        Open company links: 1
        People who shared: 2
        Outsiders who came: 1
        [shares]
        open | permission | https://contoso.example/a/Offer.docx | max_fabrikam.example#EXT#@contoso.example | bob@contoso.example | 2026-03-02T14:00:00Z |  | 0 |  |  | 
        open | link for people | https://contoso.example/a/Offer.docx | eve@fabrikam.example | bob@contoso.example | 2026-03-02T13:00:00Z |  | 0 |  |  | 
        open | company link | https://contoso.example/a/Menu.docx |  | bob@contoso.example | 2026-03-02T12:00:00Z |  | 0 |  |  | 
        open | anyone link | https://contoso.example/a/Plan.docx |  | ann@contoso.example | 2026-03-02T08:00:00Z |  | 1 | urn:spo:anon#00ff | 2026-03-02T09:00:00Z | 2026-03-02T09:00:00Z
        removed | anyone link | https://contoso.example/a/Gone.docx |  | ann@contoso.example | 2026-03-02T10:00:00Z | 2026-03-02T11:00:00Z | 0 |  |  | 
        [outsiders]
        joe_partner.example#EXT#@contoso.example | FileDownloaded | https://contoso.example/b/List.xlsx | 198.51.100.3 | 1 | 2026-03-04T15:00:00Z | 2026-03-04T15:00:00Z
        - Open means made or used in this span and not seen to be removed in it; what was shared before and not used does not show.
        - The tenant's own domains are not known, so outsiders are told by guest accounts alone.
    "#]],
    );
}

#[test]
fn of_one_document() {
    check(
        |ask| ask.document = Some("Offer.docx".into()),
        expect![[r#"
        Shares: 2
        Still open to outsiders: 2
        Open anyone links: 0
        Open company links: 0
        People who shared: 1
        Outsiders who came: 0
        [shares]
        open | permission | https://contoso.example/a/Offer.docx | max_fabrikam.example#EXT#@contoso.example | bob@contoso.example | 2026-03-02T14:00:00Z |  | 0 |  |  | 
        open | link for people | https://contoso.example/a/Offer.docx | eve@fabrikam.example | bob@contoso.example | 2026-03-02T13:00:00Z |  | 0 |  |  | 
        [outsiders]
        - Open means made or used in this span and not seen to be removed in it; what was shared before and not used does not show.
    "#]],
    );
}
