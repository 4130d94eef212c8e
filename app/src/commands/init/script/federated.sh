
# For Kubernetes: the issuer of the cluster, and system:serviceaccount:NAMESPACE:NAME.
: "${ISSUER:?set ISSUER to the address of the issuer of the federated token}"
: "${SUBJECT:?set SUBJECT to the subject of the federated token}"
known=$(az ad app federated-credential list --id "$client_id" \
    --query "[?name=='trail365'].id | [0]" --output tsv)
[ -n "$known" ] || az ad app federated-credential create --id "$client_id" --only-show-errors \
    --output none --parameters \
    "{\"name\":\"trail365\",\"issuer\":\"$ISSUER\",\"subject\":\"$SUBJECT\",\"audiences\":[\"api://AzureADTokenExchange\"]}"
echo 'federated_token = "file:/var/run/secrets/azure/tokens/azure-identity-token"'
