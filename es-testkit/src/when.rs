//! How a scenario ends: what must come of the command.

use es_core::{Aggregate, IntoEvents, ReplayError};

use crate::fail::fail;
use crate::given::Given;
use crate::report::{Line, Report, all_shown, counted, listed, shown};
use crate::seen::{Outcome, Seen};
use crate::testable::{ComparableError, Testable};
use crate::then::Then;

/// A scenario whose command was sent: say what must come of it.
///
/// A scenario that ends here is a warning:
///
/// ```compile_fail
/// #![deny(unused_must_use)]
/// # mod account { include!("../tests/account.rs"); }
/// # use account::*;
/// # use es_core::prelude::*;
/// # use es_testkit::prelude::*;
/// given_nothing::<Account>().when(Deposit { amount: 5 });
/// ```
#[must_use = "this scenario tests nothing: say what comes of the command with `.then(…)`, `.then_nothing()`, `.then_error(…)` or another `.then_…`"]
pub struct When<A: Aggregate> {
    given: Given<A>,
    seen: Seen<A>,
}

impl<A: Testable> When<A> {
    pub(crate) fn new(given: Given<A>, seen: Seen<A>) -> Self {
        Self { given, seen }
    }

    fn done(self) -> Then<A> {
        Then::new(self.given, self.seen.after)
    }

    /// Fails: this was expected, but that happened.
    #[track_caller]
    fn but(&self, expected: &str, add: impl FnOnce(Report) -> Report) -> ! {
        let Seen {
            outcome, setting, ..
        } = &self.seen;
        if let Outcome::NotReplayed(_) = outcome {
            // It never came to what was expected.
            fail(&Report::new(outcome.told()).and(setting));
        }
        let report = Report::new(format!("expected {expected}, but {}", outcome.told()));
        fail(&outcome.add_to(add(report)).and(setting))
    }

    /// Fails with a headline of its own.
    #[track_caller]
    fn fail(&self, headline: &str, add: impl FnOnce(Report) -> Report) -> ! {
        fail(&add(Report::new(headline)).and(&self.seen.setting))
    }

    /// It decided exactly these events, in this order.
    #[track_caller]
    pub fn then(self, events: impl IntoEvents<A::Events>) -> Then<A> {
        let expected = list::<A>(events);
        match &self.seen.outcome {
            Outcome::Decided(decided) if *decided == expected => self.done(),
            Outcome::Decided(decided) => {
                let headline = other_events(&expected, decided);
                self.fail(&headline, |report| {
                    report.diff(
                        "- expected, + decided",
                        &listed(&expected),
                        &listed(decided),
                    )
                })
            }
            _ => self.but(&counted(expected.len(), "event"), |report| {
                events_in(report, &expected)
            }),
        }
    }

    /// It decided exactly these events, in any order.
    #[track_caller]
    pub fn then_unordered(self, events: impl IntoEvents<A::Events>) -> Then<A> {
        let mut missing = list::<A>(events);
        let Outcome::Decided(decided) = &self.seen.outcome else {
            self.but(&counted(missing.len(), "event"), |report| {
                events_in(report, &missing)
            })
        };
        let headline = other_events(&missing, decided);
        let mut lines = Vec::new();
        let mut unexpected = Vec::new();
        for event in decided {
            match missing.iter().position(|expected| expected == event) {
                Some(place) => {
                    missing.remove(place);
                    lines.extend(Line::marked(' ', &format!("{event:#?}")));
                }
                None => unexpected.push(event),
            }
        }
        if missing.is_empty() && unexpected.is_empty() {
            return self.done();
        }
        lines.extend(Line::marked('-', &listed(&missing)));
        lines.extend(Line::marked('+', &listed(&unexpected)));
        self.fail(&headline, |report| {
            report.lines("- expected, + decided, in any order", lines)
        })
    }

    /// It was accepted and decided nothing.
    #[track_caller]
    pub fn then_nothing(self) -> Then<A> {
        match &self.seen.outcome {
            Outcome::Decided(decided) if decided.is_empty() => self.done(),
            _ => self.but("no event", |report| report),
        }
    }

    /// It was refused with this error.
    #[track_caller]
    pub fn then_error(self, error: A::Error) -> Then<A>
    where
        A::Error: ComparableError,
    {
        match &self.seen.outcome {
            Outcome::Refused(refusal) if *refusal == error => self.done(),
            Outcome::Refused(refusal) => {
                let headline = format!("the command was refused, but not as expected: {refusal}");
                self.fail(&headline, |report| {
                    let (expected, happened) = (format!("{error:#?}"), format!("{refusal:#?}"));
                    report.diff("- expected, + refused with", &expected, &happened)
                })
            }
            _ => self.but("a refusal", |report| {
                report.section("expected", &shown(&error))
            }),
        }
    }

    /// It was refused with an error of which this is true.
    ///
    /// ```
    /// # mod account { include!("../tests/account.rs"); }
    /// # use account::*;
    /// # use es_core::prelude::*;
    /// # use es_testkit::prelude::*;
    /// given_commands::<Account>(Open { owner: "Ada".into() })
    ///     .when(Withdraw { amount: 5 })
    ///     .then_error_matching(|e| matches!(e, AccountError::InsufficientFunds { .. }));
    /// ```
    #[track_caller]
    pub fn then_error_matching(self, matches: impl FnOnce(&A::Error) -> bool) -> Then<A> {
        match &self.seen.outcome {
            Outcome::Refused(refusal) if matches(refusal) => self.done(),
            Outcome::Refused(refusal) => {
                let headline =
                    format!("the command was refused, but the error does not match: {refusal}");
                self.fail(&headline, |report| self.seen.outcome.add_to(report))
            }
            _ => self.but("a refusal", |report| report),
        }
    }

    /// It was refused because the aggregate does not exist.
    #[track_caller]
    pub fn then_not_found(self) -> Then<A> {
        match &self.seen.outcome {
            Outcome::NotFound => self.done(),
            _ => {
                let expected = format!("a refusal because the {} does not exist", A::NAME);
                self.but(&expected, |report| report)
            }
        }
    }

    /// It was refused because it creates, and the aggregate exists.
    #[track_caller]
    pub fn then_already_exists(self) -> Then<A> {
        match &self.seen.outcome {
            Outcome::AlreadyExists => self.done(),
            _ => {
                let expected = format!("a refusal because the {} exists already", A::NAME);
                self.but(&expected, |report| report)
            }
        }
    }

    /// A record that was given cannot be read or applied, or an event that was decided cannot be
    /// applied; and this is true of the error.
    ///
    /// ```
    /// # mod account { include!("../tests/account.rs"); }
    /// # use account::*;
    /// # use es_core::prelude::*;
    /// # use es_testkit::prelude::*;
    /// given_stored::<Account>([("account.opened", 9, json!({}))])
    ///     .when(Deposit { amount: 50 })
    ///     .then_replay_error_matching(|e| e.event_version() == 9);
    /// ```
    #[track_caller]
    pub fn then_replay_error_matching(self, matches: impl FnOnce(&ReplayError) -> bool) -> Then<A> {
        match &self.seen.outcome {
            Outcome::NotRecorded(error) | Outcome::NotReplayed(error) => {
                if matches(error) {
                    return self.done();
                }
                let headline = format!("the replay error does not match: {error}");
                self.fail(&headline, |report| report)
            }
            _ => self.but("a replay error", |report| report),
        }
    }
}

fn list<A: Testable>(events: impl IntoEvents<A::Events>) -> Vec<A::Events> {
    events.into_events().into_iter().collect()
}

fn events_in(report: Report, expected: &[impl std::fmt::Debug]) -> Report {
    if expected.is_empty() {
        report
    } else {
        report.section("expected", &all_shown(expected))
    }
}

/// The headline for decided events that are not the expected ones.
fn other_events<E>(expected: &[E], decided: &[E]) -> String {
    match (expected.len(), decided.len()) {
        (expected, decided) if expected == decided => {
            "the command decided other events than expected".to_owned()
        }
        (expected, 0) => {
            format!(
                "expected {}, but the command decided nothing",
                counted(expected, "event")
            )
        }
        (expected, decided) => {
            format!(
                "expected {}, but the command decided {decided}",
                counted(expected, "event")
            )
        }
    }
}
