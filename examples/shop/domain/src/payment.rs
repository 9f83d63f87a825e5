//! A payment: what the gateway answered, and what was given back.

use es_core::prelude::*;

use crate::order::OrderId;

/// All that can happen to a payment.
#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "payment")]
pub enum PaymentEvent {
    /// The gateway took the money.
    Taken {
        order: OrderId,
        cents: u64,
        reference: String,
    },
    /// The gateway declined.
    Declined { order: OrderId, reason: String },
    /// The money was given back.
    Refunded { order: OrderId, cents: u64 },
}

/// The number of a payment: that of its order.
#[derive(AggregateId, Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq, Eq)]
pub struct PaymentId(String);

impl PaymentId {
    /// The payment of an order.
    pub fn of(order: &OrderId) -> Self {
        Self(order.to_string())
    }
}

/// What may be asked of a payment.
#[derive(Command, Clone, Debug)]
pub enum PaymentCommand {
    /// Notes that the gateway took the money.
    Take {
        order: OrderId,
        cents: u64,
        reference: String,
    },
    /// Notes that the gateway declined.
    Decline { order: OrderId, reason: String },
    /// Notes that the money was given back.
    Refund,
}

/// Why a payment refuses.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
pub enum PaymentError {
    /// There is nothing to give back.
    #[error("the payment was declined")]
    WasDeclined,
}

/// A payment.
#[derive(Aggregate, Clone, Debug, PartialEq)]
#[aggregate(
    name = "payment", id = PaymentId, error = PaymentError,
    commands = PaymentCommand, events = PaymentEvent, created_by(Taken, Declined),
)]
pub struct Payment {
    /// What it is for.
    #[apply(Taken = order, Declined = order)]
    pub order: OrderId,
    /// What was taken, in cents.
    #[apply(Taken = cents)]
    pub cents: u64,
    /// The gateway's reference, if it took the money.
    #[apply(Taken = Some(e.reference.clone()))]
    pub reference: Option<String>,
    /// Whether it was given back.
    #[apply(Refunded = true)]
    pub refunded: bool,
}

#[handlers]
impl Payment {
    fn take(cmd: Take) -> Result<Taken, PaymentError> {
        let Take {
            order,
            cents,
            reference,
        } = cmd;
        Ok(Taken {
            order,
            cents,
            reference,
        })
    }

    fn decline(Decline { order, reason }: Decline) -> Result<Declined, PaymentError> {
        Ok(Declined { order, reason })
    }

    fn refund(&self, _: Refund) -> Result<Option<Refunded>, PaymentError> {
        if self.reference.is_none() {
            return Err(PaymentError::WasDeclined);
        }
        let (order, cents) = (self.order.clone(), self.cents);
        Ok((!self.refunded).then_some(Refunded { order, cents }))
    }
}
