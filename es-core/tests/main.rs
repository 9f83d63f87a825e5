//! The public behaviour of es-core, through the macros and an in-memory store.
mod account;
mod commands;
mod concurrency;
mod handlers;
mod json;
mod registry;
mod replay;
mod snapshots;
mod store;
mod tour;
mod ui;
