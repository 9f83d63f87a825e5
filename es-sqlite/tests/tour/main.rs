//! An application with read models and a reaction, from its first command to its own reads, as a
//! user writes it; and its scenarios.
//!
//! A test binary of its own: `discover()` finds this domain and no other.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../../../es-testkit/tests/account.rs"]
mod account;

use std::collections::HashMap;

use es_core::IntoId;
use es_core::prelude::*;
use es_sqlite::{SqliteStore, SqliteTx, rusqlite};
use es_testkit::prelude::*;
use rusqlite::Error;

use account::*;

/// A read model in memory.
#[derive(Default)]
pub struct Balances(HashMap<AccountId, u64>);

impl Balances {
    fn of(&self, id: impl IntoId<AccountId>) -> u64 {
        self.0.get(&id.into_id()).copied().unwrap_or_default()
    }
}

#[projection(name = "balances")]
impl Balances {
    #[on]
    fn opened(&mut self, _: &Opened, id: &AccountId) {
        self.0.insert(id.clone(), 0);
    }
    #[on]
    fn deposited(&mut self, e: &Deposited, id: &AccountId) {
        *self.0.entry(id.clone()).or_default() += e.amount;
    }
}

/// A read model in SQL, in the same transaction as its checkpoint: exactly once.
#[derive(Default)]
pub struct BalanceTable;

#[projection(name = "balance_table", version = 2)]
impl BalanceTable {
    #[init]
    fn create(tx: &mut SqliteTx<'_>) -> Result<(), Error> {
        let balances = tx.table("balances");
        tx.execute_batch(&format!(
            "CREATE TABLE {balances} (id TEXT PRIMARY KEY, amount INTEGER NOT NULL, at TEXT NOT NULL) STRICT"
        ))
    }
    #[on]
    fn deposited(
        &self,
        e: &Deposited,
        id: &AccountId,
        at: &Metadata,
        tx: &mut SqliteTx<'_>,
    ) -> Result<(), Error> {
        let balances = tx.table("balances");
        tx.execute(
            &format!(
                "INSERT INTO {balances} VALUES (?1, ?2, ?3)
                 ON CONFLICT (id) DO UPDATE SET amount = amount + ?2, at = ?3"
            ),
            (id.to_string(), e.amount, at.recorded_at.to_string()),
        )?;
        Ok(())
    }
}

/// Reacts to events with commands.
#[derive(Default)]
pub struct WelcomeBonus;

#[policy(name = "welcome_bonus")]
impl WelcomeBonus {
    #[on]
    fn opened(&self, _: &Opened, id: &AccountId) -> To<Deposit> {
        Deposit { amount: 10 }.to(id)
    }
}

async fn amount(store: &SqliteStore, id: &'static str) -> i64 {
    store
        .read(move |sql| {
            sql.query_row("SELECT amount FROM balances WHERE id = ?1", [id], |row| {
                row.get(0)
            })
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn read_models_and_reactions() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let store = SqliteStore::open(folder.path().join("bank.db")).await?;
    let app = App::builder(store.clone()).discover().start().await?; // everything annotated and linked in

    let id = AccountId::from("acc-1");
    let opened = app
        .send(
            &id,
            Open {
                owner: "Ada".into(),
            },
        )
        .await?;
    app.caught_up("welcome_bonus", opened.position).await?;
    let receipt = app.send(&id, Deposit { amount: 100 }).await?;
    app.caught_up("balances", receipt.position).await?; // read your own write
    assert_eq!(app.read::<Balances, _>(|b| b.of(&id))?, 110);
    app.caught_up("balance_table", receipt.position).await?;
    assert_eq!(amount(&store, "acc-1").await, 110);
    app.shutdown().await;

    // Each by its name.
    let app = App::builder(store.clone())
        .aggregate::<Account>()
        .projection(Balances::default())
        .projection(BalanceTable)
        .policy(WelcomeBonus)
        .start()
        .await?;
    assert_eq!(app.read::<Balances, _>(|b| b.of("acc-1"))?, 110);
    let map = app.model().to_mermaid();
    assert!(
        map.contains("event_account__opened --> policy_welcome_bonus"),
        "{map}"
    );
    assert!(
        map.contains("policy_welcome_bonus --> command_account__deposit"),
        "{map}"
    );
    app.shutdown().await;
    Ok(())
}

fn opened() -> Opened {
    Opened {
        owner: "Ada".into(),
        currency: Currency::Eur,
    }
}

#[test]
fn balances_add_up() {
    project(Balances::default())
        .given(stream("acc-1", (opened(), Deposited { amount: 5 })))
        .then(|b| assert_eq!(b.of("acc-1"), 5));
}

#[test]
fn who_opens_an_account_gets_a_bonus() {
    policy(WelcomeBonus)
        .when(stream("acc-1", opened()))
        .then(Deposit { amount: 10 }.to("acc-1"));
}

#[test]
fn the_table_adds_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    project_in(move || SqliteStore::open(path), BalanceTable)
        .given(stream("acc-1", (opened(), Deposited { amount: 5 })))
        .given(stream::<Account>("acc-2", Deposited { amount: 7 }).at("2026-01-02T00:00:00Z"))
        .given(stream(
            "acc-1",
            [Deposited { amount: 1 }, Deposited { amount: 2 }],
        ))
        .then(|store| async move {
            assert_eq!(amount(&store, "acc-1").await, 8);
            assert_eq!(amount(&store, "acc-2").await, 7);
        });
}
