//! The domain of the tour, as a user writes it.
use es_core::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Currency {
    Eur,
    Usd,
}

/// All that can happen to an account.
#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account")]
pub enum AccountEvent {
    /// An account was opened.
    Opened {
        owner: String,
        currency: Currency,
    },
    Deposited {
        amount: u64,
    },
    Withdrawn {
        amount: u64,
    },
    Closed,
}

#[derive(
    AggregateId, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct AccountId(String);

#[derive(Command, Clone, Debug)]
pub enum AccountCommand {
    Open { owner: String },
    Deposit { amount: u64 },
    Withdraw { amount: u64 },
    Close,
}

#[derive(thiserror::Error, Debug, PartialEq)]
pub enum AccountError {
    #[error("balance is {balance}")]
    InsufficientFunds { balance: u64 },
    #[error("account is closed")]
    Closed,
}

#[derive(Aggregate, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[aggregate(
    name = "account", id = AccountId, error = AccountError,
    commands = AccountCommand, events = AccountEvent, created_by(Opened),
    snapshot(every = 100),
)]
pub struct Account {
    #[apply(Opened = owner)]
    pub owner: String,
    #[apply(Deposited += amount, Withdrawn -= amount)]
    pub balance: u64,
    #[apply(Closed = true)]
    pub closed: bool,
}

impl Account {
    fn ensure_open(&self) -> Result<(), AccountError> {
        if self.closed {
            Err(AccountError::Closed)
        } else {
            Ok(())
        }
    }
}

#[handlers]
impl Account {
    fn open(cmd: Open) -> Result<Opened, AccountError> {
        Ok(Opened {
            owner: cmd.owner,
            currency: Currency::Eur,
        })
    }
    fn deposit(&self, cmd: Deposit) -> Result<Deposited, AccountError> {
        self.ensure_open()?;
        Ok(Deposited { amount: cmd.amount })
    }
    fn withdraw(&self, cmd: Withdraw) -> Result<Withdrawn, AccountError> {
        self.ensure_open()?;
        if cmd.amount > self.balance {
            return Err(AccountError::InsufficientFunds {
                balance: self.balance,
            });
        }
        Ok(Withdrawn { amount: cmd.amount })
    }
    fn close(&self, _: Close) -> Result<Option<Closed>, AccountError> {
        Ok((!self.closed).then_some(Closed))
    }
}
