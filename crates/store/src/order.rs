//! In what order do rows lie in a file?
//!
//! A collector's small files are sorted by time: so they come, and so outputs deliver them. What is
//! imported or merged is sorted by person first, the mailbox's owner or else the user, and then by
//! time. An investigation asks about one person over months, and reads one piece of a day's raw
//! records then instead of every piece. A listing of everybody's newest events pays for it with a
//! few more pieces of one day.

use deltalake::arrow::array::{Array, AsArray, RecordBatch, StringArray};
use deltalake::datafusion::logical_expr::SortExpr;
use deltalake::datafusion::prelude::{coalesce, ident};
use event::Field;

use crate::schema;

/// Where a person's name stands, folded; the first that is told counts.
const PERSON: [Field; 2] = [Field::MailboxOwnerUPN, Field::UserId];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Time,
    Person,
}

impl Order {
    /// Whose the rows of a batch are, as far as this order asks.
    pub(crate) fn people(self, rows: &RecordBatch) -> Vec<&str> {
        let columns: Vec<&StringArray> = match self {
            Order::Time => Vec::new(),
            Order::Person => PERSON.iter().map(|field| folded(rows, *field)).collect(),
        };
        let person = |row| {
            let told = columns.iter().find(|column| column.is_valid(row));
            told.map_or("", |column| column.value(row))
        };
        (0..rows.num_rows()).map(person).collect()
    }
}

fn folded(rows: &RecordBatch, field: Field) -> &StringArray {
    let column = rows.column_by_name(&schema::folded_name(field));
    column.expect("a folded twin").as_string()
}

/// [`Order::Person`] for the merging of files.
pub(crate) fn by_person() -> Vec<SortExpr> {
    let person = coalesce(PERSON.map(|field| ident(schema::folded_name(field))).to_vec());
    let time = ident(Field::CreationTime.name());
    [person, time].map(|key| key.sort(true, true)).to_vec()
}
