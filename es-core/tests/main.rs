//! The public behaviour of es-core, through the macros and an in-memory store.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod account;
mod commands;
mod concurrency;
mod floats;
mod handlers;
mod json;
mod registry;
mod replay;
mod snapshots;
mod store;
mod ui;
mod versions;
