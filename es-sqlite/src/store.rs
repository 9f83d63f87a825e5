//! The store itself.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use es_core::{
    AllQuery, Append, AppendError, Appended, BoxFuture, Detail, EventStore, Page, Position,
    Receipt, Snapshot, StoreError, StoreErrorKind, StreamName, StreamQuery, Version,
};
use tokio::runtime::Handle;

use crate::checkpoint::Gate;
use crate::connection::Opener;
use crate::desk::Desk;
use crate::error::broken_off;
use crate::options::SqliteOptions;
use crate::queue::Queue;
use crate::read;
use crate::readers::Readers;
use crate::recent::Recent;

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
        let desk = Arc::new(Desk::new(writer));
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
        Box::pin(readers.read(move |connection| read::all(connection, &query)))
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
