//! trail365: the stages put together.
//!
//! The binary is [`cli`]; the parts are a library, so that a simulation can run them in a world of
//! its own.

pub mod cli;
pub mod collect;
mod commands;
pub mod config;
mod context;
mod evidence;
mod observe;
pub mod pipeline;
mod present;
mod server;
