//! What changed between a published schema and today's, and whether it hurts.
//!
//! Two questions, on different pairs:
//!
//! - **reads**: does today's code decode what was published? The published schema against the one
//!   of today's *deserialize* contract. A break here loses stored events.
//! - **read-by**: does yesterday's code decode what today's writes? The published schema against
//!   the one of today's *serialize* contract. A break here hurts rolling deploys and other readers.
//!
//! [`compare`] answers both, one [`Change`] for what is one change; [`judge`] does so for all
//! events and versions, with the rules about events themselves.
//!
//! ```
//! use es_schema::compat::{Rule, Verdict, compare};
//! use es_schema::shape::Shape;
//! use serde_json::json;
//!
//! let published = Shape::parse(&json!({"type": "string", "enum": ["EUR", "USD"]}))?;
//! let today = Shape::parse(&json!({"type": "string", "enum": ["EUR", "USD", "CHF"]}))?;
//! let changes = compare(&published, &today, &today);
//!
//! assert_eq!(changes.len(), 1);
//! assert_eq!(changes[0].rule, Rule::EnumValueAdded);
//! assert_eq!(changes[0].reads, Verdict::Compatible);
//! assert_eq!(changes[0].read_by, Verdict::Breaks);
//! # Ok::<(), es_schema::shape::SchemaError>(())
//! ```

mod change;
mod combine;
mod event;
mod frozen;
mod judge;
mod object;
mod repair;
mod rule;
mod scalar;
mod union;
mod walk;
mod words;

pub use change::{Change, Verdict};
pub use combine::{compare, compare_read_by, compare_reads};
pub use event::{Event, EventVersion, Finding, JudgeError, OwnField};
pub use judge::judge;
pub(crate) use repair::LATER;
pub use rule::{Rule, UnknownRule};
