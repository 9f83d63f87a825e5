//! Judges whether the schemas of events still fit what is stored.
#![deny(missing_docs)]

pub mod shape;
