//! Projections beside appends, other stores on the file, and `kill -9`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use es_core::{EventStore, HandlerStore, LeaseRequest, PlaceStage, Position, Saved, Transactions};
use es_sqlite::SqliteStore;
use uuid::Uuid;

use super::sample::*;
use crate::sample::{as_child, child};

/// While a handler takes its time, appends and reads wait or go on without holding up the threads
/// of the runtime.
#[tokio::test(flavor = "current_thread")]
async fn a_slow_handler_holds_up_no_thread() {
    let (_folder, store) = open().await;
    let handler = given::<1>(create, |amount, account, tx| {
        std::thread::sleep(Duration::from_millis(300));
        add(amount, account, tx)
    });
    let fence = start(&store, &handler, PlaceStage::Live).await;
    deposit(&store, "a", &[1]).await;
    let batch = batch(&store, &handler, fence, 10).await;
    let begun = std::time::Instant::now();
    let mut longest = Duration::ZERO;
    let slow = tokio::spawn({
        let store = store.clone();
        async move { store.apply(batch).await.unwrap() }
    });
    let appending = tokio::spawn({
        let store = store.clone();
        async move {
            for _ in 0..20 {
                deposit(&store, "b", &[1]).await;
            }
        }
    });
    while !slow.is_finished() {
        let turn = std::time::Instant::now();
        store.last_position().await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
        longest = longest.max(turn.elapsed());
    }
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert!(longest < Duration::from_millis(200), "{longest:?}");
    slow.await.unwrap();
    appending.await.unwrap();
    assert_eq!(store.last_position().await.unwrap(), Position(21));
}

/// Two stores on one file append and project at the same time, each taking the lease of the other
/// now and then: every event is counted once, and no append is lost or repeated.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_stores_on_one_file_project_each_event_once() {
    const EACH: usize = 150;
    let (folder, one) = open().await;
    let other = SqliteStore::open(folder.path().join("store.db"))
        .await
        .unwrap();
    let handler = balances::<1>();
    start(&one, &handler, PlaceStage::Live).await;
    let done = Arc::new(AtomicBool::new(false));
    let projecting: Vec<_> = [&one, &other]
        .map(|store| {
            let (store, handler, done) = (store.clone(), handler.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                let mut lost = 0;
                while !done.load(Ordering::Relaxed) {
                    let now = jiff::Timestamp::now();
                    // It has run out as soon as it is had.
                    let request = LeaseRequest {
                        holder: Uuid::now_v7(),
                        handlers: vec![handler.key()],
                        now: now + Duration::from_secs(3600),
                        until: now,
                    };
                    let fence = HandlerStore::lease(&store, request).await.unwrap()[0].unwrap();
                    for _ in 0..3 {
                        let batch = batch(&store, &handler, fence, 7).await;
                        let applied = store.apply(batch).await.unwrap();
                        assert_eq!(applied.failed, []);
                        if applied.saved == Saved::LeaseLost {
                            lost += 1;
                            break;
                        }
                    }
                }
                lost
            })
        })
        .into();
    let appending: Vec<_> = (0..4)
        .map(|task| {
            let store = if task % 2 == 0 {
                one.clone()
            } else {
                other.clone()
            };
            tokio::spawn(async move {
                for round in 0..EACH {
                    deposit(&store, &format!("{}", (task + round) % 5), &[1]).await;
                }
            })
        })
        .collect();
    for task in appending {
        task.await.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    let mut lost = 0;
    for task in projecting {
        lost += task.await.unwrap();
    }
    let now = jiff::Timestamp::now() + Duration::from_secs(7200);
    let request = LeaseRequest {
        holder: Uuid::now_v7(),
        handlers: vec![handler.key()],
        now,
        until: now + Duration::from_secs(10),
    };
    let fence = HandlerStore::lease(&one, request).await.unwrap()[0].unwrap();
    apply(&one, &handler, fence).await;
    let rows = rows(&other).await;
    assert_eq!(rows.iter().map(|row| row.2).sum::<i64>(), 4 * EACH as i64);
    assert_eq!(
        one.last_position().await.unwrap(),
        Position(4 * EACH as u64)
    );
    eprintln!("{lost} batches were lost to the other store");
}

/// Appends and projects without end.
async fn append_and_project(store: SqliteStore) {
    let handler = given::<1>(create, |amount, account, tx| {
        // Now and then one fails, so that there are passes with savepoints too.
        if amount % 50 == 49 {
            Err("forty-nine".into())
        } else {
            add(amount, account, tx)
        }
    });
    store.prepare(handler.clone()).await.unwrap();
    add_place(&store, &handler, PlaceStage::Live).await;
    let now = jiff::Timestamp::now();
    let request = LeaseRequest {
        holder: Uuid::now_v7(),
        handlers: vec![handler.key()],
        // Whoever had it before was killed.
        now: now + Duration::from_secs(3600),
        until: now,
    };
    let fence = HandlerStore::lease(&store, request).await.unwrap()[0].unwrap();
    println!("BEGUN");
    let appending = store.clone();
    tokio::spawn(async move {
        for round in 0_i64.. {
            // No stream has two events: whichever fails is the only one missing.
            let account = format!("{}", Uuid::now_v7());
            deposit(&appending, &account, &[round]).await;
        }
    });
    loop {
        let batch = batch(&store, &handler, fence, 40).await;
        store.apply(batch).await.unwrap();
    }
}

#[test]
fn each_event_is_projected_once_however_often_it_is_killed() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if let Some(path) = as_child() {
        runtime.block_on(async {
            append_and_project(SqliteStore::open(path).await.unwrap()).await;
        });
        return;
    }
    let runs: u64 = std::env::var("ES_KILL_RUNS").map_or(6, |runs| runs.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let test = "projections::together::each_event_is_projected_once_however_often_it_is_killed";
    let mut projected = 0;
    for run in 0..runs {
        let mut process = child(test, &path).spawn().unwrap();
        // A random moment, from the opening of the file on.
        let moment = Uuid::now_v7().as_u128() as u64 % 200;
        std::thread::sleep(Duration::from_millis(20 + moment));
        process.kill().unwrap();
        process.wait().unwrap();
        projected = runtime.block_on(async {
            let store = SqliteStore::open(&path).await.unwrap();
            let places = store.places().await.unwrap();
            let Some(place) = places.first() else {
                return 0;
            };
            let to = place.position.0;
            assert!(store.last_position().await.unwrap() >= place.position);
            let rows = rows(&store).await;
            assert!(
                rows.iter().all(|row| row.2 == 1),
                "an event was counted twice"
            );
            assert_eq!(
                rows.len() as u64 + place.parked,
                to,
                "place and rows differ"
            );
            store.close().await.unwrap();
            to
        });
        eprintln!("run {run}: {projected} events projected so far");
    }
    assert!(projected > 0, "nothing was projected in {runs} runs");
}
