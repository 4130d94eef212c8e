
# The secret goes into a file that only its owner reads.
(
    umask 077
    az ad app credential reset --id "$client_id" --append --display-name trail365 --years 1 \
        --query password --output tsv --only-show-errors >trail365-secret
)
echo "client_secret = \"file:$PWD/trail365-secret\""
