//! Security and compliance: alerts (40), cmdlets (18), insight calls (52), quarantine (65),
//! labels (43, 83), investigations (64), eDiscovery (24), compliance scores (155).

use super::{Draft, Kind};
use crate::text::{At, put};

const fn kind(
    operation: &'static str,
    record_type: u16,
    workload: &'static str,
    weight: u32,
    variant: usize,
    write: fn(&mut Draft<'_>, &Kind),
) -> Kind {
    Kind { operation, record_type, workload, weight, variant, write }
}

const CENTER: &str = "SecurityComplianceCenter";

pub(super) static SERVICE: &[Kind] = &[
    kind("AlertTriggered", 40, CENTER, 40, 0, alert),
    kind("AlertEntityGenerated", 40, CENTER, 70, 1, alert),
    kind("AlertUpdated", 40, CENTER, 20, 2, alert),
    kind("SearchMtpStatus", 52, CENTER, 160, 0, insight),
    kind("SearchDataInsightsSubscription", 52, CENTER, 120, 1, insight),
    kind("New-DlpComplianceRule", 18, CENTER, 3, 1, cmdlet),
    kind("AirInvestigationData", 64, "AirInvestigation", 20, 0, investigation),
    kind("COMPLIANCEMANAGER-SCORECHANGE", 155, "ComplianceManager", 30, 0, score),
    kind("LabelApplied", 43, "Exchange", 30, 0, mail_label),
    kind("Get-CsTeamsUpgradeOverridePolicy", 23, "SkypeForBusiness", 12, 0, teams_cmdlet),
];

pub(super) static PEOPLE: &[Kind] = &[
    kind("Get-DlpCompliancePolicy", 18, CENTER, 10, 0, cmdlet),
    kind("Get-RetentionCompliancePolicy", 18, CENTER, 10, 0, cmdlet),
    kind("Set-RetentionCompliancePolicy", 18, CENTER, 2, 0, cmdlet),
    kind("QuarantinePreviewMessage", 65, "Quarantine", 8, 0, quarantine),
    kind("QuarantineReleaseMessage", 65, "Quarantine", 6, 2, quarantine),
    kind("QuarantineDeleteMessage", 65, "Quarantine", 4, 1, quarantine),
    kind("SensitivityLabelApplied", 83, "PublicEndpoint", 20, 0, document_label),
    kind("SensitivityLabelUpdated", 83, "PublicEndpoint", 8, 1, document_label),
    kind("SearchCreated", 24, CENTER, 2, 0, discovery),
    kind("SearchStarted", 24, CENTER, 2, 0, discovery),
    kind("SearchViewed", 24, CENTER, 3, 0, discovery),
    kind("ViewedSearchPreviewed", 24, CENTER, 2, 1, discovery),
    kind("CaseAdded", 24, CENTER, 1, 0, discovery),
    kind("AuditSearchCreated", 295, CENTER, 2, 0, audit_search),
];

/// Name, category, severity and policy of alerts that come by themselves.
const ALERTS: [(&str, &str, &str, &str); 5] = [
    (
        "Email messages containing malicious URL removed after delivery",
        "ThreatManagement",
        "Informational",
        "2a6f9c04-7b1e-4d38-9e52-c3d5f7a9b1e3",
    ),
    (
        "Email reported by user as malware or phish",
        "ThreatManagement",
        "Low",
        "3b70ad15-8c2f-4e49-8f63-d4e608bac2f4",
    ),
    (
        "Phish delivered due to an ETR override",
        "ThreatManagement",
        "Informational",
        "4c81be26-9d30-4f5a-9074-e5f719cbd305",
    ),
    ("Messages have been delayed", "MailFlow", "High", "5d92cf37-ae41-406b-a185-f6082adce416"),
    (
        "Elevation of Exchange admin privilege",
        "AccessGovernance",
        "Low",
        "6ea3d048-bf52-417c-b296-07193bedf527",
    ),
];

fn alert(draft: &mut Draft<'_>, kind: &Kind) {
    let (name, category, severity, policy) = *draft.random.pick(&ALERTS);
    let person = draft.person;
    let alert = draft.random.guid();
    let sender = draft.random.below(900);
    draft.head(kind, "Succeeded", "SecurityComplianceAlerts", 4);
    put!(draft;
        ",'ObjectId':'", if kind.variant == 1 { &person.upn } else { name },
        "','UserId':'SecurityComplianceAlerts','AlertId':'", alert,
        "','AlertLinks':[{'AlertLinkHref':''}],'AlertType':'System','Category':'", category,
        "','Comments':'New alert','Data':'{\\'etype\\':\\'User\\',\\'eid\\':\\'", person.upn,
        "\\',\\'tid\\':\\'", draft.tenant.id, "\\',\\'ts\\':\\'", At(draft.time - 60_000),
        ".0000000Z\\',\\'te\\':\\'", At(draft.time),
        ".0000000Z\\',\\'tdc\\':\\'1\\',\\'trc\\':\\'", person.upn_lower,
        "\\',\\'tsd\\':\\'sender", sender,
        "@tailspintoys.com\\',\\'lon\\':\\'Protection\\',\\'an\\':\\'", name, "\\',\\'sev\\':\\'",
        severity, "\\'}'",
    );
    if kind.variant == 1 {
        put!(draft; ",'AlertEntityId':'", person.upn, "','EntityType':'User'");
    }
    put!(draft;
        ",'Name':'", name, "','PolicyId':'", policy, "','Severity':'", severity,
        "','Source':'Office 365 Security & Compliance','Status':'",
        if kind.variant == 2 { "Resolved" } else { "Active" }, "'}",
    );
}

/// The portal's own calls; the user is unknown to the service.
fn insight(draft: &mut Draft<'_>, kind: &Kind) {
    let data = if kind.variant == 0 { "MtpStatus" } else { "DataInsightsSubscription" };
    draft.head(kind, "", "NOT-FOUND", 5);
    put!(draft;
        ",'UserId':'NOT-FOUND','AadAppId':'8ee8fdad-f234-4243-8f3b-15c294843740',", "'DataType':'",
        data, "','DatabaseType':'DataInsights',",
        "'RelativeUrl':'/DataInsights/DataInsightsService.svc/Find/", data, "?tenantid=",
        draft.tenant.id, "','ResultCount':'1'}",
    );
}

/// Parameters are one command line here, not a list.
fn cmdlet(draft: &mut Draft<'_>, kind: &Kind) {
    let by_service = kind.variant == 1;
    let admin = draft.administrator();
    let user = if by_service { "FfoServicePartnerUser" } else { admin.upn.as_str() };
    // The service's own cmdlets bear a name instead of an account.
    draft.head(kind, "Success", user, if by_service { 4 } else { 2 });
    put!(draft;
        ",'ObjectId':'','UserId':'", user,
        "','SecurityComplianceCenterEventType':0,'ClientApplication':'EMC',",
        "'CmdletVersion':'...','EffectiveOrganization':'", draft.tenant.organization,
        "','NonPIIParameters':'-Identity \\'<SNIP-PII>\\'',",
        "'Parameters':'-Identity \\'Default policy\\' -Comment \\'Keeps mail for seven years\\'',",
        "'StartTime':'", At(draft.time), "','UserServicePlan':''}",
    );
}

fn quarantine(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let (a, b) = (draft.random.guid(), draft.random.guid());
    draft.head(kind, "Successful", &person.puid, 0);
    put!(draft;
        ",'ObjectId':'", a, "\\\\", b, "','UserId':'", person.upn, "','NetworkMessageId':'", a,
        "','ReleaseTo':'", if kind.variant == 2 { person.upn.as_str() } else { "" },
        "','RequestSource':0,'RequestType':", kind.variant as u64, "}",
    );
}

fn document_label(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let name = draft.random.pick(&draft.tenant.places.names);
    draft.head(kind, "", &person.puid, 0);
    put!(draft;
        ",'ClientIP':'", draft.address, "','ObjectId':'", person.drive, "Documents/", name.stem,
        ".", name.extension, "','UserId':'", person.upn,
        "','ApplicationMode':'Standard','Common':{'ApplicationName':'Word',", "'DeviceName':'LAP-",
        person.index + 10_000, "','Platform':1,'ProductVersion':'16.0.18925'},",
        "'SensitivityLabelEventData':{'ActionSource':3,'LabelEventType':", 4 - kind.variant as u64,
        ",'SensitivityLabelId':'8d6f1e24-0a7b-4c93-b5d8-2e4f6a8c0b13',",
        "'OldSensitivityLabelId':''}}",
    );
}

fn mail_label(draft: &mut Draft<'_>, kind: &Kind) {
    let (sender, receiver) = (draft.person, draft.colleague());
    draft.head(kind, "", "MIPLabel", 4);
    put!(draft;
        ",'UserId':'MIPLabel','ApplicationMode':'Standard',",
        "'ItemName':'Re: Contract draft v2','LabelAction':'None',", "'LabelAppliedDateTime':'",
        At(draft.time),
        "','LabelId':'8d6f1e24-0a7b-4c93-b5d8-2e4f6a8c0b13','LabelName':'Internal',",
        "'Receivers':['", receiver.upn_lower, "'],'Sender':'", sender.upn_lower, "'}",
    );
}

fn investigation(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let (alert, number) = (draft.random.guid(), draft.random.next());
    let id = draft.id.to_string();
    draft.head(kind, "", "AirInvestigation", 4);
    put!(draft;
        ",'ObjectId':'", id, "','UserId':'AirInvestigation','Actions':['{\\'$id\\':\\'1\\',",
        "\\'ActionId\\':\\'urn:EmailZapper:", number,
        "\\',\\'ActionType\\':\\'EmailRemediation\\',",
        "\\'ActionStatus\\':\\'Pending\\'}'],'Data':'{\\'Version\\':\\'3.0\\',",
        "\\'VendorName\\':\\'Microsoft\\',\\'ProviderName\\':\\'OATP\\',",
        "\\'Severity\\':\\'Informational\\',\\'Status\\':\\'InProgress\\',",
        "\\'ProviderAlertId\\':\\'", alert,
        "\\',\\'AlertDisplayName\\':\\'Email reported by user as malware or phish\\',",
        "\\'Entities\\':[{\\'$id\\':\\'2\\',\\'MailboxPrimaryAddress\\':\\'", person.upn_lower,
        "\\',\\'Type\\':\\'mailbox\\'}]}',",
        "'DeepLinkUrl':'https://security.microsoft.com/mtp-investigation/urn:UserReported:",
        number, "','InvestigationId':'urn:UserReported:", number,
        "','InvestigationName':'Mail with malicious urls is zapped - urn:UserReported:", number,
        "','InvestigationType':'UserReportedMessagesInvestigation','LastUpdateTimeUtc':'",
        At(draft.time), "','StartTimeUtc':'", At(draft.time - 900_000),
        "','Status':'Pending Action'}",
    );
}

/// This service writes its own fields first and leaves UserId empty.
fn score(draft: &mut Draft<'_>, kind: &Kind) {
    let action = draft.random.guid();
    put!(draft;
        "{'ActionId':'", action,
        "','ActionName':'Enable self-service password reset','ActionProducts':[],",
        "'ActionScore':26.0,'ActionScoreChange':-1.0,",
        "'ActionActivity':'COMPLIANCEMANAGER-SCORECHANGE','Assessments':[],",
        "'Templates':[],'Solutions':[],'ManagedBy':'Microsoft',",
        "'ActionScope':'Tenant','UserId':'','Id':'", draft.id, "','RecordType':",
        u64::from(kind.record_type), ",'CreationTime':'", At(draft.time), "','Operation':'",
        kind.operation, "','OrganizationId':'", draft.tenant.id,
        "','UserType':4,'UserKey':'','Workload':'", kind.workload,
        "','ResultStatus':'Successful','Version':1}",
    );
}

fn discovery(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    let name = "Heron correspondence";
    draft.head(kind, "", &admin.puid, 0);
    put!(draft;
        ",'ObjectId':'", name, "','UserId':'", admin.upn, "','Case':'Case Heron',",
        "'ExchangeLocations':'", draft.person.upn_lower,
        "','ExtendedProperties':[{'Name':'ContentMatchQuery','Value':'fabrikam'}],'ObjectType':'",
        if kind.variant == 1 { "SearchAction" } else { "Search" },
        "','Parameters':'-Name \\'", name, "\\'','PublicFolderLocations':'',",
        "'Query':'subject:\\'Fabrikam offer\\'','SharepointLocations':''}",
    );
}

/// The tenant's id stands where a user belongs.
fn teams_cmdlet(draft: &mut Draft<'_>, kind: &Kind) {
    draft.head(kind, "Succeeded", "S-1-5-20", 4);
    put!(draft;
        ",'UserId':'", draft.tenant.id, "','SkypeForBusinessEventType':2,'TenantName':'",
        draft.tenant.id, "','CmdletVersion':'7.0.2823.1','ExternalAccess':true,",
        "'ObjectName':'CsTeamsUpgradeOverridePolicy','Parameters':[{'Name':'Tenant','Value':'",
        draft.tenant.id, "'},{'Name':'Identity','Value':'Global'}]}",
    );
}

fn audit_search(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    let job = draft.random.guid();
    draft.head(kind, "Success", &admin.puid, 2);
    put!(draft;
        ",'ClientIP':'", draft.address, "','ObjectId':'", job, "','UserId':'", admin.upn,
        "','SearchFilters':'{\\'UserIds\\':[\\'", draft.person.upn_lower,
        "\\'],\\'RecordTypes\\':[]}','SearchJobId':'", job, "'}",
    );
}
