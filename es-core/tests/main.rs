//! The public behaviour of es-core, through the macros and an in-memory store.
mod tour;
