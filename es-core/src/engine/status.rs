//! How a handler is doing.

use std::time::Duration;

use jiff::Timestamp;

use crate::handler::HandlerKind;
use crate::stream::Position;

/// What a handler is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HandlerStage {
    /// It handles events that were recorded before.
    CatchingUp,
    /// It has handled all there is, and is told of what comes.
    Live,
    /// A new version of a projection, built beside the one that serves.
    Building,
    /// Another process runs it.
    Elsewhere,
    /// The store fails; it is tried again.
    Failing,
    /// A newer version of the projection serves.
    Replaced,
    /// No code handles it: its place is in the store, and nothing else.
    WithoutCode,
    /// It was stopped.
    Stopped,
}

/// How far behind a handler is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// Positions between the handler's place and the end of the store: as many events at most.
    pub events: u64,
    /// For how long the oldest event it has not handled has been there.
    pub time: Duration,
}

/// How a handler is doing.
#[derive(Clone, Debug)]
pub struct HandlerStatus {
    /// The name.
    pub name: String,
    /// The version of a projection; 1 for a policy.
    pub version: u32,
    /// What kind of handler it is; `None` for one without code.
    pub kind: Option<HandlerKind>,
    /// What it is doing.
    pub stage: HandlerStage,
    /// Everything up to here has been handled, or set aside.
    pub position: Position,
    /// How far behind it is.
    pub lag: Lag,
    /// How many streams it has set aside.
    pub parked: u64,
    /// Why it is failing.
    pub error: Option<String>,
}

/// What those who wait for a handler look at.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) stage: HandlerStage,
    pub(crate) position: Position,
    /// When the oldest event in hand was recorded.
    pub(crate) oldest: Option<Timestamp>,
    pub(crate) parked: u64,
    pub(crate) error: Option<String>,
}

impl State {
    pub(crate) fn at(stage: HandlerStage, position: Position) -> Self {
        Self {
            stage,
            position,
            oldest: None,
            parked: 0,
            error: None,
        }
    }

    pub(crate) fn lag(&self, last: Position) -> Lag {
        let now = Timestamp::now();
        Lag {
            events: last.0.saturating_sub(self.position.0),
            time: self.oldest.map_or(Duration::ZERO, |oldest| {
                Duration::try_from(now.duration_since(oldest)).unwrap_or(Duration::ZERO)
            }),
        }
    }
}
