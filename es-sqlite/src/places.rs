//! The places of event handlers.

use es_core::{
    BoxFuture, Fence, HandlerKey, HandlerPlace, HandlerStore, Instruction, LeaseRequest, NewPlace,
    ParkedStream, PlaceStage, Position, Progress, Saved, StoreError, StreamName, Timestamp,
    Version,
};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::projections;
use crate::read::{count, integer};
use crate::store::SqliteStore;

const PLACES: &str = "SELECT name, version, stage, position, holder, leased_until,
  (SELECT count(*) FROM parked_streams WHERE handler = name AND handler_version = handler_places.version)
FROM handler_places ORDER BY name, version";
const ADD: &str = "INSERT INTO handler_places (name, version, stage, position, fence)
SELECT ?1, ?2, iif(EXISTS (SELECT 1 FROM handler_places WHERE name = ?1 AND stage = 'live'), 'building', ?3), ?4, 0
WHERE ?3 = 'building'
  OR NOT EXISTS (SELECT 1 FROM handler_places WHERE name = ?1 AND stage = 'live' AND version > ?2)
ON CONFLICT DO NOTHING";
const LEASE_OF: &str =
    "SELECT fence, holder, leased_until FROM handler_places WHERE name = ?1 AND version = ?2";
const NEXT_FENCE: &str = "UPDATE handler_fence SET fence = fence + 1 RETURNING fence";
const LEASE: &str = "UPDATE handler_places SET holder = ?3, fence = ?4, leased_until = ?5 WHERE name = ?1 AND version = ?2";
const GIVE_BACK: &str =
    "UPDATE handler_places SET holder = NULL, leased_until = NULL WHERE holder = ?1";
const HOLDS: &str = "SELECT 1 FROM handler_places WHERE name = ?1 AND version = ?2 AND fence = ?3 AND holder IS NOT NULL";
const MOVE: &str = "UPDATE handler_places SET position = ?3 WHERE name = ?1 AND version = ?2";
const PARK: &str = "INSERT OR REPLACE INTO parked_streams
  (handler, handler_version, category, stream_id, version, position, event, error, attempts, since, retry_at, instruction)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
const TAKE_UP: &str = "DELETE FROM parked_streams WHERE handler = ?1 AND handler_version = ?2 AND category = ?3 AND stream_id = ?4";
const PARKED: &str = "SELECT category, stream_id, version, position, event, error, attempts, since, retry_at, instruction
FROM parked_streams WHERE handler = ?1 AND handler_version = ?2 ORDER BY position";
const INSTRUCT: &str = "UPDATE parked_streams SET instruction = ?5
WHERE handler = ?1 AND handler_version = ?2 AND category = ?3 AND stream_id = ?4 AND version = ?6";
const FORGET: [&str; 2] = [
    "DELETE FROM handler_places WHERE name = ?1 AND version = ?2",
    "DELETE FROM parked_streams WHERE handler = ?1 AND handler_version = ?2",
];

/// Microseconds since 1970; times are kept as exactly as that.
fn micros(time: Timestamp) -> i64 {
    time.as_microsecond()
}

/// Times outside jiff's range are brought to its ends.
fn time(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

pub(crate) fn stage_text(stage: PlaceStage) -> &'static str {
    match stage {
        PlaceStage::Building => "building",
        PlaceStage::Live => "live",
    }
}

fn instruction_text(instruction: Instruction) -> &'static str {
    match instruction {
        Instruction::Retry => "retry",
        Instruction::Release => "release",
        Instruction::Discard => "discard",
    }
}

fn unknown(column: usize, text: &str) -> rusqlite::Error {
    let error = format!("`{text}` is not known to this release");
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
}

fn stage(row: &Row<'_>, column: usize) -> rusqlite::Result<PlaceStage> {
    match row.get_ref(column)?.as_str()? {
        "building" => Ok(PlaceStage::Building),
        "live" => Ok(PlaceStage::Live),
        other => Err(unknown(column, other)),
    }
}

fn instruction(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Instruction>> {
    match row.get_ref(column)?.as_str_or_null()? {
        None => Ok(None),
        Some("retry") => Ok(Some(Instruction::Retry)),
        Some("release") => Ok(Some(Instruction::Release)),
        Some("discard") => Ok(Some(Instruction::Discard)),
        Some(other) => Err(unknown(column, other)),
    }
}

fn holder(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Uuid>> {
    let bytes: Option<[u8; 16]> = row.get(column)?;
    Ok(bytes.map(Uuid::from_bytes))
}

fn all(connection: &Connection) -> rusqlite::Result<Vec<HandlerPlace>> {
    let mut statement = connection.prepare_cached(PLACES)?;
    let places = statement.query_map([], |row| {
        Ok(HandlerPlace {
            key: HandlerKey::new(row.get::<_, String>(0)?, row.get(1)?),
            stage: stage(row, 2)?,
            position: Position(count(row, 3)?),
            holder: holder(row, 4)?,
            leased_until: row.get::<_, Option<i64>>(5)?.map(time),
            parked: count(row, 6)?,
        })
    })?;
    places.collect()
}

fn add(connection: &Connection, places: &[NewPlace]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(ADD)?;
    for place in places {
        statement.execute(params![
            place.key.name,
            place.key.version,
            stage_text(place.stage),
            integer(place.position.0)
        ])?;
    }
    Ok(())
}

fn lease(
    connection: &Connection,
    request: &LeaseRequest,
    key: &HandlerKey,
) -> rusqlite::Result<Option<Fence>> {
    let found = connection
        .prepare_cached(LEASE_OF)?
        .query_row(params![key.name, key.version], |row| {
            Ok((
                row.get::<_, i64>(0)?,
                holder(row, 1)?,
                row.get::<_, Option<i64>>(2)?,
            ))
        })
        .optional()?;
    let Some((fence, held_by, until)) = found else {
        return Ok(None);
    };
    let lasts = held_by.is_some() && until.is_some_and(|until| until > micros(request.now));
    let fence = if !lasts {
        connection
            .prepare_cached(NEXT_FENCE)?
            .query_row([], |row| row.get(0))?
    } else if held_by == Some(request.holder) {
        fence
    } else {
        return Ok(None);
    };
    connection.prepare_cached(LEASE)?.execute(params![
        key.name,
        key.version,
        request.holder.as_bytes(),
        fence,
        micros(request.until)
    ])?;
    Ok(Some(Fence(fence.cast_unsigned())))
}

/// Whether this is the fence of a handler's latest lease, and it was not given back.
pub(crate) fn holds(
    connection: &Connection,
    key: &HandlerKey,
    fence: Fence,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(HOLDS)?
        .exists(params![key.name, key.version, integer(fence.0)])
}

/// Moves a place, and sets streams aside: those taken up first, so that one may be set aside anew.
pub(crate) fn advance<'p>(
    connection: &Connection,
    key: &HandlerKey,
    position: Position,
    taken_up: &[StreamName],
    set_aside: impl IntoIterator<Item = &'p ParkedStream>,
) -> rusqlite::Result<()> {
    connection.prepare_cached(MOVE)?.execute(params![
        key.name,
        key.version,
        integer(position.0)
    ])?;
    for stream in taken_up {
        connection.prepare_cached(TAKE_UP)?.execute(params![
            key.name,
            key.version,
            stream.category(),
            stream.id()
        ])?;
    }
    for parked in set_aside {
        connection.prepare_cached(PARK)?.execute(params![
            key.name,
            key.version,
            parked.stream.category(),
            parked.stream.id(),
            integer(parked.version.0),
            integer(parked.position.0),
            parked.event,
            parked.error,
            parked.attempts,
            micros(parked.since),
            parked.retry_at.map(micros),
            parked.instruction.map(instruction_text)
        ])?;
    }
    Ok(())
}

fn save(connection: &Connection, progress: &Progress) -> rusqlite::Result<Saved> {
    if !holds(connection, &progress.key, progress.fence)? {
        return Ok(Saved::LeaseLost);
    }
    advance(
        connection,
        &progress.key,
        progress.position,
        &progress.taken_up,
        &progress.set_aside,
    )?;
    Ok(Saved::Yes)
}

fn parked(connection: &Connection, key: &HandlerKey) -> rusqlite::Result<Vec<ParkedStream>> {
    let mut statement = connection.prepare_cached(PARKED)?;
    let parked = statement.query_map(params![key.name, key.version], |row| {
        Ok(ParkedStream {
            key: key.clone(),
            stream: StreamName::new(row.get::<_, String>(0)?, row.get::<_, String>(1)?),
            version: Version(count(row, 2)?),
            position: Position(count(row, 3)?),
            event: row.get(4)?,
            error: row.get(5)?,
            attempts: row.get(6)?,
            since: time(row.get(7)?),
            retry_at: row.get::<_, Option<i64>>(8)?.map(time),
            instruction: instruction(row, 9)?,
        })
    })?;
    parked.collect()
}

fn instruct(
    connection: &Connection,
    parked: &ParkedStream,
    instruction: Instruction,
) -> rusqlite::Result<bool> {
    let changed = connection.prepare_cached(INSTRUCT)?.execute(params![
        parked.key.name,
        parked.key.version,
        parked.stream.category(),
        parked.stream.id(),
        instruction_text(instruction),
        parked.version.0.cast_signed(),
    ])?;
    Ok(changed > 0)
}

/// Forgets a place and what is set aside; not the tables.
pub(crate) fn forget(connection: &Connection, key: &HandlerKey) -> rusqlite::Result<()> {
    for sql in FORGET {
        connection
            .prepare_cached(sql)?
            .execute(params![key.name, key.version])?;
    }
    Ok(())
}

impl HandlerStore for SqliteStore {
    fn places(&self) -> BoxFuture<'_, Result<Vec<HandlerPlace>, StoreError>> {
        Box::pin(self.readers().read(all))
    }

    fn add_places(&self, places: Vec<NewPlace>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.write(move |connection| add(connection, &places)))
    }

    fn lease(
        &self,
        request: LeaseRequest,
    ) -> BoxFuture<'_, Result<Vec<Option<Fence>>, StoreError>> {
        Box::pin(self.write(move |connection| {
            let handlers = request.handlers.iter();
            handlers
                .map(|key| lease(connection, &request, key))
                .collect()
        }))
    }

    fn give_back(&self, holder: Uuid) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(self.write(move |connection| {
            connection
                .prepare_cached(GIVE_BACK)?
                .execute([holder.as_bytes()])
                .map(drop)
        }))
    }

    fn save(&self, progress: Progress) -> BoxFuture<'_, Result<Saved, StoreError>> {
        Box::pin(self.write(move |connection| save(connection, &progress)))
    }

    fn parked<'a>(
        &'a self,
        key: &'a HandlerKey,
    ) -> BoxFuture<'a, Result<Vec<ParkedStream>, StoreError>> {
        let key = key.clone();
        Box::pin(
            self.readers()
                .read(move |connection| parked(connection, &key)),
        )
    }

    fn instruct<'a>(
        &'a self,
        parked: &'a ParkedStream,
        instruction: Instruction,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let parked = parked.clone();
        Box::pin(self.write(move |connection| instruct(connection, &parked, instruction)))
    }

    fn forget<'a>(&'a self, key: &'a HandlerKey) -> BoxFuture<'a, Result<(), StoreError>> {
        let key = key.clone();
        Box::pin(self.write(move |connection| {
            projections::drop_version(connection, &key)?;
            forget(connection, &key)
        }))
    }
}
