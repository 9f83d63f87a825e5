//! An order: it waits for stock, then for its payment, then for its shipment, or is cancelled.
//!
//! Everything that can race with a cancellation goes through the order, which decides: what is
//! reserved or paid for it after it was cancelled lapses, and policies give it back.

use std::collections::BTreeSet;
use std::fmt;

use es_core::prelude::*;

use crate::cart::CartId;
use crate::payment::PaymentId;
use crate::values::{Address, Line, Sku, total};

/// All that can happen to an order.
#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "order")]
pub enum OrderEvent {
    /// A cart was ordered.
    Placed {
        customer: String,
        lines: Vec<Line>,
        cents: u64,
        address: Address,
        payment_method: String,
    },
    /// The pieces of one line are kept in stock.
    LineReserved { sku: Sku },
    /// All lines are reserved; it is to be paid.
    StockReserved { cents: u64, payment_method: String },
    /// A line was reserved after the order was cancelled; it is to be released.
    ReservationLapsed { sku: Sku },
    /// It is paid, and to be shipped.
    Paid {
        payment: PaymentId,
        lines: Vec<Line>,
        address: Address,
    },
    /// It was paid after it was cancelled; the payment is to be refunded.
    PaymentLapsed { payment: PaymentId },
    /// It is on its way to the customer.
    Shipped { tracking: String },
    /// It is cancelled; what was reserved for it is to be released.
    Cancelled {
        reason: CancelReason,
        reserved: Vec<Sku>,
    },
}

/// Why an order is cancelled.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// The customer wanted it no more.
    ByCustomer,
    /// An article is not available.
    OutOfStock { sku: Sku },
    /// The payment was declined.
    PaymentDeclined { reason: String },
}

impl fmt::Display for CancelReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByCustomer => f.write_str("by the customer"),
            Self::OutOfStock { sku } => write!(f, "{sku} is out of stock"),
            Self::PaymentDeclined { reason } => write!(f, "the payment was declined: {reason}"),
        }
    }
}

/// The number of an order: that of the cart it came from.
#[derive(
    AggregateId, Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq, Eq, PartialOrd, Ord,
)]
pub struct OrderId(String);

impl OrderId {
    /// The order a cart becomes.
    pub fn of(cart: &CartId) -> Self {
        Self(cart.to_string())
    }
}

/// What may be asked of an order.
#[derive(Command, Clone, Debug)]
pub enum OrderCommand {
    /// Places it.
    Place {
        customer: String,
        lines: Vec<Line>,
        address: Address,
        payment_method: String,
    },
    /// Says that the pieces of a line are kept in stock.
    ConfirmReservation { sku: Sku },
    /// Says that it is paid.
    ConfirmPayment { payment: PaymentId },
    /// Says that it is on its way.
    MarkShipped { tracking: String },
    /// Cancels it, unless it is paid.
    Cancel { reason: CancelReason },
}

/// Why an order refuses.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
pub enum OrderError {
    /// There is nothing in it.
    #[error("an order has at least one line")]
    NoLines,
    /// It cannot be cancelled any more.
    #[error("the order is paid and cannot be cancelled")]
    AlreadyPaid,
    /// It cannot be shipped.
    #[error("the order is not paid")]
    NotPaid,
    /// The article is not part of it.
    #[error("{sku} is not part of the order")]
    NotOrdered { sku: Sku },
    /// Not all of it is reserved.
    #[error("the order waits for stock")]
    NotReserved,
}

/// How far an order is.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum OrderStage {
    /// Its lines are being reserved.
    AwaitingStock,
    /// Its payment is being taken.
    AwaitingPayment,
    /// It is to be shipped.
    Paid,
    /// It is on its way.
    Shipped,
    /// It comes to nothing.
    Cancelled,
}

/// An order.
#[derive(Aggregate, Clone, Debug, PartialEq)]
#[aggregate(
    name = "order", id = OrderId, error = OrderError,
    commands = OrderCommand, events = OrderEvent, created_by(Placed),
    ignores(ReservationLapsed, PaymentLapsed),
)]
pub struct Order {
    /// What is ordered.
    #[apply(Placed = lines)]
    pub lines: Vec<Line>,
    /// Where it goes.
    #[apply(Placed = address)]
    pub address: Address,
    /// What it is paid with.
    #[apply(Placed = payment_method)]
    pub payment_method: String,
    /// The articles that are kept in stock.
    #[apply(LineReserved => |reserved, e| { reserved.insert(e.sku.clone()); })]
    pub reserved: BTreeSet<Sku>,
    /// How far it is.
    #[apply(
        Placed = OrderStage::AwaitingStock,
        StockReserved = OrderStage::AwaitingPayment,
        Paid = OrderStage::Paid,
        Shipped = OrderStage::Shipped,
        Cancelled = OrderStage::Cancelled,
    )]
    pub stage: OrderStage,
}

type Confirmed = (
    Option<LineReserved>,
    Option<StockReserved>,
    Option<ReservationLapsed>,
);

#[handlers]
impl Order {
    fn place(cmd: Place) -> Result<Placed, OrderError> {
        if cmd.lines.is_empty() {
            return Err(OrderError::NoLines);
        }
        Ok(Placed {
            cents: total(&cmd.lines),
            customer: cmd.customer,
            lines: cmd.lines,
            address: cmd.address,
            payment_method: cmd.payment_method,
        })
    }

    fn confirm_reservation(&self, cmd: ConfirmReservation) -> Result<Confirmed, OrderError> {
        let sku = cmd.sku;
        if !self.lines.iter().any(|line| line.sku == sku) {
            return Err(OrderError::NotOrdered { sku });
        }
        match self.stage {
            OrderStage::Cancelled => Ok((None, None, Some(ReservationLapsed { sku }))),
            OrderStage::AwaitingStock if !self.reserved.contains(&sku) => {
                let is_last = self.reserved.len() + 1 == self.lines.len();
                let complete = is_last.then(|| StockReserved {
                    cents: total(&self.lines),
                    payment_method: self.payment_method.clone(),
                });
                Ok((Some(LineReserved { sku }), complete, None))
            }
            _ => Ok((None, None, None)),
        }
    }

    fn confirm_payment(
        &self,
        cmd: ConfirmPayment,
    ) -> Result<(Option<Paid>, Option<PaymentLapsed>), OrderError> {
        let payment = cmd.payment;
        match self.stage {
            OrderStage::AwaitingStock => Err(OrderError::NotReserved),
            OrderStage::AwaitingPayment => {
                let (lines, address) = (self.lines.clone(), self.address.clone());
                let paid = Paid {
                    payment,
                    lines,
                    address,
                };
                Ok((Some(paid), None))
            }
            OrderStage::Paid | OrderStage::Shipped => Ok((None, None)),
            OrderStage::Cancelled => Ok((None, Some(PaymentLapsed { payment }))),
        }
    }

    fn mark_shipped(&self, cmd: MarkShipped) -> Result<Option<Shipped>, OrderError> {
        match self.stage {
            OrderStage::Paid => Ok(Some(Shipped {
                tracking: cmd.tracking,
            })),
            OrderStage::Shipped => Ok(None),
            _ => Err(OrderError::NotPaid),
        }
    }

    fn cancel(&self, cmd: Cancel) -> Result<Option<Cancelled>, OrderError> {
        match self.stage {
            OrderStage::AwaitingStock | OrderStage::AwaitingPayment => Ok(Some(Cancelled {
                reason: cmd.reason,
                reserved: self.reserved.iter().cloned().collect(),
            })),
            OrderStage::Cancelled => Ok(None),
            OrderStage::Paid | OrderStage::Shipped => Err(OrderError::AlreadyPaid),
        }
    }
}
