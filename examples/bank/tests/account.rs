//! The rules of an account, as scenarios: given what happened, when this is asked, then that.

use bank::*;
use es_testkit::prelude::*;

fn opened() -> Opened {
    Opened {
        owner: "Ada".into(),
        currency: Currency::Eur,
    }
}

#[test]
fn an_account_is_opened_in_euros_and_empty() {
    given_nothing::<Account>()
        .when(Open {
            owner: "Ada".into(),
        })
        .then(opened())
        .and_state(|account| {
            assert_eq!(account.owner, "Ada");
            assert_eq!(account.balance, 0);
            assert!(!account.closed);
        });
}

#[test]
fn an_account_is_opened_once() {
    given::<Account>(opened())
        .when(Open {
            owner: "Bob".into(),
        })
        .then_already_exists();
}

#[test]
fn before_it_is_opened_there_is_no_account() {
    given_nothing::<Account>()
        .when(Deposit { amount: 100 })
        .then_not_found()
        .when(Withdraw { amount: 100 })
        .then_not_found()
        .when(Close)
        .then_not_found();
}

#[test]
fn a_deposit_adds_up() {
    given::<Account>((opened(), Deposited { amount: 100 }))
        .when(Deposit { amount: 50 })
        .then(Deposited { amount: 50 })
        .and_state(|account| assert_eq!(account.balance, 150));
}

#[test]
fn all_that_is_there_can_be_withdrawn() {
    given::<Account>((opened(), Deposited { amount: 100 }))
        .when(Withdraw { amount: 100 })
        .then(Withdrawn { amount: 100 })
        .and_state(|account| assert_eq!(account.balance, 0));
}

#[test]
fn withdrawing_too_much_is_refused() {
    given::<Account>((opened(), Deposited { amount: 100 }))
        .when(Withdraw { amount: 101 })
        .then_error(AccountError::InsufficientFunds { balance: 100 });
}

#[test]
fn a_closed_account_moves_no_money() {
    given::<Account>((opened(), Deposited { amount: 100 }, Closed))
        .when(Deposit { amount: 1 })
        .then_error(AccountError::Closed)
        .when(Withdraw { amount: 1 })
        .then_error(AccountError::Closed)
        .when(Close)
        .then_nothing()
        .and_state(|account| assert!(account.closed && account.balance == 100));
}

#[test]
fn a_deposit_that_leaves_the_range_is_not_recorded() {
    given::<Account>((opened(), Deposited { amount: u64::MAX }))
        .when(Deposit { amount: 1 })
        .then_replay_error_matching(|error| {
            error.to_string().contains("field `balance`: `+=` leaves")
        });
}

#[test]
fn a_working_life_of_an_account() {
    given_commands::<Account>((
        Open {
            owner: "Ada".into(),
        },
        Deposit { amount: 100 },
    ))
    .when(Withdraw { amount: 30 })
    .then(Withdrawn { amount: 30 })
    .when(Close)
    .then(Closed)
    .and_state(|account| assert_eq!(account.balance, 70));
}

#[test]
fn accounts_are_read_as_they_are_stored() {
    given_stored::<Account>([
        (
            "account.opened",
            1,
            json!({"owner": "Ada", "currency": "Eur"}),
        ),
        ("account.deposited", 1, json!({"amount": 100})),
        ("account.withdrawn", 1, json!({"amount": 30})),
        ("account.closed", 1, json!({})),
    ])
    .when(Close)
    .then_nothing()
    .and_state(|account| assert_eq!(account.balance, 70));
}
