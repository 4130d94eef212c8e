//! Who else must know?
//!
//! An output reads the store by its own cursor and hands records to a [`Service`]: a SIEM, a broker,
//! an object store, a database. [`pump`] is the one loop that does it for all of them: batches within
//! [`Limits`], retries by the kind of [`Error`], refused records parked with the reason, the cursor
//! moved on once a batch has been taken. What it reads from is a [`Feed`], so a test can script one.
//!
//! A kind of service is one file under `service/` and one line in [`service::ALL`].

mod batch;
mod error;
mod pump;
mod record;
pub mod service;
mod settings;
mod shape;
mod sql;
mod tls;

pub use batch::{Feed, Limits, Parked};
pub use error::{Error, Refusal, Result};
pub use pump::{Counts, Outcome, Retry, Until, pump};
pub use record::Record;
pub use service::{Guarantee, Kind, Service, Takes};
pub use settings::{Secret, World};
pub use shape::{ACTIVITY, ColumnKind, Datum, Shape, ShapeColumn, Typed};
pub use tls::Tls;
