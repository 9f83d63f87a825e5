use es_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.topped_up", retired(into = split))]
pub struct ToppedUp {
    amount: u64,
}

fn split(e: ToppedUp) -> u64 {
    e.amount
}

fn main() {}
