//! Stands in for the `events` or `commands` an aggregate's derive was not told, so that the one
//! mistake is not followed by others.

use serde_json::Value;

use crate::aggregate::{Aggregate, EventSet, EvolveError, ReplayFault};
use crate::command::{CommandCatalogue, CommandEntry, CommandMeta, CommandSet, InvalidCommand};
use crate::context::Inputs;
use crate::decision::Handling;
use crate::event::{DecodeError, Event, EventCatalogue, EventMeta, Listed, StoredEvent};

/// No events and no commands; there is no value of it.
#[derive(Clone, Copy, Debug)]
pub enum Missing {}

impl<T> Listed<Missing> for T {}

impl<E: Event> From<E> for Missing {
    fn from(_: E) -> Self {
        unreachable!("what stands in for a missing catalogue does not compile")
    }
}

impl EventCatalogue for Missing {
    const EVENTS: &'static [&'static EventMeta] = &[];

    fn meta(&self) -> &'static EventMeta {
        match *self {}
    }

    fn decode(_: StoredEvent<'_>, _: &mut dyn FnMut(Self)) -> Result<(), DecodeError> {
        Err(DecodeError::UnknownEvent)
    }
}

impl<A> EventSet<A> for Missing {
    fn replay(_: &mut Option<A>, _: StoredEvent<'_>) -> Result<(), ReplayFault> {
        Err(DecodeError::UnknownEvent.into())
    }

    fn apply(self, _: &mut Option<A>) -> Result<(), EvolveError> {
        match self {}
    }

    fn record(self, _: &mut Option<A>) -> Result<String, ReplayFault> {
        match self {}
    }
}

impl CommandCatalogue for Missing {
    const COMMANDS: &'static [&'static CommandMeta] = &[];

    fn meta(&self) -> &'static CommandMeta {
        match *self {}
    }

    fn from_json(_: usize, _: Value) -> Option<Result<Self, InvalidCommand>> {
        None
    }
}

impl<A: Aggregate> CommandSet<A> for Missing {
    const HANDLERS: &'static [CommandEntry] = &[];

    fn handle<'a>(self, _: Option<&'a A>, _: Inputs<'a, A>) -> Handling<'a, A> {
        match self {}
    }
}
