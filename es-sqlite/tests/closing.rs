//! Closing and dropping, and life without a runtime.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use es_core::{AppendError, EventStore, Position, StoreErrorKind};
use es_sqlite::SqliteStore;

use crate::sample::{append, append_at, events, everything, stream};

/// Runs a future without any runtime.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[test]
fn it_works_outside_of_any_runtime() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = block_on(SqliteStore::open(&path)).unwrap();
    let threads: Vec<_> = (0..8)
        .map(|thread| {
            let store = store.clone();
            std::thread::spawn(move || {
                for version in 0..25 {
                    block_on(store.append(append_at(&stream(thread), version, events(1)))).unwrap();
                }
            })
        })
        .collect();
    assert_eq!(
        block_on(store.wait_for_news(Position(199))).unwrap(),
        Position(200)
    );
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    assert_eq!(block_on(everything(&store)).len(), 200);
    block_on(store.close()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn closing_answers_all_that_wait() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let store = SqliteStore::open(&path).await.unwrap();
        let tasks: Vec<_> = (0..100)
            .map(|task| {
                let store = store.clone();
                tokio::spawn(async move {
                    let mut stored = 0;
                    loop {
                        match store.append(append(&stream(task), events(2))).await {
                            Ok(_) => stored += 2,
                            Err(AppendError::Store(error)) => {
                                assert_eq!(error.kind(), StoreErrorKind::Closed);
                                return stored;
                            }
                            Err(error) => panic!("{error}"),
                        }
                    }
                })
            })
            .collect();
        store.wait_for_news(Position(50)).await.unwrap();
        store.close().await.unwrap();
        let mut stored = 0;
        for task in tasks {
            stored += task.await.unwrap();
        }
        assert_eq!(
            store.last_position().await.unwrap_err().kind(),
            StoreErrorKind::Closed
        );
        let waiting = store.wait_for_news(Position(u64::MAX)).await;
        assert_eq!(waiting.unwrap_err().kind(), StoreErrorKind::Closed);
        store.close().await.unwrap();
        let store = SqliteStore::open(&path).await.unwrap();
        assert_eq!(everything(&store).await.len(), stored);
    }
}

#[tokio::test]
async fn dropping_the_last_clone_writes_what_tasks_have_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    for round in 1..=20_usize {
        let store = SqliteStore::open(&path).await.unwrap();
        {
            let mut left: Vec<_> = (0..10)
                .map(|_| store.append(append(&stream("left"), events(1))))
                .collect();
            for future in &mut left {
                let _ = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_ready())).await;
            }
        }
        drop(store);
        let store = SqliteStore::open(&path).await.unwrap();
        // Each was handed to the writer when its future was dropped.
        assert_eq!(everything(&store).await.len(), round * 10);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_wakes_who_waits_for_news() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("store.db"))
        .await
        .unwrap();
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { store.wait_for_news(Position::START).await }
    });
    tokio::task::yield_now().await;
    store.close().await.unwrap();
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Closed);
}

#[test]
fn a_runtime_that_ends_leaves_the_store_working() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = block_on(SqliteStore::open(&path)).unwrap();
    for _ in 0..10 {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .build()
            .unwrap();
        for task in 0..32 {
            let store = store.clone();
            runtime.spawn(async move {
                loop {
                    store
                        .append(append(&stream(task), events(3)))
                        .await
                        .unwrap();
                }
            });
        }
        let last = block_on(store.last_position()).unwrap();
        block_on(store.wait_for_news(Position(last.0 + 20))).unwrap();
        runtime.shutdown_timeout(Duration::from_secs(10));
    }
    block_on(store.append(append(&stream("after"), events(3)))).unwrap();
    let all = block_on(everything(&store));
    let mut versions = std::collections::HashMap::new();
    for (stream, version, ..) in &all {
        let last = versions.entry(stream.clone()).or_insert(0);
        *last += 1;
        assert_eq!(version, last);
    }
    assert!(
        versions.values().all(|last| last % 3 == 0),
        "half an append"
    );
}
