//! What an aggregate must be able to do to be tested: be printed and compared.

use std::fmt::Debug;

use es_core::Aggregate;

/// An aggregate that scenarios can be written for: it has `Debug`, and its enum of events
/// `Clone`, `Debug` and `PartialEq`. Never implemented by hand.
pub trait Testable: Aggregate<Events: Clone + Debug + PartialEq> + Debug {}

impl<A> Testable for A
where
    A: Aggregate + Debug,
    A::Events: Clone + Debug + PartialEq,
{
}

/// An aggregate's error that can be compared: it has `PartialEq`. Never implemented by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be compared with the expected error",
    label = "needs `PartialEq`",
    note = "derive `PartialEq` on `{Self}`, or use `.then_error_matching(|e| matches!(e, …))`"
)]
pub trait ComparableError: PartialEq + Debug {}

#[diagnostic::do_not_recommend]
impl<E: PartialEq + Debug> ComparableError for E {}
