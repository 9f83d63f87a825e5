//! The leases of this process: each handler that keeps its place in the store runs in one process
//! at a time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tracing::{debug, warn};
use uuid::Uuid;

use crate::engine::kept::told;
use crate::store::{EventStore, Fence, HandlerKey, LeaseRequest, StoreError};

/// What a handler sees of its lease: the fence while it holds one.
pub(crate) type Held = watch::Receiver<Option<Fence>>;

/// Takes and renews leases.
pub(crate) struct Leases {
    store: Arc<dyn EventStore>,
    holder: Uuid,
    lasting: Duration,
    handlers: BTreeMap<HandlerKey, watch::Sender<Option<Fence>>>,
}

impl Leases {
    pub(crate) fn new(store: Arc<dyn EventStore>, holder: Uuid, lasting: Duration) -> Self {
        Self {
            store,
            holder,
            lasting,
            handlers: BTreeMap::new(),
        }
    }

    /// Asks for this handler's lease from now on.
    pub(crate) fn want(&mut self, key: HandlerKey) -> Held {
        let (sender, held) = watch::channel(None);
        self.handlers.insert(key, sender);
        held
    }

    /// Takes what is free and renews what is held, until `stop`; then gives all back.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut good_until = Timestamp::MIN;
        loop {
            // A handler that has ended for good leaves its lease to others: it runs out.
            self.handlers.retain(|_, held| !held.is_closed());
            if self.handlers.is_empty() {
                break;
            }
            match self.ask().await {
                Ok(until) => good_until = until,
                Err(error) => {
                    debug!(%error, "leases were not renewed");
                    if Timestamp::now() >= good_until {
                        self.lose_all();
                    }
                }
            }
            let stopped = told(&mut stop, |stop| *stop);
            if tokio::time::timeout(self.lasting / 3, stopped)
                .await
                .is_ok()
            {
                break;
            }
        }
        // Who handles events has stopped by now.
        if let Some(places) = self.store.handlers()
            && let Err(error) = places.give_back(self.holder).await
        {
            debug!(%error, "leases were not given back; they run out by themselves");
        }
    }

    async fn ask(&self) -> Result<Timestamp, StoreError> {
        let Some(places) = self.store.handlers() else {
            return Ok(Timestamp::MAX);
        };
        let now = Timestamp::now();
        let until = now.checked_add(self.lasting).unwrap_or(Timestamp::MAX);
        let request = LeaseRequest {
            holder: self.holder,
            handlers: self.handlers.keys().cloned().collect(),
            now,
            until,
        };
        let fences = places.lease(request).await?;
        for ((key, held), fence) in self.handlers.iter().zip(fences) {
            held.send_if_modified(|had| {
                let changed = *had != fence;
                if changed && had.is_some() {
                    warn!(handler = %key, "another process runs the handler now");
                }
                *had = fence;
                changed
            });
        }
        Ok(until)
    }

    fn lose_all(&self) {
        for held in self.handlers.values() {
            held.send_if_modified(|had| had.take().is_some());
        }
    }
}
