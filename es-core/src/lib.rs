//! Event sourcing generated from annotated domain types.
#![deny(missing_docs)]
#![warn(unreachable_pub)]

mod aggregate;
mod app;
mod command;
mod context;
mod decided;
mod decision;
mod event;
mod id;
mod into_commands;
mod metadata;
mod missing;
pub mod prelude;
mod registry;
mod replay;
mod repository;
mod rules;
mod snapshot;
mod store;
mod stream;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use aggregate::{Aggregate, EventSet, Evolve, EvolveError, ReplayFault, Rule, SnapshotPolicy};
pub use app::{
    App, AppBuilder, At, Clock, CommandError, Conflict, DispatchError, IdSource, JsonCommand,
    LoadError, NotRegistered, Recorded, Request, StartError, StartProblem, SystemClock,
    TypedCommand, UuidSource,
};
pub use command::{
    Command, CommandCatalogue, CommandEntry, CommandMeta, CommandOf, CommandSet, Handle, Handled,
    InvalidCommand,
};
pub use context::{Context, HandlerArgument, Inputs};
pub use decided::Events;
pub use decision::{Decision, Emits, HandlerOutput, Handling, IntoError, IntoEvents, Refusal};
#[cfg(feature = "derive")]
pub use es_derive::{Aggregate, AggregateId, Command, Event, apply, emits, handlers};
pub use event::{DecodeError, EncodeError, Event, EventCatalogue, EventMeta, EventOf, StoredEvent};
pub use id::{AggregateId, IntoId, InvalidId};
pub use into_commands::IntoCommands;
pub use jiff::Timestamp;
pub use metadata::{Metadata, Origin};
pub use registry::{AggregateEntry, Registry};
pub use replay::ReplayError;
pub use rules::{
    CheckedAdd, CheckedDiv, CheckedMul, CheckedRem, CheckedShl, CheckedShr, CheckedSub,
};
pub use snapshot::Snapshot;
pub use store::{
    AllQuery, Append, AppendCondition, AppendError, Appended, BoxFuture, Detail, EventStore,
    MemoryStore, NewEvent, Page, Receipt, RecordRef, RecordRow, StoreError, StoreErrorKind,
    StreamQuery,
};
pub use stream::{Position, StreamName, Version};
