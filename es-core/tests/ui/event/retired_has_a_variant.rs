use es_core::prelude::*;

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "account.topped_up", retired(drop))]
pub struct ToppedUp {
    amount: u64,
}

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account")]
pub enum AccountEvent {
    ToppedUp(ToppedUp),
}

fn main() {}
