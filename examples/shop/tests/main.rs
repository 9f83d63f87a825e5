//! The shop: its projections, its API, its way from cart to shipment, and what a crash leaves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

// Named, so that what it annotates is linked in.
use shop as _;

mod api;
mod bad_requests;
mod flow;
mod gateway;
mod kill;
mod load;
mod openapi;
mod projections;
mod readme;
mod replay;
mod running;
