//! What code declares of its events, as plain data: it can be printed by one process and read by
//! another.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::payload::Payload;

/// An event as the code declares it, with the schema of each version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredEvent {
    /// The name on the wire.
    pub name: String,
    /// The version that is written today; for a retired event, its last.
    pub version: u32,
    /// The doc comment.
    pub docs: String,
    /// The Cargo package that declares it.
    pub package: String,
    /// The path of the Rust type; its first segment is the crate.
    pub type_path: String,
    /// Earlier names on the wire.
    pub aliases: Vec<String>,
    /// The aggregates whose catalogues list it, by name.
    pub aggregates: Vec<String>,
    /// The names of the events it reads as now, if it is no longer written; empty if it reads as
    /// nothing.
    pub retired_into: Option<Vec<String>>,
    /// Every version from 1 on, in order.
    pub versions: Vec<DeclaredVersion>,
}

impl DeclaredEvent {
    /// The crate that declares it.
    pub fn crate_name(&self) -> &str {
        self.type_path.split("::").next().unwrap_or_default()
    }
}

/// A version of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredVersion {
    /// The version.
    pub version: u32,
    /// Its own fields; `None` where a `with` or `json` step reads it, which has no field list.
    pub fields: Option<Vec<DeclaredField>>,
    /// The JSON Schema of what the code reads as this version: title, description, properties,
    /// `$defs`. `None` where a `json` step reads it: then its schema is the committed file.
    pub reads: Option<Value>,
    /// The JSON Schema of what the code writes; only of the version written today.
    pub writes: Option<Value>,
}

/// A field of an event's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredField {
    /// The Rust name.
    pub rust_name: String,
    /// The key in the payload; empty for a flattened field, whose keys are its type's.
    pub name: String,
    /// The Rust type as it is written.
    #[serde(rename = "type")]
    pub type_tokens: String,
    /// Whether the payload must have it.
    pub required: bool,
    /// Whether `#[serde(default)]` stands on it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default: bool,
    /// Whether `#[serde(flatten)]` stands on it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flatten: bool,
    /// Other keys it is read from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

/// A payload to be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredPayload {
    /// The event's name on the wire.
    pub event: String,
    /// The version of the payload.
    pub version: u32,
    /// The payload.
    pub payload: Payload,
}

/// What a stored payload reads as today: the events as they would be written now (none, if it is
/// retired and dropped), or why it cannot be read.
pub type Reading = Result<Vec<StoredPayload>, String>;

/// All that the code linked into a process declares, and how it reads some payloads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Tells this form from later ones.
    pub protocol: u32,
    /// The events, sorted by name.
    pub events: Vec<DeclaredEvent>,
    /// A reading for each payload that was given, in order.
    pub readings: Vec<Reading>,
}
