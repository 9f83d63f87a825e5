//! The public behaviour of es-testkit.
mod account;
mod memory;
mod tour;
