//! Snapshots that come along with appends.

use es_core::{Snapshot, Version};

use super::Fresh;
use super::sample::{at, events, record, recorded_before, refused, stream};

fn snapshot(version: u64, fingerprint: u64) -> Snapshot {
    let state = format!(r#"{{"balance":{version},"owner":"Zoë"}}"#);
    Snapshot {
        version: Version(version),
        fingerprint,
        state,
    }
}

/// A snapshot comes back as it was, with its stream only.
pub async fn snapshots_come_back(fresh: Fresh) {
    let store = &*fresh.store();
    let (one, other) = (stream("one"), stream("other"));
    for (name, fingerprint) in [(&one, u64::MAX), (&other, 0)] {
        let mut append = at(name, 0, events(3));
        append.snapshot = Some(snapshot(3, fingerprint));
        record(store, append).await;
    }
    for (name, fingerprint) in [(&one, u64::MAX), (&other, 0)] {
        let found = store.read_snapshot(name).await.unwrap();
        assert_eq!(found, Some(snapshot(3, fingerprint)));
    }
    assert_eq!(store.read_snapshot(&stream("none")).await.unwrap(), None);
}

/// The newer snapshot replaces the older, not the other way round, unless it has another
/// fingerprint; one from beyond the end of the stream is not kept.
pub async fn the_newest_snapshot_stays(fresh: Fresh) {
    let store = &*fresh.store();
    let name = stream("newest");
    let steps = [
        (Some(snapshot(1, 7)), Some(snapshot(1, 7))),
        (Some(snapshot(2, 7)), Some(snapshot(2, 7))),
        (None, Some(snapshot(2, 7))),
        (Some(snapshot(1, 7)), Some(snapshot(2, 7))),
        (Some(snapshot(99, 7)), Some(snapshot(2, 7))),
        (Some(snapshot(6, 8)), Some(snapshot(6, 8))),
        (Some(snapshot(5, 9)), Some(snapshot(5, 9))),
    ];
    for (version, (sent, expected)) in steps.into_iter().enumerate() {
        let mut append = at(&name, version as u64, events(1));
        append.snapshot = sent;
        record(store, append).await;
        assert_eq!(
            store.read_snapshot(&name).await.unwrap(),
            expected,
            "step {version}"
        );
    }
}

/// An append that is refused, or was known, brings no snapshot.
pub async fn no_snapshot_is_stored_without_its_events(fresh: Fresh) {
    let store = &*fresh.store();
    let name = stream("refused");
    let mut first = at(&name, 0, events(2));
    record(store, first.clone()).await;
    let mut append = at(&name, 1, events(1));
    append.snapshot = Some(snapshot(2, 7));
    refused(store, append).await;
    first.snapshot = Some(snapshot(2, 7));
    recorded_before(store, first).await;
    assert_eq!(store.read_snapshot(&name).await.unwrap(), None);
}
