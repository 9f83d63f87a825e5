//! Bringing the write-ahead log into the database file, and beginning it anew.
//!
//! SQLite's automatic checkpoint does not come to an end where reads follow each other closely: the
//! log can begin anew only at a moment when nobody reads it. It then grows, every commit lengthens
//! the file (which makes flushing slow), and every commit tries a checkpoint again. So the writer
//! looks for such a moment itself: the readers of this process pass a gate.

use std::sync::{RwLock, RwLockReadGuard, TryLockError};
use std::time::Duration;

use rusqlite::{CachedStatement, Connection};

/// A checkpoint is due when the log has grown by this many pages.
const DUE: u64 = 1000;

/// The log is looked at every so many commits: to look costs some microseconds.
const COMMITS: u32 = 16;

/// How often, and how far apart, a moment without readers is looked for.
const TRIES: u32 = 40;
const APART: Duration = Duration::from_micros(50);

/// Readers hold it open; to begin the log anew it must be shut for a moment.
#[derive(Debug, Default)]
pub(crate) struct Gate(RwLock<()>);

impl Gate {
    /// Reading lasts as long as the guard.
    pub(crate) fn pass(&self) -> RwLockReadGuard<'_, ()> {
        // It guards nothing that a panic could have left half done.
        self.0
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Does something while nobody reads; not at all if somebody always does.
    fn shut<T>(&self, run: impl FnOnce() -> T) -> Option<T> {
        for _ in 0..TRIES {
            // Waiting for the lock would hold up the readers behind it.
            match self.0.try_write() {
                Ok(_shut) => return Some(run()),
                Err(TryLockError::Poisoned(shut)) => {
                    let _shut = shut.into_inner();
                    return Some(run());
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(APART),
            }
        }
        None
    }
}

/// When the next checkpoint is due.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    /// Pages in the log.
    due_at: u64,
    /// Commits since the log was looked at.
    commits: u32,
    is_due: bool,
}

impl Default for Checkpoints {
    fn default() -> Self {
        Self {
            due_at: DUE,
            commits: 0,
            is_due: false,
        }
    }
}

impl Checkpoints {
    /// After a commit: whether a checkpoint is due.
    pub(crate) fn note_commit(&mut self, connection: &Connection) -> bool {
        self.commits += 1;
        if self.commits >= COMMITS {
            self.commits = 0;
            // NOOP checkpoints nothing, it only tells.
            self.is_due = pages(connection.prepare_cached("PRAGMA wal_checkpoint(NOOP)"))
                .is_ok_and(|log| log.pages >= self.due_at);
        }
        self.is_due
    }

    /// After a commit that may have been a large one: the same, without waiting for more commits.
    pub(crate) fn note_large_commit(&mut self, connection: &Connection) -> bool {
        self.commits = COMMITS;
        self.note_commit(connection)
    }

    /// Whether the log has grown enough.
    pub(crate) fn is_due(&self) -> bool {
        self.is_due
    }

    /// Takes a checkpoint. Failing is no harm: the events are in the log.
    pub(crate) fn take(&mut self, connection: &Connection, gate: &Gate) {
        self.is_due = false;
        // The long part, beside the readers ...
        let done = pages(connection.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)"));
        // ... and the short one, without them.
        let anew = gate.shut(|| pages(connection.prepare_cached("PRAGMA wal_checkpoint(RESTART)")));
        self.due_at = match (anew, done) {
            (Some(Ok(log)), _) if !log.busy => DUE,
            (_, Ok(log)) => log.pages + DUE / 4,
            (_, Err(error)) => {
                tracing::warn!(%error, "a checkpoint of the write-ahead log failed");
                self.due_at + DUE
            }
        };
    }
}

#[derive(Clone, Copy, Debug)]
struct Log {
    /// Someone was in the way.
    busy: bool,
    pages: u64,
}

fn pages(statement: rusqlite::Result<CachedStatement<'_>>) -> rusqlite::Result<Log> {
    statement?.query_row([], |row| {
        let (busy, pages): (bool, i64) = (row.get(0)?, row.get(1)?);
        Ok(Log {
            busy,
            pages: u64::try_from(pages).unwrap_or(0),
        })
    })
}
