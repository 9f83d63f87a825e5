//! What a command handler decides: events, or a refusal.

use std::fmt;

use crate::aggregate::Aggregate;
use crate::decided::Events;
use crate::event::{EventCatalogue, EventMeta, EventOf, same_name};
use crate::store::BoxFuture;

/// Which events a handler can emit, known at compile time.
#[derive(Clone, Copy, Debug)]
pub enum Emits {
    /// None.
    Nothing,
    /// This event, or nothing.
    Event(&'static EventMeta),
    /// Any of these, in any order and number.
    AnyOf(&'static [&'static EventMeta]),
    /// All that these emit, in this order.
    Sequence(&'static [Emits]),
}

impl Emits {
    /// The events, each once, in order of first mention.
    pub fn events(&self) -> Vec<&'static EventMeta> {
        let mut events = Vec::new();
        self.collect(&mut events);
        events
    }

    fn collect(&self, events: &mut Vec<&'static EventMeta>) {
        let mut add = |event: &'static EventMeta| {
            if !events.contains(&event) {
                events.push(event);
            }
        };
        match self {
            Self::Nothing => {}
            Self::Event(event) => add(event),
            Self::AnyOf(list) => list.iter().for_each(|event| add(event)),
            Self::Sequence(parts) => parts.iter().for_each(|part| part.collect(events)),
        }
    }

    /// Whether the first event, where it is known, is one of `creating`.
    pub const fn begins_with_one_of(&self, creating: &[&EventMeta]) -> bool {
        match self {
            // None at all has been reported.
            _ if creating.is_empty() => true,
            Self::Nothing | Self::AnyOf(_) => true,
            Self::Event(event) => contains(creating, event),
            Self::Sequence(parts) => match parts {
                [first, ..] => first.begins_with_one_of(creating),
                [] => true,
            },
        }
    }
}

/// Whether the list has an event of this name, at compile time.
const fn contains(list: &[&EventMeta], event: &EventMeta) -> bool {
    let mut i = 0;
    while i < list.len() {
        if same_name(list[i].name, event.name) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether the event is one of `creating`, if it should be, and none, if it should not.
pub const fn is_creating_if(expected: bool, event: &EventMeta, creating: &[&EventMeta]) -> bool {
    // None at all has been reported.
    creating.is_empty() || contains(creating, event) == expected
}

/// What can become events of the catalogue `S`: an event it lists, the catalogue itself, `()`, and
/// `Option`, `Vec`, arrays and tuples of such.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not made of events of `{S}`",
    label = "not events of `{S}`",
    note = "events are: an event that `{S}` lists, `{S}` itself, `()`, or an `Option`, `Vec`, array or tuple of them"
)]
pub trait IntoEvents<S> {
    /// Which events these can be.
    const EMITS: Emits;

    /// Adds them at the end of `out`.
    fn add_to(self, out: &mut Events<S>);

    /// Just these.
    #[inline]
    fn into_events(self) -> Events<S>
    where
        Self: Sized,
    {
        let mut events = Events::new();
        self.add_to(&mut events);
        events
    }
}

#[diagnostic::do_not_recommend]
impl<S: From<E>, E: EventOf<S>> IntoEvents<S> for E {
    const EMITS: Emits = Emits::Event(E::META);

    #[inline]
    fn add_to(self, out: &mut Events<S>) {
        out.push(S::from(self));
    }

    #[inline]
    fn into_events(self) -> Events<S> {
        Events::one(S::from(self))
    }
}

impl<S> IntoEvents<S> for () {
    const EMITS: Emits = Emits::Nothing;

    #[inline]
    fn add_to(self, _: &mut Events<S>) {}
}

#[diagnostic::do_not_recommend]
impl<S, T: IntoEvents<S>> IntoEvents<S> for Option<T> {
    const EMITS: Emits = T::EMITS;

    #[inline]
    fn add_to(self, out: &mut Events<S>) {
        if let Some(events) = self {
            events.add_to(out);
        }
    }

    #[inline]
    fn into_events(self) -> Events<S> {
        match self {
            Some(events) => events.into_events(),
            None => Events::new(),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<S, T: IntoEvents<S>> IntoEvents<S> for Vec<T> {
    const EMITS: Emits = T::EMITS;

    fn add_to(self, out: &mut Events<S>) {
        self.into_iter().for_each(|events| events.add_to(out));
    }
}

#[diagnostic::do_not_recommend]
impl<S, T: IntoEvents<S>, const N: usize> IntoEvents<S> for [T; N] {
    const EMITS: Emits = T::EMITS;

    fn add_to(self, out: &mut Events<S>) {
        self.into_iter().for_each(|events| events.add_to(out));
    }
}

macro_rules! tuples {
    ($(($($T:ident)+))+) => {$(
        #[diagnostic::do_not_recommend]
        impl<S, $($T: IntoEvents<S>),+> IntoEvents<S> for ($($T,)+) {
            const EMITS: Emits = Emits::Sequence(&[$($T::EMITS),+]);

            #[inline]
            fn add_to(self, out: &mut Events<S>) {
                #[allow(non_snake_case)] // the type parameters' names serve for the values
                let ($($T,)+) = self;
                $($T.add_to(out);)+
            }
        }
    )+};
}

tuples! {
    (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H)
    (A B C D E F G H I) (A B C D E F G H I J) (A B C D E F G H I J K) (A B C D E F G H I J K L)
}

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal<E> {
    /// The handler's own error.
    Domain(E),
    /// The command needs an aggregate that exists, and this one does not.
    NotFound,
    /// The command creates, and the aggregate exists.
    AlreadyExists,
    /// The handler decided an event that its `#[emits(…)]` does not name.
    NotInEmits(&'static EventMeta),
}

/// A handler's decision: events, or a refusal.
pub type Decision<A> = Result<Events<<A as Aggregate>::Events>, Refusal<<A as Aggregate>::Error>>;

/// A decision on its way. A plain handler's is there at once; only an `async` one is a future.
pub enum Handling<'a, A: Aggregate> {
    /// Decided: no event.
    Nothing,
    /// Decided: one event, as most decisions are.
    One(A::Events),
    /// Decided: several events.
    // Boxed, so that it fits beside the niche of an event.
    #[allow(clippy::box_collection)]
    Many(Box<Vec<A::Events>>),
    /// Refused.
    Refused(Refusal<A::Error>),
    /// Being decided.
    Pending(BoxFuture<'a, Decision<A>>),
}

impl<A: Aggregate> Handling<'_, A> {
    /// Waits for the decision.
    ///
    /// # Errors
    /// The refusal.
    pub async fn decision(self) -> Decision<A> {
        match self {
            Self::Nothing => Ok(Events::new()),
            Self::One(event) => Ok(Events::one(event)),
            Self::Many(events) => Ok(Events::from(*events)),
            Self::Refused(refusal) => Err(refusal),
            Self::Pending(future) => future.await,
        }
    }
}

impl<A: Aggregate> fmt::Debug for Handling<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::One(_) => "One",
            Self::Many(_) => "Many",
            Self::Refused(_) => "Refused",
            Self::Pending(_) => "Pending",
        })
    }
}

/// What a command handler may return: `Result<T, E>`, where `T` is events of the aggregate and `E`
/// can become its error.
#[diagnostic::on_unimplemented(
    message = "a command handler of `{A}` cannot return `{Self}`",
    label = "not a decision of `{A}`",
    note = "return `Result<T, E>`: `T` is an event of the aggregate, `()`, or an `Option`, `Vec`, array or tuple of events, and `E` is its error or converts into it"
)]
pub trait HandlerOutput<A: Aggregate> {
    /// Which events can come out.
    const EMITS: Emits;

    /// The decision.
    fn handling<'a>(self) -> Handling<'a, A>;

    /// The decision of an `async` handler.
    ///
    /// # Errors
    /// The refusal.
    fn decision(self) -> Decision<A>;
}

impl<A, T, E> HandlerOutput<A> for Result<T, E>
where
    A: Aggregate,
    T: IntoEvents<A::Events>,
    E: IntoError<A>,
{
    const EMITS: Emits = T::EMITS;

    #[inline]
    fn handling<'a>(self) -> Handling<'a, A> {
        match self {
            Ok(decided) => decided.into_events().into_handling(),
            Err(error) => Handling::Refused(Refusal::Domain(error.into())),
        }
    }

    fn decision(self) -> Decision<A> {
        match self {
            Ok(decided) => Ok(decided.into_events()),
            Err(error) => Err(Refusal::Domain(error.into())),
        }
    }
}

/// What a handler of `A` may refuse with: the aggregate's error, or what converts into it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not convert into the error of `{A}`",
    label = "not the error of `{A}`",
    note = "return the type that `#[aggregate(error = …)]` of `{A}` names, or write `impl From<{Self}>` for it"
)]
pub trait IntoError<A: Aggregate>: Into<A::Error> {}

#[diagnostic::do_not_recommend]
impl<A: Aggregate, E: Into<A::Error>> IntoError<A> for E {}

/// Refuses a decision with an event that the handler's `#[emits(…)]` does not name.
///
/// # Errors
/// [`Refusal::NotInEmits`], or the decision's own refusal.
pub fn within_emits<S: EventCatalogue, E>(
    decision: Result<Events<S>, Refusal<E>>,
    emits: &Emits,
) -> Result<Events<S>, Refusal<E>> {
    let events = decision?;
    let named = emits.events();
    match events
        .iter()
        .map(EventCatalogue::meta)
        .find(|event| !named.contains(event))
    {
        Some(event) => Err(Refusal::NotInEmits(event)),
        None => Ok(events),
    }
}

/// The same for a plain handler.
pub fn handling_within_emits<'a, A: Aggregate>(
    handling: Handling<'a, A>,
    emits: &Emits,
) -> Handling<'a, A> {
    let events = match handling {
        Handling::One(event) => Events::one(event),
        Handling::Many(events) => Events::from(*events),
        other => return other,
    };
    match within_emits(Ok(events), emits) {
        Ok(events) => events.into_handling(),
        Err(refusal) => Handling::Refused(refusal),
    }
}
