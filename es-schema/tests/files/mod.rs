//! The directory of schemas, with events written by hand and real git repositories.

mod base;
mod bless;
mod check;
mod diff;
mod directory;
mod document;
mod exceptions;
mod export;
mod kit;
mod samples;
mod scope;
mod settings;
