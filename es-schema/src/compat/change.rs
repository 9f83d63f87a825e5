//! A change and its verdicts.

use std::fmt;

use serde::Serialize;

use super::rule::Rule;

/// Whether a change hurts a reader; ordered by severity.
///
/// ```
/// use es_schema::compat::Verdict;
///
/// assert!(Verdict::Breaks > Verdict::Warns && Verdict::Warns > Verdict::Compatible);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing was asked of this reader.
    NotApplicable,
    /// All that is written can be read.
    Compatible,
    /// It can be read, and may not mean what it meant.
    Warns,
    /// Something that is written cannot be read.
    Breaks,
}

impl Verdict {
    /// Compatible if this holds, and breaking if not.
    pub(crate) fn when(holds: bool) -> Self {
        if holds {
            Self::Compatible
        } else {
            Self::Breaks
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotApplicable => "not judged",
            Self::Compatible => "ok",
            Self::Warns => "warns",
            Self::Breaks => "breaks",
        })
    }
}

/// One change of a payload's schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What it is called.
    pub rule: Rule,
    /// Where: a JSON pointer into the payload's schema with references inlined,
    /// `/properties/owner`. A variant's step is its name, `/oneOf/Card`, not its place.
    pub pointer: String,
    /// What changed, in one sentence.
    pub what: String,
    /// Whether today's code reads what was published.
    pub reads: Verdict,
    /// Whether yesterday's code reads what today's writes.
    pub read_by: Verdict,
    /// What repairs it: the annotation to write.
    pub repair: Option<String>,
}

impl Change {
    /// Of a renamed field, where it is now.
    pub(crate) fn renamed_to(&self) -> Option<String> {
        if self.rule != Rule::FieldRenamed {
            return None;
        }
        let (above, _) = self.pointer.rsplit_once('/')?;
        let (_, new) = self.what.rsplit_once("is `")?;
        let (new, _) = new.split_once('`')?;
        Some(format!(
            "{above}/{}",
            new.replace('~', "~0").replace('/', "~1")
        ))
    }
}

/// A change found by one comparison, with what tells it from others at the same place.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) change: Change,
    /// The same in both comparisons if it is the same change: `presence`, a value, a keyword.
    pub(crate) subject: String,
}
