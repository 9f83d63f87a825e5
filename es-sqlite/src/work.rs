//! Writing that is no append: places of handlers, and projections.
//!
//! It is done over the writer's connection, as a commit of any other would empty that one's page
//! cache; in turns with the appends, and on the blocking pool.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use es_core::StoreError;
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use tokio::runtime::Handle;

use crate::desk::Held;
use crate::error::{broken_off, closed, store_error};
use crate::queue::Queue;

/// The writer's connection, while someone works with it.
pub(crate) struct Bench<'d> {
    connection: &'d Connection,
    /// Keeps the transaction from being ended.
    pub(crate) held: &'d Held,
    pub(crate) path: &'d Path,
    patience: Duration,
}

impl<'d> Bench<'d> {
    pub(crate) fn new(
        connection: &'d Connection,
        held: &'d Held,
        path: &'d Path,
        patience: Duration,
    ) -> Self {
        Self {
            connection,
            held,
            path,
            patience,
        }
    }

    /// Begins to write. Waits for another process as `group` does.
    pub(crate) fn begin(&self) -> Result<Transaction<'d>, StoreError> {
        let begun = Instant::now();
        let mut pause = Duration::from_micros(100);
        loop {
            match Transaction::new_unchecked(self.connection, TransactionBehavior::Immediate) {
                Err(error)
                    if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                        && begun.elapsed() < self.patience =>
                {
                    std::thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_millis(2));
                }
                result => {
                    self.held.begun();
                    return result.map_err(|e| store_error(self.path, "write to", e));
                }
            }
        }
    }

    /// The error of the store, for one of SQLite.
    pub(crate) fn failed(&self, error: rusqlite::Error) -> StoreError {
        store_error(self.path, "write to", error)
    }

    /// Does something in one transaction.
    pub(crate) fn write<T>(
        &self,
        write: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let transaction = self.begin()?;
        write(&transaction)
            .and_then(|value| transaction.commit().map(|()| value))
            .map_err(|e| self.failed(e))
    }
}

/// Works with the writer's connection, on the blocking pool if there is a runtime. Once begun it
/// comes to its end, whether anyone waits for it or not.
pub(crate) async fn work<T, E, F>(queue: &Arc<Queue>, path: &Path, work: F) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: FnOnce(&Bench<'_>) -> Result<T, E> + Send + 'static,
{
    let queue = Arc::clone(queue);
    let named: PathBuf = path.to_owned();
    let here = move || {
        queue
            .work(work)
            .unwrap_or_else(|| Err(closed(&named).into()))
    };
    match Handle::try_current() {
        Ok(runtime) => runtime
            .spawn_blocking(here)
            .await
            .unwrap_or_else(|_| Err(broken_off(path, "the work on").into())),
        Err(_) => here(),
    }
}
