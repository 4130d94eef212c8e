//! What does one record of data loss prevention say?

use event::{Event, Field, Value};

use crate::question::bounded::Words;
use crate::question::told;

/// Where a record names whose file or mail it was: its UserId is mostly DlpAgent.
pub const OWNERS: &[&str] =
    &["ExchangeMetaData.From", "SharePointMetaData.From", "SharePointMetaData.FileOwner"];
const AGENT: &str = "DlpAgent";

/// What one record says besides its rules.
pub struct Match {
    pub user: String,
    pub item: String,
    pub blocked: bool,
    pub exception: Option<String>,
    pub false_positive: bool,
}

impl Match {
    pub fn of(event: &Event) -> Match {
        let body = &event.body;
        let user = told::folded(event, Field::UserId);
        let unnamed = user.is_empty() || user.eq_ignore_ascii_case(AGENT);
        let owner = told::text(body, OWNERS).filter(|_| unnamed);
        let item = [
            &["SharePointMetaData.FilePathUrl", "SharePointMetaData.FileName"][..],
            &["ExchangeMetaData.Subject"],
        ]
        .concat();
        let false_positive = told::is_true(body, "ExceptionInfo.FalsePositive");
        Match {
            user: owner.map_or(user, |owner| event::fold(&owner)),
            item: told::text(body, &item).unwrap_or_else(|| told::column(event, Field::ObjectId)),
            blocked: event.text(Field::Outcome) == Some("failure"),
            exception: exception(body, false_positive),
            false_positive,
        }
    }
}

/// Why the user went on all the same, in his own words.
fn exception(body: &Value, false_positive: bool) -> Option<String> {
    let reason = told::text(body, &["ExceptionInfo.Reason"]);
    let justification = told::text(body, &["ExceptionInfo.Justification"]);
    let plain = told::text(body, &["ExceptionInfo"]).filter(|text| !text.starts_with(['{', '[']));
    let mut all = Words::default();
    if false_positive {
        all.add("false positive");
    }
    let texts = [reason, justification];
    texts.iter().flatten().for_each(|text| all.add(text));
    if all.is_empty() {
        plain.iter().for_each(|text| all.add(text));
    }
    (!all.is_empty()).then(|| all.joined())
}

pub struct Rule {
    pub policy: String,
    pub name: String,
    pub severity: String,
    pub mode: String,
    pub actions: Words,
    pub overridden: Words,
    /// Type, count and confidence.
    pub found: Vec<(String, u64, u64)>,
}

pub fn rules(event: &Event) -> Vec<Rule> {
    let mut all = Vec::new();
    for policy in told::elements(&event.body, "PolicyDetails") {
        let of_policy = told::text(policy, &["PolicyName", "PolicyId"]).unwrap_or_default();
        for rule in told::elements(policy, "Rules") {
            let at = |names: &[&str]| told::text(rule, names).unwrap_or_default();
            all.push(Rule {
                policy: of_policy.clone(),
                name: at(&["RuleName", "RuleId"]),
                severity: at(&["Severity"]),
                mode: at(&["RuleMode"]),
                actions: told::texts(rule, "Actions").into_iter().collect(),
                overridden: told::texts(rule, "OverriddenActions").into_iter().collect(),
                found: rule.get("ConditionsMatched").map(sensitive).unwrap_or_default(),
            });
        }
    }
    all
}

/// Names and numbers alone: what was detected stays in the record.
fn sensitive(conditions: &Value) -> Vec<(String, u64, u64)> {
    let number = |it: &Value, name: &str| told::number(it, &[name]).unwrap_or(0).max(0) as u64;
    told::elements(conditions, "SensitiveInformation")
        .iter()
        .filter_map(|it| {
            let name = told::text(it, &["SensitiveInformationTypeName", "SensitiveType"])?;
            Some((name, number(it, "Count"), number(it, "Confidence")))
        })
        .collect()
}
