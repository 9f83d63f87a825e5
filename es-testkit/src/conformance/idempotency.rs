//! Appends that are sent again.

use es_core::{AppendError, Version};

use super::Fresh;
use super::sample::{
    anywhere, assert_whole, at, event, events, everything, record, recorded_before, refused,
    stored, stream, with_key,
};

/// The same events where they were expected: the first receipt, though the stream has moved on.
pub async fn an_append_sent_again_is_acknowledged_again(fresh: Fresh) {
    let store = &*fresh.store();
    let name = stream("again");
    let first = at(&name, 0, events(1));
    let second = at(&name, 1, events(3));
    let receipts = [
        record(store, first.clone()).await,
        record(store, second.clone()).await,
    ];
    for _ in 0..2 {
        assert_eq!(recorded_before(store, first.clone()).await, receipts[0]);
        assert_eq!(recorded_before(store, second.clone()).await, receipts[1]);
        let there = stored(store, &name).await.len();
        record(store, at(&name, there as u64, events(2))).await;
    }
    assert_whole(&stored(store, &name).await, 8);
}

/// So are events that go anywhere; and the condition does not matter, as it was met then.
pub async fn an_unconditional_append_sent_again_is_acknowledged_again(fresh: Fresh) {
    let store = &*fresh.store();
    let name = stream("again");
    record(store, anywhere(&name, events(1))).await;
    let append = anywhere(&name, events(2));
    let receipt = record(store, append.clone()).await;
    assert_eq!(recorded_before(store, append.clone()).await, receipt);
    record(store, anywhere(&name, events(1))).await;
    assert_eq!(recorded_before(store, append.clone()).await, receipt);
    assert_eq!(
        recorded_before(store, at(&name, 99, append.events)).await,
        receipt
    );
    assert_whole(&stored(store, &name).await, 4);
}

/// Some known events and some new ones are no append that was sent before.
pub async fn events_known_in_part_are_refused(fresh: Fresh) {
    let store = &*fresh.store();
    let name = stream("part");
    let sent = events(2);
    record(store, at(&name, 0, sent.clone())).await;
    let [first, last] = [sent[0].clone(), sent[1].clone()];
    for mixed in [vec![last.clone(), event()], vec![event(), first, event()]] {
        let known = [sent[0].event_id, sent[1].event_id];
        for append in [
            at(&name, 2, mixed.clone()),
            at(&name, 0, mixed.clone()),
            anywhere(&name, mixed),
        ] {
            match refused(store, append).await {
                AppendError::PartlyRecorded { stream, event_id } => {
                    assert_eq!(stream, name);
                    assert!(
                        known.contains(&event_id),
                        "the id named is not in the stream"
                    );
                }
                other => panic!("expected PartlyRecorded: {other:?}"),
            }
        }
    }
}

/// An event of one stream cannot be appended to another.
pub async fn an_event_id_of_another_stream_is_refused(fresh: Fresh) {
    let store = &*fresh.store();
    let (home, away) = (stream("home"), stream("away"));
    let known = event();
    record(store, at(&home, 0, vec![known.clone()])).await;
    record(store, at(&away, 0, events(1))).await;
    for append in [
        at(&away, 1, vec![known.clone()]),
        at(&away, 0, vec![known.clone()]),
        anywhere(&away, vec![known.clone()]),
        anywhere(&away, vec![event(), known.clone()]),
        anywhere(&stream("new"), vec![known.clone()]),
    ] {
        let name = append.stream.clone();
        match refused(store, append).await {
            AppendError::RecordedElsewhere { stream, event_id } => {
                assert_eq!((stream, event_id), (name, known.event_id));
            }
            other => panic!("expected RecordedElsewhere: {other:?}"),
        }
    }
}

/// Ids are remembered for good: among thousands, whatever their order, across streams.
pub async fn event_ids_are_remembered_among_many(fresh: Fresh) {
    let store = &*fresh.store();
    let mut sent = Vec::new();
    for round in 0..60_u32 {
        let name = stream(round % 7);
        let mut batch = events(100);
        // Ids that do not grow with time.
        for (index, event) in batch
            .iter_mut()
            .enumerate()
            .filter(|(index, _)| index % 2 == 0)
        {
            let seed = u64::from(round) * 100 + index as u64 + 1;
            let scattered = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            event.event_id = uuid::Uuid::from_u64_pair(scattered, !scattered);
        }
        let receipt = record(store, anywhere(&name, batch.clone())).await;
        sent.push((anywhere(&name, batch), receipt));
    }
    for (append, receipt) in &sent {
        assert_eq!(recorded_before(store, append.clone()).await, *receipt);
        let elsewhere = anywhere(&stream("elsewhere"), append.events[40..42].to_vec());
        let error = store
            .append(elsewhere)
            .await
            .expect_err("the ids are taken");
        assert!(
            matches!(error, AppendError::RecordedElsewhere { .. }),
            "{error:?}"
        );
    }
    assert_eq!(everything(store).await.len(), 6000);
}

/// A key finds its receipt, and is answered with it whatever comes along.
pub async fn an_idempotency_key_is_answered_with_the_first_receipt(fresh: Fresh) {
    let store = &*fresh.store();
    let name = stream("keyed");
    assert_eq!(store.find_receipt(&name, "key 'ü'").await.unwrap(), None);
    let first = events(2);
    let receipt = record(store, with_key(at(&name, 0, first.clone()), "key 'ü'")).await;
    assert_eq!(
        store.find_receipt(&name, "key 'ü'").await.unwrap().as_ref(),
        Some(&receipt)
    );
    let later = record(store, at(&name, 2, events(1))).await;
    for append in [
        at(&name, 0, first.clone()),
        at(&name, 3, events(1)),
        at(&name, 77, events(5)),
        anywhere(&name, events(1)),
        anywhere(&name, vec![first[0].clone(), event()]),
    ] {
        assert_eq!(
            recorded_before(store, with_key(append, "key 'ü'")).await,
            receipt
        );
    }
    let other = record(store, with_key(at(&name, 3, events(1)), "KEY 'ü'")).await;
    assert_eq!((other.version, later.version), (Version(4), Version(3)));
    assert_eq!(
        store.find_receipt(&name, "KEY 'ü'").await.unwrap(),
        Some(other)
    );
    assert_eq!(
        store.find_receipt(&name, "key 'ü'").await.unwrap(),
        Some(receipt)
    );
    assert_whole(&stored(store, &name).await, 4);
}

/// The same key in two streams are two keys.
pub async fn an_idempotency_key_belongs_to_its_stream(fresh: Fresh) {
    let store = &*fresh.store();
    let (one, other) = (stream("one"), stream("other"));
    let first = record(store, with_key(at(&one, 0, events(1)), "key")).await;
    assert_eq!(store.find_receipt(&other, "key").await.unwrap(), None);
    let second = record(store, with_key(at(&other, 0, events(1)), "key")).await;
    assert_eq!(store.find_receipt(&one, "key").await.unwrap(), Some(first));
    assert_eq!(
        store.find_receipt(&other, "key").await.unwrap(),
        Some(second)
    );
}

/// The key of an append that was refused is not taken.
pub async fn a_refused_append_leaves_its_idempotency_key_free(fresh: Fresh) {
    let store = &*fresh.store();
    let name = stream("free");
    refused(store, with_key(at(&name, 1, events(1)), "key")).await;
    assert_eq!(store.find_receipt(&name, "key").await.unwrap(), None);
    let receipt = record(store, with_key(at(&name, 0, events(1)), "key")).await;
    assert_eq!(
        store.find_receipt(&name, "key").await.unwrap(),
        Some(receipt)
    );
}
