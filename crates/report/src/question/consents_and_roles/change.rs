//! Which kind of change is it?

use event::{Event, Field};

/// The tables of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// An application may do something on somebody's behalf, or by itself.
    Consent,
    /// A secret or certificate of an application or service principal.
    Credential,
    /// Who holds a role of the directory.
    Role,
    /// Role groups and management roles of Exchange and of the compliance portal.
    ExchangeRole,
    /// How a domain's accounts sign in.
    Federation,
    /// Conditional access.
    Access,
}

/// Names of operations without the full stop that the audit log writes at their end; `*` stands for
/// the rest of a name. From MicrosoftDocs/entra-docs, reference-audit-activities.md.
const NAMES: &[(&str, Change)] = &[
    ("Consent to application", Change::Consent),
    ("Grant contextual consent to application", Change::Consent),
    ("Restore consent", Change::Consent),
    ("Add OAuth2PermissionGrant", Change::Consent),
    ("Remove OAuth2PermissionGrant", Change::Consent),
    ("Add delegated permission grant", Change::Consent),
    ("Update delegated permission grant", Change::Consent),
    ("Remove delegated permission grant", Change::Consent),
    ("Add app role assignment*", Change::Consent),
    ("Remove app role assignment*", Change::Consent),
    ("Add service principal credentials", Change::Credential),
    ("Remove service principal credentials", Change::Credential),
    ("Update application * Certificates and secrets management", Change::Credential),
    ("Add owner to application", Change::Credential),
    ("Add owner to service principal", Change::Credential),
    ("Add federated identity credential*", Change::Credential),
    ("Update federated identity credential*", Change::Credential),
    ("Add *member to role*", Change::Role),
    ("Remove *member from role*", Change::Role),
    ("Restore *member from role*", Change::Role),
    ("Update *member in PIM*", Change::Role),
    ("Add *role assignment to role definition", Change::Role),
    ("Add EligibleRoleAssignment to RoleDefinition", Change::Role),
    ("Remove *role assignment from role definition", Change::Role),
    ("Remove EligibleRoleAssignment from RoleDefinition", Change::Role),
    ("Remove permanent * role assignment*", Change::Role),
    ("Update role setting in PIM", Change::Role),
    ("Add role definition", Change::Role),
    ("Update role definition", Change::Role),
    ("Delete role definition", Change::Role),
    ("*-RoleGroup", Change::ExchangeRole),
    ("*-RoleGroupMember", Change::ExchangeRole),
    ("*-ManagementRole", Change::ExchangeRole),
    ("*-ManagementRoleAssignment", Change::ExchangeRole),
    ("*-ManagementRoleEntry", Change::ExchangeRole),
    ("*-ManagementScope", Change::ExchangeRole),
    ("Set domain authentication", Change::Federation),
    ("Set federation settings on domain", Change::Federation),
    ("Set DirSyncEnabled flag", Change::Federation),
    ("Add unverified domain", Change::Federation),
    ("Verify domain", Change::Federation),
    ("Add conditional access policy", Change::Access),
    ("Update conditional access policy", Change::Access),
    ("Delete conditional access policy", Change::Access),
    ("Add named location", Change::Access),
    ("Update named location", Change::Access),
    ("Delete named location", Change::Access),
    ("Disable Strong Authentication", Change::Access),
];

/// A filter's patterns: with the full stop, the blank or nothing at the end.
pub fn patterns() -> Vec<String> {
    let with_stop = |name: &str| match name.ends_with('*') {
        true => vec![name.to_owned()],
        false => vec![name.to_owned(), format!("{name}."), format!("{name} ")],
    };
    NAMES.iter().flat_map(|(name, _)| with_stop(name)).collect()
}

impl Change {
    /// `None` for the reading cmdlets that a pattern lets through.
    pub fn of(event: &Event) -> Option<Change> {
        let operation = event.text(Field::Operation)?.trim();
        if ["Get-", "Test-", "Search-"].iter().any(|verb| operation.starts_with(verb)) {
            return None;
        }
        let name = operation.trim_end_matches('.');
        let fits = |pattern: &str| event::Pattern::wildcard(pattern).matches(name);
        NAMES.iter().find(|(pattern, _)| fits(pattern)).map(|(_, change)| *change)
    }
}

/// Permissions that let an application read or change what matters, or stay: of mail, files, chats,
/// accounts and of the directory. Names from Microsoft Graph's and Exchange's permission lists.
const RISKY: &[&str] = &[
    "mail.",
    "mailboxsettings.",
    "mailboxfolder.",
    "mailboxitem.",
    "full_access_as_app",
    "exchange.manageasapp",
    "ews.accessasuser.all",
    "imap.accessasuser.all",
    "pop.accessasuser.all",
    "smtp.send",
    "files.read",
    "sites.",
    "notes.read",
    "chat.read",
    "chatmessage.read",
    "channelmessage.read",
    "contacts.read",
    "calendars.read",
    "onlinemeetings.read",
    "directory.readwrite.all",
    "directory.accessasuser.all",
    "user.readwrite.all",
    "user-passwordprofile.readwrite.all",
    "userauthenticationmethod.readwrite",
    "application.readwrite",
    "approleassignment.readwrite.all",
    "delegatedpermissiongrant.readwrite.all",
    "rolemanagement.readwrite",
    "group.readwrite.all",
    "groupmember.readwrite.all",
    "policy.readwrite",
    "domain.readwrite.all",
    "devicemanagement",
    "auditlog.read.all",
    "ediscovery.",
    "user_impersonation",
    "offline_access",
];

pub fn is_risky(permission: &str) -> bool {
    let permission = permission.to_lowercase();
    RISKY.iter().any(|risky| permission.starts_with(risky))
}

/// Alone it only keeps a token alive; beside a risky one it keeps that one alive.
pub fn lasts(permission: &str) -> bool {
    permission.eq_ignore_ascii_case("offline_access")
}

/// Roles of the directory that lead to the whole tenant.
const PRIVILEGED_ROLES: &[&str] = &[
    "global administrator",
    "company administrator",
    "privileged role administrator",
    "privileged authentication administrator",
    "authentication administrator",
    "exchange administrator",
    "exchange service administrator",
    "sharepoint administrator",
    "sharepoint service administrator",
    "security administrator",
    "conditional access administrator",
    "application administrator",
    "cloud application administrator",
    "user administrator",
    "user account administrator",
    "helpdesk administrator",
    "hybrid identity administrator",
    "directory synchronization accounts",
    "partner tier2 support",
    "intune administrator",
    "intune service administrator",
    "billing administrator",
    "domain name administrator",
    "external identity provider administrator",
];
/// The same of Exchange: role groups and management roles.
const PRIVILEGED_EXCHANGE_ROLES: &[&str] = &[
    "organization management",
    "organizationmanagement",
    "discovery management",
    "ediscoverymanager",
    "applicationimpersonation",
    "mailbox import export",
    "mailbox search",
    "role management",
    "compliance management",
    "records management",
];

pub fn is_privileged(role: &str) -> bool {
    let role = role.trim().to_lowercase();
    PRIVILEGED_ROLES.contains(&role.as_str()) || PRIVILEGED_EXCHANGE_ROLES.contains(&role.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use event::{Key, Value};

    #[test]
    fn operations_are_sorted_into_tables() {
        for (operation, expected) in [
            ("Consent to application.", Some(Change::Consent)),
            ("Consent to application", Some(Change::Consent)),
            ("Add app role assignment grant to user.", Some(Change::Consent)),
            ("Update application – Certificates and secrets management ", Some(Change::Credential)),
            ("Add eligible member to role.", Some(Change::Role)),
            ("Add member to role completed (PIM activation)", Some(Change::Role)),
            ("Add-RoleGroupMember", Some(Change::ExchangeRole)),
            ("Get-RoleGroup", None),
            ("Update conditional access policy.", Some(Change::Access)),
            ("Add member to group.", None),
        ] {
            let mut event = Event::new(Key { id: 0, content: 0 }, b"", Value::Null);
            event.set_text(Field::Operation, operation);
            assert_eq!(Change::of(&event), expected, "{operation}");
            let filtered =
                patterns().iter().any(|p| event::Pattern::wildcard(p).matches(operation));
            assert!(filtered || expected.is_none(), "{operation}");
        }
    }

    #[test]
    fn risky_permissions() {
        for (permission, risky) in [
            ("Mail.Read", true),
            ("User.Read", false),
            ("openid", false),
            ("Files.Read.All", true),
            ("RoleManagement.ReadWrite.Directory", true),
        ] {
            assert_eq!(is_risky(permission), risky, "{permission}");
        }
    }
}
