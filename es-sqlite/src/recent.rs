//! The short streams that were lately written, in memory.
//!
//! Whenever anyone commits, SQLite empties the page caches of all other connections. Where many
//! tasks append, every load would read the pages of its stream anew. So the records of short
//! streams are kept here, beside SQLite.
//!
//! They are used only while this process holds SQLite's write lock. When it took the lock it made
//! sure that no other process had written since; until it gives the lock back none can. At any
//! other time streams are read from the file. So what is answered here is what the file holds.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use es_core::{Append, Page, Position, RecordRow, StreamName, Version};
use uuid::Uuid;

/// Longer streams are not kept: by records, and by bytes.
const RECORDS: usize = 64;
const BYTES: usize = 16 << 10;

/// Each with a lock of its own.
const SHARDS: usize = 64;

/// How many bytes a shard keeps, twice: of the streams used lately and of those used before.
const SHARD_BYTES: usize = 128 << 10;

#[derive(Debug)]
pub(crate) struct Recent {
    /// Whether this process holds SQLite's write lock, and what is here is true.
    locked: AtomicBool,
    shards: Vec<Mutex<Shard>>,
    hasher: RandomState,
}

#[derive(Debug, Default)]
struct Shard {
    lately: HashMap<StreamName, Page>,
    before: HashMap<StreamName, Page>,
    /// Of those in `lately`.
    bytes: usize,
    /// How many appends to streams of this shard have been committed.
    commits: u64,
}

/// The state of a stream's shard before the stream was read from the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket(u64);

/// As long as it lives, this process holds the write lock.
#[derive(Debug)]
pub(crate) struct Locked<'r>(&'r Recent);

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        self.0.locked.store(false, Ordering::SeqCst);
    }
}

impl Default for Recent {
    fn default() -> Self {
        Self {
            locked: AtomicBool::new(false),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
        }
    }
}

impl Recent {
    /// Nothing below leaves a shard half changed in a way that matters: a page that a panic cut
    /// short is thrown away with the next append, as its last version does not fit.
    fn shard(&self, stream: &StreamName) -> Option<MutexGuard<'_, Shard>> {
        let place = usize::try_from(self.hasher.hash_one(stream) % SHARDS as u64).ok()?;
        Some(
            self.shards
                .get(place)?
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// The write lock was taken.
    pub(crate) fn lock(&self) -> Locked<'_> {
        self.locked.store(true, Ordering::SeqCst);
        Locked(self)
    }

    /// Another process has written, or nobody knows: nothing here is true any more.
    pub(crate) fn clear(&self) {
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.lately.clear();
            shard.before.clear();
            shard.bytes = 0;
            // What is being read from the file meanwhile may be older.
            shard.commits += 1;
        }
    }

    /// All records of the stream, if they are here, are true, and are at most `limit`.
    pub(crate) fn get(&self, stream: &StreamName, limit: u32) -> Option<Page> {
        if !self.locked.load(Ordering::SeqCst) {
            return None;
        }
        let mut shard = self.shard(stream)?;
        let page = shard.find(stream)?;
        (page.len() <= limit as usize).then(|| page.clone())
    }

    /// To be taken before a stream is read from the file; `None` if it is here already.
    pub(crate) fn ticket(&self, stream: &StreamName) -> Option<Ticket> {
        let shard = self.shard(stream)?;
        (!shard.lately.contains_key(stream)).then_some(Ticket(shard.commits))
    }

    /// Keeps a stream that was read from the file from its beginning to its end, unless something
    /// was committed since the ticket was taken.
    pub(crate) fn offer(&self, ticket: Ticket, stream: &StreamName, page: &Page) {
        if page.is_empty() || !is_short(page) {
            return;
        }
        if let Some(mut shard) = self.shard(stream)
            && shard.commits == ticket.0
        {
            shard.keep(stream.clone(), page.clone());
        }
    }

    /// Takes in an append that was committed, whose last event has this version.
    pub(crate) fn committed(&self, append: &Append, last: Version) {
        let Some(mut shard) = self.shard(&append.stream) else {
            return;
        };
        shard.commits += 1;
        let Some(before) = last.0.checked_sub(append.events.len() as u64) else {
            return;
        };
        let mut page = match shard.take(&append.stream) {
            Some(page) if page.last().map(|record| record.version()) == Some(Version(before)) => {
                page
            }
            // It was read from the file while this was being committed.
            Some(_) => return,
            None if before == 0 => Page::of_stream(append.stream.clone()),
            None => return,
        };
        let mut version = Version(before);
        for event in &append.events {
            version = version.next();
            // As much as a page for replay holds.
            page.push(RecordRow {
                category: "",
                id: "",
                version,
                position: Position::START,
                event_id: Uuid::nil(),
                name: &event.name,
                event_version: event.event_version,
                recorded_at_micros: append.recorded_at.as_microsecond(),
                payload: event.payload.as_bytes(),
                origin: b"",
            });
        }
        if is_short(&page) {
            shard.keep(append.stream.clone(), page);
        }
    }
}

fn is_short(page: &Page) -> bool {
    page.len() <= RECORDS && page.bytes() <= BYTES
}

/// What a page takes in memory, about.
fn size(page: &Page) -> usize {
    page.bytes() + 128 * (page.len() + 1)
}

impl Shard {
    fn find(&mut self, stream: &StreamName) -> Option<&Page> {
        if let Some((stream, page)) = self.before.remove_entry(stream) {
            self.keep(stream, page);
        }
        self.lately.get(stream)
    }

    fn take(&mut self, stream: &StreamName) -> Option<Page> {
        if let Some(page) = self.lately.remove(stream) {
            self.bytes = self.bytes.saturating_sub(size(&page));
            return Some(page);
        }
        self.before.remove(stream)
    }

    fn keep(&mut self, stream: StreamName, page: Page) {
        self.take(&stream);
        if self.bytes >= SHARD_BYTES {
            self.before = std::mem::take(&mut self.lately);
            self.bytes = 0;
        }
        self.bytes += size(&page);
        self.lately.insert(stream, page);
    }
}

#[cfg(test)]
mod tests {
    use es_core::{AppendCondition, NewEvent, Origin};

    use super::*;

    fn append(id: &str, events: usize) -> Append {
        Append {
            stream: StreamName::new("account", id),
            condition: AppendCondition::Unconditional,
            events: (0..events)
                .map(|_| NewEvent {
                    event_id: Uuid::now_v7(),
                    name: "account.deposited".into(),
                    event_version: 1,
                    payload: "{}".to_owned(),
                })
                .collect(),
            recorded_at: jiff::Timestamp::now(),
            origin: Origin::default(),
            idempotency_key: None,
            snapshot: None,
        }
    }

    fn length(recent: &Recent, id: &str) -> Option<usize> {
        let _locked = recent.lock();
        recent
            .get(&StreamName::new("account", id), 1000)
            .map(|page| page.len())
    }

    #[test]
    fn a_stream_is_kept_from_its_beginning_as_long_as_it_is_short() {
        let recent = Recent::default();
        recent.committed(&append("a", 2), Version(2));
        assert_eq!(length(&recent, "a"), Some(2));
        recent.committed(&append("a", 3), Version(5));
        assert_eq!(length(&recent, "a"), Some(5));
        recent.committed(&append("a", 100), Version(105));
        assert_eq!(length(&recent, "a"), None);
        // Its beginning is not known.
        recent.committed(&append("b", 1), Version(7));
        assert_eq!(length(&recent, "b"), None);
    }

    #[test]
    fn what_does_not_fit_is_thrown_away() {
        let recent = Recent::default();
        recent.committed(&append("a", 2), Version(2));
        recent.committed(&append("a", 1), Version(4));
        assert_eq!(length(&recent, "a"), None);
    }

    #[test]
    fn without_the_write_lock_nothing_is_answered() {
        let recent = Recent::default();
        recent.committed(&append("a", 2), Version(2));
        assert_eq!(length(&recent, "a"), Some(2));
        assert!(recent.get(&StreamName::new("account", "a"), 1000).is_none());
        recent.clear();
        assert_eq!(length(&recent, "a"), None);
    }

    #[test]
    fn what_was_read_before_a_commit_is_not_kept() {
        let recent = Recent::default();
        let stream = StreamName::new("account", "a");
        recent.committed(&append("a", 1), Version(1));
        let page = {
            let _locked = recent.lock();
            recent.get(&stream, 10).unwrap()
        };
        recent.clear();
        let ticket = recent.ticket(&stream).unwrap();
        recent.committed(&append("a", 1), Version(2));
        recent.offer(ticket, &stream, &page);
        assert_eq!(length(&recent, "a"), None);
        recent.offer(recent.ticket(&stream).unwrap(), &stream, &page);
        assert_eq!(length(&recent, "a"), Some(1));
    }

    #[test]
    fn memory_is_bounded() {
        let recent = Recent::default();
        for number in 0..200_000 {
            recent.committed(&append(&number.to_string(), 1), Version(1));
        }
        let bytes: usize = recent
            .shards
            .iter()
            .map(|shard| {
                let shard = shard.lock().unwrap();
                shard
                    .lately
                    .values()
                    .chain(shard.before.values())
                    .map(size)
                    .sum::<usize>()
            })
            .sum();
        assert!(bytes <= SHARDS * 2 * (SHARD_BYTES + BYTES), "{bytes}");
        assert_eq!(length(&recent, "199999"), Some(1));
    }
}
