//! Commands a second beside what SQLite itself can do on the same disk, in the same run.
//!
//! `cargo bench -p es-sqlite --bench commands`
//!
//! The floor is one thread with one `rusqlite` connection that inserts an event per transaction,
//! and does nothing else: no loading, no decision, no checks. A command is: load the stream, decode
//! it, append one event where it ended. Streams begin with ten events and get ten commands, one
//! after the other; their ids are scattered, so that neighbours in time are none in the index. Each comparison alternates
//! between the two, so that a slow moment of the disk hits both.
#![allow(clippy::unwrap_used)]

mod floor;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use es_core::{
    AllQuery, Append, AppendCondition, Appended, Detail, EventStore, NewEvent, Origin, Position,
    StreamName, StreamQuery, Version,
};
use es_sqlite::SqliteStore;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
struct Deposited {
    amount: i64,
    reference: String,
}

/// Runs commands; the framework can be put in here.
trait Driver: Clone + Send + Sync + 'static {
    /// Loads, decides, appends.
    fn command(&self, stream: StreamName) -> impl Future<Output = ()> + Send;
}

/// Commands on the store itself, decoded by hand.
#[derive(Clone)]
struct OnStore(SqliteStore);

impl Driver for OnStore {
    async fn command(&self, stream: StreamName) {
        let (balance, version) = load(&self.0, stream.clone(), 512).await;
        append(&self.0, stream, version, 1, balance).await;
    }
}

async fn load(store: &SqliteStore, stream: StreamName, limit: u32) -> (i64, Version) {
    let (mut balance, mut after) = (0, Version::NONE);
    loop {
        let query = StreamQuery { stream: stream.clone(), after, limit, detail: Detail::Replay };
        let page = store.read_stream(query).await.unwrap();
        for record in page.iter() {
            assert_eq!(record.name(), "account.deposited");
            let event: Deposited = serde_json::from_slice(record.payload()).unwrap();
            balance += event.amount;
            after = record.version();
        }
        if !page.more {
            return (balance, after);
        }
    }
}

async fn append(
    store: &SqliteStore,
    stream: StreamName,
    version: Version,
    events: usize,
    balance: i64,
) {
    let event = Deposited { amount: balance % 100 + 1, reference: "invoice 2024-17".to_owned() };
    let append = Append {
        stream,
        condition: AppendCondition::StreamAt(version),
        events: (0..events)
            .map(|_| NewEvent {
                event_id: Uuid::now_v7(),
                name: "account.deposited".into(),
                event_version: 1,
                payload: serde_json::to_string(&event).unwrap(),
            })
            .collect(),
        recorded_at: jiff::Timestamp::now(),
        origin: Origin { actor: Some("teller-7".to_owned()), ..Origin::default() },
        idempotency_key: None,
        snapshot: None,
    };
    let appended = store.append(append).await.unwrap();
    assert!(matches!(appended, Appended::Now(_)));
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// The ids are scattered like random ones.
fn account_id(number: usize) -> String {
    format!("{:016x}", (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

fn account(number: usize) -> StreamName {
    StreamName::new("account", account_id(number))
}

/// Streams of ten events, and how many commands each gets.
const STREAMS: usize = 10_000;
const COMMANDS: usize = 10;

async fn with_streams() -> (TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("bench.db")).await.unwrap();
    let tasks: Vec<_> = (0..64)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                for number in (task..STREAMS).step_by(64) {
                    append(&store, account(number), Version::NONE, 10, 7).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    (folder, store)
}

/// Commands a second of this many tasks, each on streams of its own.
async fn commands<D: Driver>(driver: &D, tasks: usize, time: Duration) -> f64 {
    let begun = Instant::now();
    let next = Arc::new(AtomicUsize::new(0));
    let handles: Vec<_> = (0..tasks)
        .map(|_| {
            let (driver, next) = (driver.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                let mut done = 0;
                'next: loop {
                    let number = next.fetch_add(1, Ordering::Relaxed) % STREAMS;
                    for _ in 0..COMMANDS {
                        if begun.elapsed() >= time {
                            break 'next done;
                        }
                        driver.command(account(number)).await;
                        done += 1;
                    }
                }
            })
        })
        .collect();
    let mut done = 0;
    for handle in handles {
        done += handle.await.unwrap();
    }
    done as f64 / begun.elapsed().as_secs_f64()
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn compare(what: &str, target: f64, unit: &str, pairs: &[(f64, f64)]) {
    for (floor, ours) in pairs {
        println!(
            "    floor {floor:>12.0} {unit}   es {ours:>12.0} {unit}   ratio {:.2}",
            ours / floor
        );
    }
    let floor = median(pairs.iter().map(|pair| pair.0).collect());
    let ours = median(pairs.iter().map(|pair| pair.1).collect());
    let ratio = median(pairs.iter().map(|pair| pair.1 / pair.0).collect());
    let verdict = if ratio >= target { "ok" } else { "MISSED" };
    println!(
        "{what}: {ours:.0} {unit}, {ratio:.2} of the floor's {floor:.0} (target {target}) {verdict}"
    );
}

fn bench_commands(tasks: usize, target: f64, rounds: usize, time: Duration) {
    let runtime = runtime();
    // A store a round, so that streams stay as long as they began.
    let mut pairs = Vec::new();
    for _ in 0..rounds {
        let (_folder, store) = runtime.block_on(with_streams());
        let mut floor = floor::Floor::new();
        let floor = floor.commands(time);
        let driver = OnStore(store);
        let ours = runtime.block_on(async { commands(&driver, tasks, time).await });
        pairs.push((floor, ours));
    }
    compare(&format!("{tasks} task(s), load + append"), target, "commands/s", &pairs);
}

fn bench_replay(rounds: usize) {
    const EVENTS: usize = 10_000;
    let runtime = runtime();
    let mut floor = floor::Floor::new();
    floor.fill(EVENTS, 200);
    let (_folder, store) = runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("bench.db")).await.unwrap();
        // The events of the stream lie between those of others, as they would.
        for part in 0..EVENTS / 100 {
            let at = Version(part as u64 * 100);
            append(&store, account(0), at, 100, 7).await;
            append(&store, account(1), at, 100, 7).await;
        }
        (folder, store)
    });
    let mut pairs = Vec::new();
    for _ in 0..rounds {
        let times = 20;
        let begun = Instant::now();
        for _ in 0..times {
            assert_eq!(floor.replay(&account_id(0)).1, EVENTS);
        }
        let by_hand = (times * EVENTS) as f64 / begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        runtime.block_on(async {
            for _ in 0..times {
                let (_, version) = load(&store, account(0), 4096).await;
                assert_eq!(version, Version(EVENTS as u64));
            }
        });
        let ours = (times * EVENTS) as f64 / begun.elapsed().as_secs_f64();
        pairs.push((by_hand, ours));
    }
    compare("replay of 10,000 events", 0.6, "events/s", &pairs);
}

fn bench_read_all(rounds: usize, events: usize) {
    let runtime = runtime();
    let mut floor = floor::Floor::new();
    floor.fill(events / 2, 1000);
    let (_folder, store) = runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("bench.db")).await.unwrap();
        for part in 0..events / 1000 {
            append(&store, account(part), Version::NONE, 1000, 7).await;
        }
        (folder, store)
    });
    let mut pairs = Vec::new();
    for _ in 0..rounds {
        let begun = Instant::now();
        assert_eq!(floor.read_all().1, events);
        let by_hand = events as f64 / begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        let seen = runtime.block_on(async {
            let (mut after, mut seen, mut balance) = (Position::START, 0, 0);
            loop {
                let query = AllQuery { after, limit: 1000, names: None, categories: None };
                let page = store.read_all(query).await.unwrap();
                for record in page.iter() {
                    let event: Deposited = serde_json::from_slice(record.payload()).unwrap();
                    balance += event.amount;
                    seen += 1;
                }
                after = page.read_to;
                if !page.more {
                    assert!(balance > 0);
                    break seen;
                }
            }
        });
        assert_eq!(seen, events);
        let ours = events as f64 / begun.elapsed().as_secs_f64();
        pairs.push((by_hand, ours));
    }
    compare(&format!("read_all of {events} events"), 0.6, "events/s", &pairs);
}

fn main() {
    let long = std::env::var_os("ES_BENCH_LONG").is_some();
    let only = std::env::var("ES_BENCH").unwrap_or_default();
    let (rounds, time) =
        if long { (7, Duration::from_secs(3)) } else { (3, Duration::from_secs(1)) };
    let wanted = |name: &str| only.is_empty() || only.split(',').any(|part| part == name);
    if wanted("one") {
        bench_commands(1, 0.92, rounds, time);
    }
    if wanted("many") {
        bench_commands(64, 12.0, rounds, time);
    }
    if wanted("replay") {
        bench_replay(rounds);
    }
    if wanted("all") {
        bench_read_all(rounds, if long { 1_000_000 } else { 200_000 });
    }
}
