//! A domain, a projection whose methods are given, and how it is run.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use es_core::prelude::*;
use es_core::{
    AllQuery, Applied, Batch, Delivery, Detail, Durable, DurableHandler, EventStore, Fence,
    Handler, HandlerError, HandlerKey, HandlerMeta, HandlerPlace, HandlerStore, LeaseRequest,
    MemoryStore, NameFilter, NewEvent, NewPlace, OnEvent, PlaceStage, Position, Projection,
    Reaction, Transactions,
};
use es_sqlite::rusqlite::{Connection, DropBehavior};
use es_sqlite::{Sqlite, SqliteStore, SqliteTx};
use tempfile::TempDir;
use uuid::Uuid;

use crate::sample::{append, stream};

#[derive(Event, Clone, Debug)]
#[event(prefix = "account")]
pub(crate) enum AccountEvent {
    Deposited { amount: i64 },
}

#[derive(Command, Clone, Debug)]
pub(crate) enum AccountCommand {
    Deposit { amount: i64 },
}

#[derive(Aggregate, Debug)]
#[aggregate(
    name = "account", id = String, error = std::convert::Infallible,
    commands = AccountCommand, events = AccountEvent, created_by(Deposited),
)]
pub(crate) struct Account {
    #[apply(Deposited += amount)]
    balance: i64,
}

#[handlers]
impl Account {
    fn deposit(_: Option<&Self>, cmd: Deposit) -> Result<Deposited, std::convert::Infallible> {
        Ok(Deposited { amount: cmd.amount })
    }
}

pub(crate) type Done = Result<(), Box<dyn Error + Send + Sync>>;
pub(crate) type Init = fn(&mut SqliteTx<'_>) -> Done;

pub(crate) const ON: &[OnEvent] = &[OnEvent::of::<Deposited>("deposited", &[])];

/// A projection whose methods are given; `NAME` is `b` for `balances` and `o` for `others`.
pub(crate) struct Given<const VERSION: u32, const NAME: char = 'b'> {
    pub(crate) init: Init,
    pub(crate) on: fn(i64, &str, &mut SqliteTx<'_>) -> Done,
}

impl<const VERSION: u32, const NAME: char> Projection for Given<VERSION, NAME> {
    const META: &'static HandlerMeta = &HandlerMeta::durable::<Sqlite>(
        if NAME == 'b' { "balances" } else { "others" },
        VERSION,
        "Given",
        "",
        ON,
    );

    fn into_handler(self) -> Handler {
        unimplemented!("there is no app")
    }
}

impl<const VERSION: u32, const NAME: char> Durable<Sqlite> for Given<VERSION, NAME> {
    fn init<'a, 't>(&'a self, tx: &'a mut SqliteTx<'t>) -> Reaction<'a>
    where
        't: 'a,
    {
        Reaction::Done((self.init)(tx).map_err(HandlerError::Failed))
    }

    fn on<'a, 't>(
        &'a self,
        place: usize,
        mut delivery: Delivery<'_>,
        tx: &'a mut SqliteTx<'t>,
    ) -> Reaction<'a>
    where
        't: 'a,
    {
        assert_eq!(place, 0);
        let event = match delivery.event::<Deposited>() {
            Ok(event) => event,
            Err(error) => return Reaction::Done(Err(error)),
        };
        if event.amount == WAITS {
            return Reaction::Pending(Box::pin(std::future::ready(Ok(()))));
        }
        let done = (self.on)(event.amount, delivery.record().stream_id(), tx);
        Reaction::Done(done.map_err(HandlerError::Failed))
    }
}

/// An amount that is waited for.
pub(crate) const WAITS: i64 = -77;

pub(crate) fn create(tx: &mut SqliteTx<'_>) -> Done {
    Ok(tx.execute_batch(&format!(
        "CREATE TABLE {balances} (account TEXT PRIMARY KEY, amount INTEGER NOT NULL, events INTEGER NOT NULL) STRICT;
         CREATE INDEX {by_amount} ON {balances} (amount);",
        balances = tx.table("balances"),
        by_amount = tx.table("balances_by_amount"),
    ))?)
}

pub(crate) fn add(amount: i64, account: &str, tx: &mut SqliteTx<'_>) -> Done {
    let sql = format!(
        "INSERT INTO {} VALUES (?1, ?2, 1)
         ON CONFLICT DO UPDATE SET amount = amount + excluded.amount, events = events + 1",
        tx.table("balances")
    );
    tx.prepare_cached(&sql)?.execute((account, amount))?;
    Ok(())
}

pub(crate) fn given<const VERSION: u32>(
    init: Init,
    on: fn(i64, &str, &mut SqliteTx<'_>) -> Done,
) -> DurableHandler {
    DurableHandler::new::<Sqlite, _>(Given::<VERSION> { init, on })
}

pub(crate) fn balances<const VERSION: u32>() -> DurableHandler {
    given::<VERSION>(create, add)
}

pub(crate) async fn open() -> (TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("store.db"))
        .await
        .unwrap();
    (folder, store)
}

pub(crate) async fn deposit(store: &SqliteStore, account: &str, amounts: &[i64]) {
    let events = amounts.iter().map(|amount| NewEvent {
        event_id: Uuid::now_v7(),
        name: "account.deposited".into(),
        event_version: 1,
        payload: format!(r#"{{"amount":{amount}}}"#),
    });
    let append = append(&stream(account), events.collect());
    store.append(append).await.unwrap();
}

pub(crate) async fn lease(store: &SqliteStore, handler: &DurableHandler) -> Option<Fence> {
    let now = jiff::Timestamp::now();
    let request = LeaseRequest {
        holder: Uuid::now_v7(),
        handlers: vec![handler.key()],
        now,
        until: now + Duration::from_secs(600),
    };
    HandlerStore::lease(store, request).await.unwrap()[0]
}

pub(crate) async fn add_place(store: &SqliteStore, handler: &DurableHandler, stage: PlaceStage) {
    let place = NewPlace {
        key: handler.key(),
        stage,
        position: Position::START,
    };
    store.add_places(vec![place]).await.unwrap();
}

/// Prepares the projection and takes its lease.
pub(crate) async fn start(
    store: &SqliteStore,
    handler: &DurableHandler,
    stage: PlaceStage,
) -> Fence {
    store.prepare(handler.clone()).await.unwrap();
    add_place(store, handler, stage).await;
    lease(store, handler).await.unwrap()
}

pub(crate) async fn place(store: &SqliteStore, key: &HandlerKey) -> HandlerPlace {
    let places = store.places().await.unwrap();
    places.into_iter().find(|place| place.key == *key).unwrap()
}

/// The next events after the projection's place.
pub(crate) async fn batch(
    store: &SqliteStore,
    handler: &DurableHandler,
    fence: Fence,
    limit: u32,
) -> Batch {
    let app = App::builder(MemoryStore::new())
        .aggregate::<Account>()
        .start()
        .await
        .unwrap();
    let query = AllQuery {
        after: place(store, &handler.key()).await.position,
        limit,
        names: NameFilter::All,
        categories: None,
        detail: Detail::Replay,
    };
    let page = store.read_all(query).await.unwrap();
    let now = jiff::Timestamp::from_second(1_700_000_000).unwrap();
    Batch::by_hand(handler.clone(), fence, page, app.registry(), now).unwrap()
}

pub(crate) async fn apply(store: &SqliteStore, handler: &DurableHandler, fence: Fence) -> Applied {
    let batch = batch(store, handler, fence, 1000).await;
    store.apply(batch).await.unwrap()
}

/// Account, amount and number of events, as readers see them.
pub(crate) async fn rows(store: &SqliteStore) -> Vec<(String, i64, i64)> {
    let rows = store.read(|connection| {
        connection
            .prepare("SELECT account, amount, events FROM balances ORDER BY account")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect()
    });
    rows.await.unwrap()
}

pub(crate) fn row(account: &str, amount: i64, events: i64) -> (String, i64, i64) {
    (account.to_owned(), amount, events)
}

/// What there is in the file, by name.
pub(crate) fn names(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection
        .prepare("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' AND name LIKE '%balances%' ORDER BY name")
        .unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.collect::<Result<_, _>>().unwrap()
}

/// Writes, and then fails in the way the amount says.
pub(crate) fn add_but(amount: i64, account: &str, tx: &mut SqliteTx<'_>) -> Done {
    add(amount, account, tx)?;
    match amount {
        -1 => Err("as the test wants it".into()),
        -2 => panic!("as the test wants it"),
        -3 => Ok(tx.execute_batch("COMMIT")?),
        -4 => {
            let _ = tx.execute_batch("COMMIT");
            let _ = tx.execute_batch("INSERT INTO strays VALUES (4)");
            Ok(())
        }
        -5 => Ok(tx.execute_batch("ROLLBACK")?),
        -6 => {
            tx.execute_batch("ROLLBACK; BEGIN")?;
            tx.execute_batch("INSERT INTO strays VALUES (6)")?;
            Ok(())
        }
        -7 => {
            tx.execute_batch("INSERT OR ROLLBACK INTO strays VALUES (1)")?;
            Ok(())
        }
        -8 => {
            // A savepoint of its own is its own affair.
            let mut savepoint = tx.savepoint()?;
            savepoint.execute_batch("INSERT INTO strays VALUES (8)")?;
            savepoint.rollback()?;
            Ok(savepoint.commit()?)
        }
        -9 => {
            tx.set_drop_behavior(DropBehavior::Commit);
            Err("as the test wants it".into())
        }
        _ => Ok(()),
    }
}

pub(crate) fn create_with_strays(tx: &mut SqliteTx<'_>) -> Done {
    create(tx)?;
    Ok(tx.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS strays (x INTEGER UNIQUE); INSERT OR IGNORE INTO strays VALUES (1)",
    )?)
}
