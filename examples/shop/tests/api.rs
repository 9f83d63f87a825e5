//! A shop of its own for each test, and its API without a network.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::{Value, json};
use shop::http::router;
use shop::service::Shop;
use tempfile::TempDir;
use tower::ServiceExt;

/// A shop in a folder of its own.
pub(crate) struct TestShop {
    pub(crate) shop: Shop,
    router: Router,
    _folder: TempDir,
}

/// What the API answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// A problem of this status and type, in the right form.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, name: &str) {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(
            problem["type"],
            format!("urn:shop:problem:{name}"),
            "{problem}"
        );
        assert_eq!(problem["status"], status);
        for field in ["title", "detail"] {
            assert!(!problem[field].as_str().unwrap().is_empty(), "{problem}");
        }
    }
}

impl TestShop {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shop = Shop::open(&folder.path().join("shop.db"), Duration::from_secs(3))
            .await
            .unwrap();
        Self::over(shop, folder)
    }

    pub(crate) fn over(shop: Shop, folder: TempDir) -> Self {
        Self {
            router: router(shop.clone()),
            shop,
            _folder: folder,
        }
    }

    /// One with mugs at 15.00 and pots at 40.00, ten pieces each.
    pub(crate) async fn stocked() -> Self {
        Self::open().await.stock_up().await
    }

    /// The same, over this shop.
    pub(crate) async fn stock_up(self) -> Self {
        let shop = self;
        for (sku, unit_cents) in [("mug", 1500), ("pot", 4000)] {
            let product = json!({"name": sku, "unit_cents": unit_cents});
            shop.put(&format!("/products/{sku}"), product).await.is(201);
            let delivery = json!({"pieces": 10});
            shop.post(&format!("/stock/{sku}/deliveries"), delivery)
                .await
                .is(200);
        }
        shop
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// A request with these headers, and this body if it is not null.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            request = request.header("content-type", "application/json");
            Body::from(body.to_string())
        };
        self.send(request.body(body).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], Value::Null).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.ask("PUT", path, &[], body).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask("POST", path, &[], body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.ask("DELETE", path, &[], Value::Null).await
    }

    /// Orders articles, and answers the checkout.
    pub(crate) async fn order(&self, cart: &str, items: &[(&str, u32)], method: &str) -> Answer {
        self.put(&format!("/carts/{cart}"), json!({"customer": "ada"}))
            .await
            .is(201);
        for (sku, pieces) in items {
            self.post(
                &format!("/carts/{cart}/items"),
                json!({"sku": sku, "pieces": pieces}),
            )
            .await
            .is(200);
        }
        self.post(&format!("/carts/{cart}/checkout"), checkout(method))
            .await
            .is(202)
    }
}

pub(crate) fn checkout(method: &str) -> Value {
    json!({
        "address": {"name": "Ada", "street": "12 St James's Square", "city": "London"},
        "payment_method": method,
    })
}
