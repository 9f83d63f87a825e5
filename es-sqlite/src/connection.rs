//! Opening connections: the checks on the file, and the settings.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use es_core::{StoreError, StoreErrorKind};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::store_error;
use crate::options::{Durability, SqliteOptions};
use crate::schema;

/// Pages of a file we make; files made otherwise keep theirs.
const PAGE_SIZE: u64 = 4096;

/// Pages the writer keeps in memory, in KiB. It is the only connection whose cache outlives
/// commits.
const WRITER_CACHE_KIB: i64 = 32 * 1024;

/// Statements kept prepared, ours and those of projections.
const STATEMENTS: usize = 128;

/// The file and how to open it.
#[derive(Clone, Debug)]
pub(crate) struct Opener {
    pub(crate) path: PathBuf,
    pub(crate) options: SqliteOptions,
}

impl Opener {
    /// Checks the path, as far as that can be done without opening it.
    pub(crate) fn new(path: &Path, options: SqliteOptions) -> Result<Self, StoreError> {
        let refuse = |kind, reason: String| Err(StoreError::new(kind, reason));
        if path.as_os_str().is_empty() || path == Path::new(":memory:") {
            return refuse(
                StoreErrorKind::Unsupported,
                "a SqliteStore needs the path of a file; for a store in memory take es_core::MemoryStore".to_owned(),
            );
        }
        // Later connections must find the same file, wherever the process has gone meanwhile.
        let path = std::path::absolute(path).map_err(|error| {
            StoreError::new(
                StoreErrorKind::Unavailable,
                format!("cannot open {}: {error}", path.display()),
            )
            .with_source(error)
        })?;
        if path.is_dir() {
            return refuse(
                StoreErrorKind::Foreign,
                format!(
                    "cannot open {}: it is a directory; give the path of a file in it",
                    path.display()
                ),
            );
        }
        if let Some(folder) = path.parent()
            && !folder.is_dir()
        {
            return refuse(
                StoreErrorKind::Unavailable,
                format!(
                    "cannot open {}: the folder {} does not exist; create it first",
                    path.display(),
                    folder.display()
                ),
            );
        }
        Ok(Self { path, options })
    }

    fn open(&self, flags: OpenFlags) -> Result<Connection, StoreError> {
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_EXRESCODE;
        let connection = Connection::open_with_flags(&self.path, flags)
            .map_err(|e| store_error(&self.path, "open", e))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // Otherwise SQLite plans statements anew whenever a parameter of `column = ?` or `LIMIT ?`
        // is bound, which costs more than running them.
        connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
            .map_err(|e| store_error(&self.path, "open", e))?;
        Ok(connection)
    }

    /// Opens the connection that writes; checks the file and brings its tables up to date.
    pub(crate) fn writer(&self) -> Result<Connection, StoreError> {
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        if !self.options.as_it_is {
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        } else if !self.path.exists() {
            return Err(StoreError::new(
                StoreErrorKind::Unavailable,
                format!(
                    "cannot open {}: there is no such file; is the path right?",
                    self.path.display()
                ),
            ));
        }
        let mut connection = self.open(flags)?;
        let fail = |e| store_error(&self.path, "open", e);
        connection
            .busy_timeout(self.options.busy_timeout)
            .map_err(fail)?;
        // Nothing may be changed before this.
        schema::check(&connection, &self.path, schema::MIGRATIONS)?;
        if self.options.as_it_is {
            schema::check_up_to_date(&connection, &self.path, schema::MIGRATIONS)?;
        }
        if connection.is_readonly("main").map_err(fail)? {
            return Err(StoreError::new(
                StoreErrorKind::ReadOnly,
                format!(
                    "cannot open {}: the file is read-only for this user; make it writable",
                    self.path.display()
                ),
            ));
        }
        self.switch_to_wal(&connection)?;
        let full = self.options.durability == Durability::Full;
        connection
            .pragma_update(None, "synchronous", if full { "FULL" } else { "NORMAL" })
            .and_then(|()| connection.pragma_update(None, "fullfsync", full))
            .and_then(|()| connection.pragma_update(None, "checkpoint_fullfsync", full))
            .and_then(|()| connection.pragma_update(None, "trusted_schema", false))
            .and_then(|()| connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB))
            .map_err(fail)?;
        if let Some(bytes) = self.options.max_size {
            let pages = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
            let size = connection
                .query_row("SELECT page_size FROM pragma_page_size", [], pages)
                .map_err(fail)?;
            let size = u64::try_from(size).unwrap_or(PAGE_SIZE).max(1);
            let most = i64::try_from((bytes / size).max(1))
                .unwrap_or(i64::MAX)
                .min(0xFFFF_FFFE);
            connection
                .pragma_update_and_check(None, "max_page_count", most, pages)
                .map_err(fail)?;
        }
        schema::migrate(&mut connection, &self.path, schema::MIGRATIONS)?;
        // `checkpoint` sees to it.
        connection
            .pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))
            .map_err(fail)?;
        // From here on `group` waits for other writers itself.
        connection.busy_timeout(Duration::ZERO).map_err(fail)?;
        Ok(connection)
    }

    /// Opens a connection that only reads.
    pub(crate) fn reader(&self) -> Result<Connection, StoreError> {
        // Opened for writing, as the memory shared with the writer must be; `query_only` keeps it
        // from doing so.
        let connection = self.open(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection
            .busy_timeout(self.options.busy_timeout)
            .and_then(|()| connection.pragma_update(None, "query_only", true))
            .and_then(|()| connection.pragma_update(None, "trusted_schema", false))
            .map_err(|e| store_error(&self.path, "open", e))?;
        Ok(connection)
    }

    /// SQLite does not wait at this step when two processes open a new file at the same time.
    fn switch_to_wal(&self, connection: &Connection) -> Result<(), StoreError> {
        let begun = Instant::now();
        loop {
            let mode = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| {
                row.get::<_, String>(0)
            });
            match mode {
                Ok(mode) if mode == "wal" => return Ok(()),
                Ok(mode) => {
                    return Err(StoreError::new(
                        StoreErrorKind::Unavailable,
                        format!(
                            "cannot open {}: its file system does not allow a write-ahead log (journal mode {mode}); put it on a local disk",
                            self.path.display()
                        ),
                    ));
                }
                Err(error)
                    if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                        && begun.elapsed() < self.options.busy_timeout =>
                {
                    std::thread::sleep(Duration::from_millis(2));
                }
                Err(error) => return Err(store_error(&self.path, "open", error)),
            }
        }
    }
}
