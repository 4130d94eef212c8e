
# The secret goes into a file; let only its owner read it.
$secret = Add-MgApplicationPassword -ApplicationId $app.Id -PasswordCredential @{
    DisplayName = 'trail365'; EndDateTime = (Get-Date).AddYears(1)
}
Set-Content -Path trail365-secret -Value $secret.SecretText
"client_secret = 'file:$PWD/trail365-secret'"
