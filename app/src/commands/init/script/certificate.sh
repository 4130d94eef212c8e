
# The key stays on this machine.
if [ ! -e cert.pem ]; then
    (
        umask 077
        openssl req -x509 -newkey rsa:3072 -nodes -days 365 -subj /CN=trail365 \
            -keyout key.pem -out cert.pem
    )
fi
az ad app credential reset --id "$client_id" --append --cert @cert.pem --only-show-errors \
    --output none
echo "certificate = \"file:$PWD/cert.pem\""
echo "key = \"file:$PWD/key.pem\""
