//! Puts the handlers of an application together, and starts and stops them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::warn;
use uuid::Uuid;

use crate::app::{App, Services, StartProblem};
use crate::engine::kept::{Kept, Work};
use crate::engine::leases::{Held, Leases};
use crate::engine::memory;
use crate::engine::policies::PolicyWork;
use crate::engine::routes::Routes;
use crate::engine::running::Running;
use crate::engine::status::{HandlerStage, State};
use crate::handler::{Handler, HandlerKind, HandlerKindOf, HandlerMeta, PolicyStart};
use crate::registry::Registry;
use crate::store::{
    EventStore, HandlerKey, HandlerPlace, NewPlace, PlaceStage, PrepareError, StoreError,
};
use crate::stream::Position;

/// The handlers of an application.
pub(crate) struct Engine {
    pub(crate) handlers: BTreeMap<&'static str, Arc<Running>>,
    stop: watch::Sender<bool>,
    /// All handlers have stopped.
    stopped: watch::Sender<bool>,
}

/// Handlers that fit the application, and not started yet.
pub(crate) struct Plan {
    handlers: Vec<(Handler, Routes)>,
}

impl Plan {
    /// Sees to it that the handlers fit the application and its store.
    pub(crate) fn new(
        handlers: Vec<Handler>,
        registry: &Registry,
        services: &Services,
        store: &dyn EventStore,
        problems: &mut Vec<StartProblem>,
    ) -> Self {
        let mut planned: Vec<(Handler, Routes)> = Vec::new();
        for handler in handlers {
            let meta = handler.meta;
            if let Some((known, _)) = planned
                .iter()
                .find(|(known, _)| known.meta.name == meta.name)
            {
                problems.push(StartProblem::DuplicateHandler {
                    name: meta.name,
                    first: known.meta.type_path,
                    second: meta.type_path,
                });
                continue;
            }
            check(meta, services, store, problems);
            let routes = Routes::new(meta, registry, problems);
            planned.push((handler, routes));
        }
        Self { handlers: planned }
    }

    /// Finds or makes the handlers' places, and makes them ready to run.
    pub(crate) async fn prepare(
        self,
        store: &dyn EventStore,
        attempts: u32,
        problems: &mut Vec<StartProblem>,
    ) -> Result<Engine, StoreError> {
        let keeps = self
            .handlers
            .iter()
            .any(|(handler, _)| !matches!(handler.meta.kind, HandlerKind::InMemory));
        let (places, last) = match store.handlers() {
            Some(handlers) if keeps => (handlers.places().await?, store.last_position().await?),
            _ => (Vec::new(), Position::START),
        };
        let mut new = Vec::new();
        let mut running = BTreeMap::new();
        for (handler, routes) in self.handlers {
            let meta = handler.meta;
            let stage = match &handler.kind {
                HandlerKindOf::InMemory(_) => HandlerStage::CatchingUp,
                HandlerKindOf::Durable(_) | HandlerKindOf::Policy(_) => {
                    match begin_at(meta, &places, last, problems) {
                        Begin::There => HandlerStage::Elsewhere,
                        Begin::New(place) => {
                            new.push(place);
                            HandlerStage::Elsewhere
                        }
                        Begin::Replaced(by) => {
                            warn!(
                                handler = meta.name,
                                version = meta.version,
                                by,
                                "a newer version serves, and this one does not run: start the newer code, or `forget` that version to go back to this one"
                            );
                            HandlerStage::Replaced
                        }
                    }
                }
            };
            let state = State::at(stage, Position::START);
            running.insert(
                meta.name,
                Arc::new(Running::new(meta, handler.kind, routes, state, attempts)),
            );
        }
        warn_of_places_without_code(&places, &running);
        if problems.is_empty() {
            for handler in running.values() {
                prepare_tables(handler, store, problems).await?;
            }
            if problems.is_empty()
                && let Some(handlers) = store.handlers()
                && !new.is_empty()
            {
                handlers.add_places(new).await?;
            }
        }
        Ok(Engine {
            handlers: running,
            stop: watch::Sender::new(false),
            stopped: watch::Sender::new(true),
        })
    }
}

/// What can be said of a handler by itself.
fn check(
    meta: &'static HandlerMeta,
    services: &Services,
    store: &dyn EventStore,
    problems: &mut Vec<StartProblem>,
) {
    match meta.kind {
        HandlerKind::InMemory => return,
        HandlerKind::Durable {
            family,
            family_name,
        } => {
            let has = store
                .transactions()
                .map(|transactions| transactions.family());
            if has.is_none_or(|(has, _)| has != family()) {
                problems.push(StartProblem::OtherTransactions {
                    handler: meta.name,
                    wanted: family_name,
                    has: has.map(|(_, name)| name),
                });
                return;
            }
        }
        HandlerKind::Policy(terms) => {
            let (type_id, name) = (terms.services)();
            if !services.has(type_id) {
                problems.push(StartProblem::MissingPolicyServices {
                    policy: meta.name,
                    services: name,
                });
            }
        }
    }
    if store.handlers().is_none() {
        problems.push(StartProblem::NoPlaces { handler: meta.name });
    }
}

/// Where a handler begins.
enum Begin {
    /// It has a place.
    There,
    /// It is new.
    New(NewPlace),
    /// A newer version serves.
    Replaced(u32),
}

fn begin_at(
    meta: &'static HandlerMeta,
    places: &[HandlerPlace],
    last: Position,
    problems: &mut Vec<StartProblem>,
) -> Begin {
    let key = HandlerKey::new(meta.name, meta.version);
    for place in places.iter().filter(|place| place.key == key) {
        if place.position > last {
            problems.push(StartProblem::PlaceAhead {
                handler: key.to_string(),
                position: place.position,
                last,
            });
        }
    }
    let live = places
        .iter()
        .filter(|place| place.key.name == meta.name && place.stage == PlaceStage::Live)
        .map(|place| place.key.version)
        .max();
    if let Some(live) = live
        && live > meta.version
    {
        return Begin::Replaced(live);
    }
    if places.iter().any(|place| place.key == key) {
        return Begin::There;
    }
    let begins_late =
        matches!(meta.kind, HandlerKind::Policy(terms) if terms.from == PolicyStart::FirstStart);
    Begin::New(NewPlace {
        key,
        stage: if live.is_some() {
            PlaceStage::Building
        } else {
            PlaceStage::Live
        },
        position: if begins_late { last } else { Position::START },
    })
}

fn warn_of_places_without_code(
    places: &[HandlerPlace],
    running: &BTreeMap<&'static str, Arc<Running>>,
) {
    for place in places {
        if !running.contains_key(place.key.name.as_str()) {
            warn!(handler = %place.key, position = place.position.0,
                "the store keeps the place of a handler that this application does not have; `App::forget` removes it");
        }
    }
}

async fn prepare_tables(
    handler: &Running,
    store: &dyn EventStore,
    problems: &mut Vec<StartProblem>,
) -> Result<(), StoreError> {
    if let HandlerKindOf::Durable(projection) = &handler.kind
        && handler.state().stage != HandlerStage::Replaced
        && let Some(transactions) = store.transactions()
    {
        match transactions.prepare(projection.clone()).await {
            Ok(()) => {}
            Err(PrepareError::Store(error)) => return Err(error),
            Err(error) => problems.push(StartProblem::Tables {
                handler: handler.meta.name,
                problem: error.to_string(),
            }),
        }
    }
    Ok(())
}

impl Engine {
    /// Starts the handlers; returns when those in memory have caught up.
    ///
    /// `app` is not one that keeps the application running.
    pub(crate) async fn start(
        app: &App,
        store: &Arc<dyn EventStore>,
        lasting: Duration,
    ) -> Result<(), StoreError> {
        let engine = app.engine();
        if engine.handlers.is_empty() {
            return Ok(());
        }
        let last = store.last_position().await?;
        let mut leases = Leases::new(Arc::clone(store), Uuid::new_v4(), lasting);
        let mut tasks = JoinSet::new();
        for running in engine.handlers.values() {
            if running.state().stage == HandlerStage::Replaced {
                continue;
            }
            let running = Arc::clone(running);
            let stop = engine.stop.subscribe();
            let held = |leases: &mut Leases| -> Held { leases.want(running.key.clone()) };
            let store = Arc::clone(store);
            let work = match &running.kind {
                HandlerKindOf::InMemory(projection) => {
                    let projection = Arc::clone(projection);
                    tasks.spawn(memory::run(Arc::clone(&running), projection, store, stop));
                    continue;
                }
                HandlerKindOf::Durable(projection) => Work::Projection(projection.clone()),
                HandlerKindOf::Policy(policy) => {
                    let HandlerKind::Policy(terms) = running.meta.kind else {
                        continue;
                    };
                    // The plan saw to it that they are there.
                    let Some(services) = policy.services(app.services()) else {
                        continue;
                    };
                    Work::Policy(PolicyWork {
                        policy: Arc::clone(policy),
                        terms,
                        services,
                        app: app.clone(),
                    })
                }
            };
            let kept = Kept {
                held: held(&mut leases),
                running,
                work,
                store,
                stop,
            };
            tasks.spawn(kept.run());
        }
        let (done, handlers_done) = watch::channel(false);
        let leasing = tokio::spawn(leases.run(handlers_done));
        engine.stopped.send_replace(false);
        let stopped = engine.stopped.clone();
        tokio::spawn(async move {
            while let Some(ended) = tasks.join_next().await {
                if let Err(error) = ended {
                    tracing::error!(%error, "a handler's task ended by a panic of its own");
                }
            }
            done.send_replace(true);
            let _ = leasing.await;
            stopped.send_replace(true);
        });
        for running in engine.handlers.values() {
            if matches!(running.kind, HandlerKindOf::InMemory(_)) {
                let mut state = running.watch();
                let caught_up = state.wait_for(|state| {
                    state.position >= last || state.stage == HandlerStage::Failing
                });
                if let Ok(state) = caught_up.await
                    && let Some(error) = &state.error
                {
                    return Err(StoreError::new(
                        crate::store::StoreErrorKind::Other,
                        format!("projection {} cannot be built: {error}", running.meta.name),
                    ));
                }
            }
        }
        Ok(())
    }

    /// Tells the handlers to stop when they are done with what they have in hand.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }

    /// Waits until all handlers have stopped.
    pub(crate) async fn stopped(&self) {
        let mut stopped = self.stopped.subscribe();
        // The sender is `self`'s.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    }
}
