//! `dispatch_json`: what comes from outside is checked, and every mistake names its thing.

use es_core::prelude::*;
use es_core::*;
use serde_json::Value;

use crate::account::*;

async fn app() -> App {
    let app = App::builder(MemoryStore::new())
        .aggregate::<Account>()
        .start()
        .await
        .unwrap();
    app.dispatch_json("account.open", "a", json!({"owner": "Ada"}))
        .await
        .unwrap();
    app
}

async fn error(command: &str, id: &str, data: Value) -> String {
    let app = app().await;
    let before = app.store().last_position().await.unwrap();
    let error = app.dispatch_json(command, id, data).await.unwrap_err();
    assert_eq!(
        app.store().last_position().await.unwrap(),
        before,
        "nothing is recorded"
    );
    error.to_string()
}

#[tokio::test]
async fn mistakes_name_command_and_field() {
    let ten = || json!({"amount": 10});
    for (command, id, data, expected) in [
        (
            "account.depsit",
            "a",
            ten(),
            "no command is named `account.depsit`; did you mean `account.deposit`?",
        ),
        (
            "withdraw",
            "a",
            ten(),
            "no command is named `withdraw`; did you mean `account.withdraw`?",
        ),
        (
            "account.deposit",
            "a",
            json!({"amuont": 10}),
            "account.deposit: missing field `amount`; and the command has no field `amuont`",
        ),
        ("zzz", "a", ten(), "no command is named `zzz`"),
        (
            "account.deposit",
            "",
            ten(),
            "account.deposit: `` is not a valid `AccountId`: an id cannot be empty",
        ),
        (
            "account.deposit",
            "a",
            json!({}),
            "account.deposit: missing field `amount`",
        ),
        (
            "account.deposit",
            "a",
            Value::Null,
            "account.deposit: invalid type: null, expected struct Deposit",
        ),
        (
            "account.deposit",
            "a",
            json!({"amount": "ten"}),
            "account.deposit: at `amount`: invalid type: string \"ten\", expected u64",
        ),
        (
            "account.deposit",
            "a",
            json!({"amount": -1}),
            "account.deposit: at `amount`: invalid value: integer `-1`, expected u64",
        ),
        (
            "account.deposit",
            "a",
            json!({"amount": 1, "currency": "EUR"}),
            "account.deposit: at `currency`: the command has no such field",
        ),
        (
            "account.close",
            "a",
            json!({"why": "tired"}),
            "account.close: at `why`: the command has no such field; it has none",
        ),
        (
            "account.close",
            "a",
            json!([]),
            "account.close: the command has no fields: expected `{}` or `null`",
        ),
        (
            "account.withdraw",
            "a",
            ten(),
            "account.withdraw to account/a: balance is 0",
        ),
        (
            "account.deposit",
            "b",
            ten(),
            "account.deposit: account/b does not exist",
        ),
        (
            "account.open",
            "a",
            json!({"owner": "Bob"}),
            "account.open: account/a exists already",
        ),
    ] {
        assert_eq!(error(command, id, data).await, expected);
    }
}

#[tokio::test]
async fn a_refusal_keeps_the_domain_error() {
    let error = app()
        .await
        .dispatch_json("account.withdraw", "a", json!({"amount": 1}))
        .await
        .unwrap_err();
    let DispatchError::Refused { source, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(
        source.downcast_ref::<AccountError>(),
        Some(&AccountError::InsufficientFunds { balance: 0 })
    );
}

#[tokio::test]
async fn fieldless_commands_read_null_and_braces() {
    let app = app().await;
    app.dispatch_json("account.close", "a", Value::Null)
        .await
        .unwrap();
    let again = app
        .dispatch_json("account.close", "a", json!({}))
        .await
        .unwrap();
    assert_eq!(again.events, 0);
}

#[tokio::test]
async fn terms_hold_as_for_typed_commands() {
    let app = app().await;
    let send = || app.dispatch_json("account.deposit", "a", json!({"amount": 7}));
    let first = send().actor("api").idempotency_key("k").await.unwrap();
    assert_eq!(send().idempotency_key("k").await.unwrap(), first);
    let history = app.history::<Account>("a").await.unwrap();
    assert_eq!(history[1].metadata.actor.as_deref(), Some("api"));
    assert!(matches!(
        send().expected_version(Version(9)).await,
        Err(DispatchError::Conflict(_))
    ));
}

mod nested {
    use super::*;

    #[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
    pub struct Money {
        pub cents: u64,
    }

    #[derive(Command, Clone, Debug)]
    pub enum TransferCommand {
        Pay { money: Money, parts: Vec<Money> },
    }

    #[test]
    fn fields_of_nested_values_are_named_too() {
        let read = |data| Pay::from_json(data).unwrap_err().to_string();
        assert_eq!(
            read(json!({"money": {"cents": 1, "mils": 2}, "parts": []})),
            "at `money.mils`: the command has no such field"
        );
        assert_eq!(
            read(json!({"money": {"cents": 1}, "parts": [{"cents": 1}, {"cents": true}]})),
            "at `parts[1].cents`: invalid type: boolean `true`, expected u64"
        );
    }
}
