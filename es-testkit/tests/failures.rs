//! What a failing scenario says.
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::account::*;
use es_core::prelude::*;
use es_testkit::prelude::*;

/// The text of the failure, without colours.
#[allow(clippy::expect_used)] // a scenario that passes here fails the test
pub(crate) fn failure(scenario: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(scenario)).expect_err("the scenario passed");
    let text = panic
        .downcast_ref::<String>()
        .expect("the panic has a text")
        .clone();
    ["\u{1b}[31m", "\u{1b}[32m", "\u{1b}[1m", "\u{1b}[0m"]
        .iter()
        .fold(text, |text, code| text.replace(code, ""))
}

fn ada() -> Opened {
    Opened {
        owner: "Ada".into(),
        currency: Currency::Eur,
    }
}

fn rich() -> (Opened, Deposited) {
    (ada(), Deposited { amount: 100 })
}

const RICH: &str = r#"
history (account/test-1):
  1  Opened { owner: "Ada", currency: Eur }
  2  Deposited { amount: 100 }

when:
  COMMAND

state before:
  Account {
      owner: "Ada",
      balance: 100,
      closed: false,
  }
"#;

/// The setting of a command to [`rich`].
fn to_rich(text: &str, command: &str) -> String {
    format!(
        "{}\n{}",
        text.trim_start(),
        RICH.trim_start().replace("COMMAND", command)
    )
}

#[test]
fn other_events_are_shown_as_a_diff() {
    let text = failure(|| {
        given::<Account>(rich())
            .when(Deposit { amount: 60 })
            .then(Deposited { amount: 50 });
    });
    let expected = "
the command decided other events than expected

- expected, + decided:
  Deposited {
-     amount: 50,
+     amount: 60,
  }
";
    assert_eq!(text, to_rich(expected, "Deposit { amount: 60 }"));
}

#[test]
fn missing_events_are_counted() {
    let text = failure(|| {
        given::<Account>(rich())
            .when(Close)
            .then_unordered((Deposited { amount: 1 }, Closed));
    });
    let expected = "
expected 2 events, but the command decided 1

- expected, + decided, in any order:
  Closed
- Deposited {
-     amount: 1,
- }
";
    assert_eq!(text, to_rich(expected, "Close"));
}

#[test]
fn a_refusal_instead_of_events_is_said_in_words() {
    let text = failure(|| {
        given::<Account>(rich())
            .when(Withdraw { amount: 250 })
            .then(Withdrawn { amount: 250 });
    });
    let expected = "
expected 1 event, but the command was refused: balance is 100

expected:
  Withdrawn { amount: 250 }

refused with:
  InsufficientFunds { balance: 100 }
";
    assert_eq!(text, to_rich(expected, "Withdraw { amount: 250 }"));
}

#[test]
fn events_instead_of_a_refusal_are_said_in_words() {
    let text = failure(|| {
        given::<Account>(rich())
            .when(Withdraw { amount: 50 })
            .then_error(AccountError::Closed);
    });
    let expected = "
expected a refusal, but the command decided 1 event

expected:
  Closed

decided:
  Withdrawn { amount: 50 }
";
    assert_eq!(text, to_rich(expected, "Withdraw { amount: 50 }"));
}

#[test]
fn another_refusal_is_shown_as_a_diff() {
    let text = failure(|| {
        given::<Account>(rich())
            .when(Withdraw { amount: 250 })
            .then_error(AccountError::InsufficientFunds { balance: 90 });
    });
    let expected = "
the command was refused, but not as expected: balance is 100

- expected, + refused with:
  InsufficientFunds {
-     balance: 90,
+     balance: 100,
  }
";
    assert_eq!(text, to_rich(expected, "Withdraw { amount: 250 }"));
}

#[test]
fn time_and_actor_are_shown_where_they_were_said() {
    let text = failure(|| {
        given_nothing::<Account>()
            .at("2026-02-03T04:05:06Z")
            .actor("teller-7")
            .when(Close)
            .then_nothing();
    });
    let expected = "\
expected no event, but the command was refused: the account does not exist

history (account/test-1):
  nothing

when, at 2026-02-03T04:05:06Z, by teller-7:
  Close

state before:
  the account does not exist
";
    assert_eq!(text, expected);
}

#[test]
fn a_refused_given_command_is_named() {
    let text = failure(|| {
        given_commands::<Account>((
            Open {
                owner: "Ada".into(),
            },
            Withdraw { amount: 6 },
        ))
        .when(Close)
        .then(Closed);
    });
    let expected = r#"given command 2 of 2 was refused: balance is 0

refused with:
  InsufficientFunds { balance: 0 }

given command 2 of 2:
  Withdraw { amount: 6 }

history before it (account/test-1):
  1  Opened { owner: "Ada", currency: Eur }

state before:
  Account {
      owner: "Ada",
      balance: 0,
      closed: false,
  }
"#;
    assert_eq!(text, expected);
}

#[test]
fn records_that_cannot_be_read_are_shown_as_they_are() {
    let text = failure(|| {
        given_stored::<Account>([("account.opened", 1, json!({"holder": 7}))])
            .when(Close)
            .then(Closed);
    });
    let expected = r#"what was given cannot be replayed: stream account/test-1, version 1, event account.opened v1: the payload does not fit: at `holder`: invalid type: integer `7`, expected a string at line 1 column 11

history (account/test-1):
  1  account.opened v1 {"holder":7}, unreadable

when:
  Close
"#;
    assert_eq!(text, expected);
}

#[test]
fn given_events_that_cannot_be_applied_are_told_with_those_before() {
    let text = failure(|| {
        given::<Account>((
            ada(),
            Deposited { amount: u64::MAX },
            Deposited { amount: 1 },
            Closed,
        ))
        .when(Close)
        .then_nothing();
    });
    let expected = r#"what was given cannot be replayed: stream account/test-1, version 3, event account.deposited v1: field `balance`: `+=` leaves the range of its type

history (account/test-1):
  1  Opened { owner: "Ada", currency: Eur }
  2  Deposited { amount: 18446744073709551615 }

given after it:
  Deposited { amount: 1 }

when:
  Close
"#;
    assert_eq!(text, expected);
}

#[test]
fn the_other_ends_say_what_they_expected() {
    let first_line = |scenario: &dyn Fn()| -> String {
        failure(scenario)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let close = || given::<Account>(rich()).when(Close);
    assert_eq!(
        first_line(&|| drop(close().then_nothing())),
        "expected no event, but the command decided 1 event"
    );
    assert_eq!(
        first_line(&|| drop(close().then_not_found())),
        "expected a refusal because the account does not exist, but the command decided 1 event"
    );
    assert_eq!(
        first_line(&|| drop(close().then_already_exists())),
        "expected a refusal because the account exists already, but the command decided 1 event"
    );
    assert_eq!(
        first_line(&|| drop(close().then_replay_error_matching(|_| true))),
        "expected a replay error, but the command decided 1 event"
    );
    assert_eq!(
        first_line(&|| drop(
            given::<Account>(rich())
                .when(Withdraw { amount: 250 })
                .then_error_matching(|e| *e == AccountError::Closed)
        )),
        "the command was refused, but the error does not match: balance is 100"
    );
    assert_eq!(
        first_line(&|| drop(
            given_nothing::<Account>()
                .when(Close)
                .then_not_found()
                .and_state(|_| ())
        )),
        "there is no state: no account exists"
    );
    let time = first_line(&|| drop(given_nothing::<Account>().at("soon").when(Close)));
    assert!(time.starts_with("`soon` is not a time: "), "{time}");
    assert!(
        time.ends_with("; write it like `2026-01-02T00:00:00Z`"),
        "{time}"
    );
}

#[test]
fn a_long_history_shows_its_end() {
    let text = failure(|| {
        given::<Account>((ada(), vec![Deposited { amount: 1 }; 30]))
            .when(Close)
            .then_nothing();
    });
    assert!(
        text.contains("\n  … 11 before these\n  12  Deposited"),
        "{text}"
    );
}

#[test]
fn the_panic_is_at_the_line_of_the_test() {
    use std::sync::{Arc, Mutex};

    // Only panics of this thread are looked at: others run at the same time.
    let here = std::thread::current().id();
    let seen = Arc::new(Mutex::new(None));
    let hook = std::panic::take_hook();
    let note = Arc::clone(&seen);
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == here {
            let place = info.location().map(|at| (at.file().to_owned(), at.line()));
            *note.lock().expect("no panic while it is held") = place;
        } else {
            hook(info);
        }
    }));
    let line = line!() + 1;
    failure(|| drop(given_nothing::<Account>().when(Close).then_nothing()));
    let _ = std::panic::take_hook();
    let (file, at) = seen
        .lock()
        .expect("no panic while it is held")
        .clone()
        .expect("it panicked");
    assert!(file.ends_with("failures.rs"), "{file}");
    assert_eq!(at, line);
}
