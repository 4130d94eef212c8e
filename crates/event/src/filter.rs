//! Which events are meant?
//!
//! The one predicate of trail365. Search text, Sigma rules, policies and reports compile to it.
//! Its meaning, each sentence with an example among the tests:
//!
//! - **Fields.** A name with a column ([`Field`]) means that column; any other name is a path into
//!   the record ([`resolve`]). Names are compared without case.
//! - **Equality** is without case and over the whole value; `*` and `?` are wildcards ([`Pattern`]).
//! - **Missing fields** fail every test; so does null. `not` turns that round: `not a:b` holds
//!   where `a` is missing.
//! - **Lists** pass if any element passes. A path that names an object or a list passes if any
//!   scalar beneath it passes, so `Parameters` alone looks at all names and values.
//! - **Name/value lists** are folded: `Parameters.ForwardTo`.
//! - **Codes** are found by number and by name: `RecordType` 1 is `ExchangeAdmin`.
//! - **Addresses**: a network is compared with the normalised address, whatever port or brackets
//!   were sent.
//! - **Numbers and times** are compared as such, also when they were sent as text; what does not
//!   read as one fails.
//! - **Free text** passes if any name or scalar of the record, escapes undone, holds it.

use crate::path::any_leaf;
use crate::{Address, Cell, Event, Field, Network, Number, Pattern, Value, resolve, time};

/// A predicate over events.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Every event.
    All,
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Field(Name, Test),
    /// Some name or scalar of the record fits. The pattern begins and ends with `*`.
    Text(Pattern),
}

/// What a test looks at.
#[derive(Clone, Debug, PartialEq)]
pub enum Name {
    Column(Field),
    /// Member names joined by dots.
    Path(String),
}

/// What must hold of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// There is a value other than null.
    Exists,
    Matches(Pattern),
    /// The value is an address in this block.
    Within(Network),
    Number(Compare, f64),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Time(Compare, i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Compare {
    pub fn holds<T: PartialOrd>(self, left: T, right: T) -> bool {
        match self {
            Compare::Less => left < right,
            Compare::AtMost => left <= right,
            Compare::More => left > right,
            Compare::AtLeast => left >= right,
        }
    }
}

impl Name {
    /// The column of that name, or else a path.
    pub fn parse(name: &str) -> Name {
        match Field::named(name) {
            Some(field) => Name::Column(field),
            None => Name::Path(name.to_owned()),
        }
    }
}

impl Filter {
    /// A test on a field. A code's number and its name are one field to whoever searches, and so
    /// are an address as sent and its normal form.
    pub fn field(name: &str, test: Test) -> Filter {
        let mut name = Name::parse(name);
        if matches!((&name, &test), (Name::Column(Field::ClientIP), Test::Within(_))) {
            name = Name::Column(Field::ClientAddress);
        }
        if let (Name::Column(field), Test::Matches(_)) = (&name, &test)
            && let Some(names) = field.names()
        {
            let named = Filter::Field(Name::Column(names), test.clone());
            return Filter::Or(vec![Filter::Field(name, test), named]);
        }
        Filter::Field(name, test)
    }

    /// Events from `from` (included) to `to` (not included), in microseconds.
    pub fn between(from: Option<i64>, to: Option<i64>) -> Filter {
        let on_time = |compare, micros| {
            Filter::Field(Name::Column(Field::CreationTime), Test::Time(compare, micros))
        };
        Filter::all(
            [
                from.map(|from| on_time(Compare::AtLeast, from)),
                to.map(|to| on_time(Compare::Less, to)),
            ]
            .into_iter()
            .flatten(),
        )
    }

    /// All of them, without needless nesting.
    pub fn all(filters: impl IntoIterator<Item = Filter>) -> Filter {
        let mut parts = Vec::new();
        for filter in filters {
            match filter {
                Filter::All => {}
                Filter::And(inner) => parts.extend(inner),
                other => parts.push(other),
            }
        }
        match parts.len() {
            0 => Filter::All,
            1 => parts.remove(0),
            _ => Filter::And(parts),
        }
    }

    /// The row evaluator: plain, and the measure for every faster one.
    pub fn matches(&self, event: &Event) -> bool {
        match self {
            Filter::All => true,
            Filter::And(filters) => filters.iter().all(|filter| filter.matches(event)),
            Filter::Or(filters) => filters.iter().any(|filter| filter.matches(event)),
            Filter::Not(filter) => !filter.matches(event),
            Filter::Field(Name::Column(field), test) => {
                event.cell(*field).is_some_and(|cell| test.holds_for_cell(cell))
            }
            Filter::Field(Name::Path(path), test) => test.holds_at(&event.body, path),
            Filter::Text(pattern) => text_matches(&event.body, pattern),
        }
    }
}

impl Test {
    /// Does it hold for one column's content?
    pub fn holds_for_cell(&self, cell: &Cell) -> bool {
        match cell {
            Cell::Text(text) => self.holds_for_text(text),
            Cell::Int(value) => self.holds_for_int(*value),
            Cell::Time(value) => self.holds_for_time(*value),
        }
    }

    pub fn holds_for_text(&self, text: &str) -> bool {
        match self {
            Test::Exists => true,
            Test::Matches(pattern) => pattern.matches(text),
            Test::Within(network) => {
                Address::parse(text).is_some_and(|address| network.contains(address.ip))
            }
            Test::Number(compare, bound) => {
                text.trim().parse::<f64>().is_ok_and(|value| compare.holds(value, *bound))
            }
            Test::Time(compare, bound) => {
                time::parse(text).is_some_and(|value| compare.holds(value, *bound))
            }
        }
    }

    pub fn holds_for_int(&self, value: i64) -> bool {
        match self {
            Test::Number(compare, bound) => compare.holds(value as f64, *bound),
            _ => self.holds_for_text(&value.to_string()),
        }
    }

    pub fn holds_for_time(&self, micros: i64) -> bool {
        match self {
            Test::Time(compare, bound) => compare.holds(micros, *bound),
            _ => self.holds_for_text(&time::iso_text(micros)),
        }
    }

    /// Does it hold for any scalar at or beneath the path?
    pub fn holds_at(&self, body: &Value, path: &str) -> bool {
        resolve(body, path, &mut |value| match self {
            Test::Exists => !value.is_null(),
            Test::Number(compare, bound) => any_number(value, &mut |n| compare.holds(n, *bound)),
            _ => any_leaf(value, &mut |text| self.holds_for_text(text)),
        })
    }
}

fn any_number(value: &Value, pass: &mut dyn FnMut(f64) -> bool) -> bool {
    match value {
        Value::List(items) => items.iter().any(|item| any_number(item, pass)),
        Value::Object(members) => members.iter().any(|(_, member)| any_number(member, pass)),
        Value::Number(Number::Int(n)) => pass(*n as f64),
        Value::Number(number) => pass(number.as_f64()),
        Value::Text(text) => text.trim().parse().is_ok_and(pass),
        Value::Null | Value::Bool(_) => false,
    }
}

/// Does any name or scalar of the record fit?
pub fn text_matches(value: &Value, pattern: &Pattern) -> bool {
    match value {
        Value::List(items) => items.iter().any(|item| text_matches(item, pattern)),
        Value::Object(members) => members
            .iter()
            .any(|(key, member)| pattern.matches(key) || text_matches(member, pattern)),
        scalar => scalar.as_text().is_some_and(|text| pattern.matches(&text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Key;

    fn event() -> Event<'static> {
        let body = Value::from_json(
            r#"{
            "Operation": "New-InboxRule", "Empty": "", "Nothing": null, "Version": 1, "Size": "2048",
            "Flag": true, "ActorIpAddress": "[2001:db8::9]:443", "LastSeen": "2024-05-01T10:00:00",
            "Parameters": [{"Name": "ForwardTo", "Value": "x@evil.example"}, {"Name": "Name", "Value": "."}],
            "Tags": ["red", "Blue"], "Item": {"Subject": "Invoice \u00e9 \\ \"now\""}
        }"#,
        )
        .unwrap();
        let mut event = Event::new(Key { id: 0, content: 0 }, b"", body);
        event.set_text(Field::Operation, "New-InboxRule");
        event.set_text(Field::ClientIP, "203.0.113.7:51512");
        event.set_text(Field::ClientAddress, "203.0.113.7");
        event.set(Field::RecordType, Cell::Int(1));
        event.set_text(Field::RecordTypeName, "ExchangeAdmin");
        event.set(Field::CreationTime, Cell::Time(time::parse("2024-05-01T12:00:00Z").unwrap()));
        event
    }

    fn fits(name: &str, pattern: &str) -> bool {
        Filter::field(name, Test::Matches(Pattern::wildcard(pattern))).matches(&event())
    }

    #[test]
    fn equality_is_without_case_and_over_the_whole_value() {
        assert!(fits("operation", "new-inboxrule"));
        assert!(!fits("operation", "inboxrule"));
        assert!(fits("operation", "*InboxRule"));
        assert!(fits("Empty", ""));
    }

    #[test]
    fn missing_and_null_fail_and_not_turns_round() {
        for name in ["Absent", "Nothing", "UserId", "Item.Absent"] {
            assert!(!fits(name, "*"), "{name}");
            let exists = Filter::field(name, Test::Exists);
            assert!(!exists.matches(&event()), "{name}");
            assert!(Filter::Not(Box::new(exists)).matches(&event()), "{name}");
        }
        assert!(Filter::field("Empty", Test::Exists).matches(&event()));
    }

    #[test]
    fn lists_pass_by_any_element() {
        assert!(fits("Tags", "blue"));
        assert!(!fits("Tags", "green"));
        assert!(fits("Parameters.ForwardTo", "*@EVIL.example"));
        assert!(fits("Parameters", "forwardto"));
        assert!(fits("Item", "*invoice*"));
        assert!(fits("Flag", "TRUE"));
    }

    #[test]
    fn codes_have_two_names() {
        assert!(fits("RecordType", "1"));
        assert!(fits("recordtype", "exchangeadmin"));
        assert!(!fits("RecordType", "ExchangeItem"));
    }

    #[test]
    fn addresses_are_normalised() {
        let within = |name, network| {
            Filter::field(name, Test::Within(Network::parse(network).unwrap())).matches(&event())
        };
        assert!(within("ClientIP", "203.0.113.7"));
        assert!(within("ClientIP", "203.0.113.0/24"));
        assert!(within("ActorIpAddress", "2001:db8::/32"));
        assert!(!within("Operation", "203.0.113.0/24"));
    }

    #[test]
    fn numbers_and_times_are_compared_as_such() {
        let number = |name, compare, bound| {
            Filter::field(name, Test::Number(compare, bound)).matches(&event())
        };
        assert!(number("Size", Compare::More, 900.0));
        assert!(number("Version", Compare::AtMost, 1.0));
        assert!(number("RecordType", Compare::Less, 2.0));
        assert!(!number("Operation", Compare::More, 0.0));
        let noon = time::parse("2024-05-01T12:00:00").unwrap();
        assert!(Filter::between(Some(noon), Some(noon + 1)).matches(&event()));
        assert!(!Filter::between(None, Some(noon)).matches(&event()));
        assert!(Filter::field("LastSeen", Test::Time(Compare::Less, noon)).matches(&event()));
    }

    #[test]
    fn free_text_looks_everywhere() {
        for (text, found) in [
            ("evil", true),
            ("InboxRule", true),
            ("actoripaddress", true),
            ("é \\ \"NOW", true),
            ("2048", true),
            ("true", true),
            ("absent", false),
            ("\":", false),
        ] {
            assert_eq!(Filter::Text(Pattern::containing(text)).matches(&event()), found, "{text}");
        }
    }
}
