//! A gateway that takes its time, or is away for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use es_core::BoxFuture;
use serde_json::{Value, json};
use shop::service::Shop;
use shop_domain::gateway::{Charge, GatewayError, InProcessGateway, PaymentGateway};
use tokio::sync::Semaphore;

use crate::api::TestShop;

/// Answers when it is let, and not at all as often as it is told.
struct Slow {
    inner: InProcessGateway,
    asked: Semaphore,
    answers: Semaphore,
    away: AtomicU32,
}

impl Slow {
    fn new(away: u32) -> Arc<Self> {
        Arc::new(Self {
            inner: InProcessGateway::default(),
            asked: Semaphore::new(0),
            answers: Semaphore::new(0),
            away: AtomicU32::new(away),
        })
    }
}

impl PaymentGateway for Slow {
    fn charge<'a>(
        &'a self,
        key: &'a str,
        cents: u64,
        payment_method: &'a str,
    ) -> BoxFuture<'a, Result<Charge, GatewayError>> {
        Box::pin(async move {
            self.asked.add_permits(1);
            let less = |away: u32| away.checked_sub(1);
            let away = self
                .away
                .try_update(Ordering::SeqCst, Ordering::SeqCst, less);
            if away.is_ok() {
                return Err(GatewayError);
            }
            self.answers.acquire().await.unwrap().forget();
            self.inner.charge(key, cents, payment_method).await
        })
    }

    fn refund<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), GatewayError>> {
        self.inner.refund(key)
    }
}

async fn shop_with(gateway: Arc<Slow>) -> TestShop {
    let folder = tempfile::tempdir().unwrap();
    let lease = Duration::from_secs(3);
    let shop = Shop::open_with(&folder.path().join("shop.db"), lease, gateway)
        .await
        .unwrap();
    TestShop::over(shop, folder).stock_up().await
}

#[tokio::test]
async fn what_is_paid_while_the_order_is_cancelled_is_refunded() {
    let gateway = Slow::new(0);
    let shop = shop_with(Arc::clone(&gateway)).await;
    shop.order("c-1", &[("mug", 2)], "card-4242").await;
    gateway.asked.acquire().await.unwrap().forget();
    shop.post("/orders/c-1/cancel", Value::Null).await.is(200);
    gateway.answers.add_permits(1);
    shop.shop.settled().await.unwrap();

    let order = shop.get("/orders/c-1").await.is(200).json();
    assert_eq!(
        (&order["status"], &order["reason"]),
        (&json!("cancelled"), &json!("by the customer"))
    );
    let payment = shop.get("/payments/c-1").await.is(200).json();
    assert_eq!(payment["status"], "refunded");
    assert_eq!((gateway.inner.charges(), gateway.inner.refunds()), (1, 1));
    let revenue = shop.get("/reports/revenue").await.json();
    assert_eq!(
        (&revenue[0]["taken"], &revenue[0]["refunded"]),
        (&json!(3000), &json!(3000))
    );
    assert_eq!(shop.get("/stock/mug").await.json()["reserved"], 0);
    shop.get("/shipments/c-1")
        .await
        .is_problem(404, "not-found");
}

#[tokio::test]
async fn a_gateway_that_is_away_for_a_while_is_asked_again() {
    let gateway = Slow::new(2);
    gateway.answers.add_permits(1);
    let shop = shop_with(Arc::clone(&gateway)).await;
    shop.order("c-1", &[("mug", 2)], "card-4242").await;
    // Twice in vain, and then once more.
    shop.shop.settled().await.unwrap();
    assert_eq!(shop.get("/orders/c-1").await.json()["status"], "paid");
    assert_eq!(gateway.asked.available_permits(), 3);
    assert_eq!(gateway.inner.charges(), 1);
}
