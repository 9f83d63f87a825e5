//! Reading records into pages.

use std::collections::HashSet;

use es_core::{
    AllQuery, Detail, NameFilter, Page, Position, Receipt, RecordRow, Snapshot, StreamName,
    StreamQuery, Version,
};
use rusqlite::types::{FromSqlError, FromSqlResult, Type, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row};
use uuid::Uuid;

use crate::group::FIND_RECEIPT;

const REPLAY_STREAM: &str = "SELECT version, event_version, recorded_at, name, payload FROM events
WHERE stream = (SELECT position FROM events WHERE category = ?1 AND stream_id = ?2 AND version = 1)
AND version > ?3 ORDER BY version";
const READ_STREAM: &str = "SELECT version, event_version, recorded_at, name, payload, position, event_id, origin FROM events
WHERE stream = (SELECT position FROM events WHERE category = ?1 AND stream_id = ?2 AND version = 1)
AND version > ?3 ORDER BY version";
const READ_ALL: &str = "SELECT position, category, name, version, event_version, recorded_at, stream_id, payload, event_id, origin
FROM events WHERE position > ?1 ORDER BY position";
const REPLAY_ALL: &str =
    "SELECT position, category, name, version, event_version, recorded_at, stream_id, payload
FROM events WHERE position > ?1 ORDER BY position";
const LAST_POSITION: &str = "SELECT position FROM events ORDER BY position DESC LIMIT 1";
const READ_SNAPSHOT: &str =
    "SELECT version, fingerprint, state FROM snapshots WHERE category = ?1 AND stream_id = ?2";

/// Where a page ends, whatever its limit; the rest is on the next one.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    records: usize,
    bytes: usize,
    /// How many records a filter passes over.
    passed_over: usize,
}

/// Some 200 microseconds' worth, so that it can be read on an async thread.
const SMALL: Bounds = Bounds {
    records: 512,
    bytes: 128 << 10,
    passed_over: 1024,
};

/// For those who ask for more, on the blocking pool.
const LARGE: Bounds = Bounds {
    records: 4096,
    bytes: 1 << 20,
    passed_over: 16 * 1024,
};

/// Whether a page of this limit takes longer than an async thread may be held up.
pub(crate) fn is_large(limit: u32) -> bool {
    limit as usize > SMALL.records
}

/// A number as SQLite keeps it; what is larger is past every end.
pub(crate) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn bad(column: usize, value: ValueRef<'_>) -> impl FnOnce(FromSqlError) -> rusqlite::Error {
    let of: Type = value.data_type();
    move |error| rusqlite::Error::FromSqlConversionFailure(column, of, Box::new(error))
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<i64> {
    let value = row.get_ref(column)?;
    value.as_i64().map_err(bad(column, value))
}

pub(crate) fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    number(row, column).map(i64::cast_unsigned)
}

fn small(row: &Row<'_>, column: usize) -> rusqlite::Result<u32> {
    let number = number(row, column)?;
    u32::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

fn text<'r>(row: &'r Row<'_>, column: usize) -> rusqlite::Result<&'r str> {
    let value = row.get_ref(column)?;
    value.as_str().map_err(bad(column, value))
}

fn bytes<'r>(row: &'r Row<'_>, column: usize) -> rusqlite::Result<&'r [u8]> {
    let value = row.get_ref(column)?;
    value.as_bytes().map_err(bad(column, value))
}

fn event_id(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    let value = row.get_ref(column)?;
    let id: FromSqlResult<Uuid> = value.as_blob().and_then(|blob| {
        Uuid::from_slice(blob).map_err(|error| FromSqlError::Other(Box::new(error)))
    });
    id.map_err(bad(column, value))
}

/// The page of one stream.
pub(crate) fn stream(connection: &Connection, query: StreamQuery) -> rusqlite::Result<Page> {
    let StreamQuery {
        stream,
        after,
        limit,
        detail,
    } = query;
    let limit = (limit as usize).clamp(1, SMALL.records);
    let full = detail == Detail::Full;
    let mut statement =
        connection.prepare_cached(if full { READ_STREAM } else { REPLAY_STREAM })?;
    statement.raw_bind_parameter(1, stream.category())?;
    statement.raw_bind_parameter(2, stream.id())?;
    statement.raw_bind_parameter(3, integer(after.0))?;
    let mut page = Page::of_stream(stream).with_room_for(limit.min(16));
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        if page.len() == limit || page.bytes() >= SMALL.bytes {
            page.more = true;
            break;
        }
        page.push(RecordRow {
            category: "",
            id: "",
            version: Version(count(row, 0)?),
            event_version: small(row, 1)?,
            recorded_at_micros: number(row, 2)?,
            name: text(row, 3)?,
            payload: bytes(row, 4)?,
            position: if full {
                Position(count(row, 5)?)
            } else {
                Position::START
            },
            event_id: if full { event_id(row, 6)? } else { Uuid::nil() },
            origin: if full { text(row, 7)?.as_bytes() } else { b"" },
        });
    }
    Ok(page)
}

/// The page of the whole store.
pub(crate) fn all(connection: &Connection, query: &AllQuery) -> rusqlite::Result<Page> {
    let bounds = if is_large(query.limit) { LARGE } else { SMALL };
    let limit = (query.limit as usize).clamp(1, bounds.records);
    let full = query.detail == Detail::Full;
    let mut statement = connection.prepare_cached(if full { READ_ALL } else { REPLAY_ALL })?;
    statement.raw_bind_parameter(1, integer(query.after.0))?;
    let mut filter = Filter::new(query);
    let mut page = Page::new().with_room_for(limit.min(FIRST_ROOM));
    page.read_to = query.after;
    let mut passed_over = 0;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        if page.len() == limit || page.bytes() >= bounds.bytes || passed_over == bounds.passed_over
        {
            page.more = true;
            break;
        }
        let position = Position(count(row, 0)?);
        let kind = filter.kind(row, 1, 2)?;
        if kind.is_admitted {
            if page.len() == FIRST_ROOM {
                let bytes = page.bytes() / FIRST_ROOM * limit;
                page.reserve(limit, bytes.min(bounds.bytes));
            }
            page.push(RecordRow {
                category: &kind.category,
                id: text(row, 6)?,
                version: Version(count(row, 3)?),
                position,
                event_version: small(row, 4)?,
                recorded_at_micros: number(row, 5)?,
                name: &kind.name,
                payload: bytes(row, 7)?,
                event_id: if full { event_id(row, 8)? } else { Uuid::nil() },
                origin: if full { text(row, 9)?.as_bytes() } else { b"" },
            });
        } else {
            passed_over += 1;
            page.read_to = position;
        }
    }
    Ok(page)
}

/// Records a page has room for at first: mostly there are few new ones.
const FIRST_ROOM: usize = 32;

/// Which events a query wants: asked once for each kind of event in a page.
struct Filter<'q> {
    names: HashSet<&'q str>,
    /// Whether the names are those that are wanted, or those that are not.
    only: bool,
    categories: Option<HashSet<&'q str>>,
    /// What was found so far, the last one first mostly.
    kinds: Vec<Kind>,
    last: usize,
}

/// An event's category and name, and whether it is wanted.
struct Kind {
    category: String,
    name: String,
    is_admitted: bool,
}

/// So many kinds are remembered.
const KINDS: usize = 64;

impl<'q> Filter<'q> {
    fn new(query: &'q AllQuery) -> Self {
        let set = |names: &'q [String]| names.iter().map(|name| &**name).collect();
        let (names, only) = match &query.names {
            NameFilter::All => (HashSet::new(), false),
            NameFilter::Only(names) => (set(names), true),
            NameFilter::Except(names) => (set(names), false),
        };
        Self {
            names,
            only,
            categories: query.categories.as_deref().map(set),
            kinds: Vec::new(),
            last: 0,
        }
    }

    /// The kind of the event in this row, whose category and name are in these columns.
    fn kind(&mut self, row: &Row<'_>, category: usize, name: usize) -> rusqlite::Result<&Kind> {
        let (as_category, as_name) = (bytes(row, category)?, bytes(row, name)?);
        let is = |kind: &Kind| {
            kind.name.as_bytes() == as_name && kind.category.as_bytes() == as_category
        };
        if !self.kinds.get(self.last).is_some_and(is) {
            self.last = match self.kinds.iter().position(is) {
                Some(known) => known,
                None => self.learn(text(row, category)?, text(row, name)?),
            };
        }
        self.kinds
            .get(self.last)
            .ok_or(rusqlite::Error::InvalidQuery)
    }

    fn learn(&mut self, category: &str, name: &str) -> usize {
        let of_category = self
            .categories
            .as_ref()
            .is_none_or(|categories| categories.contains(category));
        if self.kinds.len() == KINDS {
            self.kinds.clear();
        }
        self.kinds.push(Kind {
            category: category.to_owned(),
            name: name.to_owned(),
            is_admitted: of_category && self.names.contains(name) == self.only,
        });
        self.kinds.len() - 1
    }
}

/// The position of the last record.
pub(crate) fn last_position(connection: &Connection) -> rusqlite::Result<Position> {
    let last = connection
        .prepare_cached(LAST_POSITION)?
        .query_row([], |row| count(row, 0))
        .optional()?;
    Ok(last.map_or(Position::START, Position))
}

/// The receipt under an idempotency key.
pub(crate) fn receipt(
    connection: &Connection,
    stream: StreamName,
    key: &str,
) -> rusqlite::Result<Option<Receipt>> {
    connection
        .prepare_cached(FIND_RECEIPT)?
        .query_row([stream.category(), stream.id(), key], |row| {
            Ok((
                Version(count(row, 0)?),
                Position(count(row, 1)?),
                row.get(2)?,
            ))
        })
        .optional()
        .map(|found| {
            found.map(|(version, position, events)| Receipt {
                stream,
                version,
                position,
                events,
            })
        })
}

/// The stream's snapshot.
pub(crate) fn snapshot(
    connection: &Connection,
    stream: &StreamName,
) -> rusqlite::Result<Option<Snapshot>> {
    connection
        .prepare_cached(READ_SNAPSHOT)?
        .query_row([stream.category(), stream.id()], |row| {
            Ok(Snapshot {
                version: Version(count(row, 0)?),
                fingerprint: number(row, 1)?.cast_unsigned(),
                state: row.get(2)?,
            })
        })
        .optional()
}
