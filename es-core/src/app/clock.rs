//! Where an `App` takes time and ids from; tests put their own in.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use uuid::{ContextV7, Uuid};

/// The time. Nothing else in the framework reads a clock.
///
/// A function is a clock too:
///
/// ```
/// use es_core::Clock;
/// use jiff::Timestamp;
///
/// let noon: Timestamp = "2026-01-02T12:00:00Z".parse().unwrap();
/// let clock = move || noon;
/// assert_eq!(Clock::now(&clock), noon);
/// ```
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;
}

impl<F: Fn() -> Timestamp + Send + Sync + 'static> Clock for F {
    fn now(&self) -> Timestamp {
        self()
    }
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Where event ids come from. Each id is given once, ever.
pub trait IdSource: Send + Sync + 'static {
    /// The next id, for a record made at `now`.
    fn next_id(&self, now: Timestamp) -> Uuid;
}

/// UUIDv7 (RFC 9562, section 5.7) of the `App`'s time, growing within a millisecond.
#[derive(Debug)]
pub struct UuidSource(Mutex<ContextV7>);

impl Default for UuidSource {
    fn default() -> Self {
        Self(Mutex::new(ContextV7::new()))
    }
}

impl IdSource for UuidSource {
    fn next_id(&self, now: Timestamp) -> Uuid {
        // A UUIDv7 has no time before 1970.
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        let nanoseconds = u32::try_from(now.subsec_nanosecond()).unwrap_or(0);
        let context = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Uuid::new_v7(uuid::Timestamp::from_unix(&*context, seconds, nanoseconds))
    }
}
