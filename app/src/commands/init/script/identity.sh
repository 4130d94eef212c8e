# The machine's or service's page > Identity shows it.
: "${IDENTITY:?set IDENTITY to the object (principal) id of the managed identity}"
client_id=$(az ad sp show --id "$IDENTITY" --query appId --output tsv)
principal=$IDENTITY

# An identity has no registration to declare it in.
declare_role() { :; }
