//! Which events a version of a projection is built from: a method that is added or taken away changes
//! what its tables would hold.

use std::collections::BTreeSet;

use es_core::{DurableHandler, HandlerKey};
use rusqlite::{Connection, params};

const RECORD: &str =
    "INSERT INTO projection_events (projection, version, event) VALUES (?1, ?2, ?3)";
const RECORDED: &str = "SELECT event FROM projection_events WHERE projection = ?1 AND version = ?2";
const FORGET: &str = "DELETE FROM projection_events WHERE projection = ?1 AND version = ?2";
/// Whether there is such an event among those that are handled.
const HAS_BEEN: &str = "SELECT 1 FROM events WHERE name = ?1 AND position <=
  (SELECT position FROM handler_places WHERE name = ?2 AND version = ?3)";

/// The names on the wire of the events a projection handles.
fn names(handler: &DurableHandler) -> BTreeSet<String> {
    let events = handler.meta().on.iter().map(|on| on.event);
    events
        .flat_map(|event| std::iter::once(&event.name).chain(event.aliases))
        .map(|name| (*name).to_owned())
        .collect()
}

pub(super) fn record(connection: &Connection, handler: &DurableHandler) -> rusqlite::Result<()> {
    let key = handler.key();
    let mut statement = connection.prepare_cached(RECORD)?;
    for name in names(handler) {
        statement.execute(params![key.name, key.version, name])?;
    }
    Ok(())
}

pub(super) fn forget(connection: &Connection, key: &HandlerKey) -> rusqlite::Result<()> {
    connection
        .prepare_cached(FORGET)?
        .execute(params![key.name, key.version])?;
    Ok(())
}

/// An event that is handled and was not, or the other way round, and that the projection has been
/// past: its tables are not what they would be now. Where there is none, what is handled now is
/// recorded.
pub(super) fn changed(
    connection: &Connection,
    handler: &DurableHandler,
) -> rusqlite::Result<Option<String>> {
    let key = handler.key();
    let recorded: BTreeSet<String> = connection
        .prepare_cached(RECORDED)?
        .query_map(params![key.name, key.version], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let now = names(handler);
    if recorded == now {
        return Ok(None);
    }
    for name in recorded.symmetric_difference(&now) {
        let has_been =
            connection
                .prepare_cached(HAS_BEEN)?
                .exists(params![name, key.name, key.version])?;
        if has_been {
            let what = if now.contains(name) { "new" } else { "gone" };
            return Ok(Some(format!("`{name}` is {what}")));
        }
    }
    forget(connection, &key)?;
    record(connection, handler)?;
    Ok(None)
}
