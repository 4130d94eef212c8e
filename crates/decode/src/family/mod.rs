//! Which kinds of record are there?
//!
//! A family says which members of its records fill which columns, and which fields its readable
//! line shows. Families of the audit schema share one table of columns, so that a record is
//! decoded in one pass; a family with another schema has a table of its own. To add one, write a
//! file and a line in [`FAMILIES`].

mod alerts;
mod attack_simulation;
mod azure;
mod common;
mod compliance;
mod copilot;
mod dlp;
mod entra;
mod entra_exports;
mod exchange;
pub(crate) mod exchange_server;
mod graph;
mod intune;
mod labels;
mod message_trace;
mod other;
mod planner;
mod power_platform;
mod sentinel;
mod service_health;
mod sharepoint;
mod teams;
mod wrapper;

use std::borrow::Cow;
use std::sync::LazyLock;

use event::{Event, Field, Value};

use crate::columns;
use crate::drift::{self, Shapes};
use crate::items;
use crate::members::Table;
use crate::show::Shown;

/// One kind of record.
pub struct Family {
    /// A name for documentation.
    pub name: &'static str,
    pub fits: Fits,
    /// Columns and the members that fill them, best first. Dots lead beneath a member, through
    /// lists and lists of name and value as [`event::resolve`] does.
    pub columns: &'static [(Field, &'static str)],
    /// What the readable line shows after the fields that every line has.
    pub line: &'static [Shown],
}

/// Which records belong to a family.
pub enum Fits {
    /// Those of the audit schema with one of these RecordTypes.
    RecordTypes(&'static [i64]),
    /// Those without RecordType that have all members of one of these lists.
    Members {
        any_of: &'static [&'static [&'static str]],
        /// Columns that the schema leaves implicit. Of two for one column the first that has
        /// something to say fills it.
        implied: &'static [(Field, Implied)],
    },
}

/// What a record says of a column without a member that holds it.
pub enum Implied {
    Always(&'static str),
    /// The record tells it in other words.
    Told(for<'a> fn(&Value<'a>) -> Option<Cow<'a, str>>),
}

/// Every family, one line each. Where two of them fit, the first does.
pub const FAMILIES: &[&Family] = &[
    &common::COMMON,
    &exchange::ADMIN,
    &exchange::ITEM,
    &exchange::ITEM_GROUP,
    &exchange::AGGREGATED,
    &sharepoint::FILE,
    &sharepoint::SHARING,
    &sharepoint::SITE,
    &sharepoint::LIST,
    &entra::SIGN_IN,
    &entra::DIRECTORY,
    &entra::RISK,
    &teams::TEAMS,
    &alerts::ALERT,
    &alerts::MAIL_THREAT,
    &alerts::URL_CLICK,
    &alerts::FILE_THREAT,
    &alerts::INVESTIGATION,
    &alerts::QUARANTINE,
    &alerts::HYGIENE,
    &dlp::DLP,
    &copilot::COPILOT,
    &labels::LABEL,
    &labels::PROTECTION,
    &compliance::EDISCOVERY,
    &compliance::AUDIT_SEARCH,
    &compliance::SUPERVISION,
    &compliance::ENCRYPTED_MESSAGE,
    &attack_simulation::SIMULATION,
    &planner::PLANNER,
    &planner::PROJECT,
    &power_platform::DYNAMICS,
    &power_platform::FLOW,
    &other::POWER_BI,
    &other::FORMS,
    &other::YAMMER,
    &other::DATA_INSIGHTS,
    &sentinel::OFFICE_ACTIVITY,
    &graph::SIGN_IN,
    &graph::DIRECTORY_AUDIT,
    &entra_exports::SIGN_IN,
    &entra_exports::AUDIT_LOG,
    &message_trace::MESSAGE_TRACE_DETAIL,
    &message_trace::MESSAGE_TRACE,
    &azure::ACTIVITY_LOG,
    &azure::ACTIVITY_LOG_EXPORT,
    &intune::AUDIT_EVENT,
    &intune::AUDIT_EXPORT,
    &graph::ENTRA_DIAGNOSTIC,
    &graph::OTHER_DIAGNOSTIC,
    &graph::RISK_DETECTION,
    &service_health::ISSUE,
    &service_health::MESSAGE,
    &exchange_server::MAILBOX_AUDIT,
    &exchange_server::ADMIN_AUDIT,
    // Its few members are plain words, so every other family is asked before.
    &service_health::OVERVIEW,
];

/// The columns that an export's outer row can serve; see [`wrapper`].
pub(crate) const WRAPPED: [Field; 5] =
    [Field::CreationTime, Field::Id, Field::RecordType, Field::Operation, Field::UserId];

/// The schema a record was found to follow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Schema {
    Audit,
    Other,
}

/// Fills the columns from a record, and tells which schema it follows.
pub(crate) fn fill<'a>(event: &mut Event<'a>, body: &Value<'a>) -> Schema {
    let located = columns::locate(body, &AUDIT.columns);
    let other = match located.has("RecordType") {
        true => None,
        false => OTHERS.iter().find(|(family, _)| family.fits(None, body)),
    };
    let Some((family, table)) = other else {
        located.fill(event);
        // Sentinel gives the members names of its own.
        if !located.has(sentinel::MARK) {
            drift::check(event, body, &located, &AUDIT.shapes);
        }
        return Schema::Audit;
    };
    columns::locate(body, table).fill(event);
    if let Fits::Members { implied, .. } = family.fits {
        for (field, implied) in implied {
            if event.cell(*field).is_none()
                && let Some(text) = implied.text(body)
            {
                columns::imply(event, *field, text);
            }
        }
    }
    Schema::Other
}

/// Fills what is still missing from the outer row of an export.
pub(crate) fn fill_from_wrapper<'a>(event: &mut Event<'a>, outer: &Value<'a>) {
    columns::locate(outer, &WRAPPER).fill(event);
}

/// The family whose line an event gets: that which filled its columns. A RecordType in the column
/// need not stand in the record.
pub(crate) fn of(event: &Event) -> &'static Family {
    let other = match event.body.get("RecordType") {
        Some(_) => None,
        None => FAMILIES.iter().find(|family| family.fits(None, &event.body)),
    };
    let typed = || {
        let record_type = event.int(Field::RecordType)?;
        FAMILIES.iter().find(|family| family.fits(Some(record_type), &event.body))
    };
    other.or_else(typed).unwrap_or(&&common::COMMON)
}

impl Implied {
    fn text<'a>(&self, body: &Value<'a>) -> Option<Cow<'a, str>> {
        match self {
            Implied::Always(text) => Some(Cow::Borrowed(text)),
            Implied::Told(tell) => tell(body),
        }
    }
}

impl Family {
    /// Does the event's line come from this family?
    pub(crate) fn is_of(&self, event: &Event) -> bool {
        of(event).name == self.name
    }

    /// The lists of members by which it is told, where it is not told by a RecordType.
    pub(crate) fn told_by(&self) -> &'static [&'static [&'static str]] {
        match self.fits {
            Fits::Members { any_of, .. } => any_of,
            Fits::RecordTypes(_) => &[],
        }
    }

    fn fits(&self, record_type: Option<i64>, body: &Value) -> bool {
        match (&self.fits, record_type) {
            (Fits::RecordTypes(types), Some(id)) => types.contains(&id),
            (Fits::Members { any_of, .. }, None) => {
                any_of.iter().any(|names| names.iter().all(|name| body.get(name).is_some()))
            }
            _ => false,
        }
    }
}

/// The columns of the audit schema, and what its RecordTypes know.
struct Audit {
    columns: Table,
    shapes: Shapes,
}

static AUDIT: LazyLock<Audit> = LazyLock::new(|| {
    let audit = FAMILIES.iter().filter(|family| matches!(family.fits, Fits::RecordTypes(_)));
    let columns = audit.flat_map(|family| family.columns).chain(items::AUDIT).copied();
    let columns = Table::with_names(columns, &drift::names());
    let shapes = Shapes::new(columns.names(), |name| columns.name(name));
    Audit { columns, shapes }
});

static OTHERS: LazyLock<Vec<(&'static Family, Table)>> = LazyLock::new(|| {
    FAMILIES
        .iter()
        .filter(|family| matches!(family.fits, Fits::Members { .. }))
        .map(|family| (*family, Table::new(family.columns.iter().chain(items::OTHERS).copied())))
        .collect()
});

static WRAPPER: LazyLock<Table> = LazyLock::new(|| Table::new(wrapper::COLUMNS.iter().copied()));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_record_type_belongs_to_two_families() {
        let mut seen = std::collections::BTreeMap::new();
        for family in FAMILIES {
            let Fits::RecordTypes(types) = family.fits else {
                continue;
            };
            for id in types {
                assert!(crate::record_type_name(*id).is_some(), "{id}");
                assert_eq!(seen.insert(*id, family.name), None, "{id} {}", family.name);
            }
        }
    }
}
