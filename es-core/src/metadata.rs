//! What is recorded of an event beside its payload: where it stands, when, why and by whom.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::stream::{Position, StreamName, Version};

/// Why and by whom events were recorded; shared by all events of one append.
///
/// Stores keep it as JSON ([`Origin::to_json`]) beside the payload.
///
/// ```
/// use es_core::Origin;
///
/// let origin = Origin { actor: Some("teller-7".into()), ..Origin::default() };
/// assert_eq!(origin.to_json(), r#"{"actor":"teller-7"}"#);
/// assert_eq!(Origin::from_json(&origin.to_json()).unwrap(), origin);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Groups all that follows from one request. `App` makes a fresh one where none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// The event or message that caused these events, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<String>,
    /// Who asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Anything else the application wants to keep.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

impl Origin {
    /// The JSON text a store keeps. Absent parts are left out; an empty origin is `{}`.
    pub fn to_json(&self) -> String {
        // Strings, options and a map with string keys: serialisation has no way to fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`Origin::to_json`] wrote. Empty text reads as an empty origin.
    ///
    /// # Errors
    /// The text is not such a JSON object.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        if text.is_empty() {
            Ok(Self::default())
        } else {
            serde_json::from_str(text)
        }
    }
}

/// All that is recorded of an event beside its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The record's own id, a UUIDv7.
    pub event_id: Uuid,
    /// The stream it stands in.
    pub stream: StreamName,
    /// Its number within the stream, from 1.
    pub version: Version,
    /// Its place in the whole store.
    pub position: Position,
    /// When it was recorded, by the clock of the `App` that recorded it (microseconds).
    pub recorded_at: Timestamp,
    /// Groups all that follows from one request.
    pub correlation_id: Option<String>,
    /// The event or message that caused it.
    pub causation_id: Option<String>,
    /// Who asked for it.
    pub actor: Option<String>,
    /// Anything else the application kept.
    pub headers: BTreeMap<String, String>,
}
