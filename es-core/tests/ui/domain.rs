// A domain without mistakes: a case includes it and adds one.
use es_core::prelude::*;

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account")]
pub enum AccountEvent {
    Opened { owner: String },
    Deposited { amount: u64 },
    Closed,
}

#[derive(Command, Clone, Debug)]
pub enum AccountCommand {
    Open { owner: String },
    Deposit { amount: u64 },
    Close,
}

#[derive(AggregateId, Clone, Debug, PartialEq)]
pub struct AccountId(String);

#[derive(Debug)]
pub struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}
