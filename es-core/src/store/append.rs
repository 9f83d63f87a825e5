//! What is appended, and what is answered.

use std::borrow::Cow;

use jiff::Timestamp;
use uuid::Uuid;

use crate::metadata::Origin;
use crate::snapshot::Snapshot;
use crate::stream::{Position, StreamName, Version};

/// An event on its way to the store: encoded, not yet numbered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// The record's own id, a UUIDv7 of `App`'s id source.
    pub event_id: Uuid,
    /// The event's name on the wire.
    pub name: Cow<'static, str>,
    /// The version of the event's schema the payload has, from 1.
    pub event_version: u32,
    /// The payload as JSON text.
    pub payload: String,
}

/// What must hold of the stream for an append to succeed.
///
/// More conditions may come (a query over tags, say); a store refuses one it does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AppendCondition {
    /// The stream's last version is this one; [`Version::NONE`]: the stream has no record.
    StreamAt(Version),
    /// Nothing: the events go after whatever is there.
    Unconditional,
}

/// A request to append events to one stream, atomically.
#[derive(Clone, Debug)]
pub struct Append {
    /// The stream.
    pub stream: StreamName,
    /// What must hold of it.
    pub condition: AppendCondition,
    /// The events, at least one, in order.
    pub events: Vec<NewEvent>,
    /// When they are recorded (stores keep microseconds).
    pub recorded_at: Timestamp,
    /// Why and by whom.
    pub origin: Origin,
    /// Remembered with the append: the same key to the same stream is answered with the first
    /// receipt.
    pub idempotency_key: Option<String>,
    /// The state after these events, to be kept if the append succeeds.
    pub snapshot: Option<Snapshot>,
}

/// Where an append went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The stream.
    pub stream: StreamName,
    /// The version of the last event appended.
    pub version: Version,
    /// The position of the last event appended.
    pub position: Position,
    /// How many events were appended. 0 for a decision that wrote nothing.
    pub events: u32,
}

/// The answer to an append that succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Appended {
    /// The events were recorded now.
    Now(Receipt),
    /// The events, or the idempotency key, had been recorded before; nothing was written.
    Before(Receipt),
}

impl Appended {
    /// The receipt, of now or then.
    pub fn into_receipt(self) -> Receipt {
        match self {
            Self::Now(receipt) | Self::Before(receipt) => receipt,
        }
    }
}
