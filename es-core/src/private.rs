//! What generated code calls. Not for use by hand: it changes with the macros.

pub use core;
pub use schemars;
pub use serde;
pub use serde_json;
pub use std;

pub use crate::aggregate::{
    OneHandlersBlock, SnapshotState, StartValue, record_event, replay_event,
};
pub use crate::command::{read_command, read_fieldless};
pub use crate::decision::{contains, handling_within_emits, within_emits};
pub use crate::event::{decode_payload, encode_payload, same_name, unreadable_version};
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
