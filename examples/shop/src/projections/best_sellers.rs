//! What is bought most.

use es_core::prelude::*;
use es_sqlite::{SqliteTx, rusqlite};
use rusqlite::params;
use shop_domain::order::Paid;

/// The table `best_sellers`: an article that was ever paid for a row.
#[derive(Default)]
pub struct BestSellers;

#[projection(name = "best_sellers")]
impl BestSellers {
    #[init]
    fn create(tx: &mut SqliteTx<'_>) -> rusqlite::Result<()> {
        tx.execute_batch(&format!(
            "CREATE TABLE {sellers} (
                 sku TEXT PRIMARY KEY,
                 pieces INTEGER NOT NULL,
                 cents INTEGER NOT NULL
             ) STRICT;
             CREATE INDEX {by_pieces} ON {sellers} (pieces DESC, sku);",
            sellers = tx.table("best_sellers"),
            by_pieces = tx.table("best_sellers_by_pieces"),
        ))
    }

    #[on]
    fn paid(&self, e: &Paid, tx: &mut SqliteTx<'_>) -> rusqlite::Result<()> {
        let sql = format!(
            "INSERT INTO {} AS seller (sku, pieces, cents) VALUES (?1, ?2, ?3)
             ON CONFLICT (sku) DO UPDATE SET
                 pieces = seller.pieces + excluded.pieces,
                 cents = seller.cents + excluded.cents",
            tx.table("best_sellers")
        );
        let mut statement = tx.prepare_cached(&sql)?;
        for line in &e.lines {
            let (sku, cents) = (line.sku.to_string(), line.cents().cast_signed());
            statement.execute(params![sku, line.pieces, cents])?;
        }
        Ok(())
    }
}
