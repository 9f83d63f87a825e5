//! Event handlers: what reacts to recorded events. Projections keep read models, policies send
//! commands.

mod delivery;
mod entry;
mod error;
mod generated;
mod meta;
mod outgoing;
mod policy;
mod projection;
mod refused;
mod transaction;

pub use delivery::{Asks, Delivery, FromDelivery};
pub(crate) use entry::{ErasedInMemory, ErasedPolicy, HandlerKindOf};
pub use entry::{Handler, HandlerEntry};
pub use error::HandlerError;
pub use meta::{HandlerKind, HandlerMeta, OnEvent, OnRefusal, PolicyStart, PolicyTerms};
pub use outgoing::{PolicyCommand, PolicyOutput, Sends, To};
pub use policy::Policy;
pub use projection::{InMemory, Projection, ReactionOutput};
pub use refused::RefusedCommand;
pub use transaction::{AsyncTransactions, Durable, Reaction, StoreTransaction, TransactionFamily};

#[doc(hidden)]
pub use entry::{MakeByDefault, NoDefault, Probe, durable, in_memory, policy};
#[doc(hidden)]
pub use generated::{
    HandledEvent, IntoDurable, asks_once, is_first_of_event, may_wait, not_handled, reaction,
};
