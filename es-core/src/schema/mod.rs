//! Schemas of events: what the derives write down, and the JSON Schemas made of it.
//!
//! The crate es-schema publishes these as files, and checks changes against them.

mod declared;
mod field;
mod generate;
mod panicked;
mod payload;

use std::collections::{BTreeMap, BTreeSet};

pub use declared::{
    Declaration, DeclaredEvent, DeclaredField, DeclaredVersion, Reading, StoredPayload,
};
pub use field::{EventVersion, FieldMeta, FieldType, SchemaOf, VersionForm, default_json};
pub use payload::Payload;

use crate::event::EventMeta;
#[cfg(feature = "inventory")]
use crate::registry::AggregateEntry;

/// The form of [`Declaration`] this crate writes.
pub const PROTOCOL: u32 = 1;

/// The events of a catalogue, or one that is a struct of its own, as `discover()` finds them.
#[derive(Clone, Copy, Debug)]
pub struct EventEntry(pub &'static [&'static EventMeta]);

#[cfg(feature = "inventory")]
inventory::collect!(EventEntry);

impl DeclaredEvent {
    /// What the code declares of this event.
    ///
    /// ```
    /// use es_core::prelude::*;
    /// use es_core::schema::DeclaredEvent;
    ///
    /// #[derive(Event, Serialize, Deserialize)]
    /// #[event(name = "card.issued")]
    /// struct Issued {
    ///     /// The amount on it.
    ///     cents: u64,
    /// }
    ///
    /// let event = DeclaredEvent::of(<Issued as es_core::Event>::META);
    /// let schema = event.versions[0].reads.as_ref().unwrap();
    /// assert_eq!(schema["properties"]["cents"]["description"], "The amount on it.");
    /// ```
    pub fn of(event: &EventMeta) -> Self {
        Self {
            name: event.name.to_owned(),
            version: event.version,
            docs: event.docs.to_owned(),
            package: event.package.to_owned(),
            type_path: event.type_path.to_owned(),
            aliases: event.aliases.iter().map(|a| (*a).to_owned()).collect(),
            aggregates: Vec::new(),
            retired_into: event
                .retired
                .map(|into| into.events().iter().map(|e| e.name.to_owned()).collect()),
            versions: event
                .versions
                .iter()
                .map(|version| generate::declared_version(event, version))
                .collect(),
        }
    }
}

/// All that is linked into this process, and how it reads these payloads. Two events of one name
/// are both there.
///
/// Events are found by the feature `inventory`; without it there are none.
pub fn declare(payloads: &[StoredPayload]) -> Declaration {
    let found = found();
    let mut aggregates: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    #[cfg(feature = "inventory")]
    for aggregate in inventory::iter::<AggregateEntry> {
        for event in aggregate.events.iter().chain(aggregate.retired) {
            aggregates
                .entry(event.type_path)
                .or_default()
                .insert(aggregate.name);
        }
    }
    let events = found
        .iter()
        .map(|event| DeclaredEvent {
            aggregates: aggregates
                .remove(event.type_path)
                .into_iter()
                .flatten()
                .map(str::to_owned)
                .collect(),
            ..DeclaredEvent::of(event)
        })
        .collect();
    Declaration {
        protocol: PROTOCOL,
        events,
        readings: payloads
            .iter()
            .map(|payload| read(&found, payload))
            .collect(),
    }
}

/// The events that are linked in, each type once, by name.
fn found() -> Vec<&'static EventMeta> {
    #[allow(unused_mut, reason = "nothing is found without `inventory`")]
    let mut events: BTreeMap<(&str, &str), &'static EventMeta> = BTreeMap::new();
    #[cfg(feature = "inventory")]
    for entry in inventory::iter::<EventEntry> {
        for event in entry.0 {
            events.insert((event.name, event.type_path), event);
        }
    }
    events.into_values().collect()
}

fn read(events: &[&'static EventMeta], stored: &StoredPayload) -> Reading {
    let event = events
        .iter()
        .find(|event| event.answers_to(&stored.event))
        .ok_or_else(|| format!("no event `{}` is known", stored.event))?;
    let payload = serde_json::to_vec(&stored.payload).map_err(|error| error.to_string())?;
    panicked::caught(|| (event.reread)(stored.version, &payload)).unwrap_or_else(|panic| {
        let way = match stored.version < event.version {
            true => format!(
                " on the way from version {} to {}",
                stored.version, event.version
            ),
            false => String::new(),
        };
        Err(format!("the code panicked{way}: {panic}"))
    })
}

/// The whole program of a process that tells another what its events are: it reads a JSON array of
/// [`StoredPayload`] from the standard input and prints the [`Declaration`].
///
/// # Errors
/// The input is not such an array, or the output cannot be written.
pub fn tell() -> std::io::Result<()> {
    panicked::note_places();
    let payloads: Vec<StoredPayload> = serde_json::from_reader(std::io::stdin().lock())?;
    serde_json::to_writer(std::io::stdout().lock(), &declare(&payloads))?;
    Ok(())
}
