//! The HTTP API.

mod carts;
mod correlation;
mod extract;
mod openapi;
mod operations;
mod orders;
mod problem;
mod products;
mod refusals;
mod terms;

use axum::extract::DefaultBodyLimit;
use axum::routing::{delete, get, post, put};
use axum::{Router, middleware};
use serde::Deserialize;

use crate::service::Shop;
use problem::Problem;

/// The most bytes a body may have.
pub const BODY_LIMIT: usize = 64 * 1024;

/// The API over a shop.
pub fn router(shop: Shop) -> Router {
    Router::new()
        .route(
            "/products/{sku}",
            put(products::list)
                .get(products::product)
                .delete(products::delist),
        )
        .route("/products/{sku}/price", put(products::reprice))
        .route("/stock", get(products::all_stock))
        .route("/stock/{sku}", get(products::stock))
        .route("/stock/{sku}/deliveries", post(products::receive))
        .route("/carts/{id}", put(carts::open).get(carts::cart))
        .route("/carts/{id}/items", post(carts::add))
        .route("/carts/{id}/items/{sku}", delete(carts::remove))
        .route("/carts/{id}/checkout", post(carts::check_out))
        .route("/orders", get(orders::orders))
        .route("/orders/{id}", get(orders::order))
        .route("/orders/{id}/cancel", post(orders::cancel))
        .route("/payments/{id}", get(orders::payment))
        .route("/shipments/{id}", get(orders::shipment))
        .route("/shipments/{id}/dispatch", post(orders::dispatch))
        .route("/reports/best-sellers", get(orders::best_sellers))
        .route("/reports/revenue", get(orders::revenue))
        .route("/health", get(operations::health))
        .route("/handlers", get(operations::handlers))
        .route("/handlers/parked", get(operations::parked))
        .route(
            "/handlers/{handler}/parked/{aggregate}/{id}/{instruction}",
            post(operations::instruct),
        )
        .route("/schemas", get(operations::schemas))
        .route("/schemas/{event}/{version}", get(operations::schema))
        .route("/openapi.json", get(openapi::document))
        .fallback(problem::no_route)
        .method_not_allowed_fallback(problem::no_method)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn(correlation::correlate))
        .with_state(shop)
}

/// How many rows are asked for.
#[derive(Deserialize, Debug)]
pub(crate) struct Limit {
    limit: Option<u32>,
}

/// The number of rows that is asked for: 1 to 1000, 50 unless said.
pub(crate) fn limited(limit: Option<u32>) -> Result<u32, Problem> {
    match limit.unwrap_or(50) {
        limit @ 1..=1000 => Ok(limit),
        _ => Err(Problem::bad_request("limit is to be 1 to 1000")),
    }
}
