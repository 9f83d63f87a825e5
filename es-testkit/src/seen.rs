//! What came of a command, and what it was that it came of.

use es_core::{Aggregate, ReplayError};

use crate::report::{Report, all_shown, counted, shown};
use crate::testable::Testable;

/// What came of a command.
pub(crate) enum Outcome<A: Aggregate> {
    /// It was accepted and decided these.
    Decided(Vec<A::Events>),
    /// It was refused with the aggregate's own error.
    Refused(A::Error),
    /// It needs an aggregate that exists.
    NotFound,
    /// It creates, and the aggregate exists.
    AlreadyExists,
    /// What it decided cannot be recorded.
    NotRecorded(ReplayError),
    /// What was given cannot be replayed, so the command was not sent.
    NotReplayed(ReplayError),
}

impl<A: Testable> Outcome<A> {
    /// In words, to follow "…, but ".
    pub(crate) fn told(&self) -> String {
        match self {
            Self::Decided(events) if events.is_empty() => "the command decided nothing".to_owned(),
            Self::Decided(events) => {
                format!("the command decided {}", counted(events.len(), "event"))
            }
            Self::Refused(error) => format!("the command was refused: {error}"),
            Self::NotFound => {
                format!("the command was refused: the {} does not exist", A::NAME)
            }
            Self::AlreadyExists => {
                format!("the command was refused: the {} exists already", A::NAME)
            }
            Self::NotRecorded(error) => {
                format!("what the command decided cannot be recorded: {error}")
            }
            Self::NotReplayed(error) => format!("what was given cannot be replayed: {error}"),
        }
    }

    /// Adds a section with the whole of it, where the words do not say all.
    pub(crate) fn add_to(&self, report: Report) -> Report {
        match self {
            Self::Decided(events) if !events.is_empty() => {
                report.section("decided", &all_shown(events))
            }
            Self::Refused(error) => report.section("refused with", &shown(error)),
            _ => report,
        }
    }
}

/// A command that ran.
pub(crate) struct Seen<A: Aggregate> {
    pub(crate) outcome: Outcome<A>,
    /// The aggregate after the command; `None` if it does not exist or cannot be loaded.
    pub(crate) after: Option<A>,
    /// History, command and state before: what every failure shows.
    pub(crate) setting: Report,
}
