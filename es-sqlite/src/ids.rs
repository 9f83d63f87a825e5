//! Which event ids are taken.
//!
//! An index over the ids of all events would be one more page to write in every commit. Instead
//! the ids of the latest events are kept in memory, and brought into the table `event_ids` a few
//! thousand at a time. The events themselves remain the truth: what is in neither is read from
//! them, on opening and after another process has appended.

use std::collections::HashMap;

use rusqlite::{CachedStatement, Connection, OptionalExtension};
use uuid::Uuid;

const REACH: &str = "SELECT position FROM event_ids_reach";
const SET_REACH: &str = "UPDATE event_ids_reach SET position = ?1";
const GREATEST: &str = "SELECT max(event_id) FROM event_ids";
const LAST_POSITION: &str = "SELECT position FROM events ORDER BY position DESC LIMIT 1";
const IDS_AFTER: &str = "SELECT position, event_id FROM events WHERE position > ?1";
const FIND: &str = "SELECT position FROM event_ids WHERE event_id = ?1";
const KEEP: &str =
    "INSERT INTO event_ids (event_id, position) VALUES (?1, ?2) ON CONFLICT DO NOTHING";

/// This many ids in memory are brought into the table.
const MANY: usize = 2048;

/// The ids of the latest events. To be used within a write transaction only.
#[derive(Debug)]
pub(crate) struct Ids {
    /// Those of the events after the reach, as it was when this was loaded, up to `to`.
    latest: HashMap<Uuid, i64>,
    /// The greatest id in the table, as far as its ids are not in `latest`. Ids of version 7 grow,
    /// so a new one mostly need not be looked for there.
    greatest: Option<Uuid>,
    /// The last event in `latest`; `None`: not loaded.
    to: Option<i64>,
    /// How many are brought into the table.
    many: usize,
}

impl Default for Ids {
    fn default() -> Self {
        Self {
            latest: HashMap::new(),
            greatest: None,
            to: None,
            many: MANY,
        }
    }
}

fn uuid(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    row.get(column).map(Uuid::from_bytes)
}

impl Ids {
    /// After a transaction that was not committed: what was noted in it is not true.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    /// At the beginning of a transaction: takes in what other processes have appended. Answers
    /// whether it is certain that none has.
    pub(crate) fn catch_up(&mut self, connection: &Connection) -> rusqlite::Result<bool> {
        let last = connection
            .prepare_cached(LAST_POSITION)?
            .query_row([], |row| row.get::<_, i64>(0))
            .optional()?
            .unwrap_or(0);
        let after = match self.to {
            Some(to) if to == last => return Ok(true),
            Some(to) => to,
            None => {
                self.greatest = connection
                    .prepare_cached(GREATEST)?
                    .query_row([], |row| row.get::<_, Option<[u8; 16]>>(0))?
                    .map(Uuid::from_bytes);
                connection
                    .prepare_cached(REACH)?
                    .query_row([], |row| row.get(0))?
            }
        };
        let mut statement = connection.prepare_cached(IDS_AFTER)?;
        let mut rows = statement.query([after])?;
        while let Some(row) = rows.next()? {
            self.latest.insert(uuid(row, 1)?, row.get(0)?);
        }
        self.to = Some(last);
        Ok(false)
    }

    /// The position of the event with this id.
    pub(crate) fn find(&self, id: Uuid, table: &mut Lookup<'_>) -> rusqlite::Result<Option<i64>> {
        if let Some(position) = self.latest.get(&id) {
            return Ok(Some(*position));
        }
        if self.greatest.is_none_or(|greatest| id > greatest) {
            return Ok(None);
        }
        table
            .0
            .query_row([&id.as_bytes()[..]], |row| row.get(0))
            .optional()
    }

    /// The position of the last event, once [`catch_up`](Self::catch_up) has been called.
    pub(crate) fn last_position(&self) -> i64 {
        self.to.unwrap_or(0)
    }

    /// Notes an event written in this transaction.
    pub(crate) fn note(&mut self, id: Uuid, position: i64) {
        self.latest.insert(id, position);
        self.to = Some(position);
    }

    /// Whether it is time to [`store`](Self::store) them.
    pub(crate) fn are_many(&self) -> bool {
        self.latest.len() >= self.many
    }

    /// Brings them into the table, in a transaction of its own; the caller has caught up in it, and
    /// commits.
    pub(crate) fn store(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut ids: Vec<_> = self
            .latest
            .iter()
            .map(|(id, position)| (*id, *position))
            .collect();
        ids.sort_unstable();
        let mut keep = connection.prepare_cached(KEEP)?;
        for (id, position) in &ids {
            keep.raw_bind_parameter(1, &id.as_bytes()[..])?;
            keep.raw_bind_parameter(2, position)?;
            keep.raw_execute()?;
        }
        connection
            .prepare_cached(SET_REACH)?
            .execute([self.to.unwrap_or(0)])?;
        self.greatest = self.greatest.max(ids.last().map(|(id, _)| *id));
        self.latest.clear();
        self.many = MANY;
        Ok(())
    }

    /// It did not work (a full disk, say): not to be tried again at once.
    pub(crate) fn put_off(&mut self) {
        let many = self.latest.len() + MANY;
        self.forget();
        self.many = many;
    }
}

/// The statement that looks into the table.
pub(crate) struct Lookup<'c>(CachedStatement<'c>);

impl<'c> Lookup<'c> {
    pub(crate) fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        connection.prepare_cached(FIND).map(Self)
    }
}
