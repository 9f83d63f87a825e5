//! Findings as text: for people, for programs, for GitHub's checks.

mod github;
mod human;
mod json;

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::compat::{Finding, Verdict};

pub use github::github;
pub(crate) use github::github_command;
pub use human::human;
pub(crate) use human::{counted, listing};
pub(crate) use json::document;
pub use json::json;

/// Which breaks fail the check: `compatibility` in `schemas/es.toml`.
///
/// ```
/// use es_schema::report::Compatibility;
///
/// assert_eq!("full".parse(), Ok(Compatibility::Full));
/// assert_eq!(Compatibility::default(), Compatibility::Reads);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compatibility {
    /// Today's code reads all that is published.
    #[default]
    Reads,
    /// And yesterday's code reads all that today's writes.
    Full,
}

/// A word that is neither `reads` nor `full`.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("compatibility is `reads` or `full`, not `{0}`")]
pub struct UnknownCompatibility(pub String);

impl FromStr for Compatibility {
    type Err = UnknownCompatibility;

    fn from_str(word: &str) -> Result<Self, UnknownCompatibility> {
        match word {
            "reads" => Ok(Self::Reads),
            "full" => Ok(Self::Full),
            other => Err(UnknownCompatibility(other.to_owned())),
        }
    }
}

/// Whether text is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    #[default]
    Never,
    /// ANSI colours.
    Always,
}

/// What a check comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing breaks that must not.
    Holds,
    /// Something does.
    Broken,
}

impl Compatibility {
    /// Whether findings break what must hold.
    ///
    /// ```
    /// use es_schema::report::{Compatibility, Outcome};
    ///
    /// assert_eq!(Compatibility::Full.outcome(&[]), Outcome::Holds);
    /// ```
    pub fn outcome(self, findings: &[Finding]) -> Outcome {
        let broken = findings
            .iter()
            .any(|finding| self.severity(finding) == Verdict::Breaks);
        if broken {
            Outcome::Broken
        } else {
            Outcome::Holds
        }
    }

    /// How much a finding weighs: a break that need not fail the check is a warning.
    pub fn severity(self, finding: &Finding) -> Verdict {
        let read_by = match self {
            Self::Full => finding.change.read_by,
            Self::Reads => finding.change.read_by.min(Verdict::Warns),
        };
        finding.change.reads.max(read_by)
    }
}

/// Numbers of findings by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Count {
    breaking: usize,
    warning: usize,
    compatible: usize,
}

impl Count {
    fn of(findings: &[Finding], compatibility: Compatibility) -> Self {
        let mut count = Self::default();
        for finding in findings {
            match compatibility.severity(finding) {
                Verdict::Breaks => count.breaking += 1,
                Verdict::Warns => count.warning += 1,
                Verdict::Compatible | Verdict::NotApplicable => count.compatible += 1,
            }
        }
        count
    }
}

/// The pointer as people read it: the payload itself has an empty one.
fn shown(pointer: &str) -> &str {
    if pointer.is_empty() { "/" } else { pointer }
}
