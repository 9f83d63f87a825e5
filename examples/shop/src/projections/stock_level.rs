//! How many pieces of each article there are.

use es_core::prelude::*;
use es_sqlite::{SqliteTx, rusqlite};
use rusqlite::params;
use shop_domain::stock::{Picked, Received, Released, Reserved};

/// The table `stock_level`: an article a row.
#[derive(Default)]
pub struct StockLevel;

#[projection(name = "stock_level")]
impl StockLevel {
    #[init]
    fn create(tx: &mut SqliteTx<'_>) -> rusqlite::Result<()> {
        tx.execute_batch(&format!(
            "CREATE TABLE {} (
                 sku TEXT PRIMARY KEY,
                 on_hand INTEGER NOT NULL,
                 reserved INTEGER NOT NULL,
                 version INTEGER NOT NULL
             ) STRICT;",
            tx.table("stock_level"),
        ))
    }

    #[on]
    fn received(&self, e: &Received, at: &Metadata, tx: &mut SqliteTx<'_>) -> rusqlite::Result<()> {
        add(tx, at, i64::from(e.pieces), 0)
    }

    #[on]
    fn reserved(&self, e: &Reserved, at: &Metadata, tx: &mut SqliteTx<'_>) -> rusqlite::Result<()> {
        add(tx, at, 0, i64::from(e.pieces))
    }

    #[on]
    fn released(&self, e: &Released, at: &Metadata, tx: &mut SqliteTx<'_>) -> rusqlite::Result<()> {
        add(tx, at, 0, -i64::from(e.pieces))
    }

    #[on]
    fn picked(&self, e: &Picked, at: &Metadata, tx: &mut SqliteTx<'_>) -> rusqlite::Result<()> {
        add(tx, at, -i64::from(e.pieces), -i64::from(e.pieces))
    }
}

/// Adds to an article's row.
fn add(tx: &SqliteTx<'_>, at: &Metadata, on_hand: i64, reserved: i64) -> rusqlite::Result<()> {
    let sql = format!(
        "INSERT INTO {} AS level (sku, on_hand, reserved, version) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (sku) DO UPDATE SET
             on_hand = level.on_hand + excluded.on_hand,
             reserved = level.reserved + excluded.reserved,
             version = excluded.version",
        tx.table("stock_level")
    );
    let (sku, version) = (at.stream.id(), at.version.0.cast_signed());
    tx.prepare_cached(&sql)?
        .execute(params![sku, on_hand, reserved, version])?;
    Ok(())
}
