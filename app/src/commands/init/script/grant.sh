
# Looks a permission up by its name, and grants it: for an app's own permissions this is the
# administrator's consent.
grant() {
    local api=$1 name=$2 resource role granted
    resource=$(principal_of "$api")
    role=$(az ad sp show --id "$api" --query "appRoles[?value=='$name'].id | [0]" --output tsv)
    if [ -z "$role" ]; then
        echo "$name is not offered in this cloud" >&2
        return 1
    fi
    declare_role "$api" "$role"
    granted=$(az rest --method GET --url "$graph/v1.0/servicePrincipals/$principal/appRoleAssignments" \
        --query "value[?appRoleId=='$role' && resourceId=='$resource'].id | [0]" --output tsv)
    if [ -z "$granted" ]; then
        az rest --method POST --url "$graph/v1.0/servicePrincipals/$principal/appRoleAssignments" \
            --headers Content-Type=application/json --output none --body \
            "{\"principalId\":\"$principal\",\"resourceId\":\"$resource\",\"appRoleId\":\"$role\"}"
    fi
    echo "# granted: $name"
}

