//! Event handlers on SQLite, beside what can be written by hand on the same file, in the same run.
//!
//! `cargo bench -p es-sqlite --bench handlers [catch-up|tables|latency]`
//!
//! - *catch-up*: a projection in memory over 1,000,000 events, beside a loop over a `rusqlite` SELECT
//!   with serde_json that does the same; and how far memory rises above the start.
//! - *tables*: a projection into a table, beside one transaction for each event.
//! - *latency*: from an append's acknowledgement to the handler's call, where nothing else happens.
#![allow(clippy::unwrap_used)]

mod account;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use es_core::prelude::*;
use es_core::{Append, AppendCondition, EventStore, NewEvent, Origin, Position, StreamName};
use es_sqlite::{Durability, SqliteStore, SqliteTx, rusqlite};
use rusqlite::{Connection, params};
use uuid::Uuid;

use account::{Account, Deposit, Deposited};

const EVENTS: usize = 1_000_000;
const ACCOUNTS: usize = 10_000;
const ROUNDS: usize = 7;

/// What lies on each account.
#[derive(Default)]
struct Balances(HashMap<String, i64>);

#[projection(name = "balances")]
impl Balances {
    #[on]
    fn deposited(&mut self, e: &Deposited, id: &String) {
        match self.0.get_mut(id) {
            Some(balance) => *balance += e.amount,
            None => {
                self.0.insert(id.clone(), e.amount);
            }
        }
    }
}

/// The same in a table.
#[derive(Default)]
struct BalanceTable;

#[projection(name = "balance_table")]
impl BalanceTable {
    #[init]
    fn create(tx: &mut SqliteTx<'_>) -> rusqlite::Result<()> {
        let balances = tx.table("balances");
        tx.execute_batch(&format!(
            "CREATE TABLE {balances} (id TEXT PRIMARY KEY, balance INTEGER NOT NULL) STRICT, WITHOUT ROWID"
        ))
    }

    #[on]
    fn deposited(&self, e: &Deposited, id: &String, tx: &mut SqliteTx<'_>) -> rusqlite::Result<()> {
        let balances = tx.table("balances");
        tx.prepare_cached(&format!(
            "INSERT INTO {balances} VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET balance = balance + excluded.balance"
        ))?
        .execute(params![id, e.amount])?;
        Ok(())
    }
}

/// When the handler was called last.
static CALLED: Mutex<Option<Instant>> = Mutex::new(None);

#[derive(Default)]
struct Witness;

#[projection(name = "witness")]
impl Witness {
    #[on]
    fn deposited(&mut self, _: &Deposited) {
        *CALLED.lock().unwrap() = Some(Instant::now());
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

async fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path).await.unwrap()
}

/// A store with deposits, a hundred an append, spread over the accounts.
async fn fill(path: &Path, events: usize) {
    let store = SqliteStore::options()
        .durability(Durability::Normal)
        .open(path)
        .await
        .unwrap();
    for group in 0..events / 100 {
        let account = format!("account-{:06}", group.wrapping_mul(7919) % ACCOUNTS);
        store
            .append(Append {
                stream: StreamName::new("account", account),
                condition: AppendCondition::Unconditional,
                events: (0..100)
                    .map(|n| NewEvent {
                        event_id: Uuid::now_v7(),
                        name: "account.deposited".into(),
                        event_version: 1,
                        payload: format!(
                            r#"{{"amount":{},"reference":"invoice 2024-{n}"}}"#,
                            group % 50 + n
                        ),
                    })
                    .collect(),
                recorded_at: Timestamp::now(),
                origin: Origin::default(),
                idempotency_key: None,
                snapshot: None,
            })
            .await
            .unwrap();
    }
    store.close().await.unwrap();
}

/// The loop written by hand.
fn by_hand(path: &Path) -> HashMap<String, i64> {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection
        .prepare("SELECT name, stream_id, payload FROM events WHERE position > 0 ORDER BY position")
        .unwrap();
    let mut rows = statement.query([]).unwrap();
    let mut balances: HashMap<String, i64> = HashMap::new();
    while let Some(row) = rows.next().unwrap() {
        let name = row.get_ref(0).unwrap().as_str().unwrap();
        if name == "account.deposited" {
            let id = row.get_ref(1).unwrap().as_str().unwrap();
            let payload = row.get_ref(2).unwrap().as_bytes().unwrap();
            let e: Deposited = serde_json::from_slice(payload).unwrap();
            match balances.get_mut(id) {
                Some(balance) => *balance += e.amount,
                None => {
                    balances.insert(id.to_owned(), e.amount);
                }
            }
        }
    }
    balances
}

/// Peak resident memory in KiB since it was last reset.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok())
        .unwrap_or(0)
}

fn reset_peak() {
    // Linux: 5 sets the peak to what is resident now.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn catch_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    let runtime = runtime();
    runtime.block_on(fill(&path, EVENTS));
    let expected = by_hand(&path);
    let (mut ratios, mut rates, mut floors) = (Vec::new(), Vec::new(), Vec::new());
    let mut risen = 0;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        assert_eq!(by_hand(&path).len(), expected.len());
        let floor = begun.elapsed();
        reset_peak();
        let before = peak();
        let took = runtime.block_on(async {
            let store = open(&path).await;
            let begun = Instant::now();
            let app = App::builder(store.clone())
                .aggregate::<Account>()
                .projection(Balances::default())
                .start()
                .await
                .unwrap();
            let took = begun.elapsed();
            app.read::<Balances, _>(|balances| assert!(balances.0 == expected))
                .unwrap();
            app.shutdown().await;
            store.close().await.unwrap();
            took
        });
        risen = risen.max(peak().saturating_sub(before));
        let rate = |took: Duration| EVENTS as f64 / took.as_secs_f64() / 1e6;
        ratios.push(floor.as_secs_f64() / took.as_secs_f64());
        rates.push(rate(took));
        floors.push(rate(floor));
    }
    println!(
        "catch-up of {EVENTS} events in memory: {:.2} million a second, by hand {:.2}: ratio {:.2} (at least 0.6); peak memory {:.1} MiB above the start (at most 64)",
        median(rates),
        median(floors),
        median(ratios),
        risen as f64 / 1024.0
    );
}

fn tables() {
    const TABLE_EVENTS: usize = 100_000;
    const ONE_BY_ONE: u32 = 2_000;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    let runtime = runtime();
    runtime.block_on(fill(&path, TABLE_EVENTS));
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    for round in 0..3 {
        // One transaction an event, with its place, on a file of its own with the same durability.
        let by_hand = Connection::open(folder.path().join(format!("by-hand-{round}.db"))).unwrap();
        by_hand
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                 CREATE TABLE balances (id TEXT PRIMARY KEY, balance INTEGER NOT NULL) STRICT, WITHOUT ROWID;
                 CREATE TABLE place (position INTEGER NOT NULL); INSERT INTO place VALUES (0);",
            )
            .unwrap();
        let events = Connection::open(&path).unwrap();
        let mut select = events
            .prepare("SELECT position, stream_id, payload FROM events ORDER BY position LIMIT ?1")
            .unwrap();
        let begun = Instant::now();
        let mut rows = select.query([ONE_BY_ONE]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let e: Deposited =
                serde_json::from_slice(row.get_ref(2).unwrap().as_bytes().unwrap()).unwrap();
            by_hand
                .prepare_cached("BEGIN IMMEDIATE")
                .unwrap()
                .execute([])
                .unwrap();
            by_hand
                .prepare_cached("INSERT INTO balances VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET balance = balance + excluded.balance")
                .unwrap()
                .execute(params![row.get_ref(1).unwrap().as_str().unwrap(), e.amount])
                .unwrap();
            by_hand
                .prepare_cached("UPDATE place SET position = ?1")
                .unwrap()
                .execute([row.get::<_, i64>(0).unwrap()])
                .unwrap();
            by_hand
                .prepare_cached("COMMIT")
                .unwrap()
                .execute([])
                .unwrap();
        }
        floors.push(f64::from(ONE_BY_ONE) / begun.elapsed().as_secs_f64());

        let took = runtime.block_on(async {
            let store = open(&path).await;
            let begun = Instant::now();
            let app = App::builder(store.clone())
                .aggregate::<Account>()
                .projection(BalanceTable)
                .start()
                .await
                .unwrap();
            let last = store.last_position().await.unwrap();
            app.caught_up("balance_table", last).await.unwrap();
            let took = begun.elapsed();
            app.shutdown().await;
            app.forget("balance_table", 1).await.unwrap();
            store.close().await.unwrap();
            took
        });
        ours.push(TABLE_EVENTS as f64 / took.as_secs_f64());
    }
    let (ours, floor) = (median(ours), median(floors));
    println!(
        "catch-up of {TABLE_EVENTS} events into a table: {ours:.0} a second, one transaction an event {floor:.0}: {:.1} times (at least 5)",
        ours / floor
    );
}

fn latency() {
    const SAMPLES: usize = 500;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.db");
    let mut waits = runtime().block_on(async {
        let store = open(&path).await;
        let app = App::builder(store.clone())
            .aggregate::<Account>()
            .projection(Witness)
            .start()
            .await
            .unwrap();
        let mut waits = Vec::new();
        for n in 0..SAMPLES {
            *CALLED.lock().unwrap() = None;
            let receipt = app
                .send(format!("a-{}", n % 10), Deposit { amount: 1 })
                .await
                .unwrap();
            let acknowledged = Instant::now();
            app.caught_up("witness", receipt.position).await.unwrap();
            let called = CALLED.lock().unwrap().unwrap();
            waits.push(called.saturating_duration_since(acknowledged));
            // Idle again.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert!(store.last_position().await.unwrap() > Position::START);
        app.shutdown().await;
        waits
    });
    waits.sort();
    println!(
        "from acknowledgement to handler: median {:.3} ms (under 2), 99 % {:.3} ms, longest {:.3} ms",
        waits[SAMPLES / 2].as_secs_f64() * 1e3,
        waits[SAMPLES * 99 / 100].as_secs_f64() * 1e3,
        waits[SAMPLES - 1].as_secs_f64() * 1e3,
    );
}

fn main() {
    let wanted: Vec<_> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    if is_wanted("latency") {
        latency();
    }
    if is_wanted("catch-up") {
        catch_up();
    }
    if is_wanted("tables") {
        tables();
    }
}
