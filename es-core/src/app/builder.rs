//! How an application is put together and started.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::clock::{Clock, IdSource, SystemClock, UuidSource};
use super::error::{StartError, StartProblem};
use super::send::RetryQueues;
use super::services::Services;
use super::{App, COMMANDS_AT_ONCE, Inner};
use crate::aggregate::Aggregate;
use crate::registry::{AggregateEntry, Registry};
use crate::store::EventStore;

/// Puts an [`App`] together.
pub struct AppBuilder {
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    entries: Vec<AggregateEntry>,
    services: Services,
    attempts: u32,
    problems: Vec<StartProblem>,
}

impl AppBuilder {
    pub(super) fn new(store: Arc<dyn EventStore>) -> Self {
        Self {
            store,
            clock: Arc::new(SystemClock),
            ids: Arc::new(UuidSource::default()),
            entries: Vec::new(),
            services: Services::default(),
            attempts: 32,
            problems: Vec::new(),
        }
    }

    /// Adds an aggregate.
    #[must_use]
    pub fn aggregate<A: Aggregate>(mut self) -> Self {
        self.entries.push(AggregateEntry::of::<A>());
        self
    }

    /// Adds everything annotated that is linked in.
    ///
    /// A crate that nothing names is not linked, and a test binary does not see its own library
    /// unless it names it: `use bank as _;`. If nothing at all is found the start fails; whether
    /// something is missing only [`App::registry`] can tell.
    #[cfg(feature = "inventory")]
    #[must_use]
    pub fn discover(mut self) -> Self {
        let before = self.entries.len();
        self.entries
            .extend(inventory::iter::<AggregateEntry>.into_iter().copied());
        if self.entries.len() == before {
            self.problems.push(StartProblem::NothingDiscovered);
        }
        self
    }

    /// Gives a value to the aggregates that say `services = S`; one a type, the last one counts.
    #[must_use]
    pub fn services<S: Send + Sync + 'static>(mut self, value: S) -> Self {
        self.services.insert(value);
        self
    }

    /// Takes the time from here instead of the system.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Takes event ids from here instead of making UUIDv7s.
    #[must_use]
    pub fn ids(mut self, ids: impl IdSource) -> Self {
        self.ids = Arc::new(ids);
        self
    }

    /// How often a command is decided at most when others write to the same stream meanwhile: 32
    /// unless set; 0 is read as 1.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Checks that everything fits together, and starts.
    ///
    /// # Errors
    /// All problems found, each with what to do about it.
    pub async fn start(self) -> Result<App, StartError> {
        let mut problems = self.problems;
        let registry = Registry::new(self.entries, &mut problems);
        for entry in registry.aggregates() {
            let (type_id, services) = (entry.services)();
            if !self.services.has(type_id) {
                problems.push(StartProblem::MissingServices {
                    aggregate: entry.name,
                    services,
                });
            }
        }
        if !problems.is_empty() {
            return Err(StartError { problems });
        }
        Ok(App {
            inner: Arc::new(Inner {
                store: self.store,
                clock: self.clock,
                ids: self.ids,
                registry,
                services: self.services,
                attempts: self.attempts,
                retry_queues: RetryQueues::default(),
                under_way: Semaphore::new(COMMANDS_AT_ONCE as usize),
            }),
        })
    }
}
