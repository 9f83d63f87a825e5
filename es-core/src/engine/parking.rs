//! Streams set aside: when they are tried again, and when they wait for someone to say.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::handler::HandlerError;
use crate::store::{HandlerKey, Instruction, ParkedStream, RecordRef};
use crate::stream::StreamName;

/// How often an event is tried before its stream is parked, unless the builder says otherwise.
pub(crate) const ATTEMPTS: u32 = 6;

/// The pause before an event is tried for the second time; each further one is four times as long.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// How often an event was tried, and may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempts {
    /// Before this time.
    pub(crate) before: u32,
    /// In all, by itself.
    pub(crate) most: u32,
}

/// What is kept of a stream from a record on that could not be handled.
pub(crate) fn set_aside(
    key: HandlerKey,
    record: RecordRef<'_>,
    error: &HandlerError,
    attempts: Attempts,
    now: Timestamp,
) -> ParkedStream {
    let Attempts { before, most } = attempts;
    let attempts = before.saturating_add(1);
    let retry_at = (error.may_pass() && attempts < most)
        .then(|| now.checked_add(pause(attempts)).ok())
        .flatten();
    ParkedStream {
        key,
        stream: record.stream(),
        version: record.version(),
        position: record.position(),
        event: record.name().to_owned(),
        error: error.told(),
        attempts,
        since: now,
        retry_at,
        instruction: None,
    }
}

/// The pause after an event was tried this often.
fn pause(attempts: u32) -> Duration {
    FIRST_PAUSE
        .saturating_mul(4_u32.saturating_pow(attempts.saturating_sub(1)))
        .min(LONGEST_PAUSE)
}

/// The streams a handler has set aside.
#[derive(Debug, Default)]
pub(crate) struct Aside {
    /// By category, then by id: a record is looked up without making a name of it.
    streams: HashMap<String, HashMap<String, ParkedStream>>,
}

impl Aside {
    pub(crate) fn of(streams: Vec<ParkedStream>) -> Self {
        let mut aside = Self::default();
        streams.into_iter().for_each(|stream| aside.insert(stream));
        aside
    }

    pub(crate) fn insert(&mut self, parked: ParkedStream) {
        let ids = self
            .streams
            .entry(parked.stream.category().to_owned())
            .or_default();
        ids.insert(parked.stream.id().to_owned(), parked);
    }

    pub(crate) fn remove(&mut self, stream: &StreamName) {
        if let Some(ids) = self.streams.get_mut(stream.category()) {
            ids.remove(stream.id());
            if ids.is_empty() {
                self.streams.remove(stream.category());
            }
        }
    }

    pub(crate) fn get_mut(&mut self, stream: &StreamName) -> Option<&mut ParkedStream> {
        self.streams
            .get_mut(stream.category())?
            .get_mut(stream.id())
    }

    /// Whether the record's stream is set aside.
    #[inline]
    pub(crate) fn holds(&self, record: &RecordRef<'_>) -> bool {
        !self.streams.is_empty()
            && self
                .streams
                .get(record.category())
                .is_some_and(|ids| ids.contains_key(record.stream_id()))
    }

    pub(crate) fn len(&self) -> u64 {
        self.streams.values().map(|ids| ids.len() as u64).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// In order of position.
    pub(crate) fn list(&self) -> Vec<ParkedStream> {
        let mut list: Vec<_> = self
            .streams
            .values()
            .flat_map(HashMap::values)
            .cloned()
            .collect();
        list.sort_by_key(|parked| parked.position);
        list
    }

    /// Those that are to be taken up now, and how.
    pub(crate) fn due(&self, now: Timestamp) -> Vec<(ParkedStream, Instruction)> {
        self.list()
            .into_iter()
            .filter_map(|parked| {
                let by_itself = parked.retry_at.filter(|at| *at <= now);
                let how = parked
                    .instruction
                    .or(by_itself.map(|_| Instruction::Retry))?;
                Some((parked, how))
            })
            .collect()
    }

    /// When the next one is tried again by itself.
    pub(crate) fn next_retry(&self) -> Option<Timestamp> {
        self.streams
            .values()
            .flat_map(HashMap::values)
            .filter_map(|parked| parked.retry_at)
            .min()
    }
}
