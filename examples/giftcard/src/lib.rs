//! A gift card: it is issued with an amount, and redeemed until nothing is left.
use es_core::prelude::*;

/// What can happen to a card. Each variant also becomes a struct: `Issued { cents }`.
#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "card")]
pub enum CardEvent {
    Issued { cents: u64 },
    Redeemed { cents: u64 },
}

/// What may be asked of a card. Each variant also becomes a struct: `Issue { cents }`.
#[derive(Command, Clone, Debug)]
pub enum CardCommand {
    Issue { cents: u64 },
    Redeem { cents: u64 },
}

/// Why a card refuses.
#[derive(thiserror::Error, Debug, PartialEq)]
pub enum CardError {
    #[error("only {left} cents are left")]
    NotEnough { left: u64 },
}

/// The state. How each event changes a field stands at the field.
#[derive(Aggregate, Debug)]
#[aggregate(
    name = "card", id = String, error = CardError,
    commands = CardCommand, events = CardEvent, created_by(Issued),
)]
pub struct Card {
    #[apply(Issued = cents, Redeemed -= cents)]
    pub left: u64,
}

/// The decisions. Each fn handles the command it takes.
#[handlers]
impl Card {
    // Without `self` it brings a card into being.
    fn issue(cmd: Issue) -> Result<Issued, CardError> {
        Ok(Issued { cents: cmd.cents })
    }

    fn redeem(&self, cmd: Redeem) -> Result<Redeemed, CardError> {
        if cmd.cents > self.left {
            return Err(CardError::NotEnough { left: self.left });
        }
        Ok(Redeemed { cents: cmd.cents })
    }
}
