//! What happened, on one page?
//!
//! A report is one file under `question/` and one line in [`ALL`]. A [`Question`] says which events
//! it needs, is handed them oldest first, and answers with figures, charts and tables. Nothing here
//! does I/O: whoever asks reads the store, states its [`Coverage`] and has the [`Page`] written as
//! text, JSON, CSV or a page of HTML that needs nothing else.

mod ask;
mod page;
pub mod question;
pub mod render;

pub use ask::{Ask, Parameter};
pub use page::{
    Answer, Bar, Cell, Chart, Column, ContentCoverage, Coverage, Figure, Page, Section, Shape,
    Table, TableRow,
};
pub use question::{ALL, Kind, Question, find};
