//! How an application is put together and started.

use std::sync::Arc;
use std::time::Duration;

use super::clock::{Clock, IdSource, SystemClock, UuidSource};
use super::error::{StartError, StartProblem};
use super::send::RetryQueues;
use super::services::Services;
use super::under_way::UnderWay;
use super::{App, Inner, StopWhenDropped};
use crate::aggregate::Aggregate;
use crate::engine::{ATTEMPTS, Engine, Plan};
use crate::handler::{Handler, HandlerEntry, HandlerKind, Policy, Projection};
use crate::registry::{AggregateEntry, Registry};
use crate::store::{EventStore, StoreError};

/// How long leases last.
const LEASE: Duration = Duration::from_secs(3);

/// Puts an [`App`] together.
pub struct AppBuilder {
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    entries: Vec<AggregateEntry>,
    handlers: Vec<Handler>,
    discovered: Vec<HandlerEntry>,
    services: Services,
    attempts: u32,
    handler_attempts: u32,
    lease: Duration,
    problems: Vec<StartProblem>,
}

impl AppBuilder {
    pub(super) fn new(store: Arc<dyn EventStore>) -> Self {
        Self {
            store,
            clock: Arc::new(SystemClock),
            ids: Arc::new(UuidSource::default()),
            entries: Vec::new(),
            handlers: Vec::new(),
            discovered: Vec::new(),
            services: Services::default(),
            attempts: 32,
            handler_attempts: ATTEMPTS,
            lease: LEASE,
            problems: Vec::new(),
        }
    }

    /// Adds an aggregate.
    #[must_use]
    pub fn aggregate<A: Aggregate>(mut self) -> Self {
        self.entries.push(AggregateEntry::of::<A>());
        self
    }

    /// Adds an aggregate that is known by its entry.
    #[must_use]
    pub fn add_aggregate(mut self, entry: AggregateEntry) -> Self {
        self.entries.push(entry);
        self
    }

    /// Adds a projection. A value that is passed takes the place of the one `discover()` would
    /// build.
    #[must_use]
    pub fn projection<P: Projection>(mut self, projection: P) -> Self {
        self.handlers.push(projection.into_handler());
        self
    }

    /// Adds a policy. A value that is passed takes the place of the one `discover()` would build.
    #[must_use]
    pub fn policy<P: Policy>(mut self, policy: P) -> Self {
        self.handlers.push(policy.into_handler());
        self
    }

    /// Adds every aggregate that is linked in, and no projections and policies; see
    /// [`AppBuilder::discover`].
    #[cfg(feature = "inventory")]
    #[must_use]
    pub fn discover_aggregates(mut self) -> Self {
        self.entries
            .extend(inventory::iter::<AggregateEntry>.into_iter().copied());
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
        self.discovered
            .extend(inventory::iter::<HandlerEntry>.into_iter().copied());
        if self.entries.len() == before {
            self.problems.push(StartProblem::NothingDiscovered);
        }
        self
    }

    /// Gives a value to the aggregates and policies that say `services = S`; one a type, the last one counts.
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

    /// How often a policy or a durable projection tries an event that fails before it is parked: 6
    /// times unless set, some 50 ms, 200 ms, 1 s, 3 s and 13 s apart; 0 is read as 1.
    ///
    /// A projection in memory tries once: what it changed before it failed cannot be undone. On
    /// SQLite an attempt may call the handler twice: among others in one transaction, and then apart
    /// from them.
    #[must_use]
    pub fn handler_attempts(mut self, attempts: u32) -> Self {
        self.handler_attempts = attempts.max(1);
        self
    }

    /// How long the lease of a handler lasts that keeps its place in the store, where its process
    /// does not renew it: 3 seconds unless set. When a process dies, its handlers go on in another
    /// one, or in the same one started anew, after that time; after [`App::shutdown`], at once.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease.max(Duration::from_millis(30));
        self
    }

    /// Checks that everything fits together, starts the handlers, and returns when those in memory
    /// have caught up.
    ///
    /// # Errors
    /// All problems found, each with what to do about it.
    pub async fn start(self) -> Result<App, StartError> {
        let mut problems = self.problems;
        let handlers = with_discovered(self.handlers, self.discovered, &mut problems);
        let mut registry = Registry::new(self.entries, &mut problems);
        registry.add_handlers(handlers.iter().map(Handler::meta));
        for entry in registry.aggregates() {
            let (type_id, services) = (entry.services)();
            if !self.services.has(type_id) {
                problems.push(StartProblem::MissingServices {
                    aggregate: entry.name,
                    services,
                });
            }
        }
        let plan = Plan::new(
            handlers,
            &registry,
            &self.services,
            &*self.store,
            &mut problems,
        );
        if !problems.is_empty() {
            return Err(StartError { problems });
        }
        let engine = plan
            .prepare(&*self.store, self.handler_attempts, &mut problems)
            .await
            .map_err(store_failed)?;
        if !problems.is_empty() {
            return Err(StartError { problems });
        }
        let store = Arc::clone(&self.store);
        let mut app = App {
            inner: Arc::new(Inner {
                store: self.store,
                clock: self.clock,
                ids: self.ids,
                registry,
                services: self.services,
                engine,
                attempts: self.attempts,
                retry_queues: RetryQueues::default(),
                under_way: UnderWay::default(),
            }),
            _stop_when_dropped: None,
        };
        // Before anything can fail: what is started is stopped again.
        let stop = Arc::new(StopWhenDropped(Arc::clone(&app.inner)));
        Engine::start(&app, &store, self.lease)
            .await
            .map_err(store_failed)?;
        app._stop_when_dropped = Some(stop);
        Ok(app)
    }
}

fn store_failed(error: StoreError) -> StartError {
    StartError {
        problems: vec![StartProblem::Store(error.to_string())],
    }
}

/// Those that were passed, and those that were discovered and not passed.
fn with_discovered(
    mut handlers: Vec<Handler>,
    discovered: Vec<HandlerEntry>,
    problems: &mut Vec<StartProblem>,
) -> Vec<Handler> {
    for entry in discovered {
        let is_passed = |handler: &Handler| handler.meta().type_path == entry.meta.type_path;
        if handlers.iter().any(is_passed) {
            continue;
        }
        match (entry.make)() {
            Some(handler) => handlers.push(handler),
            None => problems.push(StartProblem::NoDefault {
                handler: entry.meta.name,
                type_path: entry.meta.type_path,
                method: match entry.meta.kind {
                    HandlerKind::Policy(_) => "policy",
                    _ => "projection",
                },
            }),
        }
    }
    handlers
}
