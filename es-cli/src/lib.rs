//! The library behind `cargo es`: [`harness`] learns what a package's events are, [`schema`] runs
//! the commands, [`arguments`] reads what was asked.
#![deny(missing_docs)]

pub mod arguments;
pub mod harness;
pub mod schema;
