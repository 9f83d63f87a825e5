//! The names a test is written with: `use es_testkit::prelude::*;`, beside
//! `use es_core::prelude::*;`.

pub use serde_json::json;

pub use crate::given::{given, given_commands, given_nothing, given_stored};
