//! The tables of projections: made, compared, and exchanged for those of another version.

use es_core::prelude::*;
use es_core::{
    Batch, DurableHandler, Fence, HandlerStore, MemoryStore, PlaceStage, PrepareError, Saved,
    Transactions,
};
use es_sqlite::rusqlite::Connection;
use es_sqlite::{Sqlite, SqliteStore, SqliteTx};

use super::sample::*;

async fn refused(store: &SqliteStore, handler: DurableHandler) -> String {
    match store.prepare(handler).await {
        Err(PrepareError::Tables(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_init_makes_is_compared_at_every_start() {
    let (folder, store) = open().await;
    let path = folder.path().join("store.db");
    store.prepare(balances::<2>()).await.unwrap();
    store.prepare(balances::<2>()).await.unwrap();
    assert_eq!(
        names(&path),
        ["balances", "balances__v2", "balances_by_amount__v2"]
    );
    // Spaces and comments do not matter.
    fn spaced(tx: &mut SqliteTx<'_>) -> Done {
        Ok(tx.execute_batch(&format!(
            "CREATE INDEX IF NOT EXISTS {by_amount} ON {balances} ( amount )",
            balances = {
                tx.execute_batch(&format!(
                    "CREATE  TABLE {} -- one row an account
                 (account TEXT PRIMARY KEY, amount INTEGER NOT NULL,
                  events INTEGER NOT NULL) STRICT",
                    tx.table("balances")
                ))?;
                tx.table("balances")
            },
            by_amount = tx.table("balances_by_amount"),
        ))?)
    }
    store.prepare(given::<2>(spaced, add)).await.unwrap();
    fn without_index(tx: &mut SqliteTx<'_>) -> Done {
        Ok(tx.execute_batch(&format!(
            "CREATE TABLE {} (account TEXT PRIMARY KEY, amount INTEGER NOT NULL, events INTEGER NOT NULL) STRICT",
            tx.table("balances")
        ))?)
    }
    let text = refused(&store, given::<2>(without_index, add)).await;
    assert_eq!(
        text,
        "`#[init]` of projection balances makes other tables than those of its version 2 (the index `balances_by_amount` is gone): raise `version` to 3, so that they are built anew"
    );
    fn other_column(tx: &mut SqliteTx<'_>) -> Done {
        create(tx)?;
        Ok(tx.execute_batch(&format!(
            "ALTER TABLE {} ADD COLUMN note TEXT",
            tx.table("balances")
        ))?)
    }
    let text = refused(&store, given::<2>(other_column, add)).await;
    assert!(
        text.contains("raise `version` to 3") && text.contains("note TEXT"),
        "{text}"
    );
    fn one_more(tx: &mut SqliteTx<'_>) -> Done {
        create(tx)?;
        Ok(tx.execute_batch(&format!("CREATE TABLE {} (x)", tx.table("more")))?)
    }
    let text = refused(&store, given::<2>(one_more, add)).await;
    assert!(text.contains("the table `more` is new"), "{text}");
    assert_eq!(
        names(&path),
        ["balances", "balances__v2", "balances_by_amount__v2"],
        "the comparison has left something"
    );

    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch("ALTER TABLE balances__v2 ADD COLUMN mine TEXT")
        .unwrap();
    let text = refused(&store, balances::<2>()).await;
    assert!(
        text.contains("its table `balances__v2` was changed") && text.contains("mine TEXT"),
        "{text}"
    );
    assert!(
        text.contains("raise the projection's `version` to 3"),
        "{text}"
    );
    connection.execute_batch("DROP TABLE balances__v2").unwrap();
    let text = refused(&store, balances::<2>()).await;
    assert!(
        text.contains("its table `balances__v2` is not there any more"),
        "{text}"
    );
    connection.execute_batch("DROP VIEW balances").unwrap();
    store.prepare(balances::<3>()).await.unwrap();
    assert_eq!(rows(&store).await, []);
}

#[tokio::test]
async fn names_that_are_taken_are_refused() {
    let (folder, store) = open().await;
    let path = folder.path().join("store.db");
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch("CREATE TABLE Balances (mine)")
        .unwrap();
    let text = refused(&store, balances::<1>()).await;
    assert!(
        text.contains("cannot have a table `balances`: there is a table of that name"),
        "{text}"
    );
    connection
        .execute_batch("DROP TABLE Balances; CREATE VIEW balances AS SELECT 1")
        .unwrap();
    let text = refused(&store, balances::<1>()).await;
    assert!(text.contains("there is a view of that name"), "{text}");
    connection
        .execute_batch("DROP VIEW balances; CREATE TABLE balances__v1 (mine)")
        .unwrap();
    let text = refused(&store, balances::<1>()).await;
    assert!(
        text.contains("`balances__v1`") && text.contains("drop or rename it"),
        "{text}"
    );
    connection.execute_batch("DROP TABLE balances__v1").unwrap();
    assert_eq!(names(&path), Vec::<String>::new(), "something was left");

    fn own_name(tx: &mut SqliteTx<'_>) -> Done {
        create(tx)?;
        Ok(tx.execute_batch(&format!(
            "CREATE INDEX mine ON {} (events)",
            tx.table("balances")
        ))?)
    }
    let text = refused(&store, given::<1>(own_name, add)).await;
    assert!(
        text.contains("the index `mine`") && text.contains("`tx.table(\"mine\")`"),
        "{text}"
    );

    store.prepare(balances::<1>()).await.unwrap();
    let others = DurableHandler::new::<Sqlite, _>(Given::<2, 'o'> {
        init: create,
        on: add,
    });
    let text = refused(&store, others).await;
    assert!(
        text.contains("projection balances has one of that name"),
        "{text}"
    );
    let others = DurableHandler::new::<Sqlite, _>(Given::<1, 'o'> {
        init: create,
        on: add,
    });
    let text = refused(&store, others).await;
    assert!(text.contains("`balances__v1`"), "{text}");
}

#[tokio::test]
async fn an_init_that_fails_leaves_nothing() {
    let (folder, store) = open().await;
    let inits: [(Init, &str); 5] = [
        (
            |tx| {
                create(tx)?;
                Err("no more".into())
            },
            "no more",
        ),
        (
            |tx| {
                create(tx)?;
                panic!("no more")
            },
            "panicked: no more",
        ),
        (
            |tx| {
                create(tx)?;
                Ok(tx.execute_batch("COMMIT")?)
            },
            "has ended the store's transaction",
        ),
        (
            |tx| {
                create(tx)?;
                Ok(tx.execute_batch("ROLLBACK; BEGIN")?)
            },
            "has ended the store's transaction",
        ),
        (
            |tx| Ok(tx.execute_batch("CREATE NONSENSE")?),
            "syntax error",
        ),
    ];
    for (init, told) in inits {
        match store.prepare(given::<1>(init, add)).await {
            Err(PrepareError::Init(error)) => assert!(error.to_string().contains(told), "{error}"),
            other => panic!("{other:?}"),
        }
        assert_eq!(names(&folder.path().join("store.db")), Vec::<String>::new());
    }
    store.prepare(balances::<1>()).await.unwrap();
}

#[tokio::test]
async fn odd_names_are_names_all_the_same() {
    fn create(tx: &mut SqliteTx<'_>) -> Done {
        for name in ["select", "with space", "a\"b", "ünï", "semi;colon'"] {
            tx.execute_batch(&format!("CREATE TABLE {} (x)", tx.table(name)))?;
        }
        Ok(())
    }
    fn on(amount: i64, _: &str, tx: &mut SqliteTx<'_>) -> Done {
        tx.execute(
            &format!("INSERT INTO {} VALUES (?1)", tx.table("a\"b")),
            [amount],
        )?;
        Ok(())
    }
    let (_folder, store) = open().await;
    let handler = given::<1>(create, on);
    let fence = start(&store, &handler, PlaceStage::Live).await;
    store.prepare(handler.clone()).await.unwrap();
    deposit(&store, "a", &[7]).await;
    assert_eq!(apply(&store, &handler, fence).await.failed, []);
    let read = |connection: &Connection| {
        connection.query_row("SELECT x FROM \"a\"\"b\"", [], |row| row.get::<_, i64>(0))
    };
    assert_eq!(store.read(read).await.unwrap(), 7);
    let next = given::<2>(create, on);
    let fence = start(&store, &next, PlaceStage::Building).await;
    assert_eq!(
        store.promote(next.clone(), fence).await.unwrap(),
        Saved::Yes
    );
    store.read(read).await.unwrap_err();
    store.forget(&next.key()).await.unwrap();
}

#[tokio::test]
async fn a_new_version_is_built_beside_the_old_and_takes_its_place() {
    let (folder, store) = open().await;
    let path = folder.path().join("store.db");
    fn create_old(tx: &mut SqliteTx<'_>) -> Done {
        create(tx)?;
        Ok(tx.execute_batch(&format!("CREATE TABLE {} (x)", tx.table("old_balances")))?)
    }
    let old = given::<1>(create_old, add_but);
    let new = given::<2>(create, |amount, account, tx| add(amount * 100, account, tx));
    let fence = start(&store, &old, PlaceStage::Live).await;
    deposit(&store, "a", &[1, 2]).await;
    deposit(&store, "b", &[-1]).await;
    assert_eq!(apply(&store, &old, fence).await.failed.len(), 1);
    let new_fence = start(&store, &new, PlaceStage::Building).await;
    apply(&store, &new, new_fence).await;
    assert_eq!(rows(&store).await, [row("a", 3, 2)], "the old one serves");
    store.prepare(old.clone()).await.unwrap();

    let lost = store.promote(new.clone(), fence).await.unwrap();
    assert_eq!(lost, Saved::LeaseLost);
    assert_eq!(rows(&store).await, [row("a", 3, 2)], "the old one serves");
    let promoted = store.promote(new.clone(), new_fence).await.unwrap();
    assert_eq!(promoted, Saved::Yes);
    let expected = [row("a", 300, 2), row("b", -100, 1)];
    assert_eq!(rows(&store).await, expected);
    let left = ["balances", "balances__v2", "balances_by_amount__v2"];
    assert_eq!(names(&path), left);
    let places = store.places().await.unwrap();
    assert_eq!(places.len(), 1);
    assert_eq!(
        (&places[0].key, places[0].stage),
        (&new.key(), PlaceStage::Live)
    );
    assert_eq!(store.parked(&old.key()).await.unwrap(), []);
    let late = batch_of_none(&old, fence).await;
    assert_eq!(store.apply(late).await.unwrap().saved, Saved::LeaseLost);
    // Again, as after a crash before anyone knew.
    let again = store.promote(new.clone(), new_fence).await.unwrap();
    assert_eq!(again, Saved::Yes);
    assert_eq!(rows(&store).await, expected);

    // Back to the older release: it is built anew beside the one that serves.
    let fence = start(&store, &old, PlaceStage::Building).await;
    assert_eq!(rows(&store).await, expected);
    apply(&store, &old, fence).await;
    store.promote(old.clone(), fence).await.unwrap();
    assert_eq!(rows(&store).await, [row("a", 3, 2)]);

    store.forget(&old.key()).await.unwrap();
    assert_eq!(names(&path), Vec::<String>::new());
    assert_eq!(store.places().await.unwrap(), []);
    store.prepare(old).await.unwrap();
}

async fn batch_of_none(handler: &DurableHandler, fence: Fence) -> Batch {
    let app = App::builder(MemoryStore::new())
        .aggregate::<Account>()
        .start()
        .await
        .unwrap();
    let now = jiff::Timestamp::now();
    Batch::by_hand(
        handler.clone(),
        fence,
        es_core::Page::new(),
        app.registry(),
        now,
    )
    .unwrap()
}
