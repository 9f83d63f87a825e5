//! The code whose events are judged: linked into this process, or told by another.

use crate::error::SchemaError;
use es_core::schema::{Declaration, StoredPayload};

/// Code that declares events and reads stored payloads.
pub trait Code {
    /// All that it declares, and how it reads these payloads, in order.
    ///
    /// # Errors
    /// It cannot be asked.
    fn declare(&self, payloads: &[StoredPayload]) -> Result<Declaration, SchemaError>;
}

/// The code that is linked into this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Linked;

impl Code for Linked {
    fn declare(&self, payloads: &[StoredPayload]) -> Result<Declaration, SchemaError> {
        Ok(es_core::schema::declare(payloads))
    }
}
