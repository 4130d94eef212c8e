//! What tables does the ledger have?

use rusqlite::{Connection, TransactionBehavior};

use crate::Result;

/// Counts up with each change of the tables.
pub(super) const VERSION: i64 = 2;

/// Times are microseconds since 1970, ends not included.
///
/// - `batch`: under which name of the ledger it went to the table, and how far it came.
/// - `scope`: since when a tenant's content type is collected, and how long the service keeps it.
/// - `coverage`: spans that do not overlap, each with the time it was last listed whole.
/// - `trouble`: why a content type cannot be listed now.
/// - `position`: how far long pieces of work have come.
/// - `dropped`: what a policy kept out, by rule and day of the event; it comes and goes with its batch.
/// - `consolidated`: the entries of a group of which the first alone is stored.
/// - `deletion`: what retention took out of a table, and when the files were gone.
/// - `gap`: what is lost for good. `incident`: what an operator should know of.
const TABLES: &str = "
create table meta (name text primary key, value text not null) without rowid;
create table batch (
    tenant text not null, number integer not null, ledger text not null, state text not null,
    version integer, stored integer not null, duplicates integer not null,
    quarantined integer not null, prepared integer not null, committed integer,
    dropped integer not null default 0,
    primary key (tenant, number)) without rowid;
create table scope (
    tenant text not null, content_type text not null, since integer not null, reach integer not null,
    primary key (tenant, content_type)) without rowid;
create table coverage (
    tenant text not null, content_type text not null, start integer not null, stop integer not null,
    listed integer not null,
    primary key (tenant, content_type, start)) without rowid;
create table trouble (
    tenant text not null, content_type text not null, reason text not null,
    since integer not null, last integer not null,
    primary key (tenant, content_type)) without rowid;
create table blob (
    tenant text not null, content_type text not null, content_id text not null, uri text not null,
    created integer, expires integer, listed integer not null, state text not null,
    batch integer, records integer, attempts integer not null default 0, reason text,
    primary key (tenant, content_id)) without rowid;
create index blob_state on blob (tenant, state, expires);
create index blob_batch on blob (tenant, batch);
create index blob_created on blob (tenant, content_type, created);
create table gap (
    tenant text not null, content_type text not null, start integer not null, stop integer not null,
    cause text not null, noted integer not null,
    primary key (tenant, content_type, start, stop, cause)) without rowid;
create table position (name text primary key, position text not null) without rowid;
create table incident (
    tenant text not null, noted integer not null, kind text not null, words text not null,
    primary key (tenant, noted, kind)) without rowid;
";

const POLICY_TABLES: &str = "
create table dropped (
    tenant text not null, batch integer not null, rule text not null, day integer not null,
    records integer not null,
    primary key (tenant, batch, rule, day)) without rowid;
create table consolidated (
    tenant text not null, cluster blob not null, key blob not null, day integer not null,
    is_first integer not null, batch integer not null,
    primary key (tenant, cluster, key)) without rowid;
create index consolidated_batch on consolidated (tenant, batch);
create index consolidated_key on consolidated (tenant, key);
create table deletion (
    number integer primary key, tenant text not null, day integer not null,
    prepared integer not null, version integer, rules text not null, files text not null,
    vacuumed integer);
";

pub(super) fn create(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have made it while we waited for the lock.
    let found: i64 = transaction.query_row("pragma user_version", [], |row| row.get(0))?;
    if found == 0 {
        transaction.execute_batch(TABLES)?;
        transaction.execute_batch(POLICY_TABLES)?;
        let id = uuid::Uuid::new_v4().to_string();
        transaction.execute("insert into meta (name, value) values ('id', ?1)", [id])?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()?;
    Ok(())
}

/// A ledger of an earlier version gets what it lacks.
pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.query_row("pragma user_version", [], |row| row.get(0))?;
    if found == 1 {
        transaction
            .execute_batch("alter table batch add column dropped integer not null default 0")?;
        transaction.execute_batch(POLICY_TABLES)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()?;
    Ok(())
}
