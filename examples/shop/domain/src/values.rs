//! The values that aggregates share.

use es_core::prelude::*;

/// The number an article is sold under; products and stock have it as their id.
#[derive(
    AggregateId, Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub struct Sku(String);

/// Some pieces of one article, at the price they were put into the cart for.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The article.
    pub sku: Sku,
    /// How many.
    pub pieces: u32,
    /// What one costs, in cents.
    pub unit_cents: u32,
}

impl Line {
    /// What all pieces cost, in cents.
    pub fn cents(&self) -> u64 {
        u64::from(self.pieces) * u64::from(self.unit_cents)
    }
}

/// What these lines cost together, in cents.
pub fn total(lines: &[Line]) -> u64 {
    lines.iter().map(Line::cents).sum()
}

/// Where a shipment goes.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Who receives it.
    pub name: String,
    /// Street and number.
    pub street: String,
    /// Postal code and city.
    pub city: String,
}
