//! A scenario after its `then…`: a look at the state, and on to the next command.

use std::fmt::Debug;

use es_core::{Aggregate, Handled, IntoCommands, IntoEvents};
use serde_json::Value;

use crate::fail::fail;
use crate::given::Given;
use crate::report::Report;
use crate::terms::IntoTime;
use crate::testable::Testable;
use crate::when::When;

/// A scenario that has come out as it should. It may end here or go on.
///
/// ```
/// # mod account { include!("../tests/account.rs"); }
/// # use account::*;
/// # use es_core::prelude::*;
/// # use es_testkit::prelude::*;
/// given_nothing::<Account>()
///     .when(Open { owner: "Ada".into() })
///     .then(Opened { owner: "Ada".into(), currency: Currency::Eur })
///     .when(Close)
///     .then(Closed)
///     .when(Close)
///     .then_nothing();
/// ```
pub struct Then<A: Aggregate> {
    given: Given<A>,
    state: Option<A>,
}

impl<A: Testable> Then<A> {
    pub(crate) fn new(given: Given<A>, state: Option<A>) -> Self {
        Self { given, state }
    }

    /// Looks at the state as it is now, loaded from the store.
    ///
    /// # Panics
    /// The aggregate does not exist.
    #[track_caller]
    pub fn and_state(self, look: impl FnOnce(&A)) -> Self {
        match &self.state {
            Some(state) => look(state),
            None => fail(&Report::new(format!(
                "there is no state: no {} exists",
                A::NAME
            ))),
        }
        self
    }

    /// Sends the next command; see [`Given::when`].
    #[track_caller]
    pub fn when<C: Handled<Aggregate = A> + Debug>(self, command: C) -> When<A> {
        self.given.when(command)
    }

    /// Then these events happened; see [`Given::and_given`].
    pub fn and_given(self, events: impl IntoEvents<A::Events>) -> Given<A> {
        self.given.and_given(events)
    }

    /// Then these commands were carried out; see [`Given::and_given_commands`].
    pub fn and_given_commands(self, commands: impl IntoCommands<A>) -> Given<A>
    where
        A::Commands: Debug,
    {
        self.given.and_given_commands(commands)
    }

    /// Then these records were stored; see [`Given::and_given_stored`].
    pub fn and_given_stored(
        self,
        records: impl IntoIterator<Item = (impl Into<String>, u32, Value)>,
    ) -> Given<A> {
        self.given.and_given_stored(records)
    }

    /// Sets the clock for what follows; see [`Given::at`].
    #[track_caller]
    pub fn at(self, time: impl IntoTime) -> Given<A> {
        self.given.at(time)
    }

    /// Who asks, for what follows; see [`Given::actor`].
    pub fn actor(self, actor: impl Into<String>) -> Given<A> {
        self.given.actor(actor)
    }

    /// The correlation id for what follows; see [`Given::correlation_id`].
    pub fn correlation_id(self, id: impl Into<String>) -> Given<A> {
        self.given.correlation_id(id)
    }

    /// Other services for what follows; see [`Given::services`].
    pub fn services(self, services: A::Services) -> Given<A> {
        self.given.services(services)
    }
}
