//! A saved state of an aggregate. It only ever saves time: it can be thrown away at any moment.

use crate::stream::Version;

/// A state as JSON, with the version it was taken at and the fingerprint of the shape it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The last record the state includes.
    pub version: Version,
    /// Fingerprint of the aggregate's fields, rules and `snapshot(version = …)`. A snapshot with
    /// another fingerprint than the code's is ignored and later overwritten.
    pub fingerprint: u64,
    /// The state as JSON text.
    pub state: String,
}
