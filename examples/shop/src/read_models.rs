//! Reading the read models: the tables of the projections, by their plain names.

use es_core::StoreError;
use es_sqlite::SqliteStore;
use es_sqlite::rusqlite::{self, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An order.
#[derive(Serialize, Deserialize, ToSchema, Clone, Debug, PartialEq, Eq)]
pub struct OrderRow {
    /// Its number.
    pub id: String,
    /// Who ordered.
    pub customer: String,
    /// `received`, `awaiting_stock`, `awaiting_payment`, `paid`, `shipped` or `cancelled`.
    pub status: String,
    /// What it costs, in cents.
    pub cents: u64,
    /// Why it is cancelled.
    pub reason: Option<String>,
    /// The parcel's number, once it is shipped.
    pub tracking: Option<String>,
    /// When its cart was checked out.
    pub placed_at: String,
    /// The version of the order; 0 until it is placed.
    pub version: u64,
}

/// How many pieces of an article there are.
#[derive(Serialize, Deserialize, ToSchema, Clone, Debug, PartialEq, Eq)]
pub struct StockRow {
    /// The article.
    pub sku: String,
    /// The pieces that lie there.
    pub on_hand: u64,
    /// Those of them that are kept for orders.
    pub reserved: u64,
    /// Those that are not.
    pub available: u64,
    /// The version of the stock.
    pub version: u64,
}

/// What was sold of an article.
#[derive(Serialize, Deserialize, ToSchema, Clone, Debug, PartialEq, Eq)]
pub struct SellerRow {
    /// The article.
    pub sku: String,
    /// How many pieces were paid for.
    pub pieces: u64,
    /// What they cost together, in cents.
    pub cents: u64,
}

/// What came in on a day.
#[derive(Serialize, Deserialize, ToSchema, Clone, Debug, PartialEq, Eq)]
pub struct RevenueRow {
    /// The day, in UTC: `2026-01-02`.
    pub day: String,
    /// How many payments were taken.
    pub payments: u64,
    /// What they brought, in cents.
    pub taken: u64,
    /// What was given back, in cents.
    pub refunded: u64,
}

fn order(row: &Row<'_>) -> rusqlite::Result<OrderRow> {
    Ok(OrderRow {
        id: row.get("id")?,
        customer: row.get("customer")?,
        status: row.get("status")?,
        cents: number(row, "cents")?,
        reason: row.get("reason")?,
        tracking: row.get("tracking")?,
        placed_at: row.get("placed_at")?,
        version: number(row, "version")?,
    })
}

fn stock(row: &Row<'_>) -> rusqlite::Result<StockRow> {
    let (on_hand, reserved) = (number(row, "on_hand")?, number(row, "reserved")?);
    Ok(StockRow {
        sku: row.get("sku")?,
        on_hand,
        reserved,
        available: on_hand.saturating_sub(reserved),
        version: number(row, "version")?,
    })
}

fn seller(row: &Row<'_>) -> rusqlite::Result<SellerRow> {
    Ok(SellerRow {
        sku: row.get("sku")?,
        pieces: number(row, "pieces")?,
        cents: number(row, "cents")?,
    })
}

fn revenue(row: &Row<'_>) -> rusqlite::Result<RevenueRow> {
    Ok(RevenueRow {
        day: row.get("day")?,
        payments: number(row, "payments")?,
        taken: number(row, "taken")?,
        refunded: number(row, "refunded")?,
    })
}

/// SQLite's integers are signed; none of those kept here is negative.
fn number(row: &Row<'_>, column: &str) -> rusqlite::Result<u64> {
    row.get::<_, i64>(column).map(i64::cast_unsigned)
}

/// An order, if there is one of this number.
///
/// # Errors
/// What went wrong in the store.
pub async fn order_by_id(store: &SqliteStore, id: String) -> Result<Option<OrderRow>, StoreError> {
    let read = move |connection: &rusqlite::Connection| {
        connection
            .prepare_cached("SELECT * FROM order_status WHERE id = ?1")?
            .query_row([id], order)
            .optional()
    };
    store.read(read).await
}

/// The newest orders: of a customer, or of all.
///
/// # Errors
/// What went wrong in the store.
pub async fn orders(
    store: &SqliteStore,
    customer: Option<String>,
    limit: u32,
) -> Result<Vec<OrderRow>, StoreError> {
    let read = move |connection: &rusqlite::Connection| {
        let sql = match customer {
            Some(_) => {
                "SELECT * FROM order_status WHERE customer = ?1
                 ORDER BY placed_at DESC, id LIMIT ?2"
            }
            None => {
                "SELECT * FROM order_status WHERE ?1 IS NULL ORDER BY placed_at DESC, id LIMIT ?2"
            }
        };
        connection
            .prepare_cached(sql)?
            .query_map(params![customer, limit], order)?
            .collect()
    };
    store.read(read).await
}

/// The stock of an article, if any ever came in.
///
/// # Errors
/// What went wrong in the store.
pub async fn stock_of(store: &SqliteStore, sku: String) -> Result<Option<StockRow>, StoreError> {
    let read = move |connection: &rusqlite::Connection| {
        connection
            .prepare_cached("SELECT * FROM stock_level WHERE sku = ?1")?
            .query_row([sku], stock)
            .optional()
    };
    store.read(read).await
}

/// The stock of all articles, the scarcest first.
///
/// # Errors
/// What went wrong in the store.
pub async fn all_stock(store: &SqliteStore, limit: u32) -> Result<Vec<StockRow>, StoreError> {
    let read = move |connection: &rusqlite::Connection| {
        connection
            .prepare_cached("SELECT * FROM stock_level ORDER BY on_hand - reserved, sku LIMIT ?1")?
            .query_map([limit], stock)?
            .collect()
    };
    store.read(read).await
}

/// What is bought most, most pieces first.
///
/// # Errors
/// What went wrong in the store.
pub async fn best_sellers(store: &SqliteStore, limit: u32) -> Result<Vec<SellerRow>, StoreError> {
    let read = move |connection: &rusqlite::Connection| {
        connection
            .prepare_cached("SELECT * FROM best_sellers ORDER BY pieces DESC, sku LIMIT ?1")?
            .query_map([limit], seller)?
            .collect()
    };
    store.read(read).await
}

/// What came in, the newest day first.
///
/// # Errors
/// What went wrong in the store.
pub async fn revenue_per_day(
    store: &SqliteStore,
    limit: u32,
) -> Result<Vec<RevenueRow>, StoreError> {
    let read = move |connection: &rusqlite::Connection| {
        connection
            .prepare_cached("SELECT * FROM revenue_per_day ORDER BY day DESC LIMIT ?1")?
            .query_map([limit], revenue)?
            .collect()
    };
    store.read(read).await
}
