//! A sample's file: a payload, and what it read as when it was recorded.

use crate::{canonical, error::FileError, file_name, json_file};
use es_core::schema::{Payload, StoredPayload};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A stored payload that today's code must read as it was read before.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The event's name on the wire.
    pub event: String,
    /// The version of the payload.
    pub version: u32,
    /// Tells it from the version's other samples.
    pub name: String,
    /// The payload.
    pub payload: Payload,
    /// What it read as when it was recorded; `None` until it is blessed.
    pub reads_as: Option<Vec<StoredPayload>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    payload: Payload,
    #[serde(skip_serializing_if = "Option::is_none")]
    reads_as: Option<Vec<StoredPayload>>,
}

impl Sample {
    /// Reads a file's text; `path` is for its name and for messages.
    ///
    /// # Errors
    /// Its name is not `<event>.v<N>.<name>.json`, or it is not a sample.
    pub fn parse(path: &Path, text: &str) -> Result<Self, FileError> {
        let file = path.file_name().and_then(|name| name.to_str());
        let Some((event, version, name)) = file.and_then(file_name::parse_sample) else {
            return Err(FileError::NameForm {
                path: path.into(),
                form: "`<event>.v<N>.<name>.json`",
            });
        };
        json_file::parse(path, text).map_err(|error| match error {
            FileError::Conflict { path, line } => FileError::ConflictOfSample { path, line },
            other => other,
        })?;
        // From the text itself: a `Value` does not hold every payload's digits.
        let content: Content =
            serde_json::from_str(text).map_err(|error| FileError::NotASample {
                path: path.into(),
                error: error.to_string(),
            })?;
        Ok(Self {
            event,
            version,
            name,
            payload: content.payload,
            reads_as: content.reads_as,
        })
    }

    /// The name of its file.
    pub fn file_name(&self) -> String {
        file_name::sample(&self.event, self.version, &self.name)
    }

    /// The text of its file.
    pub fn text(&self) -> String {
        canonical::pretty_exactly(&Content {
            payload: self.payload.clone(),
            reads_as: self.reads_as.clone(),
        })
    }

    /// The payload as it is stored.
    pub fn stored(&self) -> StoredPayload {
        StoredPayload {
            event: self.event.clone(),
            version: self.version,
            payload: self.payload.clone(),
        }
    }
}
