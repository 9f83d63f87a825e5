//! What the macros understood of an item: parsed and checked, borrowed from the input.

pub(crate) mod aggregate;
pub(crate) mod aggregate_id;
pub(crate) mod catalogue;
pub(crate) mod event;
pub(crate) mod handlers;
pub(crate) mod rules;
pub(crate) mod serde_attr;
pub(crate) mod versions;
pub(crate) mod wire;
