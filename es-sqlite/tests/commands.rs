//! The whole framework on SQLite: many tasks on one aggregate, counted.

use es_core::prelude::*;
use es_sqlite::SqliteStore;
use tokio::task::JoinSet;

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "counter")]
pub enum CounterEvent {
    Counted { by: u64 },
}

#[derive(Command, Clone, Debug)]
pub enum CounterCommand {
    Count { by: u64 },
}

#[derive(Debug)]
pub struct Never;

impl std::fmt::Display for Never {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("never")
    }
}

impl std::error::Error for Never {}

#[derive(Aggregate, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[aggregate(
    name = "counter", id = String, error = Never,
    commands = CounterCommand, events = CounterEvent, created_by(Counted), snapshot(every = 50),
)]
pub struct Counter {
    #[apply(Counted += by)]
    total: u64,
    #[apply(Counted += 1)]
    times: u64,
}

#[handlers]
impl Counter {
    fn count(this: Option<&Self>, cmd: Count) -> Result<Counted, Never> {
        let _ = this;
        Ok(Counted { by: cmd.by })
    }
}

async fn app(store: &SqliteStore) -> App {
    App::builder(store.clone())
        .aggregate::<Counter>()
        // However slow the disk: it is counted here, not timed.
        .attempts(1000)
        .start()
        .await
        .unwrap()
}

/// As many events as acknowledged commands, versions without gaps, whoever sends.
async fn hammer(stores: &[&SqliteStore], tasks: usize, each: usize) {
    let mut running = JoinSet::new();
    let mut apps = Vec::new();
    for store in stores {
        apps.push(app(store).await);
    }
    for task in 0..tasks {
        let app = apps[task % apps.len()].clone();
        running.spawn(async move {
            let mut acknowledged = Vec::new();
            for _ in 0..each {
                if let Ok(receipt) = app.send("one", Count { by: 3 }).await {
                    acknowledged.push(receipt.version.0);
                }
            }
            acknowledged
        });
    }
    let mut acknowledged: Vec<u64> = running.join_all().await.into_iter().flatten().collect();
    acknowledged.sort_unstable();
    let count = acknowledged.len() as u64;
    assert_eq!(acknowledged, (1..=count).collect::<Vec<_>>());
    for app in apps {
        let history = app.history::<Counter>("one").await.unwrap();
        let versions: Vec<u64> = history
            .iter()
            .map(|event| event.metadata.version.0)
            .collect();
        assert_eq!(versions, acknowledged);
        let counter: Counter = app.load("one").await.unwrap();
        assert_eq!(
            counter,
            Counter {
                total: 3 * count,
                times: count
            }
        );
        let then: Counter = app.load_at("one", Version(7)).await.unwrap();
        assert_eq!(then.times, 7);
    }
    assert_eq!(count, (tasks * each) as u64, "retries were enough for all");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_tasks_on_one_aggregate() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("store.db"))
        .await
        .unwrap();
    hammer(&[&store], 64, 20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_stores_on_one_file_and_one_aggregate() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let one = SqliteStore::open(&path).await.unwrap();
    let other = SqliteStore::open(&path).await.unwrap();
    hammer(&[&one, &other], 8, 25).await;
}

#[tokio::test]
async fn on_one_thread_too() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("store.db"))
        .await
        .unwrap();
    hammer(&[&store], 16, 10).await;
}
