//! Many at once. What is checked is counted, not sampled.

use std::collections::HashSet;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use es_core::{AppendError, Appended, EventStore, Position, Version};

use super::Fresh;
use super::sample::{
    anywhere, assert_whole, at, events, everything, of_all, record, stored, stream, with_key,
};

const TASKS: usize = 64;

/// 32 appends of different events with the same key at once: one is recorded, all are answered
/// with it.
pub async fn concurrent_appends_with_one_key_are_recorded_once(fresh: Fresh) {
    let store = fresh.store();
    for round in 0..8 {
        let name = stream(round);
        let tasks: Vec<_> = (0..32)
            .map(|task| {
                let (store, name) = (Arc::clone(&store), name.clone());
                let append = match task % 2 {
                    0 => anywhere(&name, events(task % 3 + 1)),
                    _ => at(&name, 0, events(task % 3 + 1)),
                };
                tokio::spawn(async move { store.append(with_key(append, "key")).await.unwrap() })
            })
            .collect();
        once(&*store, tasks, &name).await;
    }
}

/// 32 times the same append at once: one is recorded, all are answered with it.
pub async fn concurrent_appends_of_the_same_events_are_recorded_once(fresh: Fresh) {
    let store = fresh.store();
    for round in 0..8 {
        let name = stream(round);
        let sent = events(round + 1);
        let tasks: Vec<_> = (0..32)
            .map(|task| {
                let store = Arc::clone(&store);
                let append = match task % 2 {
                    0 => anywhere(&name, sent.clone()),
                    _ => at(&name, 0, sent.clone()),
                };
                tokio::spawn(async move { store.append(append).await.unwrap() })
            })
            .collect();
        once(&*store, tasks, &name).await;
    }
}

async fn once(
    store: &dyn EventStore,
    tasks: Vec<tokio::task::JoinHandle<Appended>>,
    name: &es_core::StreamName,
) {
    let mut now = 0;
    let mut receipts = Vec::new();
    for task in tasks {
        let appended = task.await.unwrap();
        now += usize::from(matches!(appended, Appended::Now(_)));
        receipts.push(appended.into_receipt());
    }
    assert_eq!(now, 1, "recorded {now} times");
    assert!(
        receipts.windows(2).all(|pair| pair[0] == pair[1]),
        "the receipts differ"
    );
    assert_whole(&stored(store, name).await, receipts[0].events as usize);
}

/// 64 tasks append to one stream where they believe it ends, and try again on a conflict: each
/// append is there once, none conflicts without reason.
pub async fn concurrent_appends_to_one_stream_are_all_there(fresh: Fresh) {
    const EACH: usize = 10;
    let store = fresh.store();
    let name = stream("contended");
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let (store, name) = (Arc::clone(&store), name.clone());
            tokio::spawn(async move {
                let mut ids = Vec::new();
                let mut version = 0;
                while ids.len() < EACH {
                    let append = at(&name, version, events(1));
                    let id = append.events[0].event_id;
                    match store.append(append).await {
                        Ok(Appended::Now(receipt)) => {
                            assert_eq!(receipt.version, Version(version + 1));
                            version = receipt.version.0;
                            ids.push((id, receipt));
                        }
                        Err(AppendError::Conflict { actual, .. }) => {
                            assert_ne!(actual, Version(version), "a conflict without reason");
                            version = actual.0;
                        }
                        other => panic!("{other:?}"),
                    }
                }
                ids
            })
        })
        .collect();
    let mut acknowledged = Vec::new();
    for task in tasks {
        acknowledged.extend(task.await.unwrap());
    }
    let found = stored(&*store, &name).await;
    assert_whole(&found, TASKS * EACH);
    for (id, receipt) in acknowledged {
        let record = &found[receipt.version.0 as usize - 1];
        assert_eq!((record.event_id, record.position), (id, receipt.position));
    }
    assert_eq!(everything(&*store).await, found);
}

/// 64 tasks on 64 streams, each loading what it has written before: no conflicts.
pub async fn concurrent_appends_to_many_streams_are_all_there(fresh: Fresh) {
    const EACH: u64 = 12;
    let store = fresh.store();
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let name = stream(task);
                for round in 0..EACH {
                    let found = stored(&*store, &name).await;
                    assert_whole(&found, round as usize * 2);
                    let receipt = record(&*store, at(&name, round * 2, events(2))).await;
                    assert_eq!(receipt.version, Version(round * 2 + 2));
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    for task in 0..TASKS {
        assert_whole(&stored(&*store, &stream(task)).await, EACH as usize * 2);
    }
    assert_eq!(everything(&*store).await.len(), TASKS * EACH as usize * 2);
}

/// Readers that follow the store while it is written see every record once, in order, and never
/// a part of an append at the end of what is there.
pub async fn a_reader_never_misses_nor_reorders(fresh: Fresh) {
    const WRITERS: usize = 16;
    const EACH: usize = 40;
    const TOTAL: usize = WRITERS * EACH * 3;
    let store = fresh.store();
    let readers: Vec<_> = [1, 7, 1000]
        .into_iter()
        .map(|limit| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut seen = Vec::with_capacity(TOTAL);
                let mut after = Position::START;
                while seen.len() < TOTAL {
                    let page = store.read_all(of_all(after, limit)).await.unwrap();
                    seen.extend(
                        page.iter()
                            .map(|record| (record.position(), record.event_id())),
                    );
                    after = page.read_to;
                    if page.is_empty() && !page.more {
                        store.wait_for_news(after).await.unwrap();
                    }
                }
                seen
            })
        })
        .collect();
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for round in 0..EACH {
                    // Half of them meet in one stream.
                    let name = if writer % 2 == 0 {
                        stream("shared")
                    } else {
                        stream(writer)
                    };
                    record(&*store, anywhere(&name, events(round % 5 + 1))).await;
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let all: Vec<_> = everything(&*store)
        .await
        .into_iter()
        .map(|record| (record.position, record.event_id))
        .collect();
    assert_eq!(all.len(), TOTAL);
    for reader in readers {
        assert!(
            reader.await.unwrap() == all,
            "a reader missed, repeated or reordered records"
        );
    }
}

/// An append whose future is dropped at any moment is stored whole or not at all, and sent again
/// it is there once.
pub async fn a_dropped_append_is_whole_or_not_there(fresh: Fresh) {
    let store = fresh.store();
    let stop = Arc::new(AtomicBool::new(false));
    // So that there are others to be grouped with, and to be held up.
    let noise = tokio::spawn({
        let (store, stop) = (Arc::clone(&store), Arc::clone(&stop));
        async move {
            let mut count = 0;
            while !stop.load(Ordering::Relaxed) {
                record(&*store, anywhere(&stream("noise"), events(1))).await;
                count += 1;
                tokio::task::yield_now().await;
            }
            count
        }
    });
    let mut known = HashSet::new();
    for round in 0..200 {
        let name = stream(format!("dropped {round}"));
        let append = at(&name, 0, events(3));
        {
            let mut future = store.append(append.clone());
            for _ in 0..round % 4 {
                let done =
                    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await;
                if done {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        let found = stored(&*store, &name).await.len();
        assert!(found == 0 || found == 3, "{found} of 3 events are stored");
        known.insert(store.append(append).await.unwrap().into_receipt().position);
        assert_whole(&stored(&*store, &name).await, 3);
    }
    stop.store(true, Ordering::Relaxed);
    let noise = noise.await.unwrap();
    assert_eq!(known.len(), 200);
    assert_eq!(everything(&*store).await.len(), 600 + noise);
}

/// An append that somebody began to poll and then left lying does not keep others waiting.
pub async fn an_append_that_is_not_polled_holds_up_nobody(fresh: Fresh) {
    let store = fresh.store();
    for round in 0..20 {
        let name = stream(round);
        let mut left: Vec<_> = (0..round % 4 + 1)
            .map(|number| {
                store.append(anywhere(
                    &stream(format!("left {round} {number}")),
                    events(1),
                ))
            })
            .collect();
        for future in &mut left {
            let _ = poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready())).await;
        }
        record(&*store, at(&name, 0, events(2))).await;
        assert_whole(&stored(&*store, &name).await, 2);
        drop(left);
    }
}
