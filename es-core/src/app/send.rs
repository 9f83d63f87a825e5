//! Load, decide, apply, append: and again when someone else was quicker.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::{Mutex, MutexGuard};
use tracing::{Instrument, debug, debug_span, info_span};

use super::{App, CommandError, CommandOptions, Conflict, LoadError, closed};
use crate::aggregate::{Aggregate, EventSet, ReplayFault};
use crate::command::{CommandSet, Handled};
use crate::context::{Context, Inputs};
use crate::decided::Events;
use crate::decision::Handling;
use crate::engine::telemetry;
use crate::event::EventCatalogue;
use crate::id::AggregateId;
use crate::replay::{Progress, ReplayError, Until, panic_text};
use crate::snapshot::Snapshot;
use crate::store::{
    Append, AppendCondition, AppendError, Detail, NewEvent, Receipt, StoreError, StoreErrorKind,
    StreamQuery,
};
use crate::stream::{Position, StreamName, Version};

/// A command that `A` can decide, more than once if need be.
pub(super) trait Decide<A: Aggregate>: Send + Sync {
    fn short_name(&self) -> &'static str;

    fn decide<'a>(&self, state: Option<&'a A>, inputs: Inputs<'a, A>) -> Handling<'a, A>;
}

/// A command of its own type.
pub(super) struct Typed<C>(pub(super) C);

impl<C: Handled> Decide<C::Aggregate> for Typed<C> {
    fn short_name(&self) -> &'static str {
        self.0.short_name()
    }

    fn decide<'a>(
        &self,
        state: Option<&'a C::Aggregate>,
        inputs: Inputs<'a, C::Aggregate>,
    ) -> Handling<'a, C::Aggregate> {
        self.0.clone().handle(state, inputs)
    }
}

/// A command of the aggregate's enum.
pub(super) struct OfSet<S>(pub(super) S);

impl<A: Aggregate, S: CommandSet<A>> Decide<A> for OfSet<S> {
    fn short_name(&self) -> &'static str {
        self.0.meta().short_name
    }

    fn decide<'a>(&self, state: Option<&'a A>, inputs: Inputs<'a, A>) -> Handling<'a, A> {
        self.0.clone().handle(state, inputs)
    }
}

/// Lets commands of this process that lost a race to the same stream go one after the other, and
/// those that come meanwhile after them.
///
/// It only orders: correctness is the store's. So streams may share a queue, and waiting is bounded:
/// a handler that itself sends commands cannot make its own command wait for ever.
#[derive(Debug)]
pub(super) struct RetryQueues {
    queues: Vec<RetryQueue>,
    hasher: RandomState,
}

#[derive(Debug, Default)]
struct RetryQueue {
    /// Commands that lost a race and are not done yet.
    losers: AtomicUsize,
    turn: Mutex<()>,
}

/// A command's turn; the next one comes when it is dropped.
struct Turn<'q> {
    queue: &'q RetryQueue,
    lost: bool,
    _turn: Option<MutexGuard<'q, ()>>,
}

impl Default for RetryQueues {
    fn default() -> Self {
        Self {
            queues: (0..256).map(|_| RetryQueue::default()).collect(),
            hasher: RandomState::new(),
        }
    }
}

impl RetryQueues {
    const LONGEST_WAIT: Duration = Duration::from_millis(250);

    fn of(&self, stream: &StreamName) -> Option<&RetryQueue> {
        let hash = usize::try_from(self.hasher.hash_one(stream) & 0xff).unwrap_or(0);
        self.queues.get(hash)
    }

    /// Waits for a random time that grows with the attempts, up to some milliseconds.
    async fn back_off(&self, attempts: u32) {
        let most = u64::from(attempts.min(32)) * 150;
        let random = RandomState::new().hash_one(attempts) % most.max(1);
        tokio::time::sleep(Duration::from_micros(random)).await;
    }

    /// The turn of a command that begins: at once, unless others are being retried.
    async fn begin(&self, stream: &StreamName) -> Option<Turn<'_>> {
        let queue = self.of(stream)?;
        if queue.losers.load(Ordering::Relaxed) == 0 {
            return None;
        }
        Some(queue.turn(false).await)
    }

    /// The turn of a command that lost a race; it keeps the one it has.
    async fn again<'q>(&'q self, stream: &StreamName, had: Option<Turn<'q>>) -> Option<Turn<'q>> {
        match had {
            Some(turn) => Some(turn.lost()),
            None => Some(self.of(stream)?.turn(true).await),
        }
    }
}

impl RetryQueue {
    async fn turn(&self, lost: bool) -> Turn<'_> {
        if lost {
            self.losers.fetch_add(1, Ordering::Relaxed);
        }
        // Counted off again even if this future is dropped while it waits.
        let mut turn = Turn {
            queue: self,
            lost,
            _turn: None,
        };
        turn._turn = tokio::time::timeout(RetryQueues::LONGEST_WAIT, self.turn.lock())
            .await
            .ok();
        turn
    }
}

impl Turn<'_> {
    fn lost(mut self) -> Self {
        if !self.lost {
            self.lost = true;
            self.queue.losers.fetch_add(1, Ordering::Relaxed);
        }
        self
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.lost {
            self.queue.losers.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

type SendResult<A> = Result<Receipt, CommandError<<A as Aggregate>::Error>>;

/// Carries a command of its own type out.
pub(crate) async fn send_typed<C: Handled>(
    app: &App,
    id: <C::Aggregate as Aggregate>::Id,
    command: C,
    options: CommandOptions,
) -> SendResult<C::Aggregate> {
    send(app, id, Typed(command), options).await
}

/// Carries a command out.
pub(super) async fn send<A: Aggregate, D: Decide<A>>(
    app: &App,
    id: A::Id,
    command: D,
    options: CommandOptions,
) -> SendResult<A> {
    app.knows::<A>()?;
    let Some(_under_way) = app.inner.under_way.begin().await else {
        return Err(closed().into());
    };
    let stream = StreamName::new(A::NAME, id.to_text());
    let span = info_span!("command", command = command.short_name(), %stream);
    let sending = Sending {
        app,
        id,
        stream,
        command,
        options,
    };
    async {
        let begun = Instant::now();
        let result = sending.run().await;
        let (outcome, events) = match &result {
            Ok(receipt) => {
                debug!(version = receipt.version.0, events = receipt.events, "done");
                ("done", receipt.events)
            }
            Err(error) => {
                debug!(%error, "not done");
                (outcome_of(error), 0)
            }
        };
        let name = sending.command.short_name();
        telemetry::command(A::NAME, name, outcome, events, begun.elapsed());
        result
    }
    .instrument(span)
    .await
}

/// How a command ended, as its metric says.
fn outcome_of<E>(error: &CommandError<E>) -> &'static str {
    match error {
        CommandError::Domain(_) | CommandError::NotFound | CommandError::AlreadyExists => "refused",
        CommandError::Conflict(_) => "conflict",
        CommandError::Store(_) | CommandError::Replay(_) | CommandError::NotRegistered(_) => {
            "failed"
        }
    }
}

struct Sending<'a, A: Aggregate, D> {
    app: &'a App,
    id: A::Id,
    stream: StreamName,
    command: D,
    options: CommandOptions,
}

/// How an attempt ended.
enum Attempt {
    Done(Receipt),
    Conflict { expected: Version, actual: Version },
}

impl<A: Aggregate, D: Decide<A>> Sending<'_, A, D> {
    async fn run(&self) -> SendResult<A> {
        if let Some(receipt) = self.earlier_receipt().await? {
            return Ok(receipt);
        }
        match self.attempts().await {
            Ok(receipt) if receipt.events > 0 => Ok(receipt),
            // The same command may have been carried out between the look above and the load: then
            // this was decided on a state that holds its own events.
            other => match self.earlier_receipt().await? {
                Some(receipt) => Ok(receipt),
                None => other,
            },
        }
    }

    /// The receipt of an earlier command of the same key.
    async fn earlier_receipt(&self) -> Result<Option<Receipt>, StoreError> {
        let Some(key) = &self.options.idempotency_key else {
            return Ok(None);
        };
        let receipt = self.app.inner.store.find_receipt(&self.stream, key).await?;
        if receipt.is_some() {
            debug!(
                key,
                "answered with the receipt of an earlier command of this key"
            );
        }
        Ok(receipt)
    }

    /// Tries until it is done, refused, or others were quicker too often.
    async fn attempts(&self) -> SendResult<A> {
        let inner = &self.app.inner;
        let mut turn = inner.retry_queues.begin(&self.stream).await;
        let mut attempts = 1;
        loop {
            let (expected, actual) = match self.attempt().await? {
                Attempt::Done(receipt) => return Ok(receipt),
                Attempt::Conflict { expected, actual } => (expected, actual),
            };
            if attempts >= inner.attempts || self.options.expected_version.is_some() {
                let stream = self.stream.clone();
                return Err(CommandError::Conflict(Conflict {
                    stream,
                    expected,
                    actual,
                    attempts,
                }));
            }
            debug!(
                attempts,
                expected = expected.0,
                actual = actual.0,
                "conflict, trying again"
            );
            telemetry::conflict(A::NAME, self.command.short_name());
            attempts += 1;
            turn = inner.retry_queues.again(&self.stream, turn).await;
            if attempts > 2 {
                // Commands of this process take turns: another process is writing.
                inner.retry_queues.back_off(attempts).await;
            }
        }
    }

    async fn attempt(&self) -> Result<Attempt, CommandError<A::Error>> {
        let inner = &self.app.inner;
        let progress = self
            .app
            .progress::<A>(&self.stream, Until::End)
            .await
            .map_err(not_loaded)?;
        if let Some(expected) = self.options.expected_version
            && expected != progress.version
        {
            return Ok(Attempt::Conflict {
                expected,
                actual: progress.version,
            });
        }

        let now = to_microseconds(inner.clock.now());
        let mut origin = self.options.origin.clone();
        origin
            .correlation_id
            .get_or_insert_with(|| inner.ids.next_id(now).hyphenated().to_string());
        let context = Context::new(now, origin);
        let Some(services) = inner.services.get::<A::Services>() else {
            // `start` has checked the services of every aggregate that `knows` lets through.
            return Err(closed().into());
        };
        let inputs = Inputs {
            id: &self.id,
            context: &context,
            services: &*services,
        };
        let decided = match self
            .command
            .decide(progress.state.as_ref(), inputs)
            .decision()
            .await
        {
            Ok(events) => events,
            Err(refusal) => {
                return Err(CommandError::of_refusal(refusal).unwrap_or_else(|event| {
                    let (stream, version) = (self.stream.clone(), progress.version.next());
                    let fault = ReplayFault::NotInEmits;
                    ReplayError::new(stream, version, event.name, event.version, fault).into()
                }));
            }
        };
        if decided.is_empty() {
            return Ok(Attempt::Done(self.nothing_written(progress.version).await?));
        }
        self.append(progress, decided, context).await
    }

    /// Applies and encodes the decided events, and appends them.
    async fn append(
        &self,
        mut progress: Progress<A>,
        decided: Events<A::Events>,
        context: Context,
    ) -> Result<Attempt, CommandError<A::Error>> {
        let inner = &self.app.inner;
        let expected = progress.version;
        let events = self.record(&mut progress, decided, context.now())?;
        let append = Append {
            stream: self.stream.clone(),
            condition: AppendCondition::StreamAt(expected),
            events,
            recorded_at: context.now(),
            origin: context.into_origin(),
            idempotency_key: self.options.idempotency_key.clone(),
            snapshot: snapshot_due(&progress),
        };
        let span = debug_span!("append", stream = %self.stream, events = append.events.len());
        match inner.store.append(append).instrument(span).await {
            Ok(appended) => Ok(Attempt::Done(appended.into_receipt())),
            Err(AppendError::Conflict { actual, .. }) => Ok(Attempt::Conflict { expected, actual }),
            Err(AppendError::Store(error)) => Err(error.into()),
            Err(other) => {
                // Event ids are given once and decisions are not empty: the id source or the
                // store is not what it says.
                let error = StoreError::new(StoreErrorKind::Other, other.to_string());
                Err(error.with_source(other).into())
            }
        }
    }

    fn record(
        &self,
        progress: &mut Progress<A>,
        decided: Events<A::Events>,
        now: Timestamp,
    ) -> Result<Vec<NewEvent>, ReplayError> {
        let mut events = Vec::with_capacity(decided.len());
        for event in decided {
            let meta = event.meta();
            let version = progress.version.next();
            let state = &mut progress.state;
            // On a panic the state is not looked at again: the error is returned in its place.
            let recorded =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| event.record(state)))
                    .unwrap_or_else(|panic| Err(ReplayFault::Panicked(panic_text(&*panic))));
            let payload = recorded.map_err(|fault| {
                ReplayError::new(self.stream.clone(), version, meta.name, meta.version, fault)
            })?;
            progress.version = version;
            events.push(NewEvent {
                event_id: self.app.inner.ids.next_id(now),
                name: meta.name.into(),
                event_version: meta.version,
                payload,
            });
        }
        Ok(events)
    }

    /// The receipt of a decision that wrote nothing: the stream's last version and position.
    async fn nothing_written(&self, version: Version) -> Result<Receipt, StoreError> {
        let mut position = Position::START;
        if version > Version::NONE {
            let query = StreamQuery {
                stream: self.stream.clone(),
                after: Version(version.0 - 1),
                limit: 1,
                detail: Detail::Full,
            };
            let page = self.app.inner.store.read_stream(query).await?;
            position = page
                .iter()
                .next()
                .map_or(position, |record| record.position());
        }
        Ok(Receipt {
            stream: self.stream.clone(),
            version,
            position,
            events: 0,
        })
    }
}

/// The state as a snapshot, if the aggregate's policy asks for one now.
fn snapshot_due<A: Aggregate>(progress: &Progress<A>) -> Option<Snapshot> {
    let policy = A::SNAPSHOTS?;
    if progress.version.0.saturating_sub(progress.snapshot.0) < policy.every {
        return None;
    }
    match (policy.write)(progress.state.as_ref()?) {
        Ok(state) => Some(Snapshot {
            version: progress.version,
            fingerprint: policy.fingerprint,
            state,
        }),
        Err(error) => {
            debug!(%error, "snapshot not taken");
            None
        }
    }
}

fn not_loaded<E>(error: LoadError) -> CommandError<E> {
    match error {
        LoadError::Store(error) => error.into(),
        LoadError::Replay(error) => error.into(),
        LoadError::NotRegistered(error) => error.into(),
        // A stream without a state is decided upon; only `load` and `load_at` make errors of it.
        LoadError::NotFound | LoadError::VersionAhead { .. } => CommandError::NotFound,
    }
}

/// Stores keep microseconds: what a handler sees is what is recorded.
fn to_microseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)
}
