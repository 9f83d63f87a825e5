//! Carts over HTTP, up to the order.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use es_core::LoadError;
use serde::{Deserialize, Serialize};
use shop_domain::cart::{Add, Cart, CartId, CheckOut, Open, Remove};
use shop_domain::product::{Product, ProductError};
use shop_domain::values::{Address, Line, Sku, total};
use utoipa::ToSchema;

use super::extract::{self, Body, Id, InPath};
use super::problem::Problem;
use super::refusals::Refusal;
use super::terms::{self, ReceiptBody, Terms};
use crate::service::Shop;

/// Who takes the cart.
#[derive(Deserialize, ToSchema, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct CartBody {
    customer: String,
}

/// Pieces of an article.
#[derive(Deserialize, ToSchema, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct ItemBody {
    sku: String,
    pieces: u32,
}

/// Where the order goes, and how it is paid.
#[derive(Deserialize, ToSchema, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckOutBody {
    address: AddressBody,
    /// Those that end in `0002` are declined; for those that end in `0119` the gateway does not
    /// answer.
    payment_method: String,
}

/// Where the order goes.
#[derive(Serialize, Deserialize, ToSchema, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressBody {
    name: String,
    street: String,
    city: String,
}

impl From<AddressBody> for Address {
    fn from(AddressBody { name, street, city }: AddressBody) -> Self {
        Self { name, street, city }
    }
}

/// A cart.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct CartView {
    id: String,
    customer: String,
    lines: Vec<LineView>,
    /// What all costs together.
    cents: u64,
    /// Whether it was ordered; the order has the number of the cart.
    checked_out: bool,
}

/// Pieces of an article.
#[derive(Serialize, ToSchema, Debug)]
pub(crate) struct LineView {
    sku: String,
    pieces: u32,
    unit_cents: u32,
}

impl From<&Line> for LineView {
    fn from(line: &Line) -> Self {
        Self {
            sku: line.sku.to_string(),
            pieces: line.pieces,
            unit_cents: line.unit_cents,
        }
    }
}

/// Takes a cart under a number the client chooses.
#[utoipa::path(put, path = "/carts/{id}", tag = "carts", params(("id" = String, Path)),
    request_body = CartBody,
    responses((status = 201, body = ReceiptBody), (status = "4XX", body = Problem)))]
pub(crate) async fn open(
    State(shop): State<Shop>,
    Id(id): Id<CartId>,
    terms: Terms,
    Body(body): Body<CartBody>,
) -> Result<Response, Problem> {
    let customer = body.customer;
    let done = terms.send(&shop, &id, Open { customer }).await?;
    Ok(done.at(StatusCode::CREATED, &format!("/carts/{id}")))
}

/// Puts pieces of an article in, at today's price.
#[utoipa::path(post, path = "/carts/{id}/items", tag = "carts", params(("id" = String, Path)),
    request_body = ItemBody,
    responses((status = 200, body = ReceiptBody), (status = "4XX", body = Problem)))]
pub(crate) async fn add(
    State(shop): State<Shop>,
    Id(id): Id<CartId>,
    terms: Terms,
    Body(body): Body<ItemBody>,
) -> Result<Response, Problem> {
    let sku: Sku = extract::id(&body.sku)?;
    let product: Product = match shop.app.load(&sku).await {
        Ok(product) => product,
        Err(LoadError::NotFound) => {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "unknown-article",
                "There is no such article",
                format!("{sku} is not in the catalogue"),
            ));
        }
        Err(error) => return Err(Problem::of_load(error, "the product")),
    };
    if !product.listed {
        let error = ProductError::Delisted;
        let (status, name, title) = error.problem();
        return Err(Problem::new(status, name, title, error));
    }
    let line = Line {
        sku,
        pieces: body.pieces,
        unit_cents: product.unit_cents,
    };
    Ok(terms.send(&shop, &id, Add { line }).await?.into_response())
}

/// Takes all pieces of an article out.
#[utoipa::path(delete, path = "/carts/{id}/items/{sku}", tag = "carts",
    params(("id" = String, Path), ("sku" = String, Path)),
    responses((status = 200, body = ReceiptBody), (status = "4XX", body = Problem)))]
pub(crate) async fn remove(
    State(shop): State<Shop>,
    InPath((id, sku)): InPath<(String, String)>,
    terms: Terms,
) -> Result<Response, Problem> {
    let (id, sku): (CartId, Sku) = (extract::id(&id)?, extract::id(&sku)?);
    Ok(terms
        .send(&shop, &id, Remove { sku })
        .await?
        .into_response())
}

/// A cart.
#[utoipa::path(get, path = "/carts/{id}", tag = "carts", params(("id" = String, Path)),
    responses((status = 200, body = CartView), (status = "4XX", body = Problem)))]
pub(crate) async fn cart(
    State(shop): State<Shop>,
    Id(id): Id<CartId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (cart, version) = terms::load::<Cart>(&shop, &id).await?;
    let view = CartView {
        id: id.to_string(),
        customer: cart.customer,
        lines: cart.lines.iter().map(LineView::from).collect(),
        cents: total(&cart.lines),
        checked_out: cart.checked_out,
    };
    Ok(terms::at_version(&headers, version, view))
}

/// Orders what is in the cart. The order has the number of the cart; what becomes of it is told at
/// the `Location`.
#[utoipa::path(post, path = "/carts/{id}/checkout", tag = "carts", params(("id" = String, Path)),
    request_body = CheckOutBody,
    responses((status = 202, body = ReceiptBody), (status = "4XX", body = Problem)))]
pub(crate) async fn check_out(
    State(shop): State<Shop>,
    Id(id): Id<CartId>,
    terms: Terms,
    Body(body): Body<CheckOutBody>,
) -> Result<Response, Problem> {
    let command = CheckOut {
        address: body.address.into(),
        payment_method: body.payment_method,
    };
    let done = terms.send(&shop, &id, command).await?;
    Ok(done.at(StatusCode::ACCEPTED, &format!("/orders/{id}")))
}

impl From<Address> for AddressBody {
    fn from(Address { name, street, city }: Address) -> Self {
        Self { name, street, city }
    }
}
