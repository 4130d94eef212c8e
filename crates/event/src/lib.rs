//! What is a record?
//!
//! A *record* is what Microsoft sent; an [`Envelope`] is that record's bytes with their provenance;
//! an [`Event`] is the record decoded: its [`Value`] tree, the columns of [`Field`] and the oddities
//! met on the way, each an [`Issue`]. A [`Filter`] says which events are meant, and is the one
//! predicate that search text, rules, policy and reports compile to. Nothing here does I/O.

mod address;
mod envelope;
#[allow(clippy::module_inception)]
mod event;
mod field;
mod filter;
mod identity;
mod issue;
mod path;
mod pattern;
mod printable;
pub mod time;
mod value;

pub use address::{Address, Network};
pub use envelope::{Envelope, Payload, Position, Provenance, TenantName};
pub use event::{Cell, Event};
pub use field::{Field, Kind};
pub use filter::{Compare, Filter, Name, Test, text_matches};
pub use identity::Key;
pub use issue::{Issue, IssueKind};
pub use path::{leaves, resolve};
pub use pattern::{Pattern, fold};
pub use printable::{is_unsafe, printable, push_printable, write_printable};
pub use value::{Number, Value};
