//! Is the tenant's audit log on?
//!
//! The service does not say so. A tenant without one is answered with a text that names an
//! exception of the service, or has subscriptions in which nothing ever appears.

use event::{TenantName, time};
use source::activity_feed::{ActivityFeed, ContentType, Status, Subscription, Window};
use source::service::Error;
use store::Ledger;

use super::report::Items;
use crate::portal::AUDIT_LOG_ON;

const CHECK: &str = "audit log";

/// What the service's text names when the tenant has no audit log.
const NO_AUDIT_LOG: &str = "DataServiceException";

/// The first content of a new subscription may take this long (Management Activity API reference).
const FIRST_CONTENT_MAX: i64 = 12 * time::HOUR;

/// True when this refusal means that there is no audit log, which is then told.
pub fn is_refused(error: &Error, items: &mut Items) -> bool {
    let is_refused = error.body().contains(NO_AUDIT_LOG);
    if is_refused {
        items.wrong(CHECK, format!("the audit log is off: {error}"), AUDIT_LOG_ON);
    }
    is_refused
}

/// Lists the last day of each subscription once.
pub async fn check(
    feed: &ActivityFeed,
    content_types: &[ContentType],
    present: &[Subscription],
    now: i64,
    is_new: bool,
    items: &mut Items,
) {
    let is_enabled = |content_type: &&ContentType| {
        present.iter().any(|known| {
            known.content_type.eq_ignore_ascii_case(content_type.as_str())
                && known.status == Status::Enabled
        })
    };
    let mut blobs = 0;
    let mut listed = 0;
    for &content_type in content_types.iter().filter(is_enabled) {
        match first_page(feed, content_type, now).await {
            Ok(count) => {
                blobs += count;
                listed += 1;
            }
            Err(error) if is_refused(&error, items) => return,
            Err(error) => {
                let again = "run trail365 check again; if it stays, ask Microsoft support with the \
                             code";
                items.wrong(&format!("listing {content_type}"), error.to_string(), again);
            }
        }
    }
    let content =
        format!("{blobs} contents or more in {listed} content types in the last 24 hours");
    match (listed, blobs) {
        (0, _) => items.warn(
            CHECK,
            "not known before a subscription is enabled",
            format!("trail365 collect --once, then check again; {AUDIT_LOG_ON}"),
        ),
        (_, 0) if is_new => {
            items.note(CHECK, "no content yet; the first of a new subscription may take 12 hours")
        }
        (_, 0) => items.wrong(
            CHECK,
            format!("no content at all in {listed} content types in the last 24 hours"),
            AUDIT_LOG_ON,
        ),
        _ => items.ok(CHECK, format!("on: {content}")),
    }
}

/// How many contents the first page of the last day has.
async fn first_page(
    feed: &ActivityFeed,
    content_type: ContentType,
    now: i64,
) -> Result<usize, Error> {
    let window = Window::new(now - time::DAY, now).expect("a day is a window");
    let page = feed.list(content_type, window).next_page().await?;
    Ok(page.map_or(0, |page| page.blobs.len()))
}

/// Whether every subscription that the ledger knows was started a short while ago.
pub fn is_new(ledger: Option<&Ledger>, tenant: &TenantName, now: i64) -> bool {
    let scopes = ledger.and_then(|ledger| ledger.scopes().ok()).unwrap_or_default();
    let mut since = scopes.iter().filter(|scope| scope.tenant == tenant.as_str()).peekable();
    since.peek().is_some() && since.all(|scope| now - scope.since < FIRST_CONTENT_MAX)
}
