
# Make it before: openssl req -x509 -newkey rsa:3072 -nodes -days 365 -subj /CN=trail365
#     -keyout key.pem -out cert.pem
$certificate = [Security.Cryptography.X509Certificates.X509Certificate2]::new("$PWD/cert.pem")
$keys = @((Get-MgApplication -ApplicationId $app.Id).KeyCredentials | Where-Object { $_ })
$keys += @{ Type = 'AsymmetricX509Cert'; Usage = 'Verify'; Key = $certificate.RawData }
Update-MgApplication -ApplicationId $app.Id -KeyCredentials $keys
"certificate = 'file:$PWD/cert.pem'"
"key = 'file:$PWD/key.pem'"
