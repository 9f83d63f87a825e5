//! The tests of the SQLite store.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod closing;
mod commands;
mod conformance;
mod files;
mod kill;
mod places;
mod processes;
mod projections;
mod queries;
mod read_models;
mod room;
mod sample;
