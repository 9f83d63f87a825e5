//! The store keeps the contract of all stores.

use es_sqlite::SqliteStore;
use es_testkit::conformance::Fresh;

async fn fresh() -> Fresh {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("store.db"))
        .await
        .unwrap();
    Fresh::new(store).keeping(folder)
}

es_testkit::conformance_tests!(fresh);
