//! The running application: commands in, events to the store, state and history back.

mod builder;
mod clock;
mod dispatch;
mod error;
mod handlers;
mod history;
mod request;
mod send;
mod services;
mod under_way;

use std::any::type_name;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

pub use builder::AppBuilder;
pub use clock::{Clock, IdSource, SystemClock, UuidSource};
pub(crate) use dispatch::dispatch;
pub use error::{
    CommandError, Conflict, DispatchError, LoadError, NotRegistered, StartError, StartProblem,
};
pub use handlers::HandlerCallError;
pub use history::Recorded;
pub(crate) use request::CommandOptions;
pub use request::{JsonCommand, Request, TypedCommand};

use crate::aggregate::Aggregate;
use crate::command::Handled;
use crate::engine::Engine;
use crate::id::{AggregateId, IntoId};
use crate::model::EventModel;
use crate::registry::Registry;
use crate::replay::{Progress, Until};
use crate::repository;
use crate::store::{EventStore, StoreError, StoreErrorKind};
use crate::stream::{StreamName, Version};
use send::RetryQueues;
pub(crate) use send::send_typed;
pub(crate) use services::Services;
use under_way::UnderWay;

/// An application over a store. Cheap to clone; all clones are the same application.
///
/// It is not generic: the store is behind a pointer, and aggregates are named where they are used.
///
/// It runs in a Tokio runtime with time enabled, as `#[tokio::main]` and `#[tokio::test]` make it.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
    /// `None` in the clones that handlers have.
    _stop_when_dropped: Option<Arc<StopWhenDropped>>,
}

/// Stops the handlers when the last clone of the application is dropped.
struct StopWhenDropped(Arc<Inner>);

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.0.engine.stop();
    }
}

struct Inner {
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    registry: Registry,
    services: Services,
    engine: Engine,
    attempts: u32,
    retry_queues: RetryQueues,
    under_way: UnderWay,
}

impl App {
    /// Begins an application over this store.
    pub fn builder(store: impl EventStore) -> AppBuilder {
        AppBuilder::new(Arc::new(store))
    }

    /// Sends a command to an aggregate. Await the request; before that, its methods say who asks,
    /// under which idempotency key, and so on.
    ///
    /// On a concurrent append the aggregate is loaded and the command decided again, up to
    /// [`AppBuilder::attempts`] times.
    ///
    /// # Errors
    /// See [`CommandError`]; nothing was recorded then.
    pub fn send<C: Handled>(
        &self,
        id: impl IntoId<<C::Aggregate as Aggregate>::Id>,
        command: C,
    ) -> Request<TypedCommand<C>> {
        Request::new(self.clone(), TypedCommand::new(id.into_id(), command))
    }

    /// Sends a command given by name, id and JSON data, as an API or a file has it. Fields the
    /// command does not know are errors.
    ///
    /// # Errors
    /// See [`DispatchError`]; nothing was recorded then.
    pub fn dispatch_json(
        &self,
        command: impl Into<String>,
        id: impl Into<String>,
        data: Value,
    ) -> Request<JsonCommand> {
        Request::new(
            self.clone(),
            JsonCommand::new(command.into(), id.into(), data),
        )
    }

    /// The aggregate's state after all its events.
    ///
    /// # Errors
    /// [`LoadError::NotFound`] if it does not exist, else why it cannot be loaded.
    pub async fn load<A: Aggregate>(&self, id: impl IntoId<A::Id>) -> Result<A, LoadError> {
        let stream = self.stream::<A>(id)?;
        self.progress::<A>(&stream, Until::End)
            .await?
            .state
            .ok_or(LoadError::NotFound)
    }

    /// The aggregate's state after all its events, and the version of the last of them: for an API that
    /// tells versions, and takes them back as [`Request::expected_version`].
    ///
    /// # Errors
    /// As [`App::load`].
    pub async fn load_versioned<A: Aggregate>(
        &self,
        id: impl IntoId<A::Id>,
    ) -> Result<(A, Version), LoadError> {
        let stream = self.stream::<A>(id)?;
        let progress = self.progress::<A>(&stream, Until::End).await?;
        let state = progress.state.ok_or(LoadError::NotFound)?;
        Ok((state, progress.version))
    }

    /// The aggregate's state at an earlier point: after [`Version`] n, that record included, or at
    /// a [`Timestamp`].
    ///
    /// At a time, it is the state after all records up to the first one recorded later. Where a
    /// clock was set back, records after such a one count as later too, whatever their own time.
    ///
    /// # Errors
    /// [`LoadError::NotFound`] if it did not exist then, [`LoadError::VersionAhead`] if the stream
    /// has not reached the version, else why it cannot be loaded.
    pub async fn load_at<A: Aggregate>(
        &self,
        id: impl IntoId<A::Id>,
        at: impl Into<At>,
    ) -> Result<A, LoadError> {
        let stream = self.stream::<A>(id)?;
        let until = match at.into() {
            At::Version(version) => Until::Version(version),
            At::Time(time) => Until::Time(time),
        };
        let progress = self.progress::<A>(&stream, until).await?;
        if let Until::Version(asked) = until
            && progress.version < asked
            && progress.version > Version::NONE
        {
            return Err(LoadError::VersionAhead {
                stream,
                asked,
                actual: progress.version,
            });
        }
        progress.state.ok_or(LoadError::NotFound)
    }

    /// All that happened to the aggregate, decoded, with its metadata; empty if nothing did.
    ///
    /// # Errors
    /// A record cannot be read.
    pub async fn history<A: Aggregate>(
        &self,
        id: impl IntoId<A::Id>,
    ) -> Result<Vec<Recorded<A::Events>>, LoadError> {
        let stream = self.stream::<A>(id)?;
        history::read::<A::Events>(&*self.inner.store, &stream).await
    }

    /// What the application is made of.
    pub fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    /// How commands, events and handlers lead to each other.
    pub fn model(&self) -> EventModel {
        EventModel::of(&self.inner.registry)
    }

    /// The store.
    pub fn store(&self) -> &dyn EventStore {
        &*self.inner.store
    }

    /// Stops the handlers when they are done with what they have in hand, then takes no more
    /// commands, and returns when those under way are answered.
    ///
    /// Commands sent to any clone afterwards fail with [`StoreErrorKind::Closed`]; loading goes on.
    pub async fn shutdown(&self) {
        self.inner.engine.stop();
        self.inner.engine.stopped().await;
        self.inner.under_way.close().await;
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    pub(crate) fn services(&self) -> &Services {
        &self.inner.services
    }

    fn stream<A: Aggregate>(&self, id: impl IntoId<A::Id>) -> Result<StreamName, NotRegistered> {
        self.knows::<A>()?;
        Ok(StreamName::new(A::NAME, id.into_id().to_text()))
    }

    fn knows<A: Aggregate>(&self) -> Result<(), NotRegistered> {
        if self.inner.registry.knows::<A>() {
            Ok(())
        } else {
            Err(NotRegistered {
                aggregate: A::NAME,
                type_name: type_name::<A>(),
            })
        }
    }

    async fn progress<A: Aggregate>(
        &self,
        stream: &StreamName,
        until: Until,
    ) -> Result<Progress<A>, LoadError> {
        repository::load(&*self.inner.store, stream, until).await
    }
}

fn closed() -> StoreError {
    StoreError::new(
        StoreErrorKind::Closed,
        "the application was shut down and takes no commands",
    )
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("registry", &self.inner.registry)
            .finish_non_exhaustive()
    }
}

/// A point in an aggregate's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// After this record.
    Version(Version),
    /// At this time.
    Time(Timestamp),
}

impl From<Version> for At {
    fn from(version: Version) -> Self {
        Self::Version(version)
    }
}

impl From<Timestamp> for At {
    fn from(time: Timestamp) -> Self {
        Self::Time(time)
    }
}
