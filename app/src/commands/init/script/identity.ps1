# The machine's or service's page > Identity shows it.
if (-not $env:IDENTITY) { throw 'set IDENTITY to the object (principal) id of the managed identity' }
$app = $null
$principal = Get-MgServicePrincipal -ServicePrincipalId $env:IDENTITY
$declared = @{}
