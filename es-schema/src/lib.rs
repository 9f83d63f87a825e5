//! The schemas of events as committed files: written once, held for good.
//!
//! A `schemas/` directory stands in the package that declares the events, one file a version.
//! [`Schemas`] works on it: [`check`](Schemas::check) tells whether today's code still reads all
//! that is published, [`bless`](Schemas::bless) publishes, [`diff`](Schemas::diff) tells the story,
//! [`asyncapi`](Schemas::asyncapi) and [`markdown`](Schemas::markdown) export. The code to be asked
//! is a [`Code`]: what is [`Linked`] into this process, or another process.
//!
//! Three doors lead here: [`build`] for a build script, [`assert_schemas`] for a test
//! (`es_testkit::assert_schemas!`), and the command line `cargo es schema`.
//!
//! Below them, on plain JSON Schemas and knowing nothing of an application:
//!
//! - [`shape`]: the normal form of a JSON Schema, so that only what matters is compared;
//! - [`compat`]: what changed between a published schema and today's, by rule, with a verdict for
//!   each reader and the annotation that repairs it;
//! - [`sample`]: sample payloads of a schema;
//! - [`report`]: findings for people, programs and GitHub.
//!
//! ```
//! use es_schema::compat::{Event, EventVersion, judge};
//! use es_schema::report::{Colour, Compatibility, Outcome, human};
//! use serde_json::json;
//!
//! let schema = |field: &str| json!({
//!     "type": "object", "properties": {field: {"type": "integer"}}, "required": [field],
//! });
//! let published = Event::new("card.issued", 1).version(1, EventVersion::of(schema("cents")));
//! let today = Event::new("card.issued", 1).version(1, EventVersion::of(schema("amount")));
//!
//! let findings = judge(&[published], &[today])?;
//! assert_eq!(Compatibility::Reads.outcome(&findings), Outcome::Broken);
//! let text = human(&findings, Compatibility::Reads, Colour::Never);
//! assert!(text.contains("add `#[upcast(1 => 2, rename(cents => amount))]`"));
//! # Ok::<(), es_schema::compat::JudgeError>(())
//! ```
#![deny(missing_docs)]

mod assert;
mod bless;
mod build;
mod canonical;
mod check;
mod code;
pub mod compat;
mod diff;
mod directory;
mod document;
mod error;
mod exceptions;
mod export;
pub mod file_name;
mod generated;
mod git;
mod json_file;
mod kept;
mod pointed;
pub mod report;
mod rules;
pub mod sample;
mod sample_file;
mod schemas;
mod scope;
mod settings;
pub mod shape;
mod subject;
mod tried;
mod verdict;

pub use assert::assert_schemas;
pub use bless::Blessed;
pub use build::{BuildError, build, try_build};
pub use check::{Outcome, Report};
pub use code::{Code, Linked};
pub use directory::Directory;
pub use document::{Document, OwnField};
pub use error::{FileError, SchemaError};
pub use exceptions::Accepted;
pub use rules::rules;
pub use sample_file::Sample;
pub use schemas::Schemas;
pub use scope::Scope;
pub use settings::{Allow, Settings};
pub use tried::{SampleFailure, SampleProblem};
