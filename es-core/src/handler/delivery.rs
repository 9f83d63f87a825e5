//! A recorded event on its way to a handler, and what a handler may ask about it.

use std::any::TypeId;
use std::fmt;

use crate::event::{DecodeError, Event};
use crate::handler::HandlerError;
use crate::id::AggregateId;
use crate::metadata::Metadata;
use crate::retired::AnyEvent;
use crate::store::RecordRef;

/// A recorded event on its way to a handler.
///
/// A record of a retired event is delivered as each of the events it reads as.
pub struct Delivery<'a> {
    record: RecordRef<'a>,
    /// What the record reads as, if its event is retired.
    replaced: Option<AnyEvent>,
    /// Which of the events the record reads as this is.
    index: u32,
}

impl<'a> Delivery<'a> {
    /// The record, to be read as the event it was recorded as.
    pub fn of(record: RecordRef<'a>) -> Self {
        Self {
            record,
            replaced: None,
            index: 0,
        }
    }

    /// One of the events a retired one reads as.
    pub(crate) fn of_replaced(record: RecordRef<'a>, event: AnyEvent, index: u32) -> Self {
        Self {
            record,
            replaced: Some(event),
            index,
        }
    }

    /// The record.
    pub fn record(&self) -> RecordRef<'a> {
        self.record
    }

    /// Which of the events of the record this is: 0, but for those a retired event reads as.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// Reads the event. To be called once.
    ///
    /// # Errors
    /// The payload cannot be read as `E`.
    #[inline]
    pub fn event<E: Event>(&mut self) -> Result<E, HandlerError> {
        match self.replaced.take() {
            None => E::decode(self.record.event_version(), self.record.payload())
                .map_err(HandlerError::from),
            Some(event) => event
                .downcast()
                .map_err(|_| DecodeError::UnknownEvent.into()),
        }
    }
}

impl fmt::Debug for Delivery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("stream", &self.record.stream())
            .field("version", &self.record.version())
            .field("event", &self.record.name())
            .finish_non_exhaustive()
    }
}

/// What an argument of a handler asks for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Asks {
    /// The id of the aggregate the event is of: its type, and its name.
    Id(fn() -> TypeId, fn() -> &'static str),
    /// All that is recorded beside the payload.
    Metadata,
}

/// What a handler may take after its event, by reference: the id of the aggregate, and
/// [`Metadata`].
#[diagnostic::on_unimplemented(
    message = "an event handler cannot ask for `&{Self}`",
    label = "not an argument of an event handler",
    note = "after the event it may take the aggregate's id `&<Id>`, `&Metadata`, the store's transaction `&mut …Tx<'_>` (projections), and `&S` where it says `#[policy(services = S)]`"
)]
pub trait FromDelivery: Sized {
    /// What it is.
    const ASKS: Asks;

    /// The argument.
    ///
    /// # Errors
    /// What is recorded is not of that form.
    fn from_delivery(delivery: &Delivery<'_>) -> Result<Self, HandlerError>;
}

impl FromDelivery for Metadata {
    const ASKS: Asks = Asks::Metadata;

    fn from_delivery(delivery: &Delivery<'_>) -> Result<Self, HandlerError> {
        // One record's fault, not the store's as a whole: the event is parked.
        let metadata = delivery.record.metadata();
        metadata.map_err(|error| HandlerError::Failed(error.into()))
    }
}

#[diagnostic::do_not_recommend]
impl<I: AggregateId> FromDelivery for I {
    const ASKS: Asks = Asks::Id(TypeId::of::<I>, std::any::type_name::<I>);

    #[inline]
    fn from_delivery(delivery: &Delivery<'_>) -> Result<Self, HandlerError> {
        Ok(I::from_text(delivery.record.stream_id())?)
    }
}
