//! Durable projections: tables of their own for each version, rows and place in one transaction.

mod apply;
mod events;
mod normal;
mod tables;

use std::any::TypeId;
use std::error::Error;

use es_core::{
    Applied, Batch, BoxFuture, DurableHandler, DurableOver, Fence, HandlerError, HandlerKey,
    PlaceStage, PrepareError, Reaction, Saved, StoreError, StoreErrorKind, TransactionFamily,
    Transactions,
};
use rusqlite::{Connection, DropBehavior, Transaction, ffi, params};

use crate::error::{kind_of, store_error_saying};
use crate::places::{self, stage_text};
use crate::store::SqliteStore;
use crate::transaction::{Sqlite, SqliteTx, quoted};
use crate::work::Bench;
use tables::Object;

/// What follows the plain names of tables that are made to be compared only.
const PROBE: &str = "__probe";

const VERSIONS: &str = "SELECT projections.version, coalesce(stage = 'live', FALSE)
FROM projections LEFT JOIN handler_places ON name = projection AND handler_places.version = projections.version
WHERE projection = ?1
UNION SELECT version, stage = 'live' FROM handler_places WHERE name = ?1";
const OTHER_IS_LIVE: &str =
    "SELECT 1 FROM handler_places WHERE name = ?1 AND version <> ?2 AND stage = 'live'";
const SET_STAGE: &str = "UPDATE handler_places SET stage = ?3 WHERE name = ?1 AND version = ?2";
const OWNER: &str = "SELECT projection FROM projection_tables
WHERE plain_name = ?1 AND projection <> ?2 AND kind IN ('table', 'view') LIMIT 1";
const OWN_NAMES: &str = "SELECT name FROM projection_tables
WHERE plain_name = ?1 AND projection = ?2 AND kind IN ('table', 'view')";

/// The projection, over this store's transactions.
fn over<'h>(
    bench: &Bench<'_>,
    handler: &'h DurableHandler,
) -> Result<&'h dyn DurableOver<Sqlite>, StoreError> {
    handler.over::<Sqlite>().ok_or_else(|| {
        StoreError::new(
            StoreErrorKind::Unsupported,
            format!(
                "projection {} is not over the transactions of {}: its methods have to take `&mut {}<'_>`",
                handler.meta().name,
                bench.path.display(),
                Sqlite::NAME
            ),
        )
    })
}

/// What a handler has done; it may not wait.
fn done(reaction: Reaction<'_>) -> Result<(), HandlerError> {
    match reaction {
        Reaction::Done(result) => result,
        Reaction::Pending(_) => Err(HandlerError::Failed(
            "the handler waits, which one over `SqliteTx` cannot: write a plain `fn`".into(),
        )),
    }
}

/// Whether SQLite refused to commit because a handler wanted it.
fn is_of_hook(error: &rusqlite::Error) -> bool {
    error
        .sqlite_error()
        .is_some_and(|failure| failure.extended_code == ffi::SQLITE_CONSTRAINT_COMMITHOOK)
}

/// The error of SQLite that a handler's error came from.
fn sqlite_error(error: &HandlerError) -> Option<&rusqlite::Error> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref() {
            return Some(error);
        }
        next = error.source();
    }
    None
}

/// Runs a handler; it may not end the transaction.
fn handle<'t>(
    bench: &Bench<'_>,
    tx: &mut SqliteTx<'t>,
    run: impl FnOnce(&mut SqliteTx<'t>) -> Result<(), HandlerError>,
) -> Result<(), HandlerError> {
    bench.held.hold();
    let result = run(tx);
    bench.held.release();
    // It may have been set to commit.
    tx.set_drop_behavior(DropBehavior::Rollback);
    let ended = has_ended(bench, tx);
    match result {
        Err(error) if !ended || bench.is_store_error(&error) => Err(error),
        Err(error) if !sqlite_error(&error).is_some_and(is_of_hook) => {
            Err(HandlerError::Failed(Box::new(Ended {
                source: Some(error),
            })))
        }
        Ok(()) | Err(_) if ended => Err(HandlerError::Failed(Box::new(Ended { source: None }))),
        result => result,
    }
}

/// Whether the handler that ran last has ended the transaction.
fn has_ended(bench: &Bench<'_>, tx: &SqliteTx<'_>) -> bool {
    tx.is_autocommit() || bench.held.rolled_back()
}

/// A handler has ended the transaction.
#[derive(Debug)]
struct Ended {
    source: Option<HandlerError>,
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            "the handler has ended the store's transaction, which only the store may do: remove its COMMIT, ROLLBACK or `ON CONFLICT ROLLBACK`, and use savepoints",
        )
    }
}

impl Error for Ended {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|error| error as _)
    }
}

impl Bench<'_> {
    /// Whether a handler's error is the store's, and no fault of the handler or its event.
    fn is_store_error(&self, error: &HandlerError) -> bool {
        matches!(error, HandlerError::Store(_))
            || sqlite_error(error).is_some_and(|error| {
                matches!(
                    kind_of(error),
                    StoreErrorKind::Busy
                        | StoreErrorKind::Full
                        | StoreErrorKind::ReadOnly
                        | StoreErrorKind::Unavailable
                        | StoreErrorKind::Corrupt
                        | StoreErrorKind::Foreign
                )
            })
    }

    /// The error of the store, if a handler's error is that; else the latter.
    fn store_error_of(&self, error: HandlerError) -> Result<StoreError, HandlerError> {
        if !self.is_store_error(&error) {
            return Err(error);
        }
        match error {
            HandlerError::Store(error) => Ok(error),
            error => {
                let kind = sqlite_error(&error).map_or(StoreErrorKind::Other, kind_of);
                Ok(
                    store_error_saying(self.path, "write a projection to", kind, &error)
                        .with_source(error),
                )
            }
        }
    }
}

/// Makes the tables of a projection, or compares them.
fn prepare(bench: &Bench<'_>, handler: &DurableHandler) -> Result<(), PrepareError> {
    let key = handler.key();
    let store = |e| PrepareError::Store(bench.failed(e));
    over(bench, handler)?;
    let transaction = bench.begin()?;
    let (transaction, objects) = if tables::is_recorded(&transaction, &key).map_err(store)? {
        let made = tables::recorded(&transaction, &key).map_err(store)?;
        let anew = || format!("raise the projection's `version` to {}", key.version + 1);
        if let Some(change) = tables::changed_since(&transaction, &made).map_err(store)? {
            return Err(PrepareError::Tables(format!(
                "the tables of projection {key} are not what its `#[init]` has made: {change}; put that right, or {} to build it anew, or have it built anew as it is by `forget`",
                anew()
            )));
        }
        // Made under other names, looked at, and rolled back.
        let (probe, today) = tables::make(bench, transaction, handler, PROBE)?;
        probe.rollback().map_err(store)?;
        if let Some(difference) = tables::difference(&made, &today) {
            return Err(PrepareError::Tables(format!(
                "`#[init]` of projection {} makes other tables than those of its version {} ({difference}): raise `version` to {}, so that they are built anew",
                key.name,
                key.version,
                key.version + 1
            )));
        }
        let transaction = bench.begin()?;
        if let Some(change) = events::changed(&transaction, handler).map_err(store)? {
            return Err(PrepareError::Tables(format!(
                "projection {} handles other events than its version {} is built from ({change}, and was recorded before): raise `version` to {}, so that its tables are built anew",
                key.name,
                key.version,
                key.version + 1
            )));
        }
        (transaction, made)
    } else {
        let suffix = tables::suffix(key.version);
        let (transaction, objects) = tables::make(bench, transaction, handler, &suffix)?;
        tables::record(&transaction, &key, &objects).map_err(store)?;
        events::record(&transaction, handler).map_err(store)?;
        (transaction, objects)
    };
    show(&transaction, &key, &objects).map_err(store)??;
    transaction.commit().map_err(store)
}

/// Gives the tables their plain names, unless another version serves under them.
fn show(
    transaction: &Transaction<'_>,
    key: &HandlerKey,
    objects: &[Object],
) -> rusqlite::Result<Result<(), PrepareError>> {
    let other_is_live = transaction
        .prepare_cached(OTHER_IS_LIVE)?
        .exists(params![key.name, key.version])?;
    for object in objects.iter().filter(|object| object.is_read()) {
        if let Err(error) = is_free(transaction, key, object)? {
            return Ok(Err(error));
        }
        if !other_is_live && tables::found(transaction, &object.plain)?.is_none() {
            transaction.execute_batch(&object.plain_view())?;
        }
    }
    Ok(Ok(()))
}

/// Whether a plain name belongs to nobody, or to this projection.
fn is_free(
    connection: &Connection,
    key: &HandlerKey,
    object: &Object,
) -> rusqlite::Result<Result<(), PrepareError>> {
    let plain = &object.plain;
    let taken = |by: String| {
        Err(PrepareError::Tables(format!(
            "projection {} cannot have a table `{plain}`: {by}; give the projection's table another name",
            key.name
        )))
    };
    let mut owner = connection.prepare_cached(OWNER)?;
    let mut owners = owner.query(params![plain, key.name])?;
    if let Some(row) = owners.next()? {
        let other: String = row.get(0)?;
        return Ok(taken(format!("projection {other} has one of that name")));
    }
    match tables::found(connection, plain)? {
        None => Ok(Ok(())),
        Some((kind, sql)) if kind == "view" && leads_to_own(connection, key, plain, &sql)? => {
            Ok(Ok(()))
        }
        Some((kind, _)) => Ok(taken(format!(
            "there is a {kind} of that name in the file already, which is no projection's"
        ))),
    }
}

/// Whether this is the SQL of a view that leads to a table of one of the projection's versions.
fn leads_to_own(
    connection: &Connection,
    key: &HandlerKey,
    plain: &str,
    sql: &str,
) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(OWN_NAMES)?;
    let mut names = statement.query(params![plain, key.name])?;
    while let Some(row) = names.next()? {
        let target = format!(" AS SELECT * FROM {}", quoted(row.get_ref(0)?.as_str()?));
        if sql.ends_with(&target) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Drops the views with plain names that lead to these tables.
fn hide(connection: &Connection, objects: &[Object]) -> rusqlite::Result<()> {
    for object in objects.iter().filter(|object| object.is_read()) {
        let target = format!(" AS SELECT * FROM {}", quoted(&object.name));
        if tables::found(connection, &object.plain)?
            .is_some_and(|(kind, sql)| kind == "view" && sql.ends_with(&target))
        {
            connection.execute_batch(&format!("DROP VIEW {}", quoted(&object.plain)))?;
        }
    }
    Ok(())
}

/// Drops the tables of a version, and the plain names that lead to them.
pub(crate) fn drop_version(connection: &Connection, key: &HandlerKey) -> rusqlite::Result<()> {
    let objects = tables::recorded(connection, key)?;
    hide(connection, &objects)?;
    tables::drop_objects(connection, &objects)?;
    tables::forget(connection, key)
}

/// Has the plain names lead to this version, and drops those before it.
fn promote(bench: &Bench<'_>, key: &HandlerKey, fence: Fence) -> Result<Saved, StoreError> {
    bench.write(|transaction| {
        if !places::holds(transaction, key, fence)? {
            return Ok(Saved::LeaseLost);
        }
        let versions: Vec<(u32, bool)> = transaction
            .prepare_cached(VERSIONS)?
            .query_map([&key.name], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        for (version, is_live) in versions {
            let other = HandlerKey::new(&*key.name, version);
            // A newer one that is still being built is somebody else's.
            if version < key.version || (is_live && version != key.version) {
                drop_version(transaction, &other)?;
                places::forget(transaction, &other)?;
            } else if version != key.version {
                hide(transaction, &tables::recorded(transaction, &other)?)?;
            }
        }
        let objects = tables::recorded(transaction, key)?;
        hide(transaction, &objects)?;
        for object in objects.iter().filter(|object| object.is_read()) {
            transaction.execute_batch(&object.plain_view())?;
        }
        transaction.prepare_cached(SET_STAGE)?.execute(params![
            key.name,
            key.version,
            stage_text(PlaceStage::Live)
        ])?;
        Ok(Saved::Yes)
    })
}

impl Transactions for SqliteStore {
    fn family(&self) -> (TypeId, &'static str) {
        (TypeId::of::<Sqlite>(), Sqlite::NAME)
    }

    fn prepare(&self, handler: DurableHandler) -> BoxFuture<'_, Result<(), PrepareError>> {
        Box::pin(self.work(move |bench| prepare(bench, &handler)))
    }

    fn apply(&self, batch: Batch) -> BoxFuture<'_, Result<Applied, StoreError>> {
        Box::pin(self.work(move |bench| apply::apply(bench, &batch)))
    }

    fn promote(
        &self,
        handler: DurableHandler,
        fence: Fence,
    ) -> BoxFuture<'_, Result<Saved, StoreError>> {
        Box::pin(self.work(move |bench| promote(bench, &handler.key(), fence)))
    }
}
