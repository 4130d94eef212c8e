//! What is new about this record?
//!
//! Microsoft changes records without notice. A member that neither the documentation nor known
//! records of its RecordType have, a documented member of another type, and an operation that no
//! list names become issues, so that a change is seen when it comes. What is known stands in
//! `data/schema_fields.tsv` and `data/operations.tsv`; a layout of record types is a row of
//! allowed shapes, one byte a name, so that a known member costs one look.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use event::{Event, Field, Issue, IssueKind, Value};

use crate::columns::{Located, UNKNOWN};
use crate::issues::{ISSUES_MAX, note};
use crate::schema::{self, Kind};
use crate::words::Words;

/// The names of every member that some RecordType knows, for the table that records are located by.
pub fn names() -> Vec<&'static str> {
    let fields = schema::layouts().flatten();
    let mut names: Vec<&'static str> =
        fields.flat_map(|field| [field.name, field.documented_name]).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Notes what the record has that its RecordType does not know.
pub fn check(event: &mut Event, body: &Value, located: &Located, shapes: &Shapes) {
    // Of a RecordType without a name the members are unknown as well.
    let (Some(record_type), Some(_)) =
        (event.int(Field::RecordType), event.text(Field::RecordTypeName))
    else {
        return;
    };
    check_operation(event, record_type);
    let (Value::Object(members), row) = (body, shapes.row(record_type)) else { return };
    for ((key, value), place) in members.iter().zip(&located.places) {
        let allowed = match *place {
            UNKNOWN => 0,
            place => row[usize::from(place)],
        };
        if allowed & shape(value) == 0 {
            note_member(event, record_type, key, value, allowed);
        }
    }
}

#[cold]
fn note_member(event: &mut Event, record_type: i64, key: &str, value: &Value, allowed: u8) {
    // Graph writes `X@odata.type` beside X; empty text and null say nothing.
    let says_nothing = match value {
        Value::Null => true,
        Value::Text(text) => text.is_empty() && allowed != 0,
        _ => false,
    };
    if says_nothing || key.contains("@odata.") || event.issues.len() >= ISSUES_MAX {
        return;
    }
    let kind = match allowed {
        0 => IssueKind::UnknownField,
        _ if is_spelt(value, allowed) => return,
        _ => IssueKind::WrongType,
    };
    // The column may have met it already.
    if event.issues.iter().any(|issue| issue.kind == kind && issue.field == key) {
        return;
    }
    let known = schema::named(schema::columns_of(record_type), key);
    let name = match known {
        Some(field) => Cow::Borrowed(field.name),
        None => Cow::Owned(key[..key.floor_char_boundary(Issue::DETAIL_MAX)].to_owned()),
    };
    note(event, kind, name, example(value));
}

/// A number or a truth sent as text.
fn is_spelt(value: &Value, allowed: u8) -> bool {
    let Value::Text(text) = value else { return false };
    let text = text.trim();
    allowed & NUMBER != 0 && text.parse::<f64>().is_ok()
        || allowed & TRUTH != 0
            && ["true", "false", "0", "1", "yes", "no"]
                .iter()
                .any(|word| text.eq_ignore_ascii_case(word))
}

fn example(value: &Value) -> String {
    match value.as_text() {
        Some(text) => text[..text.floor_char_boundary(Issue::DETAIL_MAX)].to_owned(),
        None => serde_json::to_string(value).unwrap_or_default(),
    }
}

fn check_operation(event: &mut Event, record_type: i64) {
    let known = &*OPERATIONS;
    let Some(bit) = known.bits.get(&record_type) else { return };
    let Some(operation) = event.text(Field::Operation) else { return };
    let name = operation.trim_end_matches(['.', ' ', '\r', '\n']);
    let listed = known.words.place(name).is_some_and(|place| known.of[place] & bit != 0);
    if !listed && !is_cmdlet(name) {
        let operation = operation.to_owned();
        note(event, IssueKind::UnknownOperation, Field::Operation.name(), operation);
    }
}

/// `Verb-Noun`, as in `New-InboxRule`.
fn is_cmdlet(operation: &str) -> bool {
    operation.split_once('-').is_some_and(|(verb, noun)| {
        let letters = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric());
        !verb.is_empty() && !noun.is_empty() && letters(verb) && letters(noun)
    })
}

const TEXT: u8 = 1;
const NUMBER: u8 = 2;
const TRUTH: u8 = 4;
const LIST: u8 = 8;
const OBJECT: u8 = 16;
const NULL: u8 = 32;
const ANY: u8 = TEXT | NUMBER | TRUTH | LIST | OBJECT | NULL;

fn shape(value: &Value) -> u8 {
    match value {
        Value::Null => NULL,
        Value::Bool(_) => TRUTH,
        Value::Number(_) => NUMBER,
        Value::Text(_) => TEXT,
        Value::List(_) => LIST,
        Value::Object(_) => OBJECT,
    }
}

/// The shapes a kind comes in. Exports write objects and lists as text, and one object for a list
/// of one.
fn shapes_of(kind: &Kind) -> u8 {
    let shapes = match kind {
        Kind::Text | Kind::Guid | Kind::Time => TEXT,
        Kind::Integer => NUMBER,
        Kind::Boolean => TRUTH,
        Kind::Enum(_) => NUMBER | TEXT,
        Kind::Complex(_) | Kind::List(_) => LIST | OBJECT | TEXT,
        Kind::Any => ANY,
    };
    shapes | NULL
}

/// For each layout of record types, and each name that a table of columns knows, the shapes
/// allowed; none for a name the layout does not have.
pub struct Shapes {
    rows: Vec<Vec<u8>>,
}

impl Shapes {
    /// `place` tells a name's place, `names` how many there are.
    pub fn new(names: usize, place: impl Fn(&str) -> Option<usize>) -> Shapes {
        let row = |fields: &[schema::SchemaField]| {
            let mut row = vec![0; names];
            for field in fields {
                let shapes = field.kinds().fold(0, |shapes, kind| shapes | shapes_of(kind));
                // Planner writes its ResultStatus as a number, some services as a truth.
                let shapes = match field.name == Field::ResultStatus.name() {
                    true => TEXT | NUMBER | TRUTH | NULL,
                    false => shapes,
                };
                for name in [field.name, field.documented_name] {
                    row[place(name).expect("every name has a place")] = shapes;
                }
            }
            row
        };
        Shapes { rows: schema::layouts().map(row).collect() }
    }

    fn row(&self, record_type: i64) -> &[u8] {
        &self.rows[schema::layout_of(record_type)]
    }
}

/// The operations of the RecordTypes whose operations are listed.
struct Operations {
    words: Words,
    /// By place: the RecordTypes that have the operation, a bit each.
    of: Vec<u32>,
    bits: BTreeMap<i64, u32>,
}

/// The operations that a list has for a RecordType.
pub fn operations_of(record_type: i64) -> impl Iterator<Item = &'static str> {
    let known = &*OPERATIONS;
    let bit = known.bits.get(&record_type).copied().unwrap_or(0);
    (0..known.words.len())
        .filter(move |place| known.of[*place] & bit != 0)
        .map(|place| known.words.word(place))
}

static OPERATIONS: LazyLock<Operations> = LazyLock::new(|| {
    let lines: Vec<(&str, &str)> = include_str!("../data/operations.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once('\t').expect("RecordTypes<TAB>operation"))
        .collect();
    let mut operations =
        Operations { words: Words::with_room(lines.len()), of: Vec::new(), bits: BTreeMap::new() };
    for (record_types, operation) in lines {
        let place = operations.words.insert(operation);
        operations.of.resize(operations.words.len(), 0);
        for id in record_types.split(',').map(|id| id.parse().expect("a RecordType")) {
            let next = operations.bits.len();
            let bit = *operations.bits.entry(id).or_insert_with(|| 1 << next);
            operations.of[place] |= bit;
        }
    }
    operations
});

/// The RecordTypes whose operations are listed.
#[cfg(test)]
fn listed() -> Vec<i64> {
    OPERATIONS.bits.keys().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_operations_belong_to_known_record_types() {
        assert_eq!(listed(), [2, 3, 8, 11, 12, 13, 19, 40, 50, 154, 444, 445]);
        assert!(listed().iter().all(|id| crate::record_type_name(*id).is_some()));
    }

    #[test]
    fn cmdlets_are_verb_and_noun() {
        for (operation, answer) in [
            ("New-InboxRule", true),
            ("Add user.", false),
            ("Update application - Certificates", false),
            ("-", false),
            ("Set-", false),
        ] {
            assert_eq!(is_cmdlet(operation), answer, "{operation}");
        }
    }
}
