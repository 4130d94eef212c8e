//! What does Exchange do for itself? ExchangeAdmin (1) again: most records of a real tenant.

use super::exchange_admin::up_to_parameters;
use super::{Draft, Kind};
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
    put!(draft; "{");
    // Newer servers begin with an empty context.
    if draft.random.percent(50) {
        put!(draft; "'AppAccessContext':{'UniqueTokenId':''},");
    }
    draft.common(kind, "True", chore.user, chore.user_type);
    if chore.user == W3WP {
        draft.address = draft.service_address();
        put!(draft; ",'ClientIP':'");
        draft.address_with_port();
        put!(draft; "'");
    }
    put!(draft; ",'ObjectId':'");
    put_value(draft, &chore.object);
    put!(draft; "','UserId':'", chore.user, "','AppId':'','ClientAppId':'','ExternalAccess':true");
    up_to_parameters(draft);
    for (at, (name, value)) in chore.parameters.iter().enumerate() {
        put!(draft; comma(at), "{'Name':'", name, "','Value':'");
        put_value(draft, value);
        put!(draft; "'}");
    }
    put!(draft; "]}");
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
