//! What a policy does when the store fails, and when only some of its commands go through.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use es_core::prelude::*;
use es_core::{
    AllQuery, Append, AppendError, Appended, BoxFuture, EventStore, Fence, HandlerCallError,
    HandlerKey, HandlerPlace, HandlerStore, Instruction, LeaseRequest, MemoryStore, NewPlace, Page,
    ParkedStream, Position, Progress, Receipt, RefusedCommand, Saved, Snapshot, StoreError,
    StoreErrorKind, StreamName, StreamQuery,
};

use crate::account::*;
use crate::running::{open, until};

/// A store whose next saving of something set aside fails, if it is told so.
struct Faulty {
    store: MemoryStore,
    fails: Arc<AtomicBool>,
}

impl EventStore for Faulty {
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, AppendError>> {
        self.store.append(append)
    }
    fn find_receipt<'a>(
        &'a self,
        stream: &'a StreamName,
        key: &'a str,
    ) -> BoxFuture<'a, Result<Option<Receipt>, StoreError>> {
        self.store.find_receipt(stream, key)
    }
    fn read_stream(&self, query: StreamQuery) -> BoxFuture<'_, Result<Page, StoreError>> {
        self.store.read_stream(query)
    }
    fn read_all(&self, query: AllQuery) -> BoxFuture<'_, Result<Page, StoreError>> {
        self.store.read_all(query)
    }
    fn read_snapshot<'a>(
        &'a self,
        stream: &'a StreamName,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, StoreError>> {
        self.store.read_snapshot(stream)
    }
    fn last_position(&self) -> BoxFuture<'_, Result<Position, StoreError>> {
        self.store.last_position()
    }
    fn wait_for_news(&self, position: Position) -> BoxFuture<'_, Result<Position, StoreError>> {
        self.store.wait_for_news(position)
    }
    fn handlers(&self) -> Option<&dyn HandlerStore> {
        Some(self)
    }
}

impl Faulty {
    fn places(&self) -> &dyn HandlerStore {
        self.store.handlers().unwrap()
    }
}

impl HandlerStore for Faulty {
    fn places(&self) -> BoxFuture<'_, Result<Vec<HandlerPlace>, StoreError>> {
        Faulty::places(self).places()
    }
    fn add_places(&self, places: Vec<NewPlace>) -> BoxFuture<'_, Result<(), StoreError>> {
        Faulty::places(self).add_places(places)
    }
    fn lease(
        &self,
        request: LeaseRequest,
    ) -> BoxFuture<'_, Result<Vec<Option<Fence>>, StoreError>> {
        Faulty::places(self).lease(request)
    }
    fn give_back(&self, holder: uuid::Uuid) -> BoxFuture<'_, Result<(), StoreError>> {
        Faulty::places(self).give_back(holder)
    }
    fn save(&self, progress: Progress) -> BoxFuture<'_, Result<Saved, StoreError>> {
        if !progress.set_aside.is_empty() && self.fails.swap(false, Ordering::SeqCst) {
            let error = StoreError::new(StoreErrorKind::Busy, "not now");
            return Box::pin(std::future::ready(Err(error)));
        }
        Faulty::places(self).save(progress)
    }
    fn parked<'a>(
        &'a self,
        key: &'a HandlerKey,
    ) -> BoxFuture<'a, Result<Vec<ParkedStream>, StoreError>> {
        Faulty::places(self).parked(key)
    }
    fn instruct<'a>(
        &'a self,
        parked: &'a ParkedStream,
        instruction: Instruction,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Faulty::places(self).instruct(parked, instruction)
    }
    fn forget<'a>(&'a self, key: &'a HandlerKey) -> BoxFuture<'a, Result<(), StoreError>> {
        Faulty::places(self).forget(key)
    }
}

struct FailsOnce {
    calls: Arc<AtomicU64>,
}

#[policy(name = "fails_once")]
impl FailsOnce {
    #[on]
    fn deposited(&self, _: &Deposited) -> Result<(), &'static str> {
        match self.calls.fetch_add(1, Ordering::SeqCst) {
            0 => Err("the first time"),
            _ => Ok(()),
        }
    }
}

#[tokio::test]
async fn an_event_whose_parking_is_not_saved_is_delivered_again() {
    let (fails, calls) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU64::new(0)));
    let app = App::builder(Faulty {
        store: MemoryStore::new(),
        fails: Arc::clone(&fails),
    })
    .aggregate::<Account>()
    .policy(FailsOnce {
        calls: Arc::clone(&calls),
    })
    .start()
    .await
    .unwrap();
    open(&app, "a").await;
    app.send("a", Deposit { amount: 1 }).await.unwrap();
    until(async || (calls.load(Ordering::SeqCst) == 2).then_some(())).await;
    assert!(!fails.load(Ordering::SeqCst), "the store has failed");
    app.shutdown().await;
}

/// A deposit leads to two commands on the same account, the first only while that is wanted.
struct Two {
    first: Arc<AtomicBool>,
}

#[policy(name = "two")]
impl Two {
    #[on]
    fn opened(&self, _: &Opened, id: &AccountId) -> (Option<To<Deposit>>, To<Withdraw>) {
        let first = self.first.load(Ordering::SeqCst);
        (
            first.then(|| Deposit { amount: 1 }.to(id)),
            Withdraw { amount: 50 }.to(id),
        )
    }
}

#[tokio::test]
async fn a_command_keeps_its_place_whether_those_before_it_are_sent_or_not() {
    let first = Arc::new(AtomicBool::new(true));
    let app = App::builder(MemoryStore::new())
        .aggregate::<Account>()
        .policy(Two {
            first: Arc::clone(&first),
        })
        .start()
        .await
        .unwrap();
    let opened = app
        .send(
            "a",
            Open {
                owner: "Ada".into(),
            },
        )
        .await
        .unwrap();
    let parked = match app.caught_up("two", opened.position).await {
        Err(HandlerCallError::Parked { parked, .. }) => parked,
        other => panic!("{other:?}"),
    };
    // The deposit was made, the withdrawal refused.
    assert_eq!(app.load::<Account>("a").await.unwrap().balance, 1);
    app.send("a", Deposit { amount: 100 }).await.unwrap();
    first.store(false, Ordering::SeqCst);
    app.retry(&parked).await.unwrap();
    until(async || app.parked().await.unwrap().is_empty().then_some(())).await;
    assert_eq!(app.load::<Account>("a").await.unwrap().balance, 51);
    app.shutdown().await;
}

/// Its first command is refused, its second cannot be sent; a refusal is made good by a deposit.
#[derive(Default)]
struct MakesGood;

#[policy(name = "makes_good")]
impl MakesGood {
    #[on]
    fn deposited(&self, e: &Deposited, id: &AccountId) -> Option<(To<Withdraw>, To<Deposit>)> {
        (e.amount == 7).then(|| {
            (
                Withdraw { amount: 1000 }.to(id),
                Deposit { amount: 1 }.to("broken"),
            )
        })
    }
    #[refused]
    fn refused(&self, _: &RefusedCommand, id: &AccountId) -> To<Deposit> {
        Deposit { amount: 5 }.to(id)
    }
}

#[tokio::test]
async fn a_refusal_is_answered_once_all_other_commands_are_sent() {
    let store = Arc::new(MemoryStore::new());
    // A record that no code reads: its aggregate cannot be loaded.
    let append = es_core::Append {
        stream: StreamName::new("account", "broken"),
        condition: es_core::AppendCondition::Unconditional,
        events: vec![es_core::NewEvent {
            event_id: uuid::Uuid::now_v7(),
            name: "account.opened".into(),
            event_version: 9,
            payload: "{}".to_owned(),
        }],
        recorded_at: Timestamp::now(),
        origin: es_core::Origin::default(),
        idempotency_key: None,
        snapshot: None,
    };
    store.append(append).await.unwrap();
    let app = App::builder(Arc::clone(&store))
        .aggregate::<Account>()
        .handler_attempts(2)
        .policy(MakesGood)
        .start()
        .await
        .unwrap();
    open(&app, "a").await;
    app.send("a", Deposit { amount: 7 }).await.unwrap();
    let parked = until(async || {
        let parked = app.parked().await.unwrap();
        parked.into_iter().find(|parked| parked.retry_at.is_none())
    })
    .await;
    assert!(parked.error.contains("account/broken"), "{}", parked.error);
    // Were the refusal made good already, the withdrawal might yet be accepted another time.
    assert_eq!(app.load::<Account>("a").await.unwrap().balance, 7);
    app.shutdown().await;
}
