//! Aggregates: a state that evolves by events, and what its events may do to it.

use crate::command::CommandSet;
use crate::event::{DecodeError, EncodeError, EventCatalogue, EventMeta, StoredEvent};
use crate::id::AggregateId;

/// A consistency boundary: a state built from its own events, and the commands it decides.
///
/// Derive it; the derive's documentation lists the keys of `#[aggregate(…)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an aggregate",
    label = "not an aggregate",
    note = "derive it: `#[derive(Aggregate)]` with `#[aggregate(name = …, id = …, error = …, commands = …, events = …, created_by(…))]`"
)]
pub trait Aggregate: Sized + Send + Sync + 'static {
    /// What tells one such aggregate from another.
    type Id: AggregateId;
    /// Why a command is refused.
    type Error: std::error::Error + Send + Sync + 'static;
    /// The commands it handles.
    type Commands: CommandSet<Self>;
    /// The events that change it.
    type Events: EventSet<Self>;
    /// What handlers may call on beside the state; `()` for nothing.
    type Services: Send + Sync + 'static;

    /// The category of its streams and the first part of its commands' names.
    const NAME: &'static str;
    /// The doc comment.
    const DOCS: &'static str;
    /// The events that bring it into being.
    const CREATED_BY: &'static [&'static EventMeta];
    /// How and when snapshots are taken; `None` for never.
    const SNAPSHOTS: Option<SnapshotPolicy<Self>>;
}

/// When snapshots are taken, and the code to write and read one.
#[derive(Debug)]
pub struct SnapshotPolicy<A> {
    /// A snapshot is taken when at least this many records lie after the last usable one.
    pub every: u64,
    /// Tells this shape of the state and of its events, and these rules, from any other.
    pub fingerprint: u64,
    /// The state as JSON.
    pub write: fn(&A) -> Result<String, EncodeError>,
    /// The state back from JSON; `None` if it does not decode.
    pub read: fn(&str) -> Option<A>,
}

/// The fingerprint of an aggregate with these events. A snapshot must not hide that an event's fields
/// have changed, so they count as the state's own do.
pub const fn snapshot_fingerprint<S: EventCatalogue>(own: u64) -> u64 {
    with_shapes(with_shapes(own, S::EVENTS), S::RETIRED)
}

const fn with_shapes(mut fingerprint: u64, events: &[&EventMeta]) -> u64 {
    let mut i = 0;
    while i < events.len() {
        fingerprint = (fingerprint.rotate_left(5) ^ events[i].shape).wrapping_mul(0x0100_0000_01b3);
        i += 1;
    }
    fingerprint
}

/// What one event does to an aggregate: creates it, changes it, or neither.
///
/// Written by `#[apply(…)]` rules on fields, by `#[apply]` methods in the handlers block, or by
/// `ignores(…)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what `{E}` changes",
    label = "nothing is said of `{E}`",
    note = "give a field a rule: `#[apply({E} = …)]`",
    note = "or write a method in the `#[handlers]` block: `#[apply] fn …(&mut self, e: &{E})`, or `#[apply] fn …(e: &{E}) -> Self` if it creates",
    note = "or, if it changes nothing: `#[aggregate(ignores({E}))]`"
)]
pub trait Evolve<E>: Sized {
    /// Applies the event to the state; `None` is an aggregate that does not exist.
    ///
    /// # Errors
    /// The event cannot be applied. The state is then undefined and must be thrown away.
    fn evolve(state: &mut Option<Self>, event: &E) -> Result<(), EvolveError>;
}

/// An event that the aggregate `A` records: it leads from an event to its aggregate.
///
/// The event derive writes it. For an event of an enum's own variant, the aggregate can be inferred;
/// for a struct that enums name, as several may, it has to be said.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event of the aggregate `{A}`",
    label = "not recorded by `{A}`"
)]
pub trait AppliedTo<A> {}

/// The enum lists the events of the aggregate `A`: written by the aggregate's derive.
pub trait CatalogueOf<A> {}

/// Why an event cannot be applied to a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvolveError {
    /// The aggregate does not exist, and this event does not create it.
    #[error("the aggregate does not exist, and this event is not in its `created_by(…)`")]
    DoesNotExist,
    /// A rule's arithmetic left the range of its field.
    #[error("field `{}`: `{}` leaves the range of its type", .0.field, .0.operator)]
    Overflow(&'static Rule),
}

/// A field and the assignment operator of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The field's name.
    pub field: &'static str,
    /// The operator: `+=`, say.
    pub operator: &'static str,
}

/// The events of a catalogue, each with what it does to the aggregate `A`.
///
/// Written by `#[derive(Event)]` on the catalogue, for every aggregate that says what each event
/// changes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a catalogue of events",
    label = "not an enum of events",
    note = "`events = …` names an enum with `#[derive(Event)]`"
)]
pub trait EventSet<A>: EventCatalogue {
    /// Decodes a stored record and applies what it reads as.
    ///
    /// # Errors
    /// It cannot be decoded or not be applied. The state is then undefined.
    fn replay(state: &mut Option<A>, record: StoredEvent<'_>) -> Result<(), ReplayFault>;

    /// Applies an event that was decided.
    ///
    /// # Errors
    /// It cannot be applied. The state is then undefined.
    fn apply(self, state: &mut Option<A>) -> Result<(), EvolveError>;

    /// Applies an event that was decided, and encodes it to be stored.
    ///
    /// # Errors
    /// It cannot be applied or has no JSON form. The state is then undefined.
    fn record(self, state: &mut Option<A>) -> Result<String, ReplayFault>;
}

/// Why an event could not be brought from the store into the state, or from a decision into both.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayFault {
    /// The stored event cannot be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The event cannot be applied.
    #[error(transparent)]
    Evolve(#[from] EvolveError),
    /// The decided event cannot be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// A rule or an `#[apply]` method panicked.
    #[error("applying it panicked: {0}")]
    Panicked(String),
    /// The handler decided an event that its `#[emits(…)]` does not name.
    #[error("the handler's `#[emits(…)]` does not name it")]
    NotInEmits,
}

/// Applies an event that was stored, if it could be decoded.
///
/// # Errors
/// It could not be decoded or cannot be applied.
#[inline]
pub fn replay_event<A: Evolve<E>, E>(
    state: &mut Option<A>,
    event: Result<E, DecodeError>,
) -> Result<(), ReplayFault> {
    A::evolve(state, &event?)?;
    Ok(())
}

/// Replays a record of a name that is none of the catalogue's own events': an alias, or a retired
/// event.
///
/// # Errors
/// It could not be decoded or cannot be applied.
#[cold]
pub fn replay_otherwise<A, S: EventSet<A>>(
    state: &mut Option<A>,
    record: StoredEvent<'_>,
) -> Result<(), ReplayFault> {
    let mut outcome = Ok(());
    S::decode(record, &mut |event| {
        if outcome.is_ok() {
            outcome = event.apply(state);
        }
    })?;
    Ok(outcome?)
}

/// The only `#[handlers]` block of an aggregate: a second one conflicts with it.
pub trait OneHandlersBlock {}

/// The start value of a field that the creating event's rules do not set by `=`.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` has no start value",
    label = "not set when the aggregate is created, and without `Default`",
    note = "set it by `=` in a rule of the creating event, `#[apply(Created = …)]`, or give `{Self}` a `Default`"
)]
pub trait StartValue {
    /// The value.
    fn start_value() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> StartValue for T {
    #[inline]
    fn start_value() -> Self {
        T::default()
    }
}

/// A state that snapshots can be taken of.
#[diagnostic::on_unimplemented(
    message = "snapshots of `{Self}` cannot be written and read",
    label = "needs `Serialize` and `Deserialize`",
    note = "derive `Serialize` and `Deserialize` on it, or leave `snapshot(…)` out"
)]
pub trait SnapshotState {
    /// The state as JSON.
    ///
    /// # Errors
    /// A float is NaN or infinite, or a value has no JSON form.
    fn write(&self) -> Result<String, EncodeError>;

    /// The state back from JSON; `None` if it does not decode.
    fn read(state: &str) -> Option<Self>
    where
        Self: Sized;
}

#[diagnostic::do_not_recommend]
impl<T: serde::Serialize + serde::de::DeserializeOwned> SnapshotState for T {
    fn write(&self) -> Result<String, EncodeError> {
        crate::finite::to_json(self, std::any::type_name::<T>())
    }

    fn read(state: &str) -> Option<Self> {
        serde_json::from_str(state).ok()
    }
}
