//! Every way to begin, to end and to go on.
use crate::account::*;
use es_core::Timestamp;
use es_core::prelude::*;
use es_testkit::prelude::*;

fn ada() -> Opened {
    Opened {
        owner: "Ada".into(),
        currency: Currency::Eur,
    }
}

#[test]
fn given_takes_whatever_is_events() {
    let close = |given: es_testkit::Given<Account>| drop(given.when(Close).then(Closed));
    close(given(ada()));
    close(given((
        ada(),
        vec![Deposited { amount: 1 }; 3],
        None::<Withdrawn>,
    )));
    close(given(vec![AccountEvent::from(ada())]));
    close(given(ada()).and_given([Deposited { amount: 1 }, Deposited { amount: 2 }]));
    close(given_nothing().and_given(ada()).and_given(()));
}

#[test]
fn given_commands_takes_whatever_is_commands() {
    let open = || Open {
        owner: "Ada".into(),
    };
    let rich = |given: es_testkit::Given<Account>| {
        drop(
            given
                .when(Withdraw { amount: 5 })
                .then(Withdrawn { amount: 5 }),
        )
    };
    rich(given_commands((open(), Deposit { amount: 5 })));
    rich(given_commands(vec![
        AccountCommand::from(open()),
        Deposit { amount: 5 }.into(),
    ]));
    rich(given_commands(open()).and_given_commands([Deposit { amount: 2 }, Deposit { amount: 3 }]));
}

#[test]
fn the_whole_enum_is_a_command() {
    given::<Account>(ada())
        .when(AccountCommand::Close)
        .then(AccountEvent::Closed);
}

#[test]
fn a_scenario_goes_on() {
    given_nothing::<Account>()
        .when(Close)
        .then_not_found()
        .when(Open {
            owner: "Ada".into(),
        })
        .then(ada())
        .when(Open {
            owner: "Bob".into(),
        })
        .then_already_exists()
        .and_given(Deposited { amount: 7 })
        .when(Withdraw { amount: 8 })
        .then_error(AccountError::InsufficientFunds { balance: 7 })
        .and_state(|account| assert_eq!(account.balance(), 7))
        .and_given_commands(Deposit { amount: 1 })
        .when(Withdraw { amount: 8 })
        .then_unordered(Withdrawn { amount: 8 })
        .and_given_stored([("account.deposited", 1, json!({"amount": 3}))])
        .when(Close)
        .then(Closed)
        .and_state(|account| assert_eq!(account.balance(), 3))
        .when(Close)
        .then_nothing();
}

#[test]
fn the_clock_stands_where_it_is_set() {
    given::<Account>(ada())
        .when(Freeze)
        .then(Frozen {
            at: es_testkit::START.to_string(),
            by: None,
        })
        .at("2026-01-02T00:00:00Z")
        .actor("teller-7")
        .when(Freeze)
        .then(Frozen {
            at: "2026-01-02T00:00:00Z".into(),
            by: Some("teller-7".into()),
        })
        .at(Timestamp::UNIX_EPOCH)
        .when(Freeze)
        .then(Frozen {
            at: "1970-01-01T00:00:00Z".into(),
            by: Some("teller-7".into()),
        });
}

#[test]
fn what_cannot_be_replayed_can_be_expected() {
    given_stored::<Account>([("account.opened", 4, json!({}))])
        .when(Close)
        .then_replay_error_matching(|e| e.to_string().contains("knows up to version 3"));
    given::<Account>((ada(), Deposited { amount: u64::MAX }))
        .when(Deposit { amount: 1 })
        .then_replay_error_matching(|e| e.to_string().contains("`balance`"))
        .and_state(|account| assert_eq!(account.balance(), u64::MAX));
    given::<Account>(Deposited { amount: 1 })
        .when(Close)
        .then_replay_error_matching(|e| e.version() == Version(1));
}

#[tokio::test]
async fn scenarios_work_inside_a_runtime() {
    given::<Account>(ada())
        .when(Deposit { amount: 5 })
        .then(Deposited { amount: 5 });
}
