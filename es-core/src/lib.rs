//! Event sourcing generated from annotated domain types.
//!
//! You write the types of a domain (events, commands, the state) and annotate them; the macros
//! write what remains: a struct for each event and command, conversions, dispatch, replay, codecs,
//! registration. What they write is thin: data, and calls into the functions and traits below.
//!
//! ```standalone_crate
//! use es_core::prelude::*;
//!
//! #[derive(Event, Clone, Debug, PartialEq)]
//! #[event(prefix = "card")]
//! pub enum CardEvent {
//!     Issued { cents: u64 },
//!     Redeemed { cents: u64 },
//! }
//!
//! #[derive(Command, Clone, Debug)]
//! pub enum CardCommand {
//!     Issue { cents: u64 },
//!     Redeem { cents: u64 },
//! }
//!
//! #[derive(thiserror::Error, Debug, PartialEq)]
//! #[error("only {left} cents are left")]
//! pub struct NotEnough {
//!     left: u64,
//! }
//!
//! #[derive(Aggregate, Debug)]
//! #[aggregate(
//!     name = "card", id = String, error = NotEnough,
//!     commands = CardCommand, events = CardEvent, created_by(Issued),
//! )]
//! pub struct Card {
//!     #[apply(Issued = cents, Redeemed -= cents)]
//!     left: u64,
//! }
//!
//! #[handlers]
//! impl Card {
//!     fn issue(cmd: Issue) -> Result<Issued, NotEnough> {
//!         Ok(Issued { cents: cmd.cents })
//!     }
//!     fn redeem(&self, cmd: Redeem) -> Result<Redeemed, NotEnough> {
//!         if cmd.cents > self.left {
//!             return Err(NotEnough { left: self.left });
//!         }
//!         Ok(Redeemed { cents: cmd.cents })
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let app = App::builder(es_core::MemoryStore::new()).discover().start().await?;
//! app.send("card-1", Issue { cents: 5000 }).await?;
//! app.send("card-1", Redeem { cents: 1250 }).actor("till-3").await?;
//! assert_eq!(app.load::<Card>("card-1").await?.left, 3750);
//! for event in app.history::<Card>("card-1").await? {
//!     println!("{event}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is where
//!
//! | to | there is |
//! |---|---|
//! | write a domain | [`prelude`], and the macros: [`derive@Event`], [`derive@Command`], [`derive@Aggregate`], [`derive@AggregateId`], [`handlers`] |
//! | react to events | [`projection`], [`policy`] |
//! | decide | [`Context`], [`IntoEvents`], services |
//! | run it | [`App`], [`AppBuilder`], [`Request`] |
//! | look at it | [`App::load`], [`App::load_at`], [`App::history`] with [`Recorded`], [`App::registry`] |
//! | follow what is recorded | [`projection`] and [`policy`], [`App::read`], [`App::caught_up`], [`App::handlers`] |
//! | deal with what could not be handled | [`App::parked`], [`App::retry`], [`App::release`], [`App::discard`] |
//! | see how it hangs together | [`App::model`] with [`EventModel`] |
//! | hear what went wrong | [`CommandError`], [`LoadError`], [`DispatchError`], [`StartError`], [`ReplayError`] |
//! | keep events | [`EventStore`], [`MemoryStore`]; the crate `es-sqlite` has a durable one |
//! | keep what handlers need | [`HandlerStore`], [`Transactions`] |
//! | test it | the crate `es-testkit`: given, when, then; and what an [`EventStore`] must hold |
//!
//! The traits that the macros implement are ordinary ones ([`trait@Event`], [`trait@Command`],
//! [`trait@Aggregate`], [`Evolve`], [`Handle`]) and may be implemented by hand.
//!
//! # What is found by `discover()`
//!
//! With the feature `inventory`, [`AppBuilder::discover`] adds every aggregate, projection and policy
//! that is linked in; projections and policies are built by `Default`.
//! A crate that nothing names is not linked: say `use bank as _;`. Finding nothing at all is an
//! error at the start; whether something is missing, only [`App::registry`] tells.
//! [`AppBuilder::aggregate`] names each and depends on nothing.
//!
//! # Numbers
//!
//! With a recorder for the `metrics` facade in the process, there are:
//!
//! | name | kind | labels |
//! |---|---|---|
//! | `es_commands_total` | counter | `aggregate`, `command`, `outcome`: `done`, `refused`, `conflict`, `failed` |
//! | `es_command_seconds` | histogram | `aggregate`, `command` |
//! | `es_conflicts_total` | counter | `aggregate`, `command`: decided again, since others were quicker |
//! | `es_appended_events_total` | counter | `aggregate`, `command` |
//! | `es_handled_events_total` | counter | `handler` |
//! | `es_failed_events_total` | counter | `handler`: tries of an event that failed |
//! | `es_handler_seconds` | histogram | `handler`: some events at once |
//! | `es_parked_streams`, `es_handler_lag_events`, `es_handler_lag_seconds` | gauge | `handler` |
//!
//! Spans and events of the `tracing` facade tell the same one by one.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `derive` | yes | the macros |
//! | `inventory` | yes | `discover()` |
//! | `rust_decimal` | no | checked arithmetic in rules for `rust_decimal::Decimal` |
#![deny(missing_docs)]
#![warn(unreachable_pub)]

mod aggregate;
mod app;
mod command;
mod context;
mod decided;
mod decision;
mod engine;
mod event;
mod events_of;
mod finite;
mod handler;
mod id;
mod into_commands;
mod metadata;
mod missing;
mod model;
pub mod prelude;
mod registry;
mod replay;
mod repository;
mod retired;
mod rules;
pub mod schema;
mod snapshot;
mod store;
mod stream;
mod upcast;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use aggregate::{
    Aggregate, AppliedTo, EventSet, Evolve, EvolveError, ReplayFault, Rule, SnapshotPolicy,
};
pub use app::{
    App, AppBuilder, At, Clock, CommandError, Conflict, DispatchError, HandlerCallError, IdSource,
    JsonCommand, LoadError, NotRegistered, Recorded, Request, StartError, StartProblem,
    SystemClock, TypedCommand, UuidSource,
};
pub use command::{
    Command, CommandCatalogue, CommandEntry, CommandMeta, CommandOf, CommandSet, Handle, Handled,
    InvalidCommand,
};
pub use context::{Context, HandlerArgument, Inputs};
pub use decided::Events;
pub use decision::{Decision, Emits, HandlerOutput, Handling, IntoError, IntoEvents, Refusal};
pub use engine::{HandlerStage, HandlerStatus, Lag};
#[cfg(feature = "derive")]
pub use es_derive::{
    Aggregate, AggregateId, Command, Event, apply, emits, handlers, init, on, policy, projection,
    refused,
};
pub use event::{DecodeError, EncodeError, Event, EventCatalogue, EventMeta, EventOf, StoredEvent};
pub use events_of::EventsOf;
pub use handler::{
    Asks, AsyncTransactions, Delivery, Durable, FromDelivery, Handler, HandlerEntry, HandlerError,
    HandlerKind, HandlerMeta, InMemory, OnEvent, OnRefusal, Policy, PolicyCommand, PolicyOutput,
    PolicyStart, PolicyTerms, Projection, Reaction, ReactionOutput, RefusedCommand, Sends,
    StoreTransaction, To, TransactionFamily,
};
pub use id::{AggregateId, IntoId, InvalidId};
pub use into_commands::IntoCommands;
pub use jiff::Timestamp;
pub use metadata::{Metadata, Origin};
pub use model::{
    AggregateModel, CommandModel, EventModel, HandlerModel, ReactionModel, StoredEventModel,
};
pub use registry::{AggregateEntry, Registry};
pub use replay::ReplayError;
pub use retired::{AnyEvent, RetiredEvent};
pub use rules::{
    CheckedAdd, CheckedDiv, CheckedMul, CheckedRem, CheckedShl, CheckedShr, CheckedSub,
};
pub use snapshot::Snapshot;
pub use store::{
    AllQuery, Append, AppendCondition, AppendError, Appended, Applied, Batch, BoxFuture, Detail,
    DurableHandler, DurableOver, EventStore, Fence, HandlerKey, HandlerPlace, HandlerStore,
    Instruction, LeaseRequest, MemoryStore, NameFilter, NewEvent, NewPlace, Page, ParkedStream,
    PlaceStage, PrepareError, Progress, Receipt, RecordRef, RecordRow, Saved, StoreError,
    StoreErrorKind, StreamQuery, Transactions, caught,
};
pub use stream::{Position, StreamName, Version};
