//! Sending: receipts, metadata, idempotency, retries, conflicts, time travel, shutting down.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use es_core::prelude::*;
use es_core::*;

use crate::account::*;
use crate::store::Watched;

async fn app_on(store: impl EventStore) -> App {
    App::builder(store)
        .aggregate::<Account>()
        .start()
        .await
        .unwrap()
}

async fn opened(id: &str) -> App {
    let app = app_on(MemoryStore::new()).await;
    app.send(
        id,
        Open {
            owner: "Ada".into(),
        },
    )
    .await
    .unwrap();
    app
}

#[tokio::test]
async fn metadata_says_when_why_and_by_whom() {
    let time: Timestamp = "2026-01-02T03:04:05.123456789Z".parse().unwrap();
    let app = App::builder(MemoryStore::new())
        .aggregate::<Account>()
        .clock(move || time)
        .start()
        .await
        .unwrap();
    app.send(
        "a",
        Open {
            owner: "Ada".into(),
        },
    )
    .actor("teller-7")
    .correlation_id("req-1")
    .causation_id("msg-9")
    .header("branch", "Turin")
    .await
    .unwrap();
    app.send("a", Deposit { amount: 5 }).await.unwrap();
    let history = app.history::<Account>("a").await.unwrap();
    let first = &history[0];
    assert_eq!(
        first.event,
        AccountEvent::Opened {
            owner: "Ada".into(),
            currency: Currency::Eur
        }
    );
    assert_eq!(first.name(), "account.opened");
    let metadata = &first.metadata;
    assert_eq!(metadata.actor.as_deref(), Some("teller-7"));
    assert_eq!(metadata.correlation_id.as_deref(), Some("req-1"));
    assert_eq!(metadata.causation_id.as_deref(), Some("msg-9"));
    assert_eq!(metadata.headers["branch"], "Turin");
    assert_eq!(
        metadata.recorded_at.to_string(),
        "2026-01-02T03:04:05.123456Z"
    );
    assert_eq!(
        (metadata.version, metadata.position),
        (Version(1), Position(1))
    );
    assert_eq!(metadata.event_id.get_version_num(), 7);
    assert!(metadata.event_id < history[1].metadata.event_id);
    assert!(history[1].metadata.correlation_id.is_some());
    assert_eq!(history[1].metadata.actor, None);
    assert_eq!(
        first.to_string(),
        "   1  2026-01-02T03:04:05.123456Z  account.opened  Opened { owner: \"Ada\", currency: Eur }  by teller-7"
    );
    assert!(app.history::<Account>("nobody").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_key_is_looked_up_before_deciding() {
    let app = opened("a").await;
    let first = app
        .send("a", Deposit { amount: 50 })
        .idempotency_key("k")
        .await
        .unwrap();
    app.send("a", Withdraw { amount: 50 }).await.unwrap();
    app.send("a", Close).await.unwrap();
    // By now it would be refused; the key answers first.
    let again = app
        .send("a", Deposit { amount: 50 })
        .idempotency_key("k")
        .await
        .unwrap();
    assert_eq!(again, first);
    assert_eq!(app.history::<Account>("a").await.unwrap().len(), 4);
    // A key belongs to one stream.
    app.send(
        "b",
        Open {
            owner: "Bob".into(),
        },
    )
    .await
    .unwrap();
    let other = app
        .send("b", Deposit { amount: 50 })
        .idempotency_key("k")
        .await
        .unwrap();
    assert_eq!(other.stream.id(), "b");
}

#[tokio::test]
async fn refusals_and_empty_decisions_are_not_remembered() {
    let app = opened("a").await;
    let refused = app
        .send("a", Withdraw { amount: 9 })
        .idempotency_key("k")
        .await;
    assert!(matches!(refused, Err(CommandError::Domain(_))));
    app.send("a", Deposit { amount: 9 }).await.unwrap();
    let done = app
        .send("a", Withdraw { amount: 9 })
        .idempotency_key("k")
        .await
        .unwrap();
    assert_eq!(done.version, Version(3));

    app.send("a", Close).await.unwrap();
    let nothing = app.send("a", Close).idempotency_key("again").await.unwrap();
    assert_eq!(
        (nothing.events, nothing.version, nothing.position),
        (0, Version(4), Position(4))
    );
    assert_eq!(
        app.store()
            .find_receipt(&nothing.stream, "again")
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn a_lost_race_is_decided_again_on_the_new_state() {
    let store = Watched::default();
    let app = app_on(store.clone()).await;
    app.send(
        "a",
        Open {
            owner: "Ada".into(),
        },
    )
    .await
    .unwrap();
    store.intrude(3);
    // Enough only after the third intruder's deposit.
    let receipt = app.send("a", Deposit { amount: 1 }).await.unwrap();
    assert_eq!(receipt.version, Version(5));
    assert_eq!(app.load::<Account>("a").await.unwrap().balance, 4);
}

#[tokio::test]
async fn retries_are_bounded_and_counted() {
    let store = Watched::default();
    let app = App::builder(store.clone())
        .aggregate::<Account>()
        .attempts(4)
        .start()
        .await
        .unwrap();
    app.send(
        "a",
        Open {
            owner: "Ada".into(),
        },
    )
    .await
    .unwrap();
    store.intrude(1000);
    let error = app.send("a", Deposit { amount: 1 }).await.unwrap_err();
    let CommandError::Conflict(conflict) = error else {
        panic!("{error}")
    };
    assert_eq!(
        (conflict.attempts, conflict.expected, conflict.actual),
        (4, Version(4), Version(5))
    );
    assert!(
        conflict
            .to_string()
            .contains("stream account/a is at version 5, expected 4")
    );
}

#[tokio::test]
async fn an_expected_version_is_not_retried() {
    let app = opened("a").await;
    let error = app
        .send("a", Deposit { amount: 1 })
        .expected_version(Version(7))
        .await
        .unwrap_err();
    assert!(
        matches!(error, CommandError::Conflict(c) if c.attempts == 1 && c.actual == Version(1))
    );
    app.send("a", Deposit { amount: 1 })
        .expected_version(Version(1))
        .await
        .unwrap();
}

#[tokio::test]
async fn time_travel_by_version_and_by_time() {
    let seconds = Arc::new(AtomicI64::new(0));
    let clock = Arc::clone(&seconds);
    let app = App::builder(MemoryStore::new())
        .aggregate::<Account>()
        .clock(move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap())
        .start()
        .await
        .unwrap();
    let at = |second| Timestamp::from_second(second).unwrap();
    for second in [10, 20, 30] {
        seconds.store(second, Ordering::SeqCst);
        match second {
            10 => app
                .send(
                    "a",
                    Open {
                        owner: "Ada".into(),
                    },
                )
                .await
                .unwrap(),
            _ => app.send("a", Deposit { amount: 1 }).await.unwrap(),
        };
    }
    let balance = async |point: At| app.load_at::<Account>("a", point).await.map(|a| a.balance);
    assert_eq!(balance(Version(1).into()).await.unwrap(), 0);
    assert_eq!(balance(Version(3).into()).await.unwrap(), 2);
    assert_eq!(balance(at(20).into()).await.unwrap(), 1);
    assert_eq!(balance(at(29).into()).await.unwrap(), 1);
    assert_eq!(balance(at(99).into()).await.unwrap(), 2);
    assert!(matches!(
        balance(at(9).into()).await,
        Err(LoadError::NotFound)
    ));
    assert!(matches!(
        balance(Version(0).into()).await,
        Err(LoadError::NotFound)
    ));
    let ahead = balance(Version(4).into()).await.unwrap_err();
    assert_eq!(
        ahead.to_string(),
        "stream account/a is at version 3; version 4 is not recorded yet"
    );
    assert!(matches!(
        app.load_at::<Account>("b", Version(1)).await,
        Err(LoadError::NotFound)
    ));
}

#[tokio::test]
async fn the_whole_enum_can_be_sent_too() {
    let app = opened("a").await;
    app.send("a", AccountCommand::Deposit { amount: 3 })
        .await
        .unwrap();
    assert_eq!(app.load::<Account>("a").await.unwrap().balance, 3);
}

#[tokio::test]
async fn ids_are_taken_in_every_form() {
    let app = opened("a").await;
    let id = AccountId::from("a");
    let text = String::from("a");
    app.send(&id, Deposit { amount: 1 }).await.unwrap();
    app.send(id, Deposit { amount: 1 }).await.unwrap();
    app.send(&text, Deposit { amount: 1 }).await.unwrap();
    app.send(text, Deposit { amount: 1 }).await.unwrap();
    app.send("a", Deposit { amount: 1 }).await.unwrap();
    assert_eq!(app.load::<Account>("a").await.unwrap().balance, 5);
}

#[tokio::test]
async fn after_a_shutdown_no_command_is_taken() {
    let app = opened("a").await;
    let clone = app.clone();
    app.shutdown().await;
    app.shutdown().await;
    let error = clone.send("a", Deposit { amount: 1 }).await.unwrap_err();
    assert!(matches!(error, CommandError::Store(e) if e.kind() == StoreErrorKind::Closed));
    assert_eq!(clone.load::<Account>("a").await.unwrap().balance, 0);
}

#[tokio::test]
async fn a_request_can_be_spawned() {
    let app = opened("a").await;
    let request = app.send("a", Deposit { amount: 1 });
    tokio::spawn(request.into_future()).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_key_that_appears_between_the_look_and_the_load_still_answers() {
    let store = Watched::default();
    let app = app_on(store.clone()).await;
    let open = |app: &App| {
        app.send(
            "a",
            Open {
                owner: "Ada".into(),
            },
        )
        .idempotency_key("k")
    };
    let twin = open(&app);
    store.before_next_read(async {
        twin.await.unwrap();
    });
    // It is decided on a state that holds the twin's events, which would be `AlreadyExists`.
    let receipt = open(&app).await.unwrap();
    assert_eq!((receipt.version, receipt.events), (Version(1), 1));

    let twin = app.send("a", Close).idempotency_key("close");
    store.before_next_read(async {
        twin.await.unwrap();
    });
    // And this an empty decision.
    let receipt = app.send("a", Close).idempotency_key("close").await.unwrap();
    assert_eq!((receipt.version, receipt.events), (Version(2), 1));

    let deposit = |amount| app.send("a", Deposit { amount }).idempotency_key("refused");
    assert!(matches!(
        deposit(1).await,
        Err(CommandError::Domain(AccountError::Closed))
    ));
}
