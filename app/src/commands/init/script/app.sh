client_id=$(az ad app list --filter "displayName eq 'trail365'" --query "[0].appId" --output tsv)
if [ -z "$client_id" ]; then
    client_id=$(az ad app create --display-name trail365 --sign-in-audience AzureADMyOrg \
        --query appId --output tsv)
fi
principal=$(principal_of "$client_id")

# So that the portal shows it among the app's permissions.
declare_role() {
    local known
    known=$(az ad app permission list --id "$client_id" \
        --query "[?resourceAppId=='$1'].resourceAccess[] | [?id=='$2'].id | [0]" --output tsv)
    if [ -z "$known" ]; then
        az ad app permission add --id "$client_id" --api "$1" --api-permissions "$2=Role" \
            --only-show-errors
    fi
}
