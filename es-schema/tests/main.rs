//! Everything es-schema promises, in one binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A test fails by panicking.

mod arbitrary;
mod contracts;
mod files;
mod fuzz;
mod pairs;
mod reports;
mod samples;
mod sound;
mod types;
