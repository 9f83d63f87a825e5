//! A policy's command that the aggregate refused.

use std::error::Error;
use std::fmt;

use crate::stream::StreamName;

/// A policy's command that the aggregate refused: what a `#[refused]` method gets.
#[derive(Debug)]
pub struct RefusedCommand {
    command: String,
    target: StreamName,
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    Domain(Box<dyn Error + Send + Sync>),
    NotFound,
    AlreadyExists,
}

impl RefusedCommand {
    /// A refusal with the aggregate's own error.
    pub fn new(
        command: impl Into<String>,
        target: StreamName,
        error: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            command: command.into(),
            target,
            reason: Reason::Domain(error.into()),
        }
    }

    /// A refusal because the aggregate does not exist.
    pub fn not_found(command: impl Into<String>, target: StreamName) -> Self {
        Self {
            command: command.into(),
            target,
            reason: Reason::NotFound,
        }
    }

    /// A refusal because the command creates, and the aggregate exists.
    pub fn already_exists(command: impl Into<String>, target: StreamName) -> Self {
        Self {
            command: command.into(),
            target,
            reason: Reason::AlreadyExists,
        }
    }

    /// The command's name: `account.deposit`.
    pub fn command(&self) -> &str {
        &self.command
    }

    /// The stream it was for.
    pub fn target(&self) -> &StreamName {
        &self.target
    }

    /// The aggregate's own error, if it is one of this type.
    pub fn error<E: Error + 'static>(&self) -> Option<&E> {
        match &self.reason {
            Reason::Domain(error) => error.downcast_ref(),
            Reason::NotFound | Reason::AlreadyExists => None,
        }
    }

    /// Whether the aggregate does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self.reason, Reason::NotFound)
    }

    /// Whether the command creates, and the aggregate exists.
    pub fn is_already_exists(&self) -> bool {
        matches!(self.reason, Reason::AlreadyExists)
    }
}

impl fmt::Display for RefusedCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            command, target, ..
        } = self;
        write!(f, "{command} to {target} was refused: ")?;
        match &self.reason {
            Reason::Domain(error) => error.fmt(f),
            Reason::NotFound => f.write_str("it does not exist"),
            Reason::AlreadyExists => f.write_str("it exists already"),
        }
    }
}

impl Error for RefusedCommand {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.reason {
            Reason::Domain(error) => Some(&**error),
            Reason::NotFound | Reason::AlreadyExists => None,
        }
    }
}
