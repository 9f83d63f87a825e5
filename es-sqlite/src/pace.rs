//! How long something takes of late.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Above this an async thread is not the place for it.
const QUICK: u64 = 1_000_000;
/// A single slow one (a checkpoint, say) counts as this at most.
const MOST: u64 = 4_000_000;

/// A moving average of durations.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    nanos: AtomicU64,
}

impl Pace {
    /// Takes one more measurement into account.
    pub(crate) fn record(&self, took: Duration) {
        let took = u64::try_from(took.as_nanos()).unwrap_or(MOST).min(MOST);
        let average = self.nanos.load(Ordering::Relaxed);
        // A measurement lost to a race does not matter.
        self.nanos
            .store(average - average / 8 + took / 8, Ordering::Relaxed);
    }

    /// Whether it has been quick enough of late to be done on an async thread.
    pub(crate) fn is_quick(&self) -> bool {
        self.nanos.load(Ordering::Relaxed) < QUICK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_turns_and_quick_returns() {
        let pace = Pace::default();
        assert!(pace.is_quick());
        pace.record(Duration::from_secs(1));
        assert!(pace.is_quick(), "one slow commit is no slow disk");
        for _ in 0..20 {
            pace.record(Duration::from_millis(3));
        }
        assert!(!pace.is_quick());
        for _ in 0..20 {
            pace.record(Duration::from_micros(100));
        }
        assert!(pace.is_quick());
    }
}
