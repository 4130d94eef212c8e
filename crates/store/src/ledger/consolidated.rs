//! Which entries stand for others?
//!
//! A policy may keep one entry of a cluster (a delegate who opens a folder many times a day). The
//! first that arrives is stored; the others are noted here by their keys, each once, so that the
//! count is right however often and in whatever order they arrive. They are noted with the batch
//! that brought them, and withdrawn with it.

use std::collections::HashMap;

use event::{Key, TenantName};
use rusqlite::{OptionalExtension, Transaction, params};

use super::Ledger;
use crate::Result;

/// What makes entries one: a hash, with the day they lie on (days since 1970-01-01).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cluster {
    pub key: [u8; 16],
    pub day: i32,
}

/// An entry of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    cluster: Cluster,
    key: Key,
    is_first: bool,
}

/// What becomes of an entry that is offered to its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    /// It stands for its cluster.
    First,
    /// Another stands for it, and it is counted.
    Counted,
    /// It was counted before.
    Repeated,
}

/// The clusters met since the last commit, with the entries met of each and whether one stands for it.
#[derive(Debug, Default)]
pub(crate) struct Clusters {
    met: HashMap<Cluster, HashMap<Key, bool>>,
}

impl Clusters {
    /// Offers an entry, and adds it to the members to be noted if it is new. One that the table holds already, from before there was such a policy, is
    /// never counted, and stands for its cluster if nothing else does.
    pub(crate) fn offer(
        &mut self,
        ledger: &Ledger,
        tenant: &TenantName,
        cluster: Cluster,
        key: Key,
        is_stored: bool,
        members: &mut Vec<Member>,
    ) -> Result<Offer> {
        let met = self.met.entry(cluster).or_default();
        let known = match met.get(&key) {
            Some(is_first) => Some(*is_first),
            None => ledger.member(tenant, cluster, key)?,
        };
        if let Some(is_first) = known {
            return Ok(if is_first { Offer::First } else { Offer::Repeated });
        }
        let is_first = met.is_empty() && !ledger.has_cluster(tenant, cluster)?;
        if is_stored && !is_first {
            return Ok(Offer::Repeated);
        }
        met.insert(key, is_first);
        members.push(Member { cluster, key, is_first });
        Ok(if is_first { Offer::First } else { Offer::Counted })
    }

    pub(crate) fn forget(&mut self) {
        *self = Clusters::default();
    }
}

impl Ledger {
    /// Is the entry known to its cluster, and does it stand for it?
    fn member(&self, tenant: &TenantName, cluster: Cluster, key: Key) -> Result<Option<bool>> {
        let sql =
            "select is_first from consolidated where tenant = ?1 and cluster = ?2 and key = ?3";
        let connection = self.lock();
        let mut statement = connection.prepare_cached(sql)?;
        let who = params![tenant.as_str(), cluster.key, key_bytes(key)];
        Ok(statement.query_row(who, |row| row.get(0)).optional()?)
    }

    fn has_cluster(&self, tenant: &TenantName, cluster: Cluster) -> Result<bool> {
        let sql = "select exists (select 1 from consolidated where tenant = ?1 and cluster = ?2)";
        let connection = self.lock();
        let mut statement = connection.prepare_cached(sql)?;
        Ok(statement.query_row(params![tenant.as_str(), cluster.key], |row| row.get(0))?)
    }

    /// How many entries the stored one stands for, itself included; `None` if it stands for none.
    pub fn consolidated(&self, tenant: &TenantName, first: Key) -> Result<Option<u64>> {
        let sql = "select count(*) from consolidated
                   where tenant = ?1 and cluster in (select cluster from consolidated
                       where tenant = ?1 and key = ?2 and is_first)";
        let connection = self.lock();
        let mut statement = connection.prepare_cached(sql)?;
        let count: i64 =
            statement.query_row(params![tenant.as_str(), key_bytes(first)], |row| row.get(0))?;
        Ok((count > 0).then_some(count as u64))
    }
}

pub(super) fn insert(
    transaction: &Transaction,
    tenant: &TenantName,
    number: i64,
    members: &[Member],
) -> Result<()> {
    let mut add = transaction.prepare_cached(
        "insert into consolidated (tenant, cluster, key, day, is_first, batch)
         values (?1, ?2, ?3, ?4, ?5, ?6) on conflict do nothing",
    )?;
    for Member { cluster, key, is_first } in members {
        let row =
            params![tenant.as_str(), cluster.key, key_bytes(*key), cluster.day, is_first, number];
        add.execute(row)?;
    }
    Ok(())
}

pub(super) fn withdraw(transaction: &Transaction, tenant: &TenantName, number: i64) -> Result<()> {
    let sql = "delete from consolidated where tenant = ?1 and batch = ?2";
    transaction.execute(sql, params![tenant.as_str(), number])?;
    Ok(())
}

fn key_bytes(key: Key) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&key.id.to_be_bytes());
    bytes[8..].copy_from_slice(&key.content.to_be_bytes());
    bytes
}
