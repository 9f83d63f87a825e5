//! The catalogue: what is sold, and for how much.

use es_core::prelude::*;

use crate::values::Sku;

/// All that can happen to a product.
#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "product")]
pub enum ProductEvent {
    /// It is sold from now on.
    Listed { name: String, unit_cents: u32 },
    /// It costs something else; carts keep the price they have.
    Repriced { unit_cents: u32 },
    /// It is no longer sold.
    Delisted,
}

/// What may be asked of a product.
#[derive(Command, Clone, Debug)]
pub enum ProductCommand {
    /// Sells it.
    List { name: String, unit_cents: u32 },
    /// Changes its price.
    Reprice { unit_cents: u32 },
    /// Sells it no more.
    Delist,
}

/// Why a product refuses.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
pub enum ProductError {
    /// It has no name.
    #[error("a product needs a name")]
    NoName,
    /// It costs nothing.
    #[error("a product costs something")]
    NoPrice,
    /// It is no longer sold.
    #[error("the product is no longer sold")]
    Delisted,
}

/// A product.
#[derive(Aggregate, Clone, Debug, PartialEq)]
#[aggregate(
    name = "product", id = Sku, error = ProductError,
    commands = ProductCommand, events = ProductEvent, created_by(Listed),
)]
pub struct Product {
    /// What it is called.
    #[apply(Listed = name)]
    pub name: String,
    /// What one costs, in cents.
    #[apply(Listed = unit_cents, Repriced = unit_cents)]
    pub unit_cents: u32,
    /// Whether it is sold.
    #[apply(Listed = true, Delisted = false)]
    pub listed: bool,
}

fn ensure_price(unit_cents: u32) -> Result<(), ProductError> {
    (unit_cents > 0).then_some(()).ok_or(ProductError::NoPrice)
}

#[handlers]
impl Product {
    fn list(List { name, unit_cents }: List) -> Result<Listed, ProductError> {
        if name.trim().is_empty() {
            return Err(ProductError::NoName);
        }
        ensure_price(unit_cents)?;
        Ok(Listed { name, unit_cents })
    }

    fn reprice(&self, cmd: Reprice) -> Result<Option<Repriced>, ProductError> {
        if !self.listed {
            return Err(ProductError::Delisted);
        }
        let unit_cents = cmd.unit_cents;
        ensure_price(unit_cents)?;
        Ok((unit_cents != self.unit_cents).then_some(Repriced { unit_cents }))
    }

    fn delist(&self, _: Delist) -> Result<Option<Delisted>, ProductError> {
        Ok(self.listed.then_some(Delisted))
    }
}
