//! Queries over what projections have written.

use es_core::{PrepareError, StoreErrorKind, Transactions};
use es_sqlite::SqliteStore;

use super::sample::*;

#[tokio::test]
async fn a_query_that_fails_says_why() {
    let (_folder, store) = open().await;
    let sql = |sql: &'static str| store.read(move |connection| connection.execute_batch(sql));
    let error = sql("SELECT * FROM nowhere").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Other);
    assert!(
        error.to_string().contains("no such table: nowhere"),
        "{error}"
    );
    let error = sql("CREATE TABLE mine (x)").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::ReadOnly);
    assert!(
        error.to_string().contains("written by projections"),
        "{error}"
    );
    // A transaction left open does not stay so.
    sql("BEGIN; SELECT 1").await.unwrap();
    sql("BEGIN; SELECT 1; COMMIT").await.unwrap();
    store.close().await.unwrap();
    let error = sql("SELECT 1").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Closed);
    let error = store.prepare(balances::<1>()).await.unwrap_err();
    assert!(matches!(error, PrepareError::Store(error) if error.kind() == StoreErrorKind::Closed));
}

#[test]
fn without_a_runtime_it_works_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let store = block_on(SqliteStore::open(folder.path().join("store.db"))).unwrap();
    block_on(store.prepare(balances::<1>())).unwrap();
    block_on(store.read(|connection| connection.execute_batch("SELECT * FROM balances"))).unwrap();
}

/// These futures are never pending.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}
