//! Is this a record of a mailbox's audit, and of which log?

use event::{Compare, Event, Field, Filter, Name, Pattern, Test};

use crate::family::exchange_server::MAILBOX_AUDIT;

/// The logs that audit mailboxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The unified audit log.
    Unified,
    /// The mailbox audit log of Exchange.
    Server,
}

/// ExchangeItem, ExchangeItemGroup and ExchangeItemAggregated.
const RECORD_TYPES: [i64; 3] = [2, 3, 50];

/// `None` for any other record.
pub(super) fn kind_of(event: &Event) -> Option<Kind> {
    if event.is_quarantined() {
        return None;
    }
    match event.int(Field::RecordType) {
        Some(record_type) => RECORD_TYPES.contains(&record_type).then_some(Kind::Unified),
        None => MAILBOX_AUDIT.is_of(event).then_some(Kind::Server),
    }
}

/// The events that [`kind_of`] has a kind for. A record of another log that has all the members of
/// an entry passes as well.
pub(super) fn filter() -> Filter {
    let record_type = || Name::Column(Field::RecordType);
    let unified = RECORD_TYPES
        .into_iter()
        .map(|code| Filter::Field(record_type(), Test::Matches(Pattern::exact(&code.to_string()))));
    let has = |name: &&str| Filter::Field(Name::Path((*name).to_owned()), Test::Exists);
    let server = Filter::all([
        Filter::Not(Box::new(Filter::Field(record_type(), Test::Number(Compare::AtLeast, 0.0)))),
        Filter::Field(Name::Column(Field::Workload), Test::Matches(Pattern::exact("Exchange"))),
        Filter::Or(
            MAILBOX_AUDIT
                .told_by()
                .iter()
                .map(|names| Filter::all(names.iter().map(has)))
                .collect(),
        ),
    ]);
    Filter::Or(unified.chain([server]).collect())
}
