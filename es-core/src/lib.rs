//! Event sourcing generated from annotated domain types.
#![allow(clippy::result_large_err)]

mod metadata;
mod snapshot;
mod store;
mod stream;

pub use metadata::{Metadata, Origin};
pub use snapshot::Snapshot;
pub use store::{
    AllQuery, Append, AppendCondition, AppendError, Appended, BoxFuture, Detail, EventStore,
    MemoryStore, NewEvent, Page, Receipt, RecordRef, RecordRow, StoreError, StoreErrorKind,
    StreamQuery,
};
pub use stream::{Position, StreamName, Version};
