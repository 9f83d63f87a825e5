//! How a scenario begins: what has happened, when, by whom; and the command.

use std::fmt::Debug;

use es_core::{Aggregate, Handled, IntoCommands, IntoEvents, IntoId};
use serde_json::Value;

use crate::fail::fail;
use crate::id::default_id;
use crate::report::{Report, shown};
use crate::runtime::block_on;
use crate::stage::{Stage, Step, StoredRecord};
use crate::terms::{IntoTime, Terms};
use crate::testable::Testable;
use crate::when::When;

/// Begins a scenario: these events have happened.
///
/// They are applied, encoded and stored as a command's events are.
///
/// ```
/// # mod account { include!("../tests/account.rs"); }
/// # use account::*;
/// # use es_core::prelude::*;
/// # use es_testkit::prelude::*;
/// given::<Account>(Opened { owner: "Ada".into(), currency: Currency::Eur })
///     .when(Open { owner: "Bob".into() })
///     .then_already_exists();
/// ```
pub fn given<A: Testable>(events: impl IntoEvents<A::Events>) -> Given<A> {
    Given::new().and_given(events)
}

/// Begins a scenario: nothing has happened, the aggregate does not exist.
///
/// ```
/// # mod account { include!("../tests/account.rs"); }
/// # use account::*;
/// # use es_core::prelude::*;
/// # use es_testkit::prelude::*;
/// given_nothing::<Account>().when(Deposit { amount: 5 }).then_not_found();
/// ```
pub fn given_nothing<A: Testable>() -> Given<A> {
    Given::new()
}

/// Begins a scenario: these commands were carried out. Each must succeed, else the test fails.
///
/// ```
/// # mod account { include!("../tests/account.rs"); }
/// # use account::*;
/// # use es_core::prelude::*;
/// # use es_testkit::prelude::*;
/// given_commands::<Account>((Open { owner: "Ada".into() }, Deposit { amount: 5 }))
///     .when(Withdraw { amount: 5 })
///     .then(Withdrawn { amount: 5 });
/// ```
pub fn given_commands<A: Testable<Commands: Debug>>(commands: impl IntoCommands<A>) -> Given<A> {
    Given::new().and_given_commands(commands)
}

/// Begins a scenario: these records are in the store, written by whatever version of the code.
/// Each is name, version and payload; they are decoded by the code that runs in production.
///
/// ```
/// # mod account { include!("../tests/account.rs"); }
/// # use account::*;
/// # use es_core::prelude::*;
/// # use es_testkit::prelude::*;
/// given_stored::<Account>([("account.opened", 1, json!({"holder": "Ada"}))])
///     .when(Deposit { amount: 50 })
///     .then(Deposited { amount: 50 });
/// ```
pub fn given_stored<A: Testable>(
    records: impl IntoIterator<Item = (impl Into<String>, u32, Value)>,
) -> Given<A> {
    Given::new().and_given_stored(records)
}

/// A scenario before its command.
///
/// What it says of time, actor and correlation holds for what follows; id and services hold for
/// all that has not run yet. Things run when the command is given ([`Given::when`]).
///
/// A scenario that ends here is a warning:
///
/// ```compile_fail
/// #![deny(unused_must_use)]
/// # mod account { include!("../tests/account.rs"); }
/// # use account::*;
/// # use es_core::prelude::*;
/// # use es_testkit::prelude::*;
/// given_nothing::<Account>();
/// ```
#[must_use = "this scenario tests nothing: add `.when(…)` and what comes of it, `.then(…)`"]
pub struct Given<A: Aggregate> {
    stage: Stage<A>,
    id: Option<A::Id>,
    terms: Terms,
    /// What has not run yet.
    steps: Vec<(Terms, Step<A>)>,
}

impl<A: Testable> Given<A> {
    fn new() -> Self {
        Self {
            stage: Stage::default(),
            id: None,
            terms: Terms::default(),
            steps: Vec::new(),
        }
    }

    fn step(mut self, step: Step<A>) -> Self {
        self.steps.push((self.terms.clone(), step));
        self
    }

    /// Then these events happened.
    pub fn and_given(self, events: impl IntoEvents<A::Events>) -> Self {
        self.step(Step::Events(events.into_events()))
    }

    /// Then these commands were carried out. Each must succeed, else the test fails.
    pub fn and_given_commands(mut self, commands: impl IntoCommands<A>) -> Self
    where
        A::Commands: Debug,
    {
        let mut list = Vec::new();
        commands.add_to(&mut list);
        let of = list.len();
        for (index, command) in list.into_iter().enumerate() {
            let printed = shown(&command);
            self = self.step(Step::Command {
                command,
                printed,
                place: index + 1,
                of,
            });
        }
        self
    }

    /// Then these records were stored, by whatever version of the code.
    pub fn and_given_stored(
        self,
        records: impl IntoIterator<Item = (impl Into<String>, u32, Value)>,
    ) -> Self {
        let records = records
            .into_iter()
            .map(|(name, version, payload)| StoredRecord {
                name: name.into(),
                version,
                payload,
            })
            .collect();
        self.step(Step::Stored(records))
    }

    /// Sets the clock, for what follows: to a text like `"2026-01-02T00:00:00Z"` or a
    /// [`Timestamp`](es_core::Timestamp).
    ///
    /// ```
    /// # mod account { include!("../tests/account.rs"); }
    /// # use account::*;
    /// # use es_core::prelude::*;
    /// # use es_testkit::prelude::*;
    /// given::<Account>(Opened { owner: "Ada".into(), currency: Currency::Eur })
    ///     .at("2026-01-02T00:00:00Z")
    ///     .when(Freeze)
    ///     .then(Frozen { at: "2026-01-02T00:00:00Z".into(), by: None });
    /// ```
    #[track_caller]
    pub fn at(mut self, time: impl IntoTime) -> Self {
        match time.into_time() {
            Ok(now) => self.terms.now = now,
            Err(reason) => fail(&Report::new(reason)),
        }
        self
    }

    /// Who asks, for what follows.
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.terms.actor = Some(actor.into());
        self
    }

    /// The correlation id, for what follows. Without one the framework makes one for each command.
    pub fn correlation_id(mut self, id: impl Into<String>) -> Self {
        self.terms.correlation_id = Some(id.into());
        self
    }

    /// What `#[aggregate(services = …)]` asks for.
    pub fn services(mut self, services: A::Services) -> Self {
        self.stage.set_services(services);
        self
    }

    /// The aggregate's id. Where it is not said, it is `test-1`, or 1, or a UUID that ends in 1.
    pub fn id(mut self, id: impl IntoId<A::Id>) -> Self {
        self.id = Some(id.into_id());
        self
    }

    /// Sends a command: one of the aggregate's, or its enum of commands.
    ///
    /// # Panics
    /// What was given cannot happen: a given command is refused, an event does not survive its own
    /// encoding, services are missing.
    #[track_caller]
    pub fn when<C: Handled<Aggregate = A> + Debug>(mut self, command: C) -> When<A> {
        let id = match self.id.take().map_or_else(default_id, Ok) {
            Ok(id) => id,
            Err(reason) => fail(&Report::new(reason)),
        };
        let steps = std::mem::take(&mut self.steps);
        let printed = shown(&command);
        let sent = (self.terms.clone(), command, printed);
        let seen = match block_on(self.stage.run(&id, steps, sent)) {
            Ok(seen) => seen,
            Err(report) => fail(&report),
        };
        self.id = Some(id);
        When::new(self, seen)
    }
}
