//! What a scenario's `App` stands on: a store that outlives it, a clock and ids without chance.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use es_core::{Clock, IdSource, MemoryStore, Timestamp};
use uuid::{Builder, Uuid};

use crate::terms::START;

/// A store in memory that several `App`s share, one after the other.
pub(crate) type SharedStore = Arc<MemoryStore>;

/// A clock that stands still until it is set.
#[derive(Clone, Debug)]
pub(crate) struct SetClock(Arc<Mutex<Timestamp>>);

impl Default for SetClock {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(START)))
    }
}

impl SetClock {
    pub(crate) fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// UUIDv7s that are counted instead of random.
#[derive(Clone, Debug, Default)]
pub(crate) struct CountedIds(Arc<AtomicU64>);

impl IdSource for CountedIds {
    fn next_id(&self, now: Timestamp) -> Uuid {
        let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        let mut random = [0; 10];
        for (to, from) in random.iter_mut().skip(2).zip(count.to_be_bytes()) {
            *to = from;
        }
        // A UUIDv7 has no time before 1970.
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}
