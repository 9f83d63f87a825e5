//! How far each order is.

use es_core::prelude::*;
use es_sqlite::{SqliteTx, rusqlite};
use rusqlite::params;
use shop_domain::cart::CheckedOut;
use shop_domain::order::{Cancelled, OrderId, Paid, Placed, Shipped, StockReserved};
use shop_domain::values::total;

/// The table `order_status`: an order a row, from the moment its cart is checked out.
#[derive(Default)]
pub struct OrderStatus;

#[projection(name = "order_status")]
impl OrderStatus {
    #[init]
    fn create(tx: &mut SqliteTx<'_>) -> rusqlite::Result<()> {
        tx.execute_batch(&format!(
            "CREATE TABLE {orders} (
                 id TEXT PRIMARY KEY,
                 customer TEXT NOT NULL,
                 status TEXT NOT NULL,
                 cents INTEGER NOT NULL,
                 reason TEXT,
                 tracking TEXT,
                 placed_at TEXT NOT NULL,
                 version INTEGER NOT NULL
             ) STRICT;
             CREATE INDEX {by_customer} ON {orders} (customer, placed_at);",
            orders = tx.table("order_status"),
            by_customer = tx.table("order_status_by_customer"),
        ))
    }

    #[on]
    fn checked_out(
        &self,
        e: &CheckedOut,
        at: &Metadata,
        tx: &mut SqliteTx<'_>,
    ) -> rusqlite::Result<()> {
        let sql = format!(
            "INSERT INTO {} (id, customer, status, cents, placed_at, version)
             VALUES (?1, ?2, 'received', ?3, ?4, 0)",
            tx.table("order_status")
        );
        let (id, cents, time) = (
            e.order.to_string(),
            total(&e.lines).cast_signed(),
            at.recorded_at.to_string(),
        );
        tx.prepare_cached(&sql)?
            .execute(params![id, e.customer, cents, time])?;
        Ok(())
    }

    #[on]
    fn placed(
        &self,
        e: &Placed,
        id: &OrderId,
        at: &Metadata,
        tx: &mut SqliteTx<'_>,
    ) -> rusqlite::Result<()> {
        let sql = format!(
            "INSERT INTO {} (id, customer, status, cents, placed_at, version)
             VALUES (?1, ?2, 'awaiting_stock', ?3, ?4, ?5)
             ON CONFLICT (id) DO UPDATE SET status = excluded.status, version = excluded.version",
            tx.table("order_status")
        );
        let (id, cents, time, version) = (
            id.to_string(),
            e.cents.cast_signed(),
            at.recorded_at.to_string(),
            at.version.0.cast_signed(),
        );
        tx.prepare_cached(&sql)?
            .execute(params![id, e.customer, cents, time, version])?;
        Ok(())
    }

    #[on]
    fn stock_reserved(
        &self,
        _: &StockReserved,
        at: &Metadata,
        tx: &mut SqliteTx<'_>,
    ) -> rusqlite::Result<()> {
        change(tx, at, "awaiting_payment", None, None)
    }

    #[on]
    fn paid(&self, _: &Paid, at: &Metadata, tx: &mut SqliteTx<'_>) -> rusqlite::Result<()> {
        change(tx, at, "paid", None, None)
    }

    #[on]
    fn shipped(&self, e: &Shipped, at: &Metadata, tx: &mut SqliteTx<'_>) -> rusqlite::Result<()> {
        change(tx, at, "shipped", None, Some(&e.tracking))
    }

    #[on]
    fn cancelled(
        &self,
        e: &Cancelled,
        at: &Metadata,
        tx: &mut SqliteTx<'_>,
    ) -> rusqlite::Result<()> {
        change(tx, at, "cancelled", Some(e.reason.to_string()), None)
    }
}

/// Changes an order's row.
fn change(
    tx: &SqliteTx<'_>,
    at: &Metadata,
    status: &str,
    reason: Option<String>,
    tracking: Option<&str>,
) -> rusqlite::Result<()> {
    let sql = format!(
        "UPDATE {} SET status = ?2, reason = ?3, tracking = ?4, version = ?5 WHERE id = ?1",
        tx.table("order_status")
    );
    let (id, version) = (at.stream.id(), at.version.0.cast_signed());
    tx.prepare_cached(&sql)?
        .execute(params![id, status, reason, tracking, version])?;
    Ok(())
}
