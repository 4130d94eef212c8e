#!/usr/bin/env bash
# Registers what trail365 signs in as, with the permissions it needs and the consent of an
# administrator. Needs the Azure CLI, and somebody who is a Privileged Role Administrator.
# Running it again adds what is missing.
set -euo pipefail

az cloud set --name @CLOUD@
az login@TENANT@ --allow-no-subscriptions --only-show-errors --output none
graph=$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv)
graph=${graph%/}

# The directory's entry of an app, made if need be: its object id.
principal_of() {
    az ad sp show --id "$1" --query id --output tsv 2>/dev/null ||
        az ad sp create --id "$1" --query id --output tsv
}

