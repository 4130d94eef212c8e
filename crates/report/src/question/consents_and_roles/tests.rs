//! An illicit consent, a new global administrator, and a secret; from the feed and from Graph.

use expect_test::expect;

use super::KIND;
use crate::question::inquiry;

const RECORDS: &str = r#"
{"Id":"c1","RecordType":8,"CreationTime":"2026-03-01T08:00:00","Operation":"Add delegated permission grant.","ResultStatus":"Success","UserId":"ann@contoso.example","Workload":"AzureActiveDirectory","ClientIP":"198.51.100.5","ObjectId":"res-1","ModifiedProperties":[{"Name":"DelegatedPermissionGrant.Scope","NewValue":" offline_access Mail.Read User.Read","OldValue":""},{"Name":"DelegatedPermissionGrant.ConsentType","NewValue":"Principal","OldValue":""},{"Name":"ServicePrincipal.ObjectID","NewValue":"sp-1","OldValue":""},{"Name":"ServicePrincipal.DisplayName","NewValue":"","OldValue":""}],"Target":[{"ID":"Microsoft Graph","Type":1}]}
{"Id":"c2","RecordType":8,"CreationTime":"2026-03-01T08:00:01","Operation":"Consent to application.","ResultStatus":"Success","UserId":"ann@contoso.example","Workload":"AzureActiveDirectory","ClientIP":"198.51.100.5","ObjectId":"app-1","ModifiedProperties":[{"Name":"ConsentContext.IsAdminConsent","NewValue":"False","OldValue":""},{"Name":"ConsentContext.OnBehalfOfAll","NewValue":"False","OldValue":""},{"Name":"ConsentAction.Permissions","NewValue":"[] => [[Id: x, ClientId: sp-1, PrincipalId: p, ResourceId: r, ConsentType: Principal, Scope:  offline_access Mail.Read User.Read]]; ","OldValue":""}],"Target":[{"ID":"ServicePrincipal_sp-1","Type":2},{"ID":"Paper Viewer","Type":1}]}
{"Id":"c3","RecordType":8,"CreationTime":"2026-03-01T09:00:00","Operation":"Add member to role.","ResultStatus":"Success","UserId":"adm@contoso.example","Workload":"AzureActiveDirectory","ClientIP":"198.51.100.6","ObjectId":"eve@contoso.example","ModifiedProperties":[{"Name":"Role.DisplayName","NewValue":"Global Administrator","OldValue":""}],"Target":[{"ID":"User_1","Type":2},{"ID":"eve@contoso.example","Type":5}]}
{"id":"c4","activityDateTime":"2026-03-01T09:10:00Z","activityDisplayName":"Remove member from role","category":"RoleManagement","result":"success","initiatedBy":{"user":{"userPrincipalName":"adm@contoso.example","ipAddress":"198.51.100.6"}},"targetResources":[{"type":"User","userPrincipalName":"eve@contoso.example","modifiedProperties":[{"displayName":"Role.DisplayName","oldValue":"\"Reports Reader\"","newValue":null}]}]}
{"Id":"c5","RecordType":8,"CreationTime":"2026-03-01T10:00:00","Operation":"Update application – Certificates and secrets management ","ResultStatus":"Success","UserId":"adm@contoso.example","Workload":"AzureActiveDirectory","ObjectId":"Application_1","ModifiedProperties":[{"Name":"KeyDescription","NewValue":"[\"[KeyIdentifier=k,KeyType=Password]\"]","OldValue":"[]"},{"Name":"Included Updated Properties","NewValue":"KeyDescription","OldValue":""}],"Target":[{"ID":"Payroll","Type":1}]}
{"Id":"c6","RecordType":1,"CreationTime":"2026-03-01T11:00:00","Operation":"Add-RoleGroupMember","ResultStatus":"True","UserId":"adm@contoso.example","Workload":"Exchange","ObjectId":"Organization Management","Parameters":[{"Name":"Identity","Value":"Organization Management"},{"Name":"Member","Value":"eve"}]}
{"Id":"c7","RecordType":8,"CreationTime":"2026-03-01T12:00:00","Operation":"Set federation settings on domain.","ResultStatus":"Success","UserId":"adm@contoso.example","Workload":"AzureActiveDirectory","ObjectId":"contoso.example","ModifiedProperties":[{"Name":"IssuerUri","NewValue":"[\"urn:x\"]","OldValue":"[]"}],"Target":[{"ID":"contoso.example","Type":1}]}
{"Id":"c8","RecordType":8,"CreationTime":"2026-03-01T13:00:00","Operation":"Add app role assignment to service principal.","ResultStatus":"Success","UserId":"adm@contoso.example","Workload":"AzureActiveDirectory","ObjectId":"res-1","ModifiedProperties":[{"Name":"AppRole.Value","NewValue":"Mail.ReadWrite","OldValue":""},{"Name":"ServicePrincipal.DisplayName","NewValue":"Robot","OldValue":""}],"Target":[{"ID":"Microsoft Graph","Type":1}]}
{"Id":"c9","RecordType":8,"CreationTime":"2026-03-01T13:00:00","Operation":"Add member to group.","ResultStatus":"Success","UserId":"adm@contoso.example","Workload":"AzureActiveDirectory","ObjectId":"eve@contoso.example"}
"#;

#[test]
fn consents_secrets_and_roles() {
    inquiry::check(
        &KIND,
        "",
        RECORDS,
        expect![[r#"
            Consents and grants: 3
            Of these with a risky permission: 3 !
            Changes of application secrets and owners: 1 !
            Changes of roles: 3
            Of roles that lead to the whole tenant: 2 !
            Changes of domains and conditional access: 1 !
            table consents
              2026-03-01T08:00:00Z | Add delegated permission grant. | ann@contoso.example | Paper Viewer | user | offline_access; Mail.Read | offline_access; Mail.Read; User.Read | 198.51.100.5 | success
              2026-03-01T08:00:01Z | Consent to application. | ann@contoso.example | Paper Viewer | user | offline_access; Mail.Read | offline_access; Mail.Read; User.Read | 198.51.100.5 | success
              2026-03-01T13:00:00Z | Add app role assignment to service principal. | adm@contoso.example | Robot | application | Mail.ReadWrite | Mail.ReadWrite |  | success
            table applications
              Paper Viewer | 2 | offline_access; Mail.Read | ann@contoso.example | 2026-03-01T08:00:00Z | 2026-03-01T08:00:01Z
              Robot | 1 | Mail.ReadWrite | adm@contoso.example | 2026-03-01T13:00:00Z | 2026-03-01T13:00:00Z
            table credentials
              2026-03-01T10:00:00Z | Update application – Certificates and secrets management | adm@contoso.example | Payroll | KeyDescription |  | success
            table roles
              2026-03-01T09:00:00Z | Add member to role. | adm@contoso.example | eve@contoso.example | Global Administrator | yes | 198.51.100.6 | success
              2026-03-01T09:10:00Z | Remove member from role | adm@contoso.example | eve@contoso.example | Reports Reader |  | 198.51.100.6 | success
            table exchange-roles
              2026-03-01T11:00:00Z | Add-RoleGroupMember | adm@contoso.example | Organization Management | Identity: Organization Management; Member: eve | yes |  | success
            table settings
              2026-03-01T12:00:00Z | Set federation settings on domain. | adm@contoso.example | contoso.example | IssuerUri |  | success
        "#]],
    );
}

#[test]
fn what_was_done_to_one_user() {
    inquiry::check(
        &KIND,
        "user=eve@contoso.example",
        RECORDS,
        expect![[r#"
        Changes of roles: 2
        Of roles that lead to the whole tenant: 1 !
        table roles
          2026-03-01T09:00:00Z | Add member to role. | adm@contoso.example | eve@contoso.example | Global Administrator | yes | 198.51.100.6 | success
          2026-03-01T09:10:00Z | Remove member from role | adm@contoso.example | eve@contoso.example | Reports Reader |  | 198.51.100.6 | success
    "#]],
    );
}
