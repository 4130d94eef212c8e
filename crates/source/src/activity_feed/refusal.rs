//! What does a refusal of the service mean?
//!
//! Refusals carry a code, `AF` and digits. The table below is the Management Activity API
//! reference's, with the reaction to each. What is documented nowhere was seen by other collectors:
//! AF20024, a code in the middle of a text, a body in single quotes, HTML from a proxy.

use serde_json::Value;

use crate::service::error::{Kind, excerpt, readable};
use crate::service::refusal::{Reaction, Refusal, by_status};
use crate::service::retry::Cause;

/// Start answers this when there is nothing to do. It is missing from the reference's table.
pub(super) const ALREADY_ENABLED: &str = "AF20024";

/// The service no longer knows the page it pointed to.
pub(super) const PAGE_UNKNOWN: &str = "AF20031";

/// A span of time that is too long, or begins more than seven days ago; two texts, two codes.
pub(super) const SPAN_REFUSED: [&str; 2] = ["AF20030", "AF20055"];

/// Code, reaction, and what an administrator should know or do.
const CODES: &[(&str, Reaction, &str)] = &[
    (
        "AF10001",
        Reaction::RenewToken,
        "ActivityFeed.Read is not granted; consent to it in Entra (App registrations > API \
         permissions > Office 365 Management APIs; DLP.All needs ActivityFeed.ReadDlp as well), \
         then run trail365 check",
    ),
    ("AF20001", Reaction::Fail(Kind::Rejected), "a parameter is missing"),
    ("AF20002", Reaction::Fail(Kind::Rejected), "a parameter has the wrong type"),
    (
        "AF20003",
        Reaction::Fail(Kind::Rejected),
        "the webhook's expiration lies in the past; set a later one or none",
    ),
    (
        "AF20010",
        Reaction::Fail(Kind::Misconfigured),
        "the token is for another tenant than tenant_id; check tenant_id",
    ),
    (
        "AF20011",
        Reaction::Fail(Kind::Misconfigured),
        "this cloud knows no such tenant; check tenant_id and cloud",
    ),
    (
        "AF20012",
        Reaction::Fail(Kind::Misconfigured),
        "the service holds a faulty setup of this tenant; check tenant_id and cloud, and if they \
         are right ask Microsoft support",
    ),
    ("AF20013", Reaction::Fail(Kind::Misconfigured), "tenant_id is no GUID; check tenant_id"),
    (
        "AF20020",
        Reaction::Fail(Kind::Rejected),
        "the service does not know this content type; leave it out of content_types",
    ),
    (
        "AF20021",
        Reaction::Fail(Kind::Rejected),
        "the webhook did not pass validation: its address must be https and answer 200 at once",
    ),
    ("AF20022", Reaction::Fail(Kind::NoSubscription), "there is no subscription yet"),
    (
        "AF20023",
        Reaction::Fail(Kind::NoSubscription),
        "somebody disabled the subscription; what becomes available until it is started again is lost",
    ),
    (ALREADY_ENABLED, Reaction::Fail(Kind::Rejected), "the subscription is already enabled"),
    ("AF20030", Reaction::Fail(Kind::Rejected), "the service does not list this span of time"),
    (
        PAGE_UNKNOWN,
        Reaction::Fail(Kind::Broken),
        "the service no longer knows the page it pointed to; list the window anew",
    ),
    ("AF20050", Reaction::Fail(Kind::Expired), "the content does not exist"),
    (
        "AF20051",
        Reaction::Fail(Kind::Expired),
        "the content has expired, seven days after it became available; collect more often",
    ),
    // Ids come from the service's own listings, so one it does not take is content that is not there.
    ("AF20052", Reaction::Fail(Kind::Expired), "the service does not take the content's id"),
    ("AF20053", Reaction::Fail(Kind::Rejected), "only one language can be asked for"),
    ("AF20054", Reaction::Fail(Kind::Rejected), "the language asked for is not valid"),
    ("AF20055", Reaction::Fail(Kind::Rejected), "the service does not list this span of time"),
    (
        "AF429",
        Reaction::Retry(Cause::Throttled),
        "too many requests; lower requests_per_minute if another program uses the same tenant",
    ),
    ("AF50000", Reaction::Retry(Cause::Fault), "the service failed"),
];

/// What the service's own code says when the tenant has no audit log: the code is then a diagnostic
/// text, and the message a stack trace that names this exception.
const NO_AUDIT_LOG: &str = "DataServiceException";
const NO_AUDIT_LOG_WORDS: &str = "the tenant has no audit log for this app: switch it on \
     (Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $true), wait an hour, then run \
     trail365 check; without Microsoft 365 licences there is none";

/// Reads an answer that is no success.
pub(super) fn read(status: u16, body: &[u8]) -> Refusal {
    let text = String::from_utf8_lossy(body);
    let (code, message) = code_and_message(&text);
    let (reaction, words) = match &code {
        Some(code) => coded(code, status, &message),
        None if text.contains(NO_AUDIT_LOG) => {
            (Reaction::Fail(Kind::Denied), NO_AUDIT_LOG_WORDS.to_owned())
        }
        None => by_status(status, &message),
    };
    Refusal { reaction, code, words, body: excerpt(body) }
}

fn coded(code: &str, status: u16, message: &str) -> (Reaction, String) {
    match CODES.iter().find(|(known, ..)| *known == code) {
        Some((_, reaction, words)) if message.is_empty() => (*reaction, (*words).to_owned()),
        Some((_, reaction, words)) => (*reaction, format!("{words} (the service says: {message})")),
        None => by_status(status, message),
    }
}

/// The code, looked for in `error.code`, then in `error.message`, then in the whole text, and the
/// message for people, if the answer has the documented shape or that of the gateway before it.
fn code_and_message(text: &str) -> (Option<String>, String) {
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    let field = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (code, message) = (field("/error/code"), field("/error/message"));
    let found = find_code(code).or_else(|| find_code(message)).or_else(|| find_code(text));
    let message = match message.is_empty() {
        true => field("/Message"),
        false => message,
    };
    (found.map(str::to_owned), first_sentence(message))
}

/// `AF` and three to five digits, standing alone: GUIDs and traces hold similar runs.
fn find_code(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    text.match_indices("AF").find_map(|(start, _)| {
        let digits = bytes[start + 2..].iter().take_while(|b| b.is_ascii_digit()).count();
        let end = start + 2 + digits;
        let alone = |at: Option<&u8>| at.is_none_or(|b| !b.is_ascii_alphanumeric());
        let before = start.checked_sub(1).and_then(|at| bytes.get(at));
        ((3..=5).contains(&digits) && alone(before) && alone(bytes.get(end)))
            .then(|| &text[start..end])
    })
}

/// Messages may go on with a stack trace.
const MESSAGE_CHARS_MAX: usize = 300;

fn first_sentence(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    readable(line).chars().take(MESSAGE_CHARS_MAX).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity_feed::{BlobRef, ContentType, Window};
    use crate::scripted::{NOW, Set, TENANT, reply, set};
    use crate::service::Error;

    fn error(code: &str, message: &str) -> String {
        serde_json::json!({"error": {"code": code, "message": message}}).to_string()
    }

    /// Every code of the reference, with the reaction it must get.
    #[test]
    fn each_documented_code_has_its_reaction() {
        let check = |code: &str, status: u16, expected: Reaction| {
            let refusal = read(status, error(code, "Some words.").as_bytes());
            assert_eq!((refusal.reaction, refusal.code.as_deref()), (expected, Some(code)));
            assert!(refusal.words.contains("Some words."), "{}", refusal.words);
            // The code decides, whatever the status.
            assert_eq!(read(418, error(code, "").as_bytes()).reaction, expected);
        };
        let fail = Reaction::Fail;
        check("AF10001", 401, Reaction::RenewToken);
        check("AF10001", 403, Reaction::RenewToken);
        check("AF20001", 400, fail(Kind::Rejected));
        check("AF20002", 400, fail(Kind::Rejected));
        check("AF20003", 400, fail(Kind::Rejected));
        check("AF20010", 401, fail(Kind::Misconfigured));
        check("AF20011", 400, fail(Kind::Misconfigured));
        check("AF20012", 400, fail(Kind::Misconfigured));
        check("AF20013", 400, fail(Kind::Misconfigured));
        check("AF20020", 400, fail(Kind::Rejected));
        check("AF20021", 400, fail(Kind::Rejected));
        check("AF20022", 400, fail(Kind::NoSubscription));
        check("AF20023", 400, fail(Kind::NoSubscription));
        check("AF20024", 400, fail(Kind::Rejected));
        check("AF20030", 400, fail(Kind::Rejected));
        check("AF20031", 400, fail(Kind::Broken));
        check("AF20050", 404, fail(Kind::Expired));
        check("AF20051", 400, fail(Kind::Expired));
        check("AF20052", 400, fail(Kind::Expired));
        check("AF20053", 400, fail(Kind::Rejected));
        check("AF20054", 400, fail(Kind::Rejected));
        check("AF20055", 400, fail(Kind::Rejected));
        check("AF429", 403, Reaction::Retry(Cause::Throttled));
        check("AF429", 429, Reaction::Retry(Cause::Throttled));
        check("AF50000", 500, Reaction::Retry(Cause::Fault));
    }

    #[test]
    fn answers_of_other_shapes_are_understood() {
        let check = |status: u16, body: &str, code: Option<&str>, expected: Reaction| {
            let refusal = read(status, body.as_bytes());
            assert_eq!((refusal.code.as_deref(), refusal.reaction), (code, expected), "{body}");
            assert!(!refusal.words.is_empty() && !refusal.words.contains(char::is_control));
        };
        let throttled = Reaction::Retry(Cause::Throttled);
        let fault = Reaction::Retry(Cause::Fault);
        check(
            403,
            "{'error':{'code':'AF429','message':'Too many requests. Method=GetBlob, PublisherId=00000000-0000-0000-0000-000000000000'}}",
            Some("AF429"),
            throttled,
        );
        check(
            401,
            r#"{"Message":"Authorization has been denied for this request."}"#,
            None,
            Reaction::RenewToken,
        );
        check(
            400,
            &error("Trouble", "see AF20022: none"),
            Some("AF20022"),
            Reaction::Fail(Kind::NoSubscription),
        );
        check(
            400,
            &error(
                "StartSubscription [CorrId=0af20030-af123-4][TenantId=a,ContentType=b][AppId",
                "=c] failed. Exception: Microsoft.Office.Compliance.Audit.DataServiceException: Tenant d does not exist.\r\n   at X.Y()",
            ),
            None,
            Reaction::Fail(Kind::Denied),
        );
        check(429, "", None, throttled);
        check(429, "<html>slow down</html>", None, throttled);
        check(503, "<html>AF</html>", None, fault);
        check(502, "AF1234567", None, fault);
        check(500, &error("AF59999", "new"), Some("AF59999"), fault);
        check(400, &error("AF29999", "new"), Some("AF29999"), Reaction::Fail(Kind::Rejected));
        check(403, "<html>blocked</html>", None, Reaction::Fail(Kind::Denied));
        check(404, "", None, Reaction::Fail(Kind::Rejected));
        check(407, "", None, Reaction::Fail(Kind::Misconfigured));
        check(302, "", None, Reaction::Fail(Kind::Untrusted));
        check(418, "\u{1b}[2J", None, Reaction::Fail(Kind::Rejected));
        check(408, "[1,2", None, fault);
        check(500, "\u{fffd}AF", None, fault);
    }

    #[test]
    fn long_answers_are_kept_in_part() {
        let refusal = read(400, error("AF20001", &"word ".repeat(5000)).as_bytes());
        assert!(refusal.words.len() < 400 && refusal.body.len() == 4096);
    }

    /// What the caller of each operation is told, after how many requests.
    #[tokio::test]
    async fn each_refusal_reaches_the_caller_as_what_to_do() {
        let now = event::time::parse(NOW).unwrap();
        let window = Window::new(now - 3_600_000_000, now).unwrap();
        let blob = BlobRef {
            content_type: ContentType::Exchange,
            content_id: "a".into(),
            uri: format!("https://manage.office.com/api/v1.0/{TENANT}/activity/feed/audit/a"),
            created: None,
            expires: None,
        };
        let check = async |status: u16, body: &'static str, list: &str, fetch: &str| {
            let refused = || {
                set(move |seen| {
                    let body = match body.starts_with("AF") {
                        true => error(body, "Words."),
                        false => body.to_owned(),
                    };
                    (!seen.is_sign_in()).then(|| reply(status, body))
                })
            };
            let show = |set: &Set, error: Error| {
                let kind = format!("{:?}", error.kind());
                let kind = kind.split(' ').next().unwrap_or_default().to_owned();
                format!("{kind} {}", set.network.calls().len())
            };
            let listing = refused();
            let error = listing.feed.list(ContentType::Exchange, window).next_page().await;
            assert_eq!(show(&listing, error.unwrap_err()), list, "list {status} {body}");
            let download = refused();
            let error = download.feed.fetch(&blob).await.err().unwrap();
            assert_eq!(show(&download, error), fetch, "fetch {status} {body}");
        };
        let both = async |status, body, expected| check(status, body, expected, expected).await;
        // A new token, once: consent may just have been given.
        both(401, "AF10001", "Denied 2").await;
        both(403, "AF10001", "Denied 2").await;
        both(401, r#"{"Message":"Authorization has been denied."}"#, "Denied 2").await;
        // Somebody has to put something right.
        for code in ["AF20010", "AF20011", "AF20012", "AF20013"] {
            both(400, code, "Misconfigured 1").await;
        }
        both(407, "", "Misconfigured 1").await;
        both(403, "<html>blocked</html>", "Denied 1").await;
        // Subscribe again.
        both(400, "AF20022", "NoSubscription 1").await;
        both(400, "AF20023", "NoSubscription 1").await;
        // It is gone.
        for code in ["AF20050", "AF20051", "AF20052"] {
            both(400, code, "Expired 1").await;
        }
        check(404, "", "Rejected 1", "Expired 1").await;
        check(410, "<html></html>", "Rejected 1", "Expired 1").await;
        // Our fault, or that of the times: never again the same.
        for code in ["AF20001", "AF20002", "AF20020", "AF20030", "AF20055", "AF29999"] {
            both(400, code, "Rejected 1").await;
        }
        both(400, "AF20031", "Broken 1").await;
        both(400, r#"{"error":{"code":"Trouble"}}"#, "Rejected 1").await;
        both(302, "", "Untrusted 1").await;
        // It may pass, so it was tried to the end.
        both(500, "AF50000", "Later 6").await;
        both(503, "<html>busy</html>", "Later 6").await;
        both(403, "AF429", "Later 6").await;
        both(429, "", "Later 6").await;
    }
}
