//! The commands under way: bounded in number, and waited for when the application shuts down.

use tokio::sync::{Notify, Semaphore, SemaphorePermit};

/// How many commands may be under way at once; more wait their turn.
const AT_ONCE: usize = 1 << 16;

pub(super) struct UnderWay {
    permits: Semaphore,
    /// Told when a command is answered.
    answered: Notify,
}

/// A command under way.
pub(super) struct Command<'u> {
    permit: Option<SemaphorePermit<'u>>,
    answered: &'u Notify,
}

impl Default for UnderWay {
    fn default() -> Self {
        Self {
            permits: Semaphore::new(AT_ONCE),
            answered: Notify::new(),
        }
    }
}

impl UnderWay {
    /// A command begins; `None` once they are closed.
    pub(super) async fn begin(&self) -> Option<Command<'_>> {
        let permit = self.permits.acquire().await.ok()?;
        Some(Command {
            permit: Some(permit),
            answered: &self.answered,
        })
    }

    /// Lets no more begin, those included that handlers of commands send, and waits until those
    /// under way are answered.
    pub(super) async fn close(&self) {
        self.permits.close();
        loop {
            let mut answered = std::pin::pin!(self.answered.notified());
            // From here on nothing is missed.
            answered.as_mut().enable();
            if self.permits.available_permits() == AT_ONCE {
                return;
            }
            answered.await;
        }
    }
}

impl Drop for Command<'_> {
    fn drop(&mut self) {
        drop(self.permit.take());
        self.answered.notify_waiters();
    }
}
