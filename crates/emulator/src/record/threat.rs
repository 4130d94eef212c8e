//! Threat intelligence: mail (28), clicks (41), files (47), submissions (29), risk detections (294).

use super::{Draft, Kind};
use crate::text::{At, Hex, put};

const fn threat(
    operation: &'static str,
    record_type: u16,
    workload: &'static str,
    weight: u32,
    write: fn(&mut Draft<'_>, &Kind),
) -> Kind {
    Kind { operation, record_type, workload, weight, variant: 0, write }
}

pub(super) static SERVICE: &[Kind] = &[
    threat("TIMailData", 28, "ThreatIntelligence", 120, mail),
    threat("AtpDetection", 47, "ThreatIntelligence", 4, file),
    threat("AadRiskDetected", 294, "AzureActiveDirectory", 8, risk),
    threat("HygieneTenantEvents", 51, "SecurityComplianceCenter", 3, hygiene),
];

pub(super) static PEOPLE: &[Kind] = &[
    threat("TIUrlClickData", 41, "ThreatIntelligence", 12, click),
    threat("UserSubmission", 29, "SecurityComplianceCenter", 4, submission),
];

/// Verdict, delivery action, final place, detection method.
const VERDICTS: [(&str, &str, &str, &str); 5] = [
    ("Spam", "DeliveredAsSpam", "JunkFolder", "General filter"),
    ("Phish", "Blocked", "Quarantine", "URL malicious reputation"),
    ("Spam", "Blocked", "Quarantine", "Bulk"),
    ("Malware", "Blocked", "Quarantine", "File detonation"),
    ("Phish", "Blocked", "Quarantine", "Impersonation brand"),
];

/// Attackers write subjects: some try a spreadsheet formula, markup, a terminal escape,
/// or characters that turn the direction of reading.
const SUBJECTS: [&str; 8] = [
    "Your parcel is waiting, action needed",
    "Your parcel is waiting, action needed",
    "Password expires today",
    "Unpaid invoice 88213",
    r#"=HYPERLINK(\"https://tailspintoys.com/pay\",\"Open the invoice\")"#,
    "<img src=x onerror=alert(document.cookie)>",
    r"\u001b[2J\u001b[31mSystem notice\u001b[0m",
    r"Salary list \u202Excod.exe",
];

fn mail(draft: &mut Draft<'_>, kind: &Kind) {
    let (verdict, action, place, method) = *draft.random.pick(&VERDICTS);
    let person = draft.person;
    let message = draft.random.guid();
    let (digest, sender) = (draft.random.next(), draft.random.below(5_000));
    let host = draft.random.between(1, 60);
    let subject = SUBJECTS[draft.random.below(SUBJECTS.len() as u64) as usize];
    draft.head(kind, "", "ThreatIntel", 4);
    put!(draft;
        ",'ObjectId':'", message, digest, "','UserId':'ThreatIntel',",
        "'AdditionalActionsAndResults':['OriginalDelivery: [N/A]'],'AttachmentData':[",
    );
    if verdict == "Malware" {
        put!(draft;
            "{'FileName':'statement.pdf.exe','FileType':'exe;zip','FileVerdict':1,",
            "'MalwareFamily':'Trojan_Sample_Gen','SHA256':'", Hex(digest), Hex(digest ^ 1),
            Hex(digest ^ 2), Hex(digest ^ 3), "'}",
        );
    }
    put!(draft;
        "],'AuthDetails':[{'Name':'SPF','Value':'Fail'},{'Name':'DKIM',",
        "'Value':'None'},{'Name':'DMARC',",
        "'Value':'Best guess pass'},{'Name':'Comp Auth','Value':'fail'}],", "'DeliveryAction':'",
        action, "','DetectionMethod':'", method,
        "','DetectionType':'Inline','Directionality':'Inbound',",
        "'EventDeepLink':'https://security.microsoft.com/threatexplorer?messageParams=", message,
        "','InternetMessageId':'<", Hex(digest), "@mail", sender,
        ".tailspintoys.com>','LatestDeliveryLocation':'", place, "','MessageTime':'",
        At(draft.time - 45_000), "','NetworkMessageId':'", message,
        "','OriginalDeliveryLocation':'", place, "','P1Sender':'bounce", sender,
        "@tailspintoys.com','P2Sender':'news", sender, "@tailspintoys.com','Policy':'", verdict,
        "','PolicyAction':'Quarantine','Recipients':['", person.upn_lower,
        "'],'SenderIp':'203.0.113.", host,
        "','Subject':'", subject, "','SystemOverrides':[],",
        "'ThreatsAndDetectionTech':['", verdict, ": [", method, "]'],'Verdict':'", verdict, "'}",
    );
}

fn click(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let host = draft.random.below(900);
    draft.head(kind, "", "ThreatIntel", 0);
    put!(draft;
        ",'UserId':'", person.upn_lower, "','AppName':'Mail','SourceId':'", draft.id,
        "','TimeOfClick':'", At(draft.time), "','Url':'https://promo", host,
        ".tailspintoys.com/offer','UrlClickAction':2,'UserIp':'", draft.address, "'}",
    );
}

fn file(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let digest = draft.random.next();
    let document = draft.random.guid();
    draft.head(kind, "", "ThreatIntel", 4);
    put!(draft;
        ",'UserId':'ThreatIntel','DetectionDate':'", At(draft.time),
        "','DetectionMethod':'AntiMalware',",
        "'EventDeepLink':'https://security.microsoft.com/threatexplorer?fileParams=", document,
        "','FileData':{'DocumentId':'", document, "','FileName':'setup.exe','FilePath':'",
        person.drive, "Documents/setup.exe','FileSize':'", digest % 9_000_000,
        "','FileVerdict':1,'MalwareFamily':'Trojan_Sample_Gen','SHA256':'", Hex(digest),
        Hex(digest ^ 5), Hex(digest ^ 6), Hex(digest ^ 7), "'},'LastModifiedBy':'",
        person.upn_lower, "','SourceWorkload':1}",
    );
}

fn submission(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let message = draft.random.guid();
    draft.head(kind, "Succeeded", &person.puid, 0);
    put!(draft;
        ",'ObjectId':'", message, "','UserId':'", person.upn, "','NetworkMessageId':'", message,
        "','Recipients':['", person.upn_lower,
        "'],'SubmissionContent':'Mail','SubmissionType':'Phish',",
        "'Subject':'Your parcel is waiting, action needed','RescanVerdict':'Spam'}",
    );
}

fn hygiene(draft: &mut Draft<'_>, kind: &Kind) {
    let number = draft.random.below(9_000_000);
    draft.head(kind, "", "HygieneEvent", 4);
    put!(draft;
        ",'UserId':'HygieneEvent','Audit':'','Event':'Advisory','EventId':", number,
        ",'EventValue':'", draft.person.upn_lower,
        "','Reason':'OutboundSpamLast24Hours=0;OutboundMailLast24Hours=212'}",
    );
}

fn risk(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let (a, b, c) = (draft.random.guid(), draft.random.guid(), draft.random.guid());
    let office = &draft.tenant.offices[person.office];
    draft.head(kind, "Success", "AadRiskDetection", 4);
    put!(draft;
        ",'ClientIP':'", draft.address, "','ObjectId':'", a, "','UserId':'", person.upn,
        "','Activity':'signin','ActivityDateTime':'", At(draft.time),
        "','AdditionalInfo':'[{\\'Key\\':\\'riskReasons\\',",
        "\\'Value\\':[\\'UnfamiliarASN\\']}]','CorrelationId':'", b, "','DetectedDateTime':'",
        At(draft.time), "','DetectionTimingType':'realtime','Location':{'City':'", office.city,
        "','CountryOrRegion':'", office.country, "'},'RequestId':'", c,
        "','RiskDetail':'none','RiskEventType':'unfamiliarFeatures','RiskId':'", a,
        "','RiskLevel':'low','RiskState':'atRisk','Source':'IdentityProtection',",
        "'TokenIssuerType':'AzureAD','UserDisplayName':'", person.display, "'}",
    );
}
