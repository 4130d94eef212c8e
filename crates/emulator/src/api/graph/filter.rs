//! Which rows does `$filter` let through?
//!
//! The part of OData that the log endpoints document: comparisons, startsWith, endsWith, contains
//! and any(), joined by `and`.

use serde_json::Value;

use super::error::GraphError;
use crate::clock::{self, Millis};

/// Longer filters are refused, as are longer URLs.
const TERMS_MAX: usize = 50;

/// Terms that must all hold.
#[derive(Debug, Default)]
pub(super) struct Filter(Vec<Term>);

#[derive(Debug)]
enum Term {
    Compare {
        path: String,
        how: How,
        value: Literal,
    },
    Text {
        path: String,
        how: Part,
        value: String,
    },
    /// `path/any(x: term)`; paths in the term are relative to an element.
    Any {
        path: String,
        term: Box<Term>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Equal,
    Above,
    AtLeast,
    Below,
    AtMost,
}

#[derive(Clone, Copy, Debug)]
enum Part {
    Start,
    End,
    Middle,
}

#[derive(Debug)]
enum Literal {
    Text(String),
    Time(Millis),
    Number(i64),
    Truth(bool),
    Null,
}

impl Filter {
    pub(super) fn read(text: Option<&str>) -> Result<Filter, GraphError> {
        let Some(text) = text else { return Ok(Filter::default()) };
        let invalid = || {
            GraphError::bad_request(format!("Invalid filter clause: '{text}' is not understood."))
        };
        let terms: Option<Vec<Term>> = split(text).into_iter().map(|term| read(term, "")).collect();
        let terms = terms.filter(|terms| terms.len() <= TERMS_MAX).ok_or_else(invalid)?;
        Ok(Filter(terms))
    }

    pub(super) fn admits(&self, row: &Value) -> bool {
        self.0.iter().all(|term| term.admits(row))
    }

    /// The times of a property that may be admitted, start inclusive, end exclusive.
    pub(super) fn range(&self, property: &str) -> (Option<Millis>, Option<Millis>) {
        let (mut from, mut until) = (None, None);
        for term in &self.0 {
            let Term::Compare { path, how, value: Literal::Time(time) } = term else { continue };
            if path != property {
                continue;
            }
            let (start, end) = match how {
                How::Equal => (Some(*time), Some(time + 1)),
                How::Above => (Some(time + 1), None),
                How::AtLeast => (Some(*time), None),
                How::Below => (None, Some(*time)),
                How::AtMost => (None, Some(time + 1)),
            };
            from = from.max(start);
            until = [until, end].into_iter().flatten().min();
        }
        (from, until)
    }

    /// The text that an any() demands of a list of texts.
    pub(super) fn any_of(&self, list: &str) -> Option<&str> {
        self.0.iter().find_map(|term| match term {
            Term::Any { path, term } if path == list => match &**term {
                Term::Compare { how: How::Equal, value: Literal::Text(text), .. } => Some(&**text),
                _ => None,
            },
            _ => None,
        })
    }
}

impl Term {
    fn admits(&self, row: &Value) -> bool {
        match self {
            Term::Compare { path, how, value } => value.fits(at(row, path), *how),
            Term::Text { path, how, value } => {
                let text = at(row, path).as_str().unwrap_or_default().to_lowercase();
                match how {
                    Part::Start => text.starts_with(value),
                    Part::End => text.ends_with(value),
                    Part::Middle => text.contains(value),
                }
            }
            Term::Any { path, term } => {
                at(row, path).as_array().is_some_and(|list| list.iter().any(|it| term.admits(it)))
            }
        }
    }
}

impl Literal {
    fn fits(&self, value: &Value, how: How) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let order = match self {
            Literal::Time(time) => {
                value.as_str().and_then(clock::parse_any_time).map(|known| known.cmp(time))
            }
            Literal::Number(number) => value.as_i64().map(|known| known.cmp(number)),
            // Graph compares text without regard to case.
            Literal::Text(text) => {
                value.as_str().map(|known| known.to_lowercase().cmp(&text.to_lowercase()))
            }
            Literal::Truth(truth) => value.as_bool().map(|known| known.cmp(truth)),
            Literal::Null => value.is_null().then_some(Equal),
        };
        order.is_some_and(|order| match how {
            How::Equal => order == Equal,
            How::Above => order == Greater,
            How::AtLeast => order != Less,
            How::Below => order == Less,
            How::AtMost => order != Greater,
        })
    }
}

fn at<'v>(row: &'v Value, path: &str) -> &'v Value {
    path.split('/').filter(|part| !part.is_empty()).fold(row, |value, part| &value[part])
}

/// Cuts at `and` outside of quotes and parentheses.
fn split(text: &str) -> Vec<&str> {
    let (mut terms, mut start, mut depth, mut quoted) = (Vec::new(), 0, 0_u32, false);
    for (position, character) in text.char_indices() {
        match character {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            ' ' if !quoted && depth == 0 => {
                let rest = &text[position..];
                if rest.get(..5).is_some_and(|word| word.eq_ignore_ascii_case(" and ")) {
                    terms.push(text[start..position].trim());
                    start = position + 5;
                }
            }
            _ => {}
        }
    }
    terms.push(text[start..].trim());
    terms
}

/// Reads a term. `variable` is the one of the any() around it, or empty.
fn read(text: &str, variable: &str) -> Option<Term> {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        return read(inner, variable);
    }
    if let Some((path, inner)) = text.strip_suffix(')').and_then(|rest| rest.split_once("/any(")) {
        let (name, term) = inner.split_once(':')?;
        let term = Box::new(read(term, name.trim())?);
        return Some(Term::Any { path: relative(path, variable), term });
    }
    if let Some((function, inner)) = text.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
        let how = match function.to_ascii_lowercase().as_str() {
            "startswith" => Part::Start,
            "endswith" => Part::End,
            "contains" => Part::Middle,
            _ => return None,
        };
        let (path, value) = inner.split_once(',')?;
        let value = quoted(value.trim())?.to_lowercase();
        return Some(Term::Text { path: relative(path.trim(), variable), how, value });
    }
    let mut words = text.splitn(3, ' ');
    let (path, how, value) = (words.next()?, words.next()?, words.next()?);
    let how = match how.to_ascii_lowercase().as_str() {
        "eq" => How::Equal,
        "gt" => How::Above,
        "ge" => How::AtLeast,
        "lt" => How::Below,
        "le" => How::AtMost,
        _ => return None,
    };
    Some(Term::Compare { path: relative(path, variable), how, value: literal(value.trim())? })
}

/// `t/id` within `any(t: ..)` is `id` of the element; `t` alone the element itself.
fn relative(path: &str, variable: &str) -> String {
    let own = if variable.is_empty() { None } else { path.strip_prefix(variable) };
    own.filter(|rest| rest.is_empty() || rest.starts_with('/'))
        .unwrap_or(path)
        .trim_start_matches('/')
        .to_owned()
}

fn literal(text: &str) -> Option<Literal> {
    if let Some(text) = quoted(text) {
        return Some(Literal::Text(text));
    }
    match text {
        "true" => return Some(Literal::Truth(true)),
        "false" => return Some(Literal::Truth(false)),
        "null" => return Some(Literal::Null),
        _ => {}
    }
    if let Ok(number) = text.parse() {
        return Some(Literal::Number(number));
    }
    // Graph demands a zone in times; a date alone is taken.
    let has_zone = text.contains('T') == text.ends_with('Z') || text.contains('+');
    clock::parse_any_time(text).filter(|_| has_zone).map(Literal::Time)
}

/// An apostrophe within a text is written twice.
fn quoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    Some(inner.replace("''", "'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_pass_or_not() {
        let row = json!({
            "createdDateTime": "2026-01-24T06:54:24Z", "userDisplayName": "Ann O'Neill",
            "isInteractive": true, "status": {"errorCode": 50126}, "riskDetail": null,
            "signInEventTypes": ["nonInteractiveUser"], "targetResources": [{"id": "a1"}],
        });
        let check = |text: &str, expected: bool| {
            assert_eq!(Filter::read(Some(text)).unwrap().admits(&row), expected, "{text}");
        };
        check("createdDateTime ge 2026-01-24T06:54:24Z", true);
        check("createdDateTime gt 2026-01-24T06:54:24Z", false);
        check(
            "createdDateTime ge 2026-01-24 and createdDateTime lt 2026-01-25T00:00:00.000Z",
            true,
        );
        check("createdDateTime le 2026-01-24T06:54:23Z", false);
        check("createdDateTime eq 2026-01-24T07:54:24+01:00", true);
        check("userDisplayName eq 'ann o''neill'", true);
        check("startsWith(userDisplayName,'Ann ')", true);
        check("contains(userDisplayName, ' and ')", false);
        check("endswith(userDisplayName,'neill') and isInteractive eq true", true);
        check("status/errorCode eq 50126", true);
        check("status/errorCode eq 0", false);
        check("riskDetail eq null", true);
        check("signInEventTypes/any(t: t eq 'nonInteractiveUser')", true);
        check("signInEventTypes/any(t: t eq 'interactiveUser')", false);
        check("targetResources/any(t:t/id eq 'a1')", true);
        check("(targetResources/any(t: startswith(t/id,'b')))", false);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for text in ["", "x", "a eq", "a is 'b'", "createdDateTime ge yesterday", "a ne 'b'"] {
            assert_eq!(Filter::read(Some(text)).unwrap_err().status, 400, "{text}");
        }
        assert!(Filter::read(Some("createdDateTime ge 2026-01-24T06:54:24")).is_err());
    }

    #[test]
    fn ranges_of_time() {
        let text = "a ge 2026-01-24T00:00:00Z and a lt 2026-01-25T00:00:00Z and b eq 'x'";
        let filter = Filter::read(Some(text)).unwrap();
        let (from, until) = filter.range("a");
        assert_eq!(until.unwrap() - from.unwrap(), clock::DAY);
        assert_eq!(filter.range("b"), (None, None));
    }
}
