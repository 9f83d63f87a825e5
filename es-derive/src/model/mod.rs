//! What the macros understood of an item: parsed and checked, borrowed from the input.

pub(crate) mod aggregate;
pub(crate) mod aggregate_id;
pub(crate) mod catalogue;
pub(crate) mod event;
pub(crate) mod event_handlers;
pub(crate) mod handlers;
mod method;
pub(crate) mod policy;
pub(crate) mod projection;
pub(crate) mod rules;
pub(crate) mod serde_attr;
pub(crate) mod versions;
pub(crate) mod wire;
