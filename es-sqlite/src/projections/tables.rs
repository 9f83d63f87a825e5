//! The tables of a projection: made by its `#[init]`, recorded, and compared with what is there.

use std::collections::HashSet;

use es_core::{DurableHandler, HandlerKey, PrepareError, caught};
use rusqlite::{Connection, Transaction, params};

use super::normal::normal;
use super::{handle, over};
use crate::transaction::{SqliteTx, quoted};
use crate::work::Bench;

const SCHEMA: &str = "SELECT type, name, tbl_name, sql FROM sqlite_schema";
const RECORD_VERSION: &str = "INSERT INTO projections (projection, version) VALUES (?1, ?2)";
const RECORD: &str = "INSERT INTO projection_tables (projection, version, kind, plain_name, name, sql) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const IS_RECORDED: &str = "SELECT 1 FROM projections WHERE projection = ?1 AND version = ?2";
const RECORDED: &str = "SELECT kind, plain_name, name, sql FROM projection_tables WHERE projection = ?1 AND version = ?2 ORDER BY number";
const FORGET: [&str; 2] = [
    "DELETE FROM projections WHERE projection = ?1 AND version = ?2",
    "DELETE FROM projection_tables WHERE projection = ?1 AND version = ?2",
];

/// Something a projection's `#[init]` has made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object {
    /// `table`, `view`, `index` or `trigger`.
    pub(super) kind: String,
    /// As the projection calls it.
    pub(super) plain: String,
    /// In the file.
    pub(super) name: String,
    /// Normalised.
    sql: String,
}

impl Object {
    /// Whether readers look at it.
    pub(super) fn is_read(&self) -> bool {
        matches!(&*self.kind, "table" | "view")
    }

    /// The view readers find it by.
    pub(super) fn plain_view(&self) -> String {
        format!(
            "CREATE VIEW {} AS SELECT * FROM {}",
            quoted(&self.plain),
            quoted(&self.name)
        )
    }
}

/// What follows the plain names of a version's tables.
pub(super) fn suffix(version: u32) -> String {
    format!("__v{version}")
}

/// Something in the file.
struct Entry {
    kind: String,
    name: String,
    sql: String,
}

fn schema(connection: &Connection) -> rusqlite::Result<Vec<Entry>> {
    let mut statement = connection.prepare(SCHEMA)?;
    let entries = statement.query_map([], |row| {
        Ok(Entry {
            kind: row.get(0)?,
            name: row.get(1)?,
            sql: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
        })
    })?;
    entries.collect()
}

/// What is in the file under a name: `table`, say.
pub(super) fn found(
    connection: &Connection,
    name: &str,
) -> rusqlite::Result<Option<(String, String)>> {
    use rusqlite::OptionalExtension;
    connection
        .query_row(
            "SELECT type, coalesce(sql, '') FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE",
            [name],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()
}

/// Has the projection's `#[init]` make its tables, under names with this suffix.
pub(super) fn make<'t>(
    bench: &Bench<'_>,
    transaction: Transaction<'t>,
    handler: &DurableHandler,
    suffix: &str,
) -> Result<(Transaction<'t>, Vec<Object>), PrepareError> {
    let store = |e| PrepareError::Store(bench.failed(e));
    let projection = handler.meta().name;
    let before = schema(&transaction).map_err(store)?;
    let is_old = |name: &str| before.iter().any(|old| old.name.eq_ignore_ascii_case(name));
    let durable = over(bench, handler)?;
    let mut tx = SqliteTx::new(transaction, suffix.to_owned()).noting();
    let made = handle(bench, &mut tx, |tx| {
        caught(|| super::done(durable.init(tx)))
    });
    let names: Vec<_> = tx
        .asked()
        .into_iter()
        .map(|plain| {
            let name = format!("{plain}{suffix}");
            (plain, name)
        })
        .collect();
    if let Some((plain, name)) = names.iter().find(|(_, name)| is_old(name)) {
        return Err(PrepareError::Tables(format!(
            "projection {projection} wants to make its table `{plain}` as `{name}`, but there is something of that name in {} that is not recorded as its own: drop or rename it",
            bench.path.display()
        )));
    }
    if let Err(error) = made {
        return Err(match bench.store_error_of(error) {
            Ok(store) => PrepareError::Store(store),
            Err(handler) => PrepareError::Init(handler),
        });
    }
    let transaction = tx.into_inner();
    let mut objects = Vec::new();
    for entry in schema(&transaction).map_err(store)? {
        let asked = names
            .iter()
            .find(|(_, name)| name.eq_ignore_ascii_case(&entry.name));
        if let Some((plain, _)) = asked {
            objects.push(Object {
                kind: entry.kind,
                plain: plain.clone(),
                sql: normal(&entry.sql, &names),
                name: entry.name,
            });
        } else if !is_old(&entry.name) && !is_internal(&entry.name, &names) {
            return Err(PrepareError::Tables(format!(
                "`#[init]` of projection {projection} makes the {} `{name}` under a name that another version of it would meet: name it `tx.table(\"{name}\")`",
                entry.kind,
                name = entry.name
            )));
        }
    }
    Ok((transaction, objects))
}

/// Whether SQLite has made it itself, for one of the tables.
fn is_internal(name: &str, tables: &[(String, String)]) -> bool {
    name.starts_with("sqlite_")
        || tables.iter().any(|(_, table)| {
            // The tables behind a virtual one.
            name.strip_prefix(&**table)
                .is_some_and(|rest| rest.starts_with('_'))
        })
}

pub(super) fn is_recorded(connection: &Connection, key: &HandlerKey) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(IS_RECORDED)?
        .exists(params![key.name, key.version])
}

pub(super) fn recorded(connection: &Connection, key: &HandlerKey) -> rusqlite::Result<Vec<Object>> {
    let mut statement = connection.prepare_cached(RECORDED)?;
    let objects = statement.query_map(params![key.name, key.version], |row| {
        Ok(Object {
            kind: row.get(0)?,
            plain: row.get(1)?,
            name: row.get(2)?,
            sql: row.get(3)?,
        })
    })?;
    objects.collect()
}

pub(super) fn record(
    connection: &Connection,
    key: &HandlerKey,
    objects: &[Object],
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(RECORD_VERSION)?
        .execute(params![key.name, key.version])?;
    let mut statement = connection.prepare_cached(RECORD)?;
    for object in objects {
        statement.execute(params![
            key.name,
            key.version,
            object.kind,
            object.plain,
            object.name,
            object.sql
        ])?;
    }
    Ok(())
}

pub(super) fn forget(connection: &Connection, key: &HandlerKey) -> rusqlite::Result<()> {
    for sql in FORGET {
        connection
            .prepare_cached(sql)?
            .execute(params![key.name, key.version])?;
    }
    super::events::forget(connection, key)
}

/// How what is in the file differs from what was recorded.
pub(super) fn changed_since(
    connection: &Connection,
    recorded: &[Object],
) -> rusqlite::Result<Option<String>> {
    let names: Vec<_> = recorded
        .iter()
        .map(|object| (object.plain.clone(), object.name.clone()))
        .collect();
    for object in recorded {
        let kind = &object.kind;
        let name = &object.name;
        match found(connection, name)? {
            None => return Ok(Some(format!("its {kind} `{name}` is not there any more"))),
            Some((now, _)) if now != *kind => {
                return Ok(Some(format!("its {kind} `{name}` is a {now} now")));
            }
            Some((_, sql)) => {
                let now = normal(&sql, &names);
                if now != object.sql {
                    return Ok(Some(format!(
                        "its {kind} `{name}` was changed: it was made as `{}` and is `{now}`",
                        object.sql
                    )));
                }
            }
        }
    }
    Ok(None)
}

/// How what `#[init]` makes today differs from what it made.
pub(super) fn difference(made: &[Object], today: &[Object]) -> Option<String> {
    let plain = |objects: &[Object]| -> HashSet<String> {
        objects
            .iter()
            .map(|object| object.plain.to_ascii_lowercase())
            .collect()
    };
    let (before, now) = (plain(made), plain(today));
    let missing = |in_these: &HashSet<String>, of: &[Object]| {
        of.iter()
            .find(|object| !in_these.contains(&object.plain.to_ascii_lowercase()))
            .map(|object| format!("{} `{}`", object.kind, object.plain))
    };
    if let Some(new) = missing(&before, today) {
        return Some(format!("the {new} is new"));
    }
    if let Some(gone) = missing(&now, made) {
        return Some(format!("the {gone} is gone"));
    }
    let (old, new) = made.iter().find_map(|old| {
        let new = today
            .iter()
            .find(|new| new.plain.eq_ignore_ascii_case(&old.plain))?;
        (old.kind != new.kind || old.sql != new.sql).then_some((old, new))
    })?;
    Some(format!(
        "`{}` was `{}` and is `{}`",
        old.plain, old.sql, new.sql
    ))
}

/// Drops what a version is made of: the last made first, as it may refer to what was made before.
pub(super) fn drop_objects(connection: &Connection, objects: &[Object]) -> rusqlite::Result<()> {
    let tables_last = |object: &&Object| object.kind != "table";
    let (others, tables): (Vec<_>, Vec<_>) = objects.iter().rev().partition(tables_last);
    for object in others.into_iter().chain(tables) {
        connection.execute_batch(&format!(
            "DROP {} IF EXISTS {}",
            object.kind.to_uppercase(),
            quoted(&object.name)
        ))?;
    }
    Ok(())
}
