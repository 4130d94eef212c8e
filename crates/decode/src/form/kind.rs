//! Which rules does a record follow?
//!
//! Rules are written for numbers of record types, for families without such a number, for
//! `audit` (every record of the audit schema) and for `*` (every record).

use event::{Event, Field};

use crate::family::{self, Fits};

/// What a record is, as far as rules tell records apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A record of the audit schema; -1 where its type is unknown.
    Audit(i64),
    /// A record of another schema, by the name of its family.
    Family(&'static str),
}

pub fn of(event: &Event) -> Kind {
    let family = family::of(event);
    match family.fits {
        Fits::Members { .. } => Kind::Family(family.name),
        Fits::RecordTypes(_) => Kind::Audit(event.int(Field::RecordType).unwrap_or(-1)),
    }
}

impl Kind {
    pub fn is_audit(self) -> bool {
        matches!(self, Kind::Audit(_))
    }

    /// Is a rule for these, `1,18,Message trace` or `*`, one for this record?
    pub fn is_among(self, names: &str) -> bool {
        names.split(',').any(|name| match self {
            _ if name == "*" => true,
            Kind::Audit(_) if name == "audit" => true,
            Kind::Audit(id) => name.parse() == Ok(id),
            Kind::Family(family) => name == family,
        })
    }
}
