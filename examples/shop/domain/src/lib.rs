//! The domain of the shop: one module an aggregate, and the policies that lead from one to another.
//!
//! A cart is checked out and becomes an order; the order's lines are reserved in stock, its payment
//! is taken, its shipment requested. Where stock is short or the payment declined, the order is
//! cancelled and what was reserved is released.

pub mod cart;
pub mod gateway;
pub mod order;
pub mod payment;
pub mod policies;
pub mod product;
pub mod shipment;
pub mod stock;
pub mod values;
