//! Which applications do people and services use?
//!
//! Microsoft's own carry their well-known ids; the customers' are invented.

#[derive(Debug)]
pub(crate) struct App {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
}

pub(crate) const EXCHANGE_ONLINE: App =
    App { id: "00000002-0000-0ff1-ce00-000000000000", name: "Office 365 Exchange Online" };
pub(crate) const SHAREPOINT_ONLINE: App =
    App { id: "00000003-0000-0ff1-ce00-000000000000", name: "Office 365 SharePoint Online" };
pub(crate) const GRAPH: App =
    App { id: "00000003-0000-0000-c000-000000000000", name: "Microsoft Graph" };
pub(crate) const ONE_OUTLOOK_WEB: App =
    App { id: "9199bf20-a13f-4107-85dc-02114787ef48", name: "One Outlook Web" };
pub(crate) const OFFICE_CLIENT: App =
    App { id: "d3590ed6-52b3-4102-aeff-aad2292ab01c", name: "Microsoft Office" };
pub(crate) const AZURE_PORTAL: App =
    App { id: "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", name: "Azure Portal" };

/// What people sign in to, the frequent ones first.
pub(crate) static SIGN_IN: [App; 8] = [
    OFFICE_CLIENT,
    ONE_OUTLOOK_WEB,
    App { id: "1fec8e78-bce4-4aaf-ab1b-5451cc387264", name: "Microsoft Teams" },
    SHAREPOINT_ONLINE,
    App { id: "4765445b-32c6-49b0-83e6-1d93765276ca", name: "OfficeHome" },
    App { id: "ab9b8c07-8f02-4f72-87fa-80105867a763", name: "OneDrive SyncEngine" },
    AZURE_PORTAL,
    App { id: "872cd9fa-d31f-45e0-9eab-6e460a02d1f1", name: "Visual Studio" },
];

/// What a sign-in asks access to.
pub(crate) static RESOURCES: [&str; 4] =
    [EXCHANGE_ONLINE.id, SHAREPOINT_ONLINE.id, GRAPH.id, "00000002-0000-0000-c000-000000000000"];

/// Applications of the customer, registered in the tenant.
pub(crate) static CUSTOMER: [App; 6] = [
    App { id: "5f0c6a52-9d1e-4c3b-8a70-2b5e1f4d7c11", name: "Contoso Expense" },
    App { id: "a2b7d9e4-1c58-4f06-b3a9-6d8e0f2c4b22", name: "Contoso Timesheet" },
    App { id: "c81d3f60-7a24-49be-9c15-0e4f6b8a2d33", name: "Fabrikam CRM Sync" },
    App { id: "e4927b18-5d6f-4a83-8e02-9b1c3d5f7a44", name: "Backup Vault" },
    App { id: "1b6e8c3d-4f92-4b70-a5d7-8c0e2f4a6b55", name: "Signature Manager" },
    App { id: "3d8f0a5c-6b14-4d92-b7e9-1a3c5d7f9b66", name: "Meeting Room Panel" },
];
