
# For Kubernetes: the issuer of the cluster, and system:serviceaccount:NAMESPACE:NAME.
if (-not $env:ISSUER -or -not $env:SUBJECT) { throw 'set ISSUER and SUBJECT of the federated token' }
New-MgApplicationFederatedIdentityCredential -ApplicationId $app.Id -Name trail365 `
    -Issuer $env:ISSUER -Subject $env:SUBJECT -Audiences 'api://AzureADTokenExchange' | Out-Null
"federated_token = 'file:/var/run/secrets/azure/tokens/azure-identity-token'"
