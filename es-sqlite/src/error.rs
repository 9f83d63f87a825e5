//! What SQLite says, as the errors of a store.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use es_core::{StoreError, StoreErrorKind};
use rusqlite::{Error, ErrorCode, ffi};

/// What kind of failure it is.
pub(crate) fn kind_of(error: &Error) -> StoreErrorKind {
    let Error::SqliteFailure(failure, _) = error else {
        return StoreErrorKind::Other;
    };
    if failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE {
        // The shared memory file could not be given its room.
        return StoreErrorKind::Full;
    }
    match failure.code {
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::FileLockingProtocolFailed => StoreErrorKind::Busy,
        ErrorCode::DiskFull => StoreErrorKind::Full,
        ErrorCode::ReadOnly => StoreErrorKind::ReadOnly,
        ErrorCode::DatabaseCorrupt => StoreErrorKind::Corrupt,
        ErrorCode::NotADatabase => StoreErrorKind::Foreign,
        ErrorCode::CannotOpen
        | ErrorCode::PermissionDenied
        | ErrorCode::SystemIoFailure
        | ErrorCode::NoLargeFileSupport => StoreErrorKind::Unavailable,
        ErrorCode::TooBig => StoreErrorKind::Unsupported,
        _ => StoreErrorKind::Other,
    }
}

/// The error of a store whose file is at `path`, when it was `doing` something ("append to").
pub(crate) fn store_error(path: &Path, doing: &str, error: impl Into<Arc<Error>>) -> StoreError {
    let error = error.into();
    store_error_saying(path, doing, kind_of(&error), &error).with_source(error)
}

/// The error of a store, of this kind, that says `error`.
pub(crate) fn store_error_saying(
    path: &Path,
    doing: &str,
    kind: StoreErrorKind,
    error: &dyn Display,
) -> StoreError {
    let advice = match kind {
        StoreErrorKind::Busy => {
            "another process is writing it and did not finish in time; try again, or raise the busy timeout"
        }
        StoreErrorKind::Full => {
            "there is no room: free disk space or raise the store's max_size; nothing was stored"
        }
        StoreErrorKind::ReadOnly => {
            "it cannot be written: check the permissions of the file and of its folder"
        }
        StoreErrorKind::Corrupt => {
            "the file is damaged: keep a copy, run `PRAGMA integrity_check` on it with the sqlite3 shell, and restore a backup"
        }
        StoreErrorKind::Foreign => {
            "the file is not an SQLite database: is the path right, or was the file overwritten?"
        }
        StoreErrorKind::Unavailable => {
            "the file cannot be reached: check that its folder exists, its permissions and the disk"
        }
        StoreErrorKind::Unsupported => "a text in it is larger than SQLite can hold (1 GB)",
        _ => "SQLite refused",
    };
    StoreError::new(
        kind,
        format!("cannot {doing} {}: {advice} ({error})", path.display()),
    )
}

/// The error of a query that is not ours.
pub(crate) fn query_error(path: &Path, error: Error) -> StoreError {
    let kind = kind_of(&error);
    let text = match kind {
        StoreErrorKind::ReadOnly => format!(
            "a query on {} failed: it wants to write, but this connection only reads; what is to be written is written by projections ({error})",
            path.display()
        ),
        StoreErrorKind::Other => format!("a query on {} failed: {error}", path.display()),
        _ => return store_error(path, "read", error),
    };
    StoreError::new(kind, text).with_source(error)
}

/// The error of a store that was closed.
pub(crate) fn closed(path: &Path) -> StoreError {
    StoreError::new(
        StoreErrorKind::Closed,
        format!("the store {} was closed: open it again", path.display()),
    )
}

/// The error of work that stopped because of a panic or the end of the runtime.
pub(crate) fn broken_off(path: &Path, what: &str) -> StoreError {
    StoreError::new(
        StoreErrorKind::Other,
        format!(
            "{what} {} was broken off by a panic or the end of the runtime; send it again with the same event ids",
            path.display()
        ),
    )
}
