//! Data loss prevention: SharePoint (11), Exchange (13), endpoints (63). Content type DLP.All.

use super::{Draft, Kind};
use crate::text::{At, put};

const fn dlp(
    operation: &'static str,
    record_type: u16,
    workload: &'static str,
    weight: u32,
    write: fn(&mut Draft<'_>, &Kind),
) -> Kind {
    Kind { operation, record_type, workload, weight, variant: 0, write }
}

pub(super) static PEOPLE: &[Kind] = &[
    dlp("DlpRuleMatch", 13, "Exchange", 40, exchange),
    dlp("DlpRuleMatch", 11, "SharePoint", 20, sharepoint),
    dlp("DlpRuleMatch", 11, "OneDrive", 20, sharepoint),
    dlp("DlpRuleUndo", 13, "Exchange", 5, exchange),
    dlp("DlpRuleMatch", 63, "Endpoint", 15, endpoint),
];

const CREDIT_CARD: &str = "50842eb7-edc8-4019-85dd-5a5c1f2bb085";

/// The found values are fit for nothing: no card network issues numbers that begin with a zero.
fn sensitive_information(draft: &mut Draft<'_>, location: &str) {
    let count = draft.random.between(1, 9);
    let value = draft.random.between(100_000_000_000, 999_999_999_999);
    put!(draft;
        "'SensitiveInformation':[{'Confidence':85,'Count':", count, ",'Location':'", location,
        "','SensitiveInformationDetailedClassificationAttributes':[{'Confidence':65,", "'Count':",
        count, ",'IsMatch':false},{'Confidence':85,'Count':", count, ",'IsMatch':true}]",
    );
    if draft.dlp_values {
        put!(draft;
            ",'SensitiveInformationDetections':{'DetectedValues':[{'Name':'0000", value,
            "','Value':'card 0000", value, " valid until 12/30'}],'ResultsTruncated':false}",
        );
    }
    put!(draft;
        ",'SensitiveInformationTypeName':'Credit Card Number','SensitiveType':'", CREDIT_CARD,
        "','UniqueCount':", count, "}]",
    );
}

fn policy(draft: &mut Draft<'_>, location: &str) {
    put!(draft;
        ",'PolicyDetails':[{'PolicyId':'7c1f3a5e-9d2b-4e68-8f40-b6d8e0f2a4c6',",
        "'PolicyName':'Payment card data','Rules':[{'Actions':['NotifyUser'],",
        "'ConditionsMatched':{",
    );
    sensitive_information(draft, location);
    put!(draft;
        "},'OverriddenActions':[],'RuleId':'8d204b6f-ae3c-4f79-9051-c7e9f103b5d7',",
        "'RuleMode':'Enable','RuleName':'Low volume of card numbers',",
        "'Severity':'Low'}]}],'SensitiveInfoDetectionIsIncluded':", draft.dlp_values,
    );
}

fn dlp_head(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let incident = draft.random.guid();
    draft.head(kind, "", "DlpAgent", 4);
    put!(draft; ",'UserId':'", person.upn_lower, "','IncidentId':'", incident, "'");
}

fn exchange(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let (other, number) = (draft.colleague(), draft.random.guid());
    dlp_head(draft, kind);
    put!(draft;
        ",'ObjectId':'<", number, "@contoso.com>','ExchangeMetaData':{'BCC':[],'CC':['",
        other.upn_lower, "'],'From':'", person.upn_lower, "','MessageID':'<", number,
        "@contoso.com>','RecipientCount':2,'Sent':'", At(draft.time),
        "','Subject':'Re: Offer to Fabrikam','To':['accounts@fabrikam.com'],'UniqueID':'", number,
        "'}",
    );
    policy(draft, "Message Body");
    put!(draft; "}");
}

fn sharepoint(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let name = draft.random.pick(&draft.tenant.places.names);
    dlp_head(draft, kind);
    put!(draft; ",'ObjectId':'", person.drive, "Documents/", name.stem, ".", name.extension, "'");
    policy(draft, "Document Body");
    put!(draft;
        ",'SharePointMetaData':{'DocumentLastModifier':'", person.display,
        "','DocumentSharer':'','FileName':'", name.stem, ".", name.extension, "','FileOwner':'",
        person.display, "','FilePathUrl':'", person.drive, "Documents/", name.stem, ".",
        name.extension, "','From':'", person.upn_lower,
        "','IsViewableByExternalUsers':false,'IsVisibleOnlyToOdbOwner':true,",
        "'SiteCollectionGuid':'", person.drive_site, "','SiteCollectionUrl':'", person.drive,
        "','UniqueID':'", draft.id, "','itemCreationTime':'", At(draft.time - 86_400_000), "'}}",
    );
}

fn endpoint(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let name = draft.random.pick(&draft.tenant.places.names);
    dlp_head(draft, kind);
    put!(draft;
        ",'ClientIP':'", draft.address, "','ObjectId':'C:\\\\Users\\\\", person.alias,
        "\\\\Downloads\\\\", name.stem, ".", name.extension,
        "','EndpointMetaData':{'DeviceName':'lap-", person.index + 10_000,
        "','EndpointOperation':'FileCopiedToRemovableMedia','EnforcementMode':1,",
        "'FileExtension':'", name.extension, "','FileSize':48211,'FileType':'Document',",
    );
    sensitive_information(draft, "Document Body");
    put!(draft; "}");
    policy(draft, "Document Body");
    put!(draft; "}");
}
