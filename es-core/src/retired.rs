//! Events that are no longer written, and still read: as other events, or as nothing.

use std::any::Any;
use std::fmt;

use crate::decided::Events;
use crate::decision::{Emits, IntoEvents};
use crate::event::{
    DecodeError, EncodeError, Event, EventCatalogue, EventMeta, Listed, StoredEvent, same_name,
};
use crate::schema::{Reading, StoredPayload};

/// An event of any type.
pub struct AnyEvent {
    meta: &'static EventMeta,
    event: Box<dyn Any + Send + Sync>,
    encode: fn(&(dyn Any + Send + Sync)) -> Result<String, EncodeError>,
}

impl AnyEvent {
    /// Which event it is.
    pub fn meta(&self) -> &'static EventMeta {
        self.meta
    }

    /// The event, if it is of this type; else it comes back.
    ///
    /// # Errors
    /// It is of another type.
    pub fn downcast<E: Event>(self) -> Result<E, Self> {
        let Self {
            meta,
            event,
            encode,
        } = self;
        match event.downcast() {
            Ok(event) => Ok(*event),
            Err(event) => Err(Self {
                meta,
                event,
                encode,
            }),
        }
    }

    /// The payload as JSON text.
    ///
    /// # Errors
    /// A field's value has no JSON form.
    pub fn encode(&self) -> Result<String, EncodeError> {
        (self.encode)(&*self.event)
    }

    fn stored(&self) -> Result<StoredPayload, String> {
        let payload = self.encode().map_err(|error| error.to_string())?;
        to_payload(self.meta, &payload)
    }
}

impl fmt::Debug for AnyEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AnyEvent").field(&self.meta.name).finish()
    }
}

impl<E: Event> From<E> for AnyEvent {
    fn from(event: E) -> Self {
        Self {
            meta: E::META,
            event: Box::new(event),
            encode: |event| match event.downcast_ref::<E>() {
                Some(event) => event.encode(),
                // It was put in above, and is of this type.
                None => Ok("null".to_owned()),
            },
        }
    }
}

#[diagnostic::do_not_recommend]
impl<E: Event> Listed<AnyEvent> for E {}

/// An event that is no longer written. The derive writes this for `#[event(retired(…))]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not retired",
    label = "listed as retired",
    note = "say on the struct what it reads as: `#[event(retired(into = function))]`, or `#[event(retired(drop))]` for nothing"
)]
pub trait RetiredEvent: Event {
    /// What it is replaced by.
    const REPLACED: Replaced<Self>;
    /// The events it reads as.
    const INTO: Emits = Self::REPLACED.into;

    /// What it reads as.
    fn replaced(self) -> Events<AnyEvent> {
        match Self::REPLACED.by {
            Some(by) => by.events(self),
            None => Events::new(),
        }
    }
}

/// What an event that is no longer written is replaced by: which events it can be, and the function
/// that makes them. They are one value, so that a function that makes none is one mistake.
pub struct Replaced<E: 'static> {
    into: Emits,
    by: Option<&'static dyn Replaces<E>>,
}

impl<E> Replaced<E> {
    /// It reads as nothing.
    pub const fn by_nothing() -> Self {
        Self {
            into: Emits::Nothing,
            by: None,
        }
    }

    /// It reads as what the function makes of it.
    pub const fn by<F, R>(function: &'static F) -> Self
    where
        F: Fn(E) -> R + Sync,
        R: Replacement,
    {
        Self {
            into: R::EMITS,
            by: Some(function),
        }
    }
}

impl<E> fmt::Debug for Replaced<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replaced")
            .field("into", &self.into)
            .finish_non_exhaustive()
    }
}

/// A function that replaces an event by others.
trait Replaces<E>: Sync {
    fn events(&self, event: E) -> Events<AnyEvent>;
}

impl<E, F, R> Replaces<E> for F
where
    F: Fn(E) -> R + Sync,
    R: Replacement,
{
    fn events(&self, event: E) -> Events<AnyEvent> {
        self(event).into_any()
    }
}

/// What a function that replaces an event returns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not made of events",
    label = "this function returns `{Self}`",
    note = "return an event, `()`, or an `Option`, `Vec`, array or tuple of events"
)]
pub trait Replacement {
    /// The events.
    const EMITS: Emits;

    /// The events in order.
    fn into_any(self) -> Events<AnyEvent>;
}

#[diagnostic::do_not_recommend]
impl<R: IntoEvents<AnyEvent>> Replacement for R {
    const EMITS: Emits = <R as IntoEvents<AnyEvent>>::EMITS;

    fn into_any(self) -> Events<AnyEvent> {
        self.into_events()
    }
}

/// Whether what a retired event reads as is all among `events`, at compile time. That an event is not
/// retired is another mistake.
pub const fn retired_into_only(retired: &EventMeta, events: &[&EventMeta]) -> bool {
    match retired.retired {
        Some(emits) => emits_only(emits, events),
        None => true,
    }
}

const fn emits_only(emits: &Emits, events: &[&EventMeta]) -> bool {
    match emits {
        Emits::Nothing => true,
        Emits::Event(event) => is_listed(event, events),
        Emits::AnyOf(list) => {
            let mut i = 0;
            while i < list.len() {
                if !is_listed(list[i], events) {
                    return false;
                }
                i += 1;
            }
            true
        }
        Emits::Sequence(parts) => {
            let mut i = 0;
            while i < parts.len() {
                if !emits_only(&parts[i], events) {
                    return false;
                }
                i += 1;
            }
            true
        }
    }
}

const fn is_listed(event: &EventMeta, events: &[&EventMeta]) -> bool {
    let mut i = 0;
    while i < events.len() {
        if same_name(event.name, events[i].name) {
            return true;
        }
        i += 1;
    }
    false
}

/// Reads a retired event as what it is replaced by.
///
/// # Errors
/// It cannot be read, or is replaced by an event that the catalogue does not list.
pub fn decode_retired<E: RetiredEvent, C: EventCatalogue>(
    record: StoredEvent<'_>,
    each: &mut dyn FnMut(C),
) -> Result<(), DecodeError> {
    for event in E::decode(record.version, record.payload)?.replaced() {
        let event = C::from_any(event).map_err(|event| DecodeError::NotListed {
            event: event.meta().name,
        })?;
        each(event);
    }
    Ok(())
}

fn to_payload(meta: &EventMeta, payload: &str) -> Result<StoredPayload, String> {
    Ok(StoredPayload {
        event: meta.name.to_owned(),
        version: meta.version,
        payload: payload
            .parse()
            .map_err(|error: serde_json::Error| error.to_string())?,
    })
}

/// What a payload reads as, written again.
pub(crate) fn reread<E: Event>(version: u32, payload: &[u8]) -> Reading {
    let event = E::decode(version, payload).map_err(|error| error.to_string())?;
    let payload = event.encode().map_err(|error| error.to_string())?;
    Ok(vec![to_payload(E::META, &payload)?])
}

/// What a payload of a retired event reads as, written again.
pub(crate) fn reread_replaced<E: RetiredEvent>(version: u32, payload: &[u8]) -> Reading {
    let event = E::decode(version, payload).map_err(|error| error.to_string())?;
    event.replaced().iter().map(AnyEvent::stored).collect()
}
