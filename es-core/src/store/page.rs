//! A page of records: one buffer for all their bytes, so that reading allocates nothing a record.

use jiff::Timestamp;
use uuid::Uuid;

use crate::metadata::{Metadata, Origin};
use crate::store::{StoreError, StoreErrorKind};
use crate::stream::{Position, StreamName, Version};

/// How much of each record a reader needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// What rebuilding a state takes: version, time, name, event version and payload. A store may
    /// leave the rest out.
    Replay,
    /// Everything.
    Full,
}

/// What a store puts into a page for one record; see [`Page::push`].
#[derive(Clone, Copy, Debug)]
pub struct RecordRow<'a> {
    /// The stream's category. Pages of one stream may leave it empty.
    pub category: &'a str,
    /// The stream's id. Pages of one stream may leave it empty.
    pub id: &'a str,
    /// Version within the stream.
    pub version: Version,
    /// Place in the store.
    pub position: Position,
    /// The record's own id.
    pub event_id: Uuid,
    /// The event's name on the wire.
    pub name: &'a str,
    /// The version of the event's schema.
    pub event_version: u32,
    /// Microseconds since 1970 UTC.
    pub recorded_at_micros: i64,
    /// The payload, as it was appended.
    pub payload: &'a [u8],
    /// The origin as JSON ([`Origin::to_json`]).
    pub origin: &'a [u8],
}

#[derive(Clone, Debug)]
struct Row {
    version: Version,
    position: Position,
    event_id: Uuid,
    event_version: u32,
    recorded_at_micros: i64,
    // Ends of the parts in `bytes`; each begins where the one before ends.
    start: usize,
    category: usize,
    id: usize,
    name: usize,
    payload: usize,
    origin: usize,
}

/// Records in order, as a store read them.
///
/// ```
/// use es_core::{Page, Position, RecordRow, StreamName, Version};
/// use uuid::Uuid;
///
/// let mut page = Page::of_stream(StreamName::new("account", "acc-1"));
/// page.push(RecordRow {
///     category: "", id: "", version: Version(1), position: Position(7), event_id: Uuid::nil(),
///     name: "account.closed", event_version: 1, recorded_at_micros: 0, payload: b"{}", origin: b"{}",
/// });
/// let record = page.iter().next().unwrap();
/// assert_eq!((record.name(), record.payload()), ("account.closed", &b"{}"[..]));
/// assert_eq!(record.metadata().unwrap().stream.to_string(), "account/acc-1");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Page {
    stream: Option<StreamName>,
    rows: Vec<Row>,
    bytes: Vec<u8>,
    /// Whether there may be more records after this page.
    pub more: bool,
    /// Everything up to here has been looked at, whether it passed the filter or not. The next
    /// page of [`read_all`](crate::EventStore::read_all) is read after it.
    pub read_to: Position,
}

impl Page {
    /// An empty page of records of any stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty page of records of one stream.
    pub fn of_stream(stream: StreamName) -> Self {
        Self {
            stream: Some(stream),
            ..Self::default()
        }
    }

    /// An empty page with room for this many records.
    #[must_use]
    pub fn with_room_for(mut self, records: usize) -> Self {
        self.rows.reserve(records);
        self.bytes.reserve(records.saturating_mul(64));
        self
    }

    /// Makes room for this many records in all, and this many bytes of theirs.
    pub fn reserve(&mut self, records: usize, bytes: usize) {
        self.rows.reserve(records.saturating_sub(self.rows.len()));
        self.bytes.reserve(bytes.saturating_sub(self.bytes.len()));
    }

    /// Adds a record at the end.
    #[inline]
    pub fn push(&mut self, row: RecordRow<'_>) {
        let start = self.bytes.len();
        let mut add = |part: &[u8]| {
            self.bytes.extend_from_slice(part);
            self.bytes.len()
        };
        let category = add(row.category.as_bytes());
        let id = add(row.id.as_bytes());
        let name = add(row.name.as_bytes());
        let payload = add(row.payload);
        let origin = add(row.origin);
        self.rows.push(Row {
            version: row.version,
            position: row.position,
            event_id: row.event_id,
            event_version: row.event_version,
            recorded_at_micros: row.recorded_at_micros,
            start,
            category,
            id,
            name,
            payload,
            origin,
        });
        if row.position > self.read_to {
            self.read_to = row.position;
        }
    }

    /// How many records.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many bytes the records take.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The records in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = RecordRef<'_>> {
        self.rows.iter().map(|row| RecordRef { page: self, row })
    }

    /// The record at this index.
    pub fn get(&self, index: usize) -> Option<RecordRef<'_>> {
        self.rows
            .get(index)
            .map(|row| RecordRef { page: self, row })
    }

    /// The last record.
    pub fn last(&self) -> Option<RecordRef<'_>> {
        self.rows.last().map(|row| RecordRef { page: self, row })
    }
}

/// A record within a [`Page`].
#[derive(Clone, Copy, Debug)]
pub struct RecordRef<'p> {
    page: &'p Page,
    row: &'p Row,
}

impl<'p> RecordRef<'p> {
    #[inline]
    fn part(&self, start: usize, end: usize) -> &'p [u8] {
        self.page.bytes.get(start..end).unwrap_or_default()
    }

    fn text(&self, start: usize, end: usize) -> &'p str {
        // Pushed as `&str`, so it is UTF-8.
        std::str::from_utf8(self.part(start, end)).unwrap_or_default()
    }

    /// What was put into the page for it.
    pub(crate) fn row(&self) -> RecordRow<'p> {
        RecordRow {
            category: self.category(),
            id: self.stream_id(),
            version: self.row.version,
            position: self.row.position,
            event_id: self.row.event_id,
            name: self.name(),
            event_version: self.row.event_version,
            recorded_at_micros: self.row.recorded_at_micros,
            payload: self.payload(),
            origin: self.part(self.row.payload, self.row.origin),
        }
    }

    /// Version within the stream.
    #[inline]
    pub fn version(&self) -> Version {
        self.row.version
    }

    /// Place in the store.
    pub fn position(&self) -> Position {
        self.row.position
    }

    /// The record's own id.
    pub fn event_id(&self) -> Uuid {
        self.row.event_id
    }

    /// The event's name on the wire.
    #[inline]
    pub fn name(&self) -> &'p str {
        self.text(self.row.id, self.row.name)
    }

    /// The version of the event's schema the payload has.
    #[inline]
    pub fn event_version(&self) -> u32 {
        self.row.event_version
    }

    /// The payload, as it was appended.
    #[inline]
    pub fn payload(&self) -> &'p [u8] {
        self.part(self.row.name, self.row.payload)
    }

    /// The origin as JSON ([`Origin::to_json`]).
    pub fn origin_json(&self) -> &'p str {
        self.text(self.row.payload, self.row.origin)
    }

    /// When it was recorded; times outside jiff's range are brought to its ends.
    pub fn recorded_at(&self) -> Timestamp {
        let micros = self.row.recorded_at_micros;
        Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
    }

    /// The stream's category.
    pub fn category(&self) -> &'p str {
        match &self.page.stream {
            Some(stream) => stream.category(),
            None => self.text(self.row.start, self.row.category),
        }
    }

    /// The stream's id.
    pub fn stream_id(&self) -> &'p str {
        match &self.page.stream {
            Some(stream) => stream.id(),
            None => self.text(self.row.category, self.row.id),
        }
    }

    /// The stream.
    pub fn stream(&self) -> StreamName {
        match &self.page.stream {
            Some(stream) => stream.clone(),
            None => StreamName::new(self.category().to_owned(), self.stream_id()),
        }
    }

    /// All that is recorded beside the payload. The page must have been read with
    /// [`Detail::Full`].
    ///
    /// # Errors
    /// The stored origin is not the JSON a store writes: someone else has changed it.
    pub fn metadata(&self) -> Result<Metadata, StoreError> {
        let origin = Origin::from_json(self.origin_json()).map_err(|error| {
            StoreError::new(
                StoreErrorKind::Corrupt,
                format!(
                    "the metadata of {} version {} (position {}) cannot be read: {error}",
                    self.stream(),
                    self.version(),
                    self.position()
                ),
            )
            .with_source(error)
        })?;
        let Origin {
            correlation_id,
            causation_id,
            actor,
            headers,
        } = origin;
        Ok(Metadata {
            event_id: self.event_id(),
            stream: self.stream(),
            version: self.version(),
            position: self.position(),
            recorded_at: self.recorded_at(),
            correlation_id,
            causation_id,
            actor,
            headers,
        })
    }
}
