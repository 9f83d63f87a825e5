//! The domain of the benchmarks.

use es_core::prelude::*;

#[derive(Event, Clone, Debug)]
#[event(prefix = "account")]
pub(crate) enum AccountEvent {
    Deposited { amount: i64, reference: String },
}

#[derive(Command, Clone, Debug)]
pub(crate) enum AccountCommand {
    Deposit { amount: i64 },
}

#[derive(Debug)]
pub(crate) struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the balance would be negative")
    }
}

impl std::error::Error for Refused {}

#[derive(Aggregate, Debug)]
#[aggregate(
    name = "account", id = String, error = Refused,
    commands = AccountCommand, events = AccountEvent, created_by(Deposited),
)]
pub(crate) struct Account {
    #[apply(Deposited += amount)]
    pub(crate) balance: i64,
}

#[handlers]
impl Account {
    fn deposit(this: Option<&Self>, cmd: Deposit) -> Result<Deposited, Refused> {
        if this.map_or(0, |account| account.balance) + cmd.amount < 0 {
            return Err(Refused);
        }
        Ok(Deposited {
            amount: cmd.amount,
            reference: "invoice 2024-17".to_owned(),
        })
    }
}
