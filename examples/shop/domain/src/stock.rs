//! The stock of an article: pieces come in, are reserved for orders, and are picked or released.

use std::collections::BTreeMap;

use es_core::prelude::*;

use crate::order::OrderId;
use crate::values::Sku;

/// All that can happen to the stock of an article.
#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "stock")]
pub enum StockEvent {
    /// Pieces came in.
    Received { pieces: u32 },
    /// Pieces are kept for an order.
    Reserved { order: OrderId, pieces: u32 },
    /// Pieces that were kept for an order are free again.
    Released { order: OrderId, pieces: u32 },
    /// Pieces that were kept for an order left with its shipment.
    Picked { order: OrderId, pieces: u32 },
}

/// What may be asked of the stock of an article.
#[derive(Command, Clone, Debug)]
pub enum StockCommand {
    /// Takes pieces in.
    Receive { pieces: u32 },
    /// Keeps pieces for an order.
    Reserve { order: OrderId, pieces: u32 },
    /// Frees what is kept for an order.
    Release { order: OrderId },
    /// Takes out what is kept for an order.
    Pick { order: OrderId },
}

/// Why stock refuses.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
pub enum StockError {
    /// There are not enough pieces that are not reserved.
    #[error("only {available} pieces are available")]
    NotEnough { available: u64 },
    /// No pieces are no delivery.
    #[error("at least one piece has to come in")]
    NoPieces,
    /// Nothing is kept for this order.
    #[error("nothing is reserved for order {order}")]
    NotReserved { order: OrderId },
}

/// The stock of an article.
#[derive(Aggregate, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[aggregate(
    name = "stock", id = Sku, error = StockError,
    commands = StockCommand, events = StockEvent, created_by(Received),
    snapshot(every = 100),
)]
pub struct Stock {
    /// The pieces that lie there, reserved ones included.
    #[apply(Received += u64::from(e.pieces), Picked -= u64::from(e.pieces))]
    pub on_hand: u64,
    /// What is kept for which order.
    #[apply(
        Reserved => |reserved, e| { reserved.insert(e.order.clone(), e.pieces); },
        Released => |reserved, e| { reserved.remove(&e.order); },
        Picked => |reserved, e| { reserved.remove(&e.order); },
    )]
    pub reserved: BTreeMap<OrderId, u32>,
}

impl Stock {
    /// The pieces that are kept for no order.
    pub fn available(&self) -> u64 {
        let reserved = self.reserved.values().copied().map(u64::from).sum();
        self.on_hand.saturating_sub(reserved)
    }
}

#[handlers]
impl Stock {
    fn receive(_this: Option<&Self>, cmd: Receive) -> Result<Received, StockError> {
        if cmd.pieces == 0 {
            return Err(StockError::NoPieces);
        }
        Ok(Received { pieces: cmd.pieces })
    }

    fn reserve(&self, cmd: Reserve) -> Result<Option<Reserved>, StockError> {
        let Reserve { order, pieces } = cmd;
        if self.reserved.contains_key(&order) {
            return Ok(None);
        }
        let available = self.available();
        if u64::from(pieces) > available {
            return Err(StockError::NotEnough { available });
        }
        Ok(Some(Reserved { order, pieces }))
    }

    fn release(&self, Release { order }: Release) -> Result<Option<Released>, StockError> {
        let pieces = self.reserved.get(&order).copied();
        Ok(pieces.map(|pieces| Released { order, pieces }))
    }

    fn pick(&self, Pick { order }: Pick) -> Result<Picked, StockError> {
        match self.reserved.get(&order).copied() {
            Some(pieces) => Ok(Picked { order, pieces }),
            None => Err(StockError::NotReserved { order }),
        }
    }
}
