//! Several events of one aggregate: what test kits and importers take where events are listed.

use crate::aggregate::AppliedTo;
use crate::event::Event;
use crate::retired::AnyEvent;

/// Events of the aggregate `A`, in order: an event, or a `Vec`, array or tuple of such.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not made of events of one aggregate",
    label = "not events of one aggregate",
    note = "give an event, or a `Vec`, array or tuple of events of the same aggregate; which one is said where several record the event: `stream::<Aggregate>(…)`"
)]
pub trait EventsOf<A> {
    /// Adds them at the end of `out`.
    fn add_to(self, out: &mut Vec<AnyEvent>);
}

#[diagnostic::do_not_recommend]
impl<A, E: Event + AppliedTo<A>> EventsOf<A> for E {
    fn add_to(self, out: &mut Vec<AnyEvent>) {
        out.push(self.into());
    }
}

impl<A, T: EventsOf<A>> EventsOf<A> for Vec<T> {
    fn add_to(self, out: &mut Vec<AnyEvent>) {
        self.into_iter().for_each(|events| events.add_to(out));
    }
}

impl<A, T: EventsOf<A>, const N: usize> EventsOf<A> for [T; N] {
    fn add_to(self, out: &mut Vec<AnyEvent>) {
        self.into_iter().for_each(|events| events.add_to(out));
    }
}

macro_rules! tuples {
    ($(($($T:ident)+))+) => {$(
        impl<Agg, $($T: EventsOf<Agg>),+> EventsOf<Agg> for ($($T,)+) {
            fn add_to(self, out: &mut Vec<AnyEvent>) {
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
