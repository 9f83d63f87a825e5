//! The description of the API.

use axum::Json;
use utoipa::OpenApi;

use super::{carts, operations, orders, products};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "The shop",
        description = "Commands are answered with an `ETag` (the version of what was changed) and \
            an `X-Position`. Give `If-Match` to change something only if it is still at that \
            version, `Idempotency-Key` to be able to repeat a request, `X-Correlation-Id` or \
            `traceparent` to find what followed from it. Give a read model the `X-Position` you \
            were answered (or `?after=`), and it tells what it holds then."
    ),
    paths(
        products::list,
        products::product,
        products::reprice,
        products::delist,
        products::receive,
        products::stock,
        products::all_stock,
        carts::open,
        carts::cart,
        carts::add,
        carts::remove,
        carts::check_out,
        orders::orders,
        orders::order,
        orders::cancel,
        orders::payment,
        orders::shipment,
        orders::dispatch,
        orders::best_sellers,
        orders::revenue,
        operations::health,
        operations::handlers,
        operations::parked,
        operations::instruct,
        operations::schemas,
        operations::schema,
    )
)]
struct Api;

/// The API in OpenAPI.
pub(crate) async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(Api::openapi())
}
