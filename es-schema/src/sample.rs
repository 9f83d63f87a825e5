//! Sample payloads of a schema: the smallest, the fullest, and one for each branch.

mod branch;
mod text;
mod value;

use serde_json::Value;

use crate::shape::{SchemaError, Shape};

/// A payload that a schema allows.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// What it shows: `smallest`, `fullest`, `currency-eur`. Letters, digits and `-`, so fit for
    /// a file's name, and the same for the same schema.
    pub name: String,
    /// The payload.
    pub payload: Value,
}

/// Payloads that a schema allows, each another: first the smallest, then the fullest, then one
/// for each branch of its enums and options, 64 at most.
///
/// Constraints and formats are honoured as well as they can be: a `pattern` by one string that
/// matches it, combinations of `pattern` and lengths not at all. A type that has no finite value
/// has no sample.
///
/// ```
/// use serde_json::json;
///
/// let samples = es_schema::sample::samples(&json!({
///     "type": "object",
///     "properties": {"currency": {"enum": ["EUR", "USD"]}, "note": {"type": ["string", "null"]}},
///     "required": ["currency"],
/// }))?;
/// let names: Vec<_> = samples.iter().map(|sample| sample.name.as_str()).collect();
/// assert_eq!(names, ["smallest", "fullest", "currency-usd", "note-null"]);
/// assert_eq!(samples[0].payload, json!({"currency": "EUR"}));
/// # Ok::<(), es_schema::shape::SchemaError>(())
/// ```
///
/// # Errors
/// If the schema cannot be read.
pub fn samples(schema: &Value) -> Result<Vec<Sample>, SchemaError> {
    Ok(branch::samples(&Shape::parse(schema)?))
}
