echo "tenant_id = \"$(az account show --query tenantId --output tsv)\""
echo "@ID@ = \"$client_id\""
echo "# The audit log must be on. In Exchange Online PowerShell:"
echo "# Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled \$true"
