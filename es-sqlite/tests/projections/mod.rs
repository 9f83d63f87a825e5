//! Durable projections, through the store's `Transactions`.

mod applying;
mod reading;
mod sample;
mod tables;
mod together;
