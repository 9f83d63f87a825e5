//! Commands and replay through the whole framework, beside what SQLite itself can do on the same
//! disk, in the same run.
//!
//! `cargo bench -p es-sqlite --bench commands`; `ES_BENCH` names parts of it (`one`, `many`, `replay`,
//! `catchup`, `all`), `ES_BENCH_LONG` takes longer.
//!
//! The floor is one thread with one `rusqlite` connection that inserts an event per transaction,
//! and does nothing else: no loading, no decision, no checks. A command is `App::send`: load the
//! stream, decide, append one event. Each comparison alternates between the two, so that a slow
//! moment of the disk hits both.
#![allow(clippy::unwrap_used, clippy::panic)]

mod account;
mod floor;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use es_core::prelude::App;
use es_core::{
    AllQuery, Append, AppendCondition, Appended, Detail, EventStore, NameFilter, NewEvent, Origin,
    Position, StreamName, Version,
};
use es_sqlite::SqliteStore;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

use account::{Account, Deposit, Deposited};

async fn append(
    store: &SqliteStore,
    stream: StreamName,
    version: Version,
    events: usize,
    balance: i64,
) {
    let event = Deposited {
        amount: balance % 100 + 1,
        reference: "invoice 2024-17".to_owned(),
    };
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
        origin: Origin {
            actor: Some("teller-7".to_owned()),
            ..Origin::default()
        },
        idempotency_key: None,
        snapshot: None,
    };
    let appended = store.append(append).await.unwrap();
    assert!(matches!(appended, Appended::Now(_)));
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

/// The ids are scattered like random ones.
fn account_id(number: usize) -> String {
    format!(
        "{:016x}",
        (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    )
}

fn account(number: usize) -> StreamName {
    StreamName::new("account", account_id(number))
}

/// Which streams the commands go to. Either way a command finds about ten events.
#[derive(Clone, Copy)]
struct Workload {
    what: &'static str,
    /// So many streams have ten events each before the measurement begins.
    filled: usize,
    /// How many commands a stream gets before the next one's turn.
    commands: usize,
}

impl Workload {
    /// The stream whose turn is the n-th.
    fn stream(&self, n: usize) -> usize {
        n.checked_rem(self.filled).unwrap_or(n)
    }
}

/// Streams are begun and grow to twenty events: those written lately are written again.
const GROWING: Workload = Workload {
    what: "growing streams",
    filled: 0,
    commands: 20,
};

/// Streams of ten events, each written long ago: none is in anyone's memory.
const RESTING: Workload = Workload {
    what: "resting streams",
    filled: 40_000,
    commands: 2,
};

async fn app(store: SqliteStore) -> App {
    App::builder(store)
        .aggregate::<Account>()
        .start()
        .await
        .unwrap()
}

async fn store(filled: usize) -> (TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("bench.db"))
        .await
        .unwrap();
    let tasks = (0..64).map(|task| {
        let store = store.clone();
        tokio::spawn(async move {
            for number in (task..filled).step_by(64) {
                append(&store, account(number), Version::NONE, 10, 7).await;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    (folder, store)
}

/// Commands a second of this many tasks, each on streams of its own.
async fn commands(app: &App, workload: Workload, tasks: usize, time: Duration) -> f64 {
    let begun = Instant::now();
    let next = Arc::new(AtomicUsize::new(0));
    let handles: Vec<_> = (0..tasks)
        .map(|_| {
            let (app, next) = (app.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                let mut done = 0;
                'next: loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let id = account_id(workload.stream(number));
                    for _ in 0..workload.commands {
                        if begun.elapsed() >= time {
                            break 'next done;
                        }
                        app.send(&id, Deposit { amount: 8 }).await.unwrap();
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

fn bench_commands(workload: Workload, tasks: usize, target: f64, rounds: usize, time: Duration) {
    let runtime = runtime();
    let mut pairs = Vec::new();
    for _ in 0..rounds {
        let (_folder, store) = runtime.block_on(store(workload.filled));
        let mut floor = floor::Floor::new();
        let floor = floor.commands(workload, time);
        let ours =
            runtime.block_on(async { commands(&app(store).await, workload, tasks, time).await });
        pairs.push((floor, ours));
    }
    compare(
        &format!("{tasks} task(s), load + decide + append, {}", workload.what),
        target,
        "commands/s",
        &pairs,
    );
}

fn bench_replay(rounds: usize) {
    const EVENTS: usize = 10_000;
    let runtime = runtime();
    let mut floor = floor::Floor::new();
    floor.fill(EVENTS, 200);
    let (_folder, store) = runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("bench.db"))
            .await
            .unwrap();
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
            assert_eq!(floor.replay(&account_id(0)), (8 * EVENTS as i64, EVENTS));
        }
        let by_hand = (times * EVENTS) as f64 / begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        runtime.block_on(async {
            let app = app(store.clone()).await;
            for _ in 0..times {
                let account: Account = app.load(account_id(0)).await.unwrap();
                assert_eq!(account.balance, 8 * EVENTS as i64);
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
        let store = SqliteStore::open(folder.path().join("bench.db"))
            .await
            .unwrap();
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
                let query = AllQuery {
                    after,
                    limit: 1000,
                    names: es_core::NameFilter::All,
                    detail: es_core::Detail::Full,
                    categories: None,
                };
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
    compare(
        &format!("read_all of {events} events"),
        0.6,
        "events/s",
        &pairs,
    );
}

/// Pages for replay, as handlers that catch up read them: nothing is decoded.
fn bench_catch_up(rounds: usize, events: usize) {
    let runtime = runtime();
    let (_folder, store) = runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("bench.db"))
            .await
            .unwrap();
        let payload = format!(r#"{{"amount":17,"reference":"{}"}}"#, "x".repeat(70));
        for part in 0..events / 1000 {
            let appends = (0..100).map(|stream| {
                let events = (0..10).map(|event| NewEvent {
                    event_id: Uuid::now_v7(),
                    name: ["account.deposited", "account.withdrawn"][event % 2].into(),
                    event_version: 1,
                    payload: payload.clone(),
                });
                let append = Append {
                    stream: account(part * 100 + stream),
                    condition: AppendCondition::StreamAt(Version::NONE),
                    events: events.collect(),
                    recorded_at: jiff::Timestamp::now(),
                    origin: Origin {
                        actor: Some("teller-7".to_owned()),
                        ..Origin::default()
                    },
                    idempotency_key: None,
                    snapshot: None,
                };
                let store = store.clone();
                tokio::spawn(async move { store.append(append).await.unwrap() })
            });
            for append in appends.collect::<Vec<_>>() {
                append.await.unwrap();
            }
        }
        (folder, store)
    });
    for (detail, limit) in [
        (Detail::Full, 512),
        (Detail::Replay, 512),
        (Detail::Full, 4096),
        (Detail::Replay, 4096),
    ] {
        let mut pairs = Vec::new();
        for _ in 0..rounds {
            let begun = Instant::now();
            assert_eq!(floor::columns(store.path(), detail == Detail::Full), events);
            let by_hand = events as f64 / begun.elapsed().as_secs_f64();
            let begun = Instant::now();
            let (seen, bytes) = runtime.block_on(read_pages(&store, detail, limit));
            assert_eq!(seen, events);
            assert!(bytes > 100 * events);
            pairs.push((by_hand, events as f64 / begun.elapsed().as_secs_f64()));
        }
        compare(
            &format!("read_all of {events} events, {detail:?}, pages of {limit}"),
            0.75,
            "events/s",
            &pairs,
        );
    }
}

async fn read_pages(store: &SqliteStore, detail: Detail, limit: u32) -> (usize, usize) {
    let (mut after, mut seen, mut bytes) = (Position::START, 0, 0);
    loop {
        let query = AllQuery {
            after,
            limit,
            names: NameFilter::Except(vec!["account.closed".to_owned()]),
            detail,
            categories: Some(vec!["account".to_owned()]),
        };
        let page = store.read_all(query).await.unwrap();
        seen += page.len();
        bytes += page.bytes();
        after = page.read_to;
        if !page.more {
            return (seen, bytes);
        }
    }
}

fn main() {
    let long = std::env::var_os("ES_BENCH_LONG").is_some();
    let only = std::env::var("ES_BENCH").unwrap_or_default();
    let (rounds, time) = if long {
        (7, Duration::from_secs(3))
    } else {
        (3, Duration::from_secs(1))
    };
    let wanted = |name: &str| only.is_empty() || only.split(',').any(|part| part == name);
    if wanted("one") {
        bench_commands(GROWING, 1, 0.85, rounds, time);
        bench_commands(RESTING, 1, 0.85, rounds, time);
    }
    if wanted("many") {
        bench_commands(GROWING, 64, 10.0, rounds, time);
        bench_commands(RESTING, 64, 10.0, rounds, time);
    }
    if wanted("replay") {
        bench_replay(rounds);
    }
    if wanted("catchup") {
        bench_catch_up(5, if long { 1_000_000 } else { 200_000 });
    }
    if wanted("all") {
        bench_read_all(rounds, if long { 1_000_000 } else { 200_000 });
    }
}
