//! What an application hears when a command, a load or the start fails.

use std::error::Error;
use std::fmt;

use crate::command::InvalidCommand;
use crate::decision::Refusal;
use crate::event::EventMeta;
use crate::id::InvalidId;
use crate::replay::ReplayError;
use crate::store::StoreError;
use crate::stream::{Position, StreamName, Version};

/// Why a command was not carried out. Nothing was recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError<E> {
    /// The aggregate refused, with its own error.
    #[error("{0}")]
    Domain(E),
    /// The command needs an aggregate that exists.
    #[error("the aggregate does not exist")]
    NotFound,
    /// The command creates, and the aggregate exists already.
    #[error("the aggregate exists already")]
    AlreadyExists,
    /// Others kept writing to the stream, or it was not at the version the caller expected.
    #[error(transparent)]
    Conflict(Conflict),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The aggregate's records cannot be replayed, or the decided events not be applied.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The aggregate is not part of this `App`.
    #[error(transparent)]
    NotRegistered(#[from] NotRegistered),
}

/// A stream was not where a command needed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "stream {stream} is at version {actual}, expected {expected}, after {attempts} attempt(s); load it and decide again"
)]
pub struct Conflict {
    /// The stream.
    pub stream: StreamName,
    /// The version that was expected: by the caller, or by the last attempt.
    pub expected: Version,
    /// The version it was at.
    pub actual: Version,
    /// How often it was tried.
    pub attempts: u32,
}

/// An aggregate that is used with an `App` that does not know it.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "aggregate {aggregate} is not part of this App: add `.aggregate::<{type_name}>()` or `.discover()` to its builder"
)]
pub struct NotRegistered {
    /// The aggregate's name.
    pub aggregate: &'static str,
    /// Its Rust type.
    pub type_name: &'static str,
}

impl fmt::Debug for NotRegistered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why an aggregate or its history could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The aggregate does not exist, or did not exist then.
    #[error("the aggregate does not exist")]
    NotFound,
    /// The stream has not reached the version asked for.
    #[error("stream {stream} is at version {actual}; version {asked} is not recorded yet")]
    VersionAhead {
        /// The stream.
        stream: StreamName,
        /// The version asked for.
        asked: Version,
        /// Its last version.
        actual: Version,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record cannot be read or applied.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The aggregate is not part of this `App`.
    #[error(transparent)]
    NotRegistered(#[from] NotRegistered),
}

/// Why `dispatch_json` did not carry out a command. Nothing was recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DispatchError {
    /// No aggregate of this `App` has such a command.
    #[error("no command is named `{name}`{}", did_you_mean(.similar.as_deref()))]
    UnknownCommand {
        /// The name that was given.
        name: String,
        /// The nearest name there is.
        similar: Option<String>,
    },
    /// The id has not the form of the aggregate's ids.
    #[error("{command}: {source}")]
    InvalidId {
        /// The command.
        command: String,
        /// What is wrong with the id.
        source: InvalidId,
    },
    /// The data is not the command's: a field is missing, wrong or unknown.
    #[error("{command}: {source}")]
    InvalidData {
        /// The command.
        command: String,
        /// The field and what is wrong with it.
        source: InvalidCommand,
    },
    /// The aggregate refused, with its own error.
    #[error("{command} to {stream}: {source}")]
    Refused {
        /// The command.
        command: String,
        /// The aggregate's stream.
        stream: StreamName,
        /// The aggregate's error.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The command needs an aggregate that exists.
    #[error("{command}: {stream} does not exist")]
    NotFound {
        /// The command.
        command: String,
        /// The aggregate's stream.
        stream: StreamName,
    },
    /// The command creates, and the aggregate exists already.
    #[error("{command}: {stream} exists already")]
    AlreadyExists {
        /// The command.
        command: String,
        /// The aggregate's stream.
        stream: StreamName,
    },
    /// Others kept writing to the stream, or it was not at the version the caller expected.
    #[error(transparent)]
    Conflict(Conflict),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
    /// The aggregate's records cannot be replayed, or the decided events not be applied.
    #[error(transparent)]
    Replay(ReplayError),
}

fn did_you_mean(similar: Option<&str>) -> String {
    similar
        .map(|name| format!("; did you mean `{name}`?"))
        .unwrap_or_default()
}

impl DispatchError {
    pub(crate) fn of<E: Error + Send + Sync + 'static>(
        error: CommandError<E>,
        command: String,
        stream: StreamName,
    ) -> Self {
        match error {
            CommandError::Domain(source) => Self::Refused {
                command,
                stream,
                source: Box::new(source),
            },
            CommandError::NotFound => Self::NotFound { command, stream },
            CommandError::AlreadyExists => Self::AlreadyExists { command, stream },
            CommandError::Conflict(conflict) => Self::Conflict(conflict),
            CommandError::Store(error) => Self::Store(error),
            CommandError::Replay(error) => Self::Replay(error),
            // Names are looked up in the registry, so the aggregate is in it.
            CommandError::NotRegistered(_) => Self::UnknownCommand {
                name: command,
                similar: None,
            },
        }
    }
}

impl<E> CommandError<E> {
    /// The error of a refused decision; `None` for a refusal that is not the aggregate's own.
    pub(crate) fn of_refusal(refusal: Refusal<E>) -> Result<Self, &'static EventMeta> {
        match refusal {
            Refusal::Domain(error) => Ok(Self::Domain(error)),
            Refusal::NotFound => Ok(Self::NotFound),
            Refusal::AlreadyExists => Ok(Self::AlreadyExists),
            Refusal::NotInEmits(event) => Err(event),
        }
    }
}

/// Why an `App` does not start: every problem found, not the first only.
///
/// Its `Debug` is its message, since that is what a `main` that returns it prints.
#[derive(thiserror::Error)]
#[error("the application cannot start:{}", list(.problems))]
pub struct StartError {
    /// What is wrong.
    pub problems: Vec<StartProblem>,
}

impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn list(problems: &[StartProblem]) -> String {
    problems
        .iter()
        .map(|problem| format!("\n- {problem}"))
        .collect()
}

/// One reason why an `App` does not start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StartProblem {
    /// `discover()` found nothing.
    #[error(
        "`discover()` found no aggregate: a crate that nothing names is not linked; name it (`use bank as _;`) or register each with `.aggregate::<A>()`"
    )]
    NothingDiscovered,
    /// Two aggregates share a name, and so would share streams.
    #[error("aggregates `{first}` and `{second}` are both named {name}: rename one")]
    DuplicateAggregate {
        /// The name.
        name: &'static str,
        /// A Rust type of that name.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// Two commands share a name.
    #[error(
        "aggregates {first} and {second} both have a command named {name}: give one `#[command(name = …)]`"
    )]
    DuplicateCommand {
        /// The name.
        name: String,
        /// An aggregate with such a command.
        first: &'static str,
        /// The other, or the same.
        second: &'static str,
    },
    /// Two events share a name on the wire.
    #[error("events `{first}` and `{second}` are both named {name}: give one `#[event(name = …)]`")]
    DuplicateEvent {
        /// The name.
        name: &'static str,
        /// A Rust type of that name.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// A handler handles an event that no aggregate records.
    #[error(
        "`{method}` of handler {handler} handles `{event}`, which no aggregate of this App records: register the aggregate (`.aggregate::<A>()`, `.discover()`), or list the event in its events"
    )]
    EventOfNobody {
        /// The handler.
        handler: &'static str,
        /// The method.
        method: &'static str,
        /// The event's Rust type.
        event: &'static str,
    },
    /// A handler asks for an id that no aggregate with the event has.
    #[error(
        "`{method}` of handler {handler} takes an id of type `{id}`, but `{event}` is recorded by {} only: take its id",
        .aggregates.join(", ")
    )]
    IdOfNobody {
        /// The handler.
        handler: &'static str,
        /// The method.
        method: &'static str,
        /// The event's Rust type.
        event: &'static str,
        /// The id's Rust type.
        id: &'static str,
        /// The aggregates that record the event, with the types of their ids.
        aggregates: Vec<String>,
    },
    /// A handler handles an event that is no longer written.
    #[error(
        "`{method}` of handler {handler} handles `{event}`, which is retired: handle the events it reads as"
    )]
    HandlesRetired {
        /// The handler.
        handler: &'static str,
        /// The method.
        method: &'static str,
        /// The event's Rust type.
        event: &'static str,
    },
    /// Two handlers share a name, and so would share a place.
    #[error("handlers `{first}` and `{second}` are both named {name}: rename one")]
    DuplicateHandler {
        /// The name.
        name: &'static str,
        /// A Rust type of that name.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// A discovered handler cannot be built.
    #[error(
        "handler {handler} cannot be built, since `{type_path}` has no `Default`: derive it, or pass a value with `.{method}(…)`"
    )]
    NoDefault {
        /// The handler.
        handler: &'static str,
        /// Its Rust type.
        type_path: &'static str,
        /// The builder's method that takes it.
        method: &'static str,
    },
    /// A policy asks for services that were not given.
    #[error("policy {policy} needs services of type `{services}`: give them with `.services(…)`")]
    MissingPolicyServices {
        /// The policy.
        policy: &'static str,
        /// The type.
        services: &'static str,
    },
    /// A projection is over the transactions of another store.
    #[error(
        "projection {handler} is written for transactions of type `{wanted}`, but {}: use the store they belong to, or take its transaction",
        .has.map_or("this store has none".to_owned(), |has| format!("this store's are `{has}`"))
    )]
    OtherTransactions {
        /// The projection.
        handler: &'static str,
        /// The transactions it is over.
        wanted: &'static str,
        /// The store's.
        has: Option<&'static str>,
    },
    /// The store keeps no places of handlers.
    #[error(
        "handler {handler} needs a store that keeps its place, and this one does not: only projections in memory can run over it"
    )]
    NoPlaces {
        /// The handler.
        handler: &'static str,
    },
    /// A handler has come further than the store has events.
    #[error(
        "handler {handler} has handled events up to position {position}, but the store ends at {last}: events are missing; restore them, or, if they are gone for good, let it begin again with `forget`"
    )]
    PlaceAhead {
        /// The handler and its version.
        handler: String,
        /// Its place.
        position: Position,
        /// The store's last position.
        last: Position,
    },
    /// A projection's tables are not as they should be.
    #[error("projection {handler}: {problem}")]
    Tables {
        /// The projection.
        handler: &'static str,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// The store failed.
    #[error("the store failed: {0}")]
    Store(String),
    /// An aggregate asks for services that were not given.
    #[error(
        "aggregate {aggregate} needs services of type `{services}`: give them with `.services(…)`"
    )]
    MissingServices {
        /// The aggregate.
        aggregate: &'static str,
        /// The type.
        services: &'static str,
    },
}
