//! The embedded event store of `es`: one SQLite file, durable, with grouped commits.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! use es_core::{EventStore, Position};
//! use es_sqlite::SqliteStore;
//!
//! let folder = tempfile::tempdir().unwrap();
//! let store = SqliteStore::open(folder.path().join("bank.db")).await.unwrap();
//! assert_eq!(store.last_position().await.unwrap(), Position::START);
//! store.close().await.unwrap();
//! # }
//! ```
//!
//! # What is in the file
//! Payloads are JSON text, so the `sqlite3` shell can query them; the view `event_log` shows the
//! events with readable ids and times:
//!
//! ```sql
//! SELECT recorded_at, stream_id, name, payload ->> '$.amount' FROM event_log
//! WHERE category = 'account' ORDER BY position DESC LIMIT 20;
//! ```
//!
//! Events can be neither changed nor deleted through SQL: triggers refuse it.
//!
//! # Projections into SQL
//! A durable projection writes its rows in the store's own transaction, together with the place it
//! has come to: each event counts once, whatever is killed when. It takes a [`SqliteTx`], which is
//! rusqlite's transaction (re-exported as [`rusqlite`]) and names the projection's tables:
//!
//! ```
//! use es_sqlite::{SqliteTx, rusqlite};
//!
//! /// `#[init]` of a projection.
//! fn create(tx: &mut SqliteTx<'_>) -> Result<(), rusqlite::Error> {
//!     let balances = tx.table("balances");
//!     tx.execute_batch(&format!(
//!         "CREATE TABLE {balances} (account TEXT PRIMARY KEY, amount INTEGER NOT NULL) STRICT"
//!     ))
//! }
//!
//! /// `#[on]` of it, where it has the event and the account's id.
//! fn deposited(amount: i64, id: &str, tx: &mut SqliteTx<'_>) -> Result<(), rusqlite::Error> {
//!     let sql = format!(
//!         "INSERT INTO {} VALUES (?1, ?2) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
//!         tx.table("balances")
//!     );
//!     tx.prepare_cached(&sql)?.execute((id, amount))?;
//!     Ok(())
//! }
//! ```
//!
//! Readers use the plain name, `balances`, with [`SqliteStore::read`] or from the `sqlite3` shell:
//! it is a view of the version that serves. Another `version` of the projection gets tables of its
//! own, is built beside the old one, and takes over the names once it has caught up. What `#[init]`
//! makes may change with the version only; every start compares.
//!
//! # How it works
//! Appends that wait at the same moment are committed in one transaction, so that they share the
//! cost of reaching the disk; each still succeeds or conflicts on its own. An append into an idle
//! store is committed on the thread that asks for it, which saves the way to another thread and
//! back; so is a small read. Where the disk turns out slow (more than about a millisecond), both
//! move to threads of their own.
//!
//! Several processes may use one file. They see each other's events within about 150 ms.
//!
//! Networked file systems are no place for such a file: SQLite's locks and its shared memory do
//! not work there.
// Errors carry the stream and the condition they name, and are rare.
#![allow(clippy::result_large_err)]

mod checkpoint;
mod connection;
mod desk;
mod error;
mod group;
mod ids;
mod news;
mod options;
mod pace;
mod places;
mod projections;
mod queue;
mod read;
mod readers;
mod recent;
mod schema;
mod store;
mod transaction;
mod work;

pub use options::{Durability, SqliteOptions};
pub use rusqlite;
pub use store::SqliteStore;
pub use transaction::{Sqlite, SqliteTx};
