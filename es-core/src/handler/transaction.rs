//! Projections into the store: handlers over the store's own transactions.

use std::fmt;

use crate::handler::{Delivery, HandlerError, Projection};
use crate::store::BoxFuture;

/// A store's transactions, whatever their lifetime: `SqliteTx<'t>` for every `'t`.
pub trait TransactionFamily: Send + Sync + 'static {
    /// The transaction.
    type Transaction<'t>;

    /// The name of the transaction's type, for messages.
    const NAME: &'static str;
}

/// A transaction of a store, as projections take it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the transaction of a store",
    label = "not a transaction",
    note = "a durable projection takes the transaction of its store: `&mut es_sqlite::SqliteTx<'_>`, say"
)]
pub trait StoreTransaction {
    /// Its family.
    type Family: TransactionFamily;
}

/// A store whose transactions wait without blocking, so that handlers over them may be `async`.
#[diagnostic::on_unimplemented(
    message = "a handler over the transactions of `{Self}` cannot be `async`",
    note = "its transactions block and may not be held while others run: write a plain `fn`"
)]
pub trait AsyncTransactions: TransactionFamily {}

/// What a handler does: at once, or in a while.
pub enum Reaction<'a, T = ()> {
    /// It is done.
    Done(Result<T, HandlerError>),
    /// It will be.
    Pending(BoxFuture<'a, Result<T, HandlerError>>),
}

impl<T> Reaction<'_, T> {
    /// Waits until it is done.
    ///
    /// # Errors
    /// The handler's.
    pub async fn finish(self) -> Result<T, HandlerError> {
        match self {
            Self::Done(result) => result,
            Self::Pending(future) => future.await,
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Reaction<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(result) => f.debug_tuple("Done").field(result).finish(),
            Self::Pending(_) => f.write_str("Pending"),
        }
    }
}

/// A projection into the store, in transactions of the family `F`. `#[projection]` writes it.
pub trait Durable<F: TransactionFamily>: Projection {
    /// Makes its tables.
    fn init<'a, 't>(&'a self, tx: &'a mut F::Transaction<'t>) -> Reaction<'a>
    where
        't: 'a;

    /// Handles the event at this place of [`HandlerMeta::on`](crate::HandlerMeta::on).
    fn on<'a, 't>(
        &'a self,
        place: usize,
        delivery: Delivery<'_>,
        tx: &'a mut F::Transaction<'t>,
    ) -> Reaction<'a>
    where
        't: 'a;
}
