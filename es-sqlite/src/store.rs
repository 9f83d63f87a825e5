//! The store itself.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use es_core::{
    AllQuery, Append, AppendError, Appended, BoxFuture, Detail, EventStore, HandlerStore, Page,
    Position, Receipt, Snapshot, StoreError, StoreErrorKind, StreamName, StreamQuery, Transactions,
    Version,
};
use tokio::runtime::Handle;

use crate::checkpoint::Gate;
use crate::connection::Opener;
use crate::desk::Desk;
use crate::error::{broken_off, query_error, store_error};
use crate::options::SqliteOptions;
use crate::queue::Queue;
use crate::read;
use crate::readers::Readers;
use crate::recent::Recent;
use crate::work::{self, Bench};

/// An event store in one SQLite file.
///
/// Clones share the store. When the last one is dropped, appends that still wait are written, the
/// write-ahead log is brought into the file, and the threads end; [`SqliteStore::close`] does the
/// same for all clones and reports when it is done.
///
/// It works on every tokio runtime, and outside of one too.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// use es_core::{Append, AppendCondition, EventStore, NewEvent, Origin, StreamName, Version};
/// use es_sqlite::SqliteStore;
///
/// let folder = tempfile::tempdir().unwrap();
/// let store = SqliteStore::open(folder.path().join("bank.db")).await.unwrap();
/// let receipt = store
///     .append(Append {
///         stream: StreamName::new("account", "acc-1"),
///         condition: AppendCondition::StreamAt(Version::NONE),
///         events: vec![NewEvent {
///             event_id: uuid::Uuid::now_v7(),
///             name: "account.opened".into(),
///             event_version: 1,
///             payload: r#"{"owner":"Ada"}"#.to_owned(),
///         }],
///         recorded_at: jiff::Timestamp::now(),
///         origin: Origin::default(),
///         idempotency_key: None,
///         snapshot: None,
///     })
///     .await
///     .unwrap()
///     .into_receipt();
/// assert_eq!(receipt.version, Version(1));
/// # }
/// ```
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    queue: Arc<Queue>,
    readers: Arc<Readers>,
    recent: Arc<Recent>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.shared.path)
            .finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the store in this file with the default [`SqliteOptions`]; makes it if there is none.
    ///
    /// # Errors
    /// As [`SqliteOptions::open`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        SqliteOptions::new().open(path).await
    }

    /// The default options, to be changed before opening.
    ///
    /// ```no_run
    /// # async fn open() -> Result<(), es_core::StoreError> {
    /// # use es_sqlite::{Durability, SqliteStore};
    /// let store = SqliteStore::options().durability(Durability::Normal).open("bank.db").await?;
    /// # Ok(()) }
    /// ```
    pub fn options() -> SqliteOptions {
        SqliteOptions::new()
    }

    pub(crate) async fn open_with(
        path: PathBuf,
        options: SqliteOptions,
    ) -> Result<Self, StoreError> {
        let Ok(runtime) = Handle::try_current() else {
            return Self::open_here(&path, options);
        };
        let named = path.clone();
        let opened = runtime
            .spawn_blocking(move || Self::open_here(&path, options))
            .await;
        opened.unwrap_or_else(|_| Err(broken_off(&named, "the opening of")))
    }

    fn open_here(path: &Path, options: SqliteOptions) -> Result<Self, StoreError> {
        let opener = Opener::new(path, options)?;
        let writer = opener.writer()?;
        let path = opener.path.clone();
        let busy_timeout = opener.options.busy_timeout;
        let gate = Arc::new(Gate::default());
        let desk = Arc::new(Desk::new(writer).map_err(|e| store_error(&path, "open", e))?);
        let readers = Arc::new(Readers::new(opener, Arc::clone(&gate), Arc::clone(&desk)));
        let last = readers.read_here(read::last_position)?;
        let recent = Arc::new(Recent::default());
        let queue = Arc::new(Queue::new(
            path.clone(),
            busy_timeout,
            desk,
            last,
            Arc::clone(&readers),
            gate,
            Arc::clone(&recent),
        ));
        let thread = std::thread::Builder::new()
            .name("es-sqlite-writer".to_owned())
            .spawn({
                let queue = Arc::clone(&queue);
                move || queue.run()
            })
            .map_err(|error| {
                StoreError::new(
                    StoreErrorKind::Unavailable,
                    format!(
                        "cannot open {}: no thread to be had: {error}",
                        path.display()
                    ),
                )
                .with_source(error)
            })?;
        Ok(Self {
            shared: Arc::new(Shared {
                path,
                queue,
                readers,
                recent,
                thread: Some(thread).into(),
            }),
        })
    }

    /// Reads with SQL: the tables of projections, under their plain names, or the view `event_log`.
    ///
    /// The closure runs on the blocking pool, with a connection that only reads, and may begin a
    /// transaction there to see one state in several queries. As many run at once as the store has
    /// [readers](SqliteOptions::readers).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// # use es_sqlite::SqliteStore;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("bank.db");
    /// # let store = SqliteStore::open(&path).await.unwrap();
    /// # let sql = "CREATE TABLE balances (account TEXT, amount INTEGER); INSERT INTO balances VALUES ('acc-1', 50)";
    /// # es_sqlite::rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    /// let amount: i64 = store
    ///     .read(|connection| {
    ///         connection
    ///             .prepare_cached("SELECT amount FROM balances WHERE account = ?1")?
    ///             .query_row(["acc-1"], |row| row.get(0))
    ///     })
    ///     .await
    ///     .unwrap();
    /// assert_eq!(amount, 50);
    /// # }
    /// ```
    ///
    /// # Errors
    /// What went wrong in the query: [`StoreErrorKind::Other`] where it is the query's own fault,
    /// with the [`rusqlite::Error`] as the source; [`StoreErrorKind::ReadOnly`] if it writes.
    pub async fn read<T, F>(&self, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.shared.readers.lend(read, query_error).await
    }

    pub(crate) fn readers(&self) -> &Arc<Readers> {
        &self.shared.readers
    }

    /// Works with the writer's connection.
    pub(crate) async fn work<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Bench<'_>) -> Result<T, E> + Send + 'static,
    {
        work::work(&self.shared.queue, &self.shared.path, work).await
    }

    /// Writes something in one transaction.
    pub(crate) async fn write<T, F>(&self, write: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        self.work(move |bench| bench.write(|transaction| write(transaction)))
            .await
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Closes the store for all clones: appends that wait are written and answered, later calls
    /// fail with [`StoreErrorKind::Closed`], the write-ahead log is brought into the file. Closing
    /// a second time does nothing.
    ///
    /// # Errors
    /// The runtime ended meanwhile.
    pub async fn close(&self) -> Result<(), StoreError> {
        let shared = Arc::clone(&self.shared);
        let Ok(runtime) = Handle::try_current() else {
            shared.close();
            return Ok(());
        };
        let done = runtime.spawn_blocking(move || shared.close()).await;
        done.map_err(|_| broken_off(&self.shared.path, "the closing of"))
    }
}

impl Shared {
    async fn read_stream(&self, query: StreamQuery) -> Result<Page, StoreError> {
        if query.detail != Detail::Replay || query.after != Version::NONE {
            return self
                .readers
                .read(move |connection| read::stream(connection, query))
                .await;
        }
        if let Some(page) = self.recent.get(&query.stream, query.limit) {
            // As after any read: let other tasks have a turn now and then.
            tokio::task::consume_budget().await;
            return Ok(page);
        }
        let stream = query.stream.clone();
        let ticket = self.recent.ticket(&stream);
        let page = self
            .readers
            .read(move |connection| read::stream(connection, query))
            .await?;
        if let Some(ticket) = ticket
            && !page.more
        {
            self.recent.offer(ticket, &stream, &page);
        }
        Ok(page)
    }

    fn close(&self) {
        self.queue.close();
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            // It catches its panics.
            let _ = thread.join();
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}

impl EventStore for SqliteStore {
    fn append(&self, append: Append) -> BoxFuture<'_, Result<Appended, AppendError>> {
        Box::pin(self.shared.queue.append(append))
    }

    fn find_receipt<'a>(
        &'a self,
        stream: &'a StreamName,
        idempotency_key: &'a str,
    ) -> BoxFuture<'a, Result<Option<Receipt>, StoreError>> {
        let (stream, key) = (stream.clone(), idempotency_key.to_owned());
        let readers = &self.shared.readers;
        Box::pin(readers.read(move |connection| read::receipt(connection, stream, &key)))
    }

    fn read_stream(&self, query: StreamQuery) -> BoxFuture<'_, Result<Page, StoreError>> {
        Box::pin(self.shared.read_stream(query))
    }

    fn read_all(&self, query: AllQuery) -> BoxFuture<'_, Result<Page, StoreError>> {
        let readers = &self.shared.readers;
        if read::is_large(query.limit) {
            let failed = |path: &Path, error| store_error(path, "read", error);
            Box::pin(readers.lend(move |connection| read::all(connection, &query), failed))
        } else {
            Box::pin(readers.read(move |connection| read::all(connection, &query)))
        }
    }

    fn read_snapshot<'a>(
        &'a self,
        stream: &'a StreamName,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, StoreError>> {
        let stream = stream.clone();
        let readers = &self.shared.readers;
        Box::pin(readers.read(move |connection| read::snapshot(connection, &stream)))
    }

    fn last_position(&self) -> BoxFuture<'_, Result<Position, StoreError>> {
        Box::pin(self.shared.readers.read(read::last_position))
    }

    fn wait_for_news(&self, position: Position) -> BoxFuture<'_, Result<Position, StoreError>> {
        Box::pin(self.shared.queue.wait_for_news(position))
    }

    fn handlers(&self) -> Option<&dyn HandlerStore> {
        Some(self)
    }

    fn transactions(&self) -> Option<&dyn Transactions> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use es_core::{AppendCondition, NewEvent, Origin};
    use uuid::Uuid;

    use super::*;

    fn append(name: &'static str) -> Append {
        Append {
            stream: StreamName::new("account", "a"),
            condition: AppendCondition::Unconditional,
            events: vec![NewEvent {
                event_id: Uuid::now_v7(),
                name: name.into(),
                event_version: 1,
                payload: "{}".to_owned(),
            }],
            recorded_at: jiff::Timestamp::now(),
            origin: Origin::default(),
            idempotency_key: None,
            snapshot: None,
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_panic_while_writing_is_an_error_for_its_group_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("store.db"))
            .await
            .unwrap();
        let mut stored = 0;
        for _ in 0..20 {
            let tasks: Vec<_> = (0..20)
                .map(|task| {
                    let store = store.clone();
                    let name = if task % 7 == 3 {
                        "test.panic"
                    } else {
                        "account.opened"
                    };
                    tokio::spawn(async move { store.append(append(name)).await })
                })
                .collect();
            for task in tasks {
                match task.await.unwrap() {
                    Ok(_) => stored += 1,
                    Err(AppendError::Store(error)) => {
                        assert_eq!(error.kind(), StoreErrorKind::Other);
                    }
                    Err(error) => panic!("{error}"),
                }
            }
            store.append(append("account.opened")).await.unwrap();
            stored += 1;
        }
        assert_eq!(store.last_position().await.unwrap(), Position(stored));
        store.close().await.unwrap();
    }
}
