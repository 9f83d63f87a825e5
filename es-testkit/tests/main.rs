//! The public behaviour of es-testkit.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod account;
mod failures;
mod memory;
mod scenarios;
mod schemas;
mod settings;
mod tour;
