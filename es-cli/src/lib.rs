//! The library behind `cargo es`: [`harness`] learns what a package's code declares; [`schema`],
//! [`diagram`], [`handlers`] and [`parked`] run the commands, [`arguments`] reads what was asked.
#![deny(missing_docs)]

pub mod arguments;
pub mod diagram;
pub mod handlers;
pub mod harness;
mod output;
pub mod parked;
pub mod schema;
pub mod store;
