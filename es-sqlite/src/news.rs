//! Telling those who wait that there are new events.

use es_core::Position;
use tokio::sync::watch;

#[derive(Clone, Copy, Debug)]
struct State {
    last: Position,
    closed: bool,
}

/// The last position this process knows of.
#[derive(Debug)]
pub(crate) struct News {
    state: watch::Sender<State>,
}

/// The store was closed; there will be no news.
#[derive(Debug)]
pub(crate) struct Closed;

impl News {
    pub(crate) fn new(last: Position) -> Self {
        Self {
            state: watch::Sender::new(State {
                last,
                closed: false,
            }),
        }
    }

    pub(crate) fn last(&self) -> Position {
        self.state.borrow().last
    }

    /// Wakes those who wait for less.
    pub(crate) fn announce(&self, position: Position) {
        self.state.send_if_modified(|state| {
            let newer = position > state.last;
            if newer {
                state.last = position;
            }
            newer
        });
    }

    /// Wakes all.
    pub(crate) fn close(&self) {
        self.state.send_modify(|state| state.closed = true);
    }

    /// Waits for a record after `position`.
    pub(crate) async fn wait(&self, position: Position) -> Result<Position, Closed> {
        let mut state = self.state.subscribe();
        let found = state
            .wait_for(|state| state.closed || state.last > position)
            .await;
        match found {
            Ok(state) if state.last > position => Ok(state.last),
            _ => Err(Closed),
        }
    }
}
