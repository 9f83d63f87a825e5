//! How a store says no: typed, naming the thing, saying what to do.

use std::fmt;

use uuid::Uuid;

use crate::store::AppendCondition;
use crate::stream::{StreamName, Version};

/// What kind of failure a [`StoreError`] is: decide by it, show the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// Another writer holds the store; trying again may help.
    Busy,
    /// No room: the disk, or the size the store was given.
    Full,
    /// The store can be read but not written.
    ReadOnly,
    /// The stored data is damaged.
    Corrupt,
    /// There is something in the store's place that is not such a store.
    Foreign,
    /// The store was written by a newer release than this one.
    Newer,
    /// The store cannot be reached, or not opened.
    Unavailable,
    /// The store was closed.
    Closed,
    /// The request is one this store cannot serve.
    Unsupported,
    /// Anything else; the source says more.
    Other,
}

/// A failure of the store itself.
///
/// ```
/// use es_core::{StoreError, StoreErrorKind};
///
/// let error = StoreError::new(StoreErrorKind::ReadOnly, "bank.db cannot be written: check its permissions");
/// assert_eq!(error.kind(), StoreErrorKind::ReadOnly);
/// ```
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl StoreError {
    /// An error of this kind; the message names the thing and says what to do.
    pub fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// Adds the error it came from.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

/// Why an append did not happen. Nothing was stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// The stream is not where the append expected it; load again and decide again.
    #[error("stream {stream} is at version {actual}, the append asked for {condition:?}")]
    Conflict {
        /// The stream.
        stream: StreamName,
        /// What was asked for.
        condition: AppendCondition,
        /// The stream's last version.
        actual: Version,
    },
    /// Some of the event ids are in the stream already and some are not: they are not one append
    /// sent twice. Give new events new ids.
    #[error(
        "stream {stream} already holds event {event_id}, but not all events of this append; give new events new ids"
    )]
    PartlyRecorded {
        /// The stream.
        stream: StreamName,
        /// An id that is there already.
        event_id: Uuid,
    },
    /// An event id of the append is in another stream. Give new events new ids.
    #[error(
        "event {event_id} of the append to {stream} is already recorded in another stream; give new events new ids"
    )]
    RecordedElsewhere {
        /// The stream that was appended to.
        stream: StreamName,
        /// The id.
        event_id: Uuid,
    },
    /// The append makes no sense: no events, an id twice, an unknown condition.
    #[error("append to {stream} is not valid: {reason}")]
    Invalid {
        /// The stream.
        stream: StreamName,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
