//! What every event store owes its users, as checks an implementation can be tested with.
//!
//! Each check is a function that takes a [`Fresh`] store, empty and not used by anyone else, works
//! on it through [`EventStore`] alone, and panics where the store breaks the contract.
//! [`conformance_tests!`](crate::conformance_tests) writes a test for each of them, on a runtime
//! of one thread and on one of several; [`run`] runs them all, for those who have a test harness
//! of their own.
//!
//! ```
//! use es_core::MemoryStore;
//! use es_testkit::conformance::{self, Fresh};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! conformance::run(|| async { Fresh::new(MemoryStore::new()) }).await;
//! # }
//! ```
// Checks fail by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod appending;
mod concurrency;
mod idempotency;
mod news;
mod places;
mod reading;
mod refusing;
mod sample;
mod snapshots;

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use es_core::EventStore;

pub use appending::*;
pub use concurrency::*;
pub use idempotency::*;
pub use news::*;
pub use places::*;
pub use reading::*;
pub use refusing::*;
pub use snapshots::*;

/// A check that takes longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// An empty store for one check, and what it needs to live.
pub struct Fresh {
    store: Arc<dyn EventStore>,
    kept: Vec<Box<dyn Any + Send + Sync>>,
}

impl Fresh {
    /// An empty store.
    pub fn new(store: impl EventStore) -> Self {
        Self {
            store: Arc::new(store),
            kept: Vec::new(),
        }
    }

    /// Drops this only after the store: its temporary folder, say.
    #[must_use]
    pub fn keeping(mut self, kept: impl Any + Send + Sync) -> Self {
        self.kept.push(Box::new(kept));
        self
    }

    /// The store.
    pub fn store(&self) -> Arc<dyn EventStore> {
        Arc::clone(&self.store)
    }
}

impl fmt::Debug for Fresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fresh").finish_non_exhaustive()
    }
}

/// Runs a check, not longer than two minutes.
///
/// # Panics
/// The check failed or did not come to an end.
pub async fn run_one(name: &str, check: impl Future<Output = ()>) {
    if tokio::time::timeout(PATIENCE, check).await.is_err() {
        panic!("{name} did not come to an end within {PATIENCE:?}");
    }
}

macro_rules! run_all {
    (($fresh:ident) $($check:ident,)*) => {
        $( run_one(stringify!($check), async {
            println!("conformance: {}", stringify!($check));
            $check($fresh().await).await;
        }).await; )*
    };
}

/// Runs all checks one after the other, each on a store of its own.
///
/// # Panics
/// A check failed; the last line printed names it.
pub async fn run<F, R>(fresh: F)
where
    F: Fn() -> R,
    R: Future<Output = Fresh>,
{
    crate::__conformance_checks! { run_all, (fresh) }
}

/// Writes a `#[tokio::test]` for each check of [`conformance`](crate::conformance), on a runtime of
/// one thread (module `on_one_thread`) and on one of four (module `on_four_threads`).
///
/// Takes an expression that, called, gives a future of a [`Fresh`](crate::conformance::Fresh)
/// store. The crate needs `tokio` with the features `macros` and `rt-multi-thread` among its
/// development dependencies.
///
/// ```
/// # #[cfg(test)]
/// mod conformance {
///     use es_core::MemoryStore;
///     use es_testkit::conformance::Fresh;
///
///     es_testkit::conformance_tests!(|| async { Fresh::new(MemoryStore::new()) });
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! conformance_tests {
    ($fresh:expr) => {
        $crate::__conformance_checks! { $crate::__conformance_tests, ($fresh) }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    (($fresh:expr) $($check:ident,)*) => {
        mod on_one_thread {
            #[allow(unused_imports)]
            use super::*;
            $(
                #[tokio::test]
                async fn $check() {
                    $crate::conformance::run_one(stringify!($check), async {
                        $crate::conformance::$check(($fresh)().await).await;
                    })
                    .await;
                }
            )*
        }
        mod on_four_threads {
            #[allow(unused_imports)]
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $check() {
                    $crate::conformance::run_one(stringify!($check), async {
                        $crate::conformance::$check(($fresh)().await).await;
                    })
                    .await;
                }
            )*
        }
    };
}

/// All checks, given to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_checks {
    ($then:path, $args:tt) => {
        $then! { $args
            versions_are_contiguous_and_positions_grow,
            an_empty_store_is_empty,
            several_events_are_appended_as_one,
            an_unconditional_append_goes_after_whatever_is_there,
            records_come_back_as_they_were_appended,
            a_large_payload_comes_back_as_it_was,
            stream_names_are_told_apart,
            a_conflict_names_the_version_and_stores_nothing,
            an_append_without_events_is_invalid,
            an_event_id_twice_in_an_append_is_invalid,
            an_append_sent_again_is_acknowledged_again,
            an_unconditional_append_sent_again_is_acknowledged_again,
            events_known_in_part_are_refused,
            an_event_id_of_another_stream_is_refused,
            event_ids_are_remembered_among_many,
            an_idempotency_key_is_answered_with_the_first_receipt,
            an_idempotency_key_belongs_to_its_stream,
            a_refused_append_leaves_its_idempotency_key_free,
            concurrent_appends_with_one_key_are_recorded_once,
            concurrent_appends_of_the_same_events_are_recorded_once,
            a_stream_is_read_in_pages,
            the_store_is_read_in_pages,
            the_store_is_read_through_filters,
            the_store_is_read_in_large_pages,
            the_last_position_is_that_of_the_last_record,
            snapshots_come_back,
            the_newest_snapshot_stays,
            no_snapshot_is_stored_without_its_events,
            old_news_is_answered_at_once,
            news_wakes_everyone_who_waits,
            concurrent_appends_to_one_stream_are_all_there,
            concurrent_appends_to_many_streams_are_all_there,
            a_reader_never_misses_nor_reorders,
            a_dropped_append_is_whole_or_not_there,
            an_append_that_is_not_polled_holds_up_nobody,
            places_are_made_once,
            one_version_serves,
            a_lease_has_one_holder,
            a_lease_given_back_is_free,
            progress_is_saved_under_the_latest_lease,
            streams_are_set_aside_and_taken_up,
            an_instruction_reaches_its_stream,
            a_handler_is_forgotten,
            a_race_for_a_lease_has_one_winner,
        }
    };
}
