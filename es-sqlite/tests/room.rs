//! A store without room.

use es_core::{AppendError, Appended, EventStore, Snapshot, StoreErrorKind, Version};
use es_sqlite::{SqliteOptions, SqliteStore};

use crate::sample::{append, append_at, events, everything, stream};

async fn open(path: &std::path::Path, bytes: u64) -> SqliteStore {
    SqliteOptions::new()
        .max_size(bytes)
        .open(path)
        .await
        .unwrap()
}

fn is_full<T: std::fmt::Debug>(result: Result<T, AppendError>) -> bool {
    match result {
        Err(AppendError::Store(error)) => {
            assert_eq!(error.kind(), StoreErrorKind::Full, "{error}");
            assert!(error.to_string().contains("store.db"), "{error}");
            true
        }
        Ok(_) => false,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_store_loses_nothing_and_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path, 400 << 10).await;
    let tasks: Vec<_> = (0..32)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut ids = Vec::new();
                loop {
                    let append = append_at(&stream(task), ids.len() as u64, events(2));
                    let sent: Vec<_> = append.events.iter().map(|event| event.event_id).collect();
                    if is_full(store.append(append).await) {
                        return ids;
                    }
                    ids.extend(sent);
                }
            })
        })
        .collect();
    let mut acknowledged = Vec::new();
    for task in tasks {
        acknowledged.extend(task.await.unwrap());
    }
    let all = everything(&store).await;
    let mut found: Vec<_> = all.iter().map(|record| record.3).collect();
    found.sort_unstable();
    acknowledged.sort_unstable();
    assert!(
        !found.is_empty() && found == acknowledged,
        "acknowledged and stored differ"
    );

    // What is known is still answered, what is refused is still refused.
    let conflict = store.append(append_at(&stream(0), 99_999, events(1))).await;
    assert!(
        matches!(conflict, Err(AppendError::Conflict { .. })),
        "{conflict:?}"
    );
    store.close().await.unwrap();

    let store = open(&path, 1 << 20).await;
    assert_eq!(everything(&store).await, all);
    let append = append(&stream("room again"), events(2));
    assert!(matches!(
        store.append(append.clone()).await,
        Ok(Appended::Now(_))
    ));
    assert!(matches!(
        store.append(append).await,
        Ok(Appended::Before(_))
    ));
}

#[tokio::test]
async fn what_fits_is_stored_beside_what_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path, 1 << 20).await;
    let appends = (0..12).map(|number| {
        let mut append = append(&stream(number), events(1));
        if number % 3 == 0 {
            append.events[0].payload = format!("\"{}\"", "x".repeat(2 << 20));
        }
        let store = store.clone();
        tokio::spawn(async move { is_full(store.append(append).await) })
    });
    // All are spawned before the first runs: they are one group.
    for (number, task) in appends.collect::<Vec<_>>().into_iter().enumerate() {
        assert_eq!(task.await.unwrap(), number % 3 == 0, "append {number}");
    }
    assert_eq!(everything(&store).await.len(), 8);
}

#[tokio::test]
async fn a_snapshot_that_does_not_fit_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db"), 1 << 20).await;
    let mut append = append_at(&stream("a"), 0, events(1));
    let state = format!("\"{}\"", "x".repeat(2 << 20));
    append.snapshot = Some(Snapshot {
        version: Version(1),
        fingerprint: 7,
        state,
    });
    assert!(matches!(store.append(append).await, Ok(Appended::Now(_))));
    assert_eq!(store.read_snapshot(&stream("a")).await.unwrap(), None);
    assert_eq!(everything(&store).await.len(), 1);
}
