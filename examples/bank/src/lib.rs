//! A bank: accounts that are opened, paid into, paid out of, and closed.

mod account;

pub use account::*;
