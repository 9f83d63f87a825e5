//! Given, when, then: tests of an es domain that read like its rules. And the suite that holds an
//! event store to its contract: [`conformance`].
//!
//! ```
//! # mod account { include!("../tests/account.rs"); }
//! # use account::*;
//! use es_core::prelude::*;
//! use es_testkit::prelude::*;
//!
//! given::<Account>((Opened { owner: "Ada".into(), currency: Currency::Eur }, Deposited { amount: 100 }))
//!     .when(Withdraw { amount: 250 })
//!     .then_error(AccountError::InsufficientFunds { balance: 100 });
//!
//! given::<Account>(Opened { owner: "Ada".into(), currency: Currency::Eur })
//!     .when(Deposit { amount: 50 })
//!     .then(Deposited { amount: 50 })
//!     .and_state(|account| assert_eq!(account.balance(), 50));
//! ```
//!
//! A scenario begins with what has happened ([`given`], [`given_nothing`], [`given_commands`],
//! [`given_stored`]), goes on with a command ([`Given::when`]) and ends with what must come of it
//! (the methods of [`When`]). After that it may look at the state ([`Then::and_state`]) and go on
//! with the next command.
//!
//! # What runs
//!
//! The code that runs in production: an [`App`](es_core::App) over a
//! [`MemoryStore`](es_core::MemoryStore). The given events are applied, encoded and stored, the
//! command is sent, and what it decided is read back from the store. So an event that does not
//! survive its own encoding fails the test, and a rule that overflows does too.
//!
//! Nothing is left to chance: the clock stands at [`START`] unless [`Given::at`] sets it, and
//! event ids are counted.
//!
//! # Async
//!
//! Scenarios are plain calls, for `#[test] fn`. Async handlers run on a runtime of the kit's own,
//! with timers. Inside `#[tokio::test]` scenarios work too; they block the test's thread.
//!
//! # Failures
//!
//! A scenario fails by a panic at its own line. The message says in words what was expected and
//! what happened, shows the difference, the history, the command and the state before it. It is
//! coloured where a terminal shows it, unless `NO_COLOR` is set.
#![deny(missing_docs)]

pub mod conformance;
mod fail;
mod given;
mod history;
mod id;
mod policy;
pub mod prelude;
mod project;
mod report;
mod runtime;
mod schemas;
mod seen;
mod sent;
mod stage;
mod store;
mod stream;
mod terms;
mod testable;
mod then;
mod when;

pub use given::{Given, given, given_commands, given_nothing, given_stored};
pub use policy::{ExpectedCommands, PolicyReacted, PolicyScenario, policy, policy_with};
pub use project::{Project, ProjectIn, project, project_in};
pub use stream::{Stream, stream};
pub use terms::{IntoTime, START};
pub use testable::{ComparableError, Testable};
pub use then::Then;
pub use when::When;

/// For the macros only.
#[doc(hidden)]
pub mod __private {
    pub use crate::schemas::assert_schemas;
}
