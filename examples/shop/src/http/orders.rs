//! Orders, payments, shipments and reports over HTTP.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use es_core::Version;
use serde::{Deserialize, Serialize};
use shop_domain::order::{Cancel, CancelReason, OrderId};
use shop_domain::payment::{Payment, PaymentId};
use shop_domain::shipment::{Dispatch, Shipment, ShipmentId};
use utoipa::ToSchema;

use super::carts::{AddressBody, LineView};
use super::extract::{After, Body, Id, InQuery};
use super::problem::Problem;
use super::terms::{self, ReceiptBody, Terms};
use super::{Limit, limited};
use crate::read_models::{self, OrderRow, RevenueRow, SellerRow};
use crate::service::Shop;

/// Which orders.
#[derive(Deserialize, Debug)]
pub(crate) struct Which {
    customer: Option<String>,
    limit: Option<u32>,
}

/// The parcel's number.
#[derive(Deserialize, ToSchema, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct DispatchBody {
    tracking: String,
}

/// A payment.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct PaymentView {
    id: String,
    order: String,
    /// `taken`, `declined` or `refunded`.
    status: &'static str,
    /// What was taken.
    cents: u64,
    /// The gateway's reference.
    reference: Option<String>,
}

/// A shipment.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct ShipmentView {
    id: String,
    order: String,
    lines: Vec<LineView>,
    address: AddressBody,
    /// The parcel's number, once it left.
    tracking: Option<String>,
}

/// An order.
#[utoipa::path(get, path = "/orders/{id}", tag = "orders",
    params(("id" = String, Path), ("after" = Option<u64>, Query), ("X-Position" = Option<u64>, Header)),
    responses((status = 200, body = OrderRow), (status = "4XX", body = Problem), (status = 504, body = Problem)))]
pub(crate) async fn order(
    State(shop): State<Shop>,
    Id(id): Id<OrderId>,
    after: After,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    after.wait(&shop, "order_status").await?;
    let row = read_models::order_by_id(&shop.store, id.to_string()).await?;
    let row = row.ok_or_else(|| Problem::not_found(format_args!("order {id}")))?;
    Ok(terms::at_version(&headers, Version(row.version), row))
}

/// The newest orders: of a customer, or of all.
#[utoipa::path(get, path = "/orders", tag = "orders",
    params(("customer" = Option<String>, Query), ("limit" = Option<u32>, Query),
        ("after" = Option<u64>, Query), ("X-Position" = Option<u64>, Header)),
    responses((status = 200, body = Vec<OrderRow>), (status = "4XX", body = Problem), (status = 504, body = Problem)))]
pub(crate) async fn orders(
    State(shop): State<Shop>,
    InQuery(which): InQuery<Which>,
    after: After,
) -> Result<Response, Problem> {
    let limit = limited(which.limit)?;
    after.wait(&shop, "order_status").await?;
    let rows = read_models::orders(&shop.store, which.customer, limit).await?;
    Ok(Json(rows).into_response())
}

/// Cancels an order that is not paid yet.
#[utoipa::path(post, path = "/orders/{id}/cancel", tag = "orders", params(("id" = String, Path)),
    responses((status = 200, body = ReceiptBody), (status = "4XX", body = Problem)))]
pub(crate) async fn cancel(
    State(shop): State<Shop>,
    Id(id): Id<OrderId>,
    terms: Terms,
) -> Result<Response, Problem> {
    let reason = CancelReason::ByCustomer;
    let done = terms.send(&shop, &id, Cancel { reason }).await?;
    Ok(done.into_response())
}

/// The payment of an order; it has the order's number.
#[utoipa::path(get, path = "/payments/{id}", tag = "payments", params(("id" = String, Path)),
    responses((status = 200, body = PaymentView), (status = "4XX", body = Problem)))]
pub(crate) async fn payment(
    State(shop): State<Shop>,
    Id(id): Id<PaymentId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (payment, version) = terms::load::<Payment>(&shop, &id).await?;
    let view = PaymentView {
        id: id.to_string(),
        order: payment.order.to_string(),
        status: match (&payment.reference, payment.refunded) {
            (None, _) => "declined",
            (Some(_), false) => "taken",
            (Some(_), true) => "refunded",
        },
        cents: payment.cents,
        reference: payment.reference,
    };
    Ok(terms::at_version(&headers, version, view))
}

/// The shipment of an order; it has the order's number.
#[utoipa::path(get, path = "/shipments/{id}", tag = "shipments", params(("id" = String, Path)),
    responses((status = 200, body = ShipmentView), (status = "4XX", body = Problem)))]
pub(crate) async fn shipment(
    State(shop): State<Shop>,
    Id(id): Id<ShipmentId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (shipment, version) = terms::load::<Shipment>(&shop, &id).await?;
    let view = ShipmentView {
        id: id.to_string(),
        order: shipment.order.to_string(),
        lines: shipment.lines.iter().map(LineView::from).collect(),
        address: AddressBody::from(shipment.address),
        tracking: shipment.tracking,
    };
    Ok(terms::at_version(&headers, version, view))
}

/// The warehouse says that the parcel left.
#[utoipa::path(post, path = "/shipments/{id}/dispatch", tag = "shipments", params(("id" = String, Path)),
    request_body = DispatchBody,
    responses((status = 200, body = ReceiptBody), (status = "4XX", body = Problem)))]
pub(crate) async fn dispatch(
    State(shop): State<Shop>,
    Id(id): Id<ShipmentId>,
    terms: Terms,
    Body(body): Body<DispatchBody>,
) -> Result<Response, Problem> {
    let tracking = body.tracking;
    let done = terms.send(&shop, &id, Dispatch { tracking }).await?;
    Ok(done.into_response())
}

/// What is bought most.
#[utoipa::path(get, path = "/reports/best-sellers", tag = "reports",
    params(("limit" = Option<u32>, Query), ("after" = Option<u64>, Query), ("X-Position" = Option<u64>, Header)),
    responses((status = 200, body = Vec<SellerRow>), (status = "4XX", body = Problem), (status = 504, body = Problem)))]
pub(crate) async fn best_sellers(
    State(shop): State<Shop>,
    InQuery(query): InQuery<Limit>,
    after: After,
) -> Result<Response, Problem> {
    let limit = limited(query.limit)?;
    after.wait(&shop, "best_sellers").await?;
    let rows = read_models::best_sellers(&shop.store, limit).await?;
    Ok(Json(rows).into_response())
}

/// What came in on which day, the newest first.
#[utoipa::path(get, path = "/reports/revenue", tag = "reports",
    params(("limit" = Option<u32>, Query), ("after" = Option<u64>, Query), ("X-Position" = Option<u64>, Header)),
    responses((status = 200, body = Vec<RevenueRow>), (status = "4XX", body = Problem), (status = 504, body = Problem)))]
pub(crate) async fn revenue(
    State(shop): State<Shop>,
    InQuery(query): InQuery<Limit>,
    after: After,
) -> Result<Response, Problem> {
    let limit = limited(query.limit)?;
    after.wait(&shop, "revenue_per_day").await?;
    let rows = read_models::revenue_per_day(&shop.store, limit).await?;
    Ok(Json(rows).into_response())
}
