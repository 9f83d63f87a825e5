//! Lets a policy react: streams side by side, each in order; every command under a key of its own,
//! so that an event delivered again does not act again.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use jiff::Timestamp;
use tokio::task::JoinSet;

use crate::app::{App, CommandOptions};
use crate::engine::Routes;
use crate::engine::kept::InHand;
use crate::engine::parking::{Attempts, set_aside};
use crate::engine::running::Running;
use crate::handler::{Delivery, ErasedPolicy, HandlerError, OnRefusal, PolicyCommand, PolicyTerms};
use crate::metadata::Origin;
use crate::replay::panic_text;
use crate::store::{Page, ParkedStream, RecordRef, StoreError, StoreErrorKind};

/// A policy and what it acts with.
pub(crate) struct PolicyWork {
    pub(crate) policy: Arc<dyn ErasedPolicy>,
    pub(crate) terms: PolicyTerms,
    pub(crate) services: Arc<dyn Any + Send + Sync>,
    pub(crate) app: App,
}

/// How it went.
pub(crate) struct Outcome {
    pub(crate) failed: Vec<ParkedStream>,
    /// Something was decided that a redelivery might decide otherwise: a refusal.
    pub(crate) is_to_be_noted: bool,
}

/// What the streams in hand share.
struct Shared {
    name: &'static str,
    policy: Arc<dyn ErasedPolicy>,
    terms: PolicyTerms,
    services: Arc<dyn Any + Send + Sync>,
    app: App,
    routes: Arc<Routes>,
    page: Arc<Page>,
    refused: AtomicBool,
}

impl PolicyWork {
    /// Lets the policy react to the events in hand.
    ///
    /// # Errors
    /// The store failed; the events are to be delivered again.
    pub(crate) async fn handle(
        &self,
        running: &Running,
        in_hand: InHand,
    ) -> Result<Outcome, StoreError> {
        let shared = Arc::new(Shared {
            name: running.meta.name,
            policy: Arc::clone(&self.policy),
            terms: self.terms,
            services: Arc::clone(&self.services),
            app: self.app.clone(),
            routes: Arc::clone(&running.routes),
            page: Arc::clone(&in_hand.page),
            refused: AtomicBool::new(false),
        });
        let mut streams = by_stream(&in_hand.page, &in_hand.records).into_iter();
        let mut tasks = JoinSet::new();
        let mut progress = HashMap::new();
        let mut failed = Vec::new();
        let mut failure = None;
        loop {
            while failure.is_none() && tasks.len() < self.terms.concurrency.max(1) as usize {
                let Some(records) = streams.next() else { break };
                let at = Arc::new(AtomicUsize::new(*records.first().unwrap_or(&0)));
                let task = tasks.spawn(react(Arc::clone(&shared), records, Arc::clone(&at)));
                progress.insert(task.id(), at);
            }
            let Some(done) = tasks.join_next_with_id().await else {
                break;
            };
            let (index, error) = match done {
                Ok((_, Ok(()))) => continue,
                Ok((_, Err((index, error)))) => (index, error),
                Err(stopped) => {
                    let at = progress.get(&stopped.id());
                    let index = at.map_or(0, |at| at.load(Ordering::Relaxed));
                    let told = match stopped.try_into_panic() {
                        Ok(panic) => panic_text(&*panic),
                        Err(_) => "it was cancelled: the runtime shuts down".to_owned(),
                    };
                    (index, HandlerError::Panicked(told))
                }
            };
            match error {
                // Nothing is parked for it: the handler waits for the store.
                HandlerError::Store(error) if is_of_the_store(&error) => failure = Some(error),
                error => {
                    if let Some(record) = in_hand.page.get(index) {
                        let before = if in_hand.records.first() == Some(&index) {
                            in_hand.attempts
                        } else {
                            0
                        };
                        let key = running.key.clone();
                        let most = running.attempts;
                        let attempts = Attempts { before, most };
                        failed.push(set_aside(key, record, &error, attempts, Timestamp::now()));
                    }
                }
            }
        }
        match failure {
            Some(error) => Err(error),
            None => Ok(Outcome {
                failed,
                is_to_be_noted: shared.refused.load(Ordering::Relaxed),
            }),
        }
    }
}

/// Whether it is the store that is not to be had, rather than one stream of it.
fn is_of_the_store(error: &StoreError) -> bool {
    matches!(
        error.kind(),
        StoreErrorKind::Busy
            | StoreErrorKind::Full
            | StoreErrorKind::ReadOnly
            | StoreErrorKind::Unavailable
            | StoreErrorKind::Closed
    )
}

/// The records of each stream, in order.
fn by_stream(page: &Page, records: &[usize]) -> Vec<Vec<usize>> {
    let mut streams: Vec<Vec<usize>> = Vec::new();
    let mut known: HashMap<(&str, &str), usize> = HashMap::new();
    for &index in records {
        let Some(record) = page.get(index) else {
            continue;
        };
        let place = *known
            .entry((record.category(), record.stream_id()))
            .or_insert_with(|| {
                streams.push(Vec::new());
                streams.len() - 1
            });
        if let Some(stream) = streams.get_mut(place) {
            stream.push(index);
        }
    }
    streams
}

/// Reacts to the records of one stream, until one fails.
async fn react(
    shared: Arc<Shared>,
    records: Vec<usize>,
    at: Arc<AtomicUsize>,
) -> Result<(), (usize, HandlerError)> {
    for index in records {
        at.store(index, Ordering::Relaxed);
        if let Some(record) = shared.page.get(index) {
            shared
                .react_to(record)
                .await
                .map_err(|error| (index, error))?;
        }
    }
    Ok(())
}

impl Shared {
    async fn react_to(&self, record: RecordRef<'_>) -> Result<(), HandlerError> {
        if record.event_id().is_nil() {
            // Commands of all events would share a key.
            return Err(HandlerError::Store(StoreError::new(
                StoreErrorKind::Corrupt,
                format!(
                    "the record of {} at version {} has no id: a policy cannot react to it once only",
                    record.stream(),
                    record.version()
                ),
            )));
        }
        for (place, delivery) in self.routes.deliveries(record)? {
            let nth = delivery.index();
            let commands = self
                .policy
                .on(place, delivery, &*self.services)
                .finish()
                .await?;
            let mut refused = Vec::new();
            for command in commands {
                let key = format!(
                    "{}/{}/{nth}/{}",
                    self.name,
                    record.event_id(),
                    command.place()
                );
                match self.send(record, command, key.clone()).await {
                    Err(HandlerError::Refused(refusal)) => match self.terms.refused {
                        OnRefusal::Park => return Err(HandlerError::Refused(refusal)),
                        OnRefusal::Ignore => self.refused.store(true, Ordering::Relaxed),
                        OnRefusal::Ask => refused.push((refusal, key)),
                    },
                    other => other?,
                }
            }
            // Only now: had another command to be sent again, this one would be decided again too,
            // and might then be accepted.
            for (refusal, key) in refused {
                self.refused.store(true, Ordering::Relaxed);
                let asked = self
                    .policy
                    .refused(refusal, Delivery::of(record), &*self.services);
                for command in asked.finish().await? {
                    let key = format!("{key}/refused/{}", command.place());
                    self.send(record, command, key).await?;
                }
            }
        }
        Ok(())
    }

    async fn send(
        &self,
        record: RecordRef<'_>,
        command: PolicyCommand,
        key: String,
    ) -> Result<(), HandlerError> {
        let caused_by = Origin::from_json(record.origin_json()).unwrap_or_default();
        let options = CommandOptions {
            origin: Origin {
                correlation_id: caused_by.correlation_id,
                causation_id: Some(record.event_id().to_string()),
                actor: Some(format!("policy:{}", self.name)),
                ..Origin::default()
            },
            idempotency_key: Some(key),
            expected_version: None,
        };
        command.send(self.app.clone(), options).await.map(|_| ())
    }
}
