//! The catalogue and the stock over HTTP.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use es_core::Version;
use serde::{Deserialize, Serialize};
use shop_domain::product::{Delist, List, Product, Reprice};
use shop_domain::stock::Receive;
use shop_domain::values::Sku;
use utoipa::ToSchema;

use super::extract::{After, Body, Id, InQuery};
use super::problem::Problem;
use super::terms::{self, ReceiptBody, Terms};
use super::{Limit, limited};
use crate::read_models::{self, StockRow};
use crate::service::Shop;

/// A product to be listed.
#[derive(Deserialize, ToSchema, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductBody {
    name: String,
    /// What one costs, in cents.
    unit_cents: u32,
}

/// A new price.
#[derive(Deserialize, ToSchema, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct PriceBody {
    unit_cents: u32,
}

/// Pieces that came in.
#[derive(Deserialize, ToSchema, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeliveryBody {
    pieces: u32,
}

/// A product.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct ProductView {
    sku: String,
    name: String,
    unit_cents: u32,
    /// Whether it is sold.
    listed: bool,
}

/// Lists a product.
#[utoipa::path(put, path = "/products/{sku}", tag = "catalogue", params(("sku" = String, Path)),
    request_body = ProductBody,
    responses((status = 201, body = ReceiptBody), (status = "4XX", body = Problem)))]
pub(crate) async fn list(
    State(shop): State<Shop>,
    Id(sku): Id<Sku>,
    terms: Terms,
    Body(body): Body<ProductBody>,
) -> Result<Response, Problem> {
    let ProductBody { name, unit_cents } = body;
    let done = terms.send(&shop, &sku, List { name, unit_cents }).await?;
    Ok(done.at(StatusCode::CREATED, &format!("/products/{sku}")))
}

/// Changes a price. Carts keep those they have.
#[utoipa::path(put, path = "/products/{sku}/price", tag = "catalogue", params(("sku" = String, Path)),
    request_body = PriceBody,
    responses((status = 200, body = ReceiptBody), (status = "4XX", body = Problem)))]
pub(crate) async fn reprice(
    State(shop): State<Shop>,
    Id(sku): Id<Sku>,
    terms: Terms,
    Body(body): Body<PriceBody>,
) -> Result<Response, Problem> {
    let unit_cents = body.unit_cents;
    let done = terms.send(&shop, &sku, Reprice { unit_cents }).await?;
    Ok(done.into_response())
}

/// Sells a product no more.
#[utoipa::path(delete, path = "/products/{sku}", tag = "catalogue", params(("sku" = String, Path)),
    responses((status = 200, body = ReceiptBody), (status = "4XX", body = Problem)))]
pub(crate) async fn delist(
    State(shop): State<Shop>,
    Id(sku): Id<Sku>,
    terms: Terms,
) -> Result<Response, Problem> {
    Ok(terms.send(&shop, &sku, Delist).await?.into_response())
}

/// A product.
#[utoipa::path(get, path = "/products/{sku}", tag = "catalogue", params(("sku" = String, Path)),
    responses((status = 200, body = ProductView), (status = "4XX", body = Problem)))]
pub(crate) async fn product(
    State(shop): State<Shop>,
    Id(sku): Id<Sku>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (product, version) = terms::load::<Product>(&shop, &sku).await?;
    let view = ProductView {
        sku: sku.to_string(),
        name: product.name,
        unit_cents: product.unit_cents,
        listed: product.listed,
    };
    Ok(terms::at_version(&headers, version, view))
}

/// Takes pieces in.
#[utoipa::path(post, path = "/stock/{sku}/deliveries", tag = "stock", params(("sku" = String, Path)),
    request_body = DeliveryBody,
    responses((status = 200, body = ReceiptBody), (status = "4XX", body = Problem)))]
pub(crate) async fn receive(
    State(shop): State<Shop>,
    Id(sku): Id<Sku>,
    terms: Terms,
    Body(body): Body<DeliveryBody>,
) -> Result<Response, Problem> {
    let pieces = body.pieces;
    let done = terms.send(&shop, &sku, Receive { pieces }).await?;
    Ok(done.into_response())
}

/// How many pieces of an article there are.
#[utoipa::path(get, path = "/stock/{sku}", tag = "stock",
    params(("sku" = String, Path), ("after" = Option<u64>, Query), ("X-Position" = Option<u64>, Header)),
    responses((status = 200, body = StockRow), (status = "4XX", body = Problem), (status = 504, body = Problem)))]
pub(crate) async fn stock(
    State(shop): State<Shop>,
    Id(sku): Id<Sku>,
    after: After,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    after.wait(&shop, "stock_level").await?;
    let row = read_models::stock_of(&shop.store, sku.to_string()).await?;
    let row = row.ok_or_else(|| Problem::not_found(format_args!("stock of {sku}")))?;
    Ok(terms::at_version(&headers, Version(row.version), row))
}

/// How many pieces of all articles there are, the scarcest first.
#[utoipa::path(get, path = "/stock", tag = "stock",
    params(("limit" = Option<u32>, Query), ("after" = Option<u64>, Query), ("X-Position" = Option<u64>, Header)),
    responses((status = 200, body = Vec<StockRow>), (status = "4XX", body = Problem), (status = 504, body = Problem)))]
pub(crate) async fn all_stock(
    State(shop): State<Shop>,
    InQuery(query): InQuery<Limit>,
    after: After,
) -> Result<Response, Problem> {
    after.wait(&shop, "stock_level").await?;
    let rows = read_models::all_stock(&shop.store, limited(query.limit)?).await?;
    Ok(Json(rows).into_response())
}
