//! What is there to deliver?

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use anyhow::{Context, Result};
use async_trait::async_trait;
use event::{Field, TenantName, time};
use futures::StreamExt;
use futures::stream::BoxStream;
use output::{Feed, Limits, Parked, Record};
use search::Row;
use source::service::Clock;
use store::{Cursors, Delivered, Place, Reader, RecordBatch, Start, Store, Table};

use super::render::Renderer;
use crate::config::Output;

/// An idle cursor is written down this often, so that replaced files need not be kept for it.
const IDLE_NOTE: i64 = time::MINUTE;

/// All tenants of one output, each in its turn.
pub struct StoreFeed {
    store: Store,
    cursors: Cursors,
    output: Output,
    renderer: Renderer,
    clock: Arc<dyn Clock>,
    tenants: BTreeMap<TenantName, TenantFeed>,
    /// Whose turn it was last.
    turn: Option<TenantName>,
}

impl StoreFeed {
    pub fn new(store: &Store, output: &Output, clock: Arc<dyn Clock>) -> Result<StoreFeed> {
        Ok(StoreFeed {
            store: store.clone(),
            cursors: store.cursors()?,
            output: output.clone(),
            renderer: Renderer::of(output),
            clock,
            tenants: BTreeMap::new(),
            turn: None,
        })
    }

    async fn try_next(&mut self, limits: &Limits) -> Result<Vec<Record>> {
        self.meet_tenants().await?;
        self.heed_wishes().await?;
        let names: Vec<TenantName> = self.tenants.keys().cloned().collect();
        let after = |name: &TenantName| self.turn.as_ref().is_none_or(|turn| name > turn);
        let first = names.iter().position(after).unwrap_or(0);
        for index in 0..names.len() {
            let name = &names[(first + index) % names.len()];
            let tenant = self.tenants.get_mut(name).expect("just listed");
            let records = tenant.next(limits, &self.renderer, self.clock.now()).await;
            let records = records.with_context(|| format!("tenant {name}"))?;
            if !records.is_empty() {
                self.turn = Some(name.clone());
                return Ok(records);
            }
        }
        Ok(Vec::new())
    }

    /// Somebody may want to have everything again from some time on.
    async fn heed_wishes(&mut self) -> Result<()> {
        for (reader, start) in self.cursors.wishes(&self.output.name)? {
            if let Some(tenant) = self.tenants.get_mut(&reader.tenant) {
                tenant.table.refresh().await?;
                tenant.replay(start, self.clock.now())?;
                tracing::info!("output {}: replaying tenant {}", self.output.name, reader.tenant);
            }
            self.cursors.fulfil(&reader)?;
        }
        Ok(())
    }

    /// Tenants appear when something was first stored for them.
    async fn meet_tenants(&mut self) -> Result<()> {
        for name in self.store.tenants().await? {
            if self.tenants.contains_key(&name) || !self.output.takes(&name) {
                continue;
            }
            let Some(table) = self.store.table(&name).await? else { continue };
            let reader = Reader { output: self.output.name.clone(), tenant: name.clone() };
            let place = match self.cursors.place(&reader)? {
                Some(place) => place,
                None => {
                    let place = table.place(self.output.start, self.clock.now());
                    self.cursors.put(&reader, &place)?;
                    place
                }
            };
            let feed = TenantFeed::new(reader, table, self.cursors.clone(), place);
            self.tenants.insert(name, feed);
        }
        Ok(())
    }
}

#[async_trait]
impl Feed for StoreFeed {
    async fn next(&mut self, limits: &Limits) -> Result<Vec<Record>, String> {
        self.try_next(limits)
            .await
            .map_err(|error| format!("output {}: {error:#}", self.output.name))
    }

    async fn settle(&mut self, parked: Vec<Parked>) -> Result<(), String> {
        let now = self.clock.now();
        // A batch holds the records of one tenant, whose turn it was; of the others some rows may
        // have been read and filtered away.
        let mut parked = Some(parked);
        for (name, tenant) in &mut self.tenants {
            let parked = parked.take_if(|_| self.turn.as_ref() == Some(name)).unwrap_or_default();
            let settled = tenant.settle(parked, now);
            settled.map_err(|error| format!("output {}: {error:#}", self.output.name))?;
        }
        Ok(())
    }
}

/// One tenant's rows from a place on.
struct TenantFeed {
    reader: Reader,
    table: Table,
    cursors: Cursors,
    place: Place,
    /// Since when the place is written down as it is, but for the rows read; microseconds.
    noted: i64,
    /// Some rows were read that are not settled.
    has_moved: bool,
    /// When it was last looked for new versions; microseconds.
    looked: Option<i64>,
    rows: Option<BoxStream<'static, Result<RecordBatch>>>,
    buffer: VecDeque<Row>,
    delivered: Delivered,
}

impl TenantFeed {
    fn new(reader: Reader, table: Table, cursors: Cursors, place: Place) -> TenantFeed {
        TenantFeed {
            reader,
            table,
            cursors,
            noted: place.caught_up,
            place,
            has_moved: false,
            looked: None,
            rows: None,
            buffer: VecDeque::new(),
            delivered: Delivered::default(),
        }
    }

    async fn next(
        &mut self,
        limits: &Limits,
        renderer: &Renderer,
        now: i64,
    ) -> Result<Vec<Record>> {
        let mut records = Vec::new();
        let mut bytes = 0;
        let linger = limits.linger.as_micros() as i64;
        while records.len() < limits.records && bytes < limits.bytes {
            let Some(row) = self.row(now, linger, records.is_empty()).await? else { break };
            let Some(record) = renderer.record(row) else { continue };
            bytes += record.bytes();
            self.delivered.newest = self.delivered.newest.max(Some(record.time()));
            records.push(record);
        }
        self.delivered.records += records.len() as u64;
        Ok(records)
    }

    /// The next row in the span asked for. Looks for new versions only where it `may_advance`: a
    /// plan is written down when it is made, so everything before has to be settled.
    async fn row(&mut self, now: i64, linger: i64, may_advance: bool) -> Result<Option<Row>> {
        loop {
            if let Some(row) = self.buffer.pop_front() {
                self.has_moved = true;
                let waiting = self.place.waiting.front_mut().expect("its rows are being read");
                waiting.row += 1;
                let is_in = |field, from: Option<i64>| {
                    from.is_none_or(|from| row.time(field).is_some_and(|time| time >= from))
                };
                if is_in(Field::CreationTime, waiting.since)
                    && is_in(Field::IngestTime, waiting.stored_since)
                {
                    return Ok(Some(row));
                }
                continue;
            }
            if let Some(rows) = &mut self.rows {
                match rows.next().await.transpose()? {
                    Some(batch) => self.buffer = Row::all_of(&batch)?.into(),
                    None => {
                        self.rows = None;
                        self.place.waiting.pop_front();
                        self.has_moved = true;
                    }
                }
                continue;
            }
            if !self.place.waiting.is_empty() {
                self.open().await?;
            } else if !may_advance || !self.advance(now, linger).await? {
                return Ok(None);
            }
        }
    }

    /// Opens the file at hand. If it was deleted, for a cursor that stood still for too long, its
    /// rows are in other files.
    async fn open(&mut self) -> Result<()> {
        let waiting = self.place.waiting.front().expect("a file at hand");
        match self.table.rows(&waiting.file, waiting.row).await {
            Ok(rows) => self.rows = Some(rows.map(|batch| Ok(batch?)).boxed()),
            Err(_) if self.table.is_gone(&waiting.file).await? => {
                tracing::warn!(
                    "output {}: {} of tenant {} is gone; its records are looked for in all files, and some may come twice",
                    self.reader.output,
                    waiting.file.path,
                    self.reader.tenant,
                );
                self.table.refresh().await?;
                self.table.search_again(&mut self.place);
                self.cursors.put(&self.reader, &self.place)?;
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Takes up what is new in the table.
    async fn advance(&mut self, now: i64, linger: i64) -> Result<bool> {
        self.settle(Vec::new(), now)?;
        // What comes in is gathered for a while.
        if self.looked.is_some_and(|looked| now - looked < linger) {
            return Ok(false);
        }
        self.looked = Some(now);
        let version = self.place.version;
        let found = self.table.advance(&mut self.place, now).await?;
        if found || self.place.version != version || now - self.noted > IDLE_NOTE {
            self.cursors.put(&self.reader, &self.place)?;
            self.noted = now;
        }
        Ok(found)
    }

    /// All rows up to the place were delivered, but for what is parked.
    fn settle(&mut self, parked: Vec<Parked>, now: i64) -> Result<()> {
        if !self.has_moved {
            return Ok(());
        }
        let mut delivered = std::mem::take(&mut self.delivered);
        delivered.records -= parked.len() as u64;
        delivered.parked = parked.into_iter().map(note).collect();
        self.cursors.settle(&self.reader, &self.place, &delivered, now)?;
        self.has_moved = false;
        Ok(())
    }

    /// Everything from `start` on once more, before what was next.
    fn replay(&mut self, start: Start, now: i64) -> Result<()> {
        let mut again = self.table.place(start, now).waiting;
        again.append(&mut self.place.waiting);
        for (ordinal, waiting) in again.iter_mut().enumerate() {
            waiting.ordinal = ordinal as u64;
        }
        self.place.waiting = again;
        self.rows = None;
        self.buffer.clear();
        Ok(self.cursors.put(&self.reader, &self.place)?)
    }
}

fn note(parked: Parked) -> (event::Key, i32, String) {
    let day = match parked.record.cell(Field::CreationTime) {
        Some(event::Cell::Time(micros)) => micros.div_euclid(time::DAY) as i32,
        _ => store::schema::DAY_UNKNOWN,
    };
    (parked.record.key, day, parked.reason)
}
