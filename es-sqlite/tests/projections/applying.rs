//! Batches are applied: rows and place together, and what fails is set aside.

use std::error::Error;

use es_core::{
    HandlerKey, HandlerStore, ParkedStream, PlaceStage, Position, Saved, StoreErrorKind,
    Transactions,
};
use es_sqlite::SqliteTx;
use es_sqlite::rusqlite::{self, Connection};

use super::sample::*;
use crate::sample::stream;

#[tokio::test]
async fn rows_and_place_are_saved_together() {
    let (_folder, store) = open().await;
    let handler = balances::<1>();
    let fence = start(&store, &handler, PlaceStage::Live).await;
    assert_eq!(rows(&store).await, []);
    deposit(&store, "a", &[1, 2]).await;
    deposit(&store, "b", &[10]).await;
    let again = batch(&store, &handler, fence, 1000).await;
    let applied = store.apply(again.clone()).await.unwrap();
    assert_eq!((applied.saved, applied.failed), (Saved::Yes, vec![]));
    assert_eq!(rows(&store).await, [row("a", 3, 2), row("b", 10, 1)]);
    assert_eq!(place(&store, &handler.key()).await.position, Position(3));
    deposit(&store, "a", &[5]).await;
    assert_eq!(apply(&store, &handler, fence).await.saved, Saved::Yes);
    assert_eq!(rows(&store).await, [row("a", 8, 3), row("b", 10, 1)]);

    // Somebody else has the lease now, so nothing is handled.
    store.forget(&HandlerKey::new("nobody", 1)).await.unwrap();
    let key = handler.key();
    let holder = place(&store, &key).await.holder.unwrap();
    store.give_back(holder).await.unwrap();
    let next = lease(&store, &handler).await.unwrap();
    assert!(next > fence);
    let late = store.apply(again).await.unwrap();
    assert_eq!((late.saved, late.failed), (Saved::LeaseLost, vec![]));
    assert_eq!(rows(&store).await, [row("a", 8, 3), row("b", 10, 1)]);
    assert_eq!(place(&store, &key).await.position, Position(4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_is_set_aside_and_others_go_on() {
    for (amount, told) in [
        (-1, "as the test wants it"),
        (-2, "the handler panicked: as the test wants it"),
        (-3, "has ended the store's transaction"),
        (-4, "has ended the store's transaction"),
        (-5, "has ended the store's transaction"),
        (-6, "has ended the store's transaction"),
        (-7, "has ended the store's transaction"),
        (-9, "as the test wants it"),
        (WAITS, "write a plain `fn`"),
    ] {
        let (folder, store) = open().await;
        let handler = given::<1>(create_with_strays, add_but);
        let fence = start(&store, &handler, PlaceStage::Live).await;
        deposit(&store, "a", &[1, 2]).await;
        deposit(&store, "b", &[10, amount, 20]).await;
        deposit(&store, "c", &[-8, amount]).await;
        deposit(&store, "a", &[4]).await;
        let applied = apply(&store, &handler, fence).await;
        assert_eq!(applied.saved, Saved::Yes);
        assert_eq!(
            rows(&store).await,
            [row("a", 7, 3), row("b", 10, 1), row("c", -8, 1)],
            "{amount}"
        );
        let parked = store.parked(&handler.key()).await.unwrap();
        assert_eq!(parked, applied.failed);
        let [b, c] = &parked[..] else {
            panic!("{amount}: {parked:?}");
        };
        assert!(b.error.contains(told), "{amount}: {}", b.error);
        assert_eq!((&b.stream, b.version.0, b.position.0), (&stream("b"), 2, 4));
        assert_eq!((&c.stream, c.version.0, c.position.0), (&stream("c"), 2, 7));
        assert_eq!(b.event, "account.deposited");
        let found = place(&store, &handler.key()).await;
        assert_eq!((found.position, found.parked), (Position(8), 2));

        // The connection is as good as before, for projections and for appends.
        deposit(&store, "d", &[1]).await;
        assert_eq!(apply(&store, &handler, fence).await.failed, []);
        assert_eq!(rows(&store).await.len(), 4);
        store.close().await.unwrap();
        drop(folder);
    }
}

#[tokio::test]
async fn streams_are_set_aside_and_taken_up_with_the_batch() {
    let (_folder, store) = open().await;
    let handler = given::<1>(create_with_strays, add_but);
    let fence = start(&store, &handler, PlaceStage::Live).await;
    deposit(&store, "a", &[-1]).await;
    deposit(&store, "b", &[-1]).await;
    deposit(&store, "c", &[1]).await;
    let failed = apply(&store, &handler, fence).await.failed;
    assert_eq!(failed.len(), 2);
    deposit(&store, "b", &[-1]).await;
    // Both are taken up, but an event of b fails again; c is set aside with the batch.
    let aside = ParkedStream {
        stream: stream("c"),
        ..failed[0].clone()
    };
    let next = batch(&store, &handler, fence, 1000)
        .await
        .with_streams(vec![aside.clone()], vec![stream("a"), stream("b")]);
    let applied = store.apply(next).await.unwrap();
    assert_eq!(applied.failed.len(), 1);
    let mut parked = store.parked(&handler.key()).await.unwrap();
    parked.sort_by_key(|parked| parked.stream.id().to_owned());
    assert_eq!(parked, [applied.failed[0].clone(), aside]);
    assert_eq!(parked[0].version.0, 2);
}

#[tokio::test]
async fn a_failing_store_parks_nothing() {
    fn full(amount: i64, account: &str, tx: &mut SqliteTx<'_>) -> Done {
        add(amount, account, tx)?;
        #[derive(Debug)]
        struct Wrapped(rusqlite::Error);
        impl std::fmt::Display for Wrapped {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("wrapped")
            }
        }
        impl Error for Wrapped {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(&self.0)
            }
        }
        let code = rusqlite::ffi::SQLITE_FULL;
        let error = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        Err(Wrapped(error).into())
    }
    let (_folder, store) = open().await;
    let handler = given::<1>(create, full);
    let fence = start(&store, &handler, PlaceStage::Live).await;
    deposit(&store, "a", &[1]).await;
    let batch = batch(&store, &handler, fence, 10).await;
    let error = store.apply(batch).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Full, "{error}");
    assert_eq!(rows(&store).await, []);
    let found = place(&store, &handler.key()).await;
    assert_eq!((found.position, found.parked), (Position::START, 0));
}

#[tokio::test]
async fn a_broken_foreign_key_is_the_fault_of_its_event() {
    fn create(tx: &mut SqliteTx<'_>) -> Done {
        Ok(tx.execute_batch(&format!(
            "CREATE TABLE {owners} (id INTEGER PRIMARY KEY);
             CREATE TABLE {things} (owner INTEGER REFERENCES {owners} DEFERRABLE INITIALLY DEFERRED);
             INSERT INTO {owners} VALUES (1);",
            owners = tx.table("owners"),
            things = tx.table("things"),
        ))?)
    }
    fn on(amount: i64, _: &str, tx: &mut SqliteTx<'_>) -> Done {
        tx.execute(
            &format!("INSERT INTO {} VALUES (?1)", tx.table("things")),
            [amount],
        )?;
        Ok(())
    }
    let (_folder, store) = open().await;
    let handler = given::<1>(create, on);
    let fence = start(&store, &handler, PlaceStage::Live).await;
    deposit(&store, "a", &[1]).await;
    deposit(&store, "b", &[2, 1]).await;
    deposit(&store, "c", &[1]).await;
    let applied = apply(&store, &handler, fence).await;
    assert_eq!(applied.failed.len(), 1);
    assert_eq!(applied.failed[0].stream, stream("b"));
    assert!(
        applied.failed[0]
            .error
            .contains("foreign key of table `things`")
    );
    let count = |connection: &Connection| {
        connection.query_row("SELECT count(*) FROM things", [], |row| {
            row.get::<_, i64>(0)
        })
    };
    assert_eq!(store.read(count).await.unwrap(), 2);
}
