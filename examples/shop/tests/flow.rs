//! From the cart to the shipment, and what becomes of orders that come to nothing.

use std::time::Duration;

use es_core::{HandlerStage, HandlerStatus};
use serde_json::{Value, json};
use shop::service::Shop;

use crate::api::{TestShop, checkout};

#[tokio::test]
async fn a_cart_becomes_a_shipment() {
    let shop = TestShop::stocked().await;
    let answer = shop
        .order("c-1", &[("mug", 2), ("pot", 1)], "card-4242")
        .await;
    assert_eq!(answer.header("location"), "/orders/c-1");
    shop.shop.settled().await.unwrap();
    let order = shop.get("/orders/c-1").await.is(200).json();
    assert_eq!(order["status"], "paid");
    assert_eq!(order["cents"], 7000);
    let payment = shop.get("/payments/c-1").await.is(200).json();
    assert_eq!(
        (&payment["status"], &payment["cents"]),
        (&json!("taken"), &json!(7000))
    );
    let stock = shop.get("/stock/mug").await.is(200).json();
    assert_eq!(
        (&stock["on_hand"], &stock["reserved"], &stock["available"]),
        (&json!(10), &json!(2), &json!(8))
    );

    let shipment = shop.get("/shipments/c-1").await.is(200).json();
    assert_eq!(shipment["tracking"], Value::Null);
    assert_eq!(shipment["lines"].as_array().unwrap().len(), 2);
    shop.post("/shipments/c-1/dispatch", json!({"tracking": "P1"}))
        .await
        .is(200);
    shop.shop.settled().await.unwrap();
    let order = shop.get("/orders/c-1").await.is(200).json();
    assert_eq!(
        (&order["status"], &order["tracking"]),
        (&json!("shipped"), &json!("P1"))
    );
    let stock = shop.get("/stock/mug").await.is(200).json();
    assert_eq!(
        (&stock["on_hand"], &stock["reserved"]),
        (&json!(8), &json!(0))
    );
    let sellers = shop.get("/reports/best-sellers").await.is(200).json();
    assert_eq!(
        sellers,
        json!([
            {"sku": "mug", "pieces": 2, "cents": 3000},
            {"sku": "pot", "pieces": 1, "cents": 4000},
        ])
    );
    let revenue = shop.get("/reports/revenue").await.is(200).json();
    assert_eq!(
        (&revenue[0]["payments"], &revenue[0]["taken"]),
        (&json!(1), &json!(7000))
    );
    assert_eq!(shop.get("/health").await.is(200).json()["status"], "ok");
}

#[tokio::test]
async fn an_order_that_is_out_of_stock_keeps_nothing() {
    let shop = TestShop::stocked().await;
    // The mugs can be reserved, the pots cannot.
    shop.order("c-1", &[("mug", 2), ("pot", 11)], "card-4242")
        .await;
    // Nothing of it ever came in.
    let rare = json!({"name": "Rare", "unit_cents": 1});
    shop.put("/products/rare", rare).await.is(201);
    shop.order("c-2", &[("rare", 1), ("mug", 1)], "card-4242")
        .await;
    shop.shop.settled().await.unwrap();
    for (order, reason) in [
        ("c-1", "pot is out of stock"),
        ("c-2", "rare is out of stock"),
    ] {
        let order = shop.get(&format!("/orders/{order}")).await.is(200).json();
        assert_eq!(order["status"], "cancelled");
        assert_eq!(order["reason"], reason);
    }
    let stock = shop.get("/stock/mug").await.is(200).json();
    assert_eq!(
        (&stock["on_hand"], &stock["reserved"]),
        (&json!(10), &json!(0))
    );
    shop.get("/payments/c-1").await.is_problem(404, "not-found");
    shop.get("/shipments/c-1")
        .await
        .is_problem(404, "not-found");
}

#[tokio::test]
async fn a_declined_payment_cancels_the_order() {
    let shop = TestShop::stocked().await;
    shop.order("c-1", &[("mug", 2)], "card-0002").await;
    shop.shop.settled().await.unwrap();
    let order = shop.get("/orders/c-1").await.is(200).json();
    assert_eq!(order["status"], "cancelled");
    assert_eq!(
        order["reason"],
        "the payment was declined: insufficient funds"
    );
    let payment = shop.get("/payments/c-1").await.is(200).json();
    assert_eq!(payment["status"], "declined");
    let stock = shop.get("/stock/mug").await.is(200).json();
    assert_eq!(
        (&stock["on_hand"], &stock["reserved"]),
        (&json!(10), &json!(0))
    );
    assert_eq!(shop.get("/reports/revenue").await.json(), json!([]));
}

#[tokio::test]
async fn what_follows_from_a_request_carries_its_correlation_id() {
    let shop = TestShop::stocked().await;
    shop.order("c-1", &[("mug", 1)], "card-4242").await;
    shop.put("/carts/c-2", json!({"customer": "ada"}))
        .await
        .is(201);
    shop.post("/carts/c-2/items", json!({"sku": "mug", "pieces": 1}))
        .await
        .is(200);
    let headers = [("x-correlation-id", "walk-7")];
    let answer = shop
        .ask(
            "POST",
            "/carts/c-2/checkout",
            &headers,
            checkout("card-4242"),
        )
        .await
        .is(202);
    assert_eq!(answer.header("x-correlation-id"), "walk-7");
    shop.shop.settled().await.unwrap();
    let history = shop
        .shop
        .app
        .history::<shop_domain::shipment::Shipment>("c-2")
        .await
        .unwrap();
    let metadata = &history.first().unwrap().metadata;
    assert_eq!(metadata.correlation_id.as_deref(), Some("walk-7"));
    assert_eq!(metadata.actor.as_deref(), Some("policy:request_shipment"));

    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let headers = [("traceparent", trace)];
    let answer = shop.ask("GET", "/health", &headers, Value::Null).await;
    assert_eq!(answer.header("traceparent"), trace);
    assert_eq!(answer.header("x-correlation-id"), &trace[3..35]);
    // A malformed one is as good as none.
    let answer = shop
        .ask("GET", "/health", &[("traceparent", "00-xyz")], Value::Null)
        .await;
    assert_eq!(answer.header("x-correlation-id").len(), 36);
}

#[tokio::test]
async fn a_request_with_a_key_is_carried_out_once() {
    let shop = TestShop::stocked().await;
    let headers = [("idempotency-key", "delivery-1")];
    let delivery = || json!({"pieces": 5});
    let path = "/stock/mug/deliveries";
    let first = shop.ask("POST", path, &headers, delivery()).await.is(200);
    let again = shop.ask("POST", path, &headers, delivery()).await.is(200);
    assert_eq!(first.text, again.text);
    let position = again.header("x-position").to_owned();
    let stock = shop
        .get(&format!("/stock/mug?after={position}"))
        .await
        .is(200)
        .json();
    assert_eq!(stock["on_hand"], 15);
    // The order is made of the cart, so a repeated checkout finds the same one.
    shop.put("/carts/c-1", json!({"customer": "ada"}))
        .await
        .is(201);
    shop.post("/carts/c-1/items", json!({"sku": "mug", "pieces": 1}))
        .await
        .is(200);
    for _ in 0..2 {
        let answer = shop
            .ask(
                "POST",
                "/carts/c-1/checkout",
                &headers,
                checkout("card-4242"),
            )
            .await
            .is(202);
        assert_eq!(answer.header("location"), "/orders/c-1");
    }
}

#[tokio::test]
async fn versions_guard_what_is_changed() {
    let shop = TestShop::stocked().await;
    let answer = shop.get("/products/mug").await.is(200);
    let tag = answer.header("etag").to_owned();
    assert_eq!(tag, "\"1\"");
    let headers = [("if-none-match", tag.as_str())];
    let unchanged = shop
        .ask("GET", "/products/mug", &headers, Value::Null)
        .await;
    assert_eq!(
        (unchanged.status.as_u16(), unchanged.text.as_str()),
        (304, "")
    );
    let headers = [("if-match", tag.as_str())];
    let price = |unit_cents: u32| json!({"unit_cents": unit_cents});
    let path = "/products/mug/price";
    let changed = shop.ask("PUT", path, &headers, price(1600)).await.is(200);
    assert_eq!(changed.header("etag"), "\"2\"");
    shop.ask("PUT", path, &headers, price(1700))
        .await
        .is_problem(412, "out-of-date");
    shop.ask("PUT", path, &[("if-match", "*")], price(1700))
        .await
        .is(200);
    let product = shop.get("/products/mug").await.is(200);
    assert_eq!(product.json()["unit_cents"], 1700);
    assert_eq!(product.header("etag"), "\"3\"");
}

#[tokio::test]
async fn one_reads_what_one_wrote() {
    let shop = TestShop::stocked().await;
    for number in 0..20 {
        let cart = format!("c-{number}");
        let answer = shop.order(&cart, &[("mug", 1)], "card-4242").await;
        let position = answer.header("x-position").to_owned();
        let order = shop
            .ask(
                "GET",
                &format!("/orders/{cart}"),
                &[("x-position", &position)],
                Value::Null,
            )
            .await
            .is(200);
        assert_eq!(order.json()["id"], cart);
    }
    let orders = shop
        .get("/orders?customer=ada&limit=5")
        .await
        .is(200)
        .json();
    assert_eq!(orders.as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn what_the_gateway_does_not_answer_is_parked_and_can_be_let_go() {
    let shop = TestShop::stocked().await;
    shop.order("c-1", &[("mug", 1)], "card-0119").await;
    shop.order("c-2", &[("mug", 1)], "card-4242").await;
    // It is set aside at once, and tried again a few times: others go on.
    let parked = loop {
        let parked = shop.get("/handlers/parked").await.is(200).json();
        if parked[0]["handler"] == "take_payment" {
            break parked;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(
        (&parked[0]["aggregate"], &parked[0]["id"]),
        (&json!("order"), &json!("c-1"))
    );
    assert_eq!(parked[0]["error"], "the payment gateway does not answer");
    while shop.get("/orders/c-2").await.json()["status"] != "paid" {
        tokio::task::yield_now().await;
    }
    let order = format!("/orders/c-1?after={}", parked[0]["position"]);
    let order = shop.get(&order).await.is(200).json();
    assert_eq!(order["status"], "awaiting_payment");

    let path = "/handlers/take_payment/parked/order/c-1";
    shop.post(&format!("{path}/release"), Value::Null)
        .await
        .is(202);
    shop.post("/orders/c-1/cancel", Value::Null).await.is(200);
    loop {
        let parked = shop.get("/handlers/parked").await.is(200).json();
        if parked == json!([]) {
            break;
        }
        tokio::task::yield_now().await;
    }
    shop.shop.settled().await.unwrap();
    assert_eq!(shop.get("/orders/c-1").await.json()["status"], "cancelled");
    let stock = shop.get("/stock/mug").await.is(200).json();
    assert_eq!(stock["reserved"], 1);
    shop.post(&format!("{path}/release"), Value::Null)
        .await
        .is_problem(404, "not-found");
    shop.post("/handlers/nobody/parked/order/c-1/retry", Value::Null)
        .await
        .is_problem(404, "not-found");
    shop.post(&format!("{path}/forget"), Value::Null)
        .await
        .is_problem(404, "not-found");
    shop.post("/orders/c-2/cancel", Value::Null)
        .await
        .is_problem(409, "already-paid");
}

/// The handlers of a process that is gone, and whose lease is not over, handle nothing.
#[test]
fn a_read_model_that_is_behind_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    let gone = tokio::runtime::Runtime::new().unwrap();
    let lease = Duration::from_secs(600);
    let shop = gone.block_on(async {
        let shop = Shop::open(&path, lease).await.unwrap();
        let is_live = |handler: &HandlerStatus| handler.stage == HandlerStage::Live;
        while !shop.app.handlers().await.unwrap().iter().all(is_live) {
            tokio::task::yield_now().await;
        }
        shop
    });
    gone.shutdown_background();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut behind = Shop::open(&path, lease).await.unwrap();
        behind.patience = Duration::from_millis(50);
        let behind = TestShop::over(behind, folder);
        let answer = behind
            .post("/stock/mug/deliveries", json!({"pieces": 5}))
            .await;
        let position = answer.is(200).header("x-position").to_owned();
        behind
            .get(&format!("/stock/mug?after={position}"))
            .await
            .is_problem(504, "behind");
        let handlers = behind.get("/handlers").await.is(200).json();
        let stage = |name: &str| {
            let list = handlers.as_array().into_iter().flatten();
            let mut of_name = list.filter(|handler| handler["name"] == name);
            of_name.next().map(|handler| handler["stage"].clone())
        };
        assert_eq!(stage("stock_level"), Some("elsewhere".into()));
    });
    drop(shop);
}
