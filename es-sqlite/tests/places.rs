//! Places of handlers in the file, and how writing them gets on with appends and other processes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use es_core::{
    EventStore, HandlerKey, HandlerStore, Instruction, LeaseRequest, NewPlace, ParkedStream,
    PlaceStage, Position, Progress, Saved, StoreErrorKind, Version,
};
use es_sqlite::rusqlite::Connection;
use es_sqlite::{SqliteOptions, SqliteStore};
use uuid::Uuid;

use crate::sample::{append, events, stream};

fn new_place(name: &str) -> NewPlace {
    NewPlace {
        key: HandlerKey::new(name, 1),
        stage: PlaceStage::Live,
        position: Position(3),
    }
}

#[tokio::test]
async fn places_survive_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let place = new_place("balances");
    let key = place.key.clone();
    store.add_places(vec![place]).await.unwrap();
    let moment = |seconds: i64| jiff::Timestamp::from_second(1_700_000_000 + seconds).unwrap();
    let request = |holder, now: i64| LeaseRequest {
        holder,
        handlers: vec![key.clone()],
        now: moment(now),
        until: moment(now + 10),
    };
    let holder = Uuid::now_v7();
    let fence = store.lease(request(holder, 0)).await.unwrap()[0].unwrap();
    let parked = ParkedStream {
        key: key.clone(),
        stream: stream("a"),
        version: Version(1),
        position: Position(2),
        event: "account.deposited".to_owned(),
        error: "no".to_owned(),
        attempts: 6,
        since: moment(1),
        retry_at: None,
        instruction: Some(Instruction::Release),
    };
    let progress = Progress {
        key: key.clone(),
        fence,
        position: Position(9),
        set_aside: vec![parked.clone()],
        taken_up: vec![],
    };
    assert_eq!(store.save(progress.clone()).await.unwrap(), Saved::Yes);
    let places = store.places().await.unwrap();
    store.close().await.unwrap();

    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(store.places().await.unwrap(), places);
    assert_eq!(store.parked(&key).await.unwrap(), [parked]);
    let other = Uuid::now_v7();
    assert_eq!(store.lease(request(other, 9)).await.unwrap(), [None]);
    let next = store.lease(request(other, 10)).await.unwrap()[0].unwrap();
    assert!(next > fence);
    assert_eq!(store.save(progress).await.unwrap(), Saved::LeaseLost);
}

#[tokio::test]
async fn another_process_that_writes_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = SqliteOptions::new()
        .busy_timeout(Duration::from_millis(100))
        .open(&path)
        .await
        .unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.add_places(vec![new_place("a")]).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Busy, "{error}");
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(30));
        other.execute_batch("COMMIT").unwrap();
    });
    store.add_places(vec![new_place("a")]).await.unwrap();
    thread.join().unwrap();
    assert_eq!(store.places().await.unwrap().len(), 1);
}

/// Appends without a pause do not keep others from the writer's connection, nor the other way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_and_other_work_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("store.db"))
        .await
        .unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let appended = Arc::new(AtomicU64::new(0));
    let appending: Vec<_> = (0..32)
        .map(|task| {
            let (store, stop) = (store.clone(), Arc::clone(&stop));
            let appended = Arc::clone(&appended);
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let append = append(&stream(task), events(1));
                    store.append(append).await.unwrap();
                    appended.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let begun = Instant::now();
    for round in 0..100 {
        let before = appended.load(Ordering::Relaxed);
        let places = (0..2).map(|task| {
            let store = store.clone();
            let place = new_place(&format!("{round} {task}"));
            tokio::spawn(async move { store.add_places(vec![place]).await.unwrap() })
        });
        for place in places.collect::<Vec<_>>() {
            place.await.unwrap();
        }
        while appended.load(Ordering::Relaxed) == before {
            tokio::task::yield_now().await;
            assert!(begun.elapsed() < Duration::from_secs(60), "appends starve");
        }
    }
    stop.store(true, Ordering::Relaxed);
    for task in appending {
        task.await.unwrap();
    }
    assert_eq!(store.places().await.unwrap().len(), 200);
    let last = store.last_position().await.unwrap();
    assert_eq!(last, Position(appended.load(Ordering::Relaxed)));
    store.close().await.unwrap();
}

/// What waits for the writer's connection when the store is closed is answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_answers_those_who_wait() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("store.db"))
            .await
            .unwrap();
        let tasks: Vec<_> = (0..16)
            .map(|task| {
                let store = store.clone();
                tokio::spawn(async move {
                    let place = vec![new_place(&task.to_string())];
                    match store.add_places(place).await {
                        Ok(()) => 1,
                        Err(error) if error.kind() == StoreErrorKind::Closed => 0,
                        Err(error) => panic!("{error}"),
                    }
                })
            })
            .collect();
        store.close().await.unwrap();
        let mut added = 0;
        for task in tasks {
            added += task.await.unwrap();
        }
        let path = folder.path().join("store.db");
        let store = SqliteStore::open(path).await.unwrap();
        assert_eq!(store.places().await.unwrap().len(), added);
    }
}
