//! What makes a schema unreadable, and where it stands.

use thiserror::Error;

/// Why a schema has no normal form.
///
/// ```
/// use es_schema::shape::{Problem, Shape};
///
/// let error = Shape::parse(&serde_json::json!({"properties": {"a": {"$ref": "#/$defs/Gone"}}})).unwrap_err();
/// assert_eq!(error.pointer, "/properties/a");
/// assert_eq!(error.problem, Problem::MissingReference("#/$defs/Gone".into()));
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("cannot read the schema at `{pointer}`: {problem}")]
pub struct SchemaError {
    /// A JSON pointer to the place in the schema, empty for its root.
    pub pointer: String,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a schema.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// A schema is an object, `true` or `false`.
    #[error("a schema must be an object or a boolean")]
    NotASchema,
    /// A keyword whose value has the wrong type.
    #[error("`{0}` has a value it cannot have")]
    Malformed(&'static str),
    /// A keyword, or a combination of keywords, that has no normal form.
    #[error("`{0}` is not supported")]
    Unsupported(&'static str),
    /// A `$ref` to a place that is not there, or outside of the document.
    #[error("`{0}` leads nowhere")]
    MissingReference(String),
    /// A `$ref` that leads to itself.
    #[error("`{0}` leads back to itself")]
    CyclicReference(String),
    /// Nested deeper than 64 levels.
    #[error("it is nested too deeply")]
    TooDeep,
    /// More than 20 000 places.
    #[error("it is too large")]
    TooLarge,
}
