//! What does a cmdlet of Exchange change, and with which parameters?
//!
//! Names of cmdlets and parameters from MicrosoftDocs/office-docs-powershell.

use event::{Event, Field, Pattern, Value, leaves};

use super::layout::{TEXT_CHARS_MAX, cut};

/// What an administrator's change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    Audit,
    Forwarding,
    Permissions,
    Roles,
    Transport,
    Retention,
    InboxRules,
    Mailboxes,
    Other,
}

impl Change {
    pub const ALL: [Change; 9] = [
        Change::Audit,
        Change::Forwarding,
        Change::Permissions,
        Change::Roles,
        Change::Transport,
        Change::Retention,
        Change::InboxRules,
        Change::Mailboxes,
        Change::Other,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Change::Audit => "Audit settings",
            Change::Forwarding => "Forwarding",
            Change::Permissions => "Permissions",
            Change::Roles => "Roles",
            Change::Transport => "Transport",
            Change::Retention => "Retention and holds",
            Change::InboxRules => "Inbox rules",
            Change::Mailboxes => "Mailbox settings",
            Change::Other => "Other",
        }
    }

    /// By the cmdlet, and where one cmdlet does many things by its parameters.
    pub fn of(cmdlet: &str, parameters: &[(String, String)]) -> Change {
        if SETTERS.iter().any(|setter| Pattern::wildcard(setter).matches(cmdlet)) {
            let set = |names: &[&str]| {
                parameters
                    .iter()
                    .any(|(name, _)| names.iter().any(|it| Pattern::wildcard(it).matches(name)))
            };
            if let Some((_, change)) = PARAMETERS.iter().find(|(names, _)| set(names)) {
                return *change;
            }
        }
        let fits = |names: &[&str]| names.iter().any(|it| Pattern::wildcard(it).matches(cmdlet));
        CMDLETS.iter().find(|(names, _)| fits(names)).map_or(Change::Other, |(_, change)| *change)
    }
}

/// Cmdlets that set a thing of many kinds.
const SETTERS: &[&str] = &[
    "Set-Mailbox",
    "New-Mailbox",
    "Enable-Mailbox",
    "Set-OrganizationConfig",
    "Set-MailUser",
    "Set-CASMailbox",
];

/// What a parameter of such a cmdlet is about; the first line that fits counts.
const PARAMETERS: &[(&[&str], Change)] = &[
    (&["Audit*", "DefaultAuditSet"], Change::Audit),
    (&["Forwarding*", "DeliverToMailboxAndForward", "RedirectTo"], Change::Forwarding),
    (&["GrantSendOnBehalfTo", "AcceptMessagesOnlyFrom*"], Change::Permissions),
    (
        &[
            "LitigationHold*",
            "InPlaceHolds",
            "Retention*",
            "RetainDeletedItemsFor",
            "SingleItemRecovery*",
            "*HoldApplied",
            "Remove*Hold*",
            "ExcludeFrom*Hold*",
        ],
        Change::Retention,
    ),
];

/// Which cmdlets are about what; the first line that fits counts.
const CMDLETS: &[(&[&str], Change)] = &[
    (
        &[
            "*-MailboxAuditBypassAssociation",
            "*-AdminAuditLog*",
            "*-UnifiedAuditLog*",
            "*-MailboxAuditLog*",
        ],
        Change::Audit,
    ),
    (&["*-InboxRule", "*-SweepRule", "*-MailboxAutoReplyConfiguration"], Change::InboxRules),
    (
        &[
            "*-MailboxPermission",
            "*-RecipientPermission",
            "*-MailboxFolderPermission",
            "*-ADPermission",
            "*-PublicFolderClientPermission",
        ],
        Change::Permissions,
    ),
    (
        &[
            "*-ManagementRole*",
            "*-RoleGroup*",
            "*-RoleAssignmentPolicy",
            "*-ManagementScope",
            "*-ServicePrincipal",
            "*-ApplicationAccessPolicy",
            "Enable-OrganizationCustomization",
        ],
        Change::Roles,
    ),
    (
        &[
            "*-Transport*",
            "*-*Connector",
            "*-AcceptedDomain",
            "*-RemoteDomain",
            "*-JournalRule",
            "*-DkimSigningConfig",
            "*-Hosted*",
            "*-AntiPhish*",
            "*-Malware*",
            "*-SafeLinks*",
            "*-SafeAttachment*",
            "*-TenantAllowBlockList*",
            "*-*TransportRule",
        ],
        Change::Transport,
    ),
    (
        &[
            "*-Retention*",
            "*-*Hold*",
            "*-*CompliancePolicy",
            "*-*ComplianceRule",
            "*-ComplianceTag",
            "*-MailboxSearch",
            "*-ComplianceSearch*",
            "*-ManagedFolder*",
        ],
        Change::Retention,
    ),
    (
        &[
            "*-Mailbox*",
            "*-CASMailbox",
            "*-CalendarProcessing",
            "*-MailUser",
            "*-RemoteMailbox",
            "*-UnifiedGroup*",
            "*-DistributionGroup*",
            "*-MailContact",
            "*-OWAMailboxPolicy",
            "*-OrganizationConfig",
            "*-MobileDevice*",
            "Clear-MobileDevice",
            "*-User",
        ],
        Change::Mailboxes,
    ),
];

/// Parts of names of parameters whose values nobody should read.
const SECRETS: [&str; 8] = [
    "password",
    "credential",
    "secret",
    "passphrase",
    "token",
    "privatekey",
    "accesskey",
    "encryptionkey",
];
const HIDDEN: &str = "(hidden)";
/// Parameters that are told of one cmdlet.
const PARAMETERS_MAX: usize = 64;

/// Names and values, as the online service and Exchange Server write them; secrets hidden.
pub fn parameters(event: &Event) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for member in ["Parameters", "NonPIIParameters", "CmdletParameters"] {
        let Some(value) = event.body.get(member) else { continue };
        leaves(value, &mut |path, text| {
            if found.len() >= PARAMETERS_MAX {
                return;
            }
            // Exchange Server's XML has one element more: `CmdletParameters.Parameter.Identity`.
            let name = path.rsplit("Parameter.").next().unwrap_or(path);
            found.push((cut(name), hidden(name, &text)));
        });
    }
    found
}

/// In one line: `-Identity ann -ForwardingSmtpAddress x@fabrikam.example`.
pub fn line(parameters: &[(String, String)]) -> String {
    let mut line = String::new();
    for (name, value) in parameters {
        if line.len() > TEXT_CHARS_MAX {
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        if !name.is_empty() {
            line.push('-');
            line.push_str(name);
            line.push(' ');
        }
        match value.contains(' ') && !name.is_empty() {
            true => line.push_str(&format!("\"{value}\"")),
            false => line.push_str(value),
        }
    }
    line
}

/// A value, unless its name or, where a whole command line is one text, a name inside is a secret's.
fn hidden(name: &str, text: &str) -> String {
    let is_secret = |name: &str| {
        let name = event::fold(name);
        SECRETS.iter().any(|secret| name.contains(secret))
    };
    let is_line = || name.is_empty() || text.trim_start().starts_with(['-', '{', '[']);
    match is_secret(name) || is_line() && is_secret(text) {
        true => HIDDEN.to_owned(),
        false => cut(text),
    }
}

/// On what: the object as it is called, or its identity.
pub fn object(event: &Event, parameters: &[(String, String)]) -> Option<String> {
    let resolved = event.body.get("ModifiedObjectResolvedName").and_then(Value::as_text);
    let resolved = resolved.filter(|text| !text.is_empty()).map(|text| cut(&text));
    let identity = || {
        let named = |(name, _): &&(String, String)| name.eq_ignore_ascii_case("Identity");
        parameters.iter().find(named).map(|(_, value)| value.clone())
    };
    resolved.or_else(|| event.text(Field::ObjectId).map(cut)).or_else(identity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_grouped() {
        for (cmdlet, parameter, change) in [
            ("Set-Mailbox", "ForwardingSmtpAddress", Change::Forwarding),
            ("Set-Mailbox", "AuditEnabled", Change::Audit),
            ("Set-Mailbox", "LitigationHoldEnabled", Change::Retention),
            ("Set-Mailbox", "GrantSendOnBehalfTo", Change::Permissions),
            ("set-mailbox", "DisplayName", Change::Mailboxes),
            ("Set-OrganizationConfig", "AuditDisabled", Change::Audit),
            ("Set-MailboxAuditBypassAssociation", "AuditBypassEnabled", Change::Audit),
            ("Set-AdminAuditLogConfig", "AdminAuditLogEnabled", Change::Audit),
            ("Add-MailboxPermission", "User", Change::Permissions),
            ("Remove-RecipientPermission", "Trustee", Change::Permissions),
            ("Set-MailboxFolderPermission", "AccessRights", Change::Permissions),
            ("New-TransportRule", "RedirectMessageTo", Change::Transport),
            ("Set-InboundConnector", "Enabled", Change::Transport),
            ("New-AcceptedDomain", "Name", Change::Transport),
            ("New-InboxRule", "ForwardTo", Change::InboxRules),
            ("New-RetentionPolicy", "Name", Change::Retention),
            ("Remove-CaseHoldPolicy", "Identity", Change::Retention),
            ("New-ManagementRoleAssignment", "Role", Change::Roles),
            ("Add-RoleGroupMember", "Member", Change::Roles),
            ("Set-CASMailbox", "ImapEnabled", Change::Mailboxes),
            ("New-App", "Url", Change::Other),
        ] {
            let parameters = [(parameter.to_owned(), String::new())];
            assert_eq!(Change::of(cmdlet, &parameters), change, "{cmdlet} -{parameter}");
        }
    }

    #[test]
    fn secrets_are_hidden() {
        for (name, text, shown) in [
            ("Password", "Winter2026!", HIDDEN),
            ("NewPassword", "x", HIDDEN),
            ("RemoteCredential", "x", HIDDEN),
            ("", "-Identity ann -Password Winter2026!", HIDDEN),
            ("Data", "{\"Password\":\"x\"}", HIDDEN),
            ("", "-Identity ann", "-Identity ann"),
            ("DisplayName", "The secret garden", "The secret garden"),
        ] {
            assert_eq!(hidden(name, text), shown, "{name} {text}");
        }
    }
}
