//! What the read models and the effects of the policies have to be, computed from the events of a
//! store alone.

use std::collections::BTreeMap;

use es_core::{AllQuery, Detail, EventStore, NameFilter, Position};
use serde_json::Value;
use shop::read_models::{self, OrderRow, RevenueRow, SellerRow, StockRow};
use shop::service::Shop;

/// All that happened in a shop.
#[derive(Default)]
pub(crate) struct Replay {
    orders: BTreeMap<String, OrderRow>,
    stock: BTreeMap<String, StockRow>,
    sellers: BTreeMap<String, SellerRow>,
    revenue: BTreeMap<String, RevenueRow>,
    /// The articles and pieces of each order.
    lines: BTreeMap<String, Vec<(String, u64)>>,
    /// How often an event of this name concerned this order, and this article (or none).
    counts: BTreeMap<(String, String, String), u32>,
}

fn text(payload: &Value, field: &str) -> String {
    payload[field].as_str().expect(field).to_owned()
}

fn number(payload: &Value, field: &str) -> u64 {
    payload[field].as_u64().expect(field)
}

fn lines(payload: &Value) -> Vec<(String, u64, u64)> {
    let lines = payload["lines"].as_array().unwrap().iter();
    lines
        .map(|line| {
            let (pieces, unit) = (number(line, "pieces"), number(line, "unit_cents"));
            (text(line, "sku"), pieces, pieces * unit)
        })
        .collect()
}

impl Replay {
    /// Reads all events.
    pub(crate) async fn of(shop: &Shop) -> Self {
        let mut replay = Self::default();
        let mut after = Position::START;
        loop {
            let page = shop
                .store
                .read_all(AllQuery {
                    after,
                    limit: 1000,
                    names: NameFilter::All,
                    categories: None,
                    detail: Detail::Full,
                })
                .await
                .unwrap();
            let Some(last) = page.last() else {
                return replay;
            };
            after = last.position();
            for record in page.iter() {
                let payload: Value = serde_json::from_slice(record.payload()).unwrap();
                let at = record.metadata().unwrap();
                let time = at.recorded_at.to_string();
                replay.add(record.name(), at.stream.id(), at.version.0, &time, &payload);
            }
        }
    }

    fn count(&mut self, event: &str, order: &str, sku: &str) {
        let key = (event.to_owned(), order.to_owned(), sku.to_owned());
        *self.counts.entry(key).or_default() += 1;
    }

    fn counted(&self, event: &str, order: &str, sku: &str) -> u32 {
        let key = (event.to_owned(), order.to_owned(), sku.to_owned());
        self.counts.get(&key).copied().unwrap_or_default()
    }

    fn change(&mut self, id: &str, version: u64, status: &str) -> &mut OrderRow {
        let order = self.orders.get_mut(id).expect(id);
        status.clone_into(&mut order.status);
        order.version = version;
        order
    }

    fn add(&mut self, name: &str, id: &str, version: u64, time: &str, payload: &Value) {
        if let Some(event) = name.strip_prefix("stock.") {
            self.add_stock(event, id, version, payload);
        } else if let Some(event) = name.strip_prefix("payment.") {
            self.add_payment(event, time, payload);
        } else if name.starts_with("order.") || name.starts_with("shipment.") {
            self.count(name, id, "");
        }
        match name {
            "cart.checked_out" => {
                self.count(name, id, "");
                let order = OrderRow {
                    id: id.to_owned(),
                    customer: text(payload, "customer"),
                    status: "received".to_owned(),
                    cents: lines(payload).iter().map(|(_, _, cents)| cents).sum(),
                    reason: None,
                    tracking: None,
                    placed_at: time.to_owned(),
                    version: 0,
                };
                self.orders.insert(id.to_owned(), order);
                let lines = lines(payload).into_iter();
                let lines = lines.map(|(sku, pieces, _)| (sku, pieces)).collect();
                self.lines.insert(id.to_owned(), lines);
            }
            "order.placed" => {
                self.change(id, version, "awaiting_stock");
            }
            "order.stock_reserved" => {
                self.change(id, version, "awaiting_payment");
            }
            "order.paid" => {
                self.change(id, version, "paid");
                for (sku, pieces, cents) in lines(payload) {
                    let empty = SellerRow {
                        sku: sku.clone(),
                        pieces: 0,
                        cents: 0,
                    };
                    let seller = self.sellers.entry(sku).or_insert(empty);
                    seller.pieces += pieces;
                    seller.cents += cents;
                }
            }
            "order.shipped" => {
                self.change(id, version, "shipped").tracking = Some(text(payload, "tracking"));
            }
            "order.cancelled" => {
                let reason: shop_domain::order::CancelReason =
                    serde_json::from_value(payload["reason"].clone()).unwrap();
                self.change(id, version, "cancelled").reason = Some(reason.to_string());
            }
            _ => {}
        }
    }

    fn add_stock(&mut self, event: &str, sku: &str, version: u64, payload: &Value) {
        let empty = StockRow {
            sku: sku.to_owned(),
            on_hand: 0,
            reserved: 0,
            available: 0,
            version: 0,
        };
        let stock = self.stock.entry(sku.to_owned()).or_insert(empty);
        let pieces = number(payload, "pieces");
        match event {
            "received" => stock.on_hand += pieces,
            "reserved" => stock.reserved += pieces,
            "released" => stock.reserved -= pieces,
            "picked" => {
                stock.on_hand -= pieces;
                stock.reserved -= pieces;
            }
            _ => panic!("{event}"),
        }
        assert!(stock.reserved <= stock.on_hand, "{sku} was sold twice");
        stock.available = stock.on_hand - stock.reserved;
        stock.version = version;
        if event != "received" {
            let order = text(payload, "order");
            self.count(&format!("stock.{event}"), &order, sku);
            let lines = self.lines.get(&order).expect(&order);
            assert!(lines.contains(&(sku.to_owned(), pieces)), "{order} {sku}");
        }
    }

    fn add_payment(&mut self, event: &str, time: &str, payload: &Value) {
        let order = text(payload, "order");
        self.count(&format!("payment.{event}"), &order, "");
        if event == "declined" {
            return;
        }
        let day = time[..10].to_owned();
        let empty = RevenueRow {
            day: day.clone(),
            payments: 0,
            taken: 0,
            refunded: 0,
        };
        let revenue = self.revenue.entry(day).or_insert(empty);
        match event {
            "taken" => {
                revenue.payments += 1;
                revenue.taken += number(payload, "cents");
            }
            "refunded" => revenue.refunded += number(payload, "cents"),
            _ => panic!("{event}"),
        }
    }

    /// The read models are what the events say.
    pub(crate) async fn assert_read_models(&self, shop: &Shop) {
        fn sorted<T: Clone>(expected: &BTreeMap<String, T>) -> Vec<T> {
            expected.values().cloned().collect()
        }
        let all = u32::MAX;
        let mut orders = read_models::orders(&shop.store, None, all).await.unwrap();
        orders.sort_by(|a, b| a.id.cmp(&b.id));
        assert_eq!(orders, sorted(&self.orders));
        let mut stock = read_models::all_stock(&shop.store, all).await.unwrap();
        stock.sort_by(|a, b| a.sku.cmp(&b.sku));
        assert_eq!(stock, sorted(&self.stock));
        let mut sellers = read_models::best_sellers(&shop.store, all).await.unwrap();
        sellers.sort_by(|a, b| a.sku.cmp(&b.sku));
        assert_eq!(sellers, sorted(&self.sellers));
        let mut revenue = read_models::revenue_per_day(&shop.store, all)
            .await
            .unwrap();
        revenue.sort_by(|a, b| a.day.cmp(&b.day));
        assert_eq!(revenue, sorted(&self.revenue));
    }

    /// Each order, with nothing left to follow: every effect of a policy is there exactly once, or
    /// exactly not.
    pub(crate) fn assert_effects(&self) -> Effects {
        let mut effects = Effects::default();
        for (order, lines) in &self.lines {
            let count = |event: &str| self.counted(event, order, "");
            assert_eq!(count("cart.checked_out"), 1, "{order}");
            assert_eq!(count("order.placed"), 1, "{order}");
            let (paid, cancelled) = (count("order.paid"), count("order.cancelled"));
            assert_eq!(paid + cancelled, 1, "{order}: paid or cancelled");
            assert_eq!(count("shipment.requested"), paid, "{order}");
            let dispatched = count("shipment.dispatched");
            assert!(dispatched <= paid, "{order}");
            assert_eq!(count("order.shipped"), dispatched, "{order}");
            let (taken, declined) = (count("payment.taken"), count("payment.declined"));
            assert_eq!(count("order.stock_reserved"), taken + declined, "{order}");
            assert_eq!(taken, paid + count("payment.refunded"), "{order}");
            assert!(taken + declined <= 1, "{order}");
            for (sku, _) in lines {
                let count = |event: &str| self.counted(event, order, sku);
                let (reserved, released) = (count("stock.reserved"), count("stock.released"));
                assert!(reserved <= 1, "{order} {sku}");
                if paid == 1 {
                    assert_eq!((reserved, released), (1, 0), "{order} {sku}");
                } else {
                    assert_eq!(reserved, released, "{order} {sku}");
                }
                assert_eq!(count("stock.picked"), dispatched, "{order} {sku}");
                effects.reservations += reserved;
            }
            effects.orders += 1;
            effects.payments += taken;
            effects.cancelled += cancelled;
            effects.shipped += dispatched;
        }
        effects
    }

    /// Whether the order is there.
    pub(crate) fn has(&self, order: &str) -> bool {
        self.lines.contains_key(order)
    }
}

/// What there was to check.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Effects {
    pub(crate) orders: u32,
    pub(crate) reservations: u32,
    pub(crate) payments: u32,
    pub(crate) cancelled: u32,
    pub(crate) shipped: u32,
}

impl Effects {
    pub(crate) fn add(&mut self, other: Self) {
        self.orders += other.orders;
        self.reservations += other.reservations;
        self.payments += other.payments;
        self.cancelled += other.cancelled;
        self.shipped += other.shipped;
    }
}
