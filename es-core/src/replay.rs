//! From records to a state: the one loop behind every load.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;

use crate::aggregate::{Aggregate, EventSet, ReplayFault};
use crate::event::StoredEvent;
use crate::store::{Page, RecordRef};
use crate::stream::{StreamName, Version};

/// A record that could not be brought into the state, or a decided event that could not be
/// recorded. Names stream, version and event; the fault names the field.
///
/// Its `Debug` is its message, since that is what a `main` that returns it prints.
#[derive(Clone, PartialEq, Eq)]
pub struct ReplayError(Box<Failure>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Failure {
    stream: StreamName,
    version: Version,
    event: String,
    event_version: u32,
    fault: ReplayFault,
}

impl ReplayError {
    pub(crate) fn new(
        stream: StreamName,
        version: Version,
        event: &str,
        event_version: u32,
        fault: ReplayFault,
    ) -> Self {
        Self(Box::new(Failure {
            stream,
            version,
            event: event.to_owned(),
            event_version,
            fault,
        }))
    }

    pub(crate) fn of_record(record: &RecordRef<'_>, fault: ReplayFault) -> Self {
        Self::new(
            record.stream(),
            record.version(),
            record.name(),
            record.event_version(),
            fault,
        )
    }

    /// The stream.
    pub fn stream(&self) -> &StreamName {
        &self.0.stream
    }

    /// The record's version in the stream; for a decided event, the one it would have had.
    pub fn version(&self) -> Version {
        self.0.version
    }

    /// The event's name on the wire.
    pub fn event(&self) -> &str {
        &self.0.event
    }

    /// The version of the event's schema.
    pub fn event_version(&self) -> u32 {
        self.0.event_version
    }

    /// What went wrong.
    pub fn fault(&self) -> &ReplayFault {
        &self.0.fault
    }
}

impl fmt::Debug for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure {
            stream,
            version,
            event,
            event_version,
            fault,
        } = &*self.0;
        write!(f, "stream {stream}, version {version}")?;
        // The error of an event that cannot be written names it.
        if !matches!(fault, ReplayFault::Encode(_)) {
            write!(f, ", event {event} v{event_version}")?;
        }
        write!(f, ": {fault}")
    }
}

impl std::error::Error for ReplayError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0.fault)
    }
}

/// A state and how far into its stream it reaches.
#[derive(Clone, Debug)]
pub(crate) struct Progress<A> {
    /// `None`: the aggregate does not exist.
    pub(crate) state: Option<A>,
    /// The last record that went into the state.
    pub(crate) version: Version,
    /// The last usable snapshot the state came from.
    pub(crate) snapshot: Version,
}

impl<A> Default for Progress<A> {
    fn default() -> Self {
        Self {
            state: None,
            version: Version::NONE,
            snapshot: Version::NONE,
        }
    }
}

/// How far to replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    End,
    Version(Version),
    Time(Timestamp),
}

impl Until {
    fn excludes(self, record: &RecordRef<'_>) -> bool {
        match self {
            Self::End => false,
            Self::Version(last) => record.version() > last,
            Self::Time(time) => record.recorded_at() > time,
        }
    }
}

impl<A: Aggregate> Progress<A> {
    /// Applies a page's records; answers whether a record after `until` was met.
    pub(crate) fn replay(&mut self, page: &Page, until: Until) -> Result<bool, ReplayError> {
        let mut current = None;
        // On a panic the state is not looked at again: the error is returned in its place.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            for record in page.iter() {
                if until.excludes(&record) {
                    return Ok(true);
                }
                current = Some(record);
                let stored = StoredEvent {
                    name: record.name(),
                    version: record.event_version(),
                    payload: record.payload(),
                };
                A::Events::replay(&mut self.state, stored)
                    .map_err(|fault| ReplayError::of_record(&record, fault))?;
                self.version = record.version();
            }
            Ok(false)
        }));
        match (outcome, current) {
            (Ok(done), _) => done,
            (Err(panic), Some(record)) => Err(ReplayError::of_record(
                &record,
                ReplayFault::Panicked(panic_text(&*panic)),
            )),
            // Nothing that can panic runs before the first record is in hand.
            (Err(panic), None) => std::panic::resume_unwind(panic),
        }
    }
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text.clone()
    } else {
        "a value that is not text".to_owned()
    }
}
