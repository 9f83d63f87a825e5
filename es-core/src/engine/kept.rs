//! Runs a handler that keeps its place in the store: a durable projection or a policy.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::watch;
use tracing::{debug, info, warn};

use crate::engine::feed::Feed;
use crate::engine::leases::Held;
use crate::engine::memory::end_of;
use crate::engine::parking::{Aside, Attempts};
use crate::engine::policies::PolicyWork;
use crate::engine::running::Running;
use crate::engine::status::HandlerStage;
use crate::engine::telemetry;
use crate::store::{
    Applied, Batch, Detail, DurableHandler, EventStore, Fence, HandlerStore, Instruction, Page,
    ParkedStream, PlaceStage, Progress, Saved, StoreError, StoreErrorKind, StreamQuery,
};
use crate::stream::{Position, Version};

/// Records of a stream that are taken up at once.
const PAGE: u32 = 1024;

/// How often the store is asked for instructions that other processes gave, while streams are set
/// aside.
const LOOK_EVERY: Duration = Duration::from_millis(500);

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
    pub(crate) taken_up: Vec<crate::stream::StreamName>,
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
enum Halt {
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

    fn places(&self) -> Result<&dyn HandlerStore, StoreError> {
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
        Ok(Session {
            kept: self,
            fence,
            feed,
            position: place.position,
            noted: place.position,
            note_at: None,
            unnoted: 0,
        })
    }
}

/// A handler at work under one lease.
struct Session<'k> {
    kept: &'k mut Kept,
    fence: Fence,
    feed: Feed,
    position: Position,
    /// The place the store knows of.
    noted: Position,
    /// When a policy notes its place.
    note_at: Option<tokio::time::Instant>,
    /// Events handled and not noted.
    unnoted: usize,
}

/// How long a policy puts off noting its place, and for how many events: what is not noted is
/// delivered again after a crash, and its commands are known by their keys.
const NOTE_AFTER: Duration = Duration::from_millis(200);
const NOTE_EVENTS: usize = 1024;

impl Session<'_> {
    async fn handle_all(&mut self) -> Halt {
        loop {
            let look_at = self.look_at();
            let note_at = self.note_at;
            let fence = self.fence;
            let turn = tokio::select! {
                biased;
                () = told(&mut self.kept.stop, |stop| *stop) => Turn::Stop,
                () = told(&mut self.kept.held, |held| *held != Some(fence)) => Turn::LeaseLost,
                () = self.kept.running.bell.notified() => Turn::TakeUp,
                () = until(look_at) => Turn::TakeUp,
                () = until(note_at) => Turn::Note,
                page = self.feed.next() => Turn::Page(page),
            };
            let step = match turn {
                Turn::Stop | Turn::Page(None) => return Halt::Stop,
                Turn::LeaseLost => return Halt::LeaseLost,
                Turn::TakeUp => self.take_up().await,
                Turn::Note => self.note().await,
                Turn::Page(Some(page)) => match page {
                    Ok(page) => self.handle(page).await,
                    Err(error) => return error.into(),
                },
            };
            match step {
                Ok(Saved::Yes) => {}
                Ok(Saved::LeaseLost) => return self.lost().await,
                Err(error) => return error.into(),
            }
        }
    }

    /// Whether the lease is another's now, or the place is gone.
    async fn lost(&self) -> Halt {
        let places = match self.kept.places() {
            Ok(places) => places.places().await,
            Err(error) => Err(error),
        };
        match places {
            Ok(places)
                if places
                    .iter()
                    .all(|place| place.key != self.kept.running.key) =>
            {
                Halt::Gone
            }
            Ok(_) => Halt::LeaseLost,
            Err(error) => error.into(),
        }
    }

    /// When to look at the streams set aside.
    fn look_at(&self) -> Option<tokio::time::Instant> {
        let aside = self.kept.running.aside();
        if aside.is_empty() {
            return None;
        }
        let wait = aside.next_retry().map_or(LOOK_EVERY, |at| {
            Duration::try_from(at.duration_since(Timestamp::now()))
                .unwrap_or(Duration::ZERO)
                .min(LOOK_EVERY)
        });
        Some(tokio::time::Instant::now() + wait)
    }

    async fn handle(&mut self, page: Arc<Page>) -> Result<Saved, StoreError> {
        let running = Arc::clone(&self.kept.running);
        running.takes(&page);
        let begun = Instant::now();
        let records: Vec<_> = {
            let aside = running.aside();
            page.iter()
                .enumerate()
                .filter(|(_, record)| running.routes.concerns(record) && !aside.holds(record))
                .map(|(index, _)| index)
                .collect()
        };
        let (position, events) = (page.read_to, records.len());
        let last = end_of(&*self.kept.store, &page).await;
        let saved = self
            .work(InHand {
                page,
                records,
                position,
                set_aside: Vec::new(),
                taken_up: Vec::new(),
                attempts: 0,
            })
            .await?;
        if saved == Saved::Yes {
            telemetry::took(running.meta.name, begun.elapsed());
            if position >= last && running.state().stage == HandlerStage::Building {
                return self.promote(position, events).await;
            }
            running.has_handled(position, events, last);
        }
        Ok(saved)
    }

    /// The new version of a projection has caught up: it takes the place of the old one.
    async fn promote(&mut self, position: Position, events: usize) -> Result<Saved, StoreError> {
        let running = &self.kept.running;
        if let Work::Projection(projection) = &self.kept.work
            && let Some(transactions) = self.kept.store.transactions()
        {
            let saved = transactions.promote(projection.clone(), self.fence).await?;
            if saved == Saved::LeaseLost {
                return Ok(saved);
            }
            info!(handler = %running.key, "caught up: readers see this version now");
        }
        running.set_stage(HandlerStage::Live);
        running.has_handled(position, events, position);
        Ok(Saved::Yes)
    }

    /// Handles events, and saves the place or notes that it is to be saved.
    async fn work(&mut self, in_hand: InHand) -> Result<Saved, StoreError> {
        let running = Arc::clone(&self.kept.running);
        let position = in_hand.position;
        let (applied, is_saved) = match &self.kept.work {
            Work::Projection(projection) => {
                let Some(transactions) = self.kept.store.transactions() else {
                    // The start saw to it that there are.
                    return Err(StoreError::new(
                        StoreErrorKind::Unsupported,
                        "the store has no transactions for projections",
                    ));
                };
                if in_hand.records.is_empty()
                    && in_hand.taken_up.is_empty()
                    && in_hand.set_aside.is_empty()
                    && in_hand.position.0 < self.noted.0 + NOTE_EVENTS as u64
                    && running.state().stage == HandlerStage::Live
                {
                    // Nothing for this handler: its place need not be written each time.
                    self.put_off(0);
                    self.position = self.position.max(position);
                    return Ok(Saved::Yes);
                }
                let taken_up = in_hand.taken_up.clone();
                let set_aside = in_hand.set_aside.clone();
                let applied = transactions
                    .apply(Batch {
                        handler: projection.clone(),
                        fence: self.fence,
                        page: in_hand.page,
                        routes: Arc::clone(&running.routes),
                        records: in_hand.records,
                        position: in_hand.position,
                        set_aside: in_hand.set_aside,
                        taken_up: in_hand.taken_up,
                        now: Timestamp::now(),
                        attempts: Attempts {
                            before: in_hand.attempts,
                            most: running.attempts,
                        },
                    })
                    .await?;
                if applied.saved == Saved::Yes {
                    self.keep_aside(&applied, set_aside, &taken_up);
                }
                (applied, true)
            }
            Work::Policy(policy) => {
                let taken_up = in_hand.taken_up.clone();
                let set_aside = in_hand.set_aside.clone();
                let events = in_hand.records.len();
                let outcome = policy.handle(&running, in_hand).await?;
                let at_once = outcome.is_to_be_noted
                    || !outcome.failed.is_empty()
                    || !set_aside.is_empty()
                    || !taken_up.is_empty();
                let mut applied = Applied {
                    saved: Saved::Yes,
                    failed: outcome.failed,
                };
                self.position = self.position.max(position);
                if at_once {
                    let failed = &applied.failed;
                    let progress = Progress {
                        key: running.key.clone(),
                        fence: self.fence,
                        position: self.position,
                        taken_up: taken_up
                            .iter()
                            .filter(|stream| failed.iter().all(|parked| parked.stream != **stream))
                            .cloned()
                            .collect(),
                        set_aside: set_aside.iter().chain(failed).cloned().collect(),
                    };
                    applied.saved = self.kept.places()?.save(progress).await?;
                    if applied.saved == Saved::Yes {
                        self.keep_aside(&applied, set_aside, &taken_up);
                    }
                } else {
                    self.put_off(events);
                }
                (applied, at_once)
            }
        };
        if applied.saved == Saved::Yes {
            self.position = self.position.max(position);
            if is_saved {
                self.noted = self.position;
                self.note_at = None;
                self.unnoted = 0;
            } else if self.unnoted >= NOTE_EVENTS {
                return self.note().await;
            }
        }
        Ok(applied.saved)
    }

    /// Brings what was saved of the streams set aside into memory.
    fn keep_aside(
        &self,
        applied: &Applied,
        set_aside: Vec<ParkedStream>,
        taken_up: &[crate::stream::StreamName],
    ) {
        let running = &self.kept.running;
        let mut aside = running.aside();
        for stream in taken_up {
            aside.remove(stream);
        }
        for parked in set_aside {
            aside.insert(parked);
        }
        for parked in &applied.failed {
            match parked.retry_at {
                Some(_) => {
                    debug!(handler = %running.key, stream = %parked.stream, version = parked.version.0, event = parked.event, error = parked.error, attempts = parked.attempts, "failed; tried again in a while");
                }
                None => {
                    warn!(handler = %running.key, stream = %parked.stream, version = parked.version.0, event = parked.event, error = parked.error, attempts = parked.attempts, "parked");
                }
            }
            aside.insert(parked.clone());
        }
        drop(aside);
        telemetry::failed(running.meta.name, applied.failed.len());
        running.counts_parked();
    }

    fn put_off(&mut self, events: usize) {
        self.unnoted += events;
        self.note_at
            .get_or_insert_with(|| tokio::time::Instant::now() + NOTE_AFTER);
    }

    /// Saves the place, if that was put off.
    async fn note(&mut self) -> Result<Saved, StoreError> {
        self.note_at = None;
        if self.position <= self.noted {
            return Ok(Saved::Yes);
        }
        let saved = self
            .kept
            .places()?
            .save(Progress {
                key: self.kept.running.key.clone(),
                fence: self.fence,
                position: self.position,
                set_aside: Vec::new(),
                taken_up: Vec::new(),
            })
            .await?;
        if saved == Saved::Yes {
            self.noted = self.position;
            self.unnoted = 0;
        }
        Ok(saved)
    }

    /// Takes up streams that are due, or of which someone said what to do.
    async fn take_up(&mut self) -> Result<Saved, StoreError> {
        let running = Arc::clone(&self.kept.running);
        let parked = self.kept.places()?.parked(&running.key).await?;
        *running.aside() = Aside::of(parked);
        let due = running.aside().due(Timestamp::now());
        for (parked, how) in due {
            debug!(handler = %running.key, stream = %parked.stream, ?how, "taken up");
            let saved = self.go_on(parked, how).await?;
            if saved == Saved::LeaseLost {
                return Ok(saved);
            }
        }
        running.counts_parked();
        Ok(Saved::Yes)
    }

    /// Handles what there is of a stream since it was set aside, up to where the handler is.
    async fn go_on(&mut self, parked: ParkedStream, how: Instruction) -> Result<Saved, StoreError> {
        let stream = parked.stream.clone();
        let end = self.position;
        let (mut after, mut attempts) = match how {
            Instruction::Retry => (Version(parked.version.0.saturating_sub(1)), parked.attempts),
            Instruction::Release => (parked.version, 0),
            Instruction::Discard => (Version(u64::MAX), 0),
        };
        loop {
            let page = if how == Instruction::Discard {
                Page::of_stream(stream.clone())
            } else {
                let query = StreamQuery {
                    stream: stream.clone(),
                    after,
                    limit: PAGE,
                    detail: Detail::Full,
                };
                self.kept.store.read_stream(query).await?
            };
            let records: Vec<_> = page
                .iter()
                .enumerate()
                .take_while(|(_, record)| record.position() <= end)
                .filter(|(_, record)| self.kept.running.routes.concerns(record))
                .map(|(index, _)| index)
                .collect();
            let last = page.last().map(|last| (last.version(), last.position()));
            let more = page.more && last.is_some_and(|(_, position)| position < end);
            let (mut set_aside, mut taken_up) = (Vec::new(), Vec::new());
            match last {
                // The rest follows at once; until then it stays set aside.
                Some((version, position)) if more => set_aside.push(ParkedStream {
                    version: version.next(),
                    position,
                    error: "being taken up".to_owned(),
                    attempts: 0,
                    retry_at: Some(Timestamp::now()),
                    instruction: None,
                    ..parked.clone()
                }),
                _ => taken_up.push(stream.clone()),
            }
            let saved = self
                .work(InHand {
                    page: Arc::new(page),
                    records,
                    position: end,
                    set_aside,
                    taken_up,
                    attempts,
                })
                .await?;
            let failed_again = self
                .kept
                .running
                .aside()
                .get_mut(&stream)
                .is_some_and(|parked| parked.attempts > 0);
            if saved == Saved::LeaseLost || !more || failed_again {
                return Ok(saved);
            }
            after = last.map_or(after, |(version, _)| version);
            attempts = 0;
        }
    }
}

/// What a handler does next.
enum Turn {
    Stop,
    LeaseLost,
    TakeUp,
    Note,
    Page(Option<Result<Arc<Page>, StoreError>>),
}

/// Waits until this is so, or until nobody is left to say.
pub(crate) async fn told<T>(watched: &mut watch::Receiver<T>, so: impl FnMut(&T) -> bool) {
    let _ = watched.wait_for(so).await;
}

/// Waits until then; for ever without a time.
async fn until(at: Option<tokio::time::Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
