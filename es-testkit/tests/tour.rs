//! Section 7 of the tour, as a user writes it.
use crate::account::*;
use es_core::prelude::*;
use es_testkit::prelude::*;

#[test]
fn withdrawing_too_much_is_refused() {
    given::<Account>((
        Opened {
            owner: "Ada".into(),
            currency: Currency::Eur,
        },
        Deposited { amount: 100 },
    ))
    .when(Withdraw { amount: 250 })
    .then_error(AccountError::InsufficientFunds { balance: 100 });
}

#[test]
fn a_deposit_adds_up() {
    given::<Account>(Opened {
        owner: "Ada".into(),
        currency: Currency::Eur,
    })
    .when(Deposit { amount: 50 })
    .then(Deposited { amount: 50 })
    .and_state(|account| assert_eq!(account.balance(), 50));
}

#[test]
fn version_1_still_opens_accounts() {
    given_stored::<Account>([("account.opened", 1, json!({"holder": "Ada"}))])
        .when(Deposit { amount: 50 })
        .then(Deposited { amount: 50 });
}
