//! How is a list cut into pages?
//!
//! A `$skiptoken` names the last row that was shown, so that rows which come to light meanwhile
//! move nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::super::luck::Strike;
use super::Call;
use super::error::GraphError;
use crate::clock::Millis;
use crate::random::blend;

/// So many rows are looked at for one page; a filter that is choosier gets an empty page and a link.
const SCAN_MAX: usize = 20_000;
/// Each so-many-eth page that follows another is empty, with a link, as the reference warns.
const EMPTY_PAGE_ONE_IN: u64 = 8;
const FOREIGN_HOST: &str = "https://graph.microsoft.com.attacker.invalid";

/// Where a row stands among the others: its time, and a number that tells rows of one moment apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) time: Millis,
    pub(super) tie: u64,
}

/// What is particular to a list.
pub(super) struct Shape {
    /// `auditLogs/signIns`, for the context and the links.
    pub(super) path: String,
    /// The property of time that `$orderby` may name.
    pub(super) time: &'static str,
    pub(super) page_default: usize,
    pub(super) page_max: usize,
}

/// The page asked for. `make` gives a row as JSON, or None when the filter keeps it back.
pub(super) fn answer<T>(
    call: &Call<'_>,
    shape: &Shape,
    mut rows: Vec<(Position, T)>,
    make: impl Fn(&T) -> Option<String>,
) -> Result<String, GraphError> {
    let top = top(call, shape)?;
    let oldest_first = oldest_first(call, shape)?;
    let token = call.option("skiptoken").map(|text| Token::read(&text)).transpose()?;
    if token.is_some() && call.luck.strikes(call.faults.page_fault_rate, Strike::Page) {
        return Err(GraphError::bad_request("The skip token is not valid."));
    }
    if let Some(token) = token.filter(Token::shows_nothing) {
        let next = Token { was_empty: true, ..token };
        return Ok(body(call, shape, &[], Some(next)));
    }
    rows.sort_unstable_by_key(|(position, _)| *position);
    if !oldest_first {
        rows.reverse();
    }
    let behind = |position: &Position| match &token {
        None => true,
        Some(token) if oldest_first => *position > token.after,
        Some(token) => *position < token.after,
    };
    let first = rows.partition_point(|(position, _)| !behind(position));
    let (mut shown, mut last) = (Vec::new(), None);
    for (position, row) in rows[first..].iter().take(SCAN_MAX) {
        if shown.len() == top {
            break;
        }
        last = Some(*position);
        shown.extend(make(row));
    }
    let more = last.is_some_and(|last| rows.last().is_some_and(|(end, _)| *end != last));
    let next = last.filter(|_| more).map(|after| Token { after, was_empty: false });
    Ok(body(call, shape, &shown, next))
}

fn top(call: &Call<'_>, shape: &Shape) -> Result<usize, GraphError> {
    let Some(text) = call.option("top") else { return Ok(shape.page_default) };
    match text.parse() {
        Ok(top) if (1..=shape.page_max).contains(&top) => Ok(top),
        _ => Err(GraphError::bad_request(format!(
            "Invalid page size specified: '{text}'. Must be between 1 and {} inclusive.",
            shape.page_max
        ))),
    }
}

fn oldest_first(call: &Call<'_>, shape: &Shape) -> Result<bool, GraphError> {
    let Some(text) = call.option("orderby") else { return Ok(false) };
    let (property, direction) = text.trim().split_once(' ').unwrap_or((text.trim(), "asc"));
    match direction.trim() {
        "asc" if property == shape.time => Ok(true),
        "desc" if property == shape.time => Ok(false),
        _ => Err(GraphError::bad_request(format!("Ordering by '{text}' is not supported."))),
    }
}

/// Rows stay the text they are: an audit record must come out as it was published.
fn body(call: &Call<'_>, shape: &Shape, rows: &[String], next: Option<Token>) -> String {
    let context = Value::from(format!("{}/$metadata#{}", call.root, shape.path));
    let link = match next {
        _ if call.faults.page_loop => Some(call.own_url()),
        next => next.map(|next| link(call, &next)),
    };
    let link = link.map(|link| format!("\"@odata.nextLink\":{},", Value::from(link)));
    let link = link.unwrap_or_default();
    format!("{{\"@odata.context\":{context},{link}\"value\":[{}]}}", rows.join(","))
}

/// The same request with another token.
fn link(call: &Call<'_>, next: &Token) -> String {
    let query = call.request.target.split_once('?').map_or("", |(_, query)| query);
    let is_token = |part: &&str| {
        let name = part.split('=').next().unwrap_or_default();
        name.trim_start_matches("%24").trim_start_matches('$').eq_ignore_ascii_case("skiptoken")
    };
    let kept = query.split('&').filter(|part| !part.is_empty() && !is_token(part));
    let query: Vec<String> =
        kept.map(String::from).chain([format!("$skiptoken={}", next.write())]).collect();
    let url = format!("{}?{}", call.path_url(), query.join("&"));
    if !call.faults.wrong_host_next_page {
        return url;
    }
    let path = url.splitn(4, '/').nth(3).unwrap_or_default();
    format!("{FOREIGN_HOST}/{path}")
}

#[derive(Clone, Copy, Debug)]
struct Token {
    after: Position,
    /// The page that led here was empty by chance.
    was_empty: bool,
}

impl Token {
    fn write(&self) -> String {
        let Position { time, tie } = self.after;
        URL_SAFE_NO_PAD.encode(format!("{time} {tie} {}", u8::from(self.was_empty)))
    }

    fn read(text: &str) -> Result<Token, GraphError> {
        Token::parse(text).ok_or_else(|| GraphError::bad_request("The skip token is not valid."))
    }

    fn parse(text: &str) -> Option<Token> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = text.split(' ');
        let after =
            Position { time: parts.next()?.parse().ok()?, tie: parts.next()?.parse().ok()? };
        Some(Token { after, was_empty: parts.next()? == "1" })
    }

    fn shows_nothing(&self) -> bool {
        let chance = blend(self.after.time as u64, self.after.tie);
        !self.was_empty && chance.is_multiple_of(EMPTY_PAGE_ONE_IN)
    }
}
