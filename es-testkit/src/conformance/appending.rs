//! Appending, and what comes back.

use std::collections::BTreeMap;

use es_core::{
    AllQuery, Detail, NewEvent, Origin, Page, Position, StreamName, StreamQuery, Version,
};
use jiff::Timestamp;
use uuid::Uuid;

use super::Fresh;
use super::sample::{
    anywhere, assert_whole, at, event, events, everything, of_all, record, stored, stream,
};

/// Appends one after the other get the versions from 1, and growing positions.
pub async fn versions_are_contiguous_and_positions_grow(fresh: Fresh) {
    let store = &*fresh.store();
    let (one, other) = (stream("one"), stream("other"));
    let mut last = Position::START;
    for version in 0..20 {
        for name in [&one, &other] {
            let receipt = record(store, at(name, version, events(1))).await;
            assert_eq!(receipt.version, Version(version + 1));
            assert_eq!((&receipt.stream, receipt.events), (name, 1));
            assert!(receipt.position > last, "positions do not grow");
            last = receipt.position;
        }
    }
    assert_whole(&stored(store, &one).await, 20);
    assert_whole(&stored(store, &other).await, 20);
}

/// A store nobody has written to has nothing to read.
pub async fn an_empty_store_is_empty(fresh: Fresh) {
    let store = &*fresh.store();
    assert_eq!(store.last_position().await.unwrap(), Position::START);
    assert_eq!(stored(store, &stream("nobody")).await, []);
    let page = store.read_all(of_all(Position::START, 10)).await.unwrap();
    assert!(page.is_empty() && !page.more);
    assert_eq!(
        store.find_receipt(&stream("nobody"), "key").await.unwrap(),
        None
    );
    assert_eq!(store.read_snapshot(&stream("nobody")).await.unwrap(), None);
}

/// An append of several events is one: their versions follow each other, the receipt is of the
/// last.
pub async fn several_events_are_appended_as_one(fresh: Fresh) {
    let store = &*fresh.store();
    let name = stream("several");
    record(store, at(&name, 0, events(2))).await;
    let sent = events(300);
    let receipt = record(store, at(&name, 2, sent.clone())).await;
    assert_eq!((receipt.version, receipt.events), (Version(302), 300));
    let found = stored(store, &name).await;
    assert_whole(&found, 302);
    assert_eq!(found.last().unwrap().position, receipt.position);
    let ids = found.iter().skip(2).map(|record| record.event_id);
    assert!(
        ids.eq(sent.iter().map(|event| event.event_id)),
        "the events are out of order"
    );
}

/// Without a condition, events go after what is there, be it something or nothing.
pub async fn an_unconditional_append_goes_after_whatever_is_there(fresh: Fresh) {
    let store = &*fresh.store();
    let name = stream("anywhere");
    assert_eq!(
        record(store, anywhere(&name, events(2))).await.version,
        Version(2)
    );
    assert_eq!(
        record(store, at(&name, 2, events(1))).await.version,
        Version(3)
    );
    assert_eq!(
        record(store, anywhere(&name, events(1))).await.version,
        Version(4)
    );
    assert_whole(&stored(store, &name).await, 4);
}

/// Payload, metadata and origin come back to the byte and the microsecond, from a stream and from
/// the whole store.
pub async fn records_come_back_as_they_were_appended(fresh: Fresh) {
    let store = &*fresh.store();
    let name = stream("Zoë 'x' \"y\" / 100% ¥ 🏦");
    let payload =
        "{ \"text\" : \"tab\\t, quote \\\", nul \\u0000, ünïcödé 🏦\",\n \"a\":1,\"a\":2 }";
    let sent = [
        NewEvent {
            event_id: Uuid::now_v7(),
            name: "kontō.eröffnet".into(),
            event_version: 7,
            payload: payload.to_owned(),
        },
        NewEvent {
            event_id: Uuid::from_u128(u128::MAX),
            event_version: u32::MAX,
            ..event()
        },
        NewEvent {
            payload: "null".to_owned(),
            ..event()
        },
    ];
    let origin = Origin {
        correlation_id: Some("correlation '1'".to_owned()),
        causation_id: Some("caused \"by\"".to_owned()),
        actor: Some("Zoë\n\\".to_owned()),
        headers: BTreeMap::from([
            (String::new(), "empty".to_owned()),
            ("ключ".to_owned(), String::new()),
        ]),
    };
    let times = ["2024-02-29T23:59:59.123456Z", "1969-12-31T23:59:59.999999Z"];
    for (round, time) in times.into_iter().enumerate() {
        let recorded_at: Timestamp = time.parse().unwrap();
        let mut sent = sent.clone();
        if round > 0 {
            sent.iter_mut()
                .for_each(|event| event.event_id = Uuid::now_v7());
        }
        let mut append = anywhere(&name, sent.to_vec());
        (append.recorded_at, append.origin) = (recorded_at, origin.clone());
        let receipt = record(store, append).await;
        let after = Version(receipt.version.0 - 3);
        let query = |detail| StreamQuery {
            stream: name.clone(),
            after,
            limit: 10,
            detail,
        };
        let full = store.read_stream(query(Detail::Full)).await.unwrap();
        let replay = store.read_stream(query(Detail::Replay)).await.unwrap();
        let page = AllQuery {
            names: es_core::NameFilter::All,
            detail: es_core::Detail::Full,
            categories: None,
            limit: 10,
            after: Position::START,
        };
        let all = store
            .read_all(AllQuery {
                after: skip(round, &full),
                ..page
            })
            .await
            .unwrap();
        for page in [&full, &all] {
            for (record, event) in page.iter().zip(&sent) {
                let metadata = record.metadata().unwrap();
                assert_eq!(metadata.event_id, event.event_id);
                assert_eq!(metadata.stream, name);
                assert_eq!(
                    (metadata.recorded_at, record.recorded_at()),
                    (recorded_at, recorded_at)
                );
                let found = Origin {
                    correlation_id: metadata.correlation_id,
                    causation_id: metadata.causation_id,
                    actor: metadata.actor,
                    headers: metadata.headers,
                };
                assert_eq!(found, origin);
            }
        }
        for page in [&full, &replay, &all] {
            assert_eq!(page.len(), 3);
            for (record, (event, version)) in page.iter().zip(sent.iter().zip(after.0 + 1..)) {
                assert_eq!(record.version(), Version(version));
                assert_eq!(record.name(), event.name);
                assert_eq!(record.event_version(), event.event_version);
                assert_eq!(record.payload(), event.payload.as_bytes());
                assert_eq!(record.recorded_at(), recorded_at);
            }
        }
    }
}

/// The position before the page's first record, as far as this check needs it.
fn skip(round: usize, page: &Page) -> Position {
    let first = page
        .iter()
        .next()
        .map_or(Position::START, |record| record.position());
    if round == 0 {
        Position::START
    } else {
        Position(first.0 - 1)
    }
}

/// A payload of a megabyte comes back byte for byte, and so do its neighbours.
pub async fn a_large_payload_comes_back_as_it_was(fresh: Fresh) {
    let store = &*fresh.store();
    let name = stream("large");
    let text: String = (0..(1_usize << 20))
        .map(|at| char::from(b'a' + (at % 23) as u8))
        .collect();
    let large = NewEvent {
        payload: format!("\"{text}\""),
        ..event()
    };
    let sent = [
        event(),
        large.clone(),
        event(),
        NewEvent {
            event_id: Uuid::now_v7(),
            ..large
        },
    ];
    record(store, at(&name, 0, sent.to_vec())).await;
    for found in [stored(store, &name).await, everything(store).await] {
        assert_whole(&found, 4);
        for (found, sent) in found.iter().zip(&sent) {
            assert!(
                found.payload == sent.payload,
                "version {} differs",
                found.version
            );
        }
    }
}

/// Names of streams may hold anything, and are the same only if both parts are.
pub async fn stream_names_are_told_apart(fresh: Fresh) {
    let store = &*fresh.store();
    let parts = [
        ("a/b", "c"),
        ("a", "b/c"),
        ("a", "c"),
        ("", "a/b/c"),
        ("a/b/c", ""),
        ("", ""),
        ("a", ""),
        ("", "a"),
        ("a-b", "c"),
        ("a", "b-c"),
        ("A", "c"),
        ("a", "C"),
        ("a ", "c"),
        ("a", " c"),
        ("a", "c "),
        ("a", "%"),
        ("a", "_"),
        ("a", "*"),
        ("a", "'; DROP TABLE events; --"),
        ("a", "\""),
        ("a", "\\"),
        ("a", "ä"),
        ("a", "a\u{308}"),
        ("a", "🏦"),
        ("a", "1"),
        ("a", "01"),
        ("a", "1.0"),
        ("a", "line\nbreak"),
    ];
    let names: Vec<_> = parts
        .into_iter()
        .map(|(category, id)| StreamName::new(category, id))
        .collect();
    for (index, name) in names.iter().enumerate() {
        record(store, at(name, 0, events(index % 3 + 1))).await;
    }
    for (index, name) in names.iter().enumerate() {
        let found = stored(store, name).await;
        assert_whole(&found, index % 3 + 1);
        assert!(
            found.iter().all(|record| record.stream == *name),
            "{name:?} has others' records"
        );
    }
    let found = everything(store).await;
    let expected = names
        .iter()
        .enumerate()
        .flat_map(|(index, name)| vec![name; index % 3 + 1]);
    assert!(
        found.iter().map(|record| &record.stream).eq(expected),
        "read_all mixes streams up"
    );
}
