//! The names a domain is written with: `use es_core::prelude::*;`.
//!
//! It is kept small, so that it does not clash with the names of a domain. The traits are there
//! without their names where only their methods are needed.

pub use jiff::Timestamp;
pub use schemars;
pub use schemars::JsonSchema;
pub use serde::{Deserialize, Serialize};
pub use serde_json::json;

pub use crate::app::{App, CommandError, Recorded};
pub use crate::context::Context;
pub use crate::handler::To;
pub use crate::metadata::Metadata;
pub use crate::stream::Version;
#[cfg(feature = "derive")]
pub use es_derive::{
    Aggregate, AggregateId, Command, Event, apply, emits, handlers, init, on, policy, projection,
    refused,
};

pub use crate::aggregate::Aggregate as _;
pub use crate::command::Command as _;
pub use crate::command::Handled as _;
pub use crate::event::Event as _;
pub use crate::id::AggregateId as _;
