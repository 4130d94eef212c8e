if ($app) {
    # So that the portal shows them among the app's permissions.
    $access = foreach ($api in $declared.Keys) {
        @{ ResourceAppId = $api; ResourceAccess = @($declared[$api]) }
    }
    Update-MgApplication -ApplicationId $app.Id -RequiredResourceAccess @($access)
}
"tenant_id = '$((Get-MgContext).TenantId)'"
"@ID@ = '$($principal.AppId)'"
'# The audit log must be on. In Exchange Online PowerShell:'
'# Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $true'
