//! What the checks append, and how they look at what is there.

use es_core::{
    AllQuery, Append, AppendCondition, AppendError, Appended, Detail, EventStore, NewEvent, Origin,
    Page, Position, Receipt, RecordRef, StreamName, StreamQuery, Version,
};
use jiff::Timestamp;
use uuid::Uuid;

pub(super) fn stream(id: impl std::fmt::Display) -> StreamName {
    StreamName::new("account", id.to_string())
}

pub(super) fn event() -> NewEvent {
    event_named("account.deposited")
}

pub(super) fn event_named(name: &'static str) -> NewEvent {
    NewEvent {
        event_id: Uuid::now_v7(),
        name: name.into(),
        event_version: 1,
        payload: r#"{"amount":42}"#.to_owned(),
    }
}

pub(super) fn events(count: usize) -> Vec<NewEvent> {
    (0..count).map(|_| event()).collect()
}

/// An append of these events where the stream is at this version.
pub(super) fn at(stream: &StreamName, version: u64, events: Vec<NewEvent>) -> Append {
    Append {
        stream: stream.clone(),
        condition: AppendCondition::StreamAt(Version(version)),
        events,
        recorded_at: Timestamp::now(),
        origin: Origin::default(),
        idempotency_key: None,
        snapshot: None,
    }
}

/// An append of these events wherever the stream is.
pub(super) fn anywhere(stream: &StreamName, events: Vec<NewEvent>) -> Append {
    Append {
        condition: AppendCondition::Unconditional,
        ..at(stream, 0, events)
    }
}

pub(super) fn with_key(mut append: Append, key: &str) -> Append {
    append.idempotency_key = Some(key.to_owned());
    append
}

/// Appends something that is to be recorded now.
pub(super) async fn record(store: &dyn EventStore, append: Append) -> Receipt {
    match store.append(append).await {
        Ok(Appended::Now(receipt)) => receipt,
        other => panic!("the append should have been recorded now: {other:?}"),
    }
}

/// Appends something that was recorded before.
pub(super) async fn recorded_before(store: &dyn EventStore, append: Append) -> Receipt {
    match store.append(append).await {
        Ok(Appended::Before(receipt)) => receipt,
        other => panic!("the append should have been known: {other:?}"),
    }
}

/// Appends something that is to be refused, and sees that nothing was stored.
pub(super) async fn refused(store: &dyn EventStore, append: Append) -> AppendError {
    let stream = append.stream.clone();
    let before = (
        everything(store).await,
        store.last_position().await.unwrap(),
    );
    let snapshot = store.read_snapshot(&stream).await.unwrap();
    let error = match store.append(append).await {
        Err(error) => error,
        other => panic!("the append should have been refused: {other:?}"),
    };
    let after = (
        everything(store).await,
        store.last_position().await.unwrap(),
    );
    assert_eq!(
        before, after,
        "the refused append has stored something: {error}"
    );
    assert_eq!(
        snapshot,
        store.read_snapshot(&stream).await.unwrap(),
        "of {error}"
    );
    error
}

/// A record, taken out of its page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) stream: StreamName,
    pub(super) version: u64,
    pub(super) position: Position,
    pub(super) event_id: Uuid,
    pub(super) name: String,
    pub(super) payload: String,
}

impl From<RecordRef<'_>> for Record {
    fn from(record: RecordRef<'_>) -> Self {
        Self {
            stream: record.stream(),
            version: record.version().0,
            position: record.position(),
            event_id: record.event_id(),
            name: record.name().to_owned(),
            payload: String::from_utf8(record.payload().to_vec()).unwrap(),
        }
    }
}

pub(super) fn records(page: &Page) -> Vec<Record> {
    page.iter().map(Record::from).collect()
}

pub(super) fn of_stream(stream: &StreamName, after: u64, limit: u32) -> StreamQuery {
    StreamQuery {
        stream: stream.clone(),
        after: Version(after),
        limit,
        detail: Detail::Full,
    }
}

pub(super) fn of_all(after: Position, limit: u32) -> AllQuery {
    AllQuery {
        after,
        limit,
        names: es_core::NameFilter::All,
        detail: es_core::Detail::Full,
        categories: None,
    }
}

/// All records of a stream, page by page.
pub(super) async fn stored(store: &dyn EventStore, stream: &StreamName) -> Vec<Record> {
    let mut found: Vec<Record> = Vec::new();
    loop {
        let after = found.last().map_or(0, |record| record.version);
        let page = store
            .read_stream(of_stream(stream, after, 1000))
            .await
            .unwrap();
        found.extend(page.iter().map(Record::from));
        if !page.more {
            return found;
        }
        assert!(!page.is_empty(), "an empty page of a stream promises more");
    }
}

/// All records that pass the query's filters, page by page.
pub(super) async fn filtered(store: &dyn EventStore, mut query: AllQuery) -> Vec<Record> {
    let mut found = Vec::new();
    loop {
        let page = store.read_all(query.clone()).await.unwrap();
        assert!(
            page.len() <= query.limit.max(1) as usize,
            "a page larger than its limit"
        );
        found.extend(page.iter().map(Record::from));
        if !page.more {
            return found;
        }
        assert!(
            page.read_to > query.after,
            "a page with more to come has not moved on"
        );
        query.after = page.read_to;
    }
}

/// All records of the store.
pub(super) async fn everything(store: &dyn EventStore) -> Vec<Record> {
    filtered(store, of_all(Position::START, 1000)).await
}

/// Sees that these are versions 1 to `count`, at growing positions.
pub(super) fn assert_whole(records: &[Record], count: usize) {
    let versions: Vec<u64> = records.iter().map(|record| record.version).collect();
    assert_eq!(
        versions,
        (1..=count as u64).collect::<Vec<_>>(),
        "versions have gaps"
    );
    assert!(
        records
            .windows(2)
            .all(|pair| pair[0].position < pair[1].position),
        "positions do not grow"
    );
}
