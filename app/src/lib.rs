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
pub mod forward;
mod jobs;
mod mail;
mod mailbox_entries;
mod observe;
mod permissions;
pub mod pipeline;
mod portal;
mod present;
mod questions;
mod reports;
mod retain;
mod server;
mod views;
