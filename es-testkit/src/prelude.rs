//! The names a test is written with: `use es_testkit::prelude::*;`, beside
//! `use es_core::prelude::*;`.

pub use es_core::Handled as _;
pub use serde_json::json;

pub use crate::policy::{policy, policy_with};
pub use crate::project::{project, project_in};
pub use crate::stream::stream;

pub use crate::given::{given, given_commands, given_nothing, given_stored};
