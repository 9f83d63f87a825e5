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
mod export;
pub mod file_name;
mod generated;
mod git;
mod json_file;
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
pub use sample_file::Sample;
pub use schemas::Schemas;
pub use scope::Scope;
pub use settings::{Allow, Settings};
pub use tried::{SampleFailure, SampleProblem};
