//! Durable projections and policies as applications run them: over a file, through failures,
//! restarts, other processes' stores and new versions.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use es_core::prelude::*;
use es_core::{
    AppBuilder, EventStore, HandlerCallError, HandlerStage, Position, StartProblem, StreamName,
};
use es_sqlite::{SqliteStore, SqliteTx, rusqlite};
use rusqlite::params;

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "purse")]
pub enum PurseEvent {
    Filled { cents: i64 },
    Emptied,
}

#[derive(Command, Clone, Debug, PartialEq)]
pub enum PurseCommand {
    Fill { cents: i64 },
    Empty,
}

#[derive(Aggregate, Debug)]
#[aggregate(
    name = "purse", id = String, error = std::convert::Infallible,
    commands = PurseCommand, events = PurseEvent, created_by(Filled),
)]
pub struct Purse {
    #[apply(Filled += cents, Emptied = 0)]
    cents: i64,
}

#[handlers]
impl Purse {
    fn fill(_: Option<&Self>, cmd: Fill) -> Result<Filled, std::convert::Infallible> {
        Ok(Filled { cents: cmd.cents })
    }
    fn empty(&self, _: Empty) -> Result<Emptied, std::convert::Infallible> {
        Ok(Emptied)
    }
}

/// What lies in each purse, and how often the handler was called for good or ill.
struct Purses {
    broken: Arc<AtomicBool>,
    calls: Arc<AtomicU64>,
}

impl Default for Purses {
    fn default() -> Self {
        Self {
            broken: Arc::new(AtomicBool::new(false)),
            calls: Arc::new(AtomicU64::new(0)),
        }
    }
}

#[projection(name = "purses")]
impl Purses {
    #[init]
    fn create(tx: &mut SqliteTx<'_>) -> rusqlite::Result<()> {
        tx.execute_batch(&format!(
            "CREATE TABLE {purses} (id TEXT PRIMARY KEY, cents INTEGER NOT NULL, fillings INTEGER NOT NULL) STRICT;
             CREATE INDEX {by_cents} ON {purses} (cents);",
            purses = tx.table("purses"),
            by_cents = tx.table("purses_by_cents"),
        ))
    }

    #[on]
    fn filled(&self, e: &Filled, id: &String, tx: &mut SqliteTx<'_>) -> Result<(), String> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let purses = tx.table("purses");
        tx.execute(
            &format!("INSERT INTO {purses} VALUES (?1, ?2, 1) ON CONFLICT (id) DO UPDATE SET cents = cents + ?2, fillings = fillings + 1"),
            params![id, e.cents],
        )
        .map_err(|error| error.to_string())?;
        // After the row was written: it must not stay.
        if e.cents == 13 && self.broken.load(Ordering::SeqCst) {
            return Err("thirteen".to_owned());
        }
        assert!(
            e.cents != 14 || !self.broken.load(Ordering::SeqCst),
            "fourteen"
        );
        Ok(())
    }

    #[on]
    fn emptied(&self, _: &Emptied, id: &String, tx: &mut SqliteTx<'_>) -> rusqlite::Result<()> {
        let purses = tx.table("purses");
        tx.execute(
            &format!("UPDATE {purses} SET cents = 0 WHERE id = ?1"),
            [id],
        )?;
        Ok(())
    }
}

/// The next version of the same read model: in euros.
#[derive(Default)]
struct PursesInEuros;

#[projection(name = "purses", version = 2)]
impl PursesInEuros {
    #[init]
    fn create(tx: &mut SqliteTx<'_>) -> rusqlite::Result<()> {
        let purses = tx.table("purses");
        tx.execute_batch(&format!(
            "CREATE TABLE {purses} (id TEXT PRIMARY KEY, euros REAL NOT NULL) STRICT"
        ))
    }

    #[on]
    fn filled(&self, e: &Filled, id: &String, tx: &mut SqliteTx<'_>) -> rusqlite::Result<()> {
        let purses = tx.table("purses");
        tx.execute(
            &format!("INSERT INTO {purses} VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET euros = euros + ?2"),
            params![id, e.cents as f64 / 100.0],
        )?;
        Ok(())
    }
}

/// The same version as [`Purses`], with another table.
#[derive(Default)]
struct PursesChanged;

#[projection(name = "purses")]
impl PursesChanged {
    #[init]
    fn create(tx: &mut SqliteTx<'_>) -> rusqlite::Result<()> {
        let purses = tx.table("purses");
        tx.execute_batch(&format!(
            "CREATE TABLE {purses} (id TEXT, owner TEXT) STRICT"
        ))
    }

    #[on]
    fn filled(&self, _: &Filled, _tx: &mut SqliteTx<'_>) {}
}

/// The same version and table as [`Purses`], and fewer events.
#[derive(Default)]
struct PursesWithLess;

#[projection(name = "purses")]
impl PursesWithLess {
    #[init]
    fn create(tx: &mut SqliteTx<'_>) -> rusqlite::Result<()> {
        Purses::create(tx)
    }

    #[on]
    fn filled(&self, _: &Filled, _tx: &mut SqliteTx<'_>) {}
}

/// Empties a purse of more than a thousand cents.
#[derive(Default)]
struct Thrift;

#[policy(name = "thrift", from = start)]
impl Thrift {
    #[on]
    fn filled(&self, e: &Filled, id: &String) -> Option<To<Empty>> {
        (e.cents > 1000).then(|| Empty.to(id))
    }
}

const LEASE: Duration = Duration::from_millis(150);

async fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path).await.unwrap()
}

fn over(store: &SqliteStore) -> AppBuilder {
    App::builder(store.clone())
        .aggregate::<Purse>()
        .lease(LEASE)
}

async fn fill(app: &App, id: &str, cents: i64) -> Position {
    app.send(id, Fill { cents }).await.unwrap().position
}

/// What the table says, by plain name.
async fn purses(store: &SqliteStore) -> BTreeMap<String, (i64, i64)> {
    store
        .read(|connection| {
            connection
                .prepare("SELECT id, cents, fillings FROM purses")?
                .query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?
                .collect()
        })
        .await
        .unwrap()
}

/// What it should say: the events, replayed by hand.
async fn replayed(store: &SqliteStore) -> BTreeMap<String, (i64, i64)> {
    store
        .read(|connection| {
            let mut purses: BTreeMap<String, (i64, i64)> = BTreeMap::new();
            let mut statement = connection
                .prepare("SELECT stream_id, name, payload FROM events ORDER BY position")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let purse = purses.entry(row.get(0)?).or_default();
                if row.get::<_, String>(1)? == "purse.filled" {
                    let event: serde_json::Value =
                        serde_json::from_str(&row.get::<_, String>(2)?).unwrap();
                    purse.0 += event["cents"].as_i64().unwrap();
                    purse.1 += 1;
                } else {
                    purse.0 = 0;
                }
            }
            Ok(purses)
        })
        .await
        .unwrap()
}

async fn until<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), looking)
        .await
        .expect("it does not come about")
}

async fn stage(app: &App, name: &str) -> HandlerStage {
    let handlers = app.handlers().await.unwrap();
    handlers
        .iter()
        .find(|handler| handler.name == name)
        .unwrap()
        .stage
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_written_once_and_the_next_start_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("purses.db")).await;
    let calls = Arc::new(AtomicU64::new(0));
    let purses_of = |calls: &Arc<AtomicU64>| Purses {
        calls: Arc::clone(calls),
        ..Purses::default()
    };
    let mut last = Position::START;
    for round in 0..3_i64 {
        let app = over(&store)
            .projection(purses_of(&calls))
            .start()
            .await
            .unwrap();
        for n in 0..40 {
            last = fill(&app, &format!("p-{}", n % 7), round * 100 + n).await;
        }
        if round != 1 {
            app.caught_up("purses", last).await.unwrap();
            assert_eq!(stage(&app, "purses").await, HandlerStage::Live);
        }
        app.shutdown().await;
    }
    assert_eq!(purses(&store).await, replayed(&store).await);
    assert_eq!(calls.load(Ordering::SeqCst), 120, "each event once");
    assert_eq!(last, store.last_position().await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_event_sets_its_stream_aside_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("purses.db")).await;
    let broken = Arc::new(AtomicBool::new(true));
    let app = over(&store)
        .handler_attempts(2)
        .projection(Purses {
            broken: Arc::clone(&broken),
            ..Purses::default()
        })
        .start()
        .await
        .unwrap();
    // One in a thousand fails, on streams of their own.
    let mut last = Position::START;
    for n in 0..3000_i64 {
        let (id, cents) = match n % 1000 {
            500 => (format!("bad-{n}"), 13 + n / 1000 % 2),
            // Behind the failing ones, on their streams.
            501 => (format!("bad-{}", n - 1), 1),
            _ => (format!("p-{}", n % 97), 1),
        };
        last = fill(&app, &id, cents).await;
    }
    app.caught_up("purses", last).await.unwrap();
    let parked = until(async || {
        let parked = app.parked().await.unwrap();
        parked
            .iter()
            .all(|parked| parked.retry_at.is_none())
            .then_some(parked)
    })
    .await;
    assert_eq!(parked.len(), 3);
    assert!(
        parked
            .iter()
            .all(|parked| parked.version == Version(1) && parked.attempts == 2)
    );
    assert!(parked[1].error.contains("fourteen"), "{}", parked[1].error);
    let mut expected = replayed(&store).await;
    expected.retain(|id, _| !id.starts_with("bad"));
    assert_eq!(purses(&store).await, expected, "all others are up to date");

    // Mended, and told to try again.
    broken.store(false, Ordering::SeqCst);
    for parked in &parked {
        app.retry(parked).await.unwrap();
    }
    until(async || app.parked().await.unwrap().is_empty().then_some(())).await;
    assert_eq!(purses(&store).await, replayed(&store).await);
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_set_aside_stays_so_over_a_restart_and_can_be_released_or_discarded() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("purses.db")).await;
    let broken = || Purses {
        broken: Arc::new(AtomicBool::new(true)),
        ..Purses::default()
    };
    let app = over(&store)
        .handler_attempts(1)
        .projection(broken())
        .start()
        .await
        .unwrap();
    for (id, cents) in [("a", 1), ("a", 13), ("a", 2), ("b", 13), ("b", 3), ("c", 4)] {
        fill(&app, id, cents).await;
    }
    let last = store.last_position().await.unwrap();
    app.caught_up("purses", last).await.unwrap();
    app.shutdown().await;
    let app = over(&store)
        .handler_attempts(1)
        .projection(broken())
        .start()
        .await
        .unwrap();
    let behind = fill(&app, "a", 5).await;
    assert!(matches!(
        app.caught_up("purses", behind).await,
        Err(HandlerCallError::Parked { .. })
    ));
    let parked = app.parked().await.unwrap();
    assert_eq!(parked[0].stream, StreamName::new("purse", "a"));
    app.release(&parked[0]).await.unwrap();
    app.discard(&parked[1]).await.unwrap();
    until(async || app.parked().await.unwrap().is_empty().then_some(())).await;
    let last = fill(&app, "b", 6).await;
    app.caught_up("purses", last).await.unwrap();
    let expected = [("a", (8, 3)), ("b", (6, 1)), ("c", (4, 1))];
    let expected = expected.map(|(id, purse)| (id.to_owned(), purse));
    assert_eq!(purses(&store).await, BTreeMap::from(expected));
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_version_is_built_beside_the_old_one_which_serves_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("purses.db");
    let store = open(&path).await;
    let app = over(&store)
        .projection(Purses::default())
        .start()
        .await
        .unwrap();
    let mut last = Position::START;
    for n in 0..500 {
        last = fill(&app, &format!("p-{}", n % 11), 100).await;
    }
    app.caught_up("purses", last).await.unwrap();
    app.shutdown().await;

    let app = over(&store)
        .projection(PursesInEuros)
        .start()
        .await
        .unwrap();
    // While events go on coming.
    for n in 0..200 {
        last = fill(&app, &format!("p-{}", n % 11), 100).await;
    }
    app.caught_up("purses", last).await.unwrap();
    assert_eq!(stage(&app, "purses").await, HandlerStage::Live);
    let (sum, objects): (f64, Vec<String>) = store
        .read(|connection| {
            let sum =
                connection.query_row("SELECT sum(euros) FROM purses", [], |row| row.get(0))?;
            let objects = connection
                .prepare("SELECT name FROM sqlite_schema WHERE name LIKE 'purses%' ORDER BY name")?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            Ok((sum, objects))
        })
        .await
        .unwrap();
    assert!((sum - 700.0).abs() < 1e-6);
    assert_eq!(objects, ["purses", "purses__v2"], "the old tables are gone");
    app.shutdown().await;

    // Older code does not disturb it.
    let app = over(&store)
        .projection(Purses::default())
        .start()
        .await
        .unwrap();
    assert_eq!(stage(&app, "purses").await, HandlerStage::Replaced);
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_that_are_missing_or_changed_are_said_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("purses.db");
    let store = open(&path).await;
    let app = over(&store)
        .projection(Purses::default())
        .start()
        .await
        .unwrap();
    let last = fill(&app, "a", 1).await;
    app.caught_up("purses", last).await.unwrap();
    app.shutdown().await;

    let problem = async |builder: AppBuilder| {
        let error = builder.start().await.unwrap_err();
        match &error.problems[..] {
            [StartProblem::Tables { problem, .. }] => problem.clone(),
            other => panic!("{other:?}"),
        }
    };
    // No purse was emptied so far, so nothing is missing in the table.
    let app = over(&store)
        .projection(PursesWithLess)
        .start()
        .await
        .unwrap();
    app.shutdown().await;
    let app = over(&store)
        .projection(Purses::default())
        .start()
        .await
        .unwrap();
    app.send("a", Empty).await.unwrap();
    let last = fill(&app, "a", 2).await;
    app.caught_up("purses", last).await.unwrap();
    app.shutdown().await;
    let events = problem(over(&store).projection(PursesWithLess)).await;
    assert!(events.contains("`purse.emptied` is gone"), "{events}");

    let changed = problem(over(&store).projection(PursesChanged)).await;
    assert!(
        changed.contains("raise") && changed.contains("version"),
        "{changed}"
    );

    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("DROP VIEW purses; DROP TABLE purses__v1")
        .unwrap();
    let missing = problem(over(&store).projection(Purses::default())).await;
    assert!(missing.contains("purses__v1"), "{missing}");

    // To begin again: forget it.
    let app = over(&store).start().await.unwrap();
    let handlers = app.handlers().await.unwrap();
    assert_eq!(handlers[0].stage, HandlerStage::WithoutCode);
    app.forget("purses", 1).await.unwrap();
    app.shutdown().await;
    let app = over(&store)
        .projection(Purses::default())
        .start()
        .await
        .unwrap();
    app.caught_up("purses", last).await.unwrap();
    assert_eq!(purses(&store).await, replayed(&store).await);
    app.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_processes_runs_each_handler() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("purses.db");
    // Two stores on one file are as two processes.
    let (one, two) = (open(&path).await, open(&path).await);
    let calls = Arc::new(AtomicU64::new(0));
    let start = async |store: &SqliteStore| {
        let purses = Purses {
            calls: Arc::clone(&calls),
            ..Purses::default()
        };
        over(store)
            .projection(purses)
            .policy(Thrift)
            .start()
            .await
            .unwrap()
    };
    let (first, second) = (start(&one).await, start(&two).await);
    let mut last = Position::START;
    for n in 0..50 {
        let app = if n % 2 == 0 { &first } else { &second };
        last = fill(
            app,
            &format!("p-{}", n % 5),
            if n % 10 == 0 { 2000 } else { 1 },
        )
        .await;
    }
    for app in [&first, &second] {
        app.caught_up("purses", last).await.unwrap();
        app.caught_up("thrift", last).await.unwrap();
    }
    first.shutdown().await;
    let last = fill(&second, "p-0", 5000).await;
    second.caught_up("thrift", last).await.unwrap();
    let last = two.last_position().await.unwrap();
    second.caught_up("purses", last).await.unwrap();
    assert_eq!(purses(&two).await, replayed(&two).await);
    assert_eq!(
        calls.load(Ordering::SeqCst),
        51,
        "each event once, in one of them"
    );
    let emptied: i64 = two
        .read(|connection| {
            connection.query_row(
                "SELECT count(*) FROM events WHERE name = 'purse.emptied'",
                [],
                |row| row.get(0),
            )
        })
        .await
        .unwrap();
    assert_eq!(emptied, 6);
    second.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_beyond_the_end_of_the_store_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("purses.db");
    let store = open(&path).await;
    let app = over(&store)
        .projection(Purses::default())
        .start()
        .await
        .unwrap();
    let last = fill(&app, "a", 1).await;
    app.caught_up("purses", last).await.unwrap();
    app.shutdown().await;
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("UPDATE handler_places SET position = 1000")
        .unwrap();
    let error = over(&store)
        .projection(Purses::default())
        .start()
        .await
        .unwrap_err();
    assert!(
        matches!(
            &error.problems[..],
            [StartProblem::PlaceAhead {
                position: Position(1000),
                ..
            }]
        ),
        "{error}"
    );
}
