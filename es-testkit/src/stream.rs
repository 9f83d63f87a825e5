//! What has happened to aggregates, as projections and policies hear of it.

use std::collections::HashMap;

use es_core::{
    Aggregate, AggregateEntry, EventMeta, EventsOf, Origin, Page, Position, RecordRow, StreamName,
    Timestamp, Version,
};
use uuid::Uuid;

use crate::fail::fail;
use crate::report::Report;
use crate::terms::{IntoTime, START};

/// Events of one aggregate, for a projection or a policy: see [`stream`].
#[derive(Clone)]
pub struct Stream {
    pub(crate) aggregate: AggregateEntry,
    id: String,
    events: Vec<Encoded>,
    at: Timestamp,
    origin: Origin,
}

/// An event as it is stored.
#[derive(Clone)]
pub(crate) struct Encoded {
    pub(crate) meta: &'static EventMeta,
    payload: String,
}

/// Events that happened to the aggregate `id`, in order.
///
/// Which aggregate it is, is known from the events; where several record the same event, say it:
/// `stream::<Account>("acc-1", …)`.
///
/// ```
/// # mod account { include!("../tests/account.rs"); }
/// # use account::*;
/// # use es_core::prelude::*;
/// # use es_testkit::prelude::*;
/// let events = stream("acc-1", (Opened { owner: "Ada".into(), currency: Currency::Eur }, Deposited { amount: 5 }));
/// ```
#[track_caller]
pub fn stream<A: Aggregate>(id: impl Into<String>, events: impl EventsOf<A>) -> Stream {
    let mut given = Vec::new();
    events.add_to(&mut given);
    let mut encoded = Vec::new();
    for event in given {
        let meta = event.meta();
        match event.encode() {
            Ok(payload) => encoded.push(Encoded { meta, payload }),
            Err(error) => fail(&Report::new(format!(
                "event {} cannot be stored: {error}",
                meta.name
            ))),
        }
    }
    Stream {
        aggregate: AggregateEntry::of::<A>(),
        id: id.into(),
        events: encoded,
        at: START,
        origin: Origin::default(),
    }
}

impl Stream {
    /// When they were recorded: 2026-01-01T00:00:00Z unless set.
    #[must_use]
    #[track_caller]
    pub fn at(mut self, time: impl IntoTime) -> Self {
        match time.into_time() {
            Ok(time) => self.at = time,
            Err(why) => fail(&Report::new(why)),
        }
        self
    }

    /// Who asked.
    #[must_use]
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.origin.actor = Some(actor.into());
        self
    }

    /// What request they followed from.
    #[must_use]
    pub fn correlation_id(mut self, id: impl Into<String>) -> Self {
        self.origin.correlation_id = Some(id.into());
        self
    }

    pub(crate) fn name(&self) -> StreamName {
        StreamName::new(self.aggregate.name, self.id.clone())
    }

    pub(crate) fn into_append(self, id: impl FnMut() -> Uuid) -> es_core::Append {
        let mut id = id;
        es_core::Append {
            stream: self.name(),
            condition: es_core::AppendCondition::Unconditional,
            events: self
                .events
                .into_iter()
                .map(|event| es_core::NewEvent {
                    event_id: id(),
                    name: event.meta.name.into(),
                    event_version: event.meta.version,
                    payload: event.payload,
                })
                .collect(),
            recorded_at: self.at,
            origin: self.origin,
            idempotency_key: None,
            snapshot: None,
        }
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Stream").field(&self.name()).finish()
    }
}

/// Numbers streams' events as a store would.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    position: u64,
    versions: HashMap<StreamName, u64>,
}

impl Numbers {
    /// The events as records.
    pub(crate) fn page(&mut self, stream: &Stream) -> Page {
        let name = stream.name();
        let origin = stream.origin.to_json();
        let version = self.versions.entry(name.clone()).or_default();
        let mut page = Page::new();
        for event in &stream.events {
            self.position += 1;
            *version += 1;
            page.push(RecordRow {
                category: name.category(),
                id: name.id(),
                version: Version(*version),
                position: Position(self.position),
                event_id: Uuid::from_u128(u128::from(self.position)),
                name: event.meta.name,
                event_version: event.meta.version,
                recorded_at_micros: stream.at.as_microsecond(),
                payload: event.payload.as_bytes(),
                origin: origin.as_bytes(),
            });
        }
        page
    }

    /// The records so far, counted.
    pub(crate) fn so_far(&self) -> u64 {
        self.position
    }
}

/// The events of a stream and their metas, in order.
pub(crate) fn metas(stream: &Stream) -> impl Iterator<Item = &'static EventMeta> + '_ {
    stream.events.iter().map(|event| event.meta)
}
