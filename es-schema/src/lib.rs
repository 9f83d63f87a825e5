//! Judges whether the schemas of events still fit what is stored.
#![deny(missing_docs)]

pub mod compat;
pub mod report;
pub mod sample;
pub mod shape;
