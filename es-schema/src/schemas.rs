//! Which directory is worked on, whose events it holds, and what counts as published.

use crate::scope::Scope;
use std::path::{Path, PathBuf};

/// A `schemas/` directory to check, bless or tell of.
#[derive(Clone, Debug)]
pub struct Schemas {
    pub(crate) path: PathBuf,
    pub(crate) scope: Scope,
    pub(crate) base: Option<String>,
}

impl Schemas {
    /// The directory at a path. It holds the events of the package beside whose `Cargo.toml` it
    /// stands; all that are linked in, if there is none.
    pub fn at(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref().to_owned();
        Self {
            scope: Scope::beside(&path),
            path,
            base: None,
        }
    }

    /// Whose events it holds.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// The git revision whose files are published; `HEAD` unless it is said. Outside a repository
    /// all files on disk are.
    pub fn base(mut self, revision: impl Into<String>) -> Self {
        self.base = Some(revision.into());
        self
    }
}
