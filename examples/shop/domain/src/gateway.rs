//! The payment gateway: whoever takes the money.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use es_core::BoxFuture;

/// Takes money and gives it back. A policy calls it, and may call it again for the same payment
/// after a crash, so both methods are idempotent: with a key they have seen they do nothing and
/// answer as they did.
pub trait PaymentGateway: Send + Sync {
    /// Takes `cents` by a payment method.
    ///
    /// # Errors
    /// The gateway does not answer; trying again may help.
    fn charge<'a>(
        &'a self,
        key: &'a str,
        cents: u64,
        payment_method: &'a str,
    ) -> BoxFuture<'a, Result<Charge, GatewayError>>;

    /// Gives back what was taken under this key.
    ///
    /// # Errors
    /// The gateway does not answer; trying again may help.
    fn refund<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), GatewayError>>;
}

/// The gateway the policies call on.
pub type Gateway = Arc<dyn PaymentGateway>;

/// What came of a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Charge {
    /// The money is there.
    Approved {
        /// What the gateway calls it.
        reference: String,
    },
    /// There will be no money.
    Declined {
        /// Why.
        reason: String,
    },
}

/// The gateway does not answer.
#[derive(thiserror::Error, Clone, Copy, Debug, PartialEq, Eq)]
#[error("the payment gateway does not answer")]
pub struct GatewayError;

/// Payment methods that end like this are declined.
pub const DECLINED: &str = "0002";
/// For payment methods that end like this the gateway does not answer.
pub const NO_ANSWER: &str = "0119";

/// A gateway within the process, for the example and its tests. Methods that end in [`DECLINED`]
/// are declined, for those that end in [`NO_ANSWER`] it does not answer, all others are approved.
#[derive(Debug, Default)]
pub struct InProcessGateway {
    charged: Mutex<HashMap<String, Charge>>,
    refunded: Mutex<HashMap<String, ()>>,
}

impl InProcessGateway {
    /// How many payments were charged, each counted once.
    pub fn charges(&self) -> usize {
        let charged = self.charged.lock().unwrap_or_else(PoisonError::into_inner);
        charged.len()
    }

    /// How many payments were given back, each counted once.
    pub fn refunds(&self) -> usize {
        let refunded = self.refunded.lock().unwrap_or_else(PoisonError::into_inner);
        refunded.len()
    }
}

impl PaymentGateway for InProcessGateway {
    fn charge<'a>(
        &'a self,
        key: &'a str,
        _cents: u64,
        payment_method: &'a str,
    ) -> BoxFuture<'a, Result<Charge, GatewayError>> {
        Box::pin(async move {
            if payment_method.ends_with(NO_ANSWER) {
                return Err(GatewayError);
            }
            let mut charged = self.charged.lock().unwrap_or_else(PoisonError::into_inner);
            // The reference is made of the key: it is the same after a restart.
            let charge = charged.entry(key.to_owned()).or_insert_with(|| {
                if payment_method.ends_with(DECLINED) {
                    Charge::Declined {
                        reason: "insufficient funds".to_owned(),
                    }
                } else {
                    Charge::Approved {
                        reference: format!("charge-{key}"),
                    }
                }
            });
            Ok(charge.clone())
        })
    }

    fn refund<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), GatewayError>> {
        Box::pin(async move {
            let mut refunded = self.refunded.lock().unwrap_or_else(PoisonError::into_inner);
            refunded.insert(key.to_owned(), ());
            Ok(())
        })
    }
}
