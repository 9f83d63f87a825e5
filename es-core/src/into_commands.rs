//! Several commands at once: what test kits and importers take where commands are listed.

use crate::aggregate::Aggregate;
use crate::command::Handled;

/// Commands of the aggregate `A`, in order: a command it handles, its enum of commands, and
/// `Vec`, arrays and tuples of such.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not made of commands of `{A}`",
    label = "not commands of `{A}`",
    note = "commands are: a command that `{A}` handles, its enum of commands, or a `Vec`, array or tuple of them"
)]
pub trait IntoCommands<A: Aggregate> {
    /// Adds them at the end of `out`.
    fn add_to(self, out: &mut Vec<A::Commands>);
}

#[diagnostic::do_not_recommend]
impl<A: Aggregate, C: Handled<Aggregate = A> + Into<A::Commands>> IntoCommands<A> for C {
    fn add_to(self, out: &mut Vec<A::Commands>) {
        out.push(self.into());
    }
}

impl<A: Aggregate, T: IntoCommands<A>> IntoCommands<A> for Vec<T> {
    fn add_to(self, out: &mut Vec<A::Commands>) {
        self.into_iter().for_each(|commands| commands.add_to(out));
    }
}

impl<A: Aggregate, T: IntoCommands<A>, const N: usize> IntoCommands<A> for [T; N] {
    fn add_to(self, out: &mut Vec<A::Commands>) {
        self.into_iter().for_each(|commands| commands.add_to(out));
    }
}

macro_rules! tuples {
    ($(($($T:ident)+))+) => {$(
                impl<Agg: Aggregate, $($T: IntoCommands<Agg>),+> IntoCommands<Agg> for ($($T,)+) {
            fn add_to(self, out: &mut Vec<Agg::Commands>) {
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
