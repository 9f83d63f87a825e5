//! What came in on which day.

use es_core::prelude::*;
use es_sqlite::{SqliteTx, rusqlite};
use rusqlite::params;
use shop_domain::payment::{Refunded, Taken};

/// The table `revenue_per_day`: a day (UTC) a row.
#[derive(Default)]
pub struct RevenuePerDay;

#[projection(name = "revenue_per_day")]
impl RevenuePerDay {
    #[init]
    fn create(tx: &mut SqliteTx<'_>) -> rusqlite::Result<()> {
        tx.execute_batch(&format!(
            "CREATE TABLE {} (
                 day TEXT PRIMARY KEY,
                 payments INTEGER NOT NULL,
                 taken INTEGER NOT NULL,
                 refunded INTEGER NOT NULL
             ) STRICT;",
            tx.table("revenue_per_day"),
        ))
    }

    #[on]
    fn taken(&self, e: &Taken, at: &Metadata, tx: &mut SqliteTx<'_>) -> rusqlite::Result<()> {
        add(tx, at, 1, e.cents, 0)
    }

    #[on]
    fn refunded(&self, e: &Refunded, at: &Metadata, tx: &mut SqliteTx<'_>) -> rusqlite::Result<()> {
        add(tx, at, 0, 0, e.cents)
    }
}

/// Adds to a day's row.
fn add(
    tx: &SqliteTx<'_>,
    at: &Metadata,
    payments: i64,
    taken: u64,
    refunded: u64,
) -> rusqlite::Result<()> {
    let sql = format!(
        "INSERT INTO {} AS revenue (day, payments, taken, refunded) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (day) DO UPDATE SET
             payments = revenue.payments + excluded.payments,
             taken = revenue.taken + excluded.taken,
             refunded = revenue.refunded + excluded.refunded",
        tx.table("revenue_per_day")
    );
    let day = at.recorded_at.strftime("%Y-%m-%d").to_string();
    tx.prepare_cached(&sql)?.execute(params![
        day,
        payments,
        taken.cast_signed(),
        refunded.cast_signed()
    ])?;
    Ok(())
}
