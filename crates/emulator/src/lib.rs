//! Microsoft 365 as documented: the Management Activity API, the reading calls of Microsoft Graph, the
//! endpoints that give tokens, and a tenant to read.
//!
//! [`Emulator`] is the service without a socket: `(state, now, request) -> reply`. [`serve`] puts it
//! on one. What it publishes comes from a [`Generator`], which makes a believable tenant from a seed:
//! people in offices of several time zones, all workloads, about two thirds noise by services, and
//! [`Scenario`]s hidden in it on request. [`Faults`] go wrong on request. The [`Truth`] says what a
//! client should have collected from the feed, the [`GraphTruth`] what Graph shows.
//!
//! Feed and Graph share one address. Graph is served at the root and under `/graph`; a client whose
//! Graph URL is `{base}/graph` asks tokens for the scope `{base}/graph/.default`. A token is good for
//! one of the two: those of the feed carry [`TenantSetup::roles`], those of Graph
//! [`TenantSetup::graph_roles`]. Sign-ins and directory audits of Graph are the Entra records of the
//! feed in Graph's words, and an audit search finds the feed's records letter for letter.
//!
//! Nothing is stored for each record: blobs and rows are made from their names when asked for, so a
//! tenant of millions of records starts at once. A very large blob is made while it is sent
//! ([`Answer::stream`], [`TenantOptions::large_blob_bytes`]).
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use emulator::{Emulator, EmulatorOptions, serve};
//!
//! let emulator = Arc::new(Emulator::new(EmulatorOptions::default(), chrono::Utc::now())?);
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8365").await?;
//! serve(listener, emulator, std::future::pending()).await?;
//! # Ok(())
//! # }
//! ```

mod api;
mod clock;
mod content_type;
mod generator;
mod publication;
mod random;
mod record;
mod scenario;
mod tenant;
mod text;
mod timeline;

pub use api::http::serve;
pub use api::{
    Answer, Chunks, Emulator, EmulatorOptions, Faults, FederatedCredential, GraphTruth,
    PublishedBlob, Reply, Request, RequestTotals, TenantCondition, TenantSetup, ThrottleAnswer,
    Truth, WebhookCall,
};
pub use content_type::ContentType;
pub use generator::{Generated, Generator};
pub use scenario::{Scenario, Story};
pub use tenant::{OptionsError, TenantOptions};
