//! The door for a test.

use crate::{Linked, Outcome, Schemas, Scope};
use std::path::Path;

/// Checks the events of a crate, by its name in Rust, against a `schemas/` directory. What lies
/// behind `es_testkit::assert_schemas!`, which names the crate, so that it is linked.
///
/// # Errors
/// The text to show: what breaks, what is not published, or why nothing can be said.
pub fn assert_schemas(crate_name: &str, schemas: impl AsRef<Path>) -> Result<(), String> {
    let checked = Schemas::at(schemas)
        .scope(Scope::Crate(crate_name.to_owned()))
        .check(&Linked);
    match checked {
        Ok(report) if report.outcome() == Outcome::Compatible => Ok(()),
        Ok(report) => Err(report.to_string()),
        Err(error) => Err(error.to_string()),
    }
}
