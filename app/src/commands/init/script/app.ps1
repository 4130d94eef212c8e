$app = Get-MgApplication -Filter "displayName eq 'trail365'" | Select-Object -First 1
if (-not $app) {
    $app = New-MgApplication -DisplayName trail365 -SignInAudience AzureADMyOrg
}
$principal = Get-Principal $app.AppId
$declared = @{}
