//! Events as plain data: what is published of them, what today's code says of them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

use super::change::Change;
use crate::shape::SchemaError;

/// An event, as published or as today's code has it.
///
/// ```
/// use es_schema::compat::{Event, EventVersion};
///
/// let opened = Event::new("account.opened", 1)
///     .version(1, EventVersion::of(serde_json::json!({"type": "object"})));
/// assert_eq!(opened.version, 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    /// The wire name.
    pub name: String,
    /// The version that is written.
    pub version: u32,
    /// Other wire names it is read under.
    pub aliases: Vec<String>,
    /// Whether it is no longer written.
    pub retired: bool,
    /// Every version there is a schema of: the published files, or what today's code decodes.
    pub versions: BTreeMap<u32, EventVersion>,
}

impl Event {
    /// An event without versions.
    pub fn new(name: impl Into<String>, version: u32) -> Self {
        Self {
            name: name.into(),
            version,
            ..Self::default()
        }
    }

    /// Adds a version.
    #[must_use]
    pub fn version(mut self, version: u32, schema: EventVersion) -> Self {
        self.versions.insert(version, schema);
        self
    }

    /// Adds a name it is read under.
    #[must_use]
    pub fn alias(mut self, alias: impl Into<String>) -> Self {
        self.aliases.push(alias.into());
        self
    }

    /// Says that it is no longer written.
    #[must_use]
    pub fn retired(mut self) -> Self {
        self.retired = true;
        self
    }
}

/// One version of an event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventVersion {
    /// The event's own fields, where they are known.
    pub own_fields: Option<Vec<OwnField>>,
    /// The schema by the deserialize contract: a published file's, and what today's code decodes.
    pub read: Option<Value>,
    /// The schema by the serialize contract; only today's current version needs one, and takes
    /// [`EventVersion::read`] if it has none.
    pub written: Option<Value>,
}

impl EventVersion {
    /// A version by its deserialize contract.
    pub fn of(read: Value) -> Self {
        Self {
            read: Some(read),
            ..Self::default()
        }
    }

    /// Adds the serialize contract.
    #[must_use]
    pub fn written(mut self, written: Value) -> Self {
        self.written = Some(written);
        self
    }

    /// Adds the own fields.
    #[must_use]
    pub fn fields(mut self, fields: impl IntoIterator<Item = OwnField>) -> Self {
        self.own_fields = Some(fields.into_iter().collect());
        self
    }
}

/// A field that an event itself declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnField {
    /// The wire name.
    pub name: String,
    /// The name in the source, where it differs.
    pub rust_name: Option<String>,
    /// The type, as it is written in the source.
    pub type_tokens: String,
    /// Whether it may be missing by `#[serde(default)]`.
    pub has_default: bool,
    /// Whether it is flattened.
    pub flatten: bool,
}

impl OwnField {
    /// A plain field.
    pub fn new(name: impl Into<String>, type_tokens: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            type_tokens: type_tokens.into(),
            ..Self::default()
        }
    }

    /// Whether two fields are declared alike, spaces aside.
    pub(super) fn alike(&self, other: &Self) -> bool {
        let tokens = |field: &Self| -> String { field.type_tokens.split_whitespace().collect() };
        tokens(self) == tokens(other)
            && self.has_default == other.has_default
            && self.flatten == other.flatten
    }
}

/// A change, and the event it is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The event's wire name, the published one if it has one.
    pub event: String,
    /// The published version that was compared; for a new event today's.
    pub version: u32,
    /// What changed.
    #[serde(flatten)]
    pub change: Change,
}

/// A schema that could not be judged.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{side} schema of `{event}` version {version}: {source}")]
pub struct JudgeError {
    /// The event's wire name.
    pub event: String,
    /// The version.
    pub version: u32,
    /// `published` or `today's`.
    pub side: &'static str,
    /// What is wrong.
    pub source: SchemaError,
}
