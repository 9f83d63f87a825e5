//! Durable projections, as a store runs them: in its own transactions, rows and place together.

use std::any::{Any, TypeId};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::Timestamp;

use crate::app::StartError;
use crate::decided::Events;
use crate::engine::{ATTEMPTS, Attempts, Routes, set_aside};
use crate::handler::{Delivery, Durable, HandlerError, HandlerMeta, Reaction, TransactionFamily};
use crate::registry::Registry;
use crate::replay::panic_text;
use crate::store::{
    BoxFuture, Fence, HandlerKey, Page, ParkedStream, RecordRef, Saved, StoreError,
};
use crate::stream::{Position, StreamName};

/// A projection over transactions of the family `F`, of any type.
pub trait DurableOver<F: TransactionFamily>: Send + Sync {
    /// Makes its tables.
    fn init<'a, 't>(&'a self, tx: &'a mut F::Transaction<'t>) -> Reaction<'a>
    where
        't: 'a;

    /// Handles the event at this place of [`HandlerMeta::on`].
    fn on<'a, 't>(
        &'a self,
        place: usize,
        delivery: Delivery<'_>,
        tx: &'a mut F::Transaction<'t>,
    ) -> Reaction<'a>
    where
        't: 'a;
}

struct OfType<P>(P);

impl<F: TransactionFamily, P: Durable<F>> DurableOver<F> for OfType<P> {
    fn init<'a, 't>(&'a self, tx: &'a mut F::Transaction<'t>) -> Reaction<'a>
    where
        't: 'a,
    {
        self.0.init(tx)
    }

    fn on<'a, 't>(
        &'a self,
        place: usize,
        delivery: Delivery<'_>,
        tx: &'a mut F::Transaction<'t>,
    ) -> Reaction<'a>
    where
        't: 'a,
    {
        self.0.on(place, delivery, tx)
    }
}

/// A durable projection of any type, over transactions of any family.
#[derive(Clone)]
pub struct DurableHandler {
    meta: &'static HandlerMeta,
    /// An `Arc<dyn DurableOver<F>>`.
    projection: Arc<dyn Any + Send + Sync>,
}

impl DurableHandler {
    /// The projection, without its type.
    pub fn new<F: TransactionFamily, P: Durable<F>>(projection: P) -> Self {
        let projection: Arc<dyn DurableOver<F>> = Arc::new(OfType(projection));
        Self {
            meta: P::META,
            projection: Arc::new(projection),
        }
    }

    /// Name, version, events.
    pub fn meta(&self) -> &'static HandlerMeta {
        self.meta
    }

    /// The handler, as a store keeps its place.
    pub fn key(&self) -> HandlerKey {
        HandlerKey::new(self.meta.name, self.meta.version)
    }

    /// The projection, if it is over transactions of this family.
    pub fn over<F: TransactionFamily>(&self) -> Option<&dyn DurableOver<F>> {
        self.projection
            .downcast_ref::<Arc<dyn DurableOver<F>>>()
            .map(|projection| &**projection)
    }
}

impl fmt::Debug for DurableHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DurableHandler")
            .field(&self.meta.name)
            .finish()
    }
}

/// Events for a durable projection, to be handled in one transaction with its place.
#[derive(Clone, Debug)]
pub struct Batch {
    pub(crate) handler: DurableHandler,
    pub(crate) fence: Fence,
    pub(crate) page: Arc<Page>,
    pub(crate) routes: Arc<Routes>,
    /// Which records of the page.
    pub(crate) records: Vec<usize>,
    pub(crate) position: Position,
    pub(crate) set_aside: Vec<ParkedStream>,
    pub(crate) taken_up: Vec<StreamName>,
    pub(crate) now: Timestamp,
    /// How often the first record was tried, and each may be.
    pub(crate) attempts: Attempts,
}

impl Batch {
    /// A batch of all records of a page, put together by hand: to test a store's [`Transactions`].
    /// The registry is that of an `App` with the aggregates whose events are in the page.
    ///
    /// # Errors
    /// The projection handles events that no aggregate of the registry emits.
    pub fn by_hand(
        handler: DurableHandler,
        fence: Fence,
        page: Page,
        registry: &Registry,
        now: Timestamp,
    ) -> Result<Self, StartError> {
        let mut problems = Vec::new();
        let routes = Routes::new(handler.meta, registry, &mut problems);
        if !problems.is_empty() {
            return Err(StartError { problems });
        }
        Ok(Self {
            handler,
            fence,
            routes: Arc::new(routes),
            records: (0..page.len()).collect(),
            position: page.read_to,
            page: Arc::new(page),
            set_aside: Vec::new(),
            taken_up: Vec::new(),
            now,
            attempts: Attempts {
                before: 0,
                most: ATTEMPTS,
            },
        })
    }

    /// The batch, with streams that are set aside with it, and streams that are not any more.
    #[must_use]
    pub fn with_streams(mut self, set_aside: Vec<ParkedStream>, taken_up: Vec<StreamName>) -> Self {
        self.set_aside = set_aside;
        self.taken_up = taken_up;
        self
    }

    /// The projection.
    pub fn handler(&self) -> &DurableHandler {
        &self.handler
    }

    /// Under which lease it is handled.
    pub fn fence(&self) -> Fence {
        self.fence
    }

    /// The place after the batch.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Streams to set aside with the batch, whatever happens in it.
    pub fn set_aside(&self) -> &[ParkedStream] {
        &self.set_aside
    }

    /// Streams that are not set aside any more, if no event of them fails in the batch.
    pub fn taken_up(&self) -> &[StreamName] {
        &self.taken_up
    }

    /// The records, in order.
    pub fn records(&self) -> impl Iterator<Item = RecordRef<'_>> {
        self.records
            .iter()
            .filter_map(|index| self.page.get(*index))
    }

    /// What a record is delivered as: places of [`HandlerMeta::on`], and deliveries.
    ///
    /// # Errors
    /// The record cannot be read.
    pub fn deliveries<'r>(
        &self,
        record: RecordRef<'r>,
    ) -> Result<Events<(usize, Delivery<'r>)>, HandlerError> {
        self.routes.deliveries(record)
    }

    /// What is kept of a record that was not handled. Later records of its stream are not to be
    /// handled either.
    pub fn park(&self, record: RecordRef<'_>, error: &HandlerError) -> ParkedStream {
        let first = self.records().next().map(|first| first.position());
        let attempts = Attempts {
            before: if first == Some(record.position()) {
                self.attempts.before
            } else {
                0
            },
            ..self.attempts
        };
        set_aside(self.handler.key(), record, error, attempts, self.now)
    }
}

/// What became of a [`Batch`].
#[derive(Debug)]
pub struct Applied {
    /// Whether it was saved; if not, nothing of it was.
    pub saved: Saved,
    /// The streams that were set aside because an event of theirs failed.
    pub failed: Vec<ParkedStream>,
}

/// Runs a handler that does not wait; a panic becomes an error.
///
/// # Errors
/// The handler's.
pub fn caught(handle: impl FnOnce() -> Result<(), HandlerError>) -> Result<(), HandlerError> {
    catch_unwind(AssertUnwindSafe(handle))
        .unwrap_or_else(|panic| Err(HandlerError::Panicked(panic_text(&*panic))))
}

/// Runs durable projections: what a store with transactions offers.
pub trait Transactions: Send + Sync {
    /// The family of its transactions, and its name.
    fn family(&self) -> (TypeId, &'static str);

    /// Makes the projection's tables (with [`DurableOver::init`]), or, if they were made before,
    /// sees to it that they are what `init` makes.
    ///
    /// # Errors
    /// [`PrepareError::Tables`] for tables that are missing or not what `init` makes, the
    /// handler's own error, or the store's.
    fn prepare(&self, handler: DurableHandler) -> BoxFuture<'_, Result<(), PrepareError>>;

    /// Handles a batch: in one transaction with the projection's place, and with the streams whose
    /// events failed set aside.
    ///
    /// # Errors
    /// What went wrong in the store. Nothing was saved then.
    fn apply(&self, batch: Batch) -> BoxFuture<'_, Result<Applied, StoreError>>;

    /// Lets readers of the plain table names see this version, and drops the others.
    ///
    /// # Errors
    /// What went wrong in the store.
    fn promote(
        &self,
        handler: DurableHandler,
        fence: Fence,
    ) -> BoxFuture<'_, Result<Saved, StoreError>>;
}

/// Why a projection's tables are not ready.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrepareError {
    /// The tables are missing, or are not what `#[init]` makes.
    #[error("{0}")]
    Tables(String),
    /// The projection's `#[init]` failed.
    #[error("{0}")]
    Init(#[source] HandlerError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
