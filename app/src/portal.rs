//! Where does an administrator click, and what does one type instead?
//!
//! The pages are those of the Entra admin center and, in the national clouds, of their Azure portals
//! ("National clouds", Microsoft identity platform). A page is named by its address and by the way
//! through the menus, since addresses change.

use source::service::{Api, Cloud, Settings};

use crate::permissions::api_id;

/// Switches the audit log on. In Security & Compliance PowerShell the property always says False
/// ("Turn auditing on or off", Microsoft Purview).
pub const AUDIT_LOG_ON: &str = "in Exchange Online PowerShell: Connect-ExchangeOnline; \
     Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $true; it takes up to 60 minutes; \
     verify: Get-AdminAuditLogConfig | Format-List UnifiedAuditLogIngestionEnabled says True; \
     or https://purview.microsoft.com/audit/auditsearch > Start recording user and admin activity";

/// The pages of one app registration.
#[derive(Clone, Debug)]
pub struct Portal {
    root: &'static str,
    login: String,
    tenant_id: String,
    client_id: String,
}

impl Portal {
    pub fn of(settings: &Settings) -> Portal {
        Portal {
            root: root(&settings.cloud),
            login: settings.cloud.login().as_str().trim_end_matches('/').to_owned(),
            tenant_id: settings.tenant_id.to_string(),
            client_id: settings.client_id.to_string(),
        }
    }

    pub fn overview(&self) -> String {
        format!("{} (Overview)", self.app("Overview"))
    }

    pub fn credentials(&self) -> String {
        format!("{} (Certificates & secrets)", self.app("Credentials"))
    }

    pub fn permissions(&self) -> String {
        format!("{} (API permissions)", self.app("CallAnAPI"))
    }

    /// An administrator who opens this consents to all permissions of the registration.
    pub fn consent(&self) -> String {
        let Portal { login, tenant_id, client_id, .. } = self;
        format!("{login}/{tenant_id}/adminconsent?client_id={client_id}")
    }

    pub fn tenant(&self) -> String {
        format!("{}/#view/Microsoft_AAD_IAM/TenantOverview.ReactView (Tenant ID)", self.root)
    }

    pub fn conditional_access(&self) -> String {
        format!(
            "{}/#view/Microsoft_AAD_ConditionalAccess/ConditionalAccessBlade/~/Policies",
            self.root
        )
    }

    fn app(&self, page: &str) -> String {
        let Portal { root, client_id, .. } = self;
        format!(
            "{root}/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/{page}/appId/{client_id}"
        )
    }
}

/// Where apps are registered.
pub fn root(cloud: &Cloud) -> &'static str {
    match cloud.name() {
        "gcc-high" | "dod" => "https://portal.azure.us",
        "china" => "https://portal.azure.cn",
        _ => "https://entra.microsoft.com",
    }
}

/// Gives an app or an identity one permission, by Microsoft Graph PowerShell. A managed identity has
/// no page for this.
pub fn grant_line(client_id: &str, api: Api, permission: &str) -> String {
    format!(
        "Connect-MgGraph -Scopes Application.Read.All,AppRoleAssignment.ReadWrite.All; \
         $app = Get-MgServicePrincipal -Filter \"appId eq '{client_id}'\"; \
         $api = Get-MgServicePrincipal -Filter \"appId eq '{}'\"; \
         New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $app.Id -PrincipalId $app.Id \
         -ResourceId $api.Id -AppRoleId ($api.AppRoles | Where-Object Value -eq '{permission}').Id",
        api_id(api)
    )
}
