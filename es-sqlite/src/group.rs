//! Writing a group of appends in one transaction, each succeeding or failing on its own.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use es_core::{
    Append, AppendCondition, AppendError, Appended, Position, Receipt, StoreErrorKind, Version,
};
use rusqlite::{CachedStatement, Connection, ErrorCode, OptionalExtension, params};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::error::{kind_of, store_error};
use crate::ids::{Ids, Lookup};
use crate::news::News;
use crate::recent::Recent;

const LAST_VERSION: &str = "SELECT stream, version FROM events
WHERE stream = (SELECT position FROM events WHERE category = ?1 AND stream_id = ?2 AND version = 1)
ORDER BY version DESC LIMIT 1";
const WHERE_IT_IS: &str =
    "SELECT version, category = ?2 AND stream_id = ?3 FROM events WHERE position = ?1";
const INSERT_EVENT: &str = "INSERT INTO events (stream, category, stream_id, recorded_at, origin, position, version, event_id, name, event_version, payload)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
pub(crate) const FIND_RECEIPT: &str = "SELECT version, position, events FROM receipts WHERE category = ?1 AND stream_id = ?2 AND idempotency_key = ?3";
const INSERT_RECEIPT: &str = "INSERT INTO receipts (category, stream_id, idempotency_key, version, position, events) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const KEEP_SNAPSHOT: &str = "INSERT INTO snapshots (category, stream_id, version, fingerprint, state) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (category, stream_id) DO UPDATE SET version = excluded.version, fingerprint = excluded.fingerprint, state = excluded.state
WHERE excluded.version >= version OR excluded.fingerprint <> fingerprint";

/// The answer to an append.
pub(crate) type Answer = Result<Appended, AppendError>;

/// Who is told of what was committed, before it is answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told<'t> {
    pub(crate) recent: &'t Recent,
    pub(crate) news: &'t News,
}

/// An append that waits to be written.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) append: Append,
    /// The append's origin as JSON, made before it came here: what the writer does, all wait for.
    pub(crate) origin: String,
    pub(crate) answer: oneshot::Sender<Answer>,
}

/// Where the last of an append's events stands, and how many they are.
#[derive(Clone, Copy, Debug)]
struct Place {
    version: u64,
    position: u64,
    events: u32,
}

/// What became of an append, if the transaction is committed.
#[derive(Clone, Copy, Debug)]
enum Outcome {
    Now(Place),
    Before(Place),
    Conflict { actual: u64 },
    PartlyRecorded(Uuid),
    RecordedElsewhere(Uuid),
    Invalid(&'static str),
}

/// How a group went.
#[derive(Debug)]
pub(crate) struct Written {
    /// How long the commit took.
    pub(crate) commit: Duration,
}

/// Writes the jobs in one transaction and answers each. Where that fails, each is tried alone, so
/// that what is wrong with one of them (or the room it takes) does not hurt the others.
///
/// Gives the jobs back, unanswered, if another process writes and `patience` is at its end.
pub(crate) fn write(
    connection: &Connection,
    ids: &mut Ids,
    told: Told<'_>,
    path: &Path,
    jobs: Vec<Job>,
    patience: Duration,
) -> Result<Written, (Vec<Job>, Arc<rusqlite::Error>)> {
    let begun = Instant::now();
    match attempt(connection, ids, told, &jobs, true, patience) {
        Ok((outcomes, commit)) => {
            answer_all(jobs, &outcomes, told);
            Ok(Written { commit })
        }
        Err(error) => {
            roll_back(connection, ids);
            match kind_of(&error) {
                StoreErrorKind::Busy => Err((jobs, Arc::new(error))),
                StoreErrorKind::ReadOnly | StoreErrorKind::Corrupt | StoreErrorKind::Foreign => {
                    fail_all(jobs, path, error);
                    Ok(Written {
                        commit: begun.elapsed(),
                    })
                }
                kind => {
                    tracing::debug!(%error, ?kind, appends = jobs.len(), "a group failed; each is tried alone");
                    write_each(connection, ids, told, path, jobs, patience, error);
                    Ok(Written {
                        commit: begun.elapsed(),
                    })
                }
            }
        }
    }
}

fn write_each(
    connection: &Connection,
    ids: &mut Ids,
    told: Told<'_>,
    path: &Path,
    jobs: Vec<Job>,
    patience: Duration,
    first: rusqlite::Error,
) {
    if let [job] = &jobs[..]
        && job.append.snapshot.is_none()
    {
        fail_all(jobs, path, first);
        return;
    }
    for job in jobs {
        // Without the snapshot: the append must not fail for it.
        match attempt(
            connection,
            ids,
            told,
            std::slice::from_ref(&job),
            false,
            patience,
        ) {
            Ok((outcomes, _)) => answer_all(vec![job], &outcomes, told),
            Err(error) => {
                roll_back(connection, ids);
                fail_all(vec![job], path, error);
            }
        }
    }
}

/// Answers each job with this error.
pub(crate) fn fail_all(jobs: Vec<Job>, path: &Path, error: impl Into<Arc<rusqlite::Error>>) {
    let error = error.into();
    for job in jobs {
        let error = store_error(path, "append to", Arc::clone(&error));
        // Who does not wait any more needs no answer.
        let _ = job.answer.send(Err(error.into()));
    }
}

fn answer_all(jobs: Vec<Job>, outcomes: &[Outcome], told: Told<'_>) {
    // Before the first answer: whoever hears of an append sees it.
    let mut last = None;
    for (job, outcome) in jobs.iter().zip(outcomes) {
        if let Outcome::Now(place) = outcome {
            told.recent.committed(&job.append, Version(place.version));
            last = last.max(Some(Position(place.position)));
        }
    }
    if let Some(last) = last {
        told.news.announce(last);
    }
    for (job, outcome) in jobs.into_iter().zip(outcomes) {
        let Job {
            append: Append {
                stream, condition, ..
            },
            answer,
            ..
        } = job;
        let answered = match *outcome {
            Outcome::Now(place) => Ok(Appended::Now(place.receipt(stream))),
            Outcome::Before(place) => Ok(Appended::Before(place.receipt(stream))),
            Outcome::Conflict { actual } => Err(AppendError::Conflict {
                stream,
                condition,
                actual: Version(actual),
            }),
            Outcome::PartlyRecorded(event_id) => {
                Err(AppendError::PartlyRecorded { stream, event_id })
            }
            Outcome::RecordedElsewhere(event_id) => {
                Err(AppendError::RecordedElsewhere { stream, event_id })
            }
            Outcome::Invalid(reason) => Err(AppendError::Invalid { stream, reason }),
        };
        // Who does not wait any more needs no answer.
        let _ = answer.send(answered);
    }
}

impl Place {
    fn receipt(self, stream: es_core::StreamName) -> Receipt {
        Receipt {
            stream,
            version: Version(self.version),
            position: Position(self.position),
            events: self.events,
        }
    }
}

/// Undoes what is left of a transaction; SQLite may have done so itself.
pub(crate) fn roll_back(connection: &Connection, ids: &mut Ids) {
    ids.forget();
    roll_back_only(connection);
}

pub(crate) fn roll_back_only(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = connection.execute_batch("ROLLBACK")
    {
        tracing::warn!(%error, "rolling back failed");
    }
}

fn attempt(
    connection: &Connection,
    ids: &mut Ids,
    told: Told<'_>,
    jobs: &[Job],
    snapshots: bool,
    patience: Duration,
) -> rusqlite::Result<(Vec<Outcome>, Duration)> {
    begin(connection, patience)?;
    let mut outcomes = Vec::with_capacity(jobs.len());
    if !ids.catch_up(connection)? {
        told.recent.clear();
    }
    let locked = told.recent.lock();
    let mut statements = Statements::new(connection, ids)?;
    for job in jobs {
        outcomes.push(statements.append(&job.append, &job.origin, snapshots)?);
    }
    let begun = Instant::now();
    connection.prepare_cached("COMMIT")?.execute([])?;
    drop(locked);
    Ok((outcomes, begun.elapsed()))
}

/// Begins to write. Waits for another process in many short steps: it may be one that writes all
/// the time and leaves short gaps only, which SQLite's own steps of 100 ms would rarely hit.
fn begin(connection: &Connection, patience: Duration) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("BEGIN IMMEDIATE")?;
    let begun = Instant::now();
    let mut pause = Duration::from_micros(100);
    loop {
        match statement.execute([]) {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && begun.elapsed() < patience =>
            {
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(2));
            }
            result => return result.map(|_| ()),
        }
    }
}

struct Statements<'c> {
    connection: &'c Connection,
    ids: &'c mut Ids,
    last_version: CachedStatement<'c>,
    lookup: Lookup<'c>,
    insert_event: CachedStatement<'c>,
}

impl<'c> Statements<'c> {
    fn new(connection: &'c Connection, ids: &'c mut Ids) -> rusqlite::Result<Self> {
        Ok(Self {
            connection,
            ids,
            last_version: connection.prepare_cached(LAST_VERSION)?,
            lookup: Lookup::new(connection)?,
            insert_event: connection.prepare_cached(INSERT_EVENT)?,
        })
    }

    /// All checks come before the first insert, so an append that is refused has written nothing.
    fn append(
        &mut self,
        append: &Append,
        origin: &str,
        snapshots: bool,
    ) -> rusqlite::Result<Outcome> {
        let (category, id) = (append.stream.category(), append.stream.id());
        let events = u32::try_from(append.events.len()).unwrap_or(u32::MAX);
        if append.events.is_empty() {
            return Ok(Outcome::Invalid("it has no events"));
        }
        #[cfg(test)]
        assert!(
            append.events[0].name != "test.panic",
            "as the test wants it"
        );
        if let Some(key) = &append.idempotency_key
            && let Some(place) = find_receipt(self.connection, category, id, key)?
        {
            return Ok(Outcome::Before(place));
        }
        if has_an_id_twice(append) {
            return Ok(Outcome::Invalid("an event id occurs twice in it"));
        }
        if let Some(outcome) = self.recorded_before(append, events)? {
            return Ok(outcome);
        }
        let found: Option<(i64, i64)> = self
            .last_version
            .query_row([category, id], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let mut position = self.ids.last_position();
        let (number, last) = found.unwrap_or((position.saturating_add(1), 0));
        match append.condition {
            AppendCondition::Unconditional => {}
            AppendCondition::StreamAt(Version(version)) if version == last.cast_unsigned() => {}
            AppendCondition::StreamAt(_) => {
                return Ok(Outcome::Conflict {
                    actual: last.cast_unsigned(),
                });
            }
            _ => return Ok(Outcome::Invalid("its condition is unknown to this store")),
        }

        let insert = &mut self.insert_event;
        insert.raw_bind_parameter(1, number)?;
        insert.raw_bind_parameter(2, category)?;
        insert.raw_bind_parameter(3, id)?;
        insert.raw_bind_parameter(4, append.recorded_at.as_microsecond())?;
        insert.raw_bind_parameter(5, origin)?;
        let mut version = last;
        for event in &append.events {
            version = version.saturating_add(1);
            position = position.saturating_add(1);
            insert.raw_bind_parameter(6, position)?;
            insert.raw_bind_parameter(7, version)?;
            insert.raw_bind_parameter(8, &event.event_id.as_bytes()[..])?;
            insert.raw_bind_parameter(9, &*event.name)?;
            insert.raw_bind_parameter(10, event.event_version)?;
            insert.raw_bind_parameter(11, &*event.payload)?;
            insert.raw_execute()?;
            self.ids.note(event.event_id, position);
        }
        if let Some(key) = &append.idempotency_key {
            self.connection
                .prepare_cached(INSERT_RECEIPT)?
                .execute(params![category, id, key, version, position, events])?;
        }
        // A snapshot from beyond the stream's end would hide events to come.
        if let Some(snapshot) = &append.snapshot
            && snapshots
            && snapshot.version.0 <= version.cast_unsigned()
        {
            self.connection
                .prepare_cached(KEEP_SNAPSHOT)?
                .execute(params![
                    category,
                    id,
                    snapshot.version.0.cast_signed(),
                    snapshot.fingerprint.cast_signed(),
                    snapshot.state
                ])?;
        }
        Ok(Outcome::Now(Place {
            version: version.cast_unsigned(),
            position: position.cast_unsigned(),
            events,
        }))
    }

    /// What to answer if event ids of the append are recorded already.
    fn recorded_before(
        &mut self,
        append: &Append,
        events: u32,
    ) -> rusqlite::Result<Option<Outcome>> {
        let mut known = 0;
        let mut last: Option<(i64, i64, Uuid)> = None;
        for event in &append.events {
            let Some(position) = self.ids.find(event.event_id, &mut self.lookup)? else {
                continue;
            };
            let (version, here): (i64, bool) =
                self.connection.prepare_cached(WHERE_IT_IS)?.query_row(
                    params![position, append.stream.category(), append.stream.id()],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )?;
            if !here {
                return Ok(Some(Outcome::RecordedElsewhere(event.event_id)));
            }
            known += 1;
            last = last.max(Some((version, position, event.event_id)));
        }
        Ok(last.map(|(version, position, event_id)| {
            if known < append.events.len() {
                Outcome::PartlyRecorded(event_id)
            } else {
                Outcome::Before(Place {
                    version: version.cast_unsigned(),
                    position: position.cast_unsigned(),
                    events,
                })
            }
        }))
    }
}

/// Brings the ids of the latest events into their table.
pub(crate) fn store_ids(
    connection: &Connection,
    ids: &mut Ids,
    told: Told<'_>,
    patience: Duration,
) {
    let stored = begin(connection, patience)
        .and_then(|()| ids.catch_up(connection))
        .map(|nobody_else_wrote| {
            if !nobody_else_wrote {
                told.recent.clear();
            }
        })
        .and_then(|()| ids.store(connection))
        .and_then(|()| connection.prepare_cached("COMMIT")?.execute([]));
    if let Err(error) = stored {
        tracing::debug!(%error, "the ids of the latest events are stored later");
        ids.put_off();
        roll_back_only(connection);
    }
}

fn find_receipt(
    connection: &Connection,
    category: &str,
    id: &str,
    key: &str,
) -> rusqlite::Result<Option<Place>> {
    connection
        .prepare_cached(FIND_RECEIPT)?
        .query_row([category, id, key], |row| {
            Ok(Place {
                version: row.get::<_, i64>(0)?.cast_unsigned(),
                position: row.get::<_, i64>(1)?.cast_unsigned(),
                events: row.get(2)?,
            })
        })
        .optional()
}

fn has_an_id_twice(append: &Append) -> bool {
    let events = &append.events;
    if events.len() <= 16 {
        return events.iter().enumerate().any(|(at, event)| {
            events
                .iter()
                .take(at)
                .any(|earlier| earlier.event_id == event.event_id)
        });
    }
    let mut seen = HashSet::with_capacity(events.len());
    !events.iter().all(|event| seen.insert(event.event_id))
}
