//! Steps that bring an old version of an event up to the next: what generated chains call.

use std::error::Error;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;

use crate::event::{DecodeError, read_payload};

/// Why a step failed: whatever `?` can turn into it.
pub type UpcastError = Box<dyn Error + Send + Sync>;

/// The outcome of a step that begins at version `from`.
///
/// # Errors
/// The step failed.
#[inline]
pub fn stepped<T>(from: u32, outcome: Result<T, UpcastError>) -> Result<T, DecodeError> {
    outcome.map_err(|error| failed(from, &*error))
}

#[cold]
fn failed(from: u32, error: &(dyn Error + Send + Sync)) -> DecodeError {
    DecodeError::Upcast {
        from,
        reason: error.to_string(),
    }
}

/// What the function of a `with` or `json` step returns: the next version, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "the function of this step does not return the next version, `{Next}`",
    label = "this function returns `{Self}`",
    note = "return `{Next}`, or a `Result` of it"
)]
pub trait StepOutput<Next> {
    /// As a result.
    ///
    /// # Errors
    /// The function's own.
    fn into_outcome(self) -> Result<Next, UpcastError>;
}

#[diagnostic::do_not_recommend]
impl<T> StepOutput<T> for T {
    #[inline]
    fn into_outcome(self) -> Result<T, UpcastError> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T, E: Into<UpcastError>> StepOutput<T> for Result<T, E> {
    #[inline]
    fn into_outcome(self) -> Result<T, UpcastError> {
        self.map_err(Into::into)
    }
}

/// What a `with` step reads an old version as.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the shape of an old version",
    label = "needs `Deserialize` and `JsonSchema`",
    note = "derive both on it"
)]
pub trait PastShape: Sized {
    /// Reads a payload.
    ///
    /// # Errors
    /// The payload does not fit.
    fn read(payload: &[u8]) -> Result<Self, DecodeError>;

    /// Its schema, with its definitions beside it.
    fn schema(generator: &mut SchemaGenerator) -> Schema;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema> PastShape for T {
    fn read(payload: &[u8]) -> Result<Self, DecodeError> {
        read_payload(payload)
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// What a `json` step made, as the next version.
///
/// # Errors
/// It does not fit the next version.
pub fn read_stepped<T: DeserializeOwned>(
    from: u32,
    value: serde_json::Value,
) -> Result<T, DecodeError> {
    serde_path_to_error::deserialize(value).map_err(|error| DecodeError::Upcast {
        from,
        reason: format!("what it made does not fit the next version: {error}"),
    })
}
