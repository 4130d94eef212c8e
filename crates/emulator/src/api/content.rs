//! Which content is available, and what does it hold?

use serde_json::{Value, json};

use super::errors::Problem;
use super::faults::Faults;
use crate::clock::{self, DAY, Millis, SECOND};
use crate::content_type::ContentType;
use crate::publication::{self, Blob, Publication};
use crate::random::{blend, threshold};

/// Where a URL of another host points when that fault is on; `.invalid` resolves nowhere.
const FOREIGN_HOST: &str = "https://manage.office.com.attacker.invalid";

/// startTime and endTime of a listing, start inclusive, end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from: Millis,
    pub(super) until: Millis,
}

impl Window {
    /// Both or neither, start before end, at most 24 hours, start at most 7 days ago.
    pub(super) fn read(
        start: Option<&str>,
        end: Option<&str>,
        now: Millis,
        old_error: bool,
    ) -> Result<Window, Problem> {
        let refused = || if old_error { Problem::WindowOldText } else { Problem::Window };
        let time = |text: Option<&str>, name: &'static str| {
            text.map(|text| {
                clock::parse_query_time(text).ok_or(Problem::ParameterType(name, "datetime"))
            })
            .transpose()
        };
        match (time(start, "startTime")?, time(end, "endTime")?) {
            // The reference says 24 hours; the troubleshooting page says since midnight.
            (None, None) => Ok(Window { from: now - DAY, until: now }),
            (Some(from), Some(until))
                if from < until && until - from <= DAY && from >= now - 7 * DAY =>
            {
                Ok(Window { from, until })
            }
            _ => Err(refused()),
        }
    }
}

/// What a listing needs to know.
pub(super) struct Listing<'a> {
    pub(super) publication: &'a Publication<'a>,
    pub(super) faults: &'a Faults,
    /// `http://host/api/v1.0/{tenant}/activity/feed`
    pub(super) feed_url: &'a str,
    pub(super) content_type: ContentType,
    pub(super) window: Window,
    /// Content from before is not shown.
    pub(super) visible_from: Millis,
    pub(super) next_page: Option<&'a str>,
    pub(super) now: Millis,
}

impl Listing<'_> {
    /// The body and the link to the next page.
    pub(super) fn answer(&self) -> Result<(String, Option<String>), Problem> {
        let after = self.next_page.map(publication::read_page_token).transpose()?;
        let page_size = self.faults.page_size as usize;
        let from = self.window.from.max(self.visible_from);
        let mut blobs = self.publication.list(
            self.content_type,
            from,
            self.window.until,
            self.now,
            after,
            page_size + 1,
        );
        let more = blobs.len() > page_size;
        blobs.truncate(page_size);
        let objects: Vec<Value> =
            blobs.iter().map(|blob| describe(blob, self.feed_url, self.faults)).collect();
        let next = match blobs.last().filter(|_| more) {
            _ if self.faults.page_loop => Some(self.own_url()),
            last => last.map(|last| self.next_url(last)),
        };
        Ok((Value::from(objects).to_string(), next))
    }

    fn next_url(&self, last: &Blob) -> String {
        let token = publication::page_token(last.created, last.key.slice, last.key.part);
        self.url(&page_query(self.content_type, self.window, &token))
    }

    /// The page that is being answered.
    fn own_url(&self) -> String {
        let window = window_query(self.content_type, self.window);
        let token = self.next_page.map(|token| format!("&nextPage={token}"));
        self.url(&format!("{window}{}", token.unwrap_or_default()))
    }

    fn url(&self, query: &str) -> String {
        let base = host_or_foreign(self.feed_url, self.faults.wrong_host_next_page);
        // Whether the real service repeats the PublisherIdentifier is not known; clients add it themselves.
        format!("{base}/subscriptions/content?{query}")
    }
}

/// The query of a next-page link: the window, filled in when it was left out, and the token.
pub(super) fn page_query(content_type: ContentType, window: Window, token: &str) -> String {
    format!("{}&nextPage={token}", window_query(content_type, window))
}

fn window_query(content_type: ContentType, window: Window) -> String {
    let (from, until) = (clock::seconds(window.from), clock::seconds(window.until));
    format!("contentType={content_type}&startTime={from}&endTime={until}")
}

fn host_or_foreign(feed_url: &str, foreign: bool) -> String {
    let path = feed_url.find("/api/").map_or("", |at| &feed_url[at..]);
    if foreign { format!("{FOREIGN_HOST}{path}") } else { feed_url.to_owned() }
}

/// A blob as listings and notifications show it.
pub(super) fn describe(blob: &Blob, feed_url: &str, faults: &Faults) -> Value {
    let id = blob.content_id();
    let foreign = blend(blob.key.slice, u64::from(blob.key.part) + 77)
        < threshold(faults.wrong_host_content_rate);
    let base = host_or_foreign(feed_url, foreign);
    json!({
        "contentType": blob.key.content_type.name(),
        "contentId": id,
        "contentUri": format!("{base}/audit/{id}"),
        "contentCreated": clock::with_millis(blob.created),
        "contentExpiration": clock::with_millis(expiration(blob, faults)),
    })
}

pub(super) fn expiration(blob: &Blob, faults: &Faults) -> Millis {
    blob.created + i64::from(faults.content_lifetime_seconds) * SECOND
}

pub(super) fn has_expired(blob: &Blob, faults: &Faults, now: Millis) -> bool {
    blob.expires_early || expiration(blob, faults) <= now
}

/// Whether the blob's JSON is broken, which it then is for everybody and always.
pub(super) fn is_broken(blob: &Blob, faults: &Faults) -> bool {
    blend(blob.key.slice, u64::from(blob.key.part) + 0xB0) < threshold(faults.json_broken_rate)
}

/// The record in which a broken blob of so many breaks.
pub(super) fn break_of(records: usize) -> usize {
    records / 2
}

/// Finds a blob by its id.
pub(super) fn find(
    publication: &Publication<'_>,
    id: &str,
    faults: &Faults,
    now: Millis,
) -> Result<Blob, Problem> {
    let key = publication::parse_content_id(id)
        .ok_or_else(|| Problem::ContentIdInvalid(id.to_owned()))?;
    let blob = publication.find(key, now).ok_or_else(|| Problem::ContentMissing(id.to_owned()))?;
    if blob.content_id() != id {
        return Err(Problem::ContentMissing(id.to_owned()));
    }
    if has_expired(&blob, faults, now) {
        return Err(Problem::ContentExpired(id.to_owned()));
    }
    Ok(blob)
}

/// The records of a blob, as a JSON array.
/// If it `breaks`, the record in the middle is cut in half and the next one follows.
pub(super) fn body(
    publication: &Publication<'_>,
    blob: &Blob,
    breaks: bool,
    dlp_values: bool,
) -> Vec<u8> {
    let entries = publication.entries(blob.key);
    let breaks_at = breaks.then(|| break_of(entries.len()));
    let mut out = Vec::with_capacity(entries.len() * 1_600);
    for (position, (at, _)) in entries.iter().enumerate() {
        out.push(if position == 0 { b'[' } else { b',' });
        let start = out.len();
        publication.write(at, dlp_values, &mut out);
        if breaks_at == Some(position) {
            out.truncate(start + (out.len() - start) / 2);
        }
    }
    out.push(b']');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{HOUR, parse_query_time};

    #[test]
    fn windows() {
        let now = parse_query_time("2026-09-28T12:00:00").unwrap();
        let check = |start: Option<&str>, end: Option<&str>, expected: Result<i64, &str>| {
            let read = Window::read(start, end, now, false);
            match (&read, expected) {
                (Ok(window), Ok(hours)) => {
                    assert_eq!(window.until - window.from, hours * HOUR, "{start:?} {end:?}")
                }
                (Err(problem), Err(code)) => assert_eq!(problem.code(), code, "{start:?} {end:?}"),
                _ => panic!("{start:?} {end:?} gave {read:?}"),
            }
        };
        check(None, None, Ok(24));
        check(Some("2026-09-28"), Some("2026-09-28T12:00"), Ok(12));
        check(Some("2026-09-27T12:00:00"), Some("2026-09-28T12:00:00"), Ok(24));
        check(Some("2026-09-21T12:00:00"), Some("2026-09-22T12:00:00"), Ok(24));
        check(Some("2026-09-28T11:00:00"), Some("2026-09-29T10:00:00"), Ok(23));
        check(Some("2026-09-27T12:00:00"), Some("2026-09-28T12:00:01"), Err("AF20055"));
        check(Some("2026-09-21T11:59:59"), Some("2026-09-22T11:00:00"), Err("AF20055"));
        check(Some("2026-09-28T12:00:00"), Some("2026-09-28T12:00:00"), Err("AF20055"));
        check(Some("2026-09-28T12:00:00"), Some("2026-09-28T11:00:00"), Err("AF20055"));
        check(Some("2026-09-28"), None, Err("AF20055"));
        check(None, Some("2026-09-28"), Err("AF20055"));
        check(Some("28/09/2026"), Some("2026-09-28"), Err("AF20002"));
        check(Some("2026-09-28T00:00:00Z"), Some("2026-09-28T01:00:00Z"), Err("AF20002"));
    }
}
