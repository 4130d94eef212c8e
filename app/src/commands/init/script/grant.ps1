
# Looks a permission up by its name, and grants it: for an app's own permissions this is the
# administrator's consent.
function Grant([string] $Api, [string] $Name) {
    $resource = Get-Principal $Api
    $role = $resource.AppRoles | Where-Object Value -eq $Name
    if (-not $role) { throw "$Name is not offered in this cloud" }
    $declared[$Api] = @($declared[$Api]) + @{ Id = $role.Id; Type = 'Role' } | Where-Object { $_ }
    $granted = Get-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id -All |
        Where-Object { $_.AppRoleId -eq $role.Id -and $_.ResourceId -eq $resource.Id }
    if (-not $granted) {
        New-MgServicePrincipalAppRoleAssignment -ServicePrincipalId $principal.Id `
            -PrincipalId $principal.Id -ResourceId $resource.Id -AppRoleId $role.Id | Out-Null
    }
    "# granted: $Name"
}

