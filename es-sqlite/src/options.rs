//! How a store is opened.

use std::path::Path;
use std::time::Duration;

use es_core::StoreError;

use crate::store::SqliteStore;

/// What an acknowledged append survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// A crash of the process, of the operating system, and a loss of power: every commit is
    /// flushed to the disk before it is acknowledged (`synchronous = FULL`; on macOS also
    /// `fullfsync`).
    #[default]
    Full,
    /// A crash of the process only (`synchronous = NORMAL`). When the operating system crashes or
    /// the power fails, the last appends are lost although they were acknowledged: all since the
    /// last checkpoint, which may be thousands. What remains is whole and in order, but readers
    /// may have seen events that no longer exist, and their positions are given out again.
    Normal,
}

/// How a [`SqliteStore`] is opened.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use std::time::Duration;
/// use es_sqlite::{Durability, SqliteOptions};
///
/// let folder = tempfile::tempdir().unwrap();
/// let store = SqliteOptions::new()
///     .durability(Durability::Full)
///     .busy_timeout(Duration::from_secs(2))
///     .max_size(10 << 30)
///     .open(folder.path().join("bank.db"))
///     .await
///     .unwrap();
/// # drop(store);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    pub(crate) durability: Durability,
    pub(crate) busy_timeout: Duration,
    pub(crate) readers: usize,
    pub(crate) max_size: Option<u64>,
    pub(crate) as_it_is: bool,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            durability: Durability::Full,
            busy_timeout: Duration::from_secs(5),
            readers: 8,
            max_size: None,
            as_it_is: false,
        }
    }
}

impl SqliteOptions {
    /// The defaults: [`Durability::Full`], a busy timeout of 5 seconds, 8 pooled readers, no
    /// bound on the size.
    pub fn new() -> Self {
        Self::default()
    }

    /// What an acknowledged append survives.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// How long an append waits for another process that is writing, before it fails with
    /// [`StoreErrorKind::Busy`](es_core::StoreErrorKind::Busy).
    #[must_use]
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// How many connections for reading are kept open, and how many reads run at once on the
    /// blocking pool. 0 is read as 1.
    #[must_use]
    pub fn readers(mut self, readers: usize) -> Self {
        self.readers = readers.max(1);
        self
    }

    /// Bounds the database file to this many bytes, rounded down to whole pages of 4096. An append
    /// that does not fit fails with [`StoreErrorKind::Full`](es_core::StoreErrorKind::Full) and
    /// stores nothing; the rest goes on working. Reopen with a larger bound to go on.
    ///
    /// The write-ahead log beside the file (about 4 MB between checkpoints) is not counted. The
    /// bound belongs to this store handle, not to the file: other processes have their own.
    #[must_use]
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.max_size = Some(bytes);
        self
    }

    /// Opens the store in this file; makes it if there is none, and brings the tables of an older
    /// release up to date.
    ///
    /// # Errors
    /// A [`StoreError`] whose message names the path and says what to do, of kind
    /// - `Foreign`: the file is not an SQLite database, is one that is not an event store, or is a
    ///   directory;
    /// - `Newer`: a later release has written it;
    /// - `ReadOnly`: it may not be written;
    /// - `Corrupt`: it is damaged;
    /// - `Unavailable`: the folder is missing or the file cannot be opened;
    /// - `Unsupported`: the path is empty or `:memory:`;
    /// - `Busy`, `Full`: another process held it for the busy timeout; there is no room for it.
    pub async fn open(self, path: impl AsRef<Path>) -> Result<SqliteStore, StoreError> {
        SqliteStore::open_with(path.as_ref().to_owned(), self).await
    }

    /// Opens the store in this file as it is: makes none, and leaves the tables of an older release
    /// alone. For tools beside the application whose store it is.
    ///
    /// # Errors
    /// As [`SqliteOptions::open`], and
    /// - `Unavailable`: there is no such file;
    /// - `Foreign`: it is an empty one;
    /// - `Unsupported`: its tables are those of an older release.
    pub async fn open_as_it_is(
        mut self,
        path: impl AsRef<Path>,
    ) -> Result<SqliteStore, StoreError> {
        self.as_it_is = true;
        self.open(path).await
    }
}
