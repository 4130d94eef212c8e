//! Where do records come from?
//!
//! A source brings envelopes: a record's raw bytes and where they came from. It does not read what
//! the records say, and it does not know who keeps them.

pub mod activity_feed;
pub mod files;
pub mod graph;
pub mod json_elements;
#[cfg(test)]
mod scripted;
pub mod service;
