//! The connection that writes. While nobody appends, it also serves small reads: what it has
//! written it has in its cache, while every other connection begins afresh after each commit.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use rusqlite::Connection;

use crate::checkpoint::Checkpoints;
use crate::ids::Ids;

/// The connection and what belongs to it.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) connection: Connection,
    pub(crate) checkpoints: Checkpoints,
    pub(crate) ids: Ids,
    pub(crate) held: Held,
}

/// Guards a transaction in the time in which code of others has the connection: it cannot be
/// committed (SQLite rolls it back instead, and says `SQLITE_CONSTRAINT_COMMITHOOK`), and that it
/// was rolled back is noticed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held(Arc<HeldFlags>);

#[derive(Debug, Default)]
struct HeldFlags {
    is_held: AtomicBool,
    rolled_back: AtomicBool,
}

impl Held {
    /// A transaction was begun.
    pub(crate) fn begun(&self) {
        self.0.rolled_back.store(false, Ordering::Relaxed);
    }

    pub(crate) fn hold(&self) {
        self.0.is_held.store(true, Ordering::Relaxed);
    }

    pub(crate) fn release(&self) {
        self.0.is_held.store(false, Ordering::Relaxed);
    }

    /// Whether the transaction that was begun last was rolled back.
    pub(crate) fn rolled_back(&self) -> bool {
        self.0.rolled_back.load(Ordering::Relaxed)
    }

    /// Sees to it that the connection heeds it.
    fn hook_into(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        let flags = Arc::clone(&self.0);
        connection.commit_hook(Some(move || flags.is_held.load(Ordering::Relaxed)))?;
        let flags = Arc::clone(&self.0);
        connection.rollback_hook(Some(move || {
            flags.rolled_back.store(true, Ordering::Relaxed);
        }))
    }
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
    pub(crate) fn new(mut connection: Connection) -> rusqlite::Result<Self> {
        let held = Held::default();
        held.hook_into(&mut connection)?;
        let open = Open {
            connection,
            checkpoints: Checkpoints::default(),
            ids: Ids::default(),
            held,
        };
        Ok(Self {
            open: Mutex::new(Some(open)),
            idle: AtomicBool::new(true),
        })
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
