//! The events of one decision. Most decisions are one event: that one takes no allocation.

use std::iter::Chain;
use std::{fmt, option, slice, vec};

use crate::aggregate::Aggregate;
use crate::decision::Handling;

/// Events in order. One event takes no allocation.
///
/// ```
/// use es_core::Events;
///
/// let mut events = Events::new();
/// events.push("opened");
/// events.push("closed");
/// assert_eq!(events.iter().collect::<Vec<_>>(), [&"opened", &"closed"]);
/// ```
#[derive(Clone)]
pub struct Events<S>(Repr<S>);

#[derive(Clone)]
enum Repr<S> {
    Nothing,
    One(S),
    Many(Vec<S>),
}

impl<S> Events<S> {
    /// No events.
    #[inline]
    pub fn new() -> Self {
        Self(Repr::Nothing)
    }

    /// One event.
    #[inline]
    pub fn one(event: S) -> Self {
        Self(Repr::One(event))
    }

    #[inline]
    pub(crate) fn into_handling<'a, A: Aggregate<Events = S>>(self) -> Handling<'a, A> {
        match self.0 {
            Repr::Nothing => Handling::Nothing,
            Repr::One(event) => Handling::One(event),
            Repr::Many(events) => Handling::Many(Box::new(events)),
        }
    }

    /// Adds one at the end.
    pub fn push(&mut self, event: S) {
        self.0 = match std::mem::replace(&mut self.0, Repr::Nothing) {
            Repr::Nothing => Repr::One(event),
            Repr::One(first) => Repr::Many(vec![first, event]),
            Repr::Many(mut events) => {
                events.push(event);
                Repr::Many(events)
            }
        };
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    /// The events in order.
    pub fn as_slice(&self) -> &[S] {
        match &self.0 {
            Repr::Nothing => &[],
            Repr::One(event) => slice::from_ref(event),
            Repr::Many(events) => events,
        }
    }

    /// The events in order.
    pub fn iter(&self) -> slice::Iter<'_, S> {
        self.as_slice().iter()
    }
}

impl<S> From<Vec<S>> for Events<S> {
    fn from(events: Vec<S>) -> Self {
        Self(Repr::Many(events))
    }
}

impl<S> Default for Events<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: fmt::Debug> fmt::Debug for Events<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

impl<S: PartialEq> PartialEq for Events<S> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<S: Eq> Eq for Events<S> {}

impl<S> IntoIterator for Events<S> {
    type Item = S;
    type IntoIter = Chain<option::IntoIter<S>, vec::IntoIter<S>>;

    fn into_iter(self) -> Self::IntoIter {
        let (one, many) = match self.0 {
            Repr::Nothing => (None, Vec::new()),
            Repr::One(event) => (Some(event), Vec::new()),
            Repr::Many(events) => (None, events),
        };
        one.into_iter().chain(many)
    }
}

impl<'a, S> IntoIterator for &'a Events<S> {
    type Item = &'a S;
    type IntoIter = slice::Iter<'a, S>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
