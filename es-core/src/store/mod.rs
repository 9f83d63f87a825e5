//! The one seam to storage: what an event store does, and how it says no.

mod append;
mod error;
mod memory;
mod page;
mod places;
mod transactions;

use std::pin::Pin;

pub use append::{Append, AppendCondition, Appended, NewEvent, Receipt};
pub use error::{AppendError, StoreError, StoreErrorKind};
pub use memory::MemoryStore;
pub use page::{Detail, Page, RecordRef, RecordRow};
pub use places::{
    Fence, HandlerKey, HandlerPlace, HandlerStore, Instruction, LeaseRequest, NewPlace,
    ParkedStream, PlaceStage, Progress, Saved,
};
pub use transactions::{
    Applied, Batch, DurableHandler, DurableOver, PrepareError, Transactions, caught,
};

use crate::snapshot::Snapshot;
use crate::stream::{Position, StreamName, Version};

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A stream's records after a version, in order.
#[derive(Clone, Debug)]
pub struct StreamQuery {
    /// The stream.
    pub stream: StreamName,
    /// Records after this version; [`Version::NONE`] for all.
    pub after: Version,
    /// At most this many records in the page; a store may return fewer, but not none where there
    /// is one. 0 is read as 1.
    pub limit: u32,
    /// How much of each record is needed.
    pub detail: Detail,
}

/// The records of the whole store after a position, in order, filtered.
#[derive(Clone, Debug)]
pub struct AllQuery {
    /// Records after this position; [`Position::START`] for all.
    pub after: Position,
    /// At most this many records in the page. 0 is read as 1.
    pub limit: u32,
    /// Only events of some names.
    pub names: NameFilter,
    /// Only streams of these categories; `None` for all.
    pub categories: Option<Vec<String>>,
    /// How much of each record is needed. With [`Detail::Replay`] a store may leave out the event's
    /// id and the origin.
    pub detail: Detail,
}

/// Events of which names are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NameFilter {
    /// Of all names.
    #[default]
    All,
    /// Of these only.
    Only(Vec<String>),
    /// Of all but these.
    Except(Vec<String>),
}

impl NameFilter {
    /// Whether an event of this name is read.
    pub fn admits(&self, name: &str) -> bool {
        let contains = |names: &[String]| names.iter().any(|known| known == name);
        match self {
            Self::All => true,
            Self::Only(names) => contains(names),
            Self::Except(names) => !contains(names),
        }
    }
}

/// An append-only store of events, in streams that are each versioned from 1 without gaps and
/// together have one order.
///
/// What every implementation owes its users, checked by the conformance suite of `es-testkit`:
///
/// - An append is to one stream, atomic, and durable when acknowledged (as far as the store's
///   settings say so).
/// - Events get the versions after the stream's last; positions grow with every append.
/// - *Readers never miss*: once a reader has seen position p, nothing ever appears at or before p.
/// - An append whose event ids are already in that stream is acknowledged again, not repeated; so
///   is one whose idempotency key the stream has seen.
/// - Futures make progress without being polled by anyone else, and dropping one never leaves half
///   an append: it is stored whole or not at all.
pub trait EventStore: Send + Sync + 'static {
    /// Appends events to one stream if the condition holds.
    ///
    /// The snapshot that may come along is stored if that is cheap and safe; its loss is not an
    /// error, and it is not stored when the append is not. It replaces one that is not newer or has
    /// another fingerprint, and is not stored if it is of a version the stream does not have yet.
    ///
    /// # Errors
    /// [`AppendError::Conflict`] if the condition does not hold, [`AppendError::PartlyRecorded`]
    /// if only some of the event ids are in the stream, [`AppendError::Invalid`] for an append
    /// without events, else what went wrong in the store. Nothing is stored in any of these cases.
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, AppendError>>;

    /// The receipt of the append that carried this idempotency key to this stream.
    ///
    /// # Errors
    /// What went wrong in the store.
    fn find_receipt<'a>(
        &'a self,
        stream: &'a StreamName,
        idempotency_key: &'a str,
    ) -> BoxFuture<'a, Result<Option<Receipt>, StoreError>>;

    /// Reads one stream in order of version. A stream without records is an empty page.
    ///
    /// The store begins to work when the returned future is first polled.
    ///
    /// # Errors
    /// What went wrong in the store.
    fn read_stream(&self, query: StreamQuery) -> BoxFuture<'_, Result<Page, StoreError>>;

    /// Reads the whole store in order of position.
    ///
    /// # Errors
    /// What went wrong in the store.
    fn read_all(&self, query: AllQuery) -> BoxFuture<'_, Result<Page, StoreError>>;

    /// The stream's last snapshot, whatever its fingerprint.
    ///
    /// # Errors
    /// What went wrong in the store.
    fn read_snapshot<'a>(
        &'a self,
        stream: &'a StreamName,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, StoreError>>;

    /// The position of the last record, [`Position::START`] if there is none.
    ///
    /// # Errors
    /// What went wrong in the store.
    fn last_position(&self) -> BoxFuture<'_, Result<Position, StoreError>>;

    /// Waits until there is a record after `position`, and returns the last position. News of
    /// other processes count too, if later.
    ///
    /// # Errors
    /// What went wrong in the store.
    fn wait_for_news(&self, position: Position) -> BoxFuture<'_, Result<Position, StoreError>>;

    /// Where event handlers keep their place, if the store offers that. Without it, there can be
    /// projections in memory only.
    fn handlers(&self) -> Option<&dyn HandlerStore> {
        None
    }

    /// Transactions for durable projections, if the store has them.
    fn transactions(&self) -> Option<&dyn Transactions> {
        None
    }
}

/// A shared store is a store.
impl<S: EventStore> EventStore for std::sync::Arc<S> {
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, AppendError>> {
        (**self).append(append)
    }

    fn find_receipt<'a>(
        &'a self,
        stream: &'a StreamName,
        idempotency_key: &'a str,
    ) -> BoxFuture<'a, Result<Option<Receipt>, StoreError>> {
        (**self).find_receipt(stream, idempotency_key)
    }

    fn read_stream(&self, query: StreamQuery) -> BoxFuture<'_, Result<Page, StoreError>> {
        (**self).read_stream(query)
    }

    fn read_all(&self, query: AllQuery) -> BoxFuture<'_, Result<Page, StoreError>> {
        (**self).read_all(query)
    }

    fn read_snapshot<'a>(
        &'a self,
        stream: &'a StreamName,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, StoreError>> {
        (**self).read_snapshot(stream)
    }

    fn last_position(&self) -> BoxFuture<'_, Result<Position, StoreError>> {
        (**self).last_position()
    }

    fn wait_for_news(&self, position: Position) -> BoxFuture<'_, Result<Position, StoreError>> {
        (**self).wait_for_news(position)
    }

    fn handlers(&self) -> Option<&dyn HandlerStore> {
        (**self).handlers()
    }

    fn transactions(&self) -> Option<&dyn Transactions> {
        (**self).transactions()
    }
}
