//! The application's event handlers: reading, waiting for them, and what they have set aside.

use std::any::Any;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;

use super::App;
use crate::engine::{HandlerStage, HandlerStatus, Lag, Running};
use crate::handler::{HandlerKindOf, InMemory};
use crate::store::{
    AllQuery, Detail, HandlerKey, HandlerStore, Instruction, NameFilter, ParkedStream, PlaceStage,
    StoreError, StoreErrorKind,
};
use crate::stream::{Position, StreamName, Version};

/// How often the store is asked how far a handler is that another process runs.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Why something cannot be done with a handler.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandlerCallError {
    /// There is no handler of this name.
    #[error("no handler is named `{name}`{}", .similar.as_deref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default())]
    Unknown {
        /// The name that was given.
        name: String,
        /// The nearest name there is.
        similar: Option<String>,
    },
    /// The projection is not part of this `App`.
    #[error(
        "projection `{type_name}` is not part of this App: add `.projection(…)` or `.discover()` to its builder"
    )]
    NotRegistered {
        /// Its Rust type.
        type_name: &'static str,
    },
    /// The stream is set aside: the handler has not handled what was waited for.
    #[error(
        "handler {handler} has set stream {} aside at version {}: {}; {}",
        .parked.stream, .parked.version, .parked.error,
        match .parked.retry_at {
            Some(at) => format!("it is tried again at {at}"),
            None => "look at `App::parked`".to_owned(),
        }
    )]
    Parked {
        /// The handler.
        handler: String,
        /// What is set aside.
        parked: Box<ParkedStream>,
    },
    /// The handler has not, or no longer, set the stream aside at this event.
    #[error("handler {handler} has not set stream {stream} aside at version {version}")]
    NotParked {
        /// The handler.
        handler: String,
        /// The stream.
        stream: StreamName,
        /// The version of the event.
        version: Version,
    },
    /// The application was shut down.
    #[error("handler {handler} was stopped: the application was shut down")]
    Stopped {
        /// The handler.
        handler: String,
    },
    /// A newer version of the projection serves, and nobody runs it.
    #[error(
        "version {version} of projection {handler} serves, which this code does not have and nobody runs: start the newer code, or forget that version (`App::forget`, `cargo es handlers forget`) to go back to this one"
    )]
    Replaced {
        /// The projection.
        handler: String,
        /// The version that serves.
        version: u32,
    },
    /// The handler's place was forgotten; it begins anew at the next start.
    #[error("the place of handler {handler} was forgotten: it begins anew at the next start")]
    Forgotten {
        /// The handler.
        handler: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl App {
    /// Looks at a projection in memory. Events are handled between two looks, not during one, so
    /// keep it short.
    ///
    /// # Errors
    /// [`HandlerCallError::NotRegistered`] if it is not part of this `App`.
    pub fn read<P: InMemory, R>(&self, look: impl FnOnce(&P) -> R) -> Result<R, HandlerCallError> {
        let not_registered = || HandlerCallError::NotRegistered {
            type_name: std::any::type_name::<P>(),
        };
        let running = self
            .engine()
            .handlers
            .get(P::META.name)
            .ok_or_else(not_registered)?;
        let HandlerKindOf::InMemory(projection) = &running.kind else {
            return Err(not_registered());
        };
        let value: &dyn Any = projection.value();
        let value = value
            .downcast_ref::<RwLock<P>>()
            .ok_or_else(not_registered)?;
        Ok(look(&value.read().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Waits until a handler has handled all events up to a position: read your own write.
    ///
    /// It waits as long as it takes; put `tokio::time::timeout` around it where that may be too
    /// long.
    ///
    /// # Errors
    /// [`HandlerCallError::Parked`] if the event at this position was set aside,
    /// [`HandlerCallError::Unknown`] if there is no such handler.
    pub async fn caught_up(
        &self,
        handler: &str,
        position: Position,
    ) -> Result<(), HandlerCallError> {
        let running = self.running(handler)?;
        let mut state = running.watch();
        let key = loop {
            let now = state.borrow_and_update().clone();
            let by_others = matches!(
                now.stage,
                HandlerStage::Elsewhere | HandlerStage::Replaced | HandlerStage::Building
            );
            if now.stage == HandlerStage::Stopped || by_others && self.engine().is_stopping() {
                return Err(HandlerCallError::Stopped {
                    handler: handler.to_owned(),
                });
            }
            if by_others {
                let is_replaced = now.stage == HandlerStage::Replaced;
                if let Some(key) = self.is_there(handler, position, is_replaced).await? {
                    break key;
                }
            } else if now.position >= position {
                break running.key.clone();
            }
            tokio::select! {
                changed = state.changed() => if changed.is_err() { break running.key.clone() },
                () = tokio::time::sleep(LOOK_EVERY), if by_others => {}
            }
        };
        self.not_parked(running, &key, position).await
    }

    /// The version of the handler that serves, if it is at a position, wherever it runs.
    async fn is_there(
        &self,
        handler: &str,
        position: Position,
        is_replaced: bool,
    ) -> Result<Option<HandlerKey>, HandlerCallError> {
        let places = self.places()?.places().await?;
        let mut live = places
            .into_iter()
            .filter(|place| place.key.name == handler && place.stage == PlaceStage::Live)
            .peekable();
        let Some(serving) = live.peek() else {
            return Err(HandlerCallError::Forgotten {
                handler: handler.to_owned(),
            });
        };
        let is_run = serving
            .leased_until
            .is_some_and(|until| until > Timestamp::now());
        if is_replaced && !is_run && serving.position < position {
            return Err(HandlerCallError::Replaced {
                handler: handler.to_owned(),
                version: serving.key.version,
            });
        }
        let mut there = live.filter(|place| place.position >= position);
        Ok(there.next().map(|place| place.key))
    }

    async fn not_parked(
        &self,
        running: &Running,
        key: &HandlerKey,
        position: Position,
    ) -> Result<(), HandlerCallError> {
        let parked = match running.kind {
            HandlerKindOf::InMemory(_) => running.aside().list(),
            _ => self.places()?.parked(key).await?,
        };
        if parked.is_empty() || position == Position::START {
            return Ok(());
        }
        let page = self
            .store()
            .read_all(AllQuery {
                after: Position(position.0 - 1),
                limit: 1,
                names: NameFilter::All,
                categories: None,
                detail: Detail::Replay,
            })
            .await?;
        let Some(record) = page.get(0).filter(|record| record.position() == position) else {
            return Ok(());
        };
        let held = parked.into_iter().find(|parked| {
            parked.stream.category() == record.category()
                && parked.stream.id() == record.stream_id()
                && parked.version <= record.version()
        });
        match held {
            Some(parked) => Err(HandlerCallError::Parked {
                handler: running.meta.name.to_owned(),
                parked: Box::new(parked),
            }),
            None => Ok(()),
        }
    }

    fn running(&self, name: &str) -> Result<&Running, HandlerCallError> {
        let handlers = &self.engine().handlers;
        handlers.get(name).map(|running| &**running).ok_or_else(|| {
            let similar = handlers
                .keys()
                .map(|known| (strsim::jaro_winkler(known, name), known))
                .filter(|(similarity, _)| *similarity > 0.8)
                .max_by(|(a, _), (b, _)| a.total_cmp(b))
                .map(|(_, known)| (*known).to_owned());
            HandlerCallError::Unknown {
                name: name.to_owned(),
                similar,
            }
        })
    }

    fn places(&self) -> Result<&dyn HandlerStore, StoreError> {
        self.store().handlers().ok_or_else(|| {
            StoreError::new(
                StoreErrorKind::Unsupported,
                "the store keeps no places of handlers",
            )
        })
    }

    async fn parked_of(&self, running: &Running) -> Result<Vec<ParkedStream>, StoreError> {
        match running.kind {
            HandlerKindOf::InMemory(_) => Ok(running.aside().list()),
            HandlerKindOf::Durable(_) | HandlerKindOf::Policy(_) => {
                self.places()?.parked(&running.key).await
            }
        }
    }

    /// How the handlers are doing, by name: those of this `App`, and those the store keeps a place
    /// of without this `App` having their code.
    ///
    /// # Errors
    /// What went wrong in the store.
    pub async fn handlers(&self) -> Result<Vec<HandlerStatus>, StoreError> {
        let last = self.store().last_position().await?;
        let places = match self.store().handlers() {
            Some(places) => places.places().await?,
            None => Vec::new(),
        };
        let mut list = Vec::new();
        for running in self.engine().handlers.values() {
            let state = running.state();
            let mut status = HandlerStatus {
                name: running.meta.name.to_owned(),
                version: running.meta.version,
                kind: Some(running.meta.kind),
                stage: state.stage,
                position: state.position,
                lag: state.lag(last),
                parked: state.parked,
                error: state.error,
            };
            let place = places.iter().find(|place| place.key == running.key);
            if let Some(place) = place
                && state.stage == HandlerStage::Elsewhere
            {
                status.position = place.position;
                status.parked = place.parked;
                status.lag = Lag {
                    events: last.0.saturating_sub(place.position.0),
                    time: Duration::ZERO,
                };
            }
            list.push(status);
        }
        for place in places {
            let known = |status: &HandlerStatus| {
                status.name == place.key.name && status.version == place.key.version
            };
            if !list.iter().any(known) {
                list.push(HandlerStatus {
                    lag: Lag {
                        events: last.0.saturating_sub(place.position.0),
                        time: Duration::ZERO,
                    },
                    name: place.key.name,
                    version: place.key.version,
                    kind: None,
                    stage: HandlerStage::WithoutCode,
                    position: place.position,
                    parked: place.parked,
                    error: None,
                });
            }
        }
        list.sort_by(|a, b| (&a.name, a.version).cmp(&(&b.name, b.version)));
        Ok(list)
    }

    /// The streams that handlers have set aside, in order of handler and position. Those with a
    /// time in [`ParkedStream::retry_at`] are tried again by themselves.
    ///
    /// # Errors
    /// What went wrong in the store.
    pub async fn parked(&self) -> Result<Vec<ParkedStream>, StoreError> {
        let mut list = Vec::new();
        for running in self.engine().handlers.values() {
            list.extend(self.parked_of(running).await?);
        }
        Ok(list)
    }

    /// Tries the event at which a stream was set aside again; if that works, those after it follow
    /// in order. It is done by whoever runs the handler, soon after this returns.
    ///
    /// # Errors
    /// [`HandlerCallError::NotParked`] if the stream is not set aside any more, or at another event.
    pub async fn retry(&self, parked: &ParkedStream) -> Result<(), HandlerCallError> {
        self.instruct(parked, Instruction::Retry).await
    }

    /// Passes over the event at which a stream was set aside; those after it follow in order. It is
    /// done by whoever runs the handler, soon after this returns.
    ///
    /// # Errors
    /// [`HandlerCallError::NotParked`] if the stream is not set aside any more, or at another event.
    pub async fn release(&self, parked: &ParkedStream) -> Result<(), HandlerCallError> {
        self.instruct(parked, Instruction::Release).await
    }

    /// Passes over the event at which a stream was set aside, and over all that came after it until
    /// now; the stream's next events are handled again. It is done by whoever runs the handler, soon
    /// after this returns.
    ///
    /// # Errors
    /// [`HandlerCallError::NotParked`] if the stream is not set aside any more, or at another event.
    pub async fn discard(&self, parked: &ParkedStream) -> Result<(), HandlerCallError> {
        self.instruct(parked, Instruction::Discard).await
    }

    async fn instruct(
        &self,
        parked: &ParkedStream,
        instruction: Instruction,
    ) -> Result<(), HandlerCallError> {
        let running = self.running(&parked.key.name)?;
        let is_there = match running.kind {
            HandlerKindOf::InMemory(_) => {
                let mut aside = running.aside();
                let found = aside.get_mut(&parked.stream);
                found
                    .filter(|found| found.version == parked.version)
                    .map(|found| found.instruction = Some(instruction))
                    .is_some()
            }
            HandlerKindOf::Durable(_) | HandlerKindOf::Policy(_) => {
                self.places()?.instruct(parked, instruction).await?
            }
        };
        if !is_there {
            return Err(HandlerCallError::NotParked {
                handler: parked.key.name.clone(),
                stream: parked.stream.clone(),
                version: parked.version,
            });
        }
        running.bell.notify_one();
        Ok(())
    }

    /// Forgets a handler: its place, what it has set aside, and its tables. A handler that this
    /// `App` runs stops, and begins anew at the next start.
    ///
    /// # Errors
    /// What went wrong in the store.
    pub async fn forget(&self, handler: &str, version: u32) -> Result<(), StoreError> {
        self.places()?
            .forget(&HandlerKey::new(handler, version))
            .await
    }
}
