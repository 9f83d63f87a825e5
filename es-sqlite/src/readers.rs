//! The connections that read: kept open for the next reader, opened when there is none.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use es_core::StoreError;
use rusqlite::Connection;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::checkpoint::Gate;
use crate::connection::Opener;
use crate::desk::Desk;
use crate::error::{broken_off, closed, store_error};
use crate::pace::Pace;

#[derive(Debug)]
pub(crate) struct Readers {
    opener: Opener,
    /// `None` once the store is closed.
    idle: Mutex<Option<Vec<Connection>>>,
    /// Bounds the reads on the blocking pool, and so the connections.
    permits: Semaphore,
    pace: Pace,
    gate: Arc<Gate>,
    desk: Arc<Desk>,
}

impl Readers {
    pub(crate) fn new(opener: Opener, gate: Arc<Gate>, desk: Arc<Desk>) -> Self {
        let permits = Semaphore::new(opener.options.readers);
        Self {
            opener,
            idle: Mutex::new(Some(Vec::new())),
            permits,
            pace: Pace::default(),
            gate,
            desk,
        }
    }

    /// Reads with one of the connections: here, as long as reads are quick of late, else on the
    /// blocking pool.
    pub(crate) async fn read<T, F>(self: &Arc<Self>, read: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        // Reading is never pending by itself: let other tasks have a turn now and then.
        tokio::task::consume_budget().await;
        let runtime = if self.pace.is_quick() {
            None
        } else {
            Handle::try_current().ok()
        };
        let Some(runtime) = runtime else {
            return self.read_here(read);
        };
        let Ok(_permit) = self.permits.acquire().await else {
            return Err(closed(&self.opener.path));
        };
        let readers = Arc::clone(self);
        let reading = runtime.spawn_blocking(move || readers.read_here(read));
        reading
            .await
            .unwrap_or_else(|_| Err(broken_off(&self.opener.path, "the read of")))
    }

    /// Reads what takes longer, or has code of others read: with one of the connections that only
    /// read, on the blocking pool.
    pub(crate) async fn lend<T, F>(
        self: &Arc<Self>,
        read: F,
        failed: fn(&Path, rusqlite::Error) -> StoreError,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let Ok(runtime) = Handle::try_current() else {
            return self.lend_here(read, failed);
        };
        let Ok(_permit) = self.permits.acquire().await else {
            return Err(closed(&self.opener.path));
        };
        let readers = Arc::clone(self);
        let reading = runtime.spawn_blocking(move || readers.lend_here(read, failed));
        reading
            .await
            .unwrap_or_else(|_| Err(broken_off(&self.opener.path, "the read of")))
    }

    fn lend_here<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
        failed: fn(&Path, rusqlite::Error) -> StoreError,
    ) -> Result<T, StoreError> {
        let connection = self.take()?;
        let result = {
            let _reading = self.gate.pass();
            read(&connection)
        };
        // One left within a transaction would go on seeing the past.
        if connection.is_autocommit() {
            self.put_back(connection);
        }
        result.map_err(|e| failed(&self.opener.path, e))
    }

    /// Reads on this thread.
    pub(crate) fn read_here<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        if let Some(desk) = self.desk.if_idle()
            && let Some(open) = &*desk
        {
            let begun = Instant::now();
            let result = read(&open.connection);
            self.pace.record(begun.elapsed());
            return result.map_err(|e| store_error(&self.opener.path, "read", e));
        }
        let connection = self.take()?;
        let begun = Instant::now();
        let result = {
            let _reading = self.gate.pass();
            read(&connection)
        };
        self.pace.record(begun.elapsed());
        match result {
            Ok(value) => {
                self.put_back(connection);
                Ok(value)
            }
            // The connection is closed, the next one begins afresh.
            Err(error) => Err(store_error(&self.opener.path, "read", error)),
        }
    }

    fn take(&self) -> Result<Connection, StoreError> {
        let idle = match &mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(idle) => idle.pop(),
            None => return Err(closed(&self.opener.path)),
        };
        match idle {
            Some(connection) => Ok(connection),
            None => self.opener.reader(),
        }
    }

    fn put_back(&self, connection: Connection) {
        if let Some(idle) = &mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner)
            && idle.len() < self.opener.options.readers
        {
            idle.push(connection);
        }
    }

    /// Closes the connections; reads fail from now on.
    pub(crate) fn close(&self) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        self.permits.close();
    }
}
