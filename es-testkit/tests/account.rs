// The tour's account, with a command that looks at the clock. The tests and the examples of the
// documentation include this file.
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
    #[event(version = 3)]
    #[upcast(1 => 2, rename(holder => owner))]
    #[upcast(2 => 3, add(currency: Currency = Currency::Eur))]
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
    Frozen {
        at: String,
        by: Option<String>,
    },
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
    Freeze,
}

#[derive(Debug, PartialEq)]
pub enum AccountError {
    InsufficientFunds { balance: u64 },
    Closed,
}

impl std::fmt::Display for AccountError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::InsufficientFunds { balance } => write!(f, "balance is {balance}"),
            Self::Closed => f.write_str("account is closed"),
        }
    }
}

impl std::error::Error for AccountError {}

#[derive(Aggregate, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[aggregate(
    name = "account", id = AccountId, error = AccountError,
    commands = AccountCommand, events = AccountEvent, created_by(Opened), ignores(Frozen),
    snapshot(every = 100),
)]
pub struct Account {
    #[apply(Opened = owner)]
    owner: String,
    #[apply(Deposited += amount, Withdrawn -= amount)]
    balance: u64,
    #[apply(Closed = true)]
    closed: bool,
}

impl Account {
    pub fn balance(&self) -> u64 {
        self.balance
    }

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
    fn freeze(&self, _: Freeze, ctx: &Context) -> Result<Frozen, AccountError> {
        Ok(Frozen {
            at: ctx.now().to_string(),
            by: ctx.actor().map(str::to_owned),
        })
    }
}
