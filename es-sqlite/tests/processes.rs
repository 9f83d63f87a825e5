//! Several processes, or stores, on one file.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use es_core::{AppendError, Detail, EventStore, Position, StoreErrorKind, StreamQuery, Version};
use es_sqlite::rusqlite::Connection;
use es_sqlite::{SqliteOptions, SqliteStore};

use crate::sample::{append, append_at, as_child, child, events, everything, stream};

const TASKS: usize = 8;
const EACH: usize = 50;

/// Eight tasks: half of them on streams of their own, half on one they share with everyone.
async fn write(store: &SqliteStore, who: &str) -> usize {
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let (store, who) = (store.clone(), who.to_owned());
            tokio::spawn(async move {
                let shared = task % 2 == 0;
                let name = if shared {
                    stream("shared")
                } else {
                    stream(format!("{who} {task}"))
                };
                let mut version = 0;
                let mut done = 0;
                while done < EACH {
                    match store.append(append_at(&name, version, events(2))).await {
                        Ok(appended) => {
                            version = appended.into_receipt().version.0;
                            done += 1;
                        }
                        Err(AppendError::Conflict { actual, .. }) if shared => version = actual.0,
                        Err(error) => panic!("{error}"),
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    TASKS * EACH * 2
}

#[test]
fn two_processes_write_at_the_same_time() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if let Some(path) = as_child() {
        runtime.block_on(async {
            let store = SqliteStore::open(path).await.unwrap();
            write(&store, &std::process::id().to_string()).await;
        });
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    // All make the file, or find it half made.
    let children: Vec<_> = (0..2)
        .map(|_| {
            child("processes::two_processes_write_at_the_same_time", &path)
                .spawn()
                .unwrap()
        })
        .collect();
    runtime.block_on(async {
        let store = SqliteStore::open(&path).await.unwrap();
        let total = write(&store, "parent").await * 3;
        // News of the other processes comes too.
        store
            .wait_for_news(Position(total as u64 - 1))
            .await
            .unwrap();
        let all = everything(&store).await;
        assert_eq!(all.len(), total);
        let mut versions = std::collections::HashMap::new();
        for (stream, version, ..) in &all {
            let last = versions.entry(stream.clone()).or_insert(0);
            *last += 1;
            assert_eq!(version, last, "{stream}");
        }
        assert_eq!(versions[&stream("shared")], (total / 2) as u64);
    });
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn event_ids_recorded_by_another_store_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let one = SqliteStore::open(&path).await.unwrap();
    let other = SqliteStore::open(&path).await.unwrap();
    let mut sent = Vec::new();
    // Enough for either to bring ids into the table.
    for round in 0..60 {
        let append = append(&stream(round % 3), events(100));
        let store = if round % 2 == 0 { &one } else { &other };
        let receipt = store.append(append.clone()).await.unwrap().into_receipt();
        sent.push((append, receipt));
    }
    let third = SqliteStore::open(&path).await.unwrap();
    for store in [&one, &other, &third] {
        for (append, receipt) in &sent {
            let answer = store.append(append.clone()).await.unwrap();
            assert_eq!(answer, es_core::Appended::Before(receipt.clone()));
        }
    }
    assert_eq!(everything(&third).await.len(), 6000);
}

#[tokio::test]
async fn news_of_another_store_wakes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (one, other) = (
        SqliteStore::open(&path).await.unwrap(),
        SqliteStore::open(&path).await.unwrap(),
    );
    for round in 0..3 {
        let last = one.last_position().await.unwrap();
        let waiting = tokio::spawn({
            let one = one.clone();
            async move { one.wait_for_news(last).await.unwrap() }
        });
        tokio::task::yield_now().await;
        let append = append(&stream(round), events(1));
        let receipt = other.append(append).await.unwrap().into_receipt();
        let begun = Instant::now();
        assert_eq!(waiting.await.unwrap(), receipt.position);
        assert!(
            begun.elapsed() < Duration::from_secs(2),
            "it took {:?}",
            begun.elapsed()
        );
    }
}

#[tokio::test]
async fn a_writer_that_does_not_finish_makes_appends_busy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let timeout = Duration::from_millis(200);
    let store = SqliteOptions::new()
        .busy_timeout(timeout)
        .open(&path)
        .await
        .unwrap();
    store.append(append(&stream("a"), events(1))).await.unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let begun = Instant::now();
    // The thread is free for other tasks meanwhile, and reading goes on.
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { store.append(append(&stream("a"), events(1))).await }
    });
    tokio::task::yield_now().await;
    assert_eq!(everything(&store).await.len(), 1);
    assert!(
        begun.elapsed() < timeout,
        "waiting for the other writer blocks the thread"
    );
    let error = match waiting.await.unwrap() {
        Err(AppendError::Store(error)) => error,
        answer => panic!("{answer:?}"),
    };
    assert_eq!(error.kind(), StoreErrorKind::Busy);
    assert!(error.to_string().contains("store.db"), "{error}");
    assert!(begun.elapsed() >= timeout);

    other.execute_batch("ROLLBACK").unwrap();
    store.append(append(&stream("a"), events(1))).await.unwrap();
    assert_eq!(everything(&store).await.len(), 2);
}

/// While a store writes all the time, it answers loads from memory. What another store on the same
/// file has been acknowledged must be seen all the same, at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_another_store_has_recorded_is_seen_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let here = SqliteStore::open(&path).await.unwrap();
    let elsewhere = SqliteStore::open(&path).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let busy: Vec<_> = (0..8)
        .map(|task| {
            let (here, stop) = (here.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let own = stream(format!("busy-{task}"));
                while !stop.load(Ordering::Relaxed) {
                    here.append(append(&own, events(1))).await.unwrap();
                }
            })
        })
        .collect();
    let load = |store: &SqliteStore| {
        let (after, detail) = (Version::NONE, Detail::Replay);
        let query = StreamQuery {
            stream: stream("shared"),
            after,
            limit: 1000,
            detail,
        };
        let store = store.clone();
        async move { store.read_stream(query).await.unwrap().len() }
    };
    for round in 1..=50 {
        for store in [&elsewhere, &here] {
            store
                .append(append(&stream("shared"), events(1)))
                .await
                .unwrap();
            let both = if std::ptr::eq(store, &here) {
                round * 2
            } else {
                round * 2 - 1
            };
            for _ in 0..20 {
                assert_eq!(load(&here).await, both);
                assert_eq!(load(&elsewhere).await, both);
            }
        }
    }
    stop.store(true, Ordering::Relaxed);
    for task in busy {
        task.await.unwrap();
    }
}
