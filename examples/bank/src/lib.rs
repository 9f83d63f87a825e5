//! A bank: accounts that are opened, paid into, paid out of, and closed.

mod account;

pub use account::*;

/// Compiles and runs the README's Rust.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
