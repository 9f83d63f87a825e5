//! What generated code calls. Not for use by hand: it changes with the macros.

pub use core;
pub use schemars;
pub use serde;
pub use serde_json;
pub use std;

pub use crate::aggregate::{
    CatalogueOf, OneHandlersBlock, SnapshotState, StartValue, replay_event, replay_otherwise,
    snapshot_fingerprint,
};
pub use crate::command::{CommandData, commands_of, handle_any, read_fieldless, short_name};
pub use crate::decision::{handling_within_emits, is_creating_if, within_emits};
pub use crate::event::{
    Listed, Payload, decode_by_alias, read_payload, share_a_name, unreadable_version,
};
pub use crate::handler::{
    HandledEvent, IntoDurable, MakeByDefault, NoDefault, Probe, asks_once, durable, in_memory,
    is_first_of_event, may_wait, not_handled, policy, reaction,
};
pub use crate::missing::Missing;
pub use crate::retired::{Replaced, decode_retired, retired_into_only};
pub use crate::schema::{EventEntry, EventVersion, FieldMeta, VersionForm, default_json};
pub use crate::upcast::{PastShape, StepOutput, UpcastError, read_stepped, stepped};

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

/// Submits events for the doors that check schemas, where the feature `inventory` is on.
#[cfg(feature = "inventory")]
#[doc(hidden)]
#[macro_export]
macro_rules! __submit_events {
    ($($events:expr),*) => {
        $($crate::__private::inventory::submit! {
            $crate::__private::EventEntry($events)
        })*
    };
}

/// Submits a handler for `discover()`, where the feature `inventory` is on.
#[cfg(feature = "inventory")]
#[doc(hidden)]
#[macro_export]
macro_rules! __submit_handler {
    ($Handler:ty, $Trait:path) => {
        $crate::__private::inventory::submit! {
            $crate::HandlerEntry::new(<$Handler as $Trait>::META, || {
                #[allow(unused_imports)] // one of the two is used
                use $crate::__private::{MakeByDefault as _, NoDefault as _};
                (&$crate::__private::Probe::<$Handler>::new())
                    .make()
                    .map(<$Handler as $Trait>::into_handler)
            })
        }
    };
}

/// Submits nothing: the feature `inventory` is off.
#[cfg(not(feature = "inventory"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __submit_handler {
    ($Handler:ty, $Trait:path) => {};
}

/// Submits nothing: the feature `inventory` is off.
#[cfg(not(feature = "inventory"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __submit_events {
    ($($events:expr),*) => {};
}

/// Submits nothing: the feature `inventory` is off.
#[cfg(not(feature = "inventory"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __submit_aggregate {
    ($Aggregate:ty) => {};
}
