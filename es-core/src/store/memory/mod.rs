//! An event store in memory, for tests and for trying things out. Nothing survives the process.

mod places;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::ready;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use uuid::Uuid;

use self::places::Places;
use crate::snapshot::Snapshot;
use crate::store::{
    AllQuery, Append, AppendCondition, AppendError, Appended, BoxFuture, EventStore, HandlerStore,
    NewEvent, Page, Receipt, RecordRow, StoreError, StoreErrorKind, StreamQuery,
};
use crate::stream::{Position, StreamName, Version};

/// An event store in memory.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use es_core::{EventStore, MemoryStore, Position};
///
/// let store = MemoryStore::new();
/// assert_eq!(store.last_position().await.unwrap(), Position::START);
/// # }
/// ```
#[derive(Debug)]
pub struct MemoryStore {
    inner: Mutex<Inner>,
    news: watch::Sender<Position>,
}

#[derive(Debug, Default)]
struct Inner {
    /// In order of position: the record at index i has position i + 1.
    records: Vec<Record>,
    streams: HashMap<StreamName, Stream>,
    event_ids: HashMap<Uuid, usize>,
    places: Places,
}

#[derive(Debug, Default)]
struct Stream {
    /// Indexes into the records, in order of version.
    records: Vec<usize>,
    receipts: HashMap<String, Receipt>,
    snapshot: Option<Snapshot>,
}

#[derive(Debug)]
struct Record {
    stream: StreamName,
    version: Version,
    event: NewEvent,
    recorded_at_micros: i64,
    origin: String,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self {
            inner: Mutex::default(),
            news: watch::Sender::new(Position::START),
        }
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic while the lock is held can only come from running out of memory half way; every
        // change below is made after all checks.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn last_version(&self, stream: &StreamName) -> Version {
        Version(
            self.streams
                .get(stream)
                .map_or(0, |stream| stream.records.len() as u64),
        )
    }

    fn append(&mut self, append: Append) -> Result<Appended, AppendError> {
        if append.events.is_empty() {
            return Err(AppendError::Invalid {
                stream: append.stream,
                reason: "it has no events",
            });
        }
        if let Some(key) = &append.idempotency_key
            && let Some(stream) = self.streams.get(&append.stream)
            && let Some(receipt) = stream.receipts.get(key)
        {
            return Ok(Appended::Before(receipt.clone()));
        }
        if let Some(receipt) = self.recorded_before(&append)? {
            return Ok(Appended::Before(receipt));
        }
        let actual = self.last_version(&append.stream);
        match append.condition {
            AppendCondition::StreamAt(version) if version != actual => {
                return Err(AppendError::Conflict {
                    stream: append.stream,
                    condition: append.condition,
                    actual,
                });
            }
            AppendCondition::StreamAt(_) | AppendCondition::Unconditional => {}
        }

        let Append {
            stream: name,
            events,
            recorded_at,
            origin,
            idempotency_key,
            snapshot,
            ..
        } = append;
        let count = u32::try_from(events.len()).unwrap_or(u32::MAX);
        let origin = origin.to_json();
        let mut version = actual;
        let stream = self.streams.entry(name.clone()).or_default();
        for event in events {
            version = version.next();
            let index = self.records.len();
            self.event_ids.insert(event.event_id, index);
            stream.records.push(index);
            self.records.push(Record {
                stream: name.clone(),
                version,
                event,
                recorded_at_micros: recorded_at.as_microsecond(),
                origin: origin.clone(),
            });
        }
        let position = Position(self.records.len() as u64);
        let receipt = Receipt {
            stream: name,
            version,
            position,
            events: count,
        };
        if let Some(key) = idempotency_key {
            stream.receipts.insert(key, receipt.clone());
        }
        // A snapshot from beyond the stream's end would hide events to come.
        if let Some(new) = snapshot
            && new.version <= version
            && stream
                .snapshot
                .as_ref()
                .is_none_or(|old| new.version >= old.version || new.fingerprint != old.fingerprint)
        {
            stream.snapshot = Some(new);
        }
        Ok(Appended::Now(receipt))
    }

    /// The receipt of an append whose event ids are all in the stream already.
    fn recorded_before(&self, append: &Append) -> Result<Option<Receipt>, AppendError> {
        let mut seen = HashMap::with_capacity(append.events.len());
        let mut found = None;
        for event in &append.events {
            match seen.entry(event.event_id) {
                Entry::Occupied(_) => {
                    return Err(AppendError::Invalid {
                        stream: append.stream.clone(),
                        reason: "an event id occurs twice in it",
                    });
                }
                Entry::Vacant(entry) => {
                    entry.insert(());
                }
            }
            if let Some(&index) = self.event_ids.get(&event.event_id)
                && let Some(record) = self.records.get(index)
            {
                if record.stream != append.stream {
                    return Err(AppendError::RecordedElsewhere {
                        stream: append.stream.clone(),
                        event_id: event.event_id,
                    });
                }
                found = found.max(Some((record.version, index)));
            }
        }
        let Some((version, index)) = found else {
            return Ok(None);
        };
        for event in &append.events {
            if !self.event_ids.contains_key(&event.event_id) {
                return Err(AppendError::PartlyRecorded {
                    stream: append.stream.clone(),
                    event_id: self
                        .records
                        .get(index)
                        .map_or(event.event_id, |r| r.event.event_id),
                });
            }
        }
        Ok(Some(Receipt {
            stream: append.stream.clone(),
            version,
            position: Position(index as u64 + 1),
            events: u32::try_from(append.events.len()).unwrap_or(u32::MAX),
        }))
    }
}

impl Record {
    fn row(&self, index: usize, of_any_stream: bool) -> RecordRow<'_> {
        RecordRow {
            category: if of_any_stream {
                self.stream.category()
            } else {
                ""
            },
            id: if of_any_stream { self.stream.id() } else { "" },
            version: self.version,
            position: Position(index as u64 + 1),
            event_id: self.event.event_id,
            name: &self.event.name,
            event_version: self.event.event_version,
            recorded_at_micros: self.recorded_at_micros,
            payload: self.event.payload.as_bytes(),
            origin: self.origin.as_bytes(),
        }
    }
}

/// A count as an index; one that does not fit is past every end.
fn index(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

impl EventStore for MemoryStore {
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, AppendError>> {
        let answer = self.lock().append(append);
        if let Ok(Appended::Now(receipt)) = &answer {
            let position = receipt.position;
            self.news.send_if_modified(|last| {
                let newer = position > *last;
                if newer {
                    *last = position;
                }
                newer
            });
        }
        Box::pin(ready(answer))
    }

    fn find_receipt<'a>(
        &'a self,
        stream: &'a StreamName,
        idempotency_key: &'a str,
    ) -> BoxFuture<'a, Result<Option<Receipt>, StoreError>> {
        let inner = self.lock();
        let receipt = inner
            .streams
            .get(stream)
            .and_then(|s| s.receipts.get(idempotency_key))
            .cloned();
        Box::pin(ready(Ok(receipt)))
    }

    fn read_stream(&self, query: StreamQuery) -> BoxFuture<'_, Result<Page, StoreError>> {
        let inner = self.lock();
        let mut page = Page::of_stream(query.stream.clone());
        if let Some(stream) = inner.streams.get(&query.stream) {
            let rest = stream
                .records
                .get(index(query.after.0)..)
                .unwrap_or_default();
            let limit = query.limit.max(1) as usize;
            for &index in rest.iter().take(limit) {
                if let Some(record) = inner.records.get(index) {
                    page.push(record.row(index, false));
                }
            }
            page.more = rest.len() > limit;
        }
        Box::pin(ready(Ok(page)))
    }

    fn read_all(&self, query: AllQuery) -> BoxFuture<'_, Result<Page, StoreError>> {
        let inner = self.lock();
        let mut page = Page::new();
        let limit = query.limit.max(1) as usize;
        page.read_to = query.after;
        for (index, record) in inner.records.iter().enumerate().skip(index(query.after.0)) {
            if page.len() == limit {
                page.more = true;
                break;
            }
            let of_category = query
                .categories
                .as_ref()
                .is_none_or(|list| list.iter().any(|wanted| wanted == record.stream.category()));
            if of_category && query.names.admits(&record.event.name) {
                page.push(record.row(index, true));
            }
            page.read_to = Position(index as u64 + 1);
        }
        Box::pin(ready(Ok(page)))
    }

    fn read_snapshot<'a>(
        &'a self,
        stream: &'a StreamName,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, StoreError>> {
        let snapshot = self
            .lock()
            .streams
            .get(stream)
            .and_then(|stream| stream.snapshot.clone());
        Box::pin(ready(Ok(snapshot)))
    }

    fn last_position(&self) -> BoxFuture<'_, Result<Position, StoreError>> {
        let last = Position(self.lock().records.len() as u64);
        Box::pin(ready(Ok(last)))
    }

    fn wait_for_news(&self, position: Position) -> BoxFuture<'_, Result<Position, StoreError>> {
        let mut news = self.news.subscribe();
        Box::pin(async move {
            match news.wait_for(|last| *last > position).await {
                Ok(last) => Ok(*last),
                // The sender lives in `self`, which this future borrows.
                Err(_) => Err(StoreError::new(
                    StoreErrorKind::Closed,
                    "the store was closed",
                )),
            }
        })
    }

    fn handlers(&self) -> Option<&dyn HandlerStore> {
        Some(self)
    }
}
