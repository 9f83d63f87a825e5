//! The terms things happen under in a scenario: when, by whom, in which connection.

use es_core::Timestamp;

/// What the clock of a scenario shows until [`Given::at`](crate::Given::at) sets it:
/// 2026-01-01T00:00:00Z.
pub const START: Timestamp = Timestamp::constant(1_767_225_600, 0);

#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) now: Timestamp,
    pub(crate) actor: Option<String>,
    pub(crate) correlation_id: Option<String>,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            now: START,
            actor: None,
            correlation_id: None,
        }
    }
}

impl Terms {
    /// As a part of a failure's text; empty where nothing was said.
    pub(crate) fn told(&self) -> String {
        let mut told = String::new();
        if self.now != START {
            told += &format!(", at {}", self.now);
        }
        if let Some(actor) = &self.actor {
            told += &format!(", by {actor}");
        }
        if let Some(correlation_id) = &self.correlation_id {
            told += &format!(", correlation id {correlation_id}");
        }
        told
    }
}

/// A time, as [`Given::at`](crate::Given::at) takes it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a time",
    label = "not a time",
    note = "write it as text, `\"2026-01-02T00:00:00Z\"`, or pass a `jiff::Timestamp`"
)]
pub trait IntoTime {
    /// The time.
    ///
    /// # Errors
    /// The text is not that of a time.
    fn into_time(self) -> Result<Timestamp, String>;
}

impl IntoTime for Timestamp {
    fn into_time(self) -> Result<Timestamp, String> {
        Ok(self)
    }
}

impl IntoTime for &str {
    fn into_time(self) -> Result<Timestamp, String> {
        self.parse().map_err(|error| {
            format!("`{self}` is not a time: {error}; write it like `2026-01-02T00:00:00Z`")
        })
    }
}

impl IntoTime for String {
    fn into_time(self) -> Result<Timestamp, String> {
        self.as_str().into_time()
    }
}
