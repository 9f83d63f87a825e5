//! Whatever a client does wrong is told, as its fault.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::api::{TestShop, checkout};

#[tokio::test]
async fn paths_and_methods_that_are_not_there() {
    let shop = TestShop::open().await;
    for path in ["/", "/nowhere", "/carts", "/carts/c-1/items/mug/more", "//"] {
        shop.get(path).await.is_problem(404, "not-found");
    }
    let answer = shop.post("/products/mug", json!({})).await;
    answer.is_problem(405, "method-not-allowed");
    for method in ["GET", "PUT", "DELETE"] {
        assert!(answer.header("allow").contains(method), "{answer:?}");
    }
    shop.delete("/health")
        .await
        .is_problem(405, "method-not-allowed");
    let answer = shop.ask("HEAD", "/health", &[], Value::Null).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, ""));
}

#[tokio::test]
async fn ids_that_are_none() {
    let shop = TestShop::open().await;
    let long = format!("/carts/{}", "x".repeat(65));
    for path in [
        "/carts/a%20b",
        "/orders/%C3%A4",
        "/products/a%2Fb",
        "/stock/%00",
        &long,
    ] {
        shop.get(path).await.is_problem(400, "bad-request");
    }
    shop.get("/carts/%ff").await.is_problem(400, "bad-request");
    shop.delete("/carts/a%20b/items/mug")
        .await
        .is_problem(400, "bad-request");
    shop.get("/schemas/order.placed/first")
        .await
        .is_problem(400, "bad-request");
    shop.get("/schemas/order.placed/7")
        .await
        .is_problem(404, "not-found");
    for path in [
        "/carts/none",
        "/orders/none",
        "/products/none",
        "/stock/none",
    ] {
        shop.get(path).await.is_problem(404, "not-found");
    }
}

#[tokio::test]
async fn bodies_that_are_none() {
    let shop = TestShop::stocked().await;
    let send = async |content_type: Option<&str>, body: &str| {
        let mut request = Request::builder().method("PUT").uri("/products/cup");
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        shop.send(request).await
    };
    let json = Some("application/json");
    let good = r#"{"name": "Cup", "unit_cents": 5}"#;
    for body in ["", "{", "not json", "\u{0}"] {
        send(json, body).await.is_problem(400, "bad-request");
    }
    for body in [
        "[]",
        "{}",
        "null",
        r#"{"name": "Cup"}"#,
        r#"{"name": 5, "unit_cents": 5}"#,
        r#"{"name": "Cup", "unit_cents": -5}"#,
        r#"{"name": "Cup", "unit_cents": 1.5}"#,
        r#"{"name": "Cup", "unit_cents": 99999999999}"#,
        r#"{"name": "Cup", "unit_cents": 5, "colour": "red"}"#,
        r#"{"name": " ", "unit_cents": 5}"#,
        r#"{"name": "Cup", "unit_cents": 0}"#,
    ] {
        send(json, body).await.is_problem(422, "invalid");
    }
    send(None, good).await.is_problem(415, "not-json");
    send(Some("text/plain"), good)
        .await
        .is_problem(415, "not-json");
    let large = format!(r#"{{"name": "{}"}}"#, "x".repeat(shop::http::BODY_LIMIT));
    send(json, &large).await.is_problem(413, "too-large");
    send(json, good).await.is(201);
}

#[tokio::test]
async fn headers_and_queries_that_are_wrong() {
    let shop = TestShop::stocked().await;
    let long = "x".repeat(201);
    for (name, value) in [
        ("idempotency-key", ""),
        ("idempotency-key", long.as_str()),
        ("if-match", "1"),
        ("if-match", "W/\"1\""),
        ("if-match", "\"1\", \"2\""),
        ("if-match", "\"x\""),
        ("x-correlation-id", ""),
        ("x-correlation-id", long.as_str()),
    ] {
        shop.ask("DELETE", "/products/mug", &[(name, value)], Value::Null)
            .await
            .is_problem(400, "bad-request");
    }
    for position in ["", "soon", "-1", "99999999999999999999999"] {
        shop.ask(
            "GET",
            "/stock/mug",
            &[("x-position", position)],
            Value::Null,
        )
        .await
        .is_problem(400, "bad-request");
    }
    for query in [
        "after=soon",
        "after=-1",
        "limit=0",
        "limit=1001",
        "limit=many",
        // A position nobody was ever answered.
        "after=100000",
        "after=18446744073709551615",
    ] {
        for path in [
            "/stock",
            "/orders",
            "/reports/revenue",
            "/reports/best-sellers",
        ] {
            shop.get(&format!("{path}?{query}"))
                .await
                .is_problem(400, "bad-request");
        }
    }
}

#[tokio::test]
async fn what_the_domain_refuses() {
    let shop = TestShop::stocked().await;
    shop.put("/products/mug", json!({"name": "Mug", "unit_cents": 1}))
        .await
        .is_problem(409, "already-exists");
    shop.put("/products/none/price", json!({"unit_cents": 1}))
        .await
        .is_problem(404, "not-found");
    shop.post("/stock/mug/deliveries", json!({"pieces": 0}))
        .await
        .is_problem(422, "invalid");
    shop.put("/carts/c-1", json!({"customer": ""}))
        .await
        .is_problem(422, "invalid");
    shop.put("/carts/c-1", json!({"customer": "ada"}))
        .await
        .is(201);
    shop.put("/carts/c-1", json!({"customer": "bob"}))
        .await
        .is_problem(409, "already-exists");
    let items = "/carts/c-1/items";
    for (item, status, name) in [
        (json!({"sku": "none", "pieces": 1}), 422, "unknown-article"),
        (json!({"sku": "a b", "pieces": 1}), 400, "bad-request"),
        (json!({"sku": "", "pieces": 1}), 400, "bad-request"),
        (json!({"sku": "mug", "pieces": 0}), 422, "invalid"),
        (json!({"sku": "mug", "pieces": 1001}), 422, "invalid"),
        (
            json!({"sku": "mug", "pieces": 4_294_967_295_u32}),
            422,
            "invalid",
        ),
    ] {
        shop.post(items, item).await.is_problem(status, name);
    }
    shop.post("/carts/none/items", json!({"sku": "mug", "pieces": 1}))
        .await
        .is_problem(404, "not-found");
    shop.delete("/carts/c-1/items/mug")
        .await
        .is_problem(409, "not-in-cart");
    shop.post("/carts/c-1/checkout", checkout("card-4242"))
        .await
        .is_problem(409, "cart-empty");
    shop.post(items, json!({"sku": "mug", "pieces": 1}))
        .await
        .is(200);
    let mut nowhere = checkout("card-4242");
    nowhere["address"]["city"] = json!("");
    shop.post("/carts/c-1/checkout", nowhere)
        .await
        .is_problem(422, "invalid");
    shop.post("/carts/c-1/checkout", checkout("card-4242"))
        .await
        .is(202);
    shop.post("/carts/c-1/checkout", checkout("card-4242"))
        .await
        .is_problem(409, "cart-checked-out");
    shop.delete("/products/pot").await.is(200);
    shop.put("/carts/c-2", json!({"customer": "ada"}))
        .await
        .is(201);
    shop.post("/carts/c-2/items", json!({"sku": "pot", "pieces": 1}))
        .await
        .is_problem(409, "delisted");
    shop.shop.settled().await.unwrap();
    let dispatch = "/shipments/c-1/dispatch";
    shop.post(dispatch, json!({"tracking": " "}))
        .await
        .is_problem(422, "invalid");
    shop.post(dispatch, json!({"tracking": "P1"})).await.is(200);
    shop.post(dispatch, json!({"tracking": "P2"}))
        .await
        .is_problem(409, "dispatched");
    shop.post("/shipments/none/dispatch", json!({"tracking": "P1"}))
        .await
        .is_problem(404, "not-found");
    shop.post("/orders/none/cancel", Value::Null)
        .await
        .is_problem(404, "not-found");
}
