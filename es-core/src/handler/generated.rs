//! What the code of `#[projection]` and `#[policy]` calls.

use crate::event::{DecodeError, Event, EventMeta, same_name};
use crate::handler::{
    Asks, AsyncTransactions, Delivery, Durable, Handler, HandlerError, OnEvent, Reaction,
    TransactionFamily,
};

/// An event as a method handles it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "list it as a variant of an enum with `#[derive(Event)]`, or derive `Event` on the struct",
    note = "a method takes its event first, and then what else it asks for"
)]
pub trait HandledEvent: Sized {
    /// Its name, version, docs.
    const META: &'static EventMeta;

    /// Reads it.
    ///
    /// # Errors
    /// The payload cannot be read as this event.
    fn read(delivery: &mut Delivery<'_>) -> Result<Self, HandlerError>;
}

#[diagnostic::do_not_recommend]
impl<E: Event> HandledEvent for E {
    const META: &'static EventMeta = E::META;

    #[inline]
    fn read(delivery: &mut Delivery<'_>) -> Result<Self, HandlerError> {
        delivery.event()
    }
}

/// A durable projection on its way to the engine.
pub trait IntoDurable<F: TransactionFamily>: Durable<F> {
    /// The handler.
    fn into_durable(self) -> Handler;
}

impl<F: TransactionFamily, P: Durable<F>> IntoDurable<F> for P {
    fn into_durable(self) -> Handler {
        crate::handler::durable::<F, P>(self)
    }
}

/// What a method does, or why it was not called.
#[inline]
pub fn reaction<'a, T>(
    handle: impl FnOnce() -> Result<Reaction<'a, T>, HandlerError>,
) -> Reaction<'a, T> {
    handle().unwrap_or_else(|error| Reaction::Done(Err(error)))
}

/// Compiles where methods over these transactions may be `async`.
#[inline]
pub fn may_wait<F: AsyncTransactions>() {}

/// For a place that no method is at. The engine asks for none.
///
/// # Errors
/// Always.
#[cold]
pub fn not_handled<T>() -> Result<T, HandlerError> {
    Err(DecodeError::UnknownEvent.into())
}

/// Whether nothing is asked for twice: an aggregate has one id, and of one type.
pub const fn asks_once(asks: &[Asks]) -> bool {
    let (mut ids, mut metadata) = (0, 0);
    let mut i = 0;
    while i < asks.len() {
        match asks[i] {
            Asks::Id(..) => ids += 1,
            Asks::Metadata => metadata += 1,
        }
        i += 1;
    }
    ids < 2 && metadata < 2
}

/// Whether no method before the one at this place handles the same event.
pub const fn is_first_of_event(on: &[OnEvent], place: usize) -> bool {
    let mut before = 0;
    while before < place {
        if same_name(on[before].event.name, on[place].event.name) {
            return false;
        }
        before += 1;
    }
    true
}
