//! A cart: articles are put in and taken out until it is checked out, once.

use es_core::prelude::*;

use crate::order::OrderId;
use crate::values::{Address, Line, Sku};

/// The most pieces of one article a cart takes.
pub const MOST_PIECES: u32 = 1000;
/// The most articles a cart takes.
pub const MOST_LINES: usize = 50;

/// All that can happen to a cart.
#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "cart")]
pub enum CartEvent {
    /// A customer took a cart.
    Opened { customer: String },
    /// Pieces were put in, at the price of that moment.
    Added { line: Line },
    /// All pieces of an article were taken out.
    Removed { sku: Sku },
    /// The customer ordered what is in it.
    CheckedOut {
        order: OrderId,
        customer: String,
        lines: Vec<Line>,
        address: Address,
        payment_method: String,
    },
}

/// The number of a cart.
#[derive(AggregateId, Clone, Debug, PartialEq, Eq)]
pub struct CartId(String);

/// What may be asked of a cart.
#[derive(Command, Clone, Debug)]
pub enum CartCommand {
    /// Takes a cart.
    Open { customer: String },
    /// Puts pieces in.
    Add { line: Line },
    /// Takes all pieces of an article out.
    Remove { sku: Sku },
    /// Orders what is in it.
    CheckOut {
        address: Address,
        payment_method: String,
    },
}

/// Why a cart refuses.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
pub enum CartError {
    /// There is nothing to order.
    #[error("the cart is empty")]
    Empty,
    /// It was ordered.
    #[error("the cart is checked out")]
    CheckedOut,
    /// The article is not in it.
    #[error("{sku} is not in the cart")]
    NotIn { sku: Sku },
    /// Too few or too many pieces.
    #[error("a cart takes 1 to {MOST_PIECES} pieces of an article")]
    Pieces,
    /// Too many articles.
    #[error("a cart takes {MOST_LINES} articles")]
    Full,
    /// A text is missing.
    #[error("{what} is missing")]
    Missing { what: &'static str },
}

/// A cart.
#[derive(Aggregate, Clone, Debug, PartialEq)]
#[aggregate(
    name = "cart", id = CartId, error = CartError,
    commands = CartCommand, events = CartEvent, created_by(Opened),
)]
pub struct Cart {
    /// Whose it is.
    #[apply(Opened = customer)]
    pub customer: String,
    /// What is in it: a line an article.
    #[apply(
        Added => |lines, e| put_in(lines, &e.line),
        Removed => |lines, e| lines.retain(|line| line.sku != e.sku),
    )]
    pub lines: Vec<Line>,
    /// Whether it was ordered.
    #[apply(CheckedOut = true)]
    pub checked_out: bool,
}

/// The newest price holds for all pieces of an article.
fn put_in(lines: &mut Vec<Line>, added: &Line) {
    match lines.iter_mut().find(|line| line.sku == added.sku) {
        Some(line) => {
            line.pieces += added.pieces;
            line.unit_cents = added.unit_cents;
        }
        None => lines.push(added.clone()),
    }
}

impl Cart {
    fn ensure_open(&self) -> Result<(), CartError> {
        (!self.checked_out)
            .then_some(())
            .ok_or(CartError::CheckedOut)
    }

    fn pieces_of(&self, sku: &Sku) -> Option<u32> {
        let line = self.lines.iter().find(|line| line.sku == *sku);
        line.map(|line| line.pieces)
    }
}

fn ensure_said(text: &str, what: &'static str) -> Result<(), CartError> {
    if text.trim().is_empty() {
        return Err(CartError::Missing { what });
    }
    Ok(())
}

#[handlers]
impl Cart {
    fn open(Open { customer }: Open) -> Result<Opened, CartError> {
        ensure_said(&customer, "the customer")?;
        Ok(Opened { customer })
    }

    fn add(&self, Add { line }: Add) -> Result<Added, CartError> {
        self.ensure_open()?;
        let there = self.pieces_of(&line.sku);
        let pieces = there.unwrap_or_default().saturating_add(line.pieces);
        if line.pieces == 0 || pieces > MOST_PIECES {
            return Err(CartError::Pieces);
        }
        if there.is_none() && self.lines.len() >= MOST_LINES {
            return Err(CartError::Full);
        }
        Ok(Added { line })
    }

    fn remove(&self, Remove { sku }: Remove) -> Result<Removed, CartError> {
        self.ensure_open()?;
        match self.pieces_of(&sku) {
            Some(_) => Ok(Removed { sku }),
            None => Err(CartError::NotIn { sku }),
        }
    }

    fn check_out(&self, cmd: CheckOut, id: &CartId) -> Result<CheckedOut, CartError> {
        self.ensure_open()?;
        if self.lines.is_empty() {
            return Err(CartError::Empty);
        }
        ensure_said(&cmd.address.name, "the name in the address")?;
        ensure_said(&cmd.address.street, "the street in the address")?;
        ensure_said(&cmd.address.city, "the city in the address")?;
        ensure_said(&cmd.payment_method, "the payment method")?;
        Ok(CheckedOut {
            order: OrderId::of(id),
            customer: self.customer.clone(),
            lines: self.lines.clone(),
            address: cmd.address,
            payment_method: cmd.payment_method,
        })
    }
}
