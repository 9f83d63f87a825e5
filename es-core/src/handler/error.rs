//! Why a handler did not handle an event.

use std::error::Error;

use crate::app::Conflict;
use crate::event::DecodeError;
use crate::handler::RefusedCommand;
use crate::id::InvalidId;
use crate::replay::ReplayError;
use crate::store::StoreError;

/// Why a handler did not handle an event.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandlerError {
    /// The handler's own error. It is retried.
    #[error("{0}")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
    /// The handler panicked. It is retried.
    #[error("the handler panicked: {0}")]
    Panicked(String),
    /// The record cannot be read as the event. It is not retried: newer code has to.
    #[error(transparent)]
    Unreadable(#[from] DecodeError),
    /// The stream's id has not the form of the handler's ids. It is not retried.
    #[error(transparent)]
    InvalidId(#[from] InvalidId),
    /// The aggregate refused a policy's command. It is not retried.
    #[error(transparent)]
    Refused(RefusedCommand),
    /// Others kept writing to the stream a policy's command is for. It is retried.
    #[error(transparent)]
    Conflict(Conflict),
    /// The aggregate a policy's command is for cannot be replayed. It is retried.
    #[error(transparent)]
    Replay(ReplayError),
    /// The store failed. The handler waits for it, if it is not to be had at all; else the event is
    /// parked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl HandlerError {
    /// Whether trying again may help.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Failed(_) | Self::Panicked(_) | Self::Conflict(_) | Self::Replay(_)
        )
    }

    /// The error with all it came from, for people.
    pub(crate) fn told(&self) -> String {
        // It calls on the user's `Display`.
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.with_sources()))
            .unwrap_or_else(|_| {
                "an error whose text cannot be had: its `Display` panics".to_owned()
            })
    }

    fn with_sources(&self) -> String {
        let mut text = self.to_string();
        let mut source = self.source();
        while let Some(error) = source {
            let told = error.to_string();
            // Some say their source themselves.
            if !text.contains(&told) {
                text.push_str(": ");
                text.push_str(&told);
            }
            source = error.source();
        }
        text
    }
}
