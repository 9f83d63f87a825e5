//! The read models, given what happened.

use es_sqlite::SqliteStore;
use es_testkit::prelude::*;
use shop::projections::{BestSellers, OrderStatus, RevenuePerDay, StockLevel};
use shop::read_models;
use shop_domain::cart::{Cart, CheckedOut};
use shop_domain::order::{CancelReason, Cancelled, Paid, Placed, Shipped, StockReserved};
use shop_domain::payment::{Payment, Refunded, Taken};
use shop_domain::stock::{Picked, Received, Released, Reserved};
use shop_domain::values::{Address, Line};

/// Opens a store in a folder that is gone with the test.
async fn open() -> Result<SqliteStore, es_core::StoreError> {
    let folder = tempfile::tempdir().unwrap();
    // The file lives on while it is open.
    SqliteStore::open(folder.keep().join("shop.db")).await
}

fn lines() -> Vec<Line> {
    let line = |sku: &str, pieces, unit_cents| Line {
        sku: sku.into(),
        pieces,
        unit_cents,
    };
    vec![line("mug", 2, 1500), line("pot", 1, 4000)]
}

fn address() -> Address {
    Address {
        name: "Ada".into(),
        street: "12 St James's Square".into(),
        city: "London".into(),
    }
}

fn checked_out(order: &str) -> CheckedOut {
    CheckedOut {
        order: order.into(),
        customer: "ada".into(),
        lines: lines(),
        address: address(),
        payment_method: "card-4242".into(),
    }
}

fn placed() -> Placed {
    Placed {
        customer: "ada".into(),
        lines: lines(),
        cents: 7000,
        address: address(),
        payment_method: "card-4242".into(),
    }
}

fn stock_reserved() -> StockReserved {
    StockReserved {
        cents: 7000,
        payment_method: "card-4242".into(),
    }
}

fn paid(order: &str) -> Paid {
    Paid {
        payment: order.into(),
        lines: lines(),
        address: address(),
    }
}

#[test]
fn order_status_tells_how_far_orders_are() {
    let shipped = Shipped {
        tracking: "P1".into(),
    };
    let cancelled = Cancelled {
        reason: CancelReason::OutOfStock { sku: "mug".into() },
        reserved: Vec::new(),
    };
    project_in(open, OrderStatus)
        .given(stream::<Cart>("o-1", checked_out("o-1")))
        .given(stream(
            "o-1",
            (placed(), stock_reserved(), paid("o-1"), shipped),
        ))
        .given(stream::<Cart>("o-2", checked_out("o-2")).at("2026-01-02T00:00:00Z"))
        .given(stream("o-2", (placed(), cancelled)).at("2026-01-02T00:00:01Z"))
        .given(stream::<Cart>("o-3", checked_out("o-3")).at("2026-01-03T00:00:00Z"))
        .then(async |store| {
            let orders = read_models::orders(&store, Some("ada".into()), 10);
            let orders = orders.await.unwrap();
            let told: Vec<_> = orders
                .iter()
                .map(|order| (&*order.id, &*order.status, order.version))
                .collect();
            assert_eq!(
                told,
                [
                    ("o-3", "received", 0),
                    ("o-2", "cancelled", 2),
                    ("o-1", "shipped", 4)
                ]
            );
            let reason = orders[1].reason.as_deref();
            assert_eq!(reason, Some("mug is out of stock"));
            assert_eq!(orders[2].tracking.as_deref(), Some("P1"));
            let others = read_models::orders(&store, Some("bob".into()), 10).await;
            assert_eq!(others.unwrap(), []);
            let one = read_models::order_by_id(&store, "o-1".into()).await;
            assert_eq!(one.unwrap().as_ref(), Some(&orders[2]));
        });
}

#[test]
fn stock_level_tells_what_there_is() {
    let (pieces, order) = (3, || "o-1".into());
    let reserved = || Reserved {
        order: order(),
        pieces,
    };
    let released = Released {
        order: order(),
        pieces,
    };
    let picked = Picked {
        order: order(),
        pieces,
    };
    project_in(open, StockLevel)
        .given(stream(
            "mug",
            (Received { pieces: 5 }, reserved(), released),
        ))
        .given(stream("pot", (Received { pieces: 5 }, reserved(), picked)))
        .given(stream("mug", reserved()))
        .then(async |store| {
            let stock = read_models::all_stock(&store, 10).await.unwrap();
            let told: Vec<_> = stock
                .iter()
                .map(|row| {
                    (
                        &*row.sku,
                        row.on_hand,
                        row.reserved,
                        row.available,
                        row.version,
                    )
                })
                .collect();
            assert_eq!(told, [("mug", 5, 3, 2, 4), ("pot", 2, 0, 2, 3)]);
        });
}

#[test]
fn best_sellers_tells_what_was_paid_for() {
    project_in(open, BestSellers)
        .given(stream("o-1", (placed(), paid("o-1"))))
        .given(stream("o-2", paid("o-2")))
        .given(stream("o-3", placed()))
        .then(async |store| {
            let sellers = read_models::best_sellers(&store, 10).await.unwrap();
            let told: Vec<_> = sellers
                .iter()
                .map(|row| (&*row.sku, row.pieces, row.cents))
                .collect();
            assert_eq!(told, [("mug", 4, 6000), ("pot", 2, 8000)]);
        });
}

#[test]
fn revenue_tells_what_came_in_by_day() {
    let taken = |order: &str, cents| Taken {
        order: order.into(),
        cents,
        reference: "r".into(),
    };
    let refunded = |order: &str, cents| Refunded {
        order: order.into(),
        cents,
    };
    project_in(open, RevenuePerDay)
        .given(stream::<Payment>("o-1", taken("o-1", 100)).at("2026-01-01T23:59:59.999Z"))
        .given(stream::<Payment>("o-2", taken("o-2", 20)).at("2026-01-02T00:00:00Z"))
        .given(stream::<Payment>("o-3", taken("o-3", 5)).at("2026-01-02T23:00:00Z"))
        .given(stream::<Payment>("o-2", refunded("o-2", 20)).at("2026-01-02T23:00:00Z"))
        .then(async |store| {
            let days = read_models::revenue_per_day(&store, 10).await.unwrap();
            let told: Vec<_> = days
                .iter()
                .map(|row| (&*row.day, row.payments, row.taken, row.refunded))
                .collect();
            assert_eq!(told, [("2026-01-02", 2, 25, 20), ("2026-01-01", 1, 100, 0)]);
        });
}
