#Requires -Modules Microsoft.Graph.Applications
# Registers what trail365 signs in as, with the permissions it needs and the consent of an
# administrator. Needs Microsoft Graph PowerShell, and somebody who is a Privileged Role
# Administrator. Running it again adds what is missing.
$ErrorActionPreference = 'Stop'
Connect-MgGraph -Environment @ENVIRONMENT@@TENANT@ -NoWelcome `
    -Scopes Application.ReadWrite.All, AppRoleAssignment.ReadWrite.All

# The directory's entry of an app, made if need be.
function Get-Principal([string] $AppId) {
    $found = Get-MgServicePrincipal -Filter "appId eq '$AppId'"
    if (-not $found) { $found = New-MgServicePrincipal -AppId $AppId }
    $found
}

