//! Reading a JSON file that people merge and edit.

use crate::error::FileError;
use serde_json::Value;
use std::path::Path;

/// Parses a file's text.
pub(crate) fn parse(path: &Path, text: &str) -> Result<Value, FileError> {
    serde_json::from_str(text).map_err(|error| match conflict(text) {
        Some(line) => FileError::Conflict {
            path: path.into(),
            line,
        },
        None => FileError::NotJson {
            path: path.into(),
            error: error.to_string(),
        },
    })
}

/// The line of the first conflict marker.
pub(crate) fn conflict(text: &str) -> Option<usize> {
    let marker = |line: &str| line.starts_with("<<<<<<<") || line.starts_with(">>>>>>>");
    text.lines().position(marker).map(|line| line + 1)
}
