use es_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.topped_up", retired(into = deposited))]
pub struct ToppedUp {
    amount: u64,
}

#[derive(Event, Serialize, Deserialize)]
pub struct Deposited {
    amount: u64,
}

fn deposited(e: ToppedUp) -> (Closed, Deposited) {
    (Closed, Deposited { amount: e.amount })
}

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account", retired(ToppedUp))]
pub enum AccountEvent {
    Closed,
}

fn main() {}
