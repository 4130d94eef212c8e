//! What are the record types called?
//!
//! Names of auditLogRecordType, for the types that the generator makes.

const NAMES: &[(u16, &str)] = &[
    (1, "ExchangeAdmin"),
    (2, "ExchangeItem"),
    (3, "ExchangeItemGroup"),
    (4, "SharePoint"),
    (6, "SharePointFileOperation"),
    (8, "AzureActiveDirectory"),
    (11, "ComplianceDLPSharePoint"),
    (13, "ComplianceDLPExchange"),
    (14, "SharePointSharingOperation"),
    (15, "AzureActiveDirectoryStsLogon"),
    (18, "SecurityComplianceCenterEOPCmdlet"),
    (20, "PowerBIAudit"),
    (21, "CRM"),
    (22, "Yammer"),
    (23, "SkypeForBusinessCmdlets"),
    (24, "Discovery"),
    (25, "MicrosoftTeams"),
    (28, "ThreatIntelligence"),
    (29, "MailSubmission"),
    (30, "MicrosoftFlow"),
    (36, "SharePointListOperation"),
    (37, "SharePointCommentOperation"),
    (40, "SecurityComplianceAlerts"),
    (41, "ThreatIntelligenceUrl"),
    (43, "MIPLabel"),
    (45, "PowerAppsApp"),
    (47, "ThreatIntelligenceAtpContent"),
    (50, "ExchangeItemAggregated"),
    (51, "HygieneEvent"),
    (52, "DataInsightsRestApiAudit"),
    (56, "SharePointFieldOperation"),
    (63, "DLPEndpoint"),
    (64, "AirInvestigation"),
    (65, "Quarantine"),
    (66, "MicrosoftForms"),
    (80, "PowerPlatformAdminEnvironment"),
    (83, "SensitivityLabelAction"),
    (155, "CMImprovementActionChange"),
    (188, "PlannerPlan"),
    (190, "PlannerTask"),
    (261, "CopilotInteraction"),
    (294, "AadRiskDetection"),
    (295, "AuditSearch"),
];

/// The name as it comes on the wire, for example `ExchangeAdmin`.
pub(super) fn name(number: u16) -> &'static str {
    let found = NAMES.iter().find(|(known, _)| *known == number);
    found.map_or("unknownFutureValue", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::CATALOG;

    #[test]
    fn every_type_has_a_name() {
        // One type stands in no published list, on purpose.
        const UNPUBLISHED: u16 = 1042;
        for kind in &CATALOG.kinds {
            let unknown = name(kind.record_type) == "unknownFutureValue";
            assert_eq!(unknown, kind.record_type == UNPUBLISHED, "{}", kind.record_type);
        }
    }
}
