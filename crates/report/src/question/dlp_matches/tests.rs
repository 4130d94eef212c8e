//! A mail that was blocked and sent all the same, and a list in a drive.

use expect_test::expect;

use super::KIND;
use crate::question::inquiry;

const RECORDS: &str = r#"
{"Id":"d1","RecordType":13,"CreationTime":"2026-03-01T08:00:00","Operation":"DlpRuleMatch","UserId":"DlpAgent","Workload":"Exchange","ObjectId":"<m1@contoso.example>","ExchangeMetaData":{"From":"Ann@contoso.example","To":["xi@fabrikam.example"],"CC":[],"Subject":"Cards"},"PolicyDetails":[{"PolicyId":"p1","PolicyName":"Payment cards","Rules":[{"RuleName":"Many cards","Severity":"High","RuleMode":"Enable","Actions":["NotifyUser","BlockAccess"],"ConditionsMatched":{"SensitiveInformation":[{"Confidence":85,"Count":7,"SensitiveInformationTypeName":"Credit Card Number","SensitiveInformationDetections":{"DetectedValues":[{"Name":"0000111122223333","Value":"x 0000111122223333"}]}}]}}]}]}
{"Id":"d2","RecordType":13,"CreationTime":"2026-03-01T08:05:00","Operation":"DlpRuleUndo","UserId":"DlpAgent","Workload":"Exchange","ExchangeMetaData":{"From":"ann@contoso.example","To":["xi@fabrikam.example"],"Subject":"Cards"},"ExceptionInfo":{"Reason":"Override","FalsePositive":false,"Justification":"The customer asked for it"},"PolicyDetails":[{"PolicyName":"Payment cards","Rules":[{"RuleName":"Many cards","Severity":"High","RuleMode":"Enable","Actions":["BlockAccess"],"OverriddenActions":["BlockAccess"],"ConditionsMatched":{"SensitiveInformation":[{"Confidence":85,"Count":7,"SensitiveInformationTypeName":"Credit Card Number"}]}}]}]}
{"Id":"d3","RecordType":11,"CreationTime":"2026-03-01T09:00:00","Operation":"DlpRuleMatch","UserId":"bob@contoso.example","Workload":"OneDrive","SharePointMetaData":{"FileName":"list.xlsx","FilePathUrl":"https://contoso.example/bob/list.xlsx","From":"bob@contoso.example"},"PolicyDetails":[{"PolicyName":"Payment cards","Rules":[{"RuleName":"Few cards","Severity":"Low","Actions":["NotifyUser"],"ConditionsMatched":{"SensitiveInformation":[{"Confidence":75,"Count":2,"SensitiveInformationTypeName":"Credit Card Number"}]}}]}]}
{"Id":"d4","RecordType":6,"CreationTime":"2026-03-01T09:00:00","Operation":"FileAccessed","UserId":"bob@contoso.example","Workload":"OneDrive"}
"#;

#[test]
fn matches_overrides_and_types() {
    inquiry::check(
        &KIND,
        "",
        RECORDS,
        expect![[r#"
        Events: 3
        Of high severity: 2 !
        Blocked: 1
        Overridden: 1 !
        chart Events by rule [events]
          Payment cards: Many cards [2]
          Payment cards: Few cards [1]
        table rules
          Payment cards | Many cards | High | 2 | 2 | 1 | 1 | 0 | 2026-03-01T08:00:00Z | 2026-03-01T08:05:00Z
          Payment cards | Few cards | Low | 1 | 0 | 0 | 0 | 0 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z
        table users
          ann@contoso.example | 2 | 2 | 1 | 1 | 0 | 2026-03-01T08:00:00Z | 2026-03-01T08:05:00Z
          bob@contoso.example | 1 | 0 | 0 | 0 | 0 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z
        table types
          Credit Card Number | 3 | 16 | 85 | 2026-03-01T08:00:00Z | 2026-03-01T09:00:00Z
        table matches
          2026-03-01T08:00:00Z | DlpRuleMatch | Exchange | ann@contoso.example | Cards | xi@fabrikam.example | Payment cards | Many cards | High | Enable | NotifyUser; BlockAccess | 7 x Credit Card Number (85 %) | 
          2026-03-01T08:05:00Z | DlpRuleUndo | Exchange | ann@contoso.example | Cards | xi@fabrikam.example | Payment cards | Many cards | High | Enable | BlockAccess | 7 x Credit Card Number (85 %) | BlockAccess; Override; The customer asked for it
          2026-03-01T09:00:00Z | DlpRuleMatch | OneDrive | bob@contoso.example | https://contoso.example/bob/list.xlsx |  | Payment cards | Few cards | Low |  | NotifyUser | 2 x Credit Card Number (75 %) | 
    "#]],
    );
}

#[test]
fn the_agent_stands_for_the_sender() {
    inquiry::check(
        &KIND,
        "user=bob@contoso.example",
        RECORDS,
        expect![[r#"
        Events: 1
        chart Events by rule [events]
          Payment cards: Few cards [1]
        table rules
          Payment cards | Few cards | Low | 1 | 0 | 0 | 0 | 0 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z
        table users
          bob@contoso.example | 1 | 0 | 0 | 0 | 0 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z
        table types
          Credit Card Number | 1 | 2 | 75 | 2026-03-01T09:00:00Z | 2026-03-01T09:00:00Z
        table matches
          2026-03-01T09:00:00Z | DlpRuleMatch | OneDrive | bob@contoso.example | https://contoso.example/bob/list.xlsx |  | Payment cards | Few cards | Low |  | NotifyUser | 2 x Credit Card Number (75 %) | 
    "#]],
    );
}

#[test]
fn found_values_are_not_shown() {
    let answer = format!("{:?}", inquiry::answer(&KIND, "", RECORDS));
    assert!(answer.contains("Credit Card Number") && !answer.contains("0000111122223333"));
}
