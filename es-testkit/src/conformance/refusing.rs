//! Appends that are refused, and leave nothing behind.

use es_core::{AppendCondition, AppendError, Version};

use super::Fresh;
use super::sample::{anywhere, assert_whole, at, event, events, record, refused, stored, stream};

/// An append that expects another version than the stream's conflicts, and is told the version.
pub async fn a_conflict_names_the_version_and_stores_nothing(fresh: Fresh) {
    let store = &*fresh.store();
    let name = stream("conflict");
    for (there, wanted) in [(0, 1), (0, u64::MAX), (3, 0), (3, 2), (3, 4), (3, 1 << 40)] {
        let found = stored(store, &name).await.len() as u64;
        if found < there {
            record(store, at(&name, found, events((there - found) as usize))).await;
        }
        match refused(store, at(&name, wanted, events(2))).await {
            AppendError::Conflict {
                stream,
                condition,
                actual,
            } => {
                assert_eq!((stream, actual), (name.clone(), Version(there)));
                assert_eq!(condition, AppendCondition::StreamAt(Version(wanted)));
            }
            other => panic!("expected a conflict: {other:?}"),
        }
    }
    record(store, at(&name, 3, events(1))).await;
    assert_whole(&stored(store, &name).await, 4);
}

/// An append needs events.
pub async fn an_append_without_events_is_invalid(fresh: Fresh) {
    let store = &*fresh.store();
    let name = stream("empty");
    for append in [
        at(&name, 0, vec![]),
        at(&name, 5, vec![]),
        anywhere(&name, vec![]),
    ] {
        let error = refused(store, append).await;
        assert!(matches!(error, AppendError::Invalid { .. }), "{error:?}");
    }
}

/// An event cannot be appended twice at once, in a short append or a long one.
pub async fn an_event_id_twice_in_an_append_is_invalid(fresh: Fresh) {
    let store = &*fresh.store();
    let name = stream("twice");
    for count in [1, 2, 5, 100] {
        let mut sent = events(count);
        sent.push(sent[0].clone());
        for append in [at(&name, 0, sent.clone()), anywhere(&name, sent)] {
            let error = refused(store, append).await;
            assert!(matches!(error, AppendError::Invalid { .. }), "{error:?}");
        }
    }
    record(store, at(&name, 0, vec![event()])).await;
}
