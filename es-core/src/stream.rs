//! Where a record stands: its stream, its version in the stream, its position in the store.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of a stream: the category (the aggregate's name) and the aggregate's id as text.
///
/// It prints as `category/id`. The two parts are kept apart, so an id may hold any character.
///
/// ```
/// use es_core::StreamName;
///
/// let stream = StreamName::new("account", "acc-1");
/// assert_eq!(stream.to_string(), "account/acc-1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StreamName {
    category: Cow<'static, str>,
    id: String,
}

impl StreamName {
    /// Names the stream of the aggregate `id` in `category`.
    pub fn new(category: impl Into<Cow<'static, str>>, id: impl Into<String>) -> Self {
        Self {
            category: category.into(),
            id: id.into(),
        }
    }

    /// The category: for an aggregate's stream, the aggregate's name.
    pub fn category(&self) -> &str {
        &self.category
    }

    /// The aggregate's id as text.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.category, self.id)
    }
}

/// The number of a record within its stream. The first record is version 1; 0 means "no record".
///
/// ```
/// use es_core::Version;
///
/// assert_eq!(Version::NONE.next(), Version(1));
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Version(pub u64);

impl Version {
    /// The version of a stream without records.
    pub const NONE: Self = Self(0);

    /// The version that follows this one (stays at `u64::MAX` there).
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The place of a record in the whole store. Positions grow and may have gaps; 0 is before the
/// first record.
///
/// ```
/// use es_core::Position;
///
/// assert!(Position::START < Position(1));
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Position(pub u64);

impl Position {
    /// Before the first record.
    pub const START: Self = Self(0);
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
