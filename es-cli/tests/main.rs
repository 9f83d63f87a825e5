//! `cargo es` in packages of every shape, each outside this workspace, and beside applications.
#![allow(clippy::unwrap_used, reason = "what a test sets up is there")]

mod diagram;
mod doors;
mod harness;
mod lock;
mod project;
mod stores;
mod walk;
