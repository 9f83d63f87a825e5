//! What SQLite does by hand: no framework, no async, one connection.

use std::path::Path;
use std::time::{Duration, Instant};

use es_sqlite::rusqlite::types::ValueRef;
use es_sqlite::rusqlite::{Connection, params};
use tempfile::TempDir;

use crate::account::Deposited;
use crate::{Workload, account_id};

/// A hand-written table of events.
pub(crate) struct Floor {
    connection: Connection,
    _folder: TempDir,
}

fn stream(number: usize) -> String {
    format!("account-{}", account_id(number))
}

const INSERT: &str =
    "INSERT INTO events (stream, version, name, recorded_at, payload) VALUES (?1, ?2, ?3, ?4, ?5)";

impl Floor {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let connection = Connection::open(folder.path().join("floor.db")).unwrap();
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                 CREATE TABLE events (
                    position INTEGER PRIMARY KEY, stream TEXT NOT NULL, version INTEGER NOT NULL,
                    name TEXT NOT NULL, recorded_at INTEGER NOT NULL, payload TEXT NOT NULL,
                    UNIQUE (stream, version)
                 ) STRICT;",
            )
            .unwrap();
        Self {
            connection,
            _folder: folder,
        }
    }

    fn insert(&self, stream: &str, version: usize) {
        let event = Deposited {
            amount: 8,
            reference: "invoice 2024-17".to_owned(),
        };
        let payload = serde_json::to_string(&event).unwrap();
        let now = jiff::Timestamp::now().as_microsecond();
        self.connection
            .prepare_cached(INSERT)
            .unwrap()
            .execute(params![
                stream,
                version as i64,
                "account.deposited",
                now,
                payload
            ])
            .unwrap();
    }

    /// One insert per transaction, into streams as the commands': inserts a second.
    pub(crate) fn commands(&mut self, workload: Workload, time: Duration) -> f64 {
        self.connection.execute_batch("BEGIN").unwrap();
        for number in 0..workload.filled {
            for version in 1..=10 {
                self.insert(&stream(number), version);
            }
        }
        self.connection.execute_batch("COMMIT").unwrap();
        let first = if workload.filled > 0 { 11 } else { 1 };
        let begun = Instant::now();
        let mut done = 0;
        while begun.elapsed() < time {
            let number = workload.stream(done / workload.commands);
            self.insert(&stream(number), first + done % workload.commands);
            done += 1;
        }
        done as f64 / begun.elapsed().as_secs_f64()
    }

    /// Two streams of this many events each, in turns of `part` events.
    pub(crate) fn fill(&mut self, events: usize, part: usize) {
        for at in 0..events / part {
            self.connection.execute_batch("BEGIN").unwrap();
            for stream in [stream(0), stream(1)] {
                for version in 1..=part {
                    self.insert(&stream, at * part + version);
                }
            }
            self.connection.execute_batch("COMMIT").unwrap();
        }
    }

    /// Loads a stream with one statement: the balance and how many events there are.
    pub(crate) fn replay(&self, id: &str) -> (i64, usize) {
        self.fold(
            "SELECT version, name, recorded_at, payload FROM events WHERE stream = ?1 ORDER BY version",
            [format!("account-{id}")],
        )
    }

    /// All events with one statement.
    pub(crate) fn read_all(&self) -> (i64, usize) {
        self.fold(
            "SELECT position, name, stream, payload FROM events ORDER BY position",
            [],
        )
    }

    fn fold(&self, sql: &str, params: impl es_sqlite::rusqlite::Params) -> (i64, usize) {
        let mut statement = self.connection.prepare_cached(sql).unwrap();
        let mut rows = statement.query(params).unwrap();
        let (mut balance, mut count) = (0, 0);
        while let Some(row) = rows.next().unwrap() {
            assert_eq!(
                row.get_ref(1).unwrap().as_str().unwrap(),
                "account.deposited"
            );
            let payload = row.get_ref(3).unwrap().as_bytes().unwrap();
            let event: Deposited = serde_json::from_slice(payload).unwrap();
            balance += event.amount;
            count += 1;
        }
        (balance, count)
    }
}

/// Looks at the columns of all events of a store with one statement, and keeps nothing of them: what
/// reading them costs through rusqlite.
pub(crate) fn columns(path: &Path, full: bool) -> usize {
    let connection = Connection::open(path).unwrap();
    let more = if full { ", event_id, origin" } else { "" };
    let sql = format!(
        "SELECT position, category, name, version, event_version, recorded_at, stream_id, payload{more} FROM events ORDER BY position"
    );
    let mut statement = connection.prepare(&sql).unwrap();
    let columns = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let (mut count, mut seen) = (0, 0);
    while let Some(row) = rows.next().unwrap() {
        for column in 0..columns {
            seen += match row.get_ref(column).unwrap() {
                ValueRef::Integer(_) => 1,
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
                other => panic!("{other:?}"),
            };
        }
        count += 1;
    }
    assert!(seen > 0);
    count
}
