//! The public behaviour of es-testkit.
mod account;
mod failures;
mod memory;
mod scenarios;
mod settings;
mod tour;
