//! The connection that writes. While nobody appends, it also serves small reads: what it has
//! written it has in its cache, while every other connection begins afresh after each commit.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use rusqlite::Connection;

use crate::checkpoint::Checkpoints;
use crate::ids::Ids;

/// The connection and what belongs to it.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) connection: Connection,
    pub(crate) checkpoints: Checkpoints,
    pub(crate) ids: Ids,
}

/// Where one at a time writes, or reads.
#[derive(Debug)]
pub(crate) struct Desk {
    /// `None` once the store is closed.
    open: Mutex<Option<Open>>,
    /// Nobody appends. Only a hint: who is wrong about it waits for the lock, or reads elsewhere.
    idle: AtomicBool,
}

impl Desk {
    pub(crate) fn new(connection: Connection) -> Self {
        let open = Open {
            connection,
            checkpoints: Checkpoints::default(),
            ids: Ids::default(),
        };
        Self {
            open: Mutex::new(Some(open)),
            idle: AtomicBool::new(true),
        }
    }

    pub(crate) fn set_idle(&self, idle: bool) {
        self.idle.store(idle, Ordering::Relaxed);
    }

    /// To write. A panic of who was here before has been cleaned up after.
    pub(crate) fn sit_down(&self) -> MutexGuard<'_, Option<Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To read, if nobody is here nor about to come.
    pub(crate) fn if_idle(&self) -> Option<MutexGuard<'_, Option<Open>>> {
        if !self.idle.load(Ordering::Relaxed) {
            return None;
        }
        match self.open.try_lock() {
            Ok(open) => Some(open),
            Err(TryLockError::Poisoned(open)) => Some(open.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}
