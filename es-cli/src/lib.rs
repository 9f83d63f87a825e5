//! The library behind `cargo es`: [`harness`] learns what a package's code declares; [`schema`] and
//! [`diagram`] run the commands, [`arguments`] reads what was asked.
#![deny(missing_docs)]

pub mod arguments;
pub mod diagram;
pub mod harness;
mod output;
pub mod schema;
