//! `cargo es` in packages of every shape, each outside this workspace.

mod harness;
mod project;
