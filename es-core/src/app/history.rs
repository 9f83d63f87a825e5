//! The audit trail of an aggregate.

use std::fmt;

use super::LoadError;
use crate::aggregate::ReplayFault;
use crate::event::{EventCatalogue, EventMeta, StoredEvent};
use crate::metadata::Metadata;
use crate::replay::ReplayError;
use crate::store::{Detail, EventStore, StreamQuery};
use crate::stream::{StreamName, Version};

/// An event as it was recorded: decoded, with all that was recorded beside it.
///
/// It prints as one line of an audit trail: version, time, name, fields, actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded<E> {
    /// The event, brought up to today's version.
    pub event: E,
    /// Stream, version, position, time, actor, correlation.
    pub metadata: Metadata,
    /// The event's name and today's version.
    pub event_meta: &'static EventMeta,
    /// The version the record was stored with.
    pub stored_version: u32,
}

impl<E> Recorded<E> {
    /// The event's name on the wire.
    pub fn name(&self) -> &'static str {
        self.event_meta.name
    }
}

impl<E: fmt::Debug> fmt::Display for Recorded<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Metadata {
            version,
            recorded_at,
            actor,
            ..
        } = &self.metadata;
        write!(
            f,
            "{:>4}  {recorded_at}  {}  {:?}",
            version.0,
            self.name(),
            self.event
        )?;
        match actor {
            Some(actor) => write!(f, "  by {actor}"),
            None => Ok(()),
        }
    }
}

/// Reads all events of a stream.
pub(super) async fn read<E: EventCatalogue>(
    store: &dyn EventStore,
    stream: &StreamName,
) -> Result<Vec<Recorded<E>>, LoadError> {
    let mut history = Vec::new();
    let mut after = Version::NONE;
    loop {
        let query = StreamQuery {
            stream: stream.clone(),
            after,
            limit: 1024,
            detail: Detail::Full,
        };
        let page = store.read_stream(query).await?;
        let Some(last) = page.last() else { break };
        after = last.version();
        for record in page.iter() {
            let metadata = record.metadata()?;
            let stored = StoredEvent {
                name: record.name(),
                version: record.event_version(),
                payload: record.payload(),
            };
            E::decode(stored, &mut |event: E| {
                let event_meta = event.meta();
                history.push(Recorded {
                    event,
                    metadata: metadata.clone(),
                    event_meta,
                    stored_version: record.event_version(),
                });
            })
            .map_err(|error| ReplayError::of_record(&record, ReplayFault::Decode(error)))?;
        }
        if !page.more {
            break;
        }
    }
    Ok(history)
}
