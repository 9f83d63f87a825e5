//! What the kit sends through the `App`: given events as a decision, commands of the enum, and a
//! witness of what any of them decided.

use std::sync::{Arc, Mutex, PoisonError};

use es_core::{Aggregate, CommandCatalogue, CommandSet, Events, Handled, Handling, Inputs};

use crate::testable::Testable;

/// Decides the given events, so that they are applied, encoded and stored like any others.
pub(crate) struct GivenEvents<A: Aggregate>(pub(crate) Events<A::Events>);

impl<A: Testable> Clone for GivenEvents<A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<A: Testable> Handled for GivenEvents<A> {
    type Aggregate = A;

    fn short_name(&self) -> &'static str {
        "given"
    }

    fn handle<'a>(self, _: Option<&'a A>, _: Inputs<'a, A>) -> Handling<'a, A> {
        if self.0.is_empty() {
            return Handling::Nothing;
        }
        Handling::Many(Box::new(self.0.into_iter().collect()))
    }
}

/// A command of the aggregate's enum.
pub(crate) struct OfSet<A: Aggregate>(pub(crate) A::Commands);

impl<A: Aggregate> Clone for OfSet<A> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<A: Aggregate> Handled for OfSet<A> {
    type Aggregate = A;

    fn short_name(&self) -> &'static str {
        self.0.meta().short_name
    }

    fn handle<'a>(self, state: Option<&'a A>, inputs: Inputs<'a, A>) -> Handling<'a, A> {
        self.0.handle(state, inputs)
    }
}

/// Where a witness leaves the decided events.
pub(crate) type Decided<A> = Arc<Mutex<Vec<<A as Aggregate>::Events>>>;

/// A command, and where its decision is noted as it was before it was encoded.
pub(crate) struct Witnessed<C: Handled> {
    pub(crate) command: C,
    pub(crate) decided: Decided<C::Aggregate>,
}

impl<C: Handled> Clone for Witnessed<C> {
    fn clone(&self) -> Self {
        Self {
            command: self.command.clone(),
            decided: Arc::clone(&self.decided),
        }
    }
}

impl<C: Handled<Aggregate: Testable>> Handled for Witnessed<C> {
    type Aggregate = C::Aggregate;

    fn short_name(&self) -> &'static str {
        self.command.short_name()
    }

    fn handle<'a>(
        self,
        state: Option<&'a C::Aggregate>,
        inputs: Inputs<'a, C::Aggregate>,
    ) -> Handling<'a, C::Aggregate> {
        Handling::Pending(Box::pin(async move {
            let decision = self.command.handle(state, inputs).decision().await;
            if let Ok(events) = &decision {
                *self.decided.lock().unwrap_or_else(PoisonError::into_inner) =
                    events.iter().cloned().collect();
            }
            decision
        }))
    }
}
