//! The store that commands on event handlers look into: an SQLite file, often one that an application
//! is using.

use std::path::{Path, PathBuf};

use es_core::{
    EventStore, HandlerKey, HandlerPlace, HandlerStore, Position, StoreError, Timestamp,
};
use es_sqlite::SqliteStore;

/// Why a command on event handlers could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No store is named.
    #[error("which store? name its file with `--store FILE`")]
    NoStore,
    /// The file is none, or cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store keeps no place of this handler.
    #[error("{} keeps no place of a handler `{name}`{}; {}", .store.display(), of_version(*.version), list(.known))]
    NoHandler {
        /// The store's file.
        store: PathBuf,
        /// The name that was given.
        name: String,
        /// The version that was given.
        version: Option<u32>,
        /// The handlers there are.
        known: Vec<HandlerKey>,
    },
    /// The handler has no such stream set aside.
    #[error("{what}; {parked}")]
    NotParked {
        /// What was asked for.
        what: String,
        /// What there is instead.
        parked: String,
    },
    /// It was not said that it is meant.
    #[error("nothing is done yet: {what}; say that it is meant with `--yes`")]
    NotSure {
        /// What would be done.
        what: String,
    },
    /// The answer cannot be printed.
    #[error("cannot print: {0}")]
    Print(#[from] std::io::Error),
    /// The system refuses what waiting takes.
    #[error("cannot start: {0}")]
    Runtime(std::io::Error),
}

impl Error {
    /// The exit code: 1 if what was named is not there, 2 if the store or the input is unusable.
    pub fn code(&self) -> u8 {
        match self {
            Self::NoHandler { .. } | Self::NotParked { .. } => 1,
            Self::NoStore
            | Self::Store(_)
            | Self::NotSure { .. }
            | Self::Print(_)
            | Self::Runtime(_) => 2,
        }
    }
}

fn of_version(version: Option<u32>) -> String {
    version.map_or_else(String::new, |version| format!(" of version {version}"))
}

fn list(known: &[HandlerKey]) -> String {
    match known {
        [] => "it keeps none at all".to_owned(),
        some => {
            let some: Vec<_> = some.iter().map(ToString::to_string).collect();
            format!("it has {}", some.join(", "))
        }
    }
}

/// Does something with the store in a file, which is left as it is.
pub(crate) fn with<T>(
    file: &Path,
    work: impl AsyncFnOnce(&SqliteStore) -> Result<T, Error>,
) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(Error::Runtime)?;
    runtime.block_on(async {
        let store = SqliteStore::options().open_as_it_is(file).await?;
        let done = work(&store).await;
        store.close().await?;
        done
    })
}

/// The handlers at one moment.
pub(crate) struct Look {
    /// The position of the last event.
    pub(crate) last: Position,
    pub(crate) places: Vec<HandlerPlace>,
}

/// Looks at all handlers.
pub(crate) async fn look(store: &SqliteStore) -> Result<Look, Error> {
    // In this order: a handler may be ahead of what was the end a moment ago, never behind it.
    let last = store.last_position().await?;
    let places = store.places().await?;
    Ok(Look { last, places })
}

/// The places of a handler, one a version, or of that version only.
///
/// # Errors
/// There is none.
pub(crate) async fn of_handler(
    store: &SqliteStore,
    name: &str,
    version: Option<u32>,
) -> Result<Vec<HandlerPlace>, Error> {
    let (meant, others): (Vec<_>, Vec<_>) = store.places().await?.into_iter().partition(|place| {
        place.key.name == name && version.is_none_or(|version| version == place.key.version)
    });
    if meant.is_empty() {
        return Err(Error::NoHandler {
            store: store.path().to_owned(),
            name: name.to_owned(),
            version,
            known: others.into_iter().map(|place| place.key).collect(),
        });
    }
    Ok(meant)
}

/// Who runs a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lease {
    /// A process.
    Held,
    /// No process: it was given back, or never taken.
    Free,
    /// No process, as it seems: it was not renewed in time. One that is busy for long may still.
    RanOut,
}

impl Lease {
    pub(crate) fn of(place: &HandlerPlace, now: Timestamp) -> Self {
        match (place.holder, place.leased_until) {
            (None, _) => Self::Free,
            (Some(_), Some(until)) if until > now => Self::Held,
            (Some(_), _) => Self::RanOut,
        }
    }
}
