//! ExchangeAdmin (1): cmdlets that changed the configuration.
//!
//! Most of these records in a real tenant are the service tending itself.

use super::{Draft, Kind};
use crate::tenant::people::Person;
use crate::text::{Put, comma, put};

pub(crate) const SERVICE_HOST: &str = r"NT AUTHORITY\\SYSTEM (Microsoft.Exchange.ServiceHost)";
const FORWARD_SYNC: &str = r"NT AUTHORITY\\SYSTEM (Microsoft.Exchange.Management.ForwardSync)";
const W3WP: &str = r"NT AUTHORITY\\SYSTEM (w3wp)";
const ASSISTANTS: &str = r"NT AUTHORITY\\SYSTEM (MSExchangeMailboxAssistants)";

/// A cmdlet the service runs for itself: who, on what, with which parameters.
struct Chore {
    user: &'static str,
    /// UserType: 3 for data-centre administrators, 2 for administrators.
    user_type: u64,
    object: Value,
    parameters: &'static [(&'static str, Value)],
}

enum Value {
    Text(&'static str),
    Organization,
    OrganizationPath,
    UnderOrganization(&'static str),
    UnderOrganizationPath(&'static str),
    OrganizationGuid,
    /// A mailbox of somebody.
    Mailbox,
    /// The tenant's and the person's GUID with a backslash between.
    GuidPair,
}

const fn chore(operation: &'static str, weight: u32, variant: usize) -> Kind {
    Kind { operation, record_type: 1, workload: "Exchange", weight, variant, write: write_chore }
}

pub(super) static SERVICE: &[Kind] = &[
    chore("Set-Mailbox", 350, 0),
    chore("Set-MailboxPlan", 220, 1),
    chore("Set-TransportConfig", 40, 2),
    chore("Set-User", 60, 3),
    chore("Add-MailboxPermission", 16, 4),
    chore("Set-RecipientEnforcementProvisioningPolicy", 12, 5),
    chore("Enable-AddressListPaging", 12, 6),
    chore("New-ExchangeAssistanceConfig", 12, 7),
    chore("Install-DefaultSharingPolicy", 12, 8),
    chore("Install-AdminAuditLogConfig", 12, 9),
    chore("Install-DataClassificationConfig", 12, 10),
    chore("Install-ResourceConfig", 12, 11),
    chore("Set-OwaMailboxPolicy", 14, 12),
    chore("Set-ExchangeAssistanceConfig", 12, 13),
    chore("Set-TenantObjectVersion", 14, 14),
    chore("Set-AdminAuditLogConfig", 14, 15),
    chore("New-Mailbox", 6, 16),
    chore("Remove-UnifiedGroup", 3, 17),
    chore("Set-ConditionalAccessPolicy", 30, 18),
    chore("Set-UnifiedGroup", 30, 19),
];

use Value::{
    GuidPair, Mailbox, Organization, OrganizationGuid, OrganizationPath, Text, UnderOrganization,
    UnderOrganizationPath,
};

const NO_CONTROLLER: (&str, Value) = ("DomainController", Text(""));
const SYSTEM_MAILBOX: &str = "/SystemMailbox{5c0f7a12-9e34-4b6d-8a21-7d3e5f1b9c04}";
const DISCOVERY_MAILBOX: &str = "/DiscoverySearchMailbox{D919BA05-46A6-415f-80AD-7E09334BB852}";
const PLAN: &str = "/ExchangeOnlineEnterprise-4b8d1f62-7c03-4e95-a1d8-2f6b0c9e3a57";

static CHORES: [Chore; 20] = [
    Chore {
        user: SERVICE_HOST,
        user_type: 3,
        object: UnderOrganizationPath(SYSTEM_MAILBOX),
        parameters: &[
            ("Force", Text("True")),
            ("UMGrammar", Text("True")),
            ("Arbitration", Text("True")),
            ("MaxSendSize", Text("1 GB (1,073,741,824 bytes)")),
            ("MailRouting", Text("True")),
            ("MessageTracking", Text("True")),
            ("OMEncryption", Text("True")),
            ("OABGen", Text("True")),
            ("ClientExtensions", Text("True")),
            ("Identity", UnderOrganizationPath(SYSTEM_MAILBOX)),
            ("GMGen", Text("True")),
            ("SuiteServiceStorage", Text("True")),
        ],
    },
    Chore {
        user: SERVICE_HOST,
        user_type: 3,
        object: UnderOrganizationPath(PLAN),
        parameters: &[
            ("Identity", UnderOrganizationPath(PLAN)),
            ("UseDatabaseRetentionDefaults", Text("False")),
            ("RecoverableItemsQuota", Text("30 GB (32,212,254,720 bytes)")),
            ("RecoverableItemsWarningQuota", Text("20 GB (21,474,836,480 bytes)")),
        ],
    },
    Chore {
        user: SERVICE_HOST,
        user_type: 3,
        object: UnderOrganization(r"\\Transport Settings"),
        parameters: &[
            NO_CONTROLLER,
            ("Identity", OrganizationPath),
            ("SupervisionTags", Text("Reject;Allow")),
        ],
    },
    Chore {
        user: FORWARD_SYNC,
        user_type: 3,
        object: Mailbox,
        parameters: &[
            ("Identity", GuidPair),
            ("SyncMailboxLocationGuids", Text("True")),
            ("ErrorAction", Text("Stop")),
            ("WarningAction", Text("SilentlyContinue")),
        ],
    },
    Chore {
        user: SERVICE_HOST,
        user_type: 3,
        object: UnderOrganizationPath(DISCOVERY_MAILBOX),
        parameters: &[
            NO_CONTROLLER,
            ("Identity", UnderOrganizationPath(DISCOVERY_MAILBOX)),
            ("User", UnderOrganizationPath("/Discovery Management")),
            ("AccessRights", Text("FullAccess")),
        ],
    },
    Chore {
        user: SERVICE_HOST,
        user_type: 3,
        object: UnderOrganization(r"\\Recipient Quota Policy"),
        parameters: &[
            NO_CONTROLLER,
            ("IgnoreDehydratedFlag", Text("True")),
            ("Identity", UnderOrganization(r"\\Recipient Quota Policy")),
            ("PublicFolderHierarchyMailboxCountQuota", Text("100")),
        ],
    },
    Chore {
        user: SERVICE_HOST,
        user_type: 3,
        object: Organization,
        parameters: &[
            ("DoNotUpdateRecipients", Text("True")),
            NO_CONTROLLER,
            ("Identity", OrganizationPath),
        ],
    },
    Chore {
        user: SERVICE_HOST,
        user_type: 3,
        object: UnderOrganization(r"\\ExchangeAssistance"),
        parameters: &[
            NO_CONTROLLER,
            ("Organization", Organization),
            ("IgnoreDehydratedFlag", Text("True")),
        ],
    },
    Chore {
        user: SERVICE_HOST,
        user_type: 3,
        object: UnderOrganization(r"\\Default Sharing Policy"),
        parameters: &[NO_CONTROLLER, ("Organization", Organization)],
    },
    Chore {
        user: SERVICE_HOST,
        user_type: 3,
        object: UnderOrganization(r"\\Admin Audit Log Settings"),
        parameters: &[NO_CONTROLLER, ("Organization", Organization)],
    },
    Chore {
        user: SERVICE_HOST,
        user_type: 3,
        object: UnderOrganization(r"\\Default Data Config"),
        parameters: &[("Organization", Organization), NO_CONTROLLER],
    },
    Chore {
        user: SERVICE_HOST,
        user_type: 3,
        object: UnderOrganization(r"\\Resource Schema"),
        parameters: &[NO_CONTROLLER, ("Organization", Organization)],
    },
    Chore {
        user: SERVICE_HOST,
        user_type: 3,
        object: UnderOrganization(r"\\OwaMailboxPolicy-Default"),
        parameters: &[
            ("InstantMessagingType", Text("Ocs")),
            ("Identity", UnderOrganization(r"\\OwaMailboxPolicy-Default")),
        ],
    },
    Chore {
        user: SERVICE_HOST,
        user_type: 3,
        object: UnderOrganization(r"\\ExchangeAssistance15"),
        parameters: &[
            ("Identity", Organization),
            ("PrivacyStatementURL", Text("https://privacy.contoso.com/statement")),
            ("PrivacyLinkDisplayEnabled", Text("True")),
        ],
    },
    Chore {
        user: SERVICE_HOST,
        user_type: 3,
        object: Organization,
        parameters: &[NO_CONTROLLER, ("Identity", OrganizationPath)],
    },
    Chore {
        user: SERVICE_HOST,
        user_type: 3,
        object: UnderOrganization(r"\\Admin Audit Log Settings"),
        parameters: &[
            NO_CONTROLLER,
            ("IgnoreDehydratedFlag", Text("True")),
            ("Identity", OrganizationPath),
            ("AdminAuditLogEnabled", Text("True")),
        ],
    },
    Chore {
        user: W3WP,
        user_type: 3,
        object: Mailbox,
        parameters: &[
            ("Arbitration", Text("True")),
            ("OrgPartition", Text("True")),
            ("SkipEapForArbitration", Text("True")),
            ("Organization", OrganizationGuid),
        ],
    },
    Chore {
        user: ASSISTANTS,
        user_type: 2,
        object: UnderOrganizationPath("/ProjectLoft_3f0a91c2"),
        parameters: &[
            ("Permanent", Text("True")),
            ("Identity", UnderOrganizationPath("/ProjectLoft_3f0a91c2")),
            ("RecipientIdType", Text("LegacyDn")),
        ],
    },
    Chore {
        user: FORWARD_SYNC,
        user_type: 3,
        object: UnderOrganization(r"\\2f6b0c9e-3a57-4b8d-9f62-7c034e95a1d8"),
        parameters: &[
            ("Identity", UnderOrganization(r"\\2f6b0c9e-3a57-4b8d-9f62-7c034e95a1d8")),
            ("DisplayName", Text("Require MFA for administrators")),
            ("TenantDefaultPolicy", Text("18")),
            ("PolicyLastUpdatedTime", Text("")),
        ],
    },
    Chore {
        user: ASSISTANTS,
        user_type: 2,
        object: UnderOrganizationPath("/ProjectHeron_9c41d7e0"),
        parameters: &[
            ("Identity", UnderOrganizationPath("/ProjectHeron_9c41d7e0")),
            ("ForceUpgrade", Text("True")),
            ("ErrorAction", Text("Stop")),
        ],
    },
];

fn write_chore(draft: &mut Draft<'_>, kind: &Kind) {
    let chore = &CHORES[kind.variant];
    draft.head(kind, "True", chore.user, chore.user_type);
    if chore.user == W3WP {
        draft.address = draft.service_address();
        put!(draft; ",'ClientIP':'");
        draft.address_with_port();
        put!(draft; "'");
    }
    put!(draft; ",'ObjectId':'");
    put_value(draft, &chore.object);
    put!(draft; "','UserId':'", chore.user, "','AppId':'','ClientAppId':'','ExternalAccess':true");
    tail(draft);
    for (at, (name, value)) in chore.parameters.iter().enumerate() {
        put!(draft; comma(at), "{'Name':'", name, "','Value':'");
        put_value(draft, value);
        put!(draft; "'}");
    }
    put!(draft; "]}");
}

fn tail(draft: &mut Draft<'_>) {
    let server = draft.server();
    put!(draft;
        ",'OrganizationName':'", draft.tenant.organization, "','OriginatingServer':'", server,
        "','Parameters':[",
    );
}

fn put_value(draft: &mut Draft<'_>, value: &Value) {
    let tenant = draft.tenant;
    match value {
        Text(text) => text.put(&mut draft.out),
        Organization => tenant.organization.put(&mut draft.out),
        OrganizationPath => tenant.organization_path.put(&mut draft.out),
        UnderOrganization(rest) => put!(draft; tenant.organization, rest),
        UnderOrganizationPath(rest) => put!(draft; tenant.organization_path, rest),
        OrganizationGuid => tenant.id.put(&mut draft.out),
        Mailbox => put!(draft; tenant.organization_path, "/", draft.person.alias),
        GuidPair => put!(draft; tenant.id, r"\\", draft.person.object_id),
    }
}

const fn human(operation: &'static str, weight: u32, write: fn(&mut Draft<'_>, &Kind)) -> Kind {
    Kind { operation, record_type: 1, workload: "Exchange", weight, variant: 0, write }
}

pub(super) static PEOPLE: &[Kind] = &[
    human("New-InboxRule", 12, inbox_rule),
    human("Set-InboxRule", 6, inbox_rule),
    human("Remove-InboxRule", 3, remove_inbox_rule),
    human("Set-MailboxAutoReplyConfiguration", 10, auto_reply),
    human("Set-MailboxJunkEmailConfiguration", 5, junk_mail),
    human("Set-CalendarProcessing", 4, calendar),
    human("Set-Mailbox", 10, set_mailbox),
    human("Add-MailboxPermission", 4, mailbox_permission),
    human("Remove-MailboxPermission", 2, mailbox_permission),
    human("Add-RecipientPermission", 2, recipient_permission),
    human("New-TransportRule", 1, transport_rule),
    human("Set-TransportRule", 1, transport_rule),
    human("Set-CASMailbox", 2, protocols),
    human("New-DistributionGroup", 2, distribution_group),
    human("Add-DistributionGroupMember", 5, group_member),
    human("Enable-Mailbox", 2, enable_mailbox),
];

/// A cmdlet run by a person. Values must need no escaping.
pub(crate) fn cmdlet(
    draft: &mut Draft<'_>,
    kind: &Kind,
    caller: &Person,
    object: &str,
    parameters: &[(&str, &str)],
) {
    draft.head(kind, "True", &caller.puid, 2);
    put!(draft; ",'ClientIP':'");
    draft.address_with_port();
    put!(draft;
        "','ObjectId':'", object, "','UserId':'", caller.upn,
        "','AppId':'00000002-0000-0ff1-ce00-000000000000',",
        "'AppPoolName':'MSExchangeAdminApiNetCore','ClientAppId':'',",
        "'CorrelationID':'','ExternalAccess':false",
    );
    tail(draft);
    for (at, (name, value)) in parameters.iter().enumerate() {
        put!(draft; comma(at), "{'Name':'", name, "','Value':'", value, "'}");
    }
    let request = draft.random.guid();
    put!(draft; "],'RequestId':'", request, "','SessionId':'", draft.session, "'}");
}

fn inbox_rule(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let colleague = draft.colleague();
    let (name, folder) = *draft.random.pick(&[
        ("Newsletters", "Newsletters"),
        ("Build reports", "Builds"),
        ("Travel bookings", "Travel"),
        ("Team lunch", "Social"),
    ]);
    let object = format!(r"{}/{}\\{name}", draft.tenant.organization_path, person.alias);
    let from = colleague.upn.clone();
    cmdlet(
        draft,
        kind,
        person,
        &object,
        &[
            ("AlwaysDeleteOutlookRulesBlob", "False"),
            ("Force", "False"),
            ("From", &from),
            ("Name", name),
            ("MoveToFolder", folder),
            ("StopProcessingRules", "True"),
        ],
    );
}

fn remove_inbox_rule(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let identity = format!(r"{}\\{}", person.alias, draft.random.next());
    cmdlet(
        draft,
        kind,
        person,
        &identity,
        &[("AlwaysDeleteOutlookRulesBlob", "True"), ("Identity", &identity), ("Force", "True")],
    );
}

fn auto_reply(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    let state = *draft.random.pick(&["Scheduled", "Disabled", "Enabled"]);
    cmdlet(
        draft,
        kind,
        person,
        &person.alias,
        &[
            ("Identity", &person.alias),
            ("AutoReplyState", state),
            ("ExternalAudience", "Known"),
            ("InternalMessage", "Out of office"),
        ],
    );
}

fn junk_mail(draft: &mut Draft<'_>, kind: &Kind) {
    let person = draft.person;
    cmdlet(
        draft,
        kind,
        person,
        &person.alias,
        &[
            ("Identity", &person.alias),
            ("Enabled", "True"),
            ("TrustedSendersAndDomains", "news@northwindtraders.com;fabrikam.com"),
            ("ContactsTrusted", "True"),
        ],
    );
}

fn calendar(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    let room = format!("Room-{}", draft.random.between(101, 499));
    cmdlet(
        draft,
        kind,
        admin,
        &room,
        &[
            ("Identity", &room),
            ("AutomateProcessing", "AutoAccept"),
            ("BookingWindowInDays", "180"),
        ],
    );
}

fn set_mailbox(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    let person = draft.person;
    let (name, value) = *draft.random.pick(&[
        ("HiddenFromAddressListsEnabled", "True"),
        ("LitigationHoldEnabled", "True"),
        ("MaxReceiveSize", "150 MB (157,286,400 bytes)"),
        ("Type", "Shared"),
        ("CustomAttribute1", "Contractor"),
    ]);
    cmdlet(draft, kind, admin, &person.alias, &[("Identity", &person.upn), (name, value)]);
}

fn mailbox_permission(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    let trustee = draft.colleague();
    let site = draft.random.pick(&draft.tenant.places.sites);
    cmdlet(
        draft,
        kind,
        admin,
        &site.mail,
        &[
            ("Identity", &site.mail),
            ("User", &trustee.upn),
            ("AccessRights", "FullAccess"),
            ("InheritanceType", "All"),
            ("AutoMapping", "True"),
        ],
    );
}

fn recipient_permission(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    let trustee = draft.colleague();
    let site = draft.random.pick(&draft.tenant.places.sites);
    cmdlet(
        draft,
        kind,
        admin,
        &site.mail,
        &[
            ("Identity", &site.mail),
            ("Trustee", &trustee.upn),
            ("AccessRights", "SendAs"),
            ("Confirm", "False"),
        ],
    );
}

fn transport_rule(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    cmdlet(
        draft,
        kind,
        admin,
        "External mail banner",
        &[
            ("Name", "External mail banner"),
            ("FromScope", "NotInOrganization"),
            ("ApplyHtmlDisclaimerLocation", "Prepend"),
            ("ApplyHtmlDisclaimerFallbackAction", "Wrap"),
            ("Mode", "Enforce"),
            ("StopRuleProcessing", "False"),
        ],
    );
}

fn protocols(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    let person = draft.person;
    cmdlet(
        draft,
        kind,
        admin,
        &person.alias,
        &[
            ("Identity", &person.upn),
            ("ImapEnabled", "False"),
            ("PopEnabled", "False"),
            ("ActiveSyncEnabled", "True"),
        ],
    );
}

fn distribution_group(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    let site = draft.random.pick(&draft.tenant.places.sites);
    cmdlet(
        draft,
        kind,
        admin,
        site.title,
        &[
            ("Name", site.title),
            ("PrimarySmtpAddress", &site.mail),
            ("Type", "Distribution"),
            ("RequireSenderAuthenticationEnabled", "True"),
        ],
    );
}

fn group_member(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    let person = draft.person;
    let site = draft.random.pick(&draft.tenant.places.sites);
    cmdlet(draft, kind, admin, site.title, &[("Identity", &site.mail), ("Member", &person.upn)]);
}

fn enable_mailbox(draft: &mut Draft<'_>, kind: &Kind) {
    let admin = draft.administrator();
    let person = draft.person;
    cmdlet(draft, kind, admin, &person.alias, &[("Identity", &person.upn), ("Archive", "True")]);
}
