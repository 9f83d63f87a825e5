//! Event handlers as they run: catching up, live, failing, parked, stopped, started again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use es_core::prelude::*;
use es_core::{
    EventStore, HandlerCallError, HandlerStage, MemoryStore, Position, StartProblem, StreamName,
};

use crate::account::*;

type Store = Arc<MemoryStore>;

/// What lies on the accounts.
#[derive(Default)]
struct Balances(BTreeMap<AccountId, u64>);

#[projection(name = "balances")]
impl Balances {
    #[on]
    fn opened(&mut self, _: &Opened, id: &AccountId) {
        self.0.insert(id.clone(), 0);
    }
    #[on]
    fn deposited(&mut self, e: &Deposited, id: &AccountId) -> Result<(), String> {
        if e.amount == 13 {
            return Err("thirteen".to_owned());
        }
        assert!(e.amount != 14, "fourteen");
        *self.0.entry(id.clone()).or_default() += e.amount;
        Ok(())
    }
}

/// Reacts to deposits of 1 with one of 100, on the same account.
#[derive(Default)]
struct Bonus;

#[policy(name = "hundred")]
impl Bonus {
    #[on]
    fn deposited(&self, e: &Deposited, id: &AccountId) -> Option<To<Deposit>> {
        (e.amount == 1).then(|| Deposit { amount: 100 }.to(id))
    }
}

/// Fails as often as it is told, counts what it handled.
struct Flaky {
    failures: Arc<AtomicU32>,
    handled: Arc<AtomicU64>,
}

#[policy(name = "flaky")]
impl Flaky {
    #[on]
    async fn deposited(&self, e: &Deposited) -> Result<(), String> {
        if e.amount == 7
            && self
                .failures
                .try_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                    left.checked_sub(1)
                })
                .is_ok()
        {
            return Err("not now".to_owned());
        }
        self.handled.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

pub(crate) async fn open(app: &App, id: &str) {
    app.send(
        id,
        Open {
            owner: "Ada".into(),
        },
    )
    .await
    .unwrap();
}

async fn deposit(app: &App, id: &str, amount: u64) -> Position {
    app.send(id, Deposit { amount }).await.unwrap().position
}

async fn balance(app: &App, id: &str) -> u64 {
    app.load::<Account>(id).await.unwrap().balance
}

fn stream(id: &str) -> StreamName {
    StreamName::new("account", id)
}

/// Looks again until it is so: what is waited for is told by nobody.
pub(crate) async fn until<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), looking)
        .await
        .expect("it does not come about")
}

#[tokio::test]
async fn a_projection_in_memory_is_built_at_the_start_and_kept_up_to_date() {
    let store = Store::default();
    let app = App::builder(Arc::clone(&store))
        .aggregate::<Account>()
        .start()
        .await
        .unwrap();
    open(&app, "a").await;
    deposit(&app, "a", 5).await;
    drop(app);

    let app = App::builder(store)
        .aggregate::<Account>()
        .projection(Balances::default())
        .start()
        .await
        .unwrap();
    let of = |app: &App, id: &str| {
        app.read::<Balances, _>(|b| b.0.get(&AccountId::from(id)).copied())
            .unwrap()
    };
    assert_eq!(of(&app, "a"), Some(5), "the start waits for it");
    let position = deposit(&app, "a", 6).await;
    app.caught_up("balances", position).await.unwrap();
    assert_eq!(of(&app, "a"), Some(11));
    assert!(matches!(
        app.caught_up("balance", position).await,
        Err(HandlerCallError::Unknown { similar: Some(similar), .. }) if similar == "balances"
    ));
    let status = app.handlers().await.unwrap();
    assert_eq!(status.len(), 1);
    assert_eq!(status[0].stage, HandlerStage::Live);
    assert_eq!(status[0].lag.events, 0);
    app.shutdown().await;
    assert!(matches!(
        app.caught_up("balances", Position(u64::MAX)).await,
        Err(HandlerCallError::Stopped { .. })
    ));
}

#[tokio::test]
async fn what_a_projection_in_memory_cannot_handle_is_parked_with_what_follows_on_its_stream() {
    let store = Store::default();
    let app = App::builder(store)
        .aggregate::<Account>()
        .projection(Balances::default())
        .start()
        .await
        .unwrap();
    for id in ["a", "b", "c"] {
        open(&app, id).await;
    }
    let failing = deposit(&app, "a", 13).await;
    let panicking = deposit(&app, "b", 14).await;
    let behind = deposit(&app, "a", 1).await;
    let good = deposit(&app, "c", 2).await;
    app.caught_up("balances", good).await.unwrap();
    for (position, error) in [
        (failing, "thirteen"),
        (panicking, "fourteen"),
        (behind, "thirteen"),
    ] {
        match app.caught_up("balances", position).await {
            Err(HandlerCallError::Parked { parked, .. }) => {
                assert!(parked.error.contains(error), "{}", parked.error);
            }
            other => panic!("{other:?}"),
        }
    }
    let parked = app.parked().await.unwrap();
    assert_eq!(parked.len(), 2);
    assert_eq!(parked[0].stream, stream("a"));
    assert_eq!((parked[0].version, parked[0].attempts), (Version(2), 1));

    // Tried again it fails again; released, what is behind it follows.
    app.retry(&parked[0]).await.unwrap();
    until(async || (app.parked().await.unwrap()[0].attempts == 2).then_some(())).await;
    app.release(&parked[0]).await.unwrap();
    app.discard(&parked[1]).await.unwrap();
    until(async || app.parked().await.unwrap().is_empty().then_some(())).await;
    app.caught_up("balances", behind).await.unwrap();
    let balances = app
        .read::<Balances, _>(|b| b.0.values().copied().collect::<Vec<_>>())
        .unwrap();
    assert_eq!(balances, [1, 0, 2]);
    assert!(matches!(
        app.release(&parked[0]).await,
        Err(HandlerCallError::NotParked { .. })
    ));
}

#[tokio::test]
async fn a_policy_acts_once_whatever_happens() {
    let store = Store::default();
    let start = || {
        App::builder(Arc::clone(&store))
            .aggregate::<Account>()
            .policy(Bonus)
            .lease(Duration::from_millis(60))
            .start()
    };
    let app = start().await.unwrap();
    open(&app, "a").await;
    let position = deposit(&app, "a", 1).await;
    app.caught_up("hundred", position).await.unwrap();
    assert_eq!(balance(&app, "a").await, 101);
    let history = app.history::<Account>("a").await.unwrap();
    let bonus = history.last().unwrap();
    assert_eq!(bonus.metadata.actor.as_deref(), Some("policy:hundred"));
    let cause = &history[history.len() - 2].metadata;
    assert_eq!(
        bonus.metadata.causation_id,
        Some(cause.event_id.to_string())
    );
    assert_eq!(bonus.metadata.correlation_id, cause.correlation_id);
    app.shutdown().await;

    // Its place is lost: all is delivered again.
    let handlers = store.handlers().unwrap();
    let key = es_core::HandlerKey::new("hundred", 1);
    handlers.forget(&key).await.unwrap();
    handlers
        .add_places(vec![es_core::NewPlace {
            key,
            stage: es_core::PlaceStage::Live,
            position: Position::START,
        }])
        .await
        .unwrap();
    let app = start().await.unwrap();
    app.caught_up("hundred", store.last_position().await.unwrap())
        .await
        .unwrap();
    assert_eq!(balance(&app, "a").await, 101);
    app.shutdown().await;
}

#[tokio::test]
async fn a_new_policy_begins_with_what_comes_after_its_first_start() {
    let store = Store::default();
    let app = App::builder(Arc::clone(&store))
        .aggregate::<Account>()
        .start()
        .await
        .unwrap();
    open(&app, "a").await;
    deposit(&app, "a", 1).await;
    drop(app);
    let start = || {
        App::builder(Arc::clone(&store))
            .aggregate::<Account>()
            .policy(Bonus)
            .start()
    };
    let app = start().await.unwrap();
    let position = deposit(&app, "a", 1).await;
    app.caught_up("hundred", position).await.unwrap();
    assert_eq!(balance(&app, "a").await, 102);
    app.shutdown().await;
    // What came while it did not run is not forgotten.
    let app = App::builder(Arc::clone(&store))
        .aggregate::<Account>()
        .start()
        .await
        .unwrap();
    let position = deposit(&app, "a", 1).await;
    drop(app);
    let app = start().await.unwrap();
    app.caught_up("hundred", position).await.unwrap();
    assert_eq!(balance(&app, "a").await, 203);
}

#[tokio::test]
async fn what_fails_is_tried_again_by_itself_and_parked_when_that_does_not_help() {
    let store = Store::default();
    let (failures, handled) = (Arc::new(AtomicU32::new(3)), Arc::new(AtomicU64::new(0)));
    let app = App::builder(store)
        .aggregate::<Account>()
        .handler_attempts(4)
        .policy(Flaky {
            failures: Arc::clone(&failures),
            handled: Arc::clone(&handled),
        })
        .start()
        .await
        .unwrap();
    open(&app, "a").await;
    open(&app, "b").await;
    deposit(&app, "a", 7).await;
    let behind = deposit(&app, "a", 8).await;
    let other = deposit(&app, "b", 9).await;
    app.caught_up("flaky", other).await.unwrap();
    // 9 is done at once; 7 after three failures, and then 8.
    until(async || (handled.load(Ordering::SeqCst) == 3).then_some(())).await;
    until(async || app.parked().await.unwrap().is_empty().then_some(())).await;
    app.caught_up("flaky", behind).await.unwrap();

    failures.store(1000, Ordering::SeqCst);
    deposit(&app, "a", 7).await;
    let parked = until(async || {
        let parked = app.parked().await.unwrap();
        parked.into_iter().find(|parked| parked.retry_at.is_none())
    })
    .await;
    assert_eq!(parked.attempts, 4);
    assert_eq!(parked.error, "not now");
    failures.store(0, Ordering::SeqCst);
    app.retry(&parked).await.unwrap();
    until(async || (handled.load(Ordering::SeqCst) == 4).then_some(())).await;
}

/// Asks for more than there is.
#[derive(Default)]
struct Greedy;

#[policy(name = "greedy")]
impl Greedy {
    #[on]
    fn deposited(&self, _: &Deposited, id: &AccountId) -> To<Withdraw> {
        Withdraw { amount: 1_000_000 }.to(id)
    }
}

/// The same, and makes the best of it.
#[derive(Default)]
struct Modest;

#[policy(name = "modest")]
impl Modest {
    #[on]
    fn deposited(&self, _: &Deposited, id: &AccountId) -> To<Withdraw> {
        Withdraw { amount: 1_000_000 }.to(id)
    }
    #[refused]
    fn refused(&self, refusal: &es_core::RefusedCommand, id: &AccountId) -> Option<To<Withdraw>> {
        match refusal.error::<AccountError>()? {
            AccountError::InsufficientFunds { balance } => {
                Some(Withdraw { amount: *balance }.to(id))
            }
            AccountError::Closed => None,
        }
    }
}

#[tokio::test]
async fn a_refused_command_is_parked_at_once_unless_the_policy_says_otherwise() {
    let app = App::builder(MemoryStore::new())
        .aggregate::<Account>()
        .policy(Greedy)
        .start()
        .await
        .unwrap();
    open(&app, "a").await;
    let position = deposit(&app, "a", 5).await;
    assert!(matches!(
        app.caught_up("greedy", position).await,
        Err(HandlerCallError::Parked { .. })
    ));
    let parked = app.parked().await.unwrap();
    assert_eq!(parked[0].retry_at, None);
    assert_eq!(
        parked[0].error,
        "account.withdraw to account/a was refused: balance is 5"
    );

    let app = App::builder(MemoryStore::new())
        .aggregate::<Account>()
        .policy(Modest)
        .start()
        .await
        .unwrap();
    open(&app, "a").await;
    let position = deposit(&app, "a", 5).await;
    app.caught_up("modest", position).await.unwrap();
    assert_eq!(balance(&app, "a").await, 0);
}

/// Notes in which order it hears of what.
struct Witness(Arc<Mutex<Vec<(String, u64)>>>);

#[policy(name = "witness", concurrency = 4)]
impl Witness {
    #[on]
    async fn deposited(&self, e: &Deposited, at: &Metadata) {
        tokio::task::yield_now().await;
        self.0
            .lock()
            .unwrap()
            .push((at.stream.id().to_owned(), e.amount));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn order_is_kept_within_a_stream() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let app = App::builder(MemoryStore::new())
        .aggregate::<Account>()
        .policy(Witness(Arc::clone(&heard)))
        .start()
        .await
        .unwrap();
    let mut last = Position::START;
    for id in 0..8 {
        open(&app, &format!("{id}")).await;
    }
    for amount in 0..200 {
        last = deposit(&app, &format!("{}", amount % 8), amount).await;
    }
    app.caught_up("witness", last).await.unwrap();
    let heard = heard.lock().unwrap();
    assert_eq!(heard.len(), 200);
    for id in 0..8_u64 {
        let amounts: Vec<_> = heard
            .iter()
            .filter(|(stream, _)| *stream == id.to_string())
            .map(|(_, amount)| *amount)
            .collect();
        assert_eq!(
            amounts,
            (0..200)
                .filter(|amount| amount % 8 == id)
                .collect::<Vec<_>>()
        );
    }
}

#[tokio::test]
async fn one_process_runs_a_policy_and_another_takes_over() {
    let store = Store::default();
    let start = || {
        App::builder(Arc::clone(&store))
            .aggregate::<Account>()
            .policy(Bonus)
            .lease(Duration::from_millis(90))
            .start()
    };
    let (one, two) = (start().await.unwrap(), start().await.unwrap());
    open(&one, "a").await;
    let position = deposit(&two, "a", 1).await;
    one.caught_up("hundred", position).await.unwrap();
    two.caught_up("hundred", position).await.unwrap();
    assert_eq!(balance(&one, "a").await, 101);
    let stages = async |app: &App| app.handlers().await.unwrap()[0].stage;
    let pair = (stages(&one).await, stages(&two).await);
    assert!(
        pair == (HandlerStage::Live, HandlerStage::Elsewhere)
            || pair == (HandlerStage::Elsewhere, HandlerStage::Live),
        "{pair:?}"
    );
    let (running, waiting) = if pair.0 == HandlerStage::Live {
        (one, two)
    } else {
        (two, one)
    };
    running.shutdown().await;
    let position = deposit(&waiting, "a", 1).await;
    waiting.caught_up("hundred", position).await.unwrap();
    assert_eq!(stages(&waiting).await, HandlerStage::Live);
    assert_eq!(balance(&waiting, "a").await, 202);
}

#[tokio::test]
async fn what_does_not_fit_is_said_at_the_start() {
    struct NoDefault;
    #[projection(name = "hundred")]
    impl NoDefault {
        #[on]
        fn opened(&mut self, _: &Opened) {}
    }
    let error = App::builder(MemoryStore::new())
        .projection(NoDefault)
        .policy(Bonus)
        .start()
        .await
        .unwrap_err();
    let kinds =
        |wanted: fn(&StartProblem) -> bool| error.problems.iter().filter(|p| wanted(p)).count();
    assert_eq!(
        kinds(|p| matches!(p, StartProblem::DuplicateHandler { .. })),
        1
    );
    assert_eq!(
        kinds(|p| matches!(p, StartProblem::EventOfNobody { .. })),
        1
    );
}

#[tokio::test]
async fn an_event_nobody_knows_is_not_passed_over_in_silence() {
    let store = Store::default();
    let app = App::builder(Arc::clone(&store))
        .aggregate::<Account>()
        .projection(Balances::default())
        .start()
        .await
        .unwrap();
    open(&app, "a").await;
    let receipt = store
        .append(es_core::Append {
            stream: stream("a"),
            condition: es_core::AppendCondition::Unconditional,
            events: vec![es_core::NewEvent {
                event_id: uuid::Uuid::now_v7(),
                name: "account.renamed".into(),
                event_version: 1,
                payload: "{}".to_owned(),
            }],
            recorded_at: Timestamp::now(),
            origin: es_core::Origin::default(),
            idempotency_key: None,
            snapshot: None,
        })
        .await
        .unwrap()
        .into_receipt();
    match app.caught_up("balances", receipt.position).await {
        Err(HandlerCallError::Parked { parked, .. }) => {
            assert_eq!(parked.event, "account.renamed");
            assert!(
                parked.error.starts_with("no event of this name is known"),
                "{}",
                parked.error
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_handler_that_has_ended_leaves_its_lease_to_others() {
    let store = Store::default();
    let builder = || {
        App::builder(Arc::clone(&store))
            .aggregate::<Account>()
            .lease(Duration::from_millis(90))
            .policy(Bonus)
    };
    let heard = Arc::new(Mutex::new(Vec::new()));
    // It goes on with another handler, and so goes on asking for leases.
    let one = builder().policy(Witness(heard)).start().await.unwrap();
    open(&one, "a").await;
    let position = deposit(&one, "a", 2).await;
    one.caught_up("hundred", position).await.unwrap();
    one.forget("hundred", 1).await.unwrap();
    until(async || {
        deposit(&one, "a", 2).await;
        let handlers = one.handlers().await.unwrap();
        let hundred = handlers.iter().find(|handler| handler.name == "hundred");
        hundred
            .filter(|handler| handler.stage == HandlerStage::Replaced)
            .map(|_| ())
    })
    .await;
    let two = builder().start().await.unwrap();
    let before = balance(&two, "a").await;
    let position = deposit(&two, "a", 1).await;
    let caught_up = two.caught_up("hundred", position);
    tokio::time::timeout(Duration::from_secs(20), caught_up)
        .await
        .expect("somebody runs it")
        .unwrap();
    assert_eq!(balance(&two, "a").await, before + 101);
    two.shutdown().await;
    one.shutdown().await;
}
