//! What generated code calls. Not for use by hand: it changes with the macros.

pub use core;
pub use schemars;
pub use serde;
pub use serde_json;
pub use std;

pub use crate::aggregate::{
    OneHandlersBlock, SnapshotState, StartValue, replay_event, snapshot_fingerprint,
};
pub use crate::command::{CommandData, handle_any, read_fieldless, short_name};
pub use crate::decision::{handling_within_emits, is_creating_if, within_emits};
pub use crate::event::{Listed, Payload, same_name, unreadable_version};
pub use crate::missing::Missing;

/// The operators of `#[apply]` rules.
pub mod rules {
    pub use crate::rules::*;
}

#[cfg(feature = "inventory")]
pub use inventory;

/// Submits an aggregate for `discover()`, where the feature `inventory` is on.
#[cfg(feature = "inventory")]
#[doc(hidden)]
#[macro_export]
macro_rules! __submit_aggregate {
    ($Aggregate:ty) => {
        $crate::__private::inventory::submit! {
            $crate::AggregateEntry::of::<$Aggregate>()
        }
    };
}

/// Submits nothing: the feature `inventory` is off.
#[cfg(not(feature = "inventory"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __submit_aggregate {
    ($Aggregate:ty) => {};
}
