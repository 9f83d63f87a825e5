//! A handler at work under one lease: portion by portion, each with its place.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tracing::{debug, info, warn};

use crate::engine::feed::Feed;
use crate::engine::kept::{Halt, InHand, Kept, Work, told};
use crate::engine::memory::end_of;
use crate::engine::parking::Attempts;
use crate::engine::status::HandlerStage;
use crate::engine::telemetry;
use crate::store::{
    Applied, Batch, Fence, Page, ParkedStream, Progress, Saved, StoreError, StoreErrorKind,
};
use crate::stream::{Position, StreamName};

/// How often the store is asked for instructions that other processes gave, while streams are set
/// aside.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A handler at work under one lease.
pub(crate) struct Session<'k> {
    pub(crate) kept: &'k mut Kept,
    fence: Fence,
    feed: Feed,
    pub(crate) position: Position,
    /// The place the store knows of.
    noted: Position,
    /// When to look at the streams set aside.
    pub(crate) look_at: Option<tokio::time::Instant>,
    /// When a policy notes its place.
    note_at: Option<tokio::time::Instant>,
    /// Events handled and not noted.
    unnoted: usize,
    portion: Portion,
}

/// How many records are handled at once: so many that it takes about [`PORTION`]. A projection holds
/// the store's write lock meanwhile, and nobody sees how far a policy is.
struct Portion {
    records: usize,
}

const PORTION: Duration = Duration::from_millis(25);
const LEAST: usize = 16;
const MOST: usize = 4096;

impl Portion {
    fn took(&mut self, records: usize, took: Duration) {
        if records >= self.records.min(LEAST) {
            let factor = (PORTION.as_secs_f64() / took.as_secs_f64().max(1e-6)).clamp(0.25, 2.0);
            self.records = ((self.records as f64 * factor) as usize).clamp(LEAST, MOST);
        }
    }
}

/// How long a policy puts off noting its place, and for how many events: what is not noted is
/// delivered again after a crash, and its commands are known by their keys.
const NOTE_AFTER: Duration = Duration::from_millis(200);
const NOTE_EVENTS: usize = 1024;

impl<'k> Session<'k> {
    pub(crate) fn new(kept: &'k mut Kept, fence: Fence, feed: Feed, position: Position) -> Self {
        Self {
            kept,
            fence,
            feed,
            position,
            noted: position,
            look_at: None,
            note_at: None,
            unnoted: 0,
            portion: Portion { records: 64 },
        }
    }

    /// Handles events until there is a reason to stop.
    pub(crate) async fn handle_all(&mut self) -> Halt {
        loop {
            self.set_look_at();
            let look_at = self.look_at;
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
                Turn::LeaseLost => return self.lost().await,
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

    /// Sees to it that streams set aside are looked at in time, however busy the handler is.
    fn set_look_at(&mut self) {
        let aside = self.kept.running.aside();
        if aside.is_empty() {
            self.look_at = None;
            return;
        }
        let wait = aside.next_retry().map_or(LOOK_EVERY, |at| {
            Duration::try_from(at.duration_since(Timestamp::now()))
                .unwrap_or(Duration::ZERO)
                .min(LOOK_EVERY)
        });
        let soon = tokio::time::Instant::now() + wait;
        self.look_at = Some(self.look_at.map_or(soon, |at| at.min(soon)));
    }

    async fn handle(&mut self, page: Arc<Page>) -> Result<Saved, StoreError> {
        let running = Arc::clone(&self.kept.running);
        running.takes(&page);
        let last = end_of(&*self.kept.store, &page).await;
        let all: Vec<_> = page
            .iter()
            .enumerate()
            .filter(|(_, record)| running.routes.concerns(record))
            .map(|(index, record)| (index, record.position()))
            .collect();
        let mut rest = &all[..];
        loop {
            let (some, later) = rest.split_at(rest.len().min(self.portion.records));
            rest = later;
            let position = match (later, some) {
                ([_, ..], [.., (_, position)]) => *position,
                _ => page.read_to,
            };
            let records: Vec<_> = {
                // The portion before may have set streams aside.
                let aside = running.aside();
                let is_free = |index: usize| page.get(index).is_some_and(|r| !aside.holds(&r));
                some.iter()
                    .map(|(index, _)| *index)
                    .filter(|index| is_free(*index))
                    .collect()
            };
            let (begun, events) = (Instant::now(), records.len());
            let saved = self
                .work(InHand {
                    page: Arc::clone(&page),
                    records,
                    position,
                    set_aside: Vec::new(),
                    taken_up: Vec::new(),
                    attempts: 0,
                })
                .await?;
            if saved == Saved::LeaseLost {
                return Ok(saved);
            }
            telemetry::took(running.meta.name, begun.elapsed());
            self.portion.took(events, begun.elapsed());
            if position >= last && running.state().stage == HandlerStage::Building {
                return self.promote(position, events).await;
            }
            running.has_handled(position, events, last);
            if rest.is_empty() || *self.kept.stop.borrow() {
                return Ok(Saved::Yes);
            }
        }
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
    pub(crate) async fn work(&mut self, in_hand: InHand) -> Result<Saved, StoreError> {
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
                if at_once {
                    let failed = &applied.failed;
                    let progress = Progress {
                        key: running.key.clone(),
                        fence: self.fence,
                        position: self.position.max(position),
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
    fn keep_aside(&self, applied: &Applied, set_aside: Vec<ParkedStream>, taken_up: &[StreamName]) {
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
    pub(crate) async fn note(&mut self) -> Result<Saved, StoreError> {
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
}

/// What a handler does next.
enum Turn {
    Stop,
    LeaseLost,
    TakeUp,
    Note,
    Page(Option<Result<Arc<Page>, StoreError>>),
}

/// Waits until then; for ever without a time.
async fn until(at: Option<tokio::time::Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
