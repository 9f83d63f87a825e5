//! How the refusals of the domain are told over HTTP: 422 where the request can never be carried
//! out as it stands, 409 where it does not fit the state of things.

use std::fmt::Display;

use axum::http::StatusCode;
use shop_domain::cart::CartError;
use shop_domain::order::OrderError;
use shop_domain::payment::PaymentError;
use shop_domain::product::ProductError;
use shop_domain::shipment::ShipmentError;
use shop_domain::stock::StockError;

/// A domain error, as a problem: its status, the last part of its type, its title.
pub(crate) trait Refusal: Display {
    fn problem(&self) -> (StatusCode, &'static str, &'static str);
}

const INVALID: (StatusCode, &str, &str) = (
    StatusCode::UNPROCESSABLE_ENTITY,
    "invalid",
    "The request cannot be carried out",
);

const fn conflict(
    name: &'static str,
    title: &'static str,
) -> (StatusCode, &'static str, &'static str) {
    (StatusCode::CONFLICT, name, title)
}

impl Refusal for ProductError {
    fn problem(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NoName | Self::NoPrice => INVALID,
            Self::Delisted => conflict("delisted", "The product is no longer sold"),
        }
    }
}

impl Refusal for StockError {
    fn problem(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NoPieces => INVALID,
            Self::NotEnough { .. } => conflict("out-of-stock", "There is not enough in stock"),
            Self::NotReserved { .. } => conflict("not-reserved", "Nothing is reserved"),
        }
    }
}

impl Refusal for CartError {
    fn problem(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Pieces | Self::Missing { .. } => INVALID,
            Self::Empty => conflict("cart-empty", "The cart is empty"),
            Self::CheckedOut => conflict("cart-checked-out", "The cart is checked out"),
            Self::NotIn { .. } => conflict("not-in-cart", "The article is not in the cart"),
            Self::Full => conflict("cart-full", "The cart is full"),
        }
    }
}

impl Refusal for OrderError {
    fn problem(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NoLines | Self::NotOrdered { .. } => INVALID,
            Self::AlreadyPaid => conflict("already-paid", "The order is paid"),
            Self::NotPaid => conflict("not-paid", "The order is not paid"),
            Self::NotReserved => conflict("not-reserved", "The order waits for stock"),
        }
    }
}

impl Refusal for PaymentError {
    fn problem(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::WasDeclined => conflict("declined", "The payment was declined"),
        }
    }
}

impl Refusal for ShipmentError {
    fn problem(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NoTracking => INVALID,
            Self::Left { .. } => conflict("dispatched", "The shipment left"),
        }
    }
}
