//! A handler that runs, as others see it: its state, and a bell to ring.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::{Notify, watch};

use crate::engine::parking::Aside;
use crate::engine::status::{HandlerStage, State};
use crate::engine::{Routes, telemetry};
use crate::handler::{HandlerKindOf, HandlerMeta};
use crate::store::{HandlerKey, Page};
use crate::stream::Position;

/// A handler that runs.
pub(crate) struct Running {
    pub(crate) meta: &'static HandlerMeta,
    pub(crate) key: HandlerKey,
    pub(crate) kind: HandlerKindOf,
    pub(crate) routes: Arc<Routes>,
    state: watch::Sender<State>,
    /// Rung when someone said what to do with a stream set aside.
    pub(crate) bell: Notify,
    aside: Mutex<Aside>,
    /// How often an event is tried.
    pub(crate) attempts: u32,
}

impl Running {
    pub(crate) fn new(
        meta: &'static HandlerMeta,
        kind: HandlerKindOf,
        routes: Routes,
        state: State,
        attempts: u32,
    ) -> Self {
        Self {
            meta,
            key: HandlerKey::new(meta.name, meta.version),
            kind,
            routes: Arc::new(routes),
            state: watch::Sender::new(state),
            bell: Notify::new(),
            aside: Mutex::default(),
            attempts,
        }
    }

    /// The streams set aside. Not to be held across an await.
    pub(crate) fn aside(&self) -> MutexGuard<'_, Aside> {
        // Every change is a single insertion or removal.
        self.aside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn state(&self) -> State {
        self.state.borrow().clone()
    }

    pub(crate) fn watch(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    pub(crate) fn set_stage(&self, stage: HandlerStage) {
        self.state.send_if_modified(|state| {
            let changed = state.stage != stage;
            state.stage = stage;
            state.error = None;
            changed
        });
    }

    pub(crate) fn fails(&self, error: String) {
        self.state.send_modify(|state| {
            state.stage = HandlerStage::Failing;
            state.error = Some(error);
        });
    }

    /// It begins, or begins again, at a place.
    pub(crate) fn begins(&self, stage: HandlerStage, position: Position, aside: Aside) {
        let parked = aside.len();
        *self.aside() = aside;
        self.state.send_modify(|state| {
            *state = State {
                parked,
                ..State::at(stage, position)
            }
        });
    }

    /// A page is in hand.
    pub(crate) fn takes(&self, page: &Page) {
        let oldest: Option<Timestamp> = page.get(0).map(|record| record.recorded_at());
        if oldest.is_some() {
            self.state.send_if_modified(|state| {
                state.oldest = oldest;
                false
            });
        }
    }

    /// All up to a position is handled or set aside; the store ends at `last`.
    pub(crate) fn has_handled(&self, position: Position, events: usize, last: Position) {
        let is_last = position >= last;
        let parked = self.aside().len();
        self.state.send_modify(|state| {
            state.position = state.position.max(position);
            state.parked = parked;
            state.error = None;
            if is_last {
                state.oldest = None;
            }
            state.stage = match state.stage {
                HandlerStage::Building => HandlerStage::Building,
                _ if is_last => HandlerStage::Live,
                _ => HandlerStage::CatchingUp,
            };
        });
        telemetry::handled(self.meta.name, events, &self.state.borrow(), last);
    }

    /// The streams set aside have changed.
    pub(crate) fn counts_parked(&self) {
        let parked = self.aside().len();
        self.state.send_modify(|state| state.parked = parked);
    }
}
