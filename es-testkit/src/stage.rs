//! Runs a scenario's steps over an `App`, the way production would.

use std::sync::{Arc, PoisonError};

use es_core::{
    Aggregate, AggregateId, App, Append, AppendCondition, CommandError, EventStore, Events,
    Handled, IdSource, LoadError, NewEvent, Origin, ReplayError, StoreError, StreamName, Version,
};

use crate::history;
use crate::id::ById;
use crate::report::{Report, shown};
use crate::seen::{Outcome, Seen};
use crate::sent::{Decided, GivenEvents, OfSet, Witnessed};
use crate::store::{CountedIds, SetClock, SharedStore};
use crate::terms::Terms;
use crate::testable::Testable;

/// Something that has happened before the command in question.
pub(crate) enum Step<A: Aggregate> {
    Events(Events<A::Events>),
    Stored(Vec<StoredRecord>),
    /// A command, as it prints, and its place among those given with it.
    Command {
        command: A::Commands,
        printed: String,
        place: usize,
        of: usize,
    },
}

/// A record as it is in the store.
pub(crate) struct StoredRecord {
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) payload: serde_json::Value,
}

/// Store, clock and `App` of a scenario.
pub(crate) struct Stage<A: Aggregate> {
    store: SharedStore,
    clock: SetClock,
    ids: CountedIds,
    /// Services that the `App` does not have yet.
    services: Option<A::Services>,
    app: Option<App>,
}

impl<A: Aggregate> Default for Stage<A> {
    fn default() -> Self {
        Self {
            store: SharedStore::default(),
            clock: SetClock::default(),
            ids: CountedIds::default(),
            services: None,
            app: None,
        }
    }
}

/// Why a scenario cannot come to its command.
enum Stopped {
    /// The fault is the scenario's or the event's: no `then…` can expect it.
    Failed(Report),
    /// What was given cannot be read or applied; that may be what is tested.
    NotReplayed(ReplayError),
    /// The same, with the given event it is about.
    NotApplied(ReplayError, String),
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::Failed(store_failed(&error))
    }
}

impl<A: Testable> Stage<A> {
    pub(crate) fn set_services(&mut self, services: A::Services) {
        self.services = Some(services);
        self.app = None;
    }

    async fn app(&mut self) -> Result<App, Report> {
        if let Some(app) = &self.app {
            return Ok(app.clone());
        }
        let mut builder = App::builder(self.store.clone())
            .aggregate::<A>()
            .clock(self.clock.clone())
            .ids(self.ids.clone());
        if let Some(services) = self.services.take() {
            builder = builder.services(services);
        }
        let app = builder.start().await.map_err(|error| {
            let problems: Vec<_> = error.problems.iter().map(ToString::to_string).collect();
            Report::new(format!(
                "the scenario cannot start: {}",
                problems.join("; ")
            ))
        })?;
        self.app = Some(app.clone());
        Ok(app)
    }

    /// Lets the steps happen, then sends the command.
    pub(crate) async fn run<C: Handled<Aggregate = A>>(
        &mut self,
        id: &A::Id,
        steps: Vec<(Terms, Step<A>)>,
        (terms, command, printed): (Terms, C, String),
    ) -> Result<Seen<A>, Report> {
        let scene = Scene {
            app: self.app().await?,
            stage: self,
            id,
        };
        let stream = scene.stream();
        let mut stopped = None;
        for (terms, step) in steps {
            match scene.step(&terms, step).await {
                Ok(()) => {}
                Err(Stopped::Failed(report)) => return Err(report),
                Err(Stopped::NotReplayed(error)) => {
                    stopped = Some((error, None));
                    break;
                }
                Err(Stopped::NotApplied(error, event)) => {
                    stopped = Some((error, Some(event)));
                    break;
                }
            }
        }
        let (history, mut before) = match scene.before().await {
            Ok(found) => found,
            Err(error) => return Err(store_failed(&error)),
        };
        let mut setting = Report::new("").section(format!("history ({stream})"), &history);
        if let Some((error, event)) = stopped {
            if let Some(event) = event {
                setting = setting.section("given after it", &event);
            }
            before = Err(error);
        }
        let setting = setting.section(format!("when{}", terms.told()), &printed);
        let before = match before {
            Ok(before) => before,
            Err(error) => {
                return Ok(Seen {
                    outcome: Outcome::NotReplayed(error),
                    after: None,
                    setting,
                });
            }
        };
        let setting = setting.section("state before", &state::<A>(before.as_ref()));
        let outcome = scene
            .send(&terms, command)
            .await
            .map_err(|report| report.and(&setting))?;
        let after = scene.load().await.map_err(|stopped| match stopped {
            Stopped::Failed(report) => report.and(&setting),
            Stopped::NotReplayed(error) | Stopped::NotApplied(error, _) => {
                Report::new(format!("what was recorded cannot be replayed: {error}")).and(&setting)
            }
        })?;
        Ok(Seen {
            outcome,
            after,
            setting,
        })
    }
}

fn state<A: Testable>(state: Option<&A>) -> String {
    match state {
        Some(state) => format!("{state:#?}"),
        None => format!("the {} does not exist", A::NAME),
    }
}

fn store_failed(error: &StoreError) -> Report {
    Report::new(format!("the store in memory failed: {error}"))
}

/// A stage with its `App` and the one aggregate the scenario is about.
struct Scene<'a, A: Aggregate> {
    app: App,
    stage: &'a Stage<A>,
    id: &'a A::Id,
}

impl<A: Testable> Scene<'_, A> {
    fn stream(&self) -> StreamName {
        StreamName::new(A::NAME, self.id.to_text())
    }

    async fn step(&self, terms: &Terms, step: Step<A>) -> Result<(), Stopped> {
        match step {
            Step::Events(events) => {
                let together = self.give(terms, events.clone()).await;
                if !matches!(together, Err(Stopped::NotReplayed(_))) {
                    return together;
                }
                // One by one, to tell of those before the one at fault.
                for event in events {
                    let printed = shown(&event);
                    match self.give(terms, Events::one(event)).await {
                        Err(Stopped::NotReplayed(error)) => {
                            return Err(Stopped::NotApplied(error, printed));
                        }
                        other => other?,
                    }
                }
                together
            }
            Step::Stored(records) => self.append(terms, records).await,
            Step::Command {
                command,
                printed,
                place,
                of,
            } => {
                let which = if of == 1 {
                    "the given command".to_owned()
                } else {
                    format!("given command {place} of {of}")
                };
                let (history, before) = self.before().await?;
                let before = before.map_err(Stopped::NotReplayed)?;
                let setting = Report::new("")
                    .section(which.clone(), &printed)
                    .section(format!("history before it ({})", self.stream()), &history)
                    .section("state before", &state::<A>(before.as_ref()));
                let outcome = self
                    .send(terms, OfSet(command))
                    .await
                    .map_err(|report| Stopped::Failed(report.and(&setting)))?;
                match outcome {
                    Outcome::Decided(_) => Ok(()),
                    other => {
                        let told = other.told().replacen("the command", &which, 1);
                        Err(Stopped::Failed(
                            other.add_to(Report::new(told)).and(&setting),
                        ))
                    }
                }
            }
        }
    }

    async fn give(&self, terms: &Terms, events: Events<A::Events>) -> Result<(), Stopped> {
        // `GivenEvents` refuses nothing; what it cannot record is all that may go wrong.
        match self
            .send(terms, GivenEvents(events))
            .await
            .map_err(Stopped::Failed)?
        {
            Outcome::NotRecorded(error) | Outcome::NotReplayed(error) => {
                Err(Stopped::NotReplayed(error))
            }
            _ => Ok(()),
        }
    }

    /// The stream as text and the state, or why there is none to be had.
    async fn before(&self) -> Result<(String, Result<Option<A>, ReplayError>), StoreError> {
        let history = history::told::<A>(&self.stage.store, &self.stream()).await?;
        match self.app.load::<A>(ById(self.id.clone())).await {
            Ok(state) => Ok((history, Ok(Some(state)))),
            Err(LoadError::Store(error)) => Err(error),
            Err(LoadError::Replay(error)) => Ok((history, Err(error))),
            // `load` asks for no version, and the aggregate is part of the app.
            Err(_) => Ok((history, Ok(None))),
        }
    }

    async fn load(&self) -> Result<Option<A>, Stopped> {
        let (_, state) = self.before().await?;
        state.map_err(Stopped::NotReplayed)
    }

    /// Appends records as they are.
    async fn append(&self, terms: &Terms, records: Vec<StoredRecord>) -> Result<(), Stopped> {
        if records.is_empty() {
            return Ok(());
        }
        let append = Append {
            stream: self.stream(),
            condition: AppendCondition::Unconditional,
            events: records
                .into_iter()
                .map(|record| NewEvent {
                    event_id: self.stage.ids.next_id(terms.now),
                    name: record.name.into(),
                    event_version: record.version,
                    payload: record.payload.to_string(),
                })
                .collect(),
            recorded_at: terms.now,
            origin: Origin {
                actor: terms.actor.clone(),
                correlation_id: terms.correlation_id.clone(),
                ..Origin::default()
            },
            idempotency_key: None,
            snapshot: None,
        };
        match self.stage.store.append(append).await {
            Ok(_) => Ok(()),
            Err(error) => Err(Stopped::Failed(Report::new(format!(
                "the records cannot be given: {error}"
            )))),
        }
    }

    /// Sends a command, and sees to it that what is recorded is what was decided.
    async fn send<C: Handled<Aggregate = A>>(
        &self,
        terms: &Terms,
        command: C,
    ) -> Result<Outcome<A>, Report> {
        self.stage.clock.set(terms.now);
        let decided = Decided::<A>::default();
        let command = Witnessed {
            command,
            decided: Arc::clone(&decided),
        };
        let mut request = self.app.send(ById(self.id.clone()), command);
        if let Some(actor) = &terms.actor {
            request = request.actor(actor.clone());
        }
        if let Some(correlation_id) = &terms.correlation_id {
            request = request.correlation_id(correlation_id.clone());
        }
        let receipt = match request.await {
            Ok(receipt) => receipt,
            Err(CommandError::Domain(error)) => return Ok(Outcome::Refused(error)),
            Err(CommandError::NotFound) => return Ok(Outcome::NotFound),
            Err(CommandError::AlreadyExists) => return Ok(Outcome::AlreadyExists),
            Err(CommandError::Replay(error)) => return Ok(Outcome::NotRecorded(error)),
            Err(error) => return Err(Report::new(format!("the command was not sent: {error}"))),
        };
        let decided = std::mem::take(&mut *decided.lock().unwrap_or_else(PoisonError::into_inner));
        let before = Version(receipt.version.0.saturating_sub(u64::from(receipt.events)));
        let stream = self.stream();
        match history::not_survived::<A>(&self.stage.store, &stream, before, &decided).await {
            Ok(None) => Ok(Outcome::Decided(decided)),
            Ok(Some(report)) => Err(report),
            Err(error) => Err(store_failed(&error)),
        }
    }
}
