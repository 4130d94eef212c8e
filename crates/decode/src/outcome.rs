//! How did it end?
//!
//! Each service spells ResultStatus its own way, and some say Success of what did not succeed, so
//! the outcome is told by what is most certain: the error number of a sign-in, the action of a DLP
//! rule, then ResultStatus, then the name of the operation.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use event::{Event, Field, Value, resolve};

use crate::codes;

const SUCCESS: &str = "success";
/// Some of it was done.
const PARTIAL: &str = "partial";
/// A sign-in that was not over: the user was asked for more.
const INTERRUPTED: &str = "interrupted";
const FAILURE: &str = "failure";
/// The record does not say. Most services only write what was done.
const UNKNOWN: &str = "unknown";

/// What [`Field::Outcome`] holds.
pub fn of(event: &Event) -> &'static str {
    let told = match event.int(Field::RecordType) {
        Some(9 | 15) => sign_in(event),
        Some(11 | 13 | 33 | 63 | 99 | 100 | 107) => dlp(event),
        Some(188..=194 | 231 | 392 | 393 | 401 | 402) => planner(event),
        None => sign_in_code(event.text(Field::ResultStatus)).or_else(|| by_delivery(event)),
        _ => None,
    };
    told.or_else(|| by_status(event.text(Field::ResultStatus)?))
        .or_else(|| by_operation(event.text(Field::Operation)?))
        .unwrap_or(UNKNOWN)
}

/// Records of sign-ins say Success of interrupted and of failed ones; the number tells.
fn sign_in(event: &Event) -> Option<&'static str> {
    let member = |name| event.body.get(name).and_then(Value::as_text);
    let number = ["ErrorNumber", "ErrorCode"]
        .into_iter()
        .find_map(|name| sign_in_code(member(name).as_deref()));
    let name = || {
        let name = member("LogonError").filter(|name| !name.is_empty())?;
        Some(match codes::sign_in_error_code(&name) {
            Some(code) => by_code(code),
            None if name.ends_with("Interrupt") => INTERRUPTED,
            None => FAILURE,
        })
    };
    // Graph's status.errorCode stands in ResultStatus.
    number.or_else(name).or_else(|| sign_in_code(event.text(Field::ResultStatus)))
}

fn sign_in_code(text: Option<&str>) -> Option<&'static str> {
    Some(by_code(text?.trim().parse().ok()?))
}

fn by_code(code: i64) -> &'static str {
    match code {
        0 => SUCCESS,
        code if INTERRUPTIONS.contains(&code) => INTERRUPTED,
        _ => FAILURE,
    }
}

static INTERRUPTIONS: LazyLock<BTreeSet<i64>> = LazyLock::new(|| {
    let listed = include_str!("../data/sign_in_interruptions.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').next().and_then(|code| code.parse().ok()).expect("a number"));
    let named = codes::sign_in_errors().iter().filter(|(_, name)| name.ends_with("Interrupt"));
    listed.chain(named.map(|(code, _)| *code)).collect()
});

/// Whether a rule kept what was done from happening (elastic/integrations, packages/o365, agrees).
fn dlp(event: &Event) -> Option<&'static str> {
    let blocks =
        resolve(&event.body, "PolicyDetails.Rules.Actions", &mut |actions| match actions {
            Value::List(actions) => actions.iter().any(is_block),
            action => is_block(action),
        });
    let operation = event.text(Field::Operation).unwrap_or("");
    let overridden = event.body.get("ExceptionInfo").is_some_and(|info| match info {
        Value::Object(members) => !members.is_empty(),
        info => info.as_text().is_some_and(|text| !text.is_empty()),
    });
    let undone = operation.eq_ignore_ascii_case("DlpRuleUndo");
    Some(if blocks && !undone && !overridden { FAILURE } else { SUCCESS })
}

fn is_block(action: &Value) -> bool {
    matches!(action, Value::Text(action) if action.eq_ignore_ascii_case("BlockAccess"))
}

/// PlannerResultStatus of the audit schema.
fn planner(event: &Event) -> Option<&'static str> {
    match event.text(Field::ResultStatus)? {
        "1" => Some(SUCCESS),
        "2" | "3" => Some(FAILURE),
        _ => None,
    }
}

/// The states of a message trace. What was filtered was delivered, to the junk folder; what waits
/// has no outcome yet.
fn by_delivery(event: &Event) -> Option<&'static str> {
    if event.text(Field::Operation) != Some("MessageTrace") {
        return None;
    }
    find(DELIVERIES, event.text(Field::ResultStatus)?)
}

fn by_status(status: &str) -> Option<&'static str> {
    find(STATUSES, status)
}

fn by_operation(operation: &str) -> Option<&'static str> {
    ["Failed", "Failure"].iter().any(|end| operation.ends_with(end)).then_some(FAILURE)
}

fn find(words: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    let word = word.trim();
    words.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, outcome)| *outcome)
}

const DELIVERIES: &[(&str, &str)] = &[
    ("Delivered", SUCCESS),
    ("Expanded", SUCCESS),
    ("FilteredAsSpam", SUCCESS),
    ("Failed", FAILURE),
    ("Quarantined", FAILURE),
];

/// Spellings of ResultStatus and its like, as documented and as seen.
const STATUSES: &[(&str, &str)] = &[
    ("Succeeded", SUCCESS),
    ("Success", SUCCESS),
    ("True", SUCCESS),
    ("Successful", SUCCESS),
    ("Completed", SUCCESS),
    ("OK", SUCCESS),
    ("PartiallySucceeded", PARTIAL),
    ("PartialSuccess", PARTIAL),
    ("Partial", PARTIAL),
    ("Interrupted", INTERRUPTED),
    ("Failed", FAILURE),
    ("Failure", FAILURE),
    ("False", FAILURE),
    ("Error", FAILURE),
    ("Denied", FAILURE),
    ("Timeout", FAILURE),
    ("AuthorizationFailure", FAILURE),
    ("ClientError", FAILURE),
    ("ServerError", FAILURE),
    ("Cancelled", FAILURE),
];

#[cfg(test)]
mod tests {
    use super::*;
    use event::{Cell, Key};

    fn outcome(
        record_type: Option<i64>,
        operation: &str,
        status: &str,
        json: &str,
    ) -> &'static str {
        let body = Value::from_json(json).unwrap();
        let mut event = Event::new(Key { id: 0, content: 0 }, b"", body);
        if let Some(id) = record_type {
            event.set(Field::RecordType, Cell::Int(id));
        }
        event.set_text(Field::Operation, operation);
        if !status.is_empty() {
            event.set_text(Field::ResultStatus, status);
        }
        of(&event)
    }

    #[test]
    fn statuses_in_all_spellings() {
        for (status, expected) in [
            ("True", SUCCESS),
            ("TRUE", SUCCESS),
            ("Success", SUCCESS),
            ("succeeded", SUCCESS),
            ("Successful", SUCCESS),
            ("PartiallySucceeded", PARTIAL),
            ("Failed", FAILURE),
            ("failed", FAILURE),
            ("False", FAILURE),
            ("Failure", FAILURE),
            ("Error", FAILURE),
            ("InProgress", UNKNOWN),
            ("", UNKNOWN),
        ] {
            assert_eq!(outcome(Some(1), "Set-Mailbox", status, "{}"), expected, "{status}");
        }
        assert_eq!(outcome(Some(25), "MeetingJoinFailed", "", "{}"), FAILURE);
    }

    #[test]
    fn numbers_of_sign_ins_count_before_their_status() {
        for (operation, status, json, expected) in [
            ("UserLoggedIn", "Success", r#"{"ErrorNumber":"0"}"#, SUCCESS),
            ("UserLoginFailed", "Success", r#"{"ErrorNumber":"50126"}"#, FAILURE),
            ("UserLoginFailed", "Success", r#"{"ErrorNumber":50072}"#, INTERRUPTED),
            ("UserLoggedIn", "Success", r#"{"ErrorNumber":"50140"}"#, INTERRUPTED),
            ("UserLoginFailed", "Success", r#"{"ErrorCode":"50074"}"#, INTERRUPTED),
            ("UserLoginFailed", "Success", r#"{"ErrorNumber":"1000002"}"#, INTERRUPTED),
            (
                "UserLoginFailed",
                "Success",
                r#"{"LogonError":"InvalidUserNameOrPassword"}"#,
                FAILURE,
            ),
            ("UserLoginFailed", "Success", r#"{"LogonError":"KmsiInterrupt"}"#, INTERRUPTED),
            (
                "UserLoginFailed",
                "Success",
                r#"{"LogonError":"SomethingNewInterrupt"}"#,
                INTERRUPTED,
            ),
            ("UserLoginFailed", "Success", r#"{"LogonError":"SomethingNew"}"#, FAILURE),
            ("UserLoginFailed", "", "{}", FAILURE),
            ("UserLoggedIn", "Succeeded", "{}", SUCCESS),
            ("UserLoginFailed", "53003", "{}", FAILURE),
            ("UserLoginFailed", "50058", "{}", INTERRUPTED),
            ("UserLoggedIn", "0", "{}", SUCCESS),
            (
                "PasswordLogonInitialAuthUsingPassword",
                "failed",
                r#"{"LoginStatus":-2147217390}"#,
                FAILURE,
            ),
        ] {
            assert_eq!(outcome(Some(15), operation, status, json), expected, "{status} {json}");
        }
        assert_eq!(outcome(None, "Sign-in activity", "50074", "{}"), INTERRUPTED);
    }

    #[test]
    fn a_blocking_rule_fails_what_was_done() {
        let rule = |actions: &str, more: &str| {
            format!(r#"{{"PolicyDetails":[{{"Rules":[{{"Actions":[{actions}]}}]}}]{more}}}"#)
        };
        for (operation, json, expected) in [
            ("DlpRuleMatch", rule(r#""NotifyUser","BlockAccess""#, ""), FAILURE),
            ("DlpRuleMatch", rule(r#""NotifyUser""#, ""), SUCCESS),
            ("DlpRuleUndo", rule(r#""BlockAccess""#, ""), SUCCESS),
            (
                "DlpRuleMatch",
                rule(r#""BlockAccess""#, r#","ExceptionInfo":{"Reason":"Override"}"#),
                SUCCESS,
            ),
            ("DlpRuleMatch", rule(r#""BlockAccess""#, r#","ExceptionInfo":"""#), FAILURE),
        ] {
            assert_eq!(outcome(Some(13), operation, "", &json), expected, "{json}");
        }
    }

    #[test]
    fn other_families() {
        for (record_type, operation, status, expected) in [
            (Some(188), "PlanRead", "1", SUCCESS),
            (Some(188), "PlanRead", "3", FAILURE),
            (Some(6), "FileAccessed", "1", UNKNOWN),
            (Some(8), "Add user.", "Failure", FAILURE),
            (None, "MessageTrace", "Delivered", SUCCESS),
            (None, "MessageTrace", "FilteredAsSpam", SUCCESS),
            (None, "MessageTrace", "Quarantined", FAILURE),
            (None, "MessageTrace", "Pending", UNKNOWN),
            (None, "User Risk Detection", "atRisk", UNKNOWN),
        ] {
            assert_eq!(
                outcome(record_type, operation, status, "{}"),
                expected,
                "{operation} {status}"
            );
        }
    }
}
