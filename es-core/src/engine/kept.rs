//! Runs a handler that keeps its place in the store: a durable projection or a policy.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tracing::{debug, info, warn};

use crate::engine::feed::Feed;
use crate::engine::leases::Held;
use crate::engine::parking::Aside;
use crate::engine::policies::PolicyWork;
use crate::engine::running::Running;
use crate::engine::session::Session;
use crate::engine::status::HandlerStage;
use crate::store::{
    DurableHandler, EventStore, Fence, HandlerStore, Page, ParkedStream, PlaceStage, StoreError,
    StoreErrorKind,
};
use crate::stream::{Position, StreamName};

/// The pause after a failure of the store; it doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What the handler does with events.
pub(crate) enum Work {
    Projection(DurableHandler),
    Policy(PolicyWork),
}

/// Events in hand.
pub(crate) struct InHand {
    pub(crate) page: Arc<Page>,
    /// Which of the page's records.
    pub(crate) records: Vec<usize>,
    /// The place after them.
    pub(crate) position: Position,
    pub(crate) set_aside: Vec<ParkedStream>,
    pub(crate) taken_up: Vec<StreamName>,
    /// How often the first was tried before.
    pub(crate) attempts: u32,
}

pub(crate) struct Kept {
    pub(crate) running: Arc<Running>,
    pub(crate) work: Work,
    pub(crate) store: Arc<dyn EventStore>,
    pub(crate) held: Held,
    pub(crate) stop: watch::Receiver<bool>,
}

/// Why a handler stops handling, for now or for good.
pub(crate) enum Halt {
    /// It is to stop.
    Stop,
    /// Another process runs it.
    LeaseLost,
    /// Its place is gone: a newer version serves, or it was forgotten.
    Gone,
    /// The store fails.
    Failure(StoreError),
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Failure(error)
    }
}

impl Kept {
    pub(crate) async fn run(mut self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let begun = Instant::now();
            match self.under_lease().await {
                Halt::Stop => break,
                Halt::LeaseLost => {
                    self.running.set_stage(HandlerStage::Elsewhere);
                    // Not to go round at once under a lease that is not yet seen to be lost.
                    tokio::time::sleep(FIRST_PAUSE).await;
                }
                Halt::Gone => {
                    info!(handler = %self.running.key, "its place is gone: a newer version serves, or it was forgotten");
                    self.running.set_stage(HandlerStage::Replaced);
                    return;
                }
                Halt::Failure(error) => {
                    warn!(handler = %self.running.key, %error, "the store fails; the handler begins again from its place");
                    self.running.fails(error.to_string());
                    if begun.elapsed() > LONGEST_PAUSE {
                        pause = FIRST_PAUSE;
                    }
                    let stopped = told(&mut self.stop, |stop| *stop);
                    if tokio::time::timeout(pause, stopped).await.is_ok() {
                        break;
                    }
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
        self.running.set_stage(HandlerStage::Stopped);
    }

    /// Waits for the lease, and handles events while it lasts.
    async fn under_lease(&mut self) -> Halt {
        if self.held.borrow().is_none() {
            self.running.set_stage(HandlerStage::Elsewhere);
        }
        tokio::select! {
            biased;
            () = told(&mut self.stop, |stop| *stop) => return Halt::Stop,
            () = told(&mut self.held, Option::is_some) => {}
        }
        let Some(fence) = *self.held.borrow() else {
            return Halt::LeaseLost;
        };
        match self.begin(fence).await {
            Ok(mut session) => {
                let halt = session.handle_all().await;
                // What a policy has not noted yet.
                let noted = session.note().await;
                match (halt, noted) {
                    (Halt::Stop, Err(error)) => {
                        warn!(handler = %session.kept.running.key, %error, "its place was not saved; some events will be delivered again");
                        Halt::Stop
                    }
                    (halt, _) => halt,
                }
            }
            Err(halt) => halt,
        }
    }

    pub(crate) fn places(&self) -> Result<&dyn HandlerStore, StoreError> {
        self.store.handlers().ok_or_else(|| {
            // The start saw to it that it does.
            StoreError::new(
                StoreErrorKind::Unsupported,
                "the store keeps no places of handlers",
            )
        })
    }

    async fn begin(&mut self, fence: Fence) -> Result<Session<'_>, Halt> {
        let places = self.places()?;
        let all = places.places().await?;
        let Some(place) = all.into_iter().find(|place| place.key == self.running.key) else {
            return Err(Halt::Gone);
        };
        let aside = Aside::of(places.parked(&self.running.key).await?);
        let stage = match place.stage {
            PlaceStage::Building => HandlerStage::Building,
            PlaceStage::Live => HandlerStage::CatchingUp,
        };
        debug!(handler = %self.running.key, position = place.position.0, ?stage, "runs here");
        self.running.begins(stage, place.position, aside);
        let feed = Feed::after(
            Arc::clone(&self.store),
            Arc::clone(&self.running.routes),
            place.position,
        );
        Ok(Session::new(self, fence, feed, place.position))
    }
}

/// Waits until this is so, or until nobody is left to say.
pub(crate) async fn told<T>(watched: &mut watch::Receiver<T>, so: impl FnMut(&T) -> bool) {
    let _ = watched.wait_for(so).await;
}
