//! The whole domain: what may be asked, what can happen, and how an account evolves.
use es_core::prelude::*;

/// The currency an account is held in.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Currency {
    /// Euro.
    Eur,
}

/// All that can happen to an account.
#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account")]
pub enum AccountEvent {
    /// An account was opened.
    Opened { owner: String, currency: Currency },
    /// Money was paid in.
    Deposited { amount: u64 },
    /// Money was paid out.
    Withdrawn { amount: u64 },
    /// The account was closed, for good.
    Closed,
}

/// The number of an account.
#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(String);

/// What may be asked of an account.
#[derive(Command, Clone, Debug)]
pub enum AccountCommand {
    /// Opens it.
    Open { owner: String },
    /// Pays in.
    Deposit { amount: u64 },
    /// Pays out, if there is enough.
    Withdraw { amount: u64 },
    /// Closes it.
    Close,
}

/// Why an account refuses.
#[derive(thiserror::Error, Debug, PartialEq)]
pub enum AccountError {
    /// There is not enough on it.
    #[error("balance is {balance}")]
    InsufficientFunds { balance: u64 },
    /// It is closed.
    #[error("account is closed")]
    Closed,
}

/// An account.
#[derive(Aggregate, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[aggregate(
    name = "account", id = AccountId, error = AccountError,
    commands = AccountCommand, events = AccountEvent, created_by(Opened),
    snapshot(every = 100),
)]
pub struct Account {
    /// Who holds it.
    #[apply(Opened = owner)]
    pub owner: String,
    /// What is on it, in cents.
    #[apply(Deposited += amount, Withdrawn -= amount)]
    pub balance: u64,
    /// Whether it is closed.
    #[apply(Closed = true)]
    pub closed: bool,
}

impl Account {
    fn ensure_open(&self) -> Result<(), AccountError> {
        (!self.closed).then_some(()).ok_or(AccountError::Closed)
    }
}

#[handlers]
impl Account {
    fn open(Open { owner }: Open) -> Result<Opened, AccountError> {
        let currency = Currency::Eur;
        Ok(Opened { owner, currency })
    }

    fn deposit(&self, cmd: Deposit) -> Result<Deposited, AccountError> {
        self.ensure_open()?;
        Ok(Deposited { amount: cmd.amount })
    }

    fn withdraw(&self, cmd: Withdraw) -> Result<Withdrawn, AccountError> {
        self.ensure_open()?;
        let balance = self.balance;
        if cmd.amount > balance {
            return Err(AccountError::InsufficientFunds { balance });
        }
        Ok(Withdrawn { amount: cmd.amount })
    }

    fn close(&self, _: Close) -> Result<Option<Closed>, AccountError> {
        Ok((!self.closed).then_some(Closed))
    }
}
