//! What a command handler decides: events, or a refusal.

use std::fmt;

use smallvec::SmallVec;

use crate::aggregate::Aggregate;
use crate::event::{EventCatalogue, EventMeta, EventOf, same_name};

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
pub const fn contains(list: &[&EventMeta], event: &EventMeta) -> bool {
    let mut i = 0;
    while i < list.len() {
        if same_name(list[i].name, event.name) {
            return true;
        }
        i += 1;
    }
    false
}

/// Events in order. One event takes no allocation.
#[derive(Clone, PartialEq, Eq)]
pub struct Events<S>(SmallVec<[S; 1]>);

impl<S> Events<S> {
    /// No events.
    #[inline]
    pub fn new() -> Self {
        Self(SmallVec::new())
    }

    /// Adds one at the end.
    #[inline]
    pub fn push(&mut self, event: S) {
        self.0.push(event);
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The events in order.
    pub fn iter(&self) -> std::slice::Iter<'_, S> {
        self.0.iter()
    }
}

impl<S> Default for Events<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: fmt::Debug> fmt::Debug for Events<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<S> IntoIterator for Events<S> {
    type Item = S;
    type IntoIter = smallvec::IntoIter<[S; 1]>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, S> IntoIterator for &'a Events<S> {
    type Item = &'a S;
    type IntoIter = std::slice::Iter<'a, S>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
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
}

#[diagnostic::do_not_recommend]
impl<S: From<E>, E: EventOf<S>> IntoEvents<S> for E {
    const EMITS: Emits = Emits::Event(E::META);

    #[inline]
    fn add_to(self, out: &mut Events<S>) {
        out.push(S::from(self));
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
    NotInEmits {
        /// The event's name.
        event: &'static str,
    },
}

/// A handler's decision: events, or a refusal.
pub type Decision<A> = Result<Events<<A as Aggregate>::Events>, Refusal<<A as Aggregate>::Error>>;

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
    fn decision(self) -> Decision<A>;
}

impl<A, T, E> HandlerOutput<A> for Result<T, E>
where
    A: Aggregate,
    T: IntoEvents<A::Events>,
    E: Into<A::Error>,
{
    const EMITS: Emits = T::EMITS;

    #[inline]
    fn decision(self) -> Decision<A> {
        match self {
            Ok(decided) => {
                let mut events = Events::new();
                decided.add_to(&mut events);
                Ok(events)
            }
            Err(error) => Err(Refusal::Domain(error.into())),
        }
    }
}

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
    match events.iter().map(EventCatalogue::meta).find(|event| !named.contains(event)) {
        Some(event) => Err(Refusal::NotInEmits { event: event.name }),
        None => Ok(events),
    }
}
