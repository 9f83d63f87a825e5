//! The tables, and how those of older releases become those of this one.

use std::path::Path;

use es_core::{StoreError, StoreErrorKind};
use rusqlite::Connection;

use crate::error::store_error;

/// Marks a file as an event store: "esev" in ASCII.
pub(crate) const APPLICATION_ID: i64 = 0x6573_6576;

/// The steps from an empty file to the tables of this release; `user_version` counts those taken.
/// A change to the tables is a new step at the end. A step that has been released is never edited.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("schema/0001_events.sql"),
    include_str!("schema/0002_handlers.sql"),
];

/// What was found in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Found {
    application_id: i64,
    /// How many migrations were taken.
    user_version: i64,
    has_tables: bool,
}

fn look(connection: &Connection) -> rusqlite::Result<Found> {
    connection.query_row(
        "SELECT (SELECT application_id FROM pragma_application_id),
                (SELECT user_version FROM pragma_user_version),
                EXISTS (SELECT 1 FROM sqlite_schema)",
        [],
        |row| {
            Ok(Found {
                application_id: row.get(0)?,
                user_version: row.get(1)?,
                has_tables: row.get(2)?,
            })
        },
    )
}

/// Refuses a file that is not such a store, or a newer one; changes nothing.
///
/// # Errors
/// `Foreign` and `Newer`, and what SQLite says about the file.
pub(crate) fn check(
    connection: &Connection,
    path: &Path,
    migrations: &[&str],
) -> Result<(), StoreError> {
    let found = look(connection).map_err(|e| store_error(path, "open", e))?;
    let fresh = found.application_id == 0 && found.user_version == 0 && !found.has_tables;
    if !fresh && found.application_id != APPLICATION_ID {
        return Err(StoreError::new(
            StoreErrorKind::Foreign,
            format!(
                "cannot open {}: it is an SQLite database, but not an event store (application_id {:#x}, not {APPLICATION_ID:#x}); give the store a file of its own",
                path.display(),
                found.application_id
            ),
        ));
    }
    if usize::try_from(found.user_version).is_ok_and(|taken| taken > migrations.len()) {
        return Err(StoreError::new(
            StoreErrorKind::Newer,
            format!(
                "cannot open {}: a newer release has written it (tables of version {}, this release knows {}); update es-sqlite",
                path.display(),
                found.user_version,
                migrations.len()
            ),
        ));
    }
    Ok(())
}

/// Refuses a file with tables to be made or brought up to date; it must have passed [`check`].
///
/// # Errors
/// `Foreign` and `Unsupported`, and what SQLite says about the file.
pub(crate) fn check_up_to_date(
    connection: &Connection,
    path: &Path,
    migrations: &[&str],
) -> Result<(), StoreError> {
    let found = look(connection).map_err(|e| store_error(path, "open", e))?;
    let known = migrations.len();
    match usize::try_from(found.user_version) {
        Ok(taken) if taken == known => Ok(()),
        Ok(0) => Err(StoreError::new(
            StoreErrorKind::Foreign,
            format!(
                "cannot open {}: it is empty, not an event store; is the path right?",
                path.display()
            ),
        )),
        _ => Err(StoreError::new(
            StoreErrorKind::Unsupported,
            format!(
                "cannot open {}: its tables are those of an older release (version {}, this release has {known}); an application with this release brings them up to date when it starts",
                path.display(),
                found.user_version
            ),
        )),
    }
}

/// Takes the migrations that were not taken yet, all or none, and marks the file. The connection
/// must have passed [`check`].
///
/// # Errors
/// What SQLite says; the file is then as it was.
pub(crate) fn migrate(
    connection: &mut Connection,
    path: &Path,
    migrations: &[&str],
) -> Result<(), StoreError> {
    let taken = look(connection)
        .map_err(|e| store_error(path, "open", e))?
        .user_version;
    if usize::try_from(taken).unwrap_or_default() == migrations.len() {
        return Ok(());
    }
    let step = |connection: &mut Connection| {
        let transaction =
            connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        // Another process may have been first.
        let taken = look(&transaction)?.user_version;
        for migration in migrations
            .iter()
            .skip(usize::try_from(taken).unwrap_or_default())
        {
            transaction.execute_batch(migration)?;
        }
        if usize::try_from(taken).unwrap_or_default() < migrations.len() {
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", migrations.len() as i64)?;
        }
        transaction.commit()
    };
    step(connection).map_err(|e| store_error(path, "bring up to date the tables of", e))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEXT: &str = "ALTER TABLE receipts ADD COLUMN note TEXT;";

    fn version(connection: &Connection) -> i64 {
        look(connection).unwrap().user_version
    }

    #[test]
    fn every_earlier_version_is_brought_up_to_date() {
        for taken in 0..=MIGRATIONS.len() {
            let path = Path::new("memory");
            let mut connection = Connection::open_in_memory().unwrap();
            migrate(&mut connection, path, &MIGRATIONS[..taken]).unwrap();
            assert_eq!(version(&connection), taken as i64);
            check(&connection, path, MIGRATIONS).unwrap();
            migrate(&mut connection, path, MIGRATIONS).unwrap();
            assert_eq!(version(&connection), MIGRATIONS.len() as i64);
            connection
                .execute_batch("SELECT * FROM event_log; SELECT * FROM snapshots")
                .unwrap();
        }
    }

    #[test]
    fn a_further_migration_keeps_the_data_and_older_releases_refuse_it() {
        let path = Path::new("memory");
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, path, MIGRATIONS).unwrap();
        connection
            .execute(
                "INSERT INTO receipts VALUES ('account', 'a', 'key', 1, 1, 1)",
                [],
            )
            .unwrap();

        let next: Vec<&str> = MIGRATIONS.iter().copied().chain([NEXT]).collect();
        migrate(&mut connection, path, &next).unwrap();
        assert_eq!(version(&connection), next.len() as i64);
        let notes: i64 = connection
            .query_row(
                "SELECT count(*) FROM receipts WHERE note IS NULL",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(notes, 1);

        let error = check(&connection, path, MIGRATIONS).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Newer);
    }

    #[test]
    fn a_migration_that_fails_leaves_the_file_as_it_was() {
        let path = Path::new("memory");
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, path, MIGRATIONS).unwrap();
        let next: Vec<&str> = MIGRATIONS
            .iter()
            .copied()
            .chain([NEXT, "not sql"])
            .collect();
        migrate(&mut connection, path, &next).unwrap_err();
        assert_eq!(version(&connection), MIGRATIONS.len() as i64);
        migrate(&mut connection, path, &next[..next.len() - 1]).unwrap();
    }
}
