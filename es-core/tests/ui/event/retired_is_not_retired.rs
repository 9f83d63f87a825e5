use es_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.topped_up")]
pub struct ToppedUp {
    amount: u64,
}

#[derive(Event, Clone, Debug, PartialEq)]
#[event(prefix = "account", retired(ToppedUp))]
pub enum AccountEvent {
    Closed,
}

fn main() {}
