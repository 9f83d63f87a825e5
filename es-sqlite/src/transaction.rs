//! The transaction that durable projections write in.

use std::cell::RefCell;
use std::fmt;
use std::ops::{Deref, DerefMut};

use es_core::{StoreTransaction, TransactionFamily};

/// The transactions of a [`SqliteStore`](crate::SqliteStore).
#[derive(Clone, Copy, Debug)]
pub enum Sqlite {}

impl TransactionFamily for Sqlite {
    type Transaction<'t> = SqliteTx<'t>;

    const NAME: &'static str = "es_sqlite::SqliteTx";
}

impl StoreTransaction for SqliteTx<'_> {
    type Family = Sqlite;
}

/// The transaction a durable projection writes in: a [`rusqlite::Transaction`], and the names of
/// the projection's tables.
///
/// What is written in it is there together with the projection's place, exactly once. It is the
/// store that commits it: `COMMIT` and `ROLLBACK` within a handler fail that handler, and nothing
/// of the transaction is kept. Savepoints are allowed.
///
/// See [the crate's documentation](crate) for an example.
pub struct SqliteTx<'t> {
    transaction: rusqlite::Transaction<'t>,
    /// What follows the plain name of a table.
    suffix: String,
    /// The plain names asked for, while tables are made.
    asked: Option<RefCell<Vec<String>>>,
}

impl<'t> SqliteTx<'t> {
    pub(crate) fn new(transaction: rusqlite::Transaction<'t>, suffix: String) -> Self {
        Self {
            transaction,
            suffix,
            asked: None,
        }
    }

    /// Notes the names asked for from now on.
    pub(crate) fn noting(mut self) -> Self {
        self.asked = Some(RefCell::default());
        self
    }

    /// The names asked for.
    pub(crate) fn asked(&mut self) -> Vec<String> {
        self.asked
            .take()
            .map(RefCell::into_inner)
            .unwrap_or_default()
    }

    pub(crate) fn into_inner(self) -> rusqlite::Transaction<'t> {
        self.transaction
    }

    /// The name in the file of the table with this plain name, as a quoted identifier to be put
    /// into SQL: `"balances__v2"` for `balances` in version 2 of the projection.
    ///
    /// Every version of a projection has tables of its own; readers use the plain name, which leads
    /// them to the version that serves. Name indexes and triggers this way too: their names must
    /// not meet those of another version either.
    ///
    /// ```
    /// # fn create(tx: &mut es_sqlite::SqliteTx<'_>) -> Result<(), es_sqlite::rusqlite::Error> {
    /// tx.execute_batch(&format!(
    ///     "CREATE TABLE {balances} (account TEXT PRIMARY KEY, amount INTEGER NOT NULL) STRICT;
    ///      CREATE INDEX {by_amount} ON {balances} (amount);",
    ///     balances = tx.table("balances"),
    ///     by_amount = tx.table("balances_by_amount"),
    /// ))
    /// # }
    /// ```
    pub fn table(&self, name: &str) -> String {
        if let Some(asked) = &self.asked {
            let mut asked = asked.borrow_mut();
            if !asked.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                asked.push(name.to_owned());
            }
        }
        quoted(&format!("{name}{}", self.suffix))
    }
}

/// A name as an identifier in SQL, whatever is in it.
pub(crate) fn quoted(name: &str) -> String {
    let mut quoted = String::with_capacity(name.len() + 2);
    quoted.push('"');
    for character in name.chars() {
        if character == '"' {
            quoted.push('"');
        }
        quoted.push(character);
    }
    quoted.push('"');
    quoted
}

impl<'t> Deref for SqliteTx<'t> {
    type Target = rusqlite::Transaction<'t>;

    fn deref(&self) -> &Self::Target {
        &self.transaction
    }
}

/// For savepoints.
impl DerefMut for SqliteTx<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.transaction
    }
}

impl fmt::Debug for SqliteTx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteTx")
            .field("suffix", &self.suffix)
            .finish_non_exhaustive()
    }
}
