//! Projections and policies: what the macros write, and how they run over an in-memory store.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../account.rs"]
mod account;
mod faults;
mod numbers;
mod running;
mod shutdown;
mod written;
