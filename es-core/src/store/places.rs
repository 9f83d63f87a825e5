//! Where event handlers keep their place: checkpoints, leases, and streams set aside.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::store::{BoxFuture, StoreError};
use crate::stream::{Position, StreamName, Version};

/// A handler, as a store knows it. Another version of a projection is another handler.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HandlerKey {
    /// The name.
    pub name: String,
    /// The version of a projection; 1 for a policy.
    pub version: u32,
}

impl HandlerKey {
    /// The handler of this name and version.
    pub fn new(name: impl Into<String>, version: u32) -> Self {
        Self {
            name: name.into(),
            version,
        }
    }
}

impl std::fmt::Display for HandlerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} v{}", self.name, self.version)
    }
}

/// Whether readers see what a handler keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceStage {
    /// It is being built beside the version that serves.
    Building,
    /// It serves.
    Live,
}

/// What a store keeps of a handler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandlerPlace {
    /// Which handler.
    pub key: HandlerKey,
    /// Whether it serves.
    pub stage: PlaceStage,
    /// Everything up to here has been handled, or set aside.
    pub position: Position,
    /// Who runs it, while the lease lasts.
    pub holder: Option<Uuid>,
    /// Until when the lease lasts.
    pub leased_until: Option<Timestamp>,
    /// How many streams are set aside.
    pub parked: u64,
}

/// Shows that a lease is the latest one: a store refuses to save under an older.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fence(pub u64);

/// A request to run handlers, or to go on running them.
#[derive(Clone, Debug)]
pub struct LeaseRequest {
    /// Who asks: an id of the process's run.
    pub holder: Uuid,
    /// The handlers.
    pub handlers: Vec<HandlerKey>,
    /// The time now. Processes that share a store are expected to agree on it within a second.
    pub now: Timestamp,
    /// When the lease ends unless it is renewed.
    pub until: Timestamp,
}

/// What was saved of a handler's progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// All of it.
    Yes,
    /// Nothing: another process runs the handler now, or it was forgotten.
    LeaseLost,
}

/// How far a handler has come.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Which handler.
    pub key: HandlerKey,
    /// Under which lease.
    pub fence: Fence,
    /// Everything up to here has been handled, or set aside.
    pub position: Position,
    /// Streams to set aside, or set aside still: each replaces what there is of its stream.
    pub set_aside: Vec<ParkedStream>,
    /// Streams that are not set aside any more.
    pub taken_up: Vec<StreamName>,
}

/// A stream that a handler has set aside, from an event it could not handle on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedStream {
    /// Which handler.
    pub key: HandlerKey,
    /// The stream.
    pub stream: StreamName,
    /// The version of the event's record. It and those after it are not handled yet.
    pub version: Version,
    /// The position of the event's record.
    pub position: Position,
    /// The event's name on the wire.
    pub event: String,
    /// Why it was not handled.
    pub error: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was set aside.
    pub since: Timestamp,
    /// When it is tried again by itself; `None`: it is parked, and waits for someone to say.
    pub retry_at: Option<Timestamp>,
    /// What someone said to do, and has not been done yet.
    pub instruction: Option<Instruction>,
}

/// What to do with a stream that is set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Instruction {
    /// Try the event again; if that works, go on with those after it, in order.
    Retry,
    /// Pass over the event, and go on with those after it, in order.
    Release,
    /// Pass over the event and all that came after it until now.
    Discard,
}

/// A handler's first place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPlace {
    /// Which handler.
    pub key: HandlerKey,
    /// Whether it serves from the beginning.
    pub stage: PlaceStage,
    /// Where it begins.
    pub position: Position,
}

/// Keeps the places of event handlers: what a store owes to those who have policies and durable
/// projections. Checked by the conformance suite of `es-testkit`.
pub trait HandlerStore: Send + Sync {
    /// All places there are, by name and version.
    ///
    /// # Errors
    /// What went wrong in the store.
    fn places(&self) -> BoxFuture<'_, Result<Vec<HandlerPlace>, StoreError>>;

    /// Makes a place for each handler that has none. Places that are there stay as they are.
    ///
    /// A place that is to serve, where another version serves already, as both were started at the
    /// same moment, is a building one if it is newer, and is not made if it is older.
    ///
    /// # Errors
    /// What went wrong in the store.
    fn add_places(&self, places: Vec<NewPlace>) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Takes the leases that are free, have run out or are the holder's own, and renews the latter.
    /// Answers one a handler, `None` where another holds it or there is no place.
    ///
    /// A lease taken from another, or after having run out, has a greater [`Fence`] than every one
    /// before; a renewed one keeps its own.
    ///
    /// # Errors
    /// What went wrong in the store.
    fn lease(&self, request: LeaseRequest)
    -> BoxFuture<'_, Result<Vec<Option<Fence>>, StoreError>>;

    /// Gives all leases of this holder back.
    ///
    /// # Errors
    /// What went wrong in the store.
    fn give_back(&self, holder: Uuid) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Saves a handler's progress, all of it or nothing.
    ///
    /// # Errors
    /// What went wrong in the store.
    fn save(&self, progress: Progress) -> BoxFuture<'_, Result<Saved, StoreError>>;

    /// The streams a handler has set aside, in order of position.
    ///
    /// # Errors
    /// What went wrong in the store.
    fn parked<'a>(
        &'a self,
        key: &'a HandlerKey,
    ) -> BoxFuture<'a, Result<Vec<ParkedStream>, StoreError>>;

    /// Says what to do with a stream that is set aside; whoever runs the handler does it. Answers
    /// whether it is still set aside, and at the same event.
    ///
    /// # Errors
    /// What went wrong in the store.
    fn instruct<'a>(
        &'a self,
        parked: &'a ParkedStream,
        instruction: Instruction,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Forgets a handler: its place, the streams it has set aside, and its tables.
    ///
    /// # Errors
    /// What went wrong in the store.
    fn forget<'a>(&'a self, key: &'a HandlerKey) -> BoxFuture<'a, Result<(), StoreError>>;
}
